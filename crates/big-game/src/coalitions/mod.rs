//! Coalitions: who gains by acting together (ours).
//!
//! Two questions about a group at an equilibrium. A *deviation*: the others stay where they are, the members change their
//! actions together, and every one of them gains. A *merger*: the members play on as one, for the sum of their losses, which
//! is a game of this kind again, in which each of them wants the mean of their targets; and at its equilibrium every one of
//! them is better off than before.
//!
//! On a line no deviation exists: who would gain from a higher receiver has its target above it, and pulls up as far as it can
//! already; so every equilibrium is strong. In more dimensions coalitions can pay.
//!
//! Best for all of a group is a matter of weights: the largest smallest gain of its members is the least, over weights `μ`
//! that sum to 1, of what the group gains as one player with these weights. That is a response to a single target, a
//! projection, and for two members a search over one number.

mod merger;
mod pairs;
mod quick;

use std::sync::atomic::{AtomicBool, Ordering};

use big_numeric::parallel;

use crate::equilibrium::{Equilibrium, loss};
use crate::game::Game;
use crate::potential::receiver;
use crate::profile::Profile;
use crate::spec::Loss;
use merger::merged;
use pairs::Together;
use quick::{Decided, Quick, Room};

/// What to look for.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Groups of 2 to so many.
    pub size: usize,
    /// So many of each kind are told, those with the largest smallest gain.
    pub listed: usize,
    /// Asked now and then: false ends the search.
    pub keep_going: &'a (dyn Fn() -> bool + Sync),
}

impl Default for Search<'_> {
    fn default() -> Self {
        Self {
            size: 2,
            listed: 100,
            keep_going: &|| true,
        }
    }
}

/// A group that gains by acting together.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// Who, in increasing order.
    pub members: Vec<usize>,
    /// What each of them saves of loss (and cost, where lies cost): all are positive.
    pub gains: Vec<f64>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// What the members play there.
    pub actions: Vec<Vec<f64>>,
}

/// What coalitions can do at an equilibrium.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coalitions {
    /// Is the equilibrium strong: does no group, of whatever size, have a deviation? True where that is proved (on a line);
    /// false where one was found; `None` where it is not decided.
    pub strong: Option<bool>,
    /// Was every group up to the size looked at, and is everything that was found listed?
    pub complete: bool,
    /// Groups that gain though the others stay, by the smallest gain.
    pub deviations: Vec<Joint>,
    /// How many were found.
    pub deviations_found: usize,
    /// Groups that gain by playing on as one.
    pub mergers: Vec<Joint>,
    /// How many were found.
    pub mergers_found: usize,
    /// What each coalition that the game declares changes for its members, gain or loss, by playing as one with the shares it
    /// declares.
    pub declared: Vec<Joint>,
}

/// At most so many groups are looked at.
const GROUPS: usize = 2_000_000;

/// Looks for groups that gain. Pairs of boxes or balls take microseconds each for a deviation, and one solve of the game for a
/// merger; `None` where the game has the inner-product loss, under which everybody has a dominant action and nothing is said
/// of groups.
///
/// Gains that rounding or the equilibrium's own error could account for are none.
///
/// ```
/// use big_game::coalitions::{Search, coalitions};
/// use big_game::spec::SpaceSpec;
/// use big_game::{Game, solve};
///
/// let game = Game::builder()
///     .space(SpaceSpec::ball(2, 1.0))
///     .influencer(1.0 / 3.0, [2.0, 0.0])
///     .influencer(1.0 / 3.0, [0.0, 2.0])
///     .influencer(1.0 / 3.0, [-2.0, -1.0])
///     .build()?;
/// let found = coalitions(&game, &solve(&game, &Default::default())?, &Search::default()).unwrap();
/// assert_eq!(found.strong, Some(false));
/// assert_eq!(found.mergers[0].members, [0, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn coalitions(
    game: &Game,
    equilibrium: &Equilibrium,
    search: &Search<'_>,
) -> Option<Coalitions> {
    if game.loss() == Loss::InnerProduct {
        return None;
    }
    let mut all = Coalitions {
        complete: true,
        ..Coalitions::default()
    };
    let base = game.alone();
    let at = Standing::of(base, equilibrium);
    for coalition in game.coalitions() {
        if let Some(joint) = merged(&at, &coalition.members, &coalition.shares) {
            all.declared.push(joint);
        } else {
            all.complete = false;
        }
    }
    // Proved for games without costs; an equilibrium that is not certified proves nothing.
    let line = base.dim() == 1 && !base.has_lying_costs() && equilibrium.certificate.holds();
    let ended = AtomicBool::new(false);
    let go_on = || {
        if !ended.load(Ordering::Relaxed) && !(search.keep_going)() {
            ended.store(true, Ordering::Relaxed);
        }
        !ended.load(Ordering::Relaxed)
    };
    let groups = Groups::of(base.influencers(), search.size);
    all.complete &= groups.complete;
    let together = Together::new(&at);
    let quick = Quick::of(&at);
    let d = base.dim();
    // Those who gain, by the first member.
    let one = |first: usize| {
        let (mut deviations, mut mergers) = (Vec::new(), Vec::new());
        let (mut r, mut room) = (vec![0.0; d], Room::new(d));
        groups.from(first, &mut |members| {
            if !go_on() {
                return false;
            }
            let pair = <[usize; 2]>::try_from(members).ok();
            let (deviation, merger) = match (&quick, pair) {
                (Some(quick), Some(pair)) => {
                    let both = if line {
                        None
                    } else {
                        quick.deviation(pair, &mut r)
                    };
                    let found = both.map(|both| {
                        let least = both.gains[0].min(both.gains[1]);
                        (least, vec![both.weight, 1.0 - both.weight])
                    });
                    (found, quick.merger(pair, &mut room))
                }
                _ if line => (None, Decided::Open),
                _ => (together.best(members), Decided::Open),
            };
            deviations
                .extend(deviation.map(|(least, weights)| Found::new(least, members, weights)));
            match merger {
                Decided::No => {}
                Decided::Yes(least) => mergers.push(Found::new(least, members, Vec::new())),
                Decided::Open => match merged(&at, members, &vec![1.0; members.len()]) {
                    Some(joint) if at.all_gain(&joint) => {
                        let least = joint.gains.iter().copied().fold(f64::INFINITY, f64::min);
                        mergers.push(Found::new(least, members, Vec::new()));
                    }
                    Some(_) => {}
                    None => ended.store(true, Ordering::Relaxed),
                },
            }
            true
        });
        (deviations, mergers)
    };
    let parts = parallel::map(0..base.influencers(), one);
    let (mut deviations, mut mergers) = (Vec::new(), Vec::new());
    for (some, others) in parts {
        deviations.extend(some);
        mergers.extend(others);
    }
    all.complete &= !ended.load(Ordering::Relaxed);
    all.deviations_found = deviations.len();
    all.mergers_found = mergers.len();
    // Only those that are told are written out, by exact losses.
    all.deviations = first_of(deviations, search.listed, |found| {
        together.witness(&found.members, &found.weights)
    });
    all.mergers = first_of(mergers, search.listed, |found| {
        merged(&at, &found.members, &vec![1.0; found.members.len()])
    });
    all.complete &= all.deviations.len() == all.deviations_found;
    all.complete &= all.mergers.len() == all.mergers_found;
    all.strong = match all.deviations_found {
        _ if line => Some(true),
        0 => None,
        _ => Some(false),
    };
    Some(all)
}

/// What a group can gain at any profile by a deviation: the joint one at which the member who gains least gains most; `None`
/// where not all of them gain, beyond what rounding may account for. Costs of lying count.
///
/// ```
/// use big_game::coalitions::deviation;
/// use big_game::equilibrium::truthful;
/// use big_game::spec::SpaceSpec;
/// use big_game::Game;
///
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.4, [0.5])
///     .influencer(0.4, [0.6])
///     .influencer(0.2, [-1.0])
///     .build()?;
/// // Honestly 0.24; the first two can have anything up to 0.6, and the first gains less whatever they do.
/// let found = deviation(&game, &truthful(&game), &[0, 1]).unwrap();
/// assert!((found.receiver[0] - 0.5).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deviation(game: &Game, profile: &Profile, members: &[usize]) -> Option<Joint> {
    let game = game.alone();
    let at = Standing::at(game, profile, 0.0, 0.0);
    let together = Together::new(&at);
    let (_, weights) = together.best(members)?;
    together.witness(members, &weights)
}

/// A group that gains, before its actions are written down.
struct Found {
    least: f64,
    members: Vec<usize>,
    weights: Vec<f64>,
}

impl Found {
    fn new(least: f64, members: &[usize], weights: Vec<f64>) -> Self {
        Self {
            least,
            members: members.to_vec(),
            weights,
        }
    }
}

/// Those with the largest smallest gain, written out.
fn first_of(
    mut found: Vec<Found>,
    listed: usize,
    witness: impl Fn(&Found) -> Option<Joint>,
) -> Vec<Joint> {
    let before = |a: &Found, b: &Found| {
        let gain = b.least.total_cmp(&a.least);
        gain.then_with(|| a.members.cmp(&b.members))
    };
    found.sort_unstable_by(before);
    found.truncate(listed);
    found.iter().filter_map(witness).collect()
}

/// How things stand at a profile, which is an equilibrium's unless it is said not to be.
struct Standing<'a> {
    game: &'a Game,
    actions: &'a Profile,
    receiver: Vec<f64>,
    /// Loss and cost of everybody.
    losses: Vec<f64>,
    /// How far the receiver may be off, and what anybody gains alone.
    error: f64,
    regret: f64,
}

impl<'a> Standing<'a> {
    fn of(game: &'a Game, equilibrium: &'a Equilibrium) -> Self {
        let proved = &equilibrium.certificate;
        let (error, regret) = (proved.receiver_error_bound, proved.max_regret);
        Self::at(game, &equilibrium.actions, error, regret)
    }

    fn at(game: &'a Game, actions: &'a Profile, error: f64, regret: f64) -> Self {
        let receiver = receiver(game, actions);
        let bear = |i: usize| {
            let cost = game.cost_of_lying(i, actions.action(i));
            loss(game, i, &receiver) + cost
        };
        Self {
            losses: (0..game.influencers()).map(bear).collect(),
            game,
            actions,
            receiver,
            error,
            regret,
        }
    }

    /// What rounding and the errors of both positions may account for of influencer `i`'s gain; `error` is the other's.
    fn noise(&self, i: usize, error: f64) -> f64 {
        let unit = self.game.unit();
        let away = self.losses[i].sqrt();
        let errors = self.error + error + 32.0 * f64::EPSILON * unit;
        2.0 * self.regret
            + 4.0 * away * errors
            + 4.0 * errors * errors
            + 64.0 * f64::EPSILON * self.losses[i]
    }

    /// Does everybody gain, beyond what rounding may account for?
    fn all_gain(&self, joint: &Joint) -> bool {
        let mut both = joint.members.iter().zip(&joint.gains);
        both.all(|(&i, &gain)| gain > self.noise(i, 0.0))
    }

    /// The group with these actions, the receiver at `r`: gains by exact losses.
    fn joint(&self, members: &[usize], actions: Vec<Vec<f64>>, r: Vec<f64>) -> Joint {
        let gain = |(&i, x): (&usize, &Vec<f64>)| {
            self.losses[i] - loss(self.game, i, &r) - self.game.cost_of_lying(i, x)
        };
        Joint {
            gains: members.iter().zip(&actions).map(gain).collect(),
            members: members.to_vec(),
            receiver: r,
            actions,
        }
    }
}

/// The groups of 2 to `size` of `n` influencers; of too many, only the smaller ones.
struct Groups {
    n: usize,
    size: usize,
    complete: bool,
}

impl Groups {
    fn of(n: usize, size: usize) -> Self {
        let (mut count, mut all) = (n as f64, 0.0);
        let mut largest = 1;
        for k in 2..=size.min(n) {
            count = count * (n + 1 - k) as f64 / k as f64;
            all += count;
            if all > GROUPS as f64 {
                break;
            }
            largest = k;
        }
        Self {
            n,
            size: largest,
            complete: largest == size.min(n) || n < 2,
        }
    }

    /// Every group whose first member is `first`, until one is answered with false.
    fn from(&self, first: usize, then: &mut dyn FnMut(&[usize]) -> bool) {
        let mut members = vec![first];
        while let Some(&last) = members.last() {
            if members.len() < self.size && last + 1 < self.n {
                members.push(last + 1);
            } else {
                // The next of the same size, or of a smaller one.
                loop {
                    let Some(end) = members.pop() else { return };
                    if members.is_empty() {
                        return;
                    }
                    if end + 1 < self.n {
                        members.push(end + 1);
                        break;
                    }
                }
            }
            if members.len() >= 2 && !then(&members) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn every_group_comes_once() {
        for (n, size) in [(1, 2), (2, 2), (5, 2), (5, 3), (6, 6), (4, 9)] {
            let groups = Groups::of(n, size);
            let mut seen = Vec::new();
            for first in 0..n {
                groups.from(first, &mut |members| {
                    seen.push(members.to_vec());
                    true
                });
            }
            let mut expected: Vec<Vec<usize>> = (1_u32..1 << n)
                .map(|set| (0..n).filter(|i| set >> i & 1 == 1).collect::<Vec<_>>())
                .filter(|members| (2..=size).contains(&members.len()))
                .collect();
            seen.sort();
            expected.sort();
            assert_eq!(seen, expected, "{n} {size}");
        }
        assert!(!Groups::of(1000, 3).complete);
        assert!(Groups::of(1000, 2).complete);
    }
}
