//! Games in which some choose items and others play points of convex sets.

use std::ops::ControlFlow;

use big_answer::finite::rounded;
use big_answer::hybrid::{HybridEnumerateResult, HybridPiece, HybridResult, HybridVerifyResult};
use big_answer::words::vector;
use big_finite::{
    Budget, Choice, HybridError, HybridGame, HybridSolution, assess_hybrid, every_hybrid,
    solve_hybrid, verify as verify_choices,
};
use big_game::SolveOptions;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::{assess, certify};
use big_game::profile::Profile;
use big_game::spec::{HybridSpec, Rational};
use big_io::{HybridPlay, InputError, Source, read_hybrid_play};

use crate::error::AppError;
use crate::finite::{self, failed};
use crate::given::feasible;
use crate::monitor::Monitor;

/// The game of a description that has been read from a file of this name.
pub(crate) fn hybrid_game(spec: HybridSpec, file: &str) -> Result<HybridGame, AppError> {
    HybridGame::new(spec).map_err(|e| InputError::new(e.to_string()).in_file(file).into())
}

/// What stopped a solution, in the words of a user.
fn refused(error: HybridError, file: &str) -> AppError {
    match error {
        HybridError::Game(error) => InputError::new(error.to_string()).in_file(file).into(),
        HybridError::Solve(error) => error.into(),
        HybridError::TooManyChoices { .. } => {
            AppError::unfit(error.to_string(), "choose fewer items")
        }
        other => AppError::Internal(other.to_string()),
    }
}

/// A pure equilibrium within a budget.
pub(crate) fn solve(
    game: &HybridGame,
    name: Option<String>,
    file: &str,
    options: &SolveOptions,
    budget: &Budget<'_>,
) -> Result<HybridResult, AppError> {
    let truthful = game.truthful(&budget.part(0.1));
    let solution = solve_hybrid(game, options, budget).map_err(|e| refused(e, file))?;
    Ok(HybridResult::new(name, game, &solution, &truthful))
}

/// What is known of these choices, with the others at equilibrium against them; and the scale of the others' game.
pub(crate) fn of_choices(
    game: &HybridGame,
    name: Option<String>,
    file: &str,
    choices: Vec<Choice>,
    budget: &Budget<'_>,
) -> Result<(HybridResult, f64), AppError> {
    let truthful = game.truthful(&budget.part(0.1));
    let solution = assess_hybrid(game, choices, &SolveOptions::default(), budget)
        .map_err(|e| refused(e, file))?;
    let result = HybridResult::new(name, game, &solution, &truthful);
    Ok((result, solution.others.scale()))
}

/// Everybody's regret at a profile.
pub(crate) fn verify(
    game: &HybridGame,
    name: Option<&str>,
    profile: &Source,
    tolerance: Option<f64>,
    file: &str,
    budget: &Budget<'_>,
) -> Result<HybridVerifyResult, AppError> {
    let (choices, points) = read_profile(profile, game, budget)?;
    let others = game.among_free(&choices).map_err(|e| refused(e, file))?;
    let mut actions = Profile::zeros(&others);
    for (k, point) in points.iter().enumerate() {
        let expected = others.space(k).dim();
        if point.len() != expected {
            let message = format!(
                "the action of '{}' has {} numbers where {expected} are needed",
                others.name(k),
                point.len()
            );
            return Err(InputError::new(message).in_file(profile.name()).into());
        }
        actions.action_mut(k).copy_from_slice(point);
    }
    feasible(&others, &actions, &profile.name())?;
    let against = game
        .among_choosers(&actions)
        .map_err(|e| refused(e.into(), file))?;
    let verification = verify_choices(&against, &choices, budget).map_err(failed)?;
    let tolerance = tolerance.unwrap_or_else(|| certify(&others, &actions, None).allowed_gap);
    Ok(HybridVerifyResult::new(
        name,
        game,
        &choices,
        &verification,
        &assess(&others, &actions),
        &actions,
        tolerance,
    ))
}

/// Reads a profile: the choices of those who choose, and the others' points.
fn read_profile(
    source: &Source,
    game: &HybridGame,
    budget: &Budget<'_>,
) -> Result<(Vec<Choice>, Vec<Vec<f64>>), AppError> {
    let refused = |message: String| InputError::new(message).in_file(source.name());
    let plays = read_hybrid_play(source)?;
    let n = game.influencers();
    if plays.len() != n {
        let message = format!(
            "the profile is of {} influencers, and the game has {n}",
            plays.len()
        );
        return Err(refused(message).into());
    }
    let all = |values: &[Rational]| -> Vec<f64> { values.iter().map(rounded).collect() };
    let (mut choices, mut means, mut points) = (Vec::new(), Vec::new(), Vec::new());
    let mut left = game.choosers().len();
    for (i, play) in plays.into_iter().enumerate() {
        let chooser = game.choosers().binary_search(&i).ok();
        match (chooser, play) {
            (Some(_), HybridPlay::Choice(choice, mean)) => {
                choices.push(choice);
                means.push(mean.map(|mean| (i, all(&mean))));
            }
            (Some(k), HybridPlay::Action(action)) => {
                let part = budget.part(0.5 / left.max(1) as f64);
                let choice = finite::choice_of(game.alone(), k, action, &part).map_err(&refused)?;
                choices.push(choice);
                means.push(None);
            }
            (None, HybridPlay::Action(action)) => points.push(all(&action)),
            (None, HybridPlay::Choice(..)) => {
                let message = format!(
                    "'{}' plays a point, and has no items to choose",
                    game.name(i)
                );
                return Err(refused(message).into());
            }
        }
        left -= usize::from(chooser.is_some());
    }
    game.check_choices(&choices)
        .map_err(|e| refused(e.to_string()))?;
    for (k, said) in means.into_iter().enumerate() {
        let mean = all(&game.mean(k, &choices[k]));
        if let Some((i, said)) = said
            && said != mean
        {
            let message = format!(
                "the action {} of '{}' is not the mean of its choice, {}",
                vector(&said),
                game.name(i),
                vector(&mean)
            );
            return Err(refused(message).into());
        }
    }
    Ok((choices, points))
}

/// All choices that are part of an equilibrium, at most `limit` of them.
pub(crate) fn enumerate(
    game: &HybridGame,
    name: Option<&str>,
    file: &str,
    limit: usize,
    budget: &Budget<'_>,
    monitor: &Monitor<'_>,
) -> Result<HybridEnumerateResult, AppError> {
    /// Parts of a whole that are told of as progress.
    const PARTS: f64 = 10_000.0;
    let mut pieces = Vec::new();
    let mut found = |share: f64, solution: Option<HybridSolution>| {
        monitor.progress("enumerating", (share * PARTS) as u64, PARTS as u64);
        if let Some(solution) = solution {
            if pieces.len() == limit {
                return ControlFlow::Break(());
            }
            pieces.push(HybridPiece::new(game, &solution));
        }
        ControlFlow::Continue(())
    };
    let options = SolveOptions {
        stop: monitor.stop(),
        ..SolveOptions::default()
    };
    let every = every_hybrid(game, &options, budget, &mut found).map_err(|e| refused(e, file))?;
    Ok(HybridEnumerateResult::new(name, game, &every, pieces))
}
