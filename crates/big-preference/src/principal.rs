//! The directions in which responses scatter most: embeddings of thousands of coordinates as a few.
//!
//! Subspace iteration on the responses' scatter `S = Σ x xᵀ` from random directions that a fixed seed draws, a pass each, with the
//! Rayleigh–Ritz step in between (Halko, Martinsson and Tropp, SIAM Review 53, 2011): no `d × d` matrix is made, unless nearly as many
//! directions are asked for as there are coordinates, where it is `S` and one pass is exact.

use big_numeric::{dot, matrix, norm};

use crate::random::{MOST, Stream};

/// Directions beside those that are asked for, with which these settle sooner.
const SPARE: usize = 8;
/// Passes at most.
const PATIENCE: usize = 12;
/// The passes end when the scatter that the directions hold grows by less than this share of it.
const SETTLED: f64 = 1e-5;
/// Directions with less than this share of the largest scatter hold none: what is left are roundings.
const NOTHING: f64 = 1e-12;

/// Hands all responses to a visitor, by rows, in any pieces.
pub type Pass<'p, E> = dyn FnMut(&mut dyn FnMut(&[f64])) -> Result<(), E> + 'p;

/// Orthonormal directions, that of most scatter first.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// By rows of `d`: as many as were asked for, or fewer where responses scatter in fewer.
    directions: Vec<f64>,
    d: usize,
    share: f64,
}

impl Principal {
    /// The `k` directions of most scatter (`1 ≤ k ≤ d`). `pass` hands over all responses, centred, by rows of `d` in any pieces; it is asked
    /// for them up to twelve times. Each time O(N·d·(k + 8)), in O(d·(k + 8)) memory.
    ///
    /// # Errors
    /// Those of a pass.
    pub fn of<E>(d: usize, k: usize, pass: &mut Pass<'_, E>) -> Result<Self, E> {
        let mut basis = begin((k + SPARE).min(d), d);
        let mut found = Self {
            directions: Vec::new(),
            d,
            share: 0.0,
        };
        for _ in 0..PATIENCE {
            let p = basis.len() / d;
            let mut image = vec![0.0; p * d];
            let mut scatter = 0.0;
            pass(&mut |rows| {
                let n = rows.len() / d;
                // (B X)ᵀ by rows of n, so that its product with the rows is B S.
                let along = matrix::products(&basis, p, rows, n, d);
                let part = matrix::combined(&along, p, rows, n, d);
                image.iter_mut().zip(part).for_each(|(i, v)| *i += v);
                scatter += dot(rows, rows);
            })?;
            let before = found.share;
            found = Self::within(&basis, &image, scatter, k, d);
            if p == d || found.share - before <= SETTLED * found.share {
                break;
            }
            basis = orthonormal(image, d);
        }
        Ok(found)
    }

    /// The best `k` directions in the span of an orthonormal basis `B`, from `B S`.
    fn within(basis: &[f64], image: &[f64], scatter: f64, k: usize, d: usize) -> Self {
        let p = basis.len() / d;
        let mut small = matrix::products(image, p, basis, p, d);
        matrix::mirror(&mut small, p);
        // Where the iteration fails the basis itself is as good a subspace.
        let (values, vectors) = matrix::eigen(&small, p).unwrap_or_else(|| {
            let own = (0..p).map(|j| small[j * (p + 1)]).collect();
            (own, identity(p))
        });
        let largest = values.iter().fold(0.0_f64, |m, v| m.max(*v));
        let mut order: Vec<usize> = (0..p).filter(|&j| values[j] > NOTHING * largest).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        order.truncate(k);
        let chosen: Vec<f64> = order
            .iter()
            .flat_map(|&j| &vectors[j * p..(j + 1) * p])
            .copied()
            .collect();
        let mut directions = matrix::combined(&chosen, order.len(), basis, p, d);
        for direction in directions.chunks_exact_mut(d) {
            // Of a direction and its opposite the one whose first large coordinate is positive (the largest would be a matter of rounding
            // where two are as large, as in two standardised coordinates).
            let largest = direction.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            let first = direction.iter().find(|v| v.abs() > 0.5 * largest);
            if first.is_some_and(|v| *v < 0.0) {
                direction.iter_mut().for_each(|v| *v = -*v);
            }
        }
        let held: f64 = order.iter().map(|&j| values[j]).sum();
        Self {
            directions,
            d,
            share: if scatter > 0.0 {
                (held / scatter).min(1.0)
            } else {
                0.0
            },
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.directions.len() / self.d
    }

    /// The share of the responses' scatter that they hold: between 0 and 1.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Responses by rows of `d` along the directions, by rows of [`count`](Self::count).
    pub fn along(&self, rows: &[f64]) -> Vec<f64> {
        let n = rows.len() / self.d;
        matrix::products(rows, n, &self.directions, self.count(), self.d)
    }
}

/// Where the search begins: all directions, or random ones.
fn begin(p: usize, d: usize) -> Vec<f64> {
    if p == d {
        return identity(d);
    }
    let mut stream = Stream::new(0, 0);
    let mut drawn = vec![0.0; p * d];
    for some in drawn.chunks_mut(MOST) {
        stream.uniform(-1.0, 1.0, some);
    }
    orthonormal(drawn, d)
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|at| f64::from(at % n == at / n)).collect()
}

/// An orthonormal basis of the span of some rows: Gram and Schmidt, twice. A row that the others span is left out.
fn orthonormal(mut rows: Vec<f64>, d: usize) -> Vec<f64> {
    let mut made: Vec<f64> = Vec::with_capacity(rows.len());
    for row in rows.chunks_exact_mut(d) {
        let length = norm(row);
        for _ in 0..2 {
            for other in made.chunks_exact(d) {
                let along = dot(row, other);
                row.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
            }
        }
        let left = norm(row);
        if left > 1e-10 * length {
            made.extend(row.iter().map(|v| v / left));
        }
    }
    made
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // in tests a panic is the report
mod tests {
    use super::*;

    /// `n` responses in `d` coordinates whose scatter halves from direction to direction, along axes that are turned.
    fn responses(n: usize, d: usize) -> Vec<f64> {
        let mut stream = Stream::new(7, 1);
        let mut rows = vec![0.0; n * d];
        for some in rows.chunks_mut(MOST) {
            stream.uniform(-1.0, 1.0, some);
        }
        let axes = begin(d - 1, d);
        let scaled: Vec<f64> = axes
            .chunks_exact(d)
            .enumerate()
            .flat_map(|(j, axis)| axis.iter().map(move |v| v * 0.5_f64.powi(j as i32)))
            .collect();
        let coefficients: Vec<f64> = rows
            .chunks_exact(d)
            .flat_map(|r| r[..d - 1].to_vec())
            .collect();
        matrix::combined(&coefficients, n, &scaled, d - 1, d)
    }

    fn found(rows: &[f64], d: usize, k: usize) -> Principal {
        let mut pass = |visit: &mut dyn FnMut(&[f64])| -> Result<(), ()> {
            rows.chunks(13 * d).for_each(visit);
            Ok(())
        };
        Principal::of(d, k, &mut pass).unwrap()
    }

    #[test]
    fn directions_are_the_eigenvectors_of_the_scatter() {
        for (n, d, k) in [(200, 40, 3), (200, 40, 12), (90, 12, 4), (50, 12, 12)] {
            let rows = responses(n, d);
            let mut whole = vec![0.0; d * d];
            for row in rows.chunks_exact(d) {
                for i in 0..d {
                    for j in 0..d {
                        whole[i * d + j] += row[i] * row[j];
                    }
                }
            }
            let (values, _) = matrix::eigen(&whole, d).unwrap();
            let trace: f64 = values.iter().sum();
            let most: f64 = values.iter().rev().take(k).sum();
            let principal = found(&rows, d, k);
            assert!((principal.share() - most / trace).abs() < 1e-4, "{d} {k}");
            // All of one length and at right angles.
            let gram = matrix::outer_gram(&principal.directions, principal.count(), d);
            for (at, v) in gram.iter().enumerate() {
                let n = principal.count();
                assert!((v - f64::from(at % n == at / n)).abs() < 1e-12);
            }
            // What responses have along them scatters by what is told.
            let along = principal.along(&rows);
            assert!((dot(&along, &along) / trace - principal.share()).abs() < 1e-10);
        }
    }

    #[test]
    fn there_are_no_more_directions_than_responses_scatter_in() {
        let d = 30;
        let rows: Vec<f64> = (0..20 * d)
            .map(|at| f64::from((at / d) as u32) * (at % d) as f64)
            .collect();
        let principal = found(&rows, d, 5);
        assert_eq!(principal.count(), 1);
        assert!((principal.share() - 1.0).abs() < 1e-12);
        assert_eq!(found(&vec![0.0; 4 * d], d, 3).count(), 0);
    }
}
