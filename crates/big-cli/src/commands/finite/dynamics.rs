//! `big dynamics` for a finite game.

use big_game::dynamics::{Start, Status};
use big_game::finite::{Budget, Dynamics, FiniteGame, start};
use big_io::result_finite::{FiniteDynamicsResult, FiniteStep, exactly, rounded};

use super::{choice, read_choices};
use crate::commands::dynamics::Arguments;
use crate::failure::Failure;
use crate::output::{Outcome, put};
use crate::words::{ROWS, count, number, table, vector};

pub(crate) fn dynamics(
    arguments: &Arguments,
    game: &FiniteGame,
    budget: &Budget<'_>,
) -> Result<Outcome, Failure> {
    if arguments.damping < 1.0 {
        return Err(Failure::usage(
            "there is no going part of the way between sets of items",
            "leave --damping out",
        ));
    }
    // A start need not take more than half of the time.
    let half = budget.part(0.5);
    let begin = match arguments.start.as_str() {
        "truthful" => start(game, Start::Truthful, &half),
        "zero" => start(game, Start::Zero, &half),
        "random" => start(game, Start::Random(arguments.seed), &half),
        path => read_choices(path, game, &half)?,
    };
    let tolerance = exactly(arguments.tolerance.unwrap_or(0.0));
    let mut play = Dynamics::new(
        game,
        begin.clone(),
        arguments.order.into(),
        arguments.seed,
        *budget,
    )
    .map_err(|e| Failure::Internal(e.to_string()))?
    .with_tolerance(tolerance.clone());
    let mut steps: Vec<FiniteStep> = Vec::new();
    let mut choices = begin.clone();
    while arguments.max_rounds > steps.last().map_or(0, |s| s.round.saturating_sub(1)) {
        let Some(step) = play.next() else { break };
        if step.round > arguments.max_rounds {
            break;
        }
        choices = play.profile().to_vec();
        steps.push(step.into());
    }
    let result = FiniteDynamicsResult {
        converged: play.status() == Status::Converged,
        interrupted: play.interrupted(),
        tolerance: rounded(&tolerance),
        rounds: steps.last().map_or(0, |s| s.round),
        cycle: match play.status() {
            Status::Cycle { period } => Some(period),
            Status::Running | Status::Converged => None,
        },
        seed: arguments.seed,
        start: begin,
        receiver: game.receiver(&choices).iter().map(rounded).collect(),
        choices,
        steps,
    };
    put(&arguments.result, &result, |result| text(game, result))?;
    Ok(if result.converged {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

fn text(game: &FiniteGame, result: &FiniteDynamicsResult) -> String {
    let mut text = table(
        &["round", "who moves", "receiver", "potential", ""],
        result.steps.iter().take(ROWS).map(|step| {
            vec![
                step.round.to_string(),
                step.influencer
                    .map_or("everybody".into(), |i| game.name(i).into_owned()),
                vector(&step.receiver),
                number(step.potential),
                format!("to items {}", choice(&step.choice)),
            ]
        }),
    );
    if result.steps.len() > ROWS {
        text += &format!(
            "… and {}; --json gives them all\n",
            count(result.steps.len() - ROWS, "more step")
        );
    }
    text + &format!(
        "\n{} The receiver is at {}.\n",
        dynamics_verdict(result),
        vector(&result.receiver)
    )
}

/// How play ended, in a sentence.
pub(crate) fn dynamics_verdict(result: &FiniteDynamicsResult) -> String {
    let rounds = count(result.rounds, "round");
    match result.cycle {
        Some(period) => format!(
            "Play goes round in circles: a cycle of {}.",
            count(period, "round")
        ),
        None if result.converged && result.tolerance == 0.0 => {
            format!("Converged after {rounds}: nobody gains, exactly.")
        }
        None if result.converged => format!(
            "Converged after {rounds}: nobody gains more than {}.",
            number(result.tolerance)
        ),
        None if result.interrupted => format!(
            "Not converged after {rounds}: the time limit ended first, and whether anybody still gains was not decided."
        ),
        None => format!("Not converged after {rounds}; --max-rounds allows more."),
    }
}
