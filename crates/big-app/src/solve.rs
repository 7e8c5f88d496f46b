//! Where does the battle end? The equilibrium, the whole set it belongs to, and the proof.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use big_answer::dominant::DominantResult;
use big_answer::finite::FiniteResult;
use big_answer::hybrid::{HybridResult, embedded_hybrid};
use big_answer::private::PrivateResult;
use big_answer::reduced::reduced;
use big_answer::sensitivity::SensitivityResult;
use big_answer::solve::{HonestyResult, Influencers, SolveResult, actions, embedded};
use big_finite::{Budget, FiniteGame, HybridGame};
use big_game::equilibrium::{Equilibrium, Method, Selection, vertices};
use big_game::honesty::honesty;
use big_game::profile::Profile;
use big_game::sensitivity::{Sensitivity, sensitivity};
use big_game::spec::Loss;
use big_game::welfare::{Welfare, welfare};
use big_game::{Game, SolveOptions};
use big_io::{Content, Source, write_actions};
use serde_json::Value;

use crate::digits::{solved, unsolved};
use crate::error::{AppError, Asked, Variant};
use crate::finite::{self, finite_game};
use crate::given::{read, too_large};
use crate::hybrid;
use crate::monitor::Monitor;

/// Vertices beyond this number are not listed.
const VERTICES: usize = 1000;

/// What to solve, and what to say of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// The solver.
    pub method: Method,
    /// Which equilibrium to tell where there are many.
    pub selection: Selection,
    /// List the vertices of the set of equilibria?
    pub vertices: bool,
    /// The derivatives of the receiver's position?
    pub sensitivity: bool,
    /// The common cost of lying at which nobody exaggerates by more than this?
    pub honesty: Option<f64>,
    /// Write the actions to this table, and leave the influencers out of the answer.
    pub actions: Option<PathBuf>,
    /// Of a finite game: the profile of least potential, proven?
    pub potential_minimum: bool,
    /// Of a finite game: stop after so long.
    pub time_limit: Duration,
    /// Say how long it took?
    pub timing: bool,
    /// Carry the game in the answer?
    pub embed: bool,
}

impl Request {
    /// The plain question about a game, with a minute for a finite one; the answer carries its game.
    pub fn new(game: Source) -> Self {
        Self {
            game,
            method: Method::Auto,
            selection: Selection::LeastExaggerated,
            vertices: false,
            sensitivity: false,
            honesty: None,
            actions: None,
            potential_minimum: false,
            time_limit: Duration::from_secs(60),
            timing: false,
            embed: true,
        }
    }

    /// The solver's options, where nothing else is asked of a game that reduces to one of the usual kind.
    fn of_variant(
        &self,
        variant: Variant,
        monitor: &Monitor<'_>,
    ) -> Result<SolveOptions, AppError> {
        let solver = [Asked::Method, Asked::Selection];
        let plain = Self {
            method: Method::Auto,
            selection: Selection::LeastExaggerated,
            ..self.clone()
        };
        match plain.convex_only().filter(|asked| !solver.contains(asked)) {
            Some(asked) => Err(AppError::SolvedOnly(variant, asked.words())),
            None => Ok(self.options(monitor)),
        }
    }

    fn options(&self, monitor: &Monitor<'_>) -> SolveOptions {
        SolveOptions {
            method: self.method,
            selection: self.selection,
            stop: monitor.stop(),
        }
    }

    /// What is asked that only games on convex sets have.
    fn convex_only(&self) -> Option<Asked> {
        let asked = [
            (Asked::Method, self.method != Method::Auto),
            (
                Asked::Selection,
                self.selection != Selection::LeastExaggerated,
            ),
            (Asked::Vertices, self.vertices),
            (Asked::Sensitivity, self.sensitivity),
            (Asked::Honesty, self.honesty.is_some()),
            (Asked::Actions, self.actions.is_some()),
        ];
        let found = asked.iter().find(|(_, is)| *is);
        found.map(|(asked, _)| *asked)
    }
}

/// The answer.
#[derive(Debug)]
pub enum Solved {
    /// Of a game on convex sets.
    Convex(Box<Convex>),
    /// Of a finite game, with the game.
    Finite(Box<(FiniteGame, FiniteResult)>),
    /// Of a game in which only some choose items, with the game.
    Hybrid(Box<(HybridGame, HybridResult)>),
    /// Of a finite game under the inner-product loss.
    Dominant(Box<DominantResult>),
    /// Of a game with private targets.
    Private(Box<PrivateResult>),
    /// Of a game with another loss or receiver: its scale, and the answer.
    Reduced(Box<(f64, SolveResult)>),
}

/// The equilibrium of a game on convex sets, with everything that is asked of it.
#[derive(Debug)]
pub struct Convex {
    /// The game's name.
    pub name: Option<String>,
    /// What the author says about it.
    pub description: Option<String>,
    /// The game.
    pub game: Box<Game>,
    /// The equilibrium.
    pub equilibrium: Equilibrium,
    /// What the battle costs.
    pub welfare: Welfare,
    selection: Selection,
    vertices: Option<Option<Vec<Profile>>>,
    sensitivity: Option<Sensitivity>,
    honesty: Option<HonestyResult>,
    seconds: Option<f64>,
    listed: bool,
    embedded: Option<Value>,
}

impl Convex {
    /// The answer as it is told: its influencers are made as they are asked for.
    pub fn result(&self) -> SolveResult<Influencers<'_>> {
        let mut result = SolveResult::new(
            self.name.clone(),
            &self.game,
            &self.equilibrium,
            &self.welfare,
            self.selection,
        );
        result.solver.seconds = self.seconds;
        result.vertices = self
            .vertices
            .as_ref()
            .map(|found| found.as_ref().map(|all| all.iter().map(actions).collect()));
        result.sensitivity = self
            .sensitivity
            .as_ref()
            .map(|s| SensitivityResult::new(&self.game, s));
        result.honesty.clone_from(&self.honesty);
        if !self.listed {
            result.influencers = None;
        }
        result.game.clone_from(&self.embedded);
        result
    }
}

/// Solves a game.
///
/// ```
/// # use big_app::{AppError, Monitor};
/// # use big_io::Source;
/// use big_app::solve::{Request, Solved, solve};
///
/// let request = Request::new(Source::game("example-1-same-side"));
/// let Solved::Convex(solved) = solve(&request, &Monitor::default())? else { unreachable!() };
/// assert_eq!(solved.equilibrium.winners, [1]);
/// # Ok::<(), AppError>(())
/// ```
///
/// # Errors
/// When the game cannot be read, or the question does not fit it.
pub fn solve(request: &Request, monitor: &Monitor<'_>) -> Result<Solved, AppError> {
    let used = monitor.meter(Some(request.time_limit));
    let given = read(&request.game, monitor)?;
    let name = given.game.name.clone();
    let file = given.file.clone();
    match given.game.content {
        Content::Continuous(game) => {
            let given = (name, given.game.description);
            Ok(Solved::Convex(Box::new(convex(
                request, &file, given, game, monitor,
            )?)))
        }
        Content::Finite(spec) => {
            if let Some(asked) = request.convex_only() {
                return Err(AppError::ConvexOnly(asked));
            }
            let game = finite_game(spec, &file)?;
            let clock = Instant::now();
            let budget = Budget::metered(&used);
            let mut result = finite::solve(&game, name, request.potential_minimum, &budget)?;
            if request.timing {
                result.seconds = Some(clock.elapsed().as_secs_f64());
            }
            if request.embed {
                result.game = finite::embedded(result.name.as_deref(), &game);
            }
            Ok(Solved::Finite(Box::new((game, result))))
        }
        Content::Hybrid(spec) => {
            let least = request
                .potential_minimum
                .then_some("the potential's minimum");
            if let Some(asked) = request.convex_only().map(Asked::words).or(least) {
                return Err(AppError::SolvedOnly(Variant::Hybrid, asked));
            }
            let options = monitor.options();
            let game = hybrid::hybrid_game(spec, &file)?;
            let clock = Instant::now();
            let budget = Budget::metered(&used);
            let mut result = hybrid::solve(&game, name, &file, &options, &budget)?;
            if request.timing {
                result.seconds = Some(clock.elapsed().as_secs_f64());
            }
            if request.embed {
                result.game = embedded_hybrid(result.name.as_deref(), &game);
            }
            Ok(Solved::Hybrid(Box::new((game, result))))
        }
        Content::Reduced(game) => {
            let options = request.of_variant(Variant::Reduced, monitor)?;
            let clock = Instant::now();
            let found = solved(game.game(), &options, &file)?;
            let seconds = clock.elapsed().as_secs_f64();
            let told = game.restate(&found)?;
            if !told.is_finite() {
                return Err(too_large(&file));
            }
            let mut result = reduced(name, &game, &found, &told, request.selection, request.embed);
            result.solver.seconds = request.timing.then_some(seconds);
            Ok(Solved::Reduced(Box::new((game.own().scale(), result))))
        }
        Content::Private(game) => {
            let options = request.of_variant(Variant::Private, monitor)?;
            let clock = Instant::now();
            let found = game.solve(&options)?;
            let mut result = PrivateResult::new(name, &game, &found, request.embed);
            result.seconds = request.timing.then(|| clock.elapsed().as_secs_f64());
            Ok(Solved::Private(Box::new(result)))
        }
        Content::FiniteInnerProduct(spec) => {
            let game = finite_game(spec, &file)?;
            let mut result = DominantResult::new(name, &game);
            if request.embed {
                result.game = finite::embedded_inner_product(result.name.as_deref(), &game);
            }
            Ok(Solved::Dominant(Box::new(result)))
        }
    }
}

fn convex(
    request: &Request,
    file: &str,
    (name, description): (Option<String>, Option<String>),
    game: Box<Game>,
    monitor: &Monitor<'_>,
) -> Result<Convex, AppError> {
    let options = request.options(monitor);
    tracing::info!(
        influencers = game.influencers(),
        dimension = game.dim(),
        "solving"
    );
    let clock = Instant::now();
    let equilibrium = solved(&game, &options, file)?;
    let seconds = clock.elapsed().as_secs_f64();
    tracing::info!(seconds, passes = equilibrium.passes, "solved; assessing");
    let welfare = welfare(&game, &equilibrium).map_err(|error| unsolved(&game, error, file))?;
    let honesty = match request.honesty {
        None => None,
        Some(_) if game.loss() == Loss::InnerProduct => {
            return Err(AppError::unfit(
                "what keeps everybody honest is not known under the inner-product loss",
                "ask it of a game with the loss \"squared_euclidean\"",
            ));
        }
        Some(epsilon) if !(epsilon > 0.0 && epsilon.is_finite()) => {
            return Err(AppError::unfit(
                format!("nobody can be kept from exaggerating by more than {epsilon}"),
                "give a length above 0",
            ));
        }
        Some(epsilon) => {
            let found = honesty(&game, epsilon).map_err(|error| unsolved(&game, error, file))?;
            Some(HonestyResult {
                epsilon,
                lying_cost: found.map(|h| h.lying_cost),
                largest_exaggeration: found.map(|h| h.largest_exaggeration),
            })
        }
    };
    if let Some(path) = &request.actions {
        write_actions(path, &game, &equilibrium.actions)?;
    }
    Ok(Convex {
        selection: request.selection,
        vertices: request
            .vertices
            .then(|| vertices(&game, &equilibrium, VERTICES)),
        sensitivity: request
            .sensitivity
            .then(|| sensitivity(&game, &equilibrium)),
        honesty,
        seconds: request.timing.then_some(seconds),
        listed: request.actions.is_none(),
        embedded: if request.embed {
            embedded(name.as_deref(), &game)
        } else {
            None
        },
        name,
        description,
        equilibrium,
        welfare,
        game,
    })
}
