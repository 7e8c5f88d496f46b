//! The log-likelihood of an ideal point, its gradient and its Hessian, over any [`Source`].
//!
//! `log P(label | θ) = log σ(m)`, `m = β (2⟨θ, a − b⟩ + ‖b‖² − ‖a‖²)` with the label's sign (arXiv:2502.01127, eq. 26, 27
//! for β = 1). With the coefficients `q` of the difference and of the offset it is one logistic regression, whichever of
//! them are free. Blocks are dealt to a fixed number of lanes whose sums are joined in order: the same bits whatever the
//! number of threads.

use big_numeric::matrix;

use crate::data::{DataError, Source};
use crate::fold::{fold, fold_and_finish, lanes};
use crate::gram::GATHERED;
use crate::kernel::{self, Curvature, LikelihoodSums, Scratch};
use crate::wire::wired;

/// Above this many parameters no Hessian is formed: here it takes 170 MB, and makes steps that conjugate gradients need hundreds of passes for.
pub const LARGEST_DENSE: usize = 4608;

/// How the reward depends on a response's distance from the ideal point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// The margin is `2·gain·⟨position, a − b⟩ + offset·(‖b‖² − ‖a‖²)`.
    pub(crate) gain: f64,
    pub(crate) offset: f64,
}

wired!(Model { gain, offset });

impl Model {
    /// The ideal-point model with precision `β`: reward `−β‖a − θ‖²`; the paper's has β = 1 (eq. 25).
    pub fn ideal_point(precision: f64) -> Self {
        Self {
            gain: precision,
            offset: precision,
        }
    }

    /// The vector model, the limit of the ideal-point model as `β → 0` with `φ = βθ` held: reward `2⟨φ, a⟩`. Positions are `φ`.
    pub fn vector() -> Self {
        Self {
            gain: 1.0,
            offset: 0.0,
        }
    }

    /// The precision `β` of an ideal-point model; `None` for the vector model.
    pub fn precision(&self) -> Option<f64> {
        (self.offset != 0.0).then_some(self.offset)
    }

    /// The coefficients of a row at a position.
    pub(crate) fn coefficients(&self, position: &[f64]) -> Vec<f64> {
        let mut q: Vec<f64> = position.iter().map(|v| 2.0 * self.gain * v).collect();
        q.push(self.offset);
        q
    }
}

/// Which parameters are free, and what they stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Parameters {
    /// A position under a fixed model: `d` parameters.
    Position(Model),
    /// `(φ, β)` with `φ = βθ`: `d + 1` parameters.
    Joint,
}

impl Parameters {
    pub(crate) fn count(self, dim: usize) -> usize {
        match self {
            Self::Position(_) => dim,
            Self::Joint => dim + 1,
        }
    }

    pub(crate) fn coefficients(self, y: &[f64]) -> Vec<f64> {
        match self {
            Self::Position(model) => model.coefficients(y),
            Self::Joint => {
                let mut q: Vec<f64> = y.iter().map(|v| 2.0 * v).collect();
                if let (Some(last), Some(beta)) = (q.last_mut(), y.last()) {
                    *last = *beta;
                }
                q
            }
        }
    }

    /// `∂q_k/∂y_k`.
    pub(crate) fn scale(self, k: usize, dim: usize) -> f64 {
        match self {
            Self::Position(model) => 2.0 * model.gain,
            Self::Joint if k < dim => 2.0,
            Self::Joint => 1.0,
        }
    }
}

/// A Gaussian prior on the position, `½ Σ_k precision_k (position_k − mean_k)²`; in the joint model on `φ`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prior {
    pub(crate) precision: Vec<f64>,
    pub(crate) mean: Vec<f64>,
}

impl Prior {
    /// The penalty `λ/2 ‖position‖²`; none where `λ` is 0.
    pub(crate) fn ridge(lambda: f64, dim: usize) -> Option<Self> {
        (lambda > 0.0).then(|| Self {
            precision: vec![lambda; dim],
            mean: vec![0.0; dim],
        })
    }

    fn times(mut self, factor: f64) -> Self {
        self.precision.iter_mut().for_each(|p| *p *= factor);
        self
    }
}

/// What is minimised: minus the log-likelihood, plus the prior.
#[derive(Clone)]
pub(crate) struct Objective<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) parameters: Parameters,
    pub(crate) prior: Option<Prior>,
}

/// The objective at a point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evaluation {
    /// Minus the log-likelihood, plus the prior.
    pub(crate) value: f64,
    /// Minus the log-likelihood alone.
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f64>,
    /// `p × p`, both triangles; empty when it was not asked for.
    pub(crate) hessian: Vec<f64>,
    /// The most that each parameter can move a margin, per unit; only with the Hessian.
    pub(crate) reach: Vec<f64>,
    /// At most this part of a diagonal entry of the Hessian is missing.
    pub(crate) missing: f64,
    pub(crate) weight: f64,
    pub(crate) rows: u64,
}

/// Where an objective is asked for, and with which curvature.
pub(crate) type Asked<'a> = (&'a Objective<'a>, &'a [f64], Curvature);

/// What a pass adds up at one point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// The coefficients of the columns, `d + 1`.
    pub(crate) q: Vec<f64>,
    /// How many of the columns, from the first, have free coefficients.
    pub(crate) free: usize,
    pub(crate) curvature: Curvature,
}

impl Wanted {
    pub(crate) fn sums(&self) -> LikelihoodSums {
        LikelihoodSums::new(self.free, self.curvature != Curvature::None)
    }

    /// Do rows wait for their products?
    fn gathers(&self) -> bool {
        self.curvature == Curvature::Single && self.free >= GATHERED
    }

    /// Operations a row.
    fn cost(&self) -> usize {
        match self.curvature {
            Curvature::None => self.free,
            _ => self.free * self.free,
        }
    }
}

/// Several objectives over the same rows in one pass.
pub(crate) fn evaluate_all(asked: &[Asked<'_>]) -> Result<Vec<Evaluation>, DataError> {
    let coefficients = |(objective, y, _): &Asked<'_>| objective.parameters.coefficients(y);
    evaluate_at(asked, asked.iter().map(coefficients).collect())
}

/// The same at given coefficients.
fn evaluate_at(asked: &[Asked<'_>], q: Vec<Vec<f64>>) -> Result<Vec<Evaluation>, DataError> {
    let Some((first, ..)) = asked.first() else {
        return Ok(Vec::new());
    };
    let wanted: Vec<Wanted> = asked
        .iter()
        .zip(q)
        .map(|((objective, _, curvature), q)| Wanted {
            q,
            free: objective.count(),
            curvature: *curvature,
        })
        .collect();
    let sums = match first.source.shards() {
        Some(shards) => shards.sums(wanted)?,
        None => sums_of(first.source, &wanted)?,
    };
    let results = asked.iter().zip(sums);
    Ok(results
        .map(|((objective, y, _), sums)| objective.evaluation(sums, y))
        .collect())
}

/// All that is wanted, in one pass over the rows.
pub(crate) fn sums_of(
    source: &dyn Source,
    wanted: &[Wanted],
) -> Result<Vec<LikelihoodSums>, DataError> {
    let new = || -> Vec<LikelihoodSums> { wanted.iter().map(Wanted::sums).collect() };
    let most = wanted.iter().map(|wanted| wanted.free).max();
    let gathers = wanted.iter().any(Wanted::gathers);
    let sums = fold_and_finish(
        source,
        lanes(most.unwrap_or(0)),
        wanted.iter().map(Wanted::cost).sum(),
        &new,
        &|all, block, scratch| {
            for (sums, wanted) in all.iter_mut().zip(wanted) {
                kernel::add_block(block, &wanted.q, wanted.curvature, sums, scratch);
            }
        },
        gathers.then_some(&|all: &mut Vec<LikelihoodSums>, scratch: &mut Scratch| {
            for sums in all {
                sums.settle(scratch);
            }
        }),
        &|all, others| {
            for (sums, other) in all.iter_mut().zip(others) {
                sums.join(other);
            }
        },
    )?;
    Ok(sums.unwrap_or_else(new))
}

impl Objective<'_> {
    /// The number `p` of free parameters.
    pub(crate) fn count(&self) -> usize {
        self.parameters.count(self.source.dim())
    }

    /// The same over a part of the rows, which holds `share` of their weight.
    pub(crate) fn on<'s>(&self, source: &'s dyn Source, share: f64) -> Objective<'s> {
        Objective {
            source,
            parameters: self.parameters,
            prior: self.prior.clone().map(|prior| prior.times(share)),
        }
    }

    /// One pass: O(N·d), with the Hessian, in double precision, O(N·d²).
    pub(crate) fn evaluate(&self, y: &[f64], hessian: bool) -> Result<Evaluation, DataError> {
        let curvature = if hessian {
            Curvature::Double
        } else {
            Curvature::None
        };
        self.evaluate_with(y, curvature)
    }

    /// The same with a Hessian of either precision.
    pub(crate) fn evaluate_with(
        &self,
        y: &[f64],
        curvature: Curvature,
    ) -> Result<Evaluation, DataError> {
        self.alone(&self.parameters.coefficients(y), y, curvature)
    }

    fn alone(&self, q: &[f64], y: &[f64], curvature: Curvature) -> Result<Evaluation, DataError> {
        let all = evaluate_at(&[(self, y, curvature)], vec![q.to_vec()])?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// What sums over the rows make of the objective.
    fn evaluation(&self, sums: LikelihoodSums, y: &[f64]) -> Evaluation {
        let p = self.count();
        let hessian = !sums.curvature.is_empty();
        let dim = self.source.dim();
        let scale: Vec<f64> = (0..p).map(|k| self.parameters.scale(k, dim)).collect();
        let mut out = Evaluation {
            value: sums.value,
            loss: sums.value,
            gradient: (0..p).map(|k| -scale[k] * sums.slope[k]).collect(),
            hessian: sums.curvature,
            reach: sums.reach,
            missing: 0.0,
            weight: sums.weight,
            rows: sums.rows,
        };
        if hessian {
            for j in 0..p {
                out.reach[j] *= scale[j].abs();
                for k in 0..=j {
                    out.hessian[j * p + k] *= scale[j] * scale[k];
                }
                let most = sums.left_out * out.reach[j] * out.reach[j];
                out.missing = out.missing.max(most / out.hessian[j * p + j]);
            }
            matrix::mirror(&mut out.hessian, p);
        }
        if let Some(prior) = &self.prior {
            out.value += self.prior_value(y);
            for (k, (mean, precision)) in prior.mean.iter().zip(&prior.precision).enumerate() {
                out.gradient[k] += precision * (y[k] - mean);
                if hessian {
                    out.hessian[k * p + k] += precision;
                }
            }
        }
        out
    }

    /// What the prior adds to the objective.
    pub(crate) fn prior_value(&self, y: &[f64]) -> f64 {
        let Some(prior) = &self.prior else { return 0.0 };
        let away = y.iter().zip(&prior.mean).map(|(y, mean)| y - mean);
        let terms = away.zip(&prior.precision).map(|(a, p)| p * a * a);
        0.5 * terms.sum::<f64>()
    }

    /// The objective with all margins, and the prior with them, divided by a temperature. In the joint model, where the
    /// margins are free to shrink by themselves, the same objective.
    pub(crate) fn at_temperature(&self, temperature: f64) -> Self {
        let mut out = self.clone();
        if let Parameters::Position(model) = &mut out.parameters {
            model.gain /= temperature;
            model.offset /= temperature;
            out.prior = out.prior.map(|prior| prior.times(1.0 / temperature));
        }
        out
    }

    /// A quarter of the Gram matrix `Σ w x xᵀ` (an upper bound of every Hessian), without the prior: what the rank is
    /// read from.
    pub(crate) fn gram(&self) -> Result<Vec<f64>, DataError> {
        let plain = Objective {
            prior: None,
            ..self.clone()
        };
        let q = vec![0.0; self.source.dim() + 1];
        Ok(plain.alone(&q, &[], Curvature::Double)?.hessian)
    }

    /// The Hessian at `y` times `v`, in one pass that forms no matrix: O(N·d).
    pub(crate) fn hessian_times(&self, y: &[f64], v: &[f64]) -> Result<Vec<f64>, DataError> {
        let mut out = self.curved(y, v, false)?;
        self.add_prior_curvature(&mut out, v);
        Ok(out)
    }

    /// The Hessian at `y` times `v` and the gradient there, without the prior: where the score has gone a step `v` behind `y`, to first
    /// order and with its sign turned round. One pass, O(N·d).
    pub(crate) fn turned(&self, y: &[f64], v: &[f64]) -> Result<Vec<f64>, DataError> {
        self.curved(y, v, true)
    }

    fn curved(&self, y: &[f64], v: &[f64], less_score: bool) -> Result<Vec<f64>, DataError> {
        let (p, dim) = (self.count(), self.source.dim());
        let q = self.parameters.coefficients(y);
        let mut direction = vec![0.0; dim + 1];
        for k in 0..p {
            direction[k] = v[k] * self.parameters.scale(k, dim);
        }
        let sum = fold(
            self.source,
            lanes(p),
            2 * p,
            &|| vec![0.0; p],
            &|out, block, scratch| {
                kernel::add_curvature_product(block, &q, &direction, less_score, out, scratch);
            },
            &add,
        )?;
        let mut out = sum.unwrap_or_else(|| vec![0.0; p]);
        for k in 0..p {
            out[k] *= self.parameters.scale(k, dim);
        }
        Ok(out)
    }

    /// The most that a step changes any margin: `max_r |⟨x_r, s⟩|`, in one pass.
    pub(crate) fn longest_move(&self, step: &[f64]) -> Result<f64, DataError> {
        let (p, dim) = (self.count(), self.source.dim());
        let mut direction = vec![0.0; dim + 1];
        for k in 0..p {
            direction[k] = step[k] * self.parameters.scale(k, dim);
        }
        self.largest_margin(&direction)
    }

    /// `max_r |⟨x_r, q⟩|` over all columns, in one pass.
    pub(crate) fn largest_margin(&self, q: &[f64]) -> Result<f64, DataError> {
        let most = fold(
            self.source,
            lanes(q.len()),
            q.len(),
            &|| 0.0_f64,
            &|most, block, scratch| {
                for m in kernel::block_margins(block, q, scratch) {
                    *most = most.max(m.abs());
                }
            },
            &|a, b| *a = a.max(*b),
        )?;
        Ok(most.unwrap_or(0.0))
    }

    /// The diagonal of the Hessian at `y`.
    pub(crate) fn hessian_diagonal(&self, y: &[f64]) -> Result<Vec<f64>, DataError> {
        let (p, dim) = (self.count(), self.source.dim());
        let q = self.parameters.coefficients(y);
        let sum = fold(
            self.source,
            lanes(p),
            p,
            &|| vec![0.0; p],
            &|out, block, scratch| kernel::add_curvature_diagonal(block, &q, out, scratch),
            &add,
        )?;
        let mut out = sum.unwrap_or_else(|| vec![0.0; p]);
        for k in 0..p {
            out[k] *= self.parameters.scale(k, dim).powi(2);
        }
        self.add_prior_curvature(&mut out, &vec![1.0; p]);
        Ok(out)
    }

    fn add_prior_curvature(&self, out: &mut [f64], v: &[f64]) {
        if let Some(prior) = &self.prior {
            for (k, precision) in prior.precision.iter().enumerate() {
                out[k] += precision * v[k];
            }
        }
    }
}

#[allow(clippy::ptr_arg)] // the type of the sums, whose functions have it as it is
fn add(a: &mut Vec<f64>, b: &Vec<f64>) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Builder, Comparisons, Preference, Storage, Ties};

    /// Rows of every length of the last block, weighted, ties among them.
    fn data(dim: usize, rows: usize) -> Comparisons {
        let mut builder = Builder::new(dim, Storage::Double, Ties::Half).unwrap();
        let number = |k: usize| ((k as f64 * 0.754_877_666_246_692_7).fract() - 0.5) * 3.0;
        for r in 0..rows {
            let a: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k))).collect();
            let b: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k) + 1)).collect();
            let label = [Preference::A, Preference::B, Preference::Tie][r % 3];
            let weight = 0.5 + (r % 4) as f64;
            builder.push(&a, &b, label, weight, None, 1).unwrap();
        }
        builder.finish()
    }

    #[test]
    fn derivatives_are_those_of_finite_differences() {
        // 45 columns take the blocked product, the others the one by hand.
        for (dim, rows, joint) in [
            (1, 30, false),
            (3, 700, true),
            (9, 514, false),
            (45, 90, true),
        ] {
            let data = data(dim, rows);
            let parameters = if joint {
                Parameters::Joint
            } else {
                Parameters::Position(Model::ideal_point(0.7))
            };
            let objective = Objective {
                source: &data,
                parameters,
                prior: Some(Prior {
                    precision: (0..dim).map(|k| 2.5 + k as f64).collect(),
                    mean: vec![0.1; dim],
                }),
            };
            let p = objective.count();
            let y: Vec<f64> = (0..p).map(|k| 0.2 * (k as f64 + 1.0).sin()).collect();
            let at = objective.evaluate(&y, true).unwrap();
            let h = 1e-5;
            for k in 0..p {
                let shifted = |by: f64| {
                    let mut y = y.clone();
                    y[k] += by;
                    objective.evaluate(&y, false).unwrap()
                };
                let (up, down) = (shifted(h), shifted(-h));
                let slope = (up.value - down.value) / (2.0 * h);
                assert!(
                    (slope - at.gradient[k]).abs() < 1e-6 * (1.0 + at.value),
                    "{slope}"
                );
                for j in 0..p {
                    let curve = (up.gradient[j] - down.gradient[j]) / (2.0 * h);
                    let entry = at.hessian[j * p + k];
                    assert!(
                        (curve - entry).abs() < 1e-7 * (1.0 + at.hessian[k * p + k]),
                        "{curve} {entry}"
                    );
                }
            }
            // Single precision says nearly the same.
            let single = objective.evaluate_with(&y, Curvature::Single).unwrap();
            assert_eq!((single.value, &single.gradient), (at.value, &at.gradient));
            assert!(single.missing <= 1e-7);
            for j in 0..p {
                for k in 0..p {
                    let size = (at.hessian[j * p + j] * at.hessian[k * p + k]).sqrt();
                    let off = (single.hessian[j * p + k] - at.hessian[j * p + k]).abs();
                    assert!(off <= 1e-6 * size, "{off} of {size}");
                }
            }
            // The matrix-free routes say the same.
            let times = objective.hessian_times(&y, &at.gradient).unwrap();
            let expected = matrix::times(&at.hessian, &at.gradient);
            let turned = objective.turned(&y, &at.gradient).unwrap();
            let diagonal = objective.hessian_diagonal(&y).unwrap();
            for k in 0..p {
                assert!((times[k] - expected[k]).abs() < 1e-9 * big_numeric::norm(&expected));
                let prior = objective.prior.as_ref().unwrap();
                let held = prior.precision[k.min(dim - 1)] * f64::from(u8::from(k < dim));
                let plain = expected[k] - held * at.gradient[k] + at.gradient[k]
                    - held * (y[k] - prior.mean[k.min(dim - 1)]);
                assert!((turned[k] - plain).abs() < 1e-9 * big_numeric::norm(&expected));
                assert!((diagonal[k] - at.hessian[k * p + k]).abs() < 1e-9 * diagonal[k]);
            }
        }
    }

    #[test]
    fn rows_without_curvature_are_left_out_and_accounted_for() {
        // Margins so large that most rows hardly curve the likelihood.
        let data = data(20, 2000);
        let objective = Objective {
            source: &data,
            parameters: Parameters::Position(Model::ideal_point(4.0)),
            prior: None,
        };
        let y: Vec<f64> = (0..20).map(|k| 3.0 * f64::from(k).cos()).collect();
        let double = objective.evaluate(&y, true).unwrap();
        let single = objective.evaluate_with(&y, Curvature::Single).unwrap();
        assert!(single.missing > 0.0 && double.missing == 0.0);
        for k in 0..20 {
            let (a, b) = (single.hessian[k * 21], double.hessian[k * 21]);
            assert!((a / b - 1.0).abs() < 1e-6 + single.missing, "{a} {b}");
        }
    }
}
