//! Who can move the model that is trained on pooled labels, and how far?
//!
//! Everything is read off the pooled fit: its Hessian `H = Σ_j H_j`, and annotator `i`'s part `H_i` and score `s_i` at the
//! pooled estimate `θ̂`. Replacing `i`'s labels by those of an ideal point `x` moves the estimate by
//! `W_i (x − θ̂) − H⁻¹ s_i` (to first order; `W_i = H⁻¹ H_i`): defined for every annotator, also for those whose own estimate
//! does not exist.
//!
//! The **manipulability** of a data set is a share: how wide a range of estimates one annotator alone can choose from, by what
//! point of `X` to report, beside the range that all could choose from together. Ranges are measured in the metric of the
//! information, `‖v‖_H = √(vᵀHv)`, which does not depend on the units of the embeddings:
//!
//! `max_i max_{x,y ∈ X} ‖W_i (x − y)‖_H / max_{x,y ∈ X} ‖x − y‖_H`.
//!
//! **It is between 0 and 1.** With `H = L Lᵀ` and `S = L⁻¹ H_i L⁻ᵀ`, `‖W_i v‖_H = ‖Lᵀ H⁻¹ H_i v‖ = ‖S Lᵀ v‖`. Since `0 ≼ H_i ≼ H` (the others' information
//! and a ridge's are positive semidefinite), `0 ≼ S ≼ I`, so `‖W_i v‖_H ≤ ‖Lᵀ v‖ = ‖v‖_H` for every `v`, also for `v = x − y`. It is 0 iff nobody's report
//! matters, and 1 if everything is one annotator's. What undoing one's own labels moves is no part of it: that is the same for
//! every report. The **reach** has it, so that it may go beyond the farthest point of `X`.

mod choice;
mod cluster;
mod coalition;
mod group;
mod intervals;
mod measures;
mod own;
mod persons;
mod power;
mod refit;
mod replicate;
mod span;

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::{GameSpec, SpaceSpec};
use big_numeric::{Cholesky, distance, matrix};

use crate::annotators::holding;
use crate::data::{Parts, Source};
use crate::errors::{Bread, ErrorKind, Scores};
use crate::fit::{FitError, LARGEST_DENSE, Precision, continued, maximum};
use crate::hierarchy::Hierarchy;
use crate::likelihood::{Model, Objective, Parameters, Prior};
use crate::model_check::{ModelCheck, Supported};
use crate::newton::Minimum;
use crate::origin::{MANY, Origin};
use crate::position::Position;
use crate::receiver::AffineReceiver;
use crate::separation::Existence;

use choice::{Choice, choose};
use cluster::clusters;
use coalition::Estimate;
use group::Ruler;
use intervals::{Study, usual_replicates};
use persons::{Persons, people};
use power::{Lever, farthest_shift, widest};
use refit::Refit;

pub use cluster::LARGEST_CLUSTERED;
pub use coalition::Coalition;
pub(crate) use coalition::{Moves, Pushes};
pub use group::{Group, GroupAudit};
pub use intervals::{Interval, Intervals};
pub(crate) use measures::Measures;
pub use refit::{Kept, Slope};
pub(crate) use replicate::{Replicates, Slopes};

/// Up to so many coordinates there are audits: they hold a few `d × d` matrices.
pub const LARGEST: usize = 8192;

/// What an annotator may report.
#[derive(Clone, Debug, Default)]
pub enum Reports {
    /// The ball around the pooled estimate that just holds the annotators' partially pooled positions, so that nobody
    /// reports anything more extreme than somebody seems to hold; where these do not scatter, the ball in which a typical
    /// margin moves by one.
    #[default]
    Held,
    /// The ball of this radius around the pooled estimate.
    Within(f64),
    /// A space.
    Space(SpaceSpec<f64>),
}

/// What to audit with.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// The precision. Fitted by default: on real data the paper's 1 is often far off.
    pub precision: Precision,
    /// What an annotator may report.
    pub reports: Reports,
    /// For how many annotators, from the top of the table, the first-order reach is checked by an actual refit.
    pub refits: usize,
    /// `λ` of a penalty `λ/2 ‖position‖²` on the pooled estimate, at least 0: what a receiver with a ridge does.
    pub ridge: f64,
    /// Are standard errors clustered by annotator?
    pub clustered: bool,
    /// Replicates of the bootstrap that intervals are from; 0: no intervals. `None`: 200, or as many as take about as long as the
    /// audit, or none where these are too few.
    pub replicates: Option<usize>,
    /// Its seed.
    pub seed: u64,
    /// Up to how many annotators the worst coalitions have; below 2: none are looked for.
    pub coalitions: usize,
    /// Groups of annotators that are audited together; nobody is in two.
    pub groups: Vec<Group>,
    /// Into so many clusters annotators are put by their partially pooled positions, each of which is audited as a group; 0: none.
    pub clusters: usize,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            precision: Precision::Fit,
            reports: Reports::Held,
            refits: 5,
            ridge: 0.0,
            clustered: true,
            replicates: None,
            seed: 0,
            coalitions: 3,
            groups: Vec::new(),
            clusters: 0,
        }
    }
}

/// One annotator in the table.
#[derive(Clone, Debug)]
pub struct AnnotatorAudit {
    /// The name.
    pub name: String,
    /// The index among the data's annotators.
    pub index: usize,
    /// Rows.
    pub rows: u64,
    /// The share of the data's weight.
    pub share: f64,
    /// The annotator's own maximum-likelihood position, or why there is none.
    pub own: Result<Position, Existence>,
    /// The partially pooled position; `None` without a hierarchy.
    pub pooled: Option<Position>,
    /// The mean of `W_i`'s diagonal: the share of the estimate. These sum to 1 over the annotators, with a ridge to less.
    pub influence: f64,
    /// How far reporting the worst point of `X`, in place of what was reported, moves the estimate (first order; exact
    /// over intervals and over boxes of up to 10 dimensions, elsewhere by a search from many starts, so at least this far).
    pub reach: f64,
    /// That point.
    pub worst_report: Vec<f64>,
    /// How far the worst report for a typical margin changes it: the root mean square over all rows, which does not depend on the
    /// units of the embeddings (first order, as the reach).
    pub margin_reach: f64,
    /// The range of estimates to choose from, as a share of everybody's together: see [the module](self).
    pub manipulability: f64,
    /// The same distance by a refit with labels in proportion to their probabilities under that point; `None` below the
    /// first ranks.
    pub refit_reach: Option<f64>,
    /// How far the annotator's labels as they are move the estimate: its distance to the estimate without them (one
    /// Newton step). `None` where the others' data do not determine an estimate.
    pub pull: Option<f64>,
    /// How extreme the labels are against the peers': the Mahalanobis length of the score,
    /// `√(t_iᵀ (H_i + H_i diag(τ²) H_i)⁺ t_i)`, `t_i = s_i − H_i (μ − θ̂)`; about `√d` for an ordinary annotator. `None` without a hierarchy.
    pub extremeness: Option<f64>,
    /// How well influence, reach and manipulability are known; `None` where that was not computed.
    pub intervals: Option<Intervals>,
}

/// The audit of a data set.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The model audited: the ideal point with `θ` as positions, or, where the data support no ideal point, the linear
    /// reward (plus its quadratic term, where that is negative) with `φ = βθ` as positions.
    pub model: Model,
    /// The comparison of the models; `None` where the precision was given.
    pub check: Option<ModelCheck>,
    /// The pooled estimate (length `d`).
    pub position: Vec<f64>,
    /// Its standard errors.
    pub standard_errors: Vec<f64>,
    /// What these are from.
    pub error_kind: ErrorKind,
    /// Was the precision to be fitted, but the data do not identify it? Then the linear reward is audited.
    pub unidentified: bool,
    /// What people think: the population that annotators' positions are from. `None` above [`hierarchy::LARGEST`](crate::hierarchy::LARGEST) coordinates.
    pub hierarchy: Option<Hierarchy>,
    /// Why there is none although one was looked for: its search was ended.
    pub hierarchy_not_found: Option<String>,
    /// What annotators may report.
    pub space: SpaceSpec<f64>,
    /// The distance from the estimate to the farthest point of that.
    pub farthest: f64,
    /// The largest share of the range of estimates that one annotator has: see [the module](self).
    pub manipulability: f64,
    /// How well that is known.
    pub manipulability_interval: Option<Interval>,
    /// The replicates that intervals are from.
    pub replicates: usize,
    /// The annotators, by falling reach.
    pub annotators: Vec<AnnotatorAudit>,
    /// What several can do together, by size from 2.
    pub coalitions: Vec<Coalition>,
    /// What the groups can do that were asked for, by falling reach.
    pub groups: Vec<GroupAudit>,
    /// What clusters of alike annotators can do, by falling reach.
    pub clusters: Vec<GroupAudit>,
}

impl Audit {
    /// The game that the annotators play: affine weights, partially pooled positions as targets, through the estimate
    /// that their labels led to. In the table's order. `parts` and `ridge` are those of the audit; the game has a `d × d` matrix an
    /// annotator.
    ///
    /// # Errors
    /// What the rows' source says.
    pub fn game(&self, parts: &Parts, ridge: f64) -> Result<GameSpec<f64>, FitError> {
        let mut order = Vec::with_capacity(self.annotators.len());
        let (mut names, mut targets) = (Vec::new(), Vec::new());
        for annotator in &self.annotators {
            let Some(pooled) = &annotator.pooled else {
                return Err(FitError::BadOption(format!(
                    "in {} coordinates no positions are estimated that the annotators could play for",
                    self.position.len()
                )));
            };
            names.push(annotator.name.clone());
            targets.push(pooled.point.clone());
            order.push(annotator.index);
        }
        let receiver = AffineReceiver::implied(parts, self.model, &self.position, ridge)?;
        let receiver = receiver.ordered(&order).through(&targets, &self.position);
        Ok(receiver.game(&names, &targets, std::slice::from_ref(&self.space)))
    }
}

/// Audits comparisons of several annotators: `all` in the order of the table, and the same in `parts`. O(N·d²) and a few
/// fits; parallel over annotators.
///
/// ```
/// use big_preference::audit::{AuditOptions, audit};
/// # use big_preference::data::{Comparisons, Parts, Pool};
/// # use big_preference::simulate::{Labeller, Responses, SimulationSpec};
/// # let labeller = |name: &str, pairs, ideal| Labeller { name: name.into(), pairs, ideal: vec![ideal] };
/// # let simulation = SimulationSpec {
/// #     dim: 1,
/// #     labellers: vec![labeller("left", 400, -0.2), labeller("right", 1600, 0.3)],
/// #     responses: Responses::Normal { mean: 0.0, deviation: 1.0 },
/// #     precision: 1.0,
/// #     seed: 1,
/// # }
/// # .check()?;
/// // Comparisons of two annotators, whose ideal points are −0.2 and 0.3.
/// let parts: Vec<Comparisons> = // …
/// # simulation.draw().into_iter().map(|l| l.into_comparisons()).collect();
/// let all = Pool::new(&parts).expect("there are some, of one dimension");
/// let found = audit(&all, &Parts::held(parts.clone())?, &AuditOptions::default())?;
/// // Who gave more labels moves the estimate more.
/// assert!(found.annotators.iter().all(|a| (0.0..1.0).contains(&a.influence)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the pooled estimate does not exist, or the space is not one.
pub fn audit(all: &dyn Source, parts: &Parts, options: &AuditOptions) -> Result<Audit, FitError> {
    if !(options.ridge.is_finite() && options.ridge >= 0.0) {
        return Err(FitError::BadOption(format!(
            "the ridge is {}: it must be a number of at least 0",
            options.ridge
        )));
    }
    let d = all.dim();
    // Where there are many coordinates the margins' metric is also where the fits begin.
    let origin = match (MANY..LARGEST_DENSE).contains(&d) {
        true => Origin::whole(all)?,
        false => None,
    };
    let Choice {
        model,
        check,
        unidentified,
    } = choose(all, origin.as_ref(), options)?;
    // The comparison of the models has been there already.
    let start = check.as_ref().map(|check| match check.supported {
        Supported::IdealPoint => &check.free.theta,
        Supported::Vector => &check.vector,
        Supported::AntiIdeal => &check.free.attraction,
    });
    let objective = Objective {
        source: all,
        parameters: Parameters::Position(model),
        prior: Prior::ridge(options.ridge, d),
    };
    let mut pooled = match (&check, start) {
        (Some(check), Some(start)) if d >= MANY && options.ridge == 0.0 => {
            from_check(&objective, model, check, start)?
        }
        _ => maximum(&objective, start.map(Vec::as_slice))?,
    };
    let factor = curvature(&objective, &mut pooled)?;
    let (standard_errors, error_kind) = errors(&objective, &pooled, parts, options)?;
    let position = pooled.y;
    let Persons {
        own,
        hierarchy,
        not_found,
    } = people(parts, model, check.as_ref())?;
    let spec = match &options.reports {
        Reports::Space(space) => space.clone(),
        Reports::Within(radius) => SpaceSpec::Ball {
            center: position.clone(),
            radius: *radius,
        },
        Reports::Held => {
            let positions = hierarchy.iter().flat_map(|found| &found.positions);
            let points: Vec<&[f64]> = positions.map(|p| &*p.point).collect();
            let scattered = hierarchy.as_ref().is_some_and(|h| h.population.scattered());
            holding(parts, model, &position, &points, scattered)?
        }
    };
    let space = ActionSpace::new(&spec)
        .map_err(|e| FitError::BadOption(format!("the space of reports: {e}")))?;
    if space.dim() != d {
        return Err(FitError::BadOption(format!(
            "the space of reports has dimension {}, the embeddings have {d}",
            space.dim()
        )));
    }
    let (farthest, _) = farthest_shift(&space, &Lever::plain(d), &position);
    let total: f64 = (0..parts.len()).map(|i| parts.weight(i)).sum();
    // ‖v‖² in the metric of the information is ‖Lᵀ v‖².
    let upper = matrix::transposed(factor.lower(), d);
    let whole = Lever::new(&upper, d);
    let margins = match &origin {
        Some(origin) => origin.margins(model, total),
        None => margin_metric(all, model, total)?,
    };
    // How far the population's centre is from the estimate, and its variances.
    let population = hierarchy.as_ref().map(|found| {
        let Hierarchy {
            center, deviation, ..
        } = &found.population;
        let away: Vec<f64> = center.iter().zip(&position).map(|(c, p)| c - p).collect();
        let variance: Vec<f64> = deviation.iter().map(|t| t * t).collect();
        (away, variance)
    });
    let measures = Measures {
        model,
        position: position.clone(),
        factor: factor.clone(),
        margins,
        spec: spec.clone(),
        space: space.clone(),
        population,
    };
    let made = parts.ask(&measures)?;
    // No pair of reports that was seen may be farther apart than the two farthest.
    let (mut widest_apart, x, y) = widest(&space, &spec, &whole);
    let mut apart = difference(&x, &y);
    for measured in &made {
        let length = whole.length(&measured.between);
        if length > widest_apart {
            (widest_apart, apart) = (length, measured.between.clone());
        }
    }
    let reports: Vec<(Vec<f64>, Vec<f64>)> = made
        .iter()
        .map(|measured| (measured.worst_report.clone(), measured.between.clone()))
        .collect();
    let mut annotators: Vec<AnnotatorAudit> = made
        .into_iter()
        .enumerate()
        .map(|(index, measured)| AnnotatorAudit {
            name: parts.names()[index].clone(),
            index,
            rows: parts.rows(index),
            share: parts.weight(index) / total,
            own: own[index].clone(),
            pooled: hierarchy
                .as_ref()
                .map(|found| found.positions[index].clone()),
            influence: measured.influence,
            reach: measured.reach,
            worst_report: measured.worst_report,
            margin_reach: measured.margin_reach,
            manipulability: if widest_apart > 0.0 {
                (measured.range / widest_apart).clamp(0.0, 1.0)
            } else {
                0.0
            },
            refit_reach: None,
            pull: measured.pull,
            extremeness: measured.extremeness,
            intervals: None,
        })
        .collect();
    let replicates = options
        .replicates
        .unwrap_or_else(|| usual_replicates(parts));
    let mut manipulability_interval = None;
    if replicates > 1 {
        let study = Study {
            parts,
            model,
            ridge: options.ridge,
            factor: &factor,
            position: &position,
            reports: &reports,
            apart: &apart,
            seed: options.seed,
        };
        let found: Vec<[f64; 3]> = annotators
            .iter()
            .map(|a| [a.influence, a.reach, a.manipulability])
            .collect();
        let (each, largest) = study.intervals(&found, replicates)?;
        for (row, intervals) in annotators.iter_mut().zip(each) {
            row.intervals = Some(intervals);
        }
        manipulability_interval = Some(largest);
    }
    let reaches: Vec<f64> = annotators.iter().map(|a| a.reach).collect();
    annotators.sort_by(|a, b| b.reach.total_cmp(&a.reach).then(a.index.cmp(&b.index)));
    let again = Refit {
        parts,
        model,
        prior: objective.prior.clone(),
        factor: &factor,
        position: &position,
    };
    for row in annotators.iter_mut().take(options.refits) {
        let found = again.told(row.index, &row.worst_report, &|| false)?;
        row.refit_reach = Some(distance(&found, &position));
    }
    let top = &annotators[..annotators.len().min(3)];
    let estimate = Estimate {
        parts,
        model,
        factor: &factor,
        position: &position,
        spec: &spec,
        space: &space,
    };
    let coalitions = coalition::coalitions(
        &estimate,
        options.coalitions,
        &reaches,
        &top.iter().map(|a| a.index).collect::<Vec<_>>(),
        &top.iter().map(|a| &*a.worst_report).collect::<Vec<_>>(),
    )?;
    let ruler = Ruler {
        estimate: &estimate,
        objective: &objective,
        whole: widest_apart,
        options,
    };
    let groups = ruler.measure(&options.groups, &annotators)?;
    let clusters = match options.clusters {
        0 => Vec::new(),
        wanted => ruler.measure(&clusters(&annotators, &upper, wanted)?, &annotators)?,
    };
    Ok(Audit {
        model,
        check,
        unidentified,
        standard_errors,
        error_kind,
        position,
        hierarchy: hierarchy.map(|found| found.population),
        hierarchy_not_found: not_found,
        space: spec,
        farthest,
        manipulability: annotators.iter().fold(0.0, |m, a| m.max(a.manipulability)),
        manipulability_interval,
        replicates: if replicates > 1 { replicates } else { 0 },
        annotators,
        coalitions,
        groups,
        clusters,
    })
}

/// The estimate that a comparison of the models ends with, and its Hessian's factor: at hand where the precision is that estimate's, and
/// not far from it in the vector model.
fn from_check(
    objective: &Objective<'_>,
    model: Model,
    check: &ModelCheck,
    start: &[f64],
) -> Result<Minimum, FitError> {
    let bread = check.free.bread.as_ref();
    match bread.and_then(|bread| bread.positions(model)) {
        Some(factor) => {
            let same = check.supported != Supported::Vector;
            continued(objective, start, factor, same)
        }
        None => maximum(objective, Some(start)),
    }
}

fn difference(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}

/// The factor of the Hessian at an estimate: that of the search, or, where the coordinates were too many for it to make one in every
/// step, one that is made now.
fn curvature(objective: &Objective<'_>, pooled: &mut Minimum) -> Result<Cholesky, FitError> {
    if let Some(factor) = &pooled.factor {
        return Ok(factor.clone());
    }
    let d = pooled.y.len();
    if d > LARGEST {
        return Err(FitError::BadOption(format!(
            "{d} coordinates are too many for an audit: reduce the embeddings' dimension to {LARGEST}"
        )));
    }
    let at = objective.evaluate(&pooled.y, true)?;
    let Some(factor) = Cholesky::new(&at.hessian, d) else {
        return Err(FitError::NoMaximum(Existence::Unknown));
    };
    pooled.factor = Some(factor.clone());
    Ok(factor)
}

/// The pooled estimate's standard errors.
fn errors(
    objective: &Objective<'_>,
    pooled: &Minimum,
    parts: &Parts,
    options: &AuditOptions,
) -> Result<(Vec<f64>, ErrorKind), FitError> {
    let d = pooled.y.len();
    let Some(bread) = Bread::of(objective.parameters, pooled) else {
        return Ok((vec![f64::NAN; d], ErrorKind::Information));
    };
    let mut found = (bread.informed(), ErrorKind::Information);
    if options.clustered {
        let q = objective.parameters.coefficients(&pooled.y);
        let scores = Scores::of_parts(parts, &q)?;
        if let Some(clustered) = bread.clustered(&scores) {
            found = clustered;
        }
    }
    let (errors, kind) = found;
    let spread = |k: usize| errors.covariance[k * d + k].max(0.0).sqrt();
    Ok(((0..d).map(spread).collect(), kind))
}

/// `Γ` with `vᵀΓv` the mean square of the change of a margin when the estimate moves by `v`.
fn margin_metric(all: &dyn Source, model: Model, total: f64) -> Result<Vec<f64>, FitError> {
    let objective = Objective {
        source: all,
        parameters: Parameters::Position(model),
        prior: None,
    };
    let mut gram = objective.gram()?;
    // It comes with the logistic function's quarter.
    gram.iter_mut().for_each(|g| *g *= 4.0 / total);
    Ok(gram)
}
