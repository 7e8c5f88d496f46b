//! The checker on games of any size: those whose squares vanish as doubles are checked in other units.

use std::ops::Range;

use big_numeric::times_power_of_two;

use super::Certificate;
use super::certify::{self, Proved, distance_to};
use super::{costly, priced, written};
use crate::game::{Frame, Game, Rescaled};
use crate::potential::potential;
use crate::profile::Profile;

/// Games of a size below `2^-300` are checked in other units: the square of a rounding error is then a double still.
const TINY: i32 = -300;
/// Weights beyond `2^±30` give their binary order to the actions.
const COMFORTABLE: i32 = 30;

/// Checks a profile, with the help of a dual point `y` where one is known: any `y` gives a valid proof.
///
/// The gap is taken at `y` and at `r(x)`, whichever proves more. The error of the receiver is bounded by the root
/// of the gap, and, since the dual is strongly convex, by `‖r(x) − y‖ + ‖y − r(x̂(y))‖`, `x̂(y)` the maximisers at `y`.
/// O(n) support functions, and an exact best response for everybody who is not at one for certain: two passes.
///
/// ```
/// use big_game::equilibrium::certify;
/// use big_game::profile::Profile;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let found = Profile::from_actions(&game, [&[-1.0][..], &[0.4]]).unwrap();
/// assert!(certify(&game, &found, None).holds());
/// let other = Profile::from_actions(&game, [&[-0.8][..], &[-0.3]]).unwrap();
/// assert!(!certify(&game, &other, None).holds());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn certify(game: &Game, profile: &Profile, y: Option<&[f64]>) -> Certificate {
    prove(game, profile, y).certificate
}

/// Has everybody's action written, with the proof for them, made on the way where that can be: see
/// [`written::prove_written`].
pub(crate) fn prove_written(
    game: &Game,
    y: &[f64],
    write: &(dyn Fn(Range<usize>, &mut [f64]) + Sync),
) -> (Profile, Proved) {
    if game.has_lying_costs() {
        return priced::prove_written(game, y, write);
    }
    if order(game) >= TINY {
        return written::prove_written(game, y, write);
    }
    let mut profile = Profile::zeros(game);
    write(0..game.influencers(), profile.values_mut());
    let proved = prove(game, &profile, Some(y));
    (profile, proved)
}

/// The certificate with the potential and the receiver.
pub(crate) fn prove(game: &Game, profile: &Profile, y: Option<&[f64]>) -> Proved {
    if game.has_lying_costs() {
        return costly::prove(game, profile, y);
    }
    let power = order(game);
    if power >= TINY {
        return certify::prove(game, profile, y);
    }
    let everybody: Vec<Rescaled> = (0..game.influencers())
        .map(|influencer| {
            let size = game.weight(influencer).norm_bound();
            let order = if size > 0.0 {
                size.log2().floor() as i32
            } else {
                0
            };
            Rescaled {
                influencer,
                exponent: if order.abs() > COMFORTABLE { order } else { 0 },
            }
        })
        .collect();
    let frame = Frame {
        origin: None,
        others: None,
        scale: game.scale(),
    };
    let other = game.rescaled(power, &everybody, &frame);
    let mut actions = profile.clone();
    for of in &everybody {
        for x in actions.action_mut(of.influencer) {
            *x = times_power_of_two(*x, of.exponent - power);
        }
    }
    let y: Option<Vec<f64>> = y.map(|y| y.iter().map(|v| times_power_of_two(*v, -power)).collect());
    let proved = certify::prove(&other, &actions, y.as_deref());
    Proved {
        certificate: in_old_units(&proved.certificate, power, outside(game, profile), game),
        potential: potential(game, profile),
        receiver: proved
            .receiver
            .iter()
            .map(|v| times_power_of_two(*v, power))
            .collect(),
    }
}

/// The binary order of the numbers that the proof multiplies with each other: how far the receiver can be, times how far
/// targets are.
fn order(game: &Game) -> i32 {
    let scale = game.unit().log2();
    let wish = game.targets().iter().fold(0.0_f64, |w, t| w.max(t.abs()));
    let wish = if wish > 0.0 { wish.log2() } else { scale };
    (0.5 * (scale + scale.max(wish))).round() as i32
}

/// The largest distance of an action from its set.
fn outside(game: &Game, profile: &Profile) -> f64 {
    (0..game.influencers()).fold(0.0, |most: f64, i| {
        most.max(distance_to(game, i, profile.action(i)))
    })
}

/// A proof made in units of `2^power`, told in the game's own: what is too small for a double is rounded up, and what
/// did not hold does not hold.
fn in_old_units(checked: &Certificate, power: i32, infeasibility: f64, game: &Game) -> Certificate {
    let up = |v: f64, power: i32| {
        let told = times_power_of_two(v, power);
        if told == 0.0 && v > 0.0 {
            f64::from_bits(1)
        } else {
            told
        }
    };
    let allowed_gap = up(checked.allowed_gap, 2 * power);
    let holds = checked.duality_gap <= checked.allowed_gap;
    let gap = up(checked.duality_gap, 2 * power);
    let agrees = checked.disagreement <= checked.allowed_disagreement;
    let disagreement = up(checked.disagreement, power);
    let allowed_disagreement = up(checked.allowed_disagreement, power);
    Certificate {
        duality_gap: if holds {
            gap
        } else {
            gap.max(allowed_gap.next_up())
        },
        receiver_error_bound: up(checked.receiver_error_bound, power),
        max_regret: up(checked.max_regret, 2 * power),
        infeasibility,
        allowed_gap,
        allowed_infeasibility: certify::allowed_infeasibility(game),
        disagreement: if agrees {
            disagreement
        } else {
            disagreement.max(allowed_disagreement.next_up())
        },
        allowed_disagreement,
        action_error_bound: None,
    }
}
