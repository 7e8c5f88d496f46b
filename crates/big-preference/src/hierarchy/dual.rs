//! One annotator who has fewer rows than there are coordinates: Laplace's approximation by matrices of the rows.
//!
//! With the rows `X` (`n × d`, signed, twice the differences) the posterior's mode is `m + D Xᵀ α`, and margins are `X m + β o + G α`,
//! `G = X D Xᵀ`. Newton's step for `α` solves `(I + C G) η = s − α`, with the slopes `s` and the curvatures `C` of the rows at their
//! margins: `O(n³)`, and `O(n²·d)` once. With `B = I + C^½ G C^½ = L Lᵀ` and `Z = L⁻¹ C^½ X` (Woodbury, and Sylvester for the determinant)
//!
//! `V = (H + D⁻¹)⁻¹ = D − D ZᵀZ D`,  `(D + H⁻¹)⁻¹ = ZᵀZ`,  `det D · det (H + D⁻¹) = det B`,  `x_rᵀ V x_r = (1 − (B⁻¹)_rr) / c_r`.

use big_numeric::{Cholesky, dot, matrix};

use crate::data::{DataError, Source};
use crate::kernel;

use super::moments::{Hyper, Moments};
use super::posterior::Posterior;

/// Steps.
const PATIENCE: usize = 100;
/// The length of the step that ends the search, squared: as of any fit.
const DONE: f64 = 1e-22;

/// An annotator's rows.
struct DenseRows {
    /// Twice the differences, by rows.
    x: Vec<f64>,
    offset: Vec<f64>,
    weight: Vec<f64>,
}

impl DenseRows {
    fn of(part: &dyn Source, d: usize) -> Result<Self, DataError> {
        let mut out = Self {
            x: Vec::new(),
            offset: Vec::new(),
            weight: Vec::new(),
        };
        let mut wide = Vec::new();
        part.visit(&mut |blocks| {
            for block in blocks {
                let n = block.rows();
                let columns = kernel::widened(block, &mut wide);
                for r in 0..n {
                    out.x.extend((0..d).map(|k| 2.0 * columns[k * n + r]));
                    out.offset.push(columns[d * n + r]);
                    out.weight.push(block.weights().map_or(1.0, |w| w[r]));
                }
            }
        })?;
        Ok(out)
    }

    fn len(&self) -> usize {
        self.weight.len()
    }

    /// The margins at a position.
    fn margins(&self, position: &[f64], beta: f64) -> Vec<f64> {
        let along = matrix::times(&self.x, position);
        let rows = along.iter().zip(&self.offset);
        rows.map(|(a, o)| a + beta * o).collect()
    }

    fn loss(&self, margins: &[f64]) -> f64 {
        let rows = self.weight.iter().zip(margins);
        rows.map(|(w, m)| w * ((-m.abs()).exp().ln_1p() + (-m).max(0.0)))
            .sum()
    }

    /// `w σ(−m)` and `w σ(m) σ(−m)`.
    fn derivatives(&self, margins: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = self.weight.iter().zip(margins);
        rows.map(|(w, m)| {
            let e = (-m.abs()).exp();
            let small = e / (1.0 + e);
            let slope = if *m > 0.0 { small } else { 1.0 - small };
            (w * slope, w * small / (1.0 + e))
        })
        .unzip()
    }
}

/// Computes the moments, from a start near the mode; `None` where the rows are not fewer than the coordinates, weigh nothing, or
/// Newton's method fails.
pub(super) fn moments(
    part: &dyn Source,
    hyper: &Hyper,
    start: &[f64],
) -> Result<Option<Moments>, DataError> {
    let d = start.len();
    let mut count = 0;
    part.visit(&mut |blocks| count += blocks.iter().map(|block| block.rows()).sum::<usize>())?;
    if count == 0 || count >= d {
        return Ok(None);
    }
    let rows = DenseRows::of(part, d)?;
    let n = rows.len();
    let mut scaled = rows.x.clone();
    let deviation: Vec<f64> = hyper.variance.iter().map(|v| v.sqrt()).collect();
    for row in scaled.chunks_exact_mut(d) {
        row.iter_mut().zip(&deviation).for_each(|(x, s)| *x *= s);
    }
    let gram = matrix::outer_gram(&scaled, n, d);
    let Some((alpha, steps)) = mode(&rows, hyper, &gram, start) else {
        return Ok(None);
    };
    let pulled = matrix::transposed_times(&rows.x, d, &alpha);
    let mode: Vec<f64> = (0..d)
        .map(|k| hyper.center[k] + hyper.variance[k] * pulled[k])
        .collect();
    let margins = rows.margins(&mode, hyper.beta);
    let (slope, curve) = rows.derivatives(&margins);
    let Some(factor) = system(&gram, &curve) else {
        return Ok(None);
    };
    let loss = rows.loss(&margins);
    let quadratic = dot(&pulled, &products(&hyper.variance, &pulled));
    let value = -loss - 0.5 * (quadratic + factor.log_det());
    // Z, column by column of what the rows are.
    let mut z = vec![0.0; n * d];
    for (r, row) in rows.x.chunks_exact(d).enumerate() {
        let root = curve[r].sqrt();
        for (k, x) in row.iter().enumerate() {
            z[k * n + r] = root * x;
        }
    }
    factor.solve_lower_each(&mut z);
    let posterior = Posterior::Rows {
        z: (0..n * d).map(|at| z[at % d * n + at / d]).collect(),
        variance: hyper.variance.clone(),
    };
    let variance = |j: usize| hyper.variance[j];
    let known = posterior.known(d);
    // Half the derivative of log det B along (φ, β).
    let inverse = factor.inverse();
    let bent: Vec<f64> = (0..n)
        .map(|r| -0.5 * (0.5 * margins[r]).tanh() * (1.0 - inverse[r * n + r]))
        .collect();
    let bend = matrix::transposed_times(&rows.x, d, &bent);
    let moved = posterior.covariance_times(&bend);
    let shift: Vec<f64> = moved.iter().map(|s| -s).collect();
    let offsets = products(&curve, &rows.offset);
    let mixed = matrix::transposed_times(&rows.x, d, &offsets);
    let away: Vec<f64> = products(&hyper.variance, &pulled);
    let mean: Vec<f64> = mode.iter().zip(&shift).map(|(x, s)| x + s).collect();
    Ok(Some(Moments {
        value,
        excess: (0..d)
            .map(|k| {
                let shrunk = variance(k).powi(2) * known[k];
                away[k] * away[k] + 2.0 * shift[k] * away[k] - shrunk
            })
            .collect(),
        slope: dot(&slope, &rows.offset) - dot(&bent, &rows.offset) - dot(&shift, &mixed),
        spread: (0..d)
            .map(|k| variance(k) - variance(k).powi(2) * known[k])
            .collect(),
        log_likelihood: -rows.loss(&rows.margins(&mean, hyper.beta)),
        curvature: dot(&offsets, &rows.offset),
        mode,
        mean,
        posterior,
        mixed,
        steps,
    }))
}

/// The `α` of the mode, and the steps that it took.
fn mode(rows: &DenseRows, hyper: &Hyper, gram: &[f64], start: &[f64]) -> Option<(Vec<f64>, f64)> {
    let weight: f64 = rows.weight.iter().sum();
    let origin = rows.margins(&hyper.center, hyper.beta);
    // At a mode α is the slopes.
    let (mut alpha, _) = rows.derivatives(&rows.margins(start, hyper.beta));
    let mut moved = matrix::times(gram, &alpha);
    let added =
        |moved: &[f64]| -> Vec<f64> { origin.iter().zip(moved).map(|(o, g)| o + g).collect() };
    let mut margins = added(&moved);
    let mut value = rows.loss(&margins) + 0.5 * dot(&alpha, &moved);
    for step_number in 1..=PATIENCE {
        let (slope, curve) = rows.derivatives(&margins);
        let rest: Vec<f64> = slope.iter().zip(&alpha).map(|(s, a)| s - a).collect();
        let roots: Vec<f64> = curve.iter().map(|c| c.sqrt()).collect();
        let mut held = products(&roots, &matrix::times(gram, &rest));
        system(gram, &curve)?.solve(&mut held);
        let step: Vec<f64> = (0..rest.len())
            .map(|r| rest[r] - roots[r] * held[r])
            .collect();
        let change = matrix::times(gram, &step);
        let gain = dot(&rest, &change);
        if !gain.is_finite() {
            return None;
        }
        let length = gain.max(0.0) / weight;
        let mut share = 1.0;
        loop {
            let next: Vec<f64> = alpha
                .iter()
                .zip(&step)
                .map(|(a, s)| a + share * s)
                .collect();
            let there: Vec<f64> = moved
                .iter()
                .zip(&change)
                .map(|(m, c)| m + share * c)
                .collect();
            let at = added(&there);
            let found = rows.loss(&at) + 0.5 * dot(&next, &there);
            // Near the mode values no longer tell, and a full step is right.
            let falls = found <= value - 1e-4 * share * gain + 1e-13 * value.abs();
            if falls || length < 1e-14 {
                (alpha, moved, margins, value) = (next, there, at, found);
                break;
            }
            share *= 0.5;
            if share < 1e-12 {
                return None;
            }
        }
        if length <= DONE {
            return Some((alpha, step_number as f64));
        }
    }
    None
}

/// The factor of `I + C^½ G C^½`.
fn system(gram: &[f64], curve: &[f64]) -> Option<Cholesky> {
    let n = curve.len();
    let roots: Vec<f64> = curve.iter().map(|c| c.sqrt()).collect();
    let mut system: Vec<f64> = (0..n * n)
        .map(|at| roots[at / n] * gram[at] * roots[at % n])
        .collect();
    for r in 0..n {
        system[r * n + r] += 1.0;
    }
    Cholesky::new(&system, n)
}

fn products(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Builder, Preference, Storage, Ties};
    use crate::hierarchy::moments::primal;
    use crate::hierarchy::posterior::{Known, Unknown, Variances};
    use crate::hierarchy::scatter::Scatter;

    #[test]
    fn matrices_of_the_rows_say_what_those_of_the_coordinates_say() {
        let number = |k: usize| ((k as f64 * 12.9898).sin() * 43_758.545_3).fract() * 1.5;
        for (d, n, scale) in [(15, 1, 1.0), (20, 12, 0.3), (40, 39, 3.0)] {
            let mut builder = Builder::new(d, Storage::Double, Ties::Half).unwrap();
            for r in 0..n {
                let a: Vec<f64> = (0..d).map(|k| scale * number(2 * (r * d + k))).collect();
                let b: Vec<f64> = (0..d)
                    .map(|k| scale * number(2 * (r * d + k) + 1))
                    .collect();
                let label = [Preference::A, Preference::B][r % 2];
                let weight = 0.5 + (r % 3) as f64;
                builder.push(&a, &b, label, weight, None, 1).unwrap();
            }
            let data = builder.finish();
            let hyper = Hyper {
                center: (0..d).map(|k| 0.3 * (k as f64).sin()).collect(),
                // One coordinate is at the floor of the search.
                variance: (0..d)
                    .map(|k| {
                        if k == 3 {
                            1e-9
                        } else {
                            0.1 + 0.2 * (k % 4) as f64
                        }
                    })
                    .collect(),
                beta: 0.4,
            };
            let start = vec![0.1; d];
            let rows = moments(&data, &hyper, &start).unwrap().unwrap();
            let coordinates = primal(&data, &hyper, &start, None).unwrap();
            let close = |a: &[f64], b: &[f64], what: &str| {
                assert_eq!(a.len(), b.len());
                let size = big_numeric::norm(b).max(1e-9);
                let off = big_numeric::distance(a, b) / size;
                // What the coordinates leave of the smallest variance.
                let off = if what == "information" {
                    0.1 * off
                } else {
                    off
                };
                assert!(off <= 1e-7, "{what} of {n} rows: {off:e}");
            };
            close(&rows.mode, &coordinates.mode, "mode");
            close(&rows.mean, &coordinates.mean, "mean");
            close(&rows.excess, &coordinates.excess, "excess");
            close(&rows.spread, &coordinates.spread, "spread");
            let images = |m: &Moments| -> Vec<f64> {
                let unit = |k: usize| -> Vec<f64> {
                    (0..d).map(|j| f64::from(u8::from(j == k))).collect()
                };
                (0..d)
                    .flat_map(|k| m.posterior.covariance_times(&unit(k)))
                    .collect()
            };
            close(&images(&rows), &images(&coordinates), "covariance");
            close(&rows.mixed, &coordinates.mixed, "mixed");
            let numbers = |m: &Moments| [m.value, m.slope, m.curvature, m.log_likelihood];
            for (a, b) in numbers(&rows).iter().zip(numbers(&coordinates)) {
                assert!((a - b).abs() <= 1e-8 * (1.0 + b.abs()), "{a} {b}");
            }
            // What is not known of the population widens both alike.
            let size = d + 1;
            let root: Vec<f64> = (0..size * size).map(number).collect();
            let covariance = matrix::outer_gram(&root, size, size);
            let own: Vec<f64> = (0..d * d).map(number).collect();
            let unknown = Unknown::new(
                &covariance,
                true,
                Variances::Each(matrix::outer_gram(&own, d, d)),
                d,
            );
            let along: Vec<f64> = (0..d).map(number).collect();
            let Posterior::Rows { z, variance } = &rows.posterior else {
                panic!("there are fewer rows than coordinates");
            };
            let away: Vec<f64> = (0..d)
                .map(|k| (rows.mode[k] - hyper.center[k]) / hyper.variance[k])
                .collect();
            let few = unknown.spread(z, variance, &along, &away);
            let Posterior::Matrices { laplace, .. } = &coordinates.posterior else {
                panic!("by matrices");
            };
            let mut whole = vec![0.0; d];
            for j in 0..d {
                let by = |k: usize| laplace[j * d + k] / variance[k];
                let mut first: Vec<f64> = (0..d).map(by).collect();
                first.push(along[j]);
                let second: Vec<f64> = (0..d).map(|k| by(k) * away[k]).collect();
                whole[j] = big_numeric::dot(&first, &matrix::times(&covariance, &first));
                let spread = matrix::times(&matrix::outer_gram(&own, d, d), &second);
                whole[j] += big_numeric::dot(&second, &spread);
            }
            close(&few, &whole, "spread");
            let known = |m: Moments| {
                let mut sums = Known::new(d, &Scatter::Each);
                let one = Scatter::Common((0..d).map(|k| 0.5 + (k % 3) as f64).collect());
                let mut common = Known::new(d, &one);
                common.add(std::slice::from_ref(&m));
                sums.add(&[m]);
                sums.finish();
                common.finish();
                // The one of all is what those of each say together.
                let shape = one.variances(&[1.0]);
                let whole = big_numeric::dot(&shape, &matrix::times(&sums.variances, &shape));
                assert!((common.variances[0] - whole).abs() <= 1e-9 * whole);
                assert_eq!(common.centre, sums.centre);
                [sums.centre, sums.variances]
            };
            let [by_rows, squares] = known(rows);
            let [by_coordinates, other] = known(coordinates);
            close(&by_rows, &by_coordinates, "information");
            close(&squares, &other, "information");
            let product = by_rows[d] * by_rows[d];
            assert!((squares[d] - 0.5 * product).abs() <= 1e-12 * (1.0 + product));
        }
    }
}
