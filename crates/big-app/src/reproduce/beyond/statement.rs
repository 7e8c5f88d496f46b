//! A statement, and how it is tried.

use big_answer::reproduce::Claim;
use big_answer::words::{count, error};
use big_game::Game;
use big_game::potential::receiver;
use big_game::profile::Profile;

use super::super::random::{Dice, trials};

/// Random games for each statement.
pub(super) const TRIALS: u64 = 500;
/// Errors up to this are rounding: all games have numbers of about 1.
const ROUNDING: f64 = 1e-9;

/// A statement in words.
pub(super) struct Statement {
    pub(super) source: &'static str,
    pub(super) claim: &'static str,
    pub(super) known: &'static str,
}

impl Statement {
    /// Tried on random games, each of which says by how much it misses the statement (at most 0 where it does not), or
    /// nothing where it could not be tried.
    pub(super) fn tried(&self, seed: u64, miss: impl Fn(&mut Dice) -> Option<f64> + Sync) -> Claim {
        let found = trials(seed, TRIALS, miss);
        let tried: Vec<f64> = found.into_iter().flatten().collect();
        let worst = tried.iter().fold(0.0_f64, |most, m| most.max(*m));
        let good = tried.iter().filter(|m| **m <= ROUNDING).count();
        let games = count(tried.len(), "random game");
        self.seen(
            format!(
                "in {good} of {games}; it is missed by at most {}",
                error(worst)
            ),
            good as u64 == TRIALS,
        )
    }

    /// With what was seen.
    pub(super) fn seen(&self, ours: String, holds: bool) -> Claim {
        Claim::new(self.source, self.claim, self.known, ours, holds)
    }
}

/// By how much the best of some deviations of `i` lowers its loss, which is a function of where the receiver is.
fn gained(
    dice: &mut Dice,
    game: &Game,
    actions: &Profile,
    i: usize,
    loss: &dyn Fn(&[f64]) -> f64,
) -> f64 {
    let now = loss(&receiver(game, actions));
    let mut moved = actions.clone();
    let mut most = f64::NEG_INFINITY;
    for _ in 0..12 {
        // Near and far: a part of the way to somewhere else.
        let share = dice.share().powi(3);
        let other = dice.profile(game);
        let path = actions.action(i).iter().zip(other.action(i));
        let there: Vec<f64> = path.map(|(x, o)| x + share * (o - x)).collect();
        moved.action_mut(i).copy_from_slice(&there);
        most = most.max(now - loss(&receiver(game, &moved)));
    }
    most
}

/// The same of everybody.
pub(super) fn regret(
    dice: &mut Dice,
    game: &Game,
    actions: &Profile,
    loss: &dyn Fn(usize, &[f64]) -> f64,
) -> f64 {
    let each = 0..game.influencers();
    each.map(|i| gained(dice, game, actions, i, &|r| loss(i, r)))
        .fold(f64::NEG_INFINITY, f64::max)
}
