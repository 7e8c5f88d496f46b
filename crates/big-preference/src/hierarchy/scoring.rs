//! The population that maximises the marginal likelihood, by Fisher scoring.
//!
//! The derivatives are exact for Laplace's approximation, and by Fisher's identity (expectations under the posteriors) for
//! quadrature. The information is that of the model linearised at the modes: with `R_i = (D + H_i⁻¹)⁻¹`, `Σ R_i` for the centre,
//! `Σ D⁻¹V_iH_φβ` between centre and precision, `Σ (H_ββ − H_βφ V_i H_φβ)` for the precision, and `½ Σ R_i ∘ R_i` for the
//! variances, which asymptotically know nothing of the others. As a metric it is positive definite, so its steps climb.

use big_numeric::{Cholesky, dot};

use crate::data::Parts;
use crate::fit::FitError;
use crate::frame::{Frame, Framed};
use crate::kernel::BY_HAND;
use crate::likelihood::{Model, Objective, Parameters};
use crate::newton::{self, FIRST_LOOK, Settings, Status};
use crate::statistics::mean_if_not_negative;

use super::budget::Budget;
use super::metric::{MEMORY, Metric, Secant, Uncertainty, with_inverse};
use super::moments::{Hyper, Moments};
use super::posterior::Known;
use super::quadrature::{Rule, points_for};
use super::scatter::Scatter;
use super::{Information, Posteriors};

/// Rows times nodes of one annotator up to which there is quadrature; beyond, the posterior is normal.
const MOST_NODES: u64 = 1 << 22;
/// Rows times nodes of all annotators.
const MOST_WORK: u64 = 1 << 28;
/// Steps.
const PATIENCE: usize = 200;
/// A step in the units of the standard errors, squared, that ends the search.
const DONE: f64 = 1e-10;
const DONE_BY_QUADRATURE: f64 = 1e-8;
/// The same for each parameter where there are many, and a step takes long.
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
    /// How the variances go together.
    pub(super) scatter: Scatter,
    /// What is free of them, and between floor and cap.
    pub(super) inside: Vec<usize>,
    /// The information on the centre, on the precision if it is free, and on those variances.
    pub(super) information: Information,
    /// By how much, on the mean, each coordinate's variance is above the one that maximises the likelihood: near 0 that is not in the
    /// middle of what the labels leave possible.
    pub(super) above: Vec<f64>,
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

/// The marginal likelihood and its derivatives.
struct Totals {
    value: f64,
    /// By the centre, and last by the precision.
    slope: Vec<f64>,
    by_variance: Vec<f64>,
    /// `Σ H_ββ`: what would be known of the precision if the positions were.
    curvature: f64,
    modes: Vec<Vec<f64>>,
    /// The information, where it was asked for.
    known: Option<Uncertainty>,
}

impl Totals {
    /// The slopes by the centre, the precision and the variances.
    fn slopes(&self) -> Vec<f64> {
        [&*self.slope, &*self.by_variance].concat()
    }
}

struct Search<'a> {
    parts: &'a Parts,
    frame: &'a Frame,
    free: bool,
    rule: Option<Rule>,
    floor: f64,
    scatter: Scatter,
    budget: Budget,
}

/// Maximises the marginal likelihood in a frame, from a precision (in the frame's unit), which is kept unless it is free, within so many
/// multiply-adds if it is said.
pub(super) fn fit_population(
    parts: &Parts,
    frame: &Frame,
    beta: f64,
    free: bool,
    most: Option<f64>,
) -> Result<Population, FitError> {
    let d = parts.dim();
    let heaviest = (0..parts.len()).fold(1.0_f64, |m, i| m.max(parts.weight(i)));
    let mut search = Search {
        parts,
        frame,
        free,
        rule: None,
        // Here nobody's position moves by more than a thousandth of its error.
        floor: 1e-8 / heaviest,
        scatter: Scatter::of(parts, frame),
        budget: Budget::of(parts, most),
    };
    let mut start = Hyper {
        center: vec![0.0; d],
        variance: search.variances_from(0.25 / d as f64),
        beta,
    };
    if d > BY_HAND {
        start = pooled(parts, frame, start, free)?;
    }
    let modes = vec![start.center.clone(); parts.len()];
    let mut at = search.evaluate(&start, &modes, true)?;
    // In a coordinate in which no comparison differs there is no scatter to be seen.
    let seen = |k: usize| {
        let known = at.known.as_ref();
        known.is_some_and(|known| known.variances[k * d + k] > 0.0)
    };
    let unseen: Vec<usize> = match search.scatter {
        Scatter::Each => (0..d).filter(|&k| !seen(k)).collect(),
        Scatter::Common(_) => Vec::new(),
    };
    if !unseen.is_empty() {
        for &k in &unseen {
            start.variance[k] = search.floor;
        }
        at = search.evaluate(&start, &modes, true)?;
    }
    let many = DONE_OF_MANY * (2 * d) as f64;
    let (mut hyper, mut at, mut known) =
        search.climb(start, at, if d > BY_HAND { many } else { DONE })?;
    let mut nodes = nodes(parts);
    if nodes > 1 {
        search.rule = Some(Rule::new(nodes, d));
        let finer = search
            .evaluate(&hyper, &at.modes, true)
            .and_then(|there| search.climb(hyper.clone(), there, DONE_BY_QUADRATURE));
        match finer {
            Ok(found) => (hyper, at, known) = found,
            // Labels so few that the posteriors are far from normal: Laplace's approximation has a maximum all the same.
            Err(FitError::NotConverged { .. }) => (search.rule, nodes) = (None, 1),
            Err(other) => return Err(other),
        }
    }
    let p = d + usize::from(free);
    let scales = search.scatter.scales(&hyper.variance);
    let at_floor: Vec<bool> = (0..d)
        .map(|k| scales[search.scatter.scale_of(k)] <= search.floor)
        .collect();
    let at_cap = scales.iter().any(|v| *v >= UNBOUNDED);
    let inside: Vec<usize> = (0..scales.len())
        .filter(|&k| scales[k] > search.floor && scales[k] < CAP)
        .collect();
    let (n, m) = (inside.len(), scales.len());
    // The two blocks that are known anyway, ...
    let variances: Vec<f64> = (0..n * n)
        .map(|i| known.variances[inside[i / n] * m + inside[i % n]])
        .collect();
    // ... or better what the likelihood's slopes show, where there are few parameters.
    let observed = match p + n <= MOST_OBSERVED {
        true => search.observed(&hyper, &at, &inside, &known)?,
        false => None,
    };
    let blocks = match observed {
        Some(factor) => Some(vec![factor]),
        None => with_inverse(&known.means, p)
            .zip(with_inverse(&variances, n))
            .map(|(means, variances)| vec![means, variances]),
    };
    let information = Information {
        blocks: blocks.ok_or_else(|| not_converged(&at))?,
    };
    // A flat prior on variances that are not negative, and the likelihood as normal as its slope and its information have it.
    let above = |k: usize| {
        let (v, information) = (scales[k], known.variances[k * (m + 1)]);
        if v < CAP && information > 0.0 {
            let peak = v + at.by_variance[k] / information;
            (mean_if_not_negative(peak, information.sqrt().recip()) - v).max(0.0)
        } else {
            0.0
        }
    };
    let above: Vec<f64> = (0..m).map(above).collect();
    Ok(Population {
        above: search.scatter.variances(&above),
        hyper,
        free,
        value: at.value,
        modes: at.modes,
        rule: search.rule,
        nodes,
        at_floor,
        at_cap,
        scatter: search.scatter,
        inside,
        information,
    })
}

/// With the centre, and the precision if it is free, about where the pooled labels have them, if they have a maximum.
fn pooled(parts: &Parts, frame: &Frame, mut start: Hyper, free: bool) -> Result<Hyper, FitError> {
    let d = start.center.len();
    let framed = Framed {
        source: parts,
        frame,
    };
    let objective = Objective {
        source: &framed,
        parameters: match free {
            true => Parameters::Joint,
            false => Parameters::Position(Model {
                gain: 1.0,
                offset: start.beta,
            }),
        },
        prior: None,
    };
    let settings = Settings {
        single: true,
        done: 1e-3,
        hessians: FIRST_LOOK,
        ..Settings::default()
    };
    let found = newton::minimise(&objective, &vec![0.0; objective.count()], &settings)?;
    if found.status == Status::Converged {
        start.center.copy_from_slice(&found.y[..d]);
        if let Some(beta) = found.y.get(d) {
            start.beta = *beta;
        }
    }
    Ok(start)
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
    /// Variances whose mean is this.
    fn variances_from(&self, mean: f64) -> Vec<f64> {
        match &self.scatter {
            Scatter::Each => vec![mean; self.parts.dim()],
            common => common.variances(&[mean]),
        }
    }

    /// `informed`: with the information. Slopes alone make no `d × d` matrix where annotators have fewer rows.
    fn evaluate(
        &self,
        hyper: &Hyper,
        starts: &[Vec<f64>],
        informed: bool,
    ) -> Result<Totals, FitError> {
        let d = hyper.center.len();
        let p = d + usize::from(self.free);
        let mut out = Totals {
            value: 0.0,
            slope: vec![0.0; p],
            by_variance: Vec::new(),
            curvature: 0.0,
            modes: Vec::with_capacity(self.parts.len()),
            known: None,
        };
        let mut by_variance = vec![0.0; d];
        let mut work = 0.0;
        let mut known = informed.then(|| Known::new(d, &self.scatter));
        let (mut mixed, mut left) = (vec![0.0; d], 0.0);
        let asked = Posteriors {
            frame: self.frame.clone(),
            hyper: hyper.clone(),
            starts: starts.to_vec(),
            rule: self.rule.clone(),
            known: informed,
        };
        self.parts
            .fold_ask(asked.together(), &asked, &mut |first, some| {
                let steps = some.iter().map(|made| made.steps);
                work += self.budget.work(first, steps);
                if let Some(known) = &mut known {
                    known.add(&some);
                }
                for made in some {
                    self.add(hyper, &made, &mut out, &mut by_variance);
                    if self.free && informed {
                        let pulled = made.posterior.covariance_times(&made.mixed);
                        for k in 0..d {
                            mixed[k] += pulled[k] / hyper.variance[k];
                        }
                        left += made.curvature - dot(&pulled, &made.mixed);
                    }
                    out.modes.push(made.mode);
                }
            })?;
        self.budget.spend(work)?;
        out.by_variance = self.scatter.gathered(by_variance.into_iter());
        out.known = known.map(|mut known| {
            known.finish();
            let mut means = vec![0.0; p * p];
            for (row, centre) in means.chunks_exact_mut(p).zip(known.centre.chunks_exact(d)) {
                row[..d].copy_from_slice(centre);
            }
            if self.free {
                for k in 0..d {
                    means[k * p + d] = mixed[k];
                    means[d * p + k] = mixed[k];
                }
                means[p * p - 1] = left;
            }
            Uncertainty {
                means,
                variances: known.variances,
            }
        });
        Ok(out)
    }

    /// One annotator's part of the value and the slopes.
    fn add(&self, hyper: &Hyper, made: &Moments, out: &mut Totals, by_variance: &mut [f64]) {
        out.value += made.value;
        for (k, v) in hyper.variance.iter().enumerate() {
            out.slope[k] += (made.mean[k] - hyper.center[k]) / v;
            by_variance[k] += 0.5 * made.excess[k] / (v * v);
        }
        if self.free {
            out.slope[hyper.variance.len()] += made.slope;
            out.curvature += made.curvature;
        }
    }

    /// The observed information on the centre, the precision and some variances: by central differences of the slopes over a
    /// tenth of what `known` takes for their errors. `None` where it is not positive definite.
    fn observed(
        &self,
        hyper: &Hyper,
        at: &Totals,
        inside: &[usize],
        known: &Uncertainty,
    ) -> Result<Option<Cholesky>, FitError> {
        let d = hyper.center.len();
        let p = at.slope.len();
        let size = p + inside.len();
        let scales = self.scatter.scales(&hyper.variance);
        let m = scales.len();
        let expected: Vec<f64> = (0..size)
            .map(|j| match j < p {
                true => known.means[j * p + j],
                false => known.variances[inside[j - p] * (m + 1)],
            })
            .collect();
        let mut out = vec![0.0; size * size];
        for j in 0..size {
            let mut width = 0.1 / expected[j].max(f64::MIN_POSITIVE).sqrt();
            if j >= p {
                width = width.min(0.2 * scales[inside[j - p]]);
            }
            let slopes = |sign: f64| -> Result<Vec<f64>, FitError> {
                let mut moved = hyper.clone();
                let mut scales = scales.clone();
                let number = match j {
                    _ if j < d => &mut moved.center[j],
                    _ if j < p => &mut moved.beta,
                    _ => &mut scales[inside[j - p]],
                };
                *number += sign * width;
                moved.variance = self.scatter.variances(&scales);
                let there = self.evaluate(&moved, &at.modes, false)?;
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
        let kept = (0..size).all(|j| out[j * size + j] > 1e-6 * expected[j]);
        Ok(Cholesky::new(&out, size).filter(|_| kept))
    }

    /// Climbs until a step is short in the units of the standard errors. What the steps before have shown corrects the
    /// information (the two loops of L-BFGS): where labels say little of each person it is far from the curvature. With many
    /// coordinates it costs far more than the slopes, and is made after 1, 2, 4, 8, … steps, and at the end.
    fn climb(
        &self,
        mut hyper: Hyper,
        mut at: Totals,
        done: f64,
    ) -> Result<(Hyper, Totals, Uncertainty), FitError> {
        let sparing = self.sparing();
        let mut secants: Vec<Secant> = Vec::new();
        let mut metric = self.metric(&hyper, &at)?;
        // Is the metric that of this very point?
        let mut fresh = true;
        for step_number in 1..=PATIENCE {
            let slope = metric.masked(&at.slope, &at.by_variance);
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
                if fresh {
                    return Ok((hyper, at, metric.known));
                }
                (metric, fresh) = (self.metric(&hyper, &at)?, true);
                continue;
            }
            let slack = 1e-12 * at.value.abs() + 1e-9;
            let mut share = 1.0;
            let (next, there) = loop {
                let next = self.moved(&hyper, &step, share);
                // A step so far that nobody's labels can be fitted is too far.
                let there = match self.evaluate(&next, &at.modes, !sparing) {
                    Ok(there) => Some(there),
                    Err(FitError::NotConverged { .. }) => None,
                    Err(other) => return Err(other),
                };
                let better = |there: &Totals| -> Result<bool, FitError> {
                    if self.rule.is_none() {
                        return Ok(there.value >= at.value - slack);
                    }
                    let metric = self.metric(&next, there)?;
                    let slope = metric.masked(&there.slope, &there.by_variance);
                    let left = dot(&metric.step(&slope, &[]), &slope);
                    Ok(left <= 4.0 * plain && there.value >= at.value - 1.0)
                };
                if let Some(there) = there
                    && better(&there)?
                {
                    break (next, there);
                }
                if !secants.is_empty() || !fresh {
                    // What steps have shown elsewhere misleads here.
                    secants.clear();
                    if !fresh {
                        (metric, fresh) = (self.metric(&hyper, &at)?, true);
                    }
                    step = metric.step(&slope, &secants);
                    continue;
                }
                share *= if share < 1.0 { 0.25 } else { 0.5 };
                if share < 1e-6 {
                    return match gain < 1e-4 {
                        true => Ok((hyper, at, metric.known)),
                        false => Err(not_converged(&at)),
                    };
                }
            };
            let before = self.all(&hyper);
            let moved = self
                .all(&next)
                .iter()
                .zip(before)
                .map(|(a, b)| a - b)
                .collect();
            let whole = at.slopes();
            (hyper, at) = (next, there);
            let moving = self.moving(&hyper, &at);
            fresh = !sparing || step_number.is_power_of_two();
            if fresh {
                metric = self.metric(&hyper, &at)?;
            } else if moving != metric.moving {
                metric = Metric::new(metric.known, moving).ok_or_else(|| not_converged(&at))?;
            }
            // Of what is minimised: the negative.
            let change = whole.iter().zip(at.slopes()).map(|(a, b)| a - b);
            secants.extend(Secant::new(moved, change.collect()));
            if secants.len() > MEMORY {
                secants.remove(0);
            }
        }
        Err(not_converged(&at))
    }

    /// Is the information made seldom?
    fn sparing(&self) -> bool {
        self.rule.is_none() && self.parts.dim() > BY_HAND
    }

    /// Variances at an end of their range that would leave it stay.
    fn moving(&self, hyper: &Hyper, at: &Totals) -> Vec<usize> {
        let scales = self.scatter.scales(&hyper.variance);
        let held = |k: usize| {
            let (v, slope) = (scales[k], at.by_variance[k]);
            (v <= self.floor && slope <= 0.0) || (v >= CAP && slope >= 0.0)
        };
        (0..scales.len()).filter(|&k| !held(k)).collect()
    }

    /// The information at a point, on what may move from there.
    fn metric(&self, hyper: &Hyper, at: &Totals) -> Result<Metric, FitError> {
        let known = match &at.known {
            Some(known) => known.clone(),
            None => self
                .evaluate(hyper, &at.modes, true)?
                .known
                .ok_or_else(|| not_converged(at))?,
        };
        let metric = Metric::new(known, self.moving(hyper, at)).ok_or_else(|| not_converged(at))?;
        // What is left of the information on the precision when the positions are not known.
        if self.free && metric.last_pivot() <= 1e-9 * at.curvature {
            return Err(FitError::PrecisionNotIdentified);
        }
        Ok(metric)
    }

    /// A share of a step. A variance is multiplied or divided by 10 at most, but may go down to its floor at once, and up from there to
    /// a tenth of their mean.
    fn moved(&self, hyper: &Hyper, step: &[f64], share: f64) -> Hyper {
        let mut out = hyper.clone();
        let d = out.center.len();
        let mut scales = self.scatter.scales(&hyper.variance);
        let typical = scales.iter().sum::<f64>() / scales.len() as f64;
        let (means, variances) = step.split_at(step.len() - scales.len());
        for (center, step) in out.center.iter_mut().zip(means) {
            *center += share * step;
        }
        for (v, step) in scales.iter_mut().zip(variances) {
            let wish = *v + share * step;
            *v = if wish <= 0.0 && share == 1.0 {
                self.floor
            } else {
                wish.clamp(0.1 * *v, (10.0 * *v).max(0.1 * typical))
                    .clamp(self.floor, CAP)
            };
        }
        out.variance = self.scatter.variances(&scales);
        if self.free {
            out.beta += share * means[d];
        }
        out
    }

    /// The centre, the precision if it is free, and what is free of the variances.
    fn all(&self, hyper: &Hyper) -> Vec<f64> {
        let mut out = hyper.center.clone();
        if self.free {
            out.push(hyper.beta);
        }
        out.extend(self.scatter.scales(&hyper.variance));
        out
    }
}

fn not_converged(at: &Totals) -> FitError {
    FitError::NotConverged {
        iterations: PATIENCE,
        gradient_norm: big_numeric::norm(&at.slope),
    }
}
