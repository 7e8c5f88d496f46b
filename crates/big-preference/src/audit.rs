//! Who can move the model that is trained on pooled labels, and how far?
//!
//! Everything is read off the pooled fit: its Hessian `H = Σ_j H_j`, and annotator `i`'s part `H_i` and score `s_i` at the
//! pooled estimate `θ̂`. Replacing `i`'s labels by those of an ideal point `x` moves the estimate by
//! `W_i (x − θ̂) − H⁻¹ s_i` (to first order; `W_i = H⁻¹ H_i`): defined for every annotator, also for those whose own estimate
//! does not exist.
//!
//! The **manipulability** of a data set is the farthest that one annotator alone can move the estimate by reporting any
//! point of `X`, as a share of the distance from the estimate to the farthest point of `X`: 0 when nobody matters, 1 when
//! somebody can take the model wherever it could go.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::{GameSpec, SpaceSpec};

use crate::annotators::{Position, fit_each, holding, pool, score_and_information};
use crate::data::{OwnedBlock, PartBlock, Parts, Retold, Source};
use crate::fit::{FitError, Precision, maximum};
use crate::kernel::{self, Scratch};
use crate::likelihood::{Model, Objective, Parameters};
use crate::linalg::{self, Cholesky, distance, dot, norm};
use crate::model_check::{ModelCheck, Supported, check_model};
use crate::separation::Existence;

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
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            precision: Precision::Fit,
            reports: Reports::Held,
            refits: 5,
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
    /// The partially pooled position.
    pub pooled: Position,
    /// `W_i`, `d × d` by rows.
    pub weight: Vec<f64>,
    /// The mean of `W_i`'s diagonal: the share of the estimate. These sum to 1 over the annotators.
    pub influence: f64,
    /// How far reporting the worst point of `X`, in place of what was reported, moves the estimate (first order; exact
    /// over intervals and over boxes of up to 10 dimensions, elsewhere by a search from many starts, so at least this far).
    pub reach: f64,
    /// That point.
    pub worst_report: Vec<f64>,
    /// The same distance by a refit with labels in proportion to their probabilities under that point; `None` below the
    /// first ranks.
    pub refit_reach: Option<f64>,
    /// How far the annotator's labels as they are move the estimate: its distance to the estimate without them (one
    /// Newton step). `None` where the others' data do not determine an estimate.
    pub pull: Option<f64>,
    /// How extreme the labels are against the peers': the Mahalanobis length of the score,
    /// `√(s_iᵀ (H_i + τ² H_i²)⁺ s_i)`; about `√d` for an ordinary annotator.
    pub extremeness: f64,
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
    /// `τ²`: how far annotators scatter around it, a coordinate.
    pub scatter: f64,
    /// What annotators may report.
    pub space: SpaceSpec<f64>,
    /// The distance from the estimate to the farthest point of that.
    pub farthest: f64,
    /// The largest reach, as a share of [`farthest`](Self::farthest).
    pub manipulability: f64,
    /// The annotators, by falling reach.
    pub annotators: Vec<AnnotatorAudit>,
}

impl Audit {
    /// The game that the annotators play: affine weights, partially pooled positions as targets, through the estimate
    /// that their labels led to. In the table's order.
    pub fn game(&self) -> GameSpec<f64> {
        let targets: Vec<Vec<f64>> = self
            .annotators
            .iter()
            .map(|a| a.pooled.point.clone())
            .collect();
        let names: Vec<String> = self.annotators.iter().map(|a| a.name.clone()).collect();
        let weights = self.annotators.iter().map(|a| a.weight.clone()).collect();
        crate::receiver::AffineReceiver::from_weights(self.position.len(), weights)
            .through(&targets, &self.position)
            .game(&names, &targets, std::slice::from_ref(&self.space))
    }
}

/// Audits comparisons of several annotators: `all` in the order of the table, and the same in `parts`. O(N·d²) and a few
/// fits; parallel over annotators.
///
/// # Errors
/// When the pooled estimate does not exist, or the space is not one.
pub fn audit(all: &dyn Source, parts: &Parts, options: &AuditOptions) -> Result<Audit, FitError> {
    let (model, check) = choose_model(all, options)?;
    let d = all.dim();
    // The comparison of the models has been there already.
    let start = check.as_ref().map(|check| match check.supported {
        Supported::IdealPoint => &check.free.theta,
        Supported::Vector => &check.vector,
        Supported::AntiIdeal => &check.free.attraction,
    });
    let pooled = maximum(
        &Objective {
            source: all,
            parameters: Parameters::Position(model),
            prior: None,
        },
        start.map(Vec::as_slice),
    )?;
    let Some(factor) = pooled.factor else {
        return Err(FitError::BadOption(format!(
            "{d} coordinates are too many for an audit: reduce the embeddings' dimension"
        )));
    };
    let position = pooled.y;
    let own = fit_each(parts, model)?;
    let partial = pool(parts, model, &position)?;
    let spec = match &options.reports {
        Reports::Space(space) => space.clone(),
        Reports::Within(radius) => SpaceSpec::Ball {
            center: position.clone(),
            radius: *radius,
        },
        Reports::Held => {
            let points: Vec<&[f64]> = partial.positions.iter().map(|p| &*p.point).collect();
            holding(parts, model, &position, &points, partial.variance > 0.0)?
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
    let identity: Vec<f64> = (0..d * d)
        .map(|at| f64::from(u8::from(at / d == at % d)))
        .collect();
    let (farthest, _) = farthest_shift(&space, &identity, &position, &vec![0.0; d]);
    let total: f64 = (0..parts.len()).map(|i| parts.weight(i)).sum();
    let one = |index: usize, part: &dyn Source| {
        let (score, information) = score_and_information(part, model, &position)?;
        let weight = factor.solve_matrix(&information);
        let mut shift = score.clone();
        factor.solve(&mut shift);
        let (reach, worst_report) = farthest_shift(&space, &weight, &position, &shift);
        Ok::<_, FitError>(AnnotatorAudit {
            name: parts.names()[index].clone(),
            index,
            rows: parts.rows(index),
            share: parts.weight(index) / total,
            own: own[index].clone(),
            pooled: partial.positions[index].clone(),
            influence: (0..d).map(|k| weight[k * d + k]).sum::<f64>() / d as f64,
            weight,
            reach,
            worst_report,
            refit_reach: None,
            pull: pull(&factor, &information, &score),
            extremeness: extremeness(&information, &score, partial.variance),
        })
    };
    let mut annotators: Vec<AnnotatorAudit> = parts.each(&one)?;
    annotators.sort_by(|a, b| b.reach.total_cmp(&a.reach).then(a.index.cmp(&b.index)));
    for row in annotators.iter_mut().take(options.refits) {
        let report = &row.worst_report;
        row.refit_reach = Some(refit(parts, row.index, report, model, &position)?);
    }
    let inverse = factor.inverse();
    let reach = annotators.first().map_or(0.0, |a| a.reach);
    Ok(Audit {
        model,
        check,
        standard_errors: (0..d).map(|k| inverse[k * d + k].sqrt()).collect(),
        position,
        scatter: partial.variance,
        space: spec,
        farthest,
        manipulability: if farthest > 0.0 {
            reach / farthest
        } else {
            0.0
        },
        annotators,
    })
}

fn choose_model(
    all: &dyn Source,
    options: &AuditOptions,
) -> Result<(Model, Option<ModelCheck>), FitError> {
    match options.precision {
        Precision::Fixed(beta) if beta.is_finite() && beta > 0.0 => {
            Ok((Model::ideal_point(beta), None))
        }
        Precision::Fixed(beta) => Err(FitError::BadOption(format!(
            "the precision is {beta}: it must be a positive number"
        ))),
        Precision::Fit => {
            let check = check_model(all)?;
            let model = match check.supported {
                Supported::IdealPoint => Model::ideal_point(check.free.precision),
                _ if !matches!(options.reports, Reports::Held) => {
                    return Err(FitError::BadOption(format!(
                        "{} So there are no ideal points to report within the given space: fix the precision, or leave \
                         the space or the radius out and have directions audited",
                        check.verdict()
                    )));
                }
                Supported::Vector => Model::vector(),
                Supported::AntiIdeal => Model {
                    gain: 1.0,
                    offset: check.free.precision,
                },
            };
            Ok((model, Some(check)))
        }
    }
}

/// Up to this dimension the search for the worst report starts in every orthant: exact for boxes.
const ORTHANTS: usize = 10;

/// The largest `‖W (x − from) − shift‖` over the space, and an `x` that attains it: the norm is convex, so each linear
/// maximisation climbs. It starts from the extreme points along both ends of every axis (of the first 32) and, up to
/// [`ORTHANTS`] dimensions, along every diagonal.
fn farthest_shift(
    space: &ActionSpace,
    weight: &[f64],
    from: &[f64],
    shift: &[f64],
) -> (f64, Vec<f64>) {
    let d = from.len();
    let moved = |x: &[f64]| -> Vec<f64> {
        let step: Vec<f64> = x.iter().zip(from).map(|(x, f)| x - f).collect();
        linalg::times(weight, &step)
            .iter()
            .zip(shift)
            .map(|(m, s)| m - s)
            .collect()
    };
    let axes = (0..d.min(32)).flat_map(|k| {
        [1.0, -1.0].map(|sign| {
            let mut u = vec![0.0; d];
            u[k] = sign;
            u
        })
    });
    let orthants = if d <= ORTHANTS { 1 << d } else { 0 };
    let diagonals = (0..orthants).map(|bits: usize| {
        (0..d)
            .map(|k| if bits >> k & 1 == 1 { 1.0 } else { -1.0 })
            .collect()
    });
    let mut best = (f64::NEG_INFINITY, from.to_vec());
    let mut x = vec![0.0; d];
    for start in axes.chain(diagonals) {
        space.maximiser(&start, &mut x);
        let mut reached = f64::NEG_INFINITY;
        // Each round climbs; faces of a polytope are finite, and round sets converge fast.
        for _ in 0..100 {
            let direction = moved(&x);
            let length = norm(&direction);
            if length <= reached * (1.0 + 1e-12) {
                break;
            }
            reached = length;
            if reached > best.0 {
                best = (reached, x.clone());
            }
            let pulled: Vec<f64> = (0..d)
                .map(|k| (0..d).map(|j| weight[j * d + k] * direction[j]).sum())
                .collect();
            space.maximiser(&pulled, &mut x);
        }
    }
    best
}

/// `‖(H − H_i)⁻¹ s_i‖`.
fn pull(all: &Cholesky, own: &[f64], score: &[f64]) -> Option<f64> {
    let d = score.len();
    let lower = all.lower();
    let rest: Vec<f64> = (0..d * d)
        .map(|at| {
            let (i, j) = (at / d, at % d);
            let total: f64 = dot(&lower[i * d..(i + 1) * d], &lower[j * d..(j + 1) * d]);
            // What remains of a sum that was almost all this annotator's is rounding.
            let remains = total - own[at];
            if i == j && remains < 1e-10 * total {
                0.0
            } else {
                remains
            }
        })
        .collect();
    let mut step = score.to_vec();
    Cholesky::new(&rest, d)?.solve(&mut step);
    Some(norm(&step))
}

fn extremeness(information: &[f64], score: &[f64], variance: f64) -> f64 {
    let d = score.len();
    let Some((values, vectors)) = linalg::eigen(information, d) else {
        return 0.0;
    };
    let largest = values.last().copied().unwrap_or(0.0);
    let square: f64 = (0..d)
        .filter(|k| values[*k] > 1e-12 * largest)
        .map(|k| {
            let along = dot(&vectors[k * d..(k + 1) * d], score);
            along * along / (values[k] + variance * values[k] * values[k])
        })
        .sum();
    square.sqrt()
}

/// How far the estimate moves when annotator `i`'s labels are replaced by their probabilities under a report.
fn refit(
    parts: &Parts,
    i: usize,
    report: &[f64],
    model: Model,
    position: &[f64],
) -> Result<f64, FitError> {
    let q = model.coefficients(report);
    let source = Retold {
        parts,
        tell: &|part| (part.annotator == i).then(|| soften(part, &q)),
    };
    let found = maximum(
        &Objective {
            source: &source,
            parameters: Parameters::Position(model),
            prior: None,
        },
        Some(position),
    )?;
    Ok(distance(&found.y, position))
}

/// A block's rows with both labels, in proportion to their probabilities.
fn soften(part: &PartBlock<'_>, q: &[f64]) -> Vec<OwnedBlock> {
    let mut agreed = OwnedBlock::copy(&part.block);
    let margins = kernel::block_margins(&part.block, q, &mut Scratch::default()).to_vec();
    let weights = agreed.weights.take();
    let weight = |r: usize| weights.as_ref().map_or(1.0, |w| w[r]);
    let share = |r: usize, m: f64| weight(r) / (1.0 + m.exp());
    let mut turned = agreed.clone();
    turned.values.iter_mut().for_each(|v| *v = -*v);
    turned.weights = Some((0..).zip(&margins).map(|(r, m)| share(r, *m)).collect());
    agreed.weights = Some((0..).zip(&margins).map(|(r, m)| share(r, -m)).collect());
    vec![agreed, turned]
}
