//! Derivatives at a kink: differences of the game solved anew.

use super::{Derivative, to_rows};
use crate::equilibrium::{Equilibrium, SolutionConcept};
use crate::game::{Change, Game};
use crate::solver::locate;

/// The first of the two steps of a one-sided difference, as a share of the game's scale.
const STEP: f64 = 1e-5;
/// Shares of it that are tried until the two steps agree,
const SHORTER: [f64; 4] = [1.0, 1.0 / 64.0, 1.0 / 1024.0, 1.0 / 16384.0];
/// up to this share.
const AGREE: f64 = 1e-4;
/// What they agree on is confirmed by a step so much shorter, where rounding leaves it one.
const CONFIRMED: f64 = 16.0;
/// A slope that rounding may put off by a larger share than this is not told.
const LOUD: f64 = 1e-2;

/// One-sided derivatives by solving the game anew: exact but for rounding where `r*` is piecewise affine, and to
/// second order of a small step elsewhere. `None` when there are too many, a game cannot be solved, or no step is short
/// enough.
pub(super) fn differences(
    game: &Game,
    equilibrium: &Equilibrium,
    changes: impl IntoIterator<Item = Change>,
    budget: &mut usize,
) -> Option<Derivative> {
    if equilibrium.concept == SolutionConcept::WeaklyDominant {
        // The receiver jumps, or is not determined: there is no derivative.
        return None;
    }
    let d = game.dim();
    // The slope over a step, and how far rounding may put it off.
    let slope = |change: Change, step: f64| -> Option<(Vec<f64>, f64)> {
        let changed = locate(&game.changed(change, step)).ok()?;
        let difference = changed.receiver.iter().zip(&equilibrium.receiver);
        let error =
            equilibrium.certificate.receiver_error_bound + changed.certificate.receiver_error_bound;
        let slope = difference.map(|(a, b)| (a - b) / step).collect();
        let holds = changed.certificate.holds();
        holds.then_some((slope, error / step.abs()))
    };
    let mut one_sided = |change: Change, first: f64| -> Option<Vec<f64>> {
        for share in SHORTER {
            let step = share * first;
            *budget = budget.checked_sub(3)?;
            let (whole, _) = slope(change, step)?;
            let (half, noise) = slope(change, step / 2.0)?;
            let size = |v: &[f64]| v.iter().fold(1.0_f64, |s, v| s.max(v.abs()));
            if noise > LOUD * size(&half) {
                return None;
            }
            // Over a step that crosses a second kink the two differ; over one that crosses two they may not, but then a shorter one does.
            let agree = |a: &[f64], b: &[f64], noise: f64| {
                let near = |a: f64, b: f64| {
                    (a - b).abs() <= AGREE * (1.0 + a.abs().max(b.abs())) + 2.0 * noise
                };
                a.iter().zip(b).all(|(a, b)| near(*a, *b))
            };
            if !agree(&half, &whole, noise) {
                continue;
            }
            let (short, noise) = slope(change, step / CONFIRMED)?;
            if noise > LOUD * size(&half) || agree(&short, &half, noise) {
                return Some(half.iter().zip(&whole).map(|(h, w)| 2.0 * h - w).collect());
            }
        }
        None
    };
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for change in changes {
        let step = STEP
            * match change {
                Change::Weight(_) | Change::WeightEntry(..) => 1.0,
                Change::LyingCost(i) => game.lying_cost(i),
                Change::Bias(_) | Change::Target(..) | Change::OwnTarget(..) => game.unit(),
            };
        up.push(one_sided(change, step)?);
        down.push(one_sided(change, -step)?);
    }
    let (increase, decrease) = (to_rows(d, &up), to_rows(d, &down));
    let same = increase
        .iter()
        .zip(&decrease)
        .all(|(a, b)| (a - b).abs() <= 1e-4 * (1.0 + a.abs().max(b.abs())));
    Some(Derivative {
        decrease: (!same).then_some(decrease),
        increase,
    })
}
