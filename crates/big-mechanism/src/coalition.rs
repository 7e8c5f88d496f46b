//! What two voters gain by lying together while all others are honest.

use big_game::SolveError;
use big_game::coalitions::deviation;
use big_game::equilibrium::truthful;

use crate::attack::{bear, best_lie, honest, outcomes};
use crate::known;
use crate::poll::Poll;
use crate::rule::Rule;

/// Pairs are looked for among so many who can do most; of the mean, whose best joint lies are projections, among so many.
const AMONG: usize = 8;
const AMONG_OF_MEAN: usize = 64;

/// The most that two gain together at the truthful profile: what the one who gains less gains.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoalitionGain {
    /// What the best joint lie that was found gains the one who gains less; 0 where none was found.
    pub found: f64,
    /// No pair gains more than this each.
    pub bound: f64,
    /// Who; empty where none was found.
    pub members: Vec<usize>,
    /// What each of them gains.
    pub gains: Vec<f64>,
    /// What each of them says.
    pub reports: Vec<Vec<f64>>,
}

/// Looks for the best joint lie. Where no group gains (see [`known::is_groupproof`]) the bound is 0; elsewhere nobody gains more than
/// it bears, so that no pair gains more each than the second most that anybody bears.
pub(crate) fn coalition_gain(poll: &Poll, rule: Rule) -> Result<CoalitionGain, SolveError> {
    if known::is_groupproof(poll, rule) {
        return Ok(CoalitionGain::default());
    }
    let reports = honest(poll, rule);
    let everybody: Vec<usize> = (0..poll.voters()).collect();
    let borne = bear(poll, rule, &everybody, &reports)?;
    let mut sorted = borne.clone();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut gain = CoalitionGain {
        bound: sorted.get(1).copied().unwrap_or(0.0),
        ..CoalitionGain::default()
    };
    let strong = known::strongest(poll, &rule.outcome(poll, &reports)?);
    if rule == Rule::WeightedMean {
        let game = poll.game().with_weights(poll.weights().to_vec());
        let profile = truthful(&game);
        for (i, j) in pairs(&strong, AMONG_OF_MEAN) {
            if let Some(joint) = deviation(&game, &profile, &[i, j]) {
                gain.take(&joint.members, joint.gains, joint.actions);
            }
        }
        return Ok(gain);
    }
    let each = outcomes(poll.dim(), 2) * known::cost(poll, rule);
    let fit = known::WORK / each.max(1);
    // n (n − 1) / 2 pairs.
    let among = (0..=AMONG)
        .rev()
        .find(|n| n * n.saturating_sub(1) / 2 <= fit.max(1));
    for (i, j) in pairs(&strong, among.unwrap_or(2)) {
        if let Some(lie) = best_lie(poll, rule, &[i, j], &reports)? {
            gain.take(&[i, j], lie.gains, lie.reports);
        }
    }
    Ok(gain)
}

/// The pairs of the first so many, each in increasing order.
fn pairs(of: &[usize], among: usize) -> Vec<(usize, usize)> {
    let some = &of[..of.len().min(among)];
    let mut all = Vec::new();
    for (at, &i) in some.iter().enumerate() {
        all.extend(some[..at].iter().map(|&j| (i.min(j), i.max(j))));
    }
    all
}

impl CoalitionGain {
    fn take(&mut self, members: &[usize], gains: Vec<f64>, reports: Vec<Vec<f64>>) {
        let least = gains.iter().copied().fold(f64::INFINITY, f64::min);
        if least > self.found {
            self.found = least;
            self.bound = self.bound.max(least);
            self.members = members.to_vec();
            self.gains = gains;
            self.reports = reports;
        }
    }
}
