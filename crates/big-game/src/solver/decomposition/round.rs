//! The smooth part: balls and ellipsoids, whose support functions are norms.
//!
//! With `x = c + F u`, `‖u‖ ≤ 1`, the support function is `h(g) = ⟨c, g⟩ + ‖Fᵀ g‖`: smooth but for its kink
//! at `Fᵀ g = 0`, where the influencer has what it wants (a winner).

use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::weight::{dot, norm};

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
        let m = self.center.len();
        let gap: Vec<f64> = game
            .target(self.influencer)
            .iter()
            .zip(y)
            .map(|(t, v)| t - v)
            .collect();
        let mut g = vec![0.0; m];
        game.weight(self.influencer).pull_back(&gap, &mut g);
        self.unspread_pull(&mut g);
        g
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

    /// The ways in which the action can move the receiver: `F q` for an orthonormal basis `q` of the row
    /// space of `W F`. An action `c + Σ v_k F q_k` lies in the set iff `‖v‖ ≤ 1`.
    pub(super) fn directions(&self, game: &Game) -> Vec<Vec<f64>> {
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let mut unit = vec![0.0; game.dim()];
        for k in 0..game.dim() {
            unit.fill(0.0);
            unit[k] = 1.0;
            let mut row = vec![0.0; self.center.len()];
            game.weight(self.influencer).pull_back(&unit, &mut row);
            self.unspread_pull(&mut row);
            let length = norm(&row);
            for _ in 0..2 {
                for q in &basis {
                    let share = dot(q, &row);
                    row.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
                }
            }
            let outside = norm(&row);
            if outside > 1e-12 * length {
                row.iter_mut().for_each(|v| *v /= outside);
                basis.push(row);
            }
        }
        basis.iter().map(|q| self.spread(q)).collect()
    }

    /// The size of the numbers whose difference the stretch at `y` is.
    pub(super) fn unit_of_stretch(&self, game: &Game, y: &[f64]) -> f64 {
        let spread = match self.shape {
            Shape::Ball(radius) => radius,
            Shape::Ellipsoid(f) => norm(f),
        };
        let size = norm(game.target(self.influencer)) + norm(y) + game.unit();
        spread * game.weight(self.influencer).norm_bound() * size
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

    /// The action `c + F s/‖s‖`, the maximiser for the stretch `s`; the centre at the kink.
    pub(super) fn write_action(&self, s: &[f64], x: &mut [f64]) {
        let length = norm(s);
        x.copy_from_slice(self.center);
        if length > 0.0 {
            let u: Vec<f64> = s.iter().map(|v| v / length).collect();
            for (o, v) in x.iter_mut().zip(self.spread(&u)) {
                *o += v;
            }
        }
    }

    /// The action `c + v`, where `v` is `depth` times as long as the boundary is far: brought back to the
    /// boundary where that is more than 1.
    pub(super) fn write_offset(&self, v: &[f64], depth: f64, x: &mut [f64]) {
        let over = depth.max(1.0);
        for ((o, c), v) in x.iter_mut().zip(self.center).zip(v) {
            *o = c + v / over;
        }
    }

    /// Adds the image of the centre, `W c`.
    pub(super) fn add_center(&self, game: &Game, out: &mut [f64]) {
        game.weight(self.influencer).add_image(self.center, out);
    }

    /// Adds the pull `W F u`, `u = s/‖s‖`, to `pull` and the curvature `W F (I − u uᵀ) Fᵀ Wᵀ / ‖s‖` to the
    /// lower triangle of `h`.
    pub(super) fn add_model(&self, game: &Game, s: &[f64], pull: &mut [f64], h: &mut [f64]) {
        let d = game.dim();
        let length = norm(s);
        if length == 0.0 {
            return;
        }
        let u: Vec<f64> = s.iter().map(|v| v / length).collect();
        let weight = game.weight(self.influencer);
        let mut direction = vec![0.0; d];
        weight.add_image(&self.spread(&u), &mut direction);
        for (p, v) in pull.iter_mut().zip(&direction) {
            *p += v;
        }
        self.add_square(game, 1.0 / length, h);
        add_outer(&direction, -1.0 / length, h);
    }

    /// Adds `share · W F Fᵀ Wᵀ` to the lower triangle of `h`.
    pub(super) fn add_square(&self, game: &Game, share: f64, h: &mut [f64]) {
        let m = self.center.len();
        let mut unit = vec![0.0; m];
        let mut column = vec![0.0; game.dim()];
        for c in 0..m {
            unit.fill(0.0);
            unit[c] = 1.0;
            column.fill(0.0);
            game.weight(self.influencer)
                .add_image(&self.spread(&unit), &mut column);
            add_outer(&column, share, h);
        }
    }
}

/// Adds `share · v vᵀ` to the lower triangle of `h`.
fn add_outer(v: &[f64], share: f64, h: &mut [f64]) {
    let d = v.len();
    for i in 0..d {
        let a = share * v[i];
        if a != 0.0 {
            for j in 0..=i {
                h[i * d + j] += a * v[j];
            }
        }
    }
}
