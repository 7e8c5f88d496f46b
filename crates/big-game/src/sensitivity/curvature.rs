//! The curvature that round sets give the dual: second derivatives of their support functions.

use big_numeric::{dot, norm};

use crate::action_space::ActionSpace;
use crate::game::Game;

/// The columns of `W ∇²h(g)` (`m` of length `d`); `None` for polytopes, and where the pull vanishes.
pub(super) fn bend(game: &Game, i: usize, g: &[f64]) -> Option<Vec<Vec<f64>>> {
    let Spread { rows, q, length } = Spread::of(game.space(i), g)?;
    let m = g.len();
    let columns = (0..m).map(|l| {
        // ∇²h e_l = F (f − q ⟨q, f⟩) / ‖Fᵀ g‖, f the row l of F.
        let share = dot(&q, &rows[l]);
        let f: Vec<f64> = rows[l].iter().zip(&q).map(|(f, q)| f - share * q).collect();
        let column: Vec<f64> = rows.iter().map(|row| dot(row, &f) / length).collect();
        let mut image = vec![0.0; game.dim()];
        game.weight(i).add_image(&column, &mut image);
        image
    });
    Some(columns.collect())
}

/// A round set at a pull: `{c + F u : ‖u‖ ≤ 1}`, `∇²h = F (I − q qᵀ) Fᵀ / ‖Fᵀ g‖` with `q` the unit vector along `Fᵀ g`.
struct Spread {
    /// The rows of `F`.
    rows: Vec<Vec<f64>>,
    q: Vec<f64>,
    length: f64,
}

impl Spread {
    /// `None` for polytopes, whose support functions are piecewise linear, and where the pull vanishes.
    fn of(space: &ActionSpace, g: &[f64]) -> Option<Self> {
        let m = g.len();
        let rows: Vec<Vec<f64>> = match space {
            ActionSpace::Ball(ball) => (0..m)
                .map(|k| {
                    let mut row = vec![0.0; m];
                    row[k] = ball.radius();
                    row
                })
                .collect(),
            ActionSpace::Ellipsoid(set) => {
                set.factor().chunks_exact(m).map(<[f64]>::to_vec).collect()
            }
            _ => return None,
        };
        let mut q = vec![0.0; m];
        for (row, v) in rows.iter().zip(g) {
            q.iter_mut().zip(row).for_each(|(q, f)| *q += v * f);
        }
        let length = norm(&q);
        if length == 0.0 {
            return None;
        }
        q.iter_mut().for_each(|v| *v /= length);
        Some(Self { rows, q, length })
    }
}

/// `W ∇²h(g) Wᵀ` (`d × d`, symmetric); `None` for polytopes, whose support functions are piecewise linear, and
/// where the pull vanishes.
pub(super) fn curvature(game: &Game, i: usize, g: &[f64]) -> Option<Vec<f64>> {
    let m = g.len();
    let Spread { rows, q, length } = Spread::of(game.space(i), g)?;
    // The images of F's columns with their share along q taken out.
    let d = game.dim();
    let mut block = vec![0.0; d * d];
    let images: Vec<Vec<f64>> = (0..m)
        .map(|j| {
            let column: Vec<f64> = rows
                .iter()
                .map(|row| row[j] - dot(row, &q) * q[j])
                .collect();
            let mut image = vec![0.0; d];
            game.weight(i).add_image(&column, &mut image);
            image
        })
        .collect();
    for image in &images {
        for (k, row) in block.chunks_exact_mut(d).enumerate() {
            row.iter_mut()
                .zip(image)
                .for_each(|(b, v)| *b += image[k] * v / length);
        }
    }
    Some(block)
}
