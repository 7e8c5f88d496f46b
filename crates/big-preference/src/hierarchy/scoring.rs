//! The population that maximises the marginal likelihood, by Fisher scoring.
//!
//! The derivatives are exact for Laplace's approximation, and by Fisher's identity (expectations under the posteriors) for
//! quadrature. The information is that of the model linearised at the modes: with `R_i = (D + H_i⁻¹)⁻¹`, `Σ R_i` for the centre,
//! `Σ D⁻¹V_iH_φβ` between centre and precision, `Σ (H_ββ − H_βφ V_i H_φβ)` for the precision, and `½ Σ R_i ∘ R_i` for the
//! variances, which asymptotically know nothing of the others. As a metric it is positive definite, so its steps climb.

use crate::data::Parts;
use crate::fit::FitError;
use crate::frame::Frame;
use crate::kernel::BY_HAND;
use crate::linalg::{Cholesky, dot};

use super::moments::Hyper;
use super::quadrature::{Rule, points_for};
use super::{Information, moments_in};

/// Rows times nodes of one annotator up to which there is quadrature; beyond, the posterior is normal.
const MOST_NODES: u64 = 1 << 22;
/// Rows times nodes of all annotators.
const MOST_WORK: u64 = 1 << 28;
/// Steps.
const PATIENCE: usize = 200;
/// A step in the units of the standard errors, squared, that ends the search.
const DONE: f64 = 1e-10;
const DONE_BY_QUADRATURE: f64 = 1e-8;
/// The same where a step takes long, for all parameters together.
const DONE_OF_MANY: f64 = 1e-6;
/// Parameters up to which the information is observed: two evaluations for each.
const MOST_OBSERVED: usize = 20;
/// The largest variance that is searched, where columns have a mean square of about 1: nearly every label would be certain, ...
const CAP: f64 = 1e4;
/// ... as they are from this one on, so that the labels do not bound it.
const UNBOUNDED: f64 = 100.0;

/// What maximises the marginal likelihood, in the frame.
pub(super) struct Population {
    pub(super) hyper: Hyper,
    /// Was the precision estimated?
    pub(super) free: bool,
    pub(super) value: f64,
    pub(super) modes: Vec<Vec<f64>>,
    pub(super) rule: Option<Rule>,
    pub(super) nodes: usize,
    pub(super) at_floor: Vec<bool>,
    pub(super) at_cap: bool,
    /// The variances that are between floor and cap.
    pub(super) inside: Vec<usize>,
    /// The information on the centre, on the precision if it is free, and on those variances.
    pub(super) information: Information,
}

impl Population {
    pub(super) fn precision_error(&self) -> Option<f64> {
        let d = self.hyper.center.len();
        self.free.then(|| {
            let mut row = vec![0.0; self.information.size()];
            row[d] = 1.0;
            self.information.deviation(&row)
        })
    }
}

/// The marginal likelihood, its derivatives and its information.
struct Totals {
    value: f64,
    /// By the centre, and last by the precision.
    slope: Vec<f64>,
    by_variance: Vec<f64>,
    means: Vec<f64>,
    variances: Vec<f64>,
    /// `Σ H_ββ`: what would be known of the precision if the positions were.
    curvature: f64,
    modes: Vec<Vec<f64>>,
}

struct Search<'a> {
    parts: &'a Parts,
    frame: &'a Frame,
    free: bool,
    rule: Option<Rule>,
    floor: f64,
}

/// Maximises the marginal likelihood in a frame, from a precision (in the frame's unit), which is kept unless it is free.
pub(super) fn fit_population(
    parts: &Parts,
    frame: &Frame,
    beta: f64,
    free: bool,
) -> Result<Population, FitError> {
    let d = parts.dim();
    let most = (0..parts.len()).fold(1.0_f64, |m, i| m.max(parts.weight(i)));
    let mut search = Search {
        parts,
        frame,
        free,
        rule: None,
        // Here nobody's position moves by more than a thousandth of its error.
        floor: 1e-8 / most,
    };
    let mut start = Hyper {
        center: vec![0.0; d],
        variance: vec![0.25 / d as f64; d],
        beta,
    };
    let modes = vec![start.center.clone(); parts.len()];
    let mut at = search.evaluate(&start, &modes)?;
    // In a coordinate in which no comparison differs there is no scatter to be seen.
    let unseen: Vec<usize> = (0..d).filter(|k| at.variances[k * d + k] <= 0.0).collect();
    if !unseen.is_empty() {
        for &k in &unseen {
            start.variance[k] = search.floor;
        }
        at = search.evaluate(&start, &modes)?;
    }
    let (mut hyper, mut at) =
        search.climb(start, at, if d > BY_HAND { DONE_OF_MANY } else { DONE })?;
    let mut nodes = nodes(parts);
    if nodes > 1 {
        search.rule = Some(Rule::new(nodes, d));
        let finer = search
            .evaluate(&hyper, &at.modes)
            .and_then(|there| search.climb(hyper.clone(), there, DONE_BY_QUADRATURE));
        match finer {
            Ok(found) => (hyper, at) = found,
            // Labels so few that the posteriors are far from normal: Laplace's approximation has a maximum all the same.
            Err(FitError::NotConverged { .. }) => (search.rule, nodes) = (None, 1),
            Err(other) => return Err(other),
        }
    }
    let p = d + usize::from(free);
    let at_floor: Vec<bool> = hyper.variance.iter().map(|v| *v <= search.floor).collect();
    let at_cap = hyper.variance.iter().any(|v| *v >= UNBOUNDED);
    let inside: Vec<usize> = (0..d)
        .filter(|&k| !at_floor[k] && hyper.variance[k] < CAP)
        .collect();
    let n = inside.len();
    let size = p + n;
    // The two blocks that are known anyway, ...
    let mut expected = vec![0.0; size * size];
    for j in 0..p {
        expected[j * size..j * size + p].copy_from_slice(&at.means[j * p..(j + 1) * p]);
    }
    for (j, &a) in inside.iter().enumerate() {
        for (k, &b) in inside.iter().enumerate() {
            expected[(p + j) * size + p + k] = at.variances[a * d + b];
        }
    }
    // ... or better what the likelihood's slopes show, where there are few parameters.
    let observed = match size <= MOST_OBSERVED {
        true => search.observed(&hyper, &at, &inside, &expected)?,
        false => None,
    };
    let factor = match observed {
        Some(factor) => factor,
        None => with_inverse(&expected, size).ok_or_else(|| not_converged(&at))?,
    };
    Ok(Population {
        hyper,
        free,
        value: at.value,
        modes: at.modes,
        rule: search.rule,
        nodes,
        at_floor,
        at_cap,
        inside,
        information: Information { factor, size },
    })
}

/// The factor of an information matrix, with as little more on its diagonal as gives it an inverse: what nobody's labels tell has
/// very large errors then, and no step.
fn with_inverse(matrix: &[f64], n: usize) -> Option<Cholesky> {
    if let Some(factor) = Cholesky::new(matrix, n) {
        return Some(factor);
    }
    let most = (0..n).fold(f64::MIN_POSITIVE, |m, k| m.max(matrix[k * n + k]));
    let mut more = 1e-12 * most;
    while more.is_finite() && more < most {
        let mut held = matrix.to_vec();
        for k in 0..n {
            held[k * n + k] += more;
        }
        if let Some(factor) = Cholesky::new(&held, n) {
            return Some(factor);
        }
        more *= 10.0;
    }
    None
}

/// Nodes a coordinate: 1 where the grid would be too large, or rows are so many that Laplace's approximation is exact.
fn nodes(parts: &Parts) -> usize {
    let points = points_for(parts.dim());
    let grid = (points as u64).pow(parts.dim().min(6) as u32);
    let rows = (0..parts.len()).map(|i| parts.rows(i));
    let (total, most) = rows.fold((0, 0), |(t, m), rows| (t + rows, rows.max(m)));
    if points == 1 || total.saturating_mul(grid) > MOST_WORK {
        return 1;
    }
    if most.saturating_mul(grid) > MOST_NODES {
        return 3.min(points);
    }
    points
}

impl Search<'_> {
    fn evaluate(&self, hyper: &Hyper, starts: &[Vec<f64>]) -> Result<Totals, FitError> {
        let d = hyper.center.len();
        let p = d + usize::from(self.free);
        let mut out = Totals {
            value: 0.0,
            slope: vec![0.0; p],
            by_variance: vec![0.0; d],
            means: vec![0.0; p * p],
            variances: vec![0.0; d * d],
            curvature: 0.0,
            modes: Vec::with_capacity(self.parts.len()),
        };
        // About 64 MB of matrices at a time.
        let together = ((1 << 21) / (d * d)).clamp(4, 1 << 12);
        let one = |i: usize, part: &dyn crate::data::Source| {
            moments_in(self.frame, part, hyper, &starts[i], self.rule.as_ref())
        };
        self.parts.fold_each(together, &one, &mut |_, made| {
            out.value += made.value;
            for k in 0..d {
                let v = hyper.variance[k];
                out.slope[k] += (made.mean[k] - hyper.center[k]) / v;
                out.by_variance[k] += 0.5 * made.excess[k] / (v * v);
                for j in 0..d {
                    let known = made.information[k * d + j];
                    out.means[k * p + j] += known;
                    out.variances[k * d + j] += 0.5 * known * known;
                }
            }
            if self.free {
                let pulled: Vec<f64> = made
                    .laplace
                    .chunks_exact(d)
                    .map(|row| dot(row, &made.mixed))
                    .collect();
                for k in 0..d {
                    let both = pulled[k] / hyper.variance[k];
                    out.means[k * p + d] += both;
                    out.means[d * p + k] += both;
                }
                out.means[p * p - 1] += made.curvature - dot(&pulled, &made.mixed);
                out.slope[d] += made.slope;
                out.curvature += made.curvature;
            }
            out.modes.push(made.mode);
        })?;
        Ok(out)
    }

    /// The observed information on the centre, the precision and some variances: by central differences of the slopes over a
    /// tenth of what `expected` takes for their errors. `None` where it is not positive definite.
    fn observed(
        &self,
        hyper: &Hyper,
        at: &Totals,
        inside: &[usize],
        expected: &[f64],
    ) -> Result<Option<Cholesky>, FitError> {
        let d = hyper.center.len();
        let p = at.slope.len();
        let size = p + inside.len();
        let mut out = vec![0.0; size * size];
        for j in 0..size {
            let mut width = 0.1 / expected[j * size + j].max(f64::MIN_POSITIVE).sqrt();
            if j >= p {
                width = width.min(0.2 * hyper.variance[inside[j - p]]);
            }
            let slopes = |sign: f64| -> Result<Vec<f64>, FitError> {
                let mut moved = hyper.clone();
                let number = match j {
                    _ if j < d => &mut moved.center[j],
                    _ if j < p => &mut moved.beta,
                    _ => &mut moved.variance[inside[j - p]],
                };
                *number += sign * width;
                let there = self.evaluate(&moved, &at.modes)?;
                let mut slopes = there.slope;
                slopes.extend(inside.iter().map(|&k| there.by_variance[k]));
                Ok(slopes)
            };
            let (up, down) = match (slopes(1.0), slopes(-1.0)) {
                (Ok(up), Ok(down)) => (up, down),
                (Err(FitError::NotConverged { .. }), _)
                | (_, Err(FitError::NotConverged { .. })) => return Ok(None),
                (Err(other), _) | (_, Err(other)) => return Err(other),
            };
            for k in 0..size {
                let curve = (down[k] - up[k]) / (2.0 * width);
                out[j * size + k] += 0.5 * curve;
                out[k * size + j] += 0.5 * curve;
            }
        }
        // What is hardly curved at all is not known this well.
        let kept = (0..size).all(|j| out[j * size + j] > 1e-6 * expected[j * size + j]);
        Ok(Cholesky::new(&out, size).filter(|_| kept))
    }

    /// Climbs until a step is short in the units of the standard errors. What the steps before have shown corrects the
    /// information (the two loops of L-BFGS): where labels say little of each person it is far from the curvature.
    fn climb(
        &self,
        mut hyper: Hyper,
        mut at: Totals,
        done: f64,
    ) -> Result<(Hyper, Totals), FitError> {
        let mut secants: Vec<Secant> = Vec::new();
        let mut metric = self.metric(&hyper, &at)?;
        for _ in 0..PATIENCE {
            let slope = metric.masked(&at);
            let mut step = metric.step(&slope, &secants);
            let mut gain = dot(&step, &slope);
            if gain <= 0.0 {
                secants.clear();
                step = metric.step(&slope, &secants);
                gain = dot(&step, &slope);
            }
            // The slopes by quadrature are those of the value at nodes that stay, which move from step to step: near the
            // maximum the slopes tell, and not the value.
            let plain = dot(&metric.step(&slope, &[]), &slope);
            if gain.max(plain) <= done {
                return Ok((hyper, at));
            }
            let slack = 1e-12 * at.value.abs() + 1e-9;
            let mut share = 1.0;
            let (next, there) = loop {
                let next = self.moved(&hyper, &step, share);
                // A step so far that nobody's labels can be fitted is too far.
                let there = match self.evaluate(&next, &at.modes) {
                    Ok(there) => Some(there),
                    Err(FitError::NotConverged { .. }) => None,
                    Err(other) => return Err(other),
                };
                let better = |there: &Totals| -> Result<bool, FitError> {
                    if self.rule.is_none() {
                        return Ok(there.value >= at.value - slack);
                    }
                    let metric = self.metric(&next, there)?;
                    let slope = metric.masked(there);
                    let left = dot(&metric.step(&slope, &[]), &slope);
                    Ok(left <= 4.0 * plain && there.value >= at.value - 1.0)
                };
                if let Some(there) = there
                    && better(&there)?
                {
                    break (next, there);
                }
                if !secants.is_empty() {
                    // What steps have shown elsewhere misleads here.
                    secants.clear();
                    step = metric.step(&slope, &secants);
                    continue;
                }
                share *= if share < 1.0 { 0.25 } else { 0.5 };
                if share < 1e-6 {
                    return match gain < 1e-4 {
                        true => Ok((hyper, at)),
                        false => Err(not_converged(&at)),
                    };
                }
            };
            let bent = !self.whole(&hyper, &next, &step, share);
            let moved: Vec<f64> = next
                .all(self.free)
                .iter()
                .zip(hyper.all(self.free))
                .map(|(a, b)| a - b)
                .collect();
            (hyper, at) = (next, there);
            let metric_there = self.metric(&hyper, &at)?;
            if metric_there.moving == metric.moving && !bent {
                // Of what is minimised: the negative.
                let change: Vec<f64> = slope
                    .iter()
                    .zip(metric_there.masked(&at))
                    .map(|(a, b)| a - b)
                    .collect();
                secants.extend(Secant::new(moved, change));
                if secants.len() > MEMORY {
                    secants.remove(0);
                }
            } else {
                secants.clear();
            }
            metric = metric_there;
        }
        Err(not_converged(&at))
    }

    /// The information at a point, on what may move from there.
    fn metric(&self, hyper: &Hyper, at: &Totals) -> Result<Metric, FitError> {
        let d = hyper.center.len();
        let p = at.slope.len();
        let means = with_inverse(&at.means, p).ok_or_else(|| not_converged(at))?;
        // What is left of the information on the precision when the positions are not known.
        let pivot = means.lower()[p * p - 1].powi(2);
        if self.free && pivot <= 1e-9 * at.curvature {
            return Err(FitError::PrecisionNotIdentified);
        }
        // Variances at an end of their range that would leave it stay.
        let held = |k: usize| {
            let (v, slope) = (hyper.variance[k], at.by_variance[k]);
            (v <= self.floor && slope <= 0.0) || (v >= CAP && slope >= 0.0)
        };
        let moving: Vec<usize> = (0..d).filter(|&k| !held(k)).collect();
        let n = moving.len();
        let some: Vec<f64> = (0..n * n)
            .map(|i| at.variances[moving[i / n] * d + moving[i % n]])
            .collect();
        let variances = with_inverse(&some, n).ok_or_else(|| not_converged(at))?;
        Ok(Metric {
            means,
            variances,
            moving,
            p,
        })
    }

    /// Is a point where a share of a step leads, with no variance stopped on the way?
    fn whole(&self, hyper: &Hyper, next: &Hyper, step: &[f64], share: f64) -> bool {
        let d = hyper.center.len();
        let variances = &step[step.len() - d..];
        (0..d).all(|k| next.variance[k] == hyper.variance[k] + share * variances[k])
    }

    /// A share of a step. A variance is multiplied or divided by 10 at most, but may go down to its floor at once.
    fn moved(&self, hyper: &Hyper, step: &[f64], share: f64) -> Hyper {
        let mut out = hyper.clone();
        let d = out.center.len();
        let (means, variances) = step.split_at(step.len() - d);
        for k in 0..d {
            out.center[k] += share * means[k];
            let v = hyper.variance[k];
            let wish = v + share * variances[k];
            out.variance[k] = if wish <= 0.0 && share == 1.0 {
                self.floor
            } else {
                wish.clamp(0.1 * v, 10.0 * v).clamp(self.floor, CAP)
            };
        }
        if self.free {
            out.beta += share * means[d];
        }
        out
    }
}

impl Hyper {
    /// The centre, the precision, the variances; without a free precision a search does not look at the second.
    fn all(&self, free: bool) -> Vec<f64> {
        let mut out = self.center.clone();
        if free {
            out.push(self.beta);
        }
        out.extend(&self.variance);
        out
    }
}

/// Steps that are remembered.
const MEMORY: usize = 12;

/// A step, the change over it of the slopes of what is minimised, and their product.
struct Secant {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

impl Secant {
    /// `None` where the change shows no curvature.
    fn new(step: Vec<f64>, change: Vec<f64>) -> Option<Self> {
        let product = dot(&step, &change);
        let sizes = dot(&step, &step) * dot(&change, &change);
        (product > 1e-10 * sizes.sqrt()).then_some(Self {
            step,
            change,
            product,
        })
    }
}

/// The information, factorised in its two blocks.
struct Metric {
    means: Cholesky,
    variances: Cholesky,
    /// The variances that may move.
    moving: Vec<usize>,
    p: usize,
}

impl Metric {
    /// The slopes, 0 for what does not move.
    fn masked(&self, at: &Totals) -> Vec<f64> {
        let mut out = at.slope.clone();
        out.resize(self.p + at.by_variance.len(), 0.0);
        for &k in &self.moving {
            out[self.p + k] = at.by_variance[k];
        }
        out
    }

    /// The inverse information, corrected by secants, times slopes.
    fn step(&self, slope: &[f64], secants: &[Secant]) -> Vec<f64> {
        let mut step = slope.to_vec();
        let mut shares = vec![0.0; secants.len()];
        for (secant, share) in secants.iter().zip(&mut shares).rev() {
            *share = dot(&secant.step, &step) / secant.product;
            for (x, y) in step.iter_mut().zip(&secant.change) {
                *x -= *share * y;
            }
        }
        self.means.solve(&mut step[..self.p]);
        let mut some: Vec<f64> = self.moving.iter().map(|&k| step[self.p + k]).collect();
        self.variances.solve(&mut some);
        step[self.p..].fill(0.0);
        for (&k, s) in self.moving.iter().zip(some) {
            step[self.p + k] = s;
        }
        for (secant, share) in secants.iter().zip(&shares) {
            let back = dot(&secant.change, &step) / secant.product;
            for (x, y) in step.iter_mut().zip(&secant.step) {
                *x += (share - back) * y;
            }
        }
        step
    }
}

fn not_converged(at: &Totals) -> FitError {
    FitError::NotConverged {
        iterations: PATIENCE,
        gradient_norm: crate::linalg::norm(&at.slope),
    }
}
