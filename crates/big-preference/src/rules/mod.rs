//! Rules in the place of the pooled estimate: what each makes of everybody's labels, what a lie still gains, and what the
//! resistance costs while everybody is honest.
//!
//! | rule | outcome | what is known |
//! | --- | --- | --- |
//! | [`Rule::PooledMle`] | the estimate from all labels: what a trainer gets | the battle of arXiv:2502.01127 |
//! | [`Rule::MedianOfEstimates`] | the median of the annotators' estimates, coordinate by coordinate | strategyproof in the estimates (Moulin 1980), not in the labels that they are from |
//! | [`Rule::PessimisticMedian`] | what is best for the worst median of points in the annotators' confidence sets | approximately strategyproof under uniform coverage (arXiv:2503.09561) |
//! | [`Rule::BoundedInfluence`] | a Newton step from that median on which nobody has more than a given say | no annotator moves the step by more than twice the cap; nothing is proved of strategyproofness |
//!
//! Everybody has one vote in a median, however many labels. An annotator's estimate is the mode of its own labels' likelihood under
//! a wide prior around the centre of the responses (a deviation of it moves a typical margin by 4), so that it always exists, and
//! nobody else's labels are in it. The precision is settled before anybody lies: rules are measured with that of the table as it is.
//!
//! What an annotator wants is where its labels say it is: its own estimate. A lie is a set of labels that an ideal point of
//! somebody's choice would give without doubt, for the pairs that the annotator was shown; what it gains is told by the rule itself
//! on those labels, not to first order.

mod honest;
mod lie;
mod outcome;
mod people;

use big_numeric::distance;

use crate::audit::{AuditOptions, Reports, audit};
use crate::data::{Parts, Source};
use crate::fit::{FitError, Precision};
use crate::frame::Frame;
use crate::likelihood::Model;
use crate::model_check::Supported;

pub use lie::Gain;
use people::{Electorate, World};

/// Numbers that the search for lies, and the study of honest accuracy, look at, about.
const WORK: f64 = 4e9;

/// A rule that makes an estimate of everybody's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The maximum of everybody's likelihood, with the ridge.
    PooledMle,
    /// In each coordinate the lower median of the annotators' estimates.
    MedianOfEstimates,
    /// In each coordinate annotators' estimates are known to within their joint 95 % confidence sets; the medians of the
    /// lower and of the upper ends enclose every median of points in these sets, and the outcome is the point of that box nearest
    /// to the centre of the responses (of a linear reward: to no reward at all). For the reward `−β‖a − θ‖²` beside the centre's it
    /// is the response that is best for the worst `θ` in the box.
    PessimisticMedian,
    /// `m + H⁻¹ Σ_i clip_c(s_i)`: from the median `m` one Newton step by everybody's scores there, each shortened to
    /// `‖H⁻¹ s_i‖_H ≤ c`, the median of these lengths.
    BoundedInfluence,
}

/// All rules, in the order in which they are told.
pub const ALL: [Rule; 4] = [
    Rule::PooledMle,
    Rule::MedianOfEstimates,
    Rule::PessimisticMedian,
    Rule::BoundedInfluence,
];

impl Rule {
    /// Its name in options and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::PooledMle => "pooled_mle",
            Self::MedianOfEstimates => "median_of_estimates",
            Self::PessimisticMedian => "pessimistic_median",
            Self::BoundedInfluence => "bounded_influence",
        }
    }

    /// The rule of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The share of annotators who can carry the outcome away without bound where everybody has labels without end.
    fn breakdown(self) -> f64 {
        match self {
            Self::PooledMle => 0.0,
            _ => 0.5,
        }
    }
}

/// What to measure rules with.
#[derive(Clone, Debug)]
pub struct RuleOptions {
    /// Which.
    pub rules: Vec<Rule>,
    /// The precision.
    pub precision: Precision,
    /// The pooled estimate's ridge.
    pub ridge: f64,
    /// Tables that are drawn for the accuracy under honesty; 0: none. `None`: up to 100, as many as do not take long.
    pub replicates: Option<usize>,
    /// Their seed.
    pub seed: u64,
}

impl Default for RuleOptions {
    fn default() -> Self {
        Self {
            rules: ALL.to_vec(),
            precision: Precision::Fit,
            ridge: 0.0,
            replicates: None,
            seed: 0,
        }
    }
}

/// A rule, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Which.
    pub rule: Rule,
    /// What it makes of the labels as they are.
    pub outcome: Vec<f64>,
    /// The most that anybody gains by a lie while all other labels stay.
    pub gain: Gain,
    /// Where the battle ends: of the pooled estimate by the affine receiver, with the reports of an audit. `None` where it is not known.
    pub equilibrium: Option<Vec<f64>>,
    /// How far that is from the outcome.
    pub distortion: Option<f64>,
    /// The most, over annotators, that the outcome moves when one leaves, per unit of its share of the labels; `None` with one annotator.
    pub resilience: Option<f64>,
    /// See [`Rule`].
    pub breakdown: f64,
    /// The pooled estimate's mean squared distance to the population's centre over the rule's, on tables that honest annotators
    /// of that population would have made; `None` where none were drawn.
    pub efficiency: Option<f64>,
}

/// Rules, measured on a table.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// What positions are.
    pub positions: Supported,
    /// The precision that annotators' estimates are made with.
    pub precision: f64,
    /// The annotators' names.
    pub names: Vec<String>,
    /// Their rows.
    pub rows: u64,
    /// One for each rule that was asked for.
    pub rules: Vec<Measured>,
    /// The tables that were drawn.
    pub replicates: usize,
}

/// Measures rules on a table: `all` in its order, and the same in `parts`. An audit, then for each rule a few dozen outcomes
/// under lies of those who could do most (fewer where they are expensive), and one without each of some annotators. Holds the rows
/// once more.
///
/// # Errors
/// When the pooled estimate does not exist, or in so many coordinates no annotator's estimate is made.
pub fn measure(
    all: &dyn Source,
    parts: &Parts,
    options: &RuleOptions,
) -> Result<Measurement, FitError> {
    let found = audit(
        all,
        parts,
        &AuditOptions {
            precision: options.precision,
            reports: Reports::Held,
            refits: 0,
            ridge: options.ridge,
            clustered: false,
            replicates: Some(0),
            seed: 0,
            coalitions: 0,
            groups: Vec::new(),
            clusters: 0,
        },
    )?;
    let Some(population) = &found.hierarchy else {
        return Err(FitError::BadOption(format!(
            "in {} coordinates no annotator's own estimate is made: reduce the embeddings' dimension to {}",
            found.position.len(),
            crate::hierarchy::LARGEST
        )));
    };
    let ideal = found.model.precision().is_some();
    let of_people = match ideal {
        true => Model::ideal_point(population.precision),
        false => Model {
            gain: found.model.gain,
            offset: population.precision,
        },
    };
    // What a response that nobody's labels speak for is: the centre of the pairs; of a linear reward: no reward.
    let reference = match ideal {
        true => Frame::of(all, true)?.center,
        false => vec![0.0; found.position.len()],
    };
    let electorate = Electorate::new(
        parts,
        [found.model, of_people],
        population,
        reference,
        found.position.clone(),
        options.ridge,
    )?;
    let truth = World::honest(&electorate);
    let equilibrium = battle(&found, parts, options.ridge);
    let replicates = options
        .replicates
        .unwrap_or_else(|| honest::usual_replicates(&electorate));
    let efficiencies = honest::efficiencies(&electorate, &options.rules, replicates, options.seed)?;
    let mut rules = Vec::with_capacity(options.rules.len());
    for (&rule, efficiency) in options.rules.iter().zip(efficiencies) {
        let outcome = truth.outcome(rule)?;
        let equilibrium = match rule {
            Rule::PooledMle => equilibrium.clone(),
            _ => None,
        };
        rules.push(Measured {
            gain: lie::largest_gain(&electorate, rule, &outcome)?,
            distortion: equilibrium.as_ref().map(|e| distance(e, &outcome)),
            resilience: resilience(&electorate, rule, &outcome)?,
            breakdown: rule.breakdown(),
            rule,
            outcome,
            equilibrium,
            efficiency,
        });
    }
    Ok(Measurement {
        positions: match (&found.check, ideal) {
            (Some(check), _) => check.supported,
            (None, true) => Supported::IdealPoint,
            (None, false) => Supported::Vector,
        },
        precision: population.precision,
        names: parts.names().to_vec(),
        rows: (0..parts.len()).map(|i| parts.rows(i)).sum(),
        rules,
        replicates,
    })
}

/// Where the battle over the pooled estimate ends; `None` where the game is too large, or could not be solved.
fn battle(found: &crate::audit::Audit, parts: &Parts, ridge: f64) -> Option<Vec<f64>> {
    let spec = found.game(parts, ridge).ok()?;
    let game = spec.check().ok()?;
    let solved = big_game::solve(&game, &big_game::SolveOptions::default()).ok()?;
    Some(solved.receiver)
}

/// The most that the outcome moves when somebody leaves, per unit of its share of the labels.
fn resilience(
    electorate: &Electorate,
    rule: Rule,
    outcome: &[f64],
) -> Result<Option<f64>, FitError> {
    let n = electorate.len();
    if n < 2 {
        return Ok(None);
    }
    let looked_at = (WORK / 4.0 / electorate.cost(rule)).max(4.0) as usize;
    let mut most = None;
    for at in 0..looked_at.min(n) {
        let i = at * n / looked_at.min(n);
        let share = electorate.share(i);
        if share == 0.0 {
            continue;
        }
        match World::without(electorate, i).outcome(rule) {
            Ok(left) => {
                let moved = distance(&left, outcome) / share;
                most = Some(most.map_or(moved, |m: f64| m.max(moved)));
            }
            // The others' labels alone have no estimate.
            Err(FitError::NoMaximum(_)) => return Ok(None),
            Err(other) => return Err(other),
        }
    }
    Ok(most)
}
