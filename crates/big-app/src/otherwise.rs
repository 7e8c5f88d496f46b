//! The battle played otherwise: learnt round by round, led by one who commits, with a cost of taking part.

use big_answer::otherwise::{CommitResult, EnterResult, LeaderResult, LearnResult};
use big_game::Game;
use big_game::commitment::commit as committed;
use big_game::entry::enter as entered;
use big_game::learning::learn as learnt;
use big_game::spec::Loss;
use big_io::{Content, Source};

use crate::digits::solved;
use crate::error::{AppError, Variant};
use crate::given::read;
use crate::monitor::Monitor;

/// The most numbers that a run of learning goes through.
const MOST: usize = 2_000_000_000;
/// The most influencers of a game of entry: each move solves as many games.
const ENTRANTS: usize = 2000;

/// Everybody follows its own slope for so many rounds.
///
/// # Errors
/// When the game cannot be read or solved, is finite or of another kind, or the rounds are too many.
pub fn learn(
    source: &Source,
    rounds: usize,
    monitor: &Monitor<'_>,
) -> Result<LearnResult, AppError> {
    let (name, game) = plain(source, "what is learnt", monitor)?;
    let each = game.influencers().saturating_mul(game.dim());
    if rounds == 0 || each.saturating_mul(rounds) > MOST {
        return Err(AppError::unfit(
            format!("{rounds} rounds of this game are none, or too many"),
            format!("play between 1 and {}", (MOST / each.max(1)).max(1)),
        ));
    }
    let equilibrium = solved(&game, &monitor.options(), &source.name())?;
    let keep_going = || !monitor.is_cancelled();
    let Some(seen) = learnt(&game, &equilibrium, rounds, &keep_going) else {
        return Err(AppError::Cancelled);
    };
    Ok(LearnResult::new(name, &game, &equilibrium, seen))
}

/// What influencers (by name, or index from 0; all where there are none) gain by moving first.
///
/// # Errors
/// When the game cannot be read or solved, is finite or of another kind, or there is no such influencer.
pub fn commit(
    source: &Source,
    leaders: &[String],
    monitor: &Monitor<'_>,
) -> Result<CommitResult, AppError> {
    let (name, game) = plain(source, "a commitment", monitor)?;
    let n = game.influencers();
    let index = |leader: &String| {
        let named = (0..n).find(|&i| game.name(i) == leader.as_str());
        let numbered = || leader.parse().ok().filter(|i| *i < n);
        named.or_else(numbered).ok_or_else(|| {
            AppError::unfit(
                format!("there is no influencer '{leader}'"),
                "leaders are names, or indices from 0",
            )
        })
    };
    let leaders: Vec<usize> = match leaders.is_empty() {
        true => (0..n).collect(),
        false => leaders.iter().map(index).collect::<Result<_, _>>()?,
    };
    let equilibrium = solved(&game, &monitor.options(), &source.name())?;
    let mut found = Vec::with_capacity(leaders.len());
    for (done, &leader) in leaders.iter().enumerate() {
        if monitor.is_cancelled() {
            return Err(AppError::Cancelled);
        }
        monitor.progress("letting one lead", done as u64, leaders.len() as u64);
        found.push(LeaderResult::new(
            &game,
            leader,
            committed(&game, &equilibrium, leader)?,
        ));
    }
    Ok(CommitResult::new(name, &game, found))
}

/// Who takes part where that costs `cost`.
///
/// # Errors
/// When the game cannot be read or solved, is finite, of another kind or large, or the cost is negative.
pub fn enter(source: &Source, cost: f64, monitor: &Monitor<'_>) -> Result<EnterResult, AppError> {
    let (name, game) = plain(source, "who takes part", monitor)?;
    if !(cost >= 0.0 && cost.is_finite()) {
        return Err(AppError::unfit(
            format!("taking part cannot cost {cost}"),
            "give a number of at least 0",
        ));
    }
    if game.influencers() > ENTRANTS {
        return Err(AppError::unfit(
            format!(
                "{} influencers are too many for a game of entry",
                game.influencers()
            ),
            format!("ask it of at most {ENTRANTS}"),
        ));
    }
    match entered(&game, cost, &|| !monitor.is_cancelled())? {
        Some(found) => Ok(EnterResult::new(name, &game, cost, found)),
        None => Err(AppError::Cancelled),
    }
}

/// A game of the usual kind, without costs and coalitions.
fn plain(
    source: &Source,
    what: &'static str,
    monitor: &Monitor<'_>,
) -> Result<(Option<String>, Box<Game>), AppError> {
    let given = read(source, monitor)?;
    Variant::refuse(&given.game.content, what)?;
    let Content::Continuous(game) = given.game.content else {
        return Err(AppError::unfit(
            format!("{}: {what} is known of games on convex sets", given.file),
            "give the influencers a polytope of the items as `vertices`",
        ));
    };
    if game.loss() == Loss::InnerProduct || game.has_lying_costs() || !game.coalitions().is_empty()
    {
        return Err(AppError::unfit(
            format!(
                "{}: {what} is known where the loss is the squared distance, lies are free and everybody plays alone",
                given.file
            ),
            "leave the loss, `lying_cost` and `coalitions` out",
        ));
    }
    Ok((given.game.name, game))
}
