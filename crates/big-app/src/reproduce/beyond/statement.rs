//! A statement, and how it is tried.

use big_answer::reproduce::Claim;
use big_answer::words::{count, error};
use big_game::Game;
use big_game::potential::receiver;
use big_game::profile::Profile;
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};

use super::super::random::{Dice, trials};

/// Random games for each statement.
pub(super) const TRIALS: u64 = 500;
/// Errors up to this are rounding: all games have numbers of about 1.
const ROUNDING: f64 = 1e-9;

/// A game in which everybody has the same set, by weights and targets.
pub(super) fn in_one_space(
    space: SpaceSpec<f64>,
    bias: Vec<f64>,
    influencers: impl IntoIterator<Item = (WeightSpec<f64>, Vec<f64>)>,
) -> GameSpec<f64> {
    let influencer = |(weight, target)| InfluencerSpec {
        name: None,
        weight,
        target,
        space: 0,
        cost: None,
    };
    GameSpec {
        loss: Loss::SquaredEuclidean,
        bias,
        spaces: vec![space],
        influencers: influencers.into_iter().map(influencer).collect(),
        coalitions: Vec::new(),
    }
}

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

/// Everybody of a group part of the way to somewhere else: near and far.
pub(super) fn moved(dice: &mut Dice, game: &Game, actions: &Profile, members: &[usize]) -> Profile {
    let (other, share) = (dice.profile(game), dice.share().powi(3));
    let mut moved = actions.clone();
    for &i in members {
        for (x, o) in moved.action_mut(i).iter_mut().zip(other.action(i)) {
            *x += share * (o - *x);
        }
    }
    moved
}

/// By how much the best of some deviations lowers somebody's loss, a function of who and of what everybody does.
pub(super) fn regret(
    dice: &mut Dice,
    game: &Game,
    actions: &Profile,
    loss: &dyn Fn(usize, &Profile) -> f64,
) -> f64 {
    let mut most = f64::NEG_INFINITY;
    for i in 0..game.influencers() {
        let now = loss(i, actions);
        for _ in 0..12 {
            most = most.max(now - loss(i, &moved(dice, game, actions, &[i])));
        }
    }
    most
}

/// The same where only the receiver's place matters.
pub(super) fn regret_of_place(
    dice: &mut Dice,
    game: &Game,
    actions: &Profile,
    loss: &dyn Fn(usize, &[f64]) -> f64,
) -> f64 {
    regret(dice, game, actions, &|i, x| loss(i, &receiver(game, x)))
}
