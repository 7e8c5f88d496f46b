//! Who can move the estimate, and how far.

use std::collections::HashMap;

use big_answer::groups::GroupResult;
use big_answer::preference::{
    AuditAnswer, AuditResult, AuditedAnnotator, CoalitionResult, IntervalResult,
};
use big_answer::{Kind, version};
use big_io::experiment::space_argument;
use big_io::preference::AnnotatorColumn;
use big_io::{InputError, game_file_of, space_file_of};
use big_preference::audit::{self, Audit, AuditOptions, GroupAudit, Interval, Reports};
use big_preference::data::{Parts, Source};
use big_preference::fit::{FitError, Precision};
use big_preference::hierarchy::Hierarchy;
use big_preference::model_check::Supported;
use serde_json::Value;

use super::fit::{Described, Errors};
use super::groups::Groups;
use super::items;
use super::model::{check_result, population, supported};
use super::no_maximum::no_maximum;
use super::table::{Reader, Table};
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;

/// What to audit.
#[derive(Clone, Debug)]
pub struct Request {
    /// The comparisons.
    pub table: Table,
    /// The column that names the annotators, or groups of them.
    pub by: String,
    /// The precision `β` of the reward `−β‖a − θ‖²`.
    pub precision: Precision,
    /// What annotators may report.
    pub reports: Reported,
    /// Check the reach of so many annotators, from the top, by an actual refit.
    pub refits: usize,
    /// The estimate is penalised by half of this times `‖θ‖²` (`‖φ‖²` where a linear reward is audited).
    pub ridge: f64,
    /// What standard errors are made from: clustered, or from the information.
    pub errors: Errors,
    /// Of items without embeddings: so many swaps of neighbours in the ranking are looked into, from the top.
    pub swaps: usize,
    /// Two more items to swap.
    pub swap: Option<(String, String)>,
    /// Is the game that the annotators play wanted as well? It has a `d × d` matrix for each of them.
    pub game: bool,
    /// Replicates of the bootstrap that intervals are from; 0: none. `None`: as many as do not take long.
    pub replicates: Option<usize>,
    /// Its seed.
    pub seed: u64,
    /// Up to how many annotators the worst coalitions have.
    pub coalitions: usize,
    /// The column that says which group every annotator is in, each of which is audited as one.
    pub groups: Option<String>,
    /// Put annotators who are alike into so many clusters, each of which is audited as one; 0: none.
    pub clusters: usize,
}

/// What annotators may report.
#[derive(Clone, Debug)]
pub enum Reported {
    /// The points of an action space: as in a game file, or the name of a game file whose space is meant.
    Space(String),
    /// Anything within this distance of the estimate.
    Within(f64),
    /// The ball around the estimate that just holds the annotators' partially pooled ideal points.
    Held,
}

impl Request {
    /// The plain audit of a table.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            by: "annotator".into(),
            precision: Precision::Fit,
            reports: Reported::Held,
            refits: 5,
            ridge: 0.0,
            errors: Errors::Clustered,
            swaps: 10,
            swap: None,
            game: false,
            replicates: None,
            seed: 0,
            coalitions: 3,
            groups: None,
            clusters: 0,
        }
    }
}

/// An audit, and the game that the annotators play.
#[derive(Debug)]
pub struct Audited {
    /// The answer.
    pub answer: AuditAnswer,
    /// The game, as in a game file; `None` where there is no estimate, or it is not wanted.
    pub game: Option<Value>,
}

/// Audits a table.
///
/// # Errors
/// When the table cannot be read, or the question does not fit it.
pub fn audit(request: &Request, monitor: &Monitor<'_>) -> Result<Audited, AppError> {
    refuse_bootstrap(request)?;
    let reader = Reader::new(&request.table, monitor)?;
    if reader.has_items()? {
        return of_items(request, &reader);
    }
    let groups = Groups::read(&reader, &request.by, request.groups.as_deref())?;
    reader.with_annotators(&request.by, |all, parts| {
        of_annotators(request, &reader, &groups, all, parts)
    })
}

/// Audits scores of items without embeddings.
pub(super) fn of_items(request: &Request, reader: &Reader<'_>) -> Result<Audited, AppError> {
    if request.groups.is_some() || request.clusters > 0 {
        return Err(AppError::unfit(
            "groups of annotators are audited where responses are embeddings; these are the names of items",
            "ask for the items' audit alone",
        ));
    }
    let by = match &*request.by {
        // Whoever is named, if somebody is.
        "annotator" => AnnotatorColumn::Usual,
        name => AnnotatorColumn::Named(name.into()),
    };
    let swap = request.swap.as_ref();
    let answer = items::audit(reader, by, request.ridge, request.swaps, swap)?;
    Ok(Audited { answer, game: None })
}

/// An audit's errors are from one fit.
pub(super) fn refuse_bootstrap(request: &Request) -> Result<(), AppError> {
    match request.errors {
        Errors::Bootstrap => Err(AppError::advised(
            InputError::new("an audit has no bootstrap errors"),
            Advice::BootstrapTheFit,
        )),
        Errors::Clustered | Errors::Information => Ok(()),
    }
}

/// Audits embeddings: all of them in the order of the table, and the same annotator by annotator.
pub(super) fn of_annotators(
    request: &Request,
    of: &dyn Described,
    groups: &Groups,
    all: &dyn Source,
    parts: &Parts,
) -> Result<Audited, AppError> {
    let found = audited(request, groups, all, parts)?.and_then(|found| {
        let game = match request.game {
            true => Some(found.game(parts, request.ridge)?),
            false => None,
        };
        Ok((found, game))
    });
    Ok(match found {
        Ok((found, game)) => {
            let description = format!("The annotators of {}", of.name());
            Audited {
                game: game.map(|game| game_file_of(None, Some(&description), &game)),
                answer: AuditAnswer::Audit(Box::new(result(request, of, found))),
            }
        }
        Err(error) => Audited {
            answer: AuditAnswer::None(no_maximum(error, &of.name())?.answering(Kind::PrefsAudit)),
            game: None,
        },
    })
}

/// The audit, or the fit that failed.
pub(super) fn audited(
    request: &Request,
    groups: &Groups,
    all: &dyn Source,
    parts: &Parts,
) -> Result<Result<Audit, FitError>, AppError> {
    let options = AuditOptions {
        precision: request.precision,
        reports: match &request.reports {
            Reported::Space(space) => Reports::Space(space_argument(space, parts.dim())?),
            Reported::Within(radius) => Reports::Within(*radius),
            Reported::Held => Reports::Held,
        },
        refits: request.refits,
        ridge: request.ridge,
        clustered: request.errors == Errors::Clustered,
        replicates: request.replicates,
        seed: request.seed,
        coalitions: request.coalitions,
        groups: groups.indexed(parts.names()),
        clusters: request.clusters,
    };
    Ok(audit::audit(all, parts, &options))
}

pub(super) fn result(request: &Request, of: &dyn Described, found: Audit) -> AuditResult {
    let model = match (&found.check, found.model.precision()) {
        (Some(check), _) => check.supported,
        (None, Some(_)) => Supported::IdealPoint,
        (None, None) => Supported::Vector,
    };
    let names: HashMap<usize, String> = found
        .annotators
        .iter()
        .map(|a| (a.index, a.name.clone()))
        .collect();
    let rows: HashMap<usize, u64> = found.annotators.iter().map(|a| (a.index, a.rows)).collect();
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
        ridge: (request.ridge > 0.0).then_some(request.ridge),
        coordinates: of.units_in_words(),
        manipulability_interval: found.manipulability_interval.map(interval),
        replicates: found.replicates,
        scatter: found.hierarchy.as_ref().map(Hierarchy::variance),
        population: found.hierarchy.as_ref().map(population),
        population_not_found: found.hierarchy_not_found,
        action_space: space_file_of(&found.space),
        farthest: found.farthest,
        comparisons: of.comparisons(found.annotators.iter().map(|a| a.rows).sum()),
        groups: groups(of, found.groups, &rows, None),
        clusters: groups(of, found.clusters, &rows, Some(&names)),
        coalitions: found
            .coalitions
            .into_iter()
            .map(|coalition| CoalitionResult {
                members: coalition
                    .members
                    .iter()
                    .map(|i| names[i].to_owned())
                    .collect(),
                reach: coalition.reach,
                bound: coalition.bound,
            })
            .collect(),
        without_own_estimate: found.annotators.iter().filter(|a| a.own.is_err()).count(),
        annotators: found
            .annotators
            .into_iter()
            .map(|a| {
                let (theta, standard_errors) = match a.own {
                    Ok(own) => (Some(own.point), Some(own.standard_errors)),
                    Err(_) => (None, None),
                };
                let (pooled_theta, pooled_errors) = match a.pooled {
                    Some(pooled) => (Some(pooled.point), Some(pooled.standard_errors)),
                    None => (None, None),
                };
                AuditedAnnotator {
                    annotator: a.name,
                    comparisons: of.comparisons_of(a.index, a.rows),
                    share: a.share,
                    influence: a.influence,
                    reach: a.reach,
                    worst_report: a.worst_report,
                    margin_reach: a.margin_reach,
                    manipulability: a.manipulability,
                    refit_reach: a.refit_reach,
                    pull: a.pull,
                    influence_interval: a.intervals.map(|i| interval(i.influence)),
                    reach_interval: a.intervals.map(|i| interval(i.reach)),
                    manipulability_interval: a.intervals.map(|i| interval(i.manipulability)),
                    extremeness: a.extremeness,
                    theta,
                    standard_errors,
                    pooled_theta,
                    pooled_errors,
                }
            })
            .collect(),
    }
}

/// Groups as they are told; with their members' names, where these are given by their indices.
fn groups(
    of: &dyn Described,
    found: Vec<GroupAudit>,
    rows: &HashMap<usize, u64>,
    names: Option<&HashMap<usize, String>>,
) -> Vec<GroupResult> {
    let told = |g: GroupAudit| {
        let members = || g.group.members.iter();
        GroupResult {
            annotators: g.group.members.len(),
            members: names.map(|names| members().map(|i| names[i].clone()).collect()),
            // Ties, which make two rows, are counted annotator by annotator.
            comparisons: members().map(|&i| of.comparisons_of(i, rows[&i])).sum(),
            group: g.group.name.clone(),
            share: g.share,
            influence: g.influence,
            reach: g.reach,
            bound: g.bound,
            refit_reach: g.refit_reach,
            manipulability: g.manipulability,
            pull: g.pull,
            center: g.center,
        }
    };
    found.into_iter().map(told).collect()
}

fn interval(found: Interval) -> IntervalResult {
    IntervalResult {
        lower: found.lower,
        upper: found.upper,
    }
}
