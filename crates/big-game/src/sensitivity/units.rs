//! Derivatives in other units: what decides about ties calculates to absolute errors.

use big_numeric::times_power_of_two;

use super::{Derivative, Sensitivity, sensitivity, value};
use crate::equilibrium::{Equilibrium, FreeInfluencer};
use crate::game::{Frame, Game, Rescaled};

/// Games of a size between `2^-8` and `2^8` are left as they are.
const COMFORTABLE: i32 = 8;

/// The derivatives by those of the game in units of a power of two near its scale: those in targets and background are the same, those in weights are
/// lengths. `None` where the units are comfortable, or the game has more than its influencers.
pub(super) fn in_good_units(game: &Game, equilibrium: &Equilibrium) -> Option<Sensitivity> {
    if game.scale() == 0.0 || game.has_lying_costs() || !game.coalitions().is_empty() {
        return None;
    }
    // The exponent of a double is at most 1074 in size.
    let power = game.scale().log2().floor() as i32;
    if power.abs() <= COMFORTABLE {
        return None;
    }
    let everybody: Vec<Rescaled> = (0..game.influencers())
        .map(|influencer| Rescaled {
            influencer,
            exponent: 0,
        })
        .collect();
    let frame = Frame {
        origin: None,
        others: None,
        scale: game.scale(),
    };
    let there = game.rescaled(power, &everybody, &frame);
    let mut found = sensitivity(&there, &seen(equilibrium, power));
    for (i, one) in found.influencers.iter_mut().enumerate() {
        for slope in [&mut one.weight, &mut one.weight_entries]
            .into_iter()
            .flatten()
        {
            back(slope, power);
        }
        let weight = one.weight.as_ref();
        one.value_of_weight = weight.map(|w| value(game, equilibrium, i, &w.increase));
    }
    Some(found)
}

fn back(slope: &mut Derivative, power: i32) {
    let sides = [Some(&mut slope.increase), slope.decrease.as_mut()];
    for v in sides.into_iter().flatten().flatten() {
        *v = times_power_of_two(*v, power);
    }
}

/// The equilibrium in units of `2^power`.
fn seen(equilibrium: &Equilibrium, power: i32) -> Equilibrium {
    let by = |v: &f64| times_power_of_two(*v, -power);
    let all = |values: &[f64]| values.iter().map(by).collect();
    let mut seen = equilibrium.clone();
    seen.receiver = all(&equilibrium.receiver);
    seen.actions
        .values_mut()
        .iter_mut()
        .for_each(|v| *v = by(v));
    seen.free = (equilibrium.free.iter())
        .map(|free| FreeInfluencer {
            influencer: free.influencer,
            lower: all(&free.lower),
            upper: all(&free.upper),
        })
        .collect();
    let bound = &mut seen.certificate.receiver_error_bound;
    *bound = by(bound);
    seen
}
