//! One annotator's part of the information, in as few rows as it has.
//!
//! `H_i = Yᵀ Y` with `Y` of `r = min(rows, d)` rows: the annotator's own rows times the roots of their curvatures, or, where they are not
//! fewer than the coordinates, a root of `H_i`. All that an audit asks is then in `r × r` matrices of `Y` and of what the estimate makes
//! of it, `P = H⁻¹ Yᵀ`: no `d × d` matrix of anybody.

use big_numeric::{Cholesky, dot, matrix, norm};

use crate::data::{DataError, Source};
use crate::fit::FitError;
use crate::kernel::{self, Scratch};
use crate::likelihood::{Model, Objective, Parameters};

use super::power::Lever;

/// Pivots of a matrix whose diagonal is at most 1 that are smaller are roundings.
const NOTHING: f64 = 1e-10;

/// `H_i` and the score `s_i` at a position.
pub(super) struct Own {
    /// `Y`, by rows of `d`.
    rows: Vec<f64>,
    /// `Yᵀ` as a Cholesky factor, where it is one.
    root: Option<Cholesky>,
    /// `s_i`.
    pub(super) score: Vec<f64>,
    d: usize,
}

/// What the estimate makes of an annotator's part.
pub(super) struct Means {
    /// `Y H⁻¹ Yᵀ`, `Y H⁻² Yᵀ`, and `PᵀΓP` for the metric `Γ` of margins: `r × r`.
    range: Vec<f64>,
    moves: Vec<f64>,
    margins: Vec<f64>,
    /// `Pᵀ`, by rows of `d`.
    image: Vec<f64>,
    /// `H⁻¹ s_i`.
    pub(super) shift: Vec<f64>,
    r: usize,
}

impl Own {
    /// Of one annotator: O(n·d), or O(n·d² + d³) where `n ≥ d`.
    pub(super) fn of(part: &dyn Source, model: Model, at: &[f64]) -> Result<Self, FitError> {
        let d = at.len();
        let objective = Objective {
            source: part,
            parameters: Parameters::Position(model),
            prior: None,
        };
        let mut count = 0;
        part.visit(&mut |blocks| count += blocks.iter().map(|block| block.rows()).sum::<usize>())?;
        if count < d {
            let found = objective.evaluate(at, false)?;
            return Ok(Self {
                rows: curved_rows(part, model, at)?,
                root: None,
                score: found.gradient.iter().map(|g| -g).collect(),
                d,
            });
        }
        let found = objective.evaluate(at, true)?;
        let score = found.gradient.iter().map(|g| -g).collect();
        let information = found.hessian;
        let factor = Cholesky::new(&information, d).filter(|factor| {
            let lower = factor.lower();
            (0..d).all(|k| lower[k * d + k].powi(2) > NOTHING * information[k * d + k])
        });
        let rows = match &factor {
            Some(factor) => matrix::transposed(factor.lower(), d),
            None => roots(&information, d),
        };
        Ok(Self {
            rows,
            root: factor,
            score,
            d,
        })
    }

    /// `Y`, by rows of `d`.
    pub(super) fn rows(&self) -> &[f64] {
        &self.rows
    }

    pub(super) fn rank(&self) -> usize {
        self.rows.len() / self.d
    }

    /// Through the estimate's Hessian: O(r·d²). `margins` is `Γ`, the mean square of a margin's change, if it is asked for.
    pub(super) fn through(&self, hessian: &Cholesky, margins: Option<&[f64]>) -> Means {
        let (r, d) = (self.rank(), self.d);
        let mut image = self.rows.clone();
        hessian.solve_lower_each(&mut image);
        let range = matrix::outer_gram(&image, r, d);
        hessian.solve_upper_each(&mut image);
        let moves = matrix::outer_gram(&image, r, d);
        let margins = margins.map_or_else(Vec::new, |margins| {
            let measured = matrix::products(&image, r, margins, d, d);
            matrix::products(&measured, r, &image, r, d)
        });
        let mut shift = self.score.clone();
        hessian.solve(&mut shift);
        Means {
            range,
            moves,
            margins,
            image,
            shift,
            r,
        }
    }

    /// `W_i v = P Y v`.
    pub(super) fn moved(&self, means: &Means, v: &[f64]) -> Vec<f64> {
        match means.r {
            0 => vec![0.0; self.d],
            _ => {
                let along = matrix::times(&self.rows, v);
                matrix::transposed_times(&means.image, self.d, &along)
            }
        }
    }

    /// `Lᵀ W_i`, whose image is the range of estimates in the metric of the information.
    pub(super) fn range<'a>(&'a self, means: &'a Means) -> Lever<'a> {
        self.lever(&means.range, &vec![0.0; self.d], &vec![0.0; self.d], means)
    }

    /// `W_i · − H⁻¹ s_i` in the Euclidean metric.
    pub(super) fn moves<'a>(&'a self, means: &'a Means) -> Lever<'a> {
        self.lever(&means.moves, &means.shift, &means.shift, means)
    }

    /// The same in that of margins.
    pub(super) fn margins<'a>(&'a self, means: &'a Means, metric: &[f64]) -> Lever<'a> {
        let measured = matrix::times(metric, &means.shift);
        self.lever(&means.margins, &measured, &means.shift, means)
    }

    /// `measured` is the metric times `shift`.
    fn lever<'a>(
        &'a self,
        form: &'a [f64],
        measured: &[f64],
        shift: &[f64],
        means: &Means,
    ) -> Lever<'a> {
        Lever {
            reads: Some(&self.rows),
            form: Some(form),
            pulled: match means.r {
                0 => Vec::new(),
                _ => matrix::times(&means.image, measured),
            },
            square: dot(measured, shift),
            d: self.d,
        }
    }

    /// `‖(H − H_i)⁻¹ s_i‖`: with `M = Y H⁻¹ Yᵀ` the step is `H⁻¹ s + P (I − M)⁻¹ Y H⁻¹ s` (Woodbury). `None` where the others' data know
    /// nothing of some direction.
    pub(super) fn pull(&self, means: &Means) -> Option<f64> {
        let r = means.r;
        let mut step = means.shift.clone();
        if r > 0 {
            let rest: Vec<f64> = (0..r * r)
                .map(|at| f64::from(u8::from(at / r == at % r)) - means.range[at])
                .collect();
            let factor = Cholesky::new(&rest, r)?;
            let lower = factor.lower();
            if (0..r).any(|k| lower[k * r + k].powi(2) <= NOTHING) {
                return None;
            }
            let mut along = matrix::times(&self.rows, &means.shift);
            factor.solve(&mut along);
            let more = matrix::transposed_times(&means.image, self.d, &along);
            step.iter_mut().zip(more).for_each(|(s, m)| *s += m);
        }
        Some(norm(&step))
    }

    /// The Mahalanobis length of the score: with positions `N(μ, D)` it is, to first order,
    /// `N(H_i (μ − θ̂), H_i + H_i D H_i)`. Directions of which the labels know nothing do not count. With `t = s_i − H_i (μ − θ̂) = Yᵀ g` it is
    /// `√(gᵀ (I + Y D Yᵀ)⁻¹ g)`.
    pub(super) fn extremeness(&self, away: &[f64], variance: &[f64]) -> f64 {
        let (r, d) = (self.rank(), self.d);
        if r == 0 {
            return 0.0;
        }
        let pushed = matrix::transposed_times(&self.rows, d, &matrix::times(&self.rows, away));
        let t: Vec<f64> = self.score.iter().zip(pushed).map(|(s, p)| s - p).collect();
        let scaled: Vec<f64> = (0..r * d)
            .map(|at| self.rows[at] * variance[at % d])
            .collect();
        let spread = matrix::products(&scaled, r, &self.rows, r, d);
        if let Some(root) = &self.root {
            let mut g = t;
            root.solve_lower(&mut g);
            return length(g, spread);
        }
        let gram = matrix::outer_gram(&self.rows, r, d);
        let images = matrix::times(&self.rows, &t);
        // The axes of the rows' span, of unit length in the metric of H_i.
        let Some((values, vectors)) = matrix::eigen(&gram, r) else {
            return 0.0;
        };
        let largest = values.last().copied().unwrap_or(0.0);
        let known: Vec<usize> = (0..r)
            .filter(|&k| values[k] > 1e-12 * largest && values[k] > 0.0)
            .collect();
        let axes: Vec<f64> = known
            .iter()
            .flat_map(|&k| vectors[k * r..(k + 1) * r].iter().copied())
            .collect();
        let along = matrix::times(&axes, &images);
        let g = known
            .iter()
            .zip(along)
            .map(|(&k, a)| a / values[k])
            .collect();
        let n = known.len();
        let half = matrix::products(&axes, n, &spread, r, r);
        length(g, matrix::products(&half, n, &axes, n, r))
    }
}

impl Means {
    /// The trace of `W_i`.
    pub(super) fn trace(&self) -> f64 {
        (0..self.r).map(|k| self.range[k * self.r + k]).sum()
    }
}

/// Every row times its model's gain and the root of its curvature at a position: `Y` with `YᵀY` the Hessian, by rows of `d`.
fn curved_rows(source: &dyn Source, model: Model, at: &[f64]) -> Result<Vec<f64>, DataError> {
    let (d, q) = (at.len(), model.coefficients(at));
    let mut out = Vec::new();
    let (mut scratch, mut wide) = (Scratch::default(), Vec::new());
    source.visit(&mut |blocks| {
        for block in blocks {
            let rows = block.rows();
            let margins = kernel::block_margins(block, &q, &mut scratch);
            let columns = kernel::widened(block, &mut wide);
            for (r, m) in margins.iter().enumerate() {
                let weight = block.weights().map_or(1.0, |w| w[r]);
                let e = (-m.abs()).exp();
                let root = 2.0 * model.gain * (weight * e).sqrt() / (1.0 + e);
                out.extend((0..d).map(|k| root * columns[k * rows + r]));
            }
        }
    })?;
    Ok(out)
}

/// `√(gᵀ (I + S)⁻¹ g)`.
fn length(mut g: Vec<f64>, mut spread: Vec<f64>) -> f64 {
    let n = g.len();
    for k in 0..n {
        spread[k * n + k] += 1.0;
    }
    match Cholesky::new(&spread, n) {
        Some(factor) => {
            factor.solve_lower(&mut g);
            norm(&g)
        }
        None => 0.0,
    }
}

/// `Λ^½ Uᵀ` of a positive semidefinite matrix, without what is 0.
fn roots(a: &[f64], d: usize) -> Vec<f64> {
    let Some((values, vectors)) = matrix::eigen(a, d) else {
        return Vec::new();
    };
    let largest = values.last().copied().unwrap_or(0.0);
    let rows = values.iter().zip(vectors.chunks_exact(d));
    rows.filter(|(value, _)| **value > 1e-15 * largest)
        .flat_map(|(value, vector)| {
            let root = value.sqrt();
            vector.iter().map(move |v| root * v)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Builder, Comparisons, Preference, Storage, Ties};

    fn comparisons(d: usize, rows: usize) -> Comparisons {
        let mut builder = Builder::new(d, Storage::Double, Ties::Half).unwrap();
        let number = |k: usize| ((k as f64 * 12.9898).sin() * 43_758.545_3).fract() * 1.5;
        for r in 0..rows {
            let a: Vec<f64> = (0..d).map(|k| number(2 * (r * d + k))).collect();
            let b: Vec<f64> = (0..d).map(|k| number(2 * (r * d + k) + 1)).collect();
            let label = [Preference::A, Preference::B, Preference::Tie][r % 3];
            builder.push(&a, &b, label, 1.0, None, 1).unwrap();
        }
        builder.finish()
    }

    /// Everything by full matrices, as it is defined.
    #[test]
    fn few_rows_and_many_say_what_the_full_matrices_say() {
        let d = 20;
        for (rows, others) in [(3, 200), (12, 60), (90, 200)] {
            let (own, rest) = (comparisons(d, rows), comparisons(d, rows + others));
            let model = Model::ideal_point(0.3);
            let at: Vec<f64> = (0..d).map(|k| 0.2 * (k as f64).sin()).collect();
            let evaluated = |source: &Comparisons| {
                let objective = Objective {
                    source,
                    parameters: Parameters::Position(model),
                    prior: None,
                };
                objective.evaluate(&at, true).unwrap()
            };
            let (mine, all) = (evaluated(&own), evaluated(&rest));
            let score: Vec<f64> = mine.gradient.iter().map(|g| -g).collect();
            let hessian: Vec<f64> = mine
                .hessian
                .iter()
                .zip(&all.hessian)
                .map(|(a, b)| a + b)
                .collect();
            let factor = Cholesky::new(&hessian, d).unwrap();
            let metric: Vec<f64> = (0..d * d)
                .map(|at| {
                    if at / d == at % d {
                        1.0 + (at % 3) as f64
                    } else {
                        0.0
                    }
                })
                .collect();
            let found = Own::of(&own, model, &at).unwrap();
            assert_eq!(found.rank(), own.rows().min(d));
            let means = found.through(&factor, Some(&metric));
            let weight = factor.solve_matrix(&mine.hessian);
            let trace: f64 = (0..d).map(|k| weight[k * d + k]).sum();
            assert!((means.trace() - trace).abs() < 1e-10 * trace);
            let mut shift = score.clone();
            factor.solve(&mut shift);
            let x: Vec<f64> = (0..d).map(|k| (k as f64 + 0.3).cos()).collect();
            let from = vec![0.1; d];
            let step: Vec<f64> = x.iter().zip(&from).map(|(x, f)| x - f).collect();
            let moved: Vec<f64> = matrix::times(&weight, &step)
                .iter()
                .zip(&shift)
                .map(|(m, s)| m - s)
                .collect();
            let reach = found.moves(&means).length(&step);
            assert!((reach - norm(&moved)).abs() < 1e-10 * norm(&moved));
            let measured = dot(&moved, &matrix::times(&metric, &moved)).sqrt();
            let margins = found.margins(&means, &metric).length(&step);
            assert!((margins - measured).abs() < 1e-10 * measured);
            let image = matrix::times(&weight, &step);
            let ranged = dot(&image, &matrix::times(&hessian, &image)).sqrt();
            let range = found.range(&means).length(&step);
            assert!((range - ranged).abs() < 1e-10 * ranged);
            // (H − H_i)⁻¹ s by the matrix of the others.
            let mut pulled = score.clone();
            Cholesky::new(&all.hessian, d).unwrap().solve(&mut pulled);
            assert!((found.pull(&means).unwrap() - norm(&pulled)).abs() < 1e-9 * norm(&pulled));
            // tᵀ (H + H D H)⁺ t, by its eigenvectors.
            let away: Vec<f64> = (0..d).map(|k| 0.1 * k as f64 - 0.2).collect();
            let variance: Vec<f64> = (0..d).map(|k| 0.3 * (k % 4) as f64).collect();
            let pushed = matrix::times(&mine.hessian, &away);
            let t: Vec<f64> = score.iter().zip(&pushed).map(|(s, p)| s - p).collect();
            let scaled: Vec<f64> = (0..d * d)
                .map(|at| variance[at / d] * mine.hessian[at])
                .collect();
            let mut whole = matrix::product(&mine.hessian, &scaled, d);
            for (w, h) in whole.iter_mut().zip(&mine.hessian) {
                *w += h;
            }
            let (values, vectors) = matrix::eigen(&whole, d).unwrap();
            let most = values[d - 1];
            let square: f64 = values
                .iter()
                .zip(vectors.chunks_exact(d))
                .filter(|(value, _)| **value > 1e-11 * most)
                .map(|(value, vector)| dot(vector, &t).powi(2) / value)
                .sum();
            let length = found.extremeness(&away, &variance);
            assert!(
                (length / square.sqrt() - 1.0).abs() < 1e-7,
                "{length} {square}"
            );
        }
    }
}
