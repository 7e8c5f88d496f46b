//! `big prefs audit`: who can move the estimate, and how far.

use std::path::PathBuf;

use big_answer::preference::{AuditAnswer, AuditResult, AuditedAnnotator};
use big_answer::{Kind, version};
use big_io::experiment::space_argument;
use big_io::{game_file_of, space_file_of};
use big_preference::audit::{Audit, AuditOptions, Reports, audit};
use big_preference::data::{Parts, Source};
use big_preference::fit::{FitError, Precision};
use big_preference::model_check::Supported;
use clap::Args;

use super::fit::ErrorsName;
use super::table::TableOptions;
use super::{audit_text, check_result, no_maximum, population, precision, supported};
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::options::non_negative;
use crate::output::{Outcome, put, write_json};

/// What to audit.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(super) table: TableOptions,
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
    pub(super) top: usize,
    /// Check the reach of so many annotators, from the top, by an actual refit
    #[arg(long, value_name = "N", default_value_t = 5)]
    refits: usize,
    /// Penalise the estimate by half of this times ‖θ‖² (‖φ‖² where a linear reward is audited), as its training does
    #[arg(long, value_name = "LAMBDA", default_value_t = 0.0, value_parser = non_negative, allow_negative_numbers = true)]
    ridge: f64,
    /// What standard errors are made from
    #[arg(long, value_enum, default_value = "clustered")]
    se: ErrorsName,
    /// Write the game that the annotators play to a file for `big solve`
    #[arg(long, value_name = "FILE")]
    pub(super) game: Option<PathBuf>,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    if arguments.se == ErrorsName::Bootstrap {
        return Err(Failure::usage(
            "an audit has no bootstrap errors",
            "`big prefs fit --by COLUMN --se bootstrap` has them for the same estimate",
        ));
    }
    let found = arguments
        .table
        .with_annotators(&arguments.by, |all, parts| audited(arguments, all, parts))?;
    let answer = match found {
        Ok(found) => {
            if let Some(path) = &arguments.game {
                let description = format!("The annotators of {}", arguments.table.name());
                let file = game_file_of(None, Some(&description), &found.game());
                write_json(path, &file)?;
            }
            AuditAnswer::Audit(Box::new(result(arguments, found)))
        }
        Err(error) => AuditAnswer::None(
            no_maximum(error, &arguments.table.name())?.answering(Kind::PrefsAudit),
        ),
    };
    put(&arguments.result, &answer, |answer| {
        audit_text::text(arguments, answer)
    })?;
    Ok(match answer {
        AuditAnswer::Audit(_) => Outcome::Answered,
        AuditAnswer::None(_) => Outcome::No,
    })
}

/// The audit, or the fit that failed.
fn audited(
    arguments: &Arguments,
    all: &dyn Source,
    parts: &Parts,
) -> Result<Result<Audit, FitError>, Failure> {
    let options = AuditOptions {
        precision: arguments.precision,
        reports: match (&arguments.space, arguments.radius) {
            (Some(space), _) => Reports::Space(space_argument(space, parts.dim())?),
            (None, Some(radius)) => Reports::Within(radius),
            (None, None) => Reports::Held,
        },
        refits: arguments.refits,
        ridge: arguments.ridge,
        clustered: arguments.se == ErrorsName::Clustered,
    };
    Ok(audit(all, parts, &options))
}

fn result(arguments: &Arguments, found: Audit) -> AuditResult {
    let table = &arguments.table;
    let model = match (&found.check, found.model.precision()) {
        (Some(check), _) => check.supported,
        (None, Some(_)) => Supported::IdealPoint,
        (None, None) => Supported::Vector,
    };
    AuditResult {
        kind: Kind::PrefsAudit,
        version: version(),
        manipulability: found.manipulability,
        model: supported(model).into(),
        precision: found.model.precision().unwrap_or(0.0),
        model_check: found.check.as_ref().map(check_result),
        theta: found.position,
        precision_identified: !found.unidentified,
        standard_errors: found.standard_errors,
        standard_error_kind: found.error_kind.name().into(),
        ridge: (arguments.ridge > 0.0).then_some(arguments.ridge),
        scatter: found.hierarchy.deviation.iter().map(|t| t * t).sum::<f64>()
            / found.hierarchy.deviation.len() as f64,
        population: Some(population(&found.hierarchy)),
        action_space: space_file_of(&found.space),
        farthest: found.farthest,
        comparisons: table.comparisons(found.annotators.iter().map(|a| a.rows).sum()),
        without_own_estimate: found.annotators.iter().filter(|a| a.own.is_err()).count(),
        annotators: found
            .annotators
            .into_iter()
            .map(|a| {
                let (theta, standard_errors) = match a.own {
                    Ok(own) => (Some(own.point), Some(own.standard_errors)),
                    Err(_) => (None, None),
                };
                AuditedAnnotator {
                    annotator: a.name,
                    comparisons: table.comparisons_of(a.index, a.rows),
                    share: a.share,
                    influence: a.influence,
                    reach: a.reach,
                    worst_report: a.worst_report,
                    margin_reach: a.margin_reach,
                    manipulability: a.manipulability,
                    refit_reach: a.refit_reach,
                    pull: a.pull,
                    extremeness: a.extremeness,
                    theta,
                    standard_errors,
                    pooled_theta: a.pooled.point,
                    pooled_errors: a.pooled.standard_errors,
                }
            })
            .collect(),
    }
}
