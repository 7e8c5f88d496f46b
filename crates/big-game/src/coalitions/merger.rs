//! Members who play on as one.

use super::{Joint, Standing};
use crate::game::Game;
use crate::potential::receiver;
use crate::solver::locate;

/// The game in which some play as one, with these shares, at its equilibrium, and what that changes for them. `None` where it
/// could not be solved.
pub(super) fn merged(at: &Standing<'_>, members: &[usize], shares: &[f64]) -> Option<Joint> {
    let game: Game = at.game.as_one(members, shares);
    let found = locate(&game)
        .ok()
        .filter(|found| found.certificate.holds())?;
    let r = receiver(at.game, &found.actions);
    let action = |&i: &usize| found.actions.action(i).to_vec();
    let actions = members.iter().map(action).collect();
    let mut joint = at.joint(members, actions, r);
    // What the error of its position may account for is no gain.
    let error = found.certificate.receiver_error_bound;
    for (gain, &i) in joint.gains.iter_mut().zip(members) {
        if gain.abs() <= at.noise(i, error) {
            *gain = 0.0;
        }
    }
    Some(joint)
}
