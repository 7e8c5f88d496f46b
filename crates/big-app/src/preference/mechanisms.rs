//! Which rules in the place of the pooled estimate would leave less to gain from a lie, and what do they cost?

use big_answer::Kind;
use big_answer::mechanisms::{
    GainResult, LabelMechanismsAnswer, LabelsResult, MechanismResult, MechanismsResult,
    OutcomeResult, Strategyproof,
};
use big_io::InputError;
use big_preference::data::{Parts, Source};
use big_preference::fit::Precision;
use big_preference::rules::{ALL, Measured, Rule, RuleOptions, measure};

use super::fit::Described;
use super::model::supported;
use super::no_maximum::no_maximum;
use super::table::{Reader, Table};
use crate::error::AppError;
use crate::monitor::Monitor;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Request {
    /// The comparisons.
    pub table: Table,
    /// The column that names the annotators, or groups of them.
    pub by: String,
    /// The rules by name; all where there are none.
    pub only: Vec<String>,
    /// The precision `β` of the reward `−β‖a − θ‖²`.
    pub precision: Precision,
    /// The pooled estimate is penalised by half of this times `‖θ‖²`.
    pub ridge: f64,
    /// Tables that are drawn for the accuracy under honesty; 0: none. `None`: as many as do not take long.
    pub replicates: Option<usize>,
    /// Their seed.
    pub seed: u64,
}

impl Request {
    /// All rules.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            by: "annotator".into(),
            only: Vec::new(),
            precision: Precision::Fit,
            ridge: 0.0,
            replicates: None,
            seed: 0,
        }
    }
}

/// Measures rules on a table.
///
/// # Errors
/// When the table cannot be read, the question does not fit it, or there is no rule of a name.
pub fn mechanisms(
    request: &Request,
    monitor: &Monitor<'_>,
) -> Result<LabelMechanismsAnswer, AppError> {
    let options = options(request)?;
    let reader = Reader::new(&request.table, monitor)?;
    if reader.has_items()? {
        return Err(InputError::new(
            "items without embeddings have no rules beside the pooled scores",
        )
        .with_help(
            "give the items' embeddings as `responses`, or ask an audit who can swap two of them",
        )
        .in_file(reader.name())
        .into());
    }
    reader.with_annotators(&request.by, |all, parts| {
        of_annotators(request, &options, &reader, all, parts)
    })
}

/// What is asked, if there are rules of these names.
pub(super) fn options(request: &Request) -> Result<RuleOptions, AppError> {
    let rule = |name: &String| {
        Rule::of_name(name).ok_or_else(|| {
            let known: Vec<&str> = ALL.iter().map(|rule| rule.name()).collect();
            AppError::unfit(
                format!("there is no rule '{name}' for labels"),
                format!("they are {}", known.join(", ")),
            )
        })
    };
    Ok(RuleOptions {
        rules: match request.only.is_empty() {
            true => ALL.to_vec(),
            false => request.only.iter().map(rule).collect::<Result<_, _>>()?,
        },
        precision: request.precision,
        ridge: request.ridge,
        replicates: request.replicates,
        seed: request.seed,
    })
}

/// Measures rules on embeddings: all of them in the order of the table, and the same annotator by annotator.
pub(super) fn of_annotators(
    request: &Request,
    options: &RuleOptions,
    of: &dyn Described,
    all: &dyn Source,
    parts: &Parts,
) -> Result<LabelMechanismsAnswer, AppError> {
    Ok(match measure(all, parts, options) {
        Ok(found) => {
            let labels = LabelsResult {
                comparisons: of.comparisons(found.rows),
                model: supported(found.positions).into(),
                precision: found.precision,
                replicates: found.replicates,
                seed: request.seed,
            };
            let rules = found.rules.into_iter().map(result).collect();
            let answer = MechanismsResult::of_labels(of.name(), found.names, rules, labels);
            LabelMechanismsAnswer::Measured(Box::new(answer))
        }
        Err(error) => LabelMechanismsAnswer::None(
            no_maximum(error, &of.name())?.answering(Kind::PrefsMechanisms),
        ),
    })
}

fn result(of: Measured) -> MechanismResult {
    MechanismResult {
        name: of.rule.name().to_owned(),
        outcome: of.outcome,
        // Of labels nothing is proved: a median is strategyproof in the estimates, which labels tell with noise.
        strategyproof: match of.gain.annotator {
            Some(_) => Strategyproof::No,
            None => Strategyproof::Unknown,
        },
        largest_gain: GainResult::new(
            of.gain.found,
            of.gain.bound,
            of.gain.annotator,
            of.gain.report,
        ),
        proved_under: None,
        coalition_gain: None,
        no_equilibrium: None,
        equilibrium: of.equilibrium.map(|receiver| OutcomeResult {
            receiver,
            reports: None,
            max_regret: None,
            regret_proved: None,
        }),
        distortion: of.distortion,
        resilience: of.resilience,
        breakdown: of.breakdown,
        efficiency: of.efficiency,
        payments: None,
        budget: None,
    }
}
