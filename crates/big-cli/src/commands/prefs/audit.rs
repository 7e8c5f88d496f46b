//! `big prefs audit`: who can move the estimate, and how far.

use big_answer::preference::AuditAnswer;
use big_app::preference::audit::{Reported, Request, audit};
use big_preference::fit::Precision;
use clap::Args;

use super::fit::ErrorsName;
use super::table::TableOptions;
use super::{audit_text, precision::precision};
use crate::failure::Failure;
use crate::options::{OutFile, ResultOptions, non_negative};
use crate::output::{Outcome, put, write_json};
use crate::progress::watched;

/// What to audit.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// The column that names the annotators, or groups of them
    #[arg(long, value_name = "COLUMN", default_value = "annotator")]
    by: String,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit`
    #[arg(long, value_name = "NUMBER|fit", default_value = "fit", value_parser = precision, allow_negative_numbers = true)]
    precision: Precision,
    /// What annotators may report: `{ type = "box", lower = -1, upper = 1 }`, or a game file whose space is meant
    /// [default: the ball around the estimate that just holds the annotators' partially pooled ideal points]
    #[arg(long, value_name = "SPACE", conflicts_with = "radius")]
    space: Option<String>,
    /// Annotators may report anything within this distance of the estimate
    #[arg(long, value_name = "RADIUS", value_parser = non_negative, allow_negative_numbers = true)]
    radius: Option<f64>,
    /// Show so many annotators in the table; --json has them all
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Check the reach of so many annotators, from the top, by an actual refit
    #[arg(long, value_name = "N", default_value_t = 5)]
    refits: usize,
    /// Penalise the estimate by half of this times ‖θ‖² (‖φ‖² where a linear reward is audited), as its training does
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// What standard errors are made from
    #[arg(long, value_enum, default_value = "clustered")]
    se: ErrorsName,
    /// Of items without embeddings: look into so many swaps of neighbours in the ranking, from the top
    #[arg(long, value_name = "N", default_value_t = 10)]
    swaps: usize,
    /// And into the swap of these two
    #[arg(long, value_names = ["ITEM", "OTHER"], num_args = 2)]
    swap: Vec<String>,
    /// Replicates of the bootstrap that the intervals of influence, range and reach are from; 0: none
    /// [default: 200, fewer or none where they would take longer than the audit]
    #[arg(long, value_name = "N")]
    replicates: Option<usize>,
    /// The seed of the bootstrap
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Look for the worst coalitions of up to so many annotators
    #[arg(long, value_name = "N", default_value_t = 3)]
    coalitions: usize,
    /// Audit groups of annotators too: the column that says which one everybody is in (a region, a company)
    #[arg(long, value_name = "COLUMN")]
    groups: Option<String>,
    /// Put annotators who are alike into so many clusters, and audit these too; 0: none
    #[arg(long, value_name = "K", default_value_t = 0)]
    clusters: usize,
    /// Write the game that the annotators play to a file for `big solve`
    #[arg(long, value_name = "FILE")]
    game: Option<OutFile>,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        table: arguments.table.table(),
        by: arguments.by.clone(),
        precision: arguments.precision,
        reports: match (&arguments.space, arguments.radius) {
            (Some(space), _) => Reported::Space(space.clone()),
            (None, Some(radius)) => Reported::Within(radius),
            (None, None) => Reported::Held,
        },
        refits: arguments.refits,
        ridge: arguments.ridge,
        errors: arguments.se.into(),
        swaps: arguments.swaps,
        swap: match &*arguments.swap {
            [a, b] => Some((a.clone(), b.clone())),
            _ => None,
        },
        game: arguments.game.is_some(),
        replicates: arguments.replicates,
        seed: arguments.seed,
        coalitions: arguments.coalitions,
        groups: arguments.groups.clone(),
        clusters: arguments.clusters,
    };
    let found = watched(|monitor| audit(&request, monitor))?;
    if let (Some(path), Some(game)) = (&arguments.game, &found.game) {
        write_json(path, game)?;
    }
    put(&arguments.result, &found.answer, |answer| {
        audit_text::text(
            &request.table.name(),
            arguments.top,
            arguments.game.as_deref(),
            answer,
        )
    })?;
    Ok(match found.answer {
        AuditAnswer::Audit(_) | AuditAnswer::Items(_) => Outcome::Answered,
        AuditAnswer::None(_) => Outcome::No,
    })
}
