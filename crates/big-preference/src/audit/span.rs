//! The search for the worst report in as few dimensions as an annotator's rows have.
//!
//! What a report `x` in a ball of centre `c` and radius `R` does is told by `Y (x − p)` alone, for the annotator's rows `Y = T Q`, with `Q` an
//! orthonormal basis of their span. `Q` maps the ball onto that of centre `Q (c − p)` and the same radius, and any `z` in it is the image of
//! `x = c + Qᵀ (z − Q (c − p))`: so the search is over a ball of as many dimensions as `Q` has rows.

use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;

use big_numeric::matrix;

use super::power::{Lever, MANY, farthest_shift, widest};

/// Squares of axes that are shorter, beside the longest, are roundings.
const NOTHING: f64 = 1e-13;

/// A ball as an annotator's rows see it.
pub(super) struct Span {
    /// `Q`, by rows of `d`.
    basis: Vec<f64>,
    /// `T = Y Qᵀ`, by rows.
    reads: Vec<f64>,
    /// The ball in the span.
    spec: SpaceSpec<f64>,
    space: ActionSpace,
    /// Its centre, and that of the ball itself.
    within: Vec<f64>,
    center: Vec<f64>,
}

impl Span {
    /// Of rows of `d` numbers, seen from a point; `None` where the space is no ball, or the dimensions are not more than the rows or few.
    /// O(r²·d + r³) for `r` rows.
    pub(super) fn of(rows: &[f64], spec: &SpaceSpec<f64>, from: &[f64]) -> Option<Self> {
        let SpaceSpec::Ball { center, radius } = spec else {
            return None;
        };
        let d = from.len();
        let r = rows.len() / d;
        if d <= MANY || r == 0 || r >= d {
            return None;
        }
        let (values, vectors) = matrix::eigen(&matrix::outer_gram(rows, r, d), r)?;
        let largest = *values.last()?;
        let kept: Vec<usize> = (0..r)
            .filter(|&k| values[k] > NOTHING * largest && values[k] > 0.0)
            .collect();
        if kept.is_empty() {
            return None;
        }
        let (n, mut axes) = (kept.len(), Vec::new());
        for &k in &kept {
            let root = values[k].sqrt();
            axes.extend(vectors[k * r..(k + 1) * r].iter().map(|v| v / root));
        }
        let basis = matrix::combined(&axes, n, rows, r, d);
        let reads = matrix::products(rows, r, &basis, n, d);
        let away: Vec<f64> = center.iter().zip(from).map(|(c, p)| c - p).collect();
        let within = matrix::times(&basis, &away);
        let spec = SpaceSpec::Ball {
            center: within.clone(),
            radius: *radius,
        };
        Some(Self {
            basis,
            reads,
            space: ActionSpace::new(&spec).ok()?,
            spec,
            within,
            center: center.clone(),
        })
    }

    /// The same lever, of steps in the span.
    fn lever<'a>(&'a self, lever: &Lever<'a>) -> Lever<'a> {
        Lever {
            reads: Some(&self.reads),
            form: lever.form,
            pulled: lever.pulled.clone(),
            square: lever.square,
            d: self.within.len(),
        }
    }

    /// The point of the ball that looks like `z`.
    fn outside(&self, z: &[f64]) -> Vec<f64> {
        let step: Vec<f64> = z.iter().zip(&self.within).map(|(z, w)| z - w).collect();
        let mut out = matrix::transposed_times(&self.basis, self.center.len(), &step);
        out.iter_mut().zip(&self.center).for_each(|(x, c)| *x += c);
        out
    }

    /// [`farthest_shift`] over the ball.
    pub(super) fn farthest_shift(&self, lever: &Lever<'_>, from: &[f64]) -> (f64, Vec<f64>) {
        let origin = vec![0.0; self.within.len()];
        let (_, z) = farthest_shift(&self.space, &self.lever(lever), &origin);
        let x = self.outside(&z);
        let step: Vec<f64> = x.iter().zip(from).map(|(x, f)| x - f).collect();
        (lever.length(&step), x)
    }

    /// [`widest`] over the ball.
    pub(super) fn widest(&self, lever: &Lever<'_>) -> (f64, Vec<f64>, Vec<f64>) {
        let (_, x, y) = widest(&self.space, &self.spec, &self.lever(lever));
        let (x, y) = (self.outside(&x), self.outside(&y));
        let between: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
        (lever.length(&between), x, y)
    }
}
