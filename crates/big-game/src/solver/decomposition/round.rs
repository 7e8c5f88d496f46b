//! The smooth part: balls and ellipsoids, whose support functions are norms.
//!
//! With `x = c + F u`, `‖u‖ ≤ 1`, the support function is `h(g) = ⟨c, g⟩ + ‖Fᵀ g‖`: smooth but for its kink
//! at `Fᵀ g = 0`, where the influencer has what it wants (a winner).

use big_numeric::norm;

use super::gram::{add_gram, add_product};
use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::weight::Weight;

/// A ball or an ellipsoid with its influencer.
pub(super) struct Round<'a> {
    /// Index among the members of the problem.
    pub(super) member: usize,
    influencer: usize,
    center: &'a [f64],
    shape: Shape<'a>,
}

enum Shape<'a> {
    Ball(f64),
    /// Lower triangular factor, by rows.
    Ellipsoid(&'a [f64]),
}

impl<'a> Round<'a> {
    /// `None` if influencer `i`'s set is a polytope (on a line every set is one) or a single point.
    pub(super) fn of(game: &'a Game, member: usize, influencer: usize) -> Option<Self> {
        if game.space(influencer).dim() == 1 {
            return None;
        }
        let (center, shape) = match game.space(influencer) {
            ActionSpace::Ball(ball) if ball.radius() > 0.0 => {
                (ball.center(), Shape::Ball(ball.radius()))
            }
            ActionSpace::Ellipsoid(set) => (set.center(), Shape::Ellipsoid(set.factor())),
            _ => return None,
        };
        Some(Self {
            member,
            influencer,
            center,
            shape,
        })
    }

    /// `s = Fᵀ Wᵀ (t − y)`: its length is the smooth term, zero at the kink.
    pub(super) fn stretch(&self, game: &Game, y: &[f64]) -> Vec<f64> {
        let gap: Vec<f64> = game
            .target(self.influencer)
            .iter()
            .zip(y)
            .map(|(t, v)| t - v)
            .collect();
        self.pulled_back(game, &gap)
    }

    /// `g ← Fᵀ g`.
    fn unspread_pull(&self, g: &mut [f64]) {
        let m = g.len();
        match self.shape {
            Shape::Ball(radius) => g.iter_mut().for_each(|v| *v *= radius),
            Shape::Ellipsoid(f) => {
                for j in 0..m {
                    g[j] = (j..m).map(|i| f[i * m + j] * g[i]).sum();
                }
            }
        }
    }

    /// The size of the numbers whose difference the stretch is.
    pub(super) fn unit_of_stretch(&self, game: &Game) -> f64 {
        let spread = match self.shape {
            Shape::Ball(radius) => radius,
            Shape::Ellipsoid(f) => norm(f),
        };
        let size = norm(game.target(self.influencer)) + game.unit();
        spread * game.weight(self.influencer).norm_bound() * size
    }

    /// Has the kink to be at the target itself?
    pub(super) fn is_scalar(&self, game: &Game) -> bool {
        matches!(game.weight(self.influencer), Weight::Scalar(_))
    }

    /// Where the influencer wants the receiver.
    pub(super) fn target(&self, game: &'a Game) -> &'a [f64] {
        game.target(self.influencer)
    }

    /// `W F u`.
    pub(super) fn image(&self, game: &Game, u: &[f64]) -> Vec<f64> {
        let mut image = vec![0.0; game.dim()];
        game.weight(self.influencer)
            .add_image(&self.spread(u), &mut image);
        image
    }

    /// The columns of `W F`.
    pub(super) fn columns(&self, game: &Game) -> Vec<Vec<f64>> {
        let m = self.center.len();
        let unit = |j: usize| {
            (0..m)
                .map(|k| f64::from(u8::from(j == k)))
                .collect::<Vec<_>>()
        };
        (0..m).map(|j| self.image(game, &unit(j))).collect()
    }

    /// `Fᵀ Wᵀ v`.
    pub(super) fn pulled_back(&self, game: &Game, v: &[f64]) -> Vec<f64> {
        let mut g = vec![0.0; self.center.len()];
        game.weight(self.influencer).pull_back(v, &mut g);
        self.unspread_pull(&mut g);
        g
    }

    /// `F u`.
    fn spread(&self, u: &[f64]) -> Vec<f64> {
        let m = self.center.len();
        match self.shape {
            Shape::Ball(radius) => u.iter().map(|v| v * radius).collect(),
            Shape::Ellipsoid(f) => (0..m)
                .map(|i| (0..=i).map(|j| f[i * m + j] * u[j]).sum())
                .collect(),
        }
    }

    /// The action `c + F u`.
    pub(super) fn write_action(&self, u: &[f64], x: &mut [f64]) {
        for (o, (c, v)) in x.iter_mut().zip(self.center.iter().zip(self.spread(u))) {
            *o = c + v;
        }
    }

    /// `W c`.
    pub(super) fn center_image(&self, game: &Game) -> Vec<f64> {
        let mut image = vec![0.0; game.dim()];
        self.add_center(game, &mut image);
        image
    }

    /// Adds the image of the centre, `W c`.
    pub(super) fn add_center(&self, game: &Game, out: &mut [f64]) {
        game.weight(self.influencer).add_image(self.center, out);
    }

    /// Adds the pull `W F s/θ` to `pull` and the curvature `W F (I − ½ (u sᵀ + s uᵀ)/θ) Fᵀ Wᵀ / θ` to the lower triangle
    /// of `h` and the shares of the squares: with `θ = ‖s‖` and `u = s/θ` they are those of the norm.
    pub(super) fn add_model(
        &self,
        game: &Game,
        (s, theta, u): (&[f64], f64, &[f64]),
        pull: &mut [f64],
        shares: &mut [f64],
        h: &mut [f64],
    ) {
        let unit: Vec<f64> = s.iter().map(|v| v / theta).collect();
        let direction = self.image(game, &unit);
        for (p, v) in pull.iter_mut().zip(&direction) {
            *p += v;
        }
        self.add_square(game, 1.0 / theta, shares, h);
        let carried = self.image(game, u);
        add_product(&direction, &carried, -0.5 / theta, h);
    }

    /// Adds `share · W F Fᵀ Wᵀ`: for a scalar weight to the shares of the squares (see [`Squares`](super::gram::Squares)),
    /// otherwise to the lower triangle of `h`, `O(d² m)`.
    fn add_square(&self, game: &Game, share: f64, shares: &mut [f64], h: &mut [f64]) {
        match game.weight(self.influencer) {
            Weight::Scalar(w) => shares[game.space_index(self.influencer)] += share * w * w,
            Weight::Matrix(w) => match self.shape {
                Shape::Ball(radius) => add_gram(w.entries(), w.cols(), share * radius * radius, h),
                Shape::Ellipsoid(f) => {
                    let m = self.center.len();
                    let mut image = vec![0.0; w.entries().len()];
                    for (out, row) in image.chunks_exact_mut(m).zip(w.entries().chunks_exact(m)) {
                        for (i, &v) in row.iter().enumerate() {
                            for (o, f) in out.iter_mut().zip(&f[i * m..=i * m + i]) {
                                *o += v * f;
                            }
                        }
                    }
                    add_gram(&image, m, share, h);
                }
            },
        }
    }
}
