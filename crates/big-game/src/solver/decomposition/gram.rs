//! `A Aᵀ` for the curvature of round sets.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;

/// Up to this many numbers a product is written by hand.
const BY_HAND: usize = 256;

/// Adds `share · A Aᵀ` to the lower triangle of `h` (`d × d` by rows), `A` of `d` rows of `m` numbers. On one thread, so
/// that the bits are always the same.
pub(super) fn add_gram(a: &[f64], m: usize, share: f64, h: &mut [f64]) {
    let d = a.len().checked_div(m).unwrap_or(0);
    if a.len() <= BY_HAND {
        for (i, row) in a.chunks_exact(m).enumerate() {
            for (j, other) in a.chunks_exact(m).enumerate().take(i + 1) {
                let product: f64 = row.iter().zip(other).map(|(x, y)| x * y).sum();
                h[i * d + j] += share * product;
            }
        }
        return;
    }
    let a = MatRef::from_row_major_slice(a, d, m);
    triangular::matmul(
        MatMut::from_row_major_slice_mut(h, d, d),
        BlockStructure::TriangularLower,
        Accum::Add,
        a,
        BlockStructure::Rectangular,
        a.transpose(),
        BlockStructure::Rectangular,
        share,
        Par::Seq,
    );
}

/// Adds `share · (v wᵀ + w vᵀ)` to the lower triangle of `h`.
pub(super) fn add_product(v: &[f64], w: &[f64], share: f64, h: &mut [f64]) {
    let d = v.len();
    for i in 0..d {
        let (a, b) = (share * v[i], share * w[i]);
        for ((h, v), w) in h[i * d..=i * d + i].iter_mut().zip(v).zip(w) {
            *h += a * w + b * v;
        }
    }
}

/// What the influencers with scalar weights add to the curvature, by distinct set: their shares of `F Fᵀ` are added up
/// before it is, and it is computed once.
pub(super) struct Squares {
    /// `F Fᵀ` of each ellipsoid that such an influencer has, the lower triangle by rows; empty for all other sets.
    of: Vec<Vec<f64>>,
}

impl Squares {
    /// With the sets of these influencers. `O(m³)` a distinct ellipsoid.
    pub(super) fn new(game: &Game, influencers: impl Iterator<Item = usize>) -> Self {
        let mut of = vec![Vec::new(); game.spaces().len()];
        for i in influencers {
            let space = game.space_index(i);
            if let ActionSpace::Ellipsoid(set) = game.space(i)
                && of[space].is_empty()
            {
                let m = set.dim();
                let mut square = vec![0.0; m * m];
                add_gram(set.factor(), m, 1.0, &mut square);
                of[space] = square;
            }
        }
        Self { of }
    }

    /// Room for a new sum.
    pub(super) fn shares(&self) -> Vec<f64> {
        vec![0.0; self.of.len()]
    }

    /// Adds `Σ share · F Fᵀ` over the distinct sets to the lower triangle of `h`.
    pub(super) fn add(&self, game: &Game, shares: &[f64], h: &mut [f64]) {
        let d = game.dim();
        for (s, &share) in shares
            .iter()
            .enumerate()
            .filter(|(_, share)| **share != 0.0)
        {
            match &game.spaces()[s] {
                ActionSpace::Ball(ball) => {
                    let square = ball.radius() * ball.radius();
                    (0..d).for_each(|k| h[k * d + k] += share * square);
                }
                _ => {
                    for (h, square) in h.iter_mut().zip(&self.of[s]) {
                        *h += share * square;
                    }
                }
            }
        }
    }
}
