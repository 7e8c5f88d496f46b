//! Where do best responses lead?

use std::time::Duration;

use big_answer::battle::Battle;
use big_answer::dynamics::{DynamicsResult, Order, Steps};
use big_answer::finite::{FiniteDynamicsResult, FiniteStep, embedded_finite, exactly, rounded};
use big_answer::solve::actions;
use big_answer::{Kind, version};
use big_finite::{self as subsets, Budget, FiniteGame};
use big_game::dynamics::{Dynamics, Start, Status, start};
use big_game::equilibrium::certify;
use big_game::potential::receiver;
use big_game::profile::Profile;
use big_io::{Content, Source, read_profile};
use serde_json::Value;

use crate::error::{AppError, Asked, FiniteUse};
use crate::finite::{failed, finite_game, read_choices};
use crate::given::{battle, distinct, feasible, read, too_large};
use crate::monitor::Monitor;

/// Where play begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Everybody truthful.
    Truthful,
    /// Everybody at the point of its set nearest to zero.
    Zero,
    /// Drawn at random.
    Random,
    /// At this profile.
    At(Source),
}

/// How to play.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// Where play begins.
    pub begin: Begin,
    /// Who moves when.
    pub order: Order,
    /// Stop after so many rounds.
    pub max_rounds: usize,
    /// The share of the way to its best response that a mover goes, in (0, 1].
    pub damping: f64,
    /// Who gains no more than this stays; when left out, what is rounding at the game's scale, and nothing in a finite
    /// game.
    pub tolerance: Option<f64>,
    /// The seed of whatever is random.
    pub seed: u64,
    /// Of a finite game: stop after so long.
    pub time_limit: Option<Duration>,
    /// Stop after one move more than this: a run that is played again needs no more to be seen to differ.
    pub most_moves: usize,
}

impl Request {
    /// The plain question: round by round from truthful play, at most a thousand rounds.
    pub fn new(game: Source) -> Self {
        Self {
            game,
            begin: Begin::Truthful,
            order: Order::RoundRobin,
            max_rounds: 1000,
            damping: 1.0,
            tolerance: None,
            seed: 0,
            time_limit: None,
            most_moves: usize::MAX,
        }
    }
}

/// The answer.
#[derive(Debug)]
pub enum Played {
    /// Of a game on convex sets.
    Convex(Box<Run>),
    /// Of a finite game, with the game.
    Finite(Box<(FiniteGame, FiniteDynamicsResult)>),
}

/// A run on convex sets. Its moves are not kept: they are played again as they are told.
pub struct Run {
    /// What was played.
    pub battle: Battle,
    order: Order,
    damping: f64,
    max_rounds: usize,
    seed: u64,
    tolerance: f64,
    begin: Profile,
    end: Profile,
    status: Status,
    moves: usize,
    rounds: usize,
    embedded: Option<Value>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("status", &self.status)
            .field("moves", &self.moves)
            .finish_non_exhaustive()
    }
}

impl Run {
    fn play(&self) -> Dynamics<'_> {
        Dynamics::new(
            self.battle.game(),
            self.begin.clone(),
            self.order.into(),
            self.damping,
            self.tolerance,
            self.seed,
        )
        .with_max_rounds(self.max_rounds)
    }

    /// The answer as it is told.
    pub fn result(&self) -> DynamicsResult<Steps<'_>> {
        let (receiver, max_regret) = self.ends();
        DynamicsResult {
            kind: Kind::Dynamics,
            version: version(),
            verdict: String::new(),
            converged: self.status == Status::Converged,
            rounds: self.rounds,
            cycle: cycle(self.status),
            seed: self.seed,
            tolerance: self.tolerance,
            order: self.order,
            damping: self.damping,
            max_rounds: self.max_rounds,
            start: actions(&self.begin),
            receiver,
            max_regret,
            actions: actions(&self.end),
            steps: Steps::new(&self.battle, self.play(), self.moves),
            game: self.embedded.clone(),
        }
        .worded()
    }

    /// Where the receiver ended, and where the battle is of another kind the most that anybody still gains, in the game's own terms.
    fn ends(&self) -> (Vec<f64>, Option<f64>) {
        let most = |regrets: &mut dyn Iterator<Item = f64>| Some(regrets.fold(0.0, f64::max));
        match &self.battle {
            Battle::Plain(game) => (receiver(game, &self.end), None),
            Battle::Reduced(reduced) => {
                let found = reduced.assess(&self.end);
                let regret = most(&mut found.regrets.iter().copied());
                (found.receiver, regret)
            }
            Battle::Private(private, _) => {
                let found = private.assess(&self.end);
                let regret = most(&mut found.types.iter().flatten().map(|of| of.regret));
                (found.receiver, regret)
            }
        }
    }

    /// Where play began.
    pub fn start(&self) -> &Profile {
        &self.begin
    }
}

fn cycle(status: Status) -> Option<usize> {
    match status {
        Status::Cycle { period } => Some(period),
        Status::Running | Status::Converged => None,
    }
}

/// Plays.
///
/// ```
/// # use big_app::{AppError, Monitor};
/// # use big_io::Source;
/// use big_app::dynamics::{Played, Request, dynamics};
///
/// let request = Request::new(Source::game("example-1-same-side"));
/// let Played::Convex(run) = dynamics(&request, &Monitor::default())? else { unreachable!() };
/// assert!(run.result().steps.rows().count() > 0);
/// # Ok::<(), AppError>(())
/// ```
///
/// # Errors
/// When the game or the start cannot be read, or the question does not fit the game.
pub fn dynamics(request: &Request, monitor: &Monitor<'_>) -> Result<Played, AppError> {
    let used = monitor.meter(request.time_limit);
    if let Begin::At(profile) = &request.begin {
        distinct(&request.game, profile)?;
    }
    if !(request.damping > 0.0 && request.damping <= 1.0) {
        return Err(AppError::unfit(
            format!("a damping of {} is none", request.damping),
            "it is above 0 and at most 1",
        ));
    }
    let given = read(&request.game, monitor)?;
    let name = given.game.name;
    match given.game.content {
        Content::Finite(spec) => {
            let game = finite_game(spec, &given.file)?;
            let result = finite(request, &game, name, &Budget::metered(&used))?;
            Ok(Played::Finite(Box::new((game, result))))
        }
        content => {
            let battle = battle(content, &given.file)?;
            let run = run(request, name, battle, &given.file)?;
            Ok(Played::Convex(Box::new(run)))
        }
    }
}

fn run(
    request: &Request,
    name: Option<String>,
    battle: Battle,
    file: &str,
) -> Result<Run, AppError> {
    if request.time_limit.is_some() {
        return Err(AppError::FiniteOnly(FiniteUse::TimeLimit));
    }
    let game = battle.game();
    let begin = match &request.begin {
        Begin::Truthful => start(game, Start::Truthful),
        Begin::Zero => start(game, Start::Zero),
        Begin::Random => start(game, Start::Random(request.seed)),
        Begin::At(source) => {
            let profile = read_profile(source, game)?;
            feasible(game, &profile, &source.name())?;
            profile
        }
    };
    let tolerance = request
        .tolerance
        .unwrap_or_else(|| certify(game, &begin, None).allowed_gap);
    let mut run = Run {
        order: request.order,
        damping: request.damping,
        max_rounds: request.max_rounds,
        seed: request.seed,
        tolerance,
        end: begin.clone(),
        begin,
        status: Status::Running,
        moves: 0,
        rounds: 0,
        embedded: battle.embedded(name.as_deref()),
        battle,
    };
    let mut play = run.play();
    let (mut moves, mut rounds) = (0, 0);
    while moves <= request.most_moves
        && let Some(step) = play.advance()
    {
        moves += 1;
        rounds = step.round;
    }
    let (status, end) = (play.status(), play.profile().clone());
    (run.status, run.end, run.moves, run.rounds) = (status, end, moves, rounds);
    let (receiver, max_regret) = run.ends();
    match receiver.iter().chain(&max_regret).all(|v| v.is_finite()) {
        true => Ok(run),
        false => Err(too_large(file)),
    }
}

fn finite(
    request: &Request,
    game: &FiniteGame,
    name: Option<String>,
    budget: &Budget<'_>,
) -> Result<FiniteDynamicsResult, AppError> {
    if request.damping < 1.0 {
        return Err(AppError::ConvexOnly(Asked::Damping));
    }
    // A start need not take more than half of the time.
    let half = budget.part(0.5);
    let begin = match &request.begin {
        Begin::Truthful => subsets::start(game, Start::Truthful, &half),
        Begin::Zero => subsets::start(game, Start::Zero, &half),
        Begin::Random => subsets::start(game, Start::Random(request.seed), &half),
        Begin::At(source) => read_choices(source, game, &half)?,
    };
    let tolerance = exactly(request.tolerance.unwrap_or(0.0));
    let order = request.order.into();
    let play = subsets::Dynamics::new(game, begin.clone(), order, request.seed, *budget);
    let mut play = play.map_err(failed)?.with_tolerance(tolerance.clone());
    let mut steps: Vec<FiniteStep> = Vec::new();
    let mut choices = begin.clone();
    while request.max_rounds > steps.last().map_or(0, |s| s.round.saturating_sub(1))
        && steps.len() <= request.most_moves
    {
        let Some(step) = play.next() else { break };
        if step.round > request.max_rounds {
            break;
        }
        choices = play.profile().to_vec();
        steps.push(step.into());
    }
    let result = FiniteDynamicsResult {
        kind: Kind::Dynamics,
        version: version(),
        verdict: String::new(),
        converged: play.status() == Status::Converged,
        interrupted: play.interrupted(),
        tolerance: rounded(&tolerance),
        order: request.order,
        max_rounds: request.max_rounds,
        rounds: steps.last().map_or(0, |s| s.round),
        cycle: cycle(play.status()),
        seed: request.seed,
        start: begin,
        receiver: game.receiver(&choices).iter().map(rounded).collect(),
        choices,
        steps,
        game: embedded_finite(name.as_deref(), game),
    };
    Ok(result.worded())
}
