//! Where the battle over a rule ends.

use big_game::action_space::ConvexSet;
use big_game::{SolveError, SolveOptions, solve};

use crate::attack::{best_lie, honest, outcomes};
use crate::known::{self, WORK};
use crate::measure::Proof;
use crate::poll::Poll;
use crate::rule::Rule;

/// Rounds of best responses at most.
const ROUNDS: usize = 30;
/// So many times the work of another search at most, which it takes where play does not come to rest.
const PLAYED: usize = 4;
/// Gains below this share of the square of the range are none to a search.
const SETTLED: f64 = 1e-6;
/// Halvings of what those who want the outcome where it is have to say.
const HALVINGS: usize = 200;

/// Reports from which nobody gains by another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The outcome.
    pub receiver: Vec<f64>,
    /// What everybody reports, `n × d` by rows.
    pub reports: Vec<f64>,
    /// The most that anybody gains by another report: no more than this where [`exact`](Self::exact), and elsewhere the most that a
    /// search found.
    pub regret: f64,
    /// Is the regret proved?
    pub exact: bool,
}

/// Where the battle over a rule ends, if that is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Battle {
    /// There.
    Ends(Settled),
    /// Best responses, by a search, did not come to rest.
    Restless,
    /// There are too many voters for best responses by a search.
    TooLarge,
}

/// Plays a rule to its end. Where the truth is best it ends there; the mean's battle is solved; where an axis is followed or left alone by
/// every report on it, as in one dimension, the end is the crossing of who pulls up and who pulls down ([`crossing`]); all else is played
/// by best responses, which are searched for.
pub(crate) fn battle(
    poll: &Poll,
    rule: Rule,
    proof: Proof,
    outcome: &[f64],
) -> Result<Battle, SolveError> {
    let reports = honest(poll, rule);
    if proof == Proof::Proved {
        return Ok(Battle::Ends(Settled {
            receiver: outcome.to_vec(),
            reports,
            regret: 0.0,
            exact: true,
        }));
    }
    if rule == Rule::WeightedMean {
        let game = poll.game().with_weights(poll.weights().to_vec());
        let found = solve(&game, &SolveOptions::default())?;
        return Ok(Battle::Ends(Settled {
            regret: found.certificate.max_regret,
            reports: found.actions.values().to_vec(),
            receiver: found.receiver,
            exact: true,
        }));
    }
    if known::is_monotone(poll, rule) {
        return Ok(Battle::Ends(crossing(poll, rule)?));
    }
    let each = outcomes(poll.dim(), 1) * known::cost(poll, rule);
    if ROUNDS * poll.voters() * each > PLAYED * WORK {
        return Ok(Battle::TooLarge);
    }
    responses(poll, rule, reports)
}

/// Rounds of best responses from the truth.
fn responses(poll: &Poll, rule: Rule, mut reports: Vec<f64>) -> Result<Battle, SolveError> {
    let d = poll.dim();
    let small = SETTLED * poll.size() * poll.size();
    for _ in 0..ROUNDS {
        let mut regret = 0.0_f64;
        for i in (0..poll.voters()).filter(|&i| poll.weights()[i] > 0.0) {
            let Some(lie) = best_lie(poll, rule, &[i], &reports)? else {
                continue;
            };
            regret = regret.max(lie.least());
            reports[i * d..(i + 1) * d].copy_from_slice(&lie.reports[0]);
        }
        if regret <= small {
            return rest(poll, rule, reports);
        }
    }
    Ok(Battle::Restless)
}

/// The last word on where best responses came to rest: everybody is asked once more, from the same reports.
fn rest(poll: &Poll, rule: Rule, reports: Vec<f64>) -> Result<Battle, SolveError> {
    let mut regret = 0.0_f64;
    for i in (0..poll.voters()).filter(|&i| poll.weights()[i] > 0.0) {
        let lie = best_lie(poll, rule, &[i], &reports)?;
        regret = regret.max(lie.map_or(0.0, |lie| lie.least()));
    }
    Ok(Battle::Ends(Settled {
        receiver: rule.outcome(poll, &reports)?,
        reports,
        regret,
        exact: false,
    }))
}

/// The equilibrium where every axis is played by itself and follows every report, or stands still (ours).
///
/// With `R(y)` the outcome when who wants more than `y` is at its high end and who wants less at its low end, `R(y) − y` falls: it ends
/// where that changes sign, at a target if it does so by a jump. Nobody gains there: who is not at its end has what it wants.
fn crossing(poll: &Poll, rule: Rule) -> Result<Settled, SolveError> {
    let (n, d) = (poll.voters(), poll.dim());
    let mut reports = honest(poll, rule);
    for k in 0..d {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| poll.target(a)[k].total_cmp(&poll.target(b)[k]));
        let wants = |at: usize| poll.target(order[at])[k];
        let ends = |i: usize| {
            let (l, u) = poll.game().space(i).bounding_box();
            (l[k], u[k])
        };
        // Those up to `from` at their low ends, those from `to` on at their high ones, those between `share` of the way up.
        let mut told = |from: usize, to: usize, share: f64| -> f64 {
            for (at, &i) in order.iter().enumerate() {
                let (low, high) = ends(i);
                reports[i * d + k] = if at < from || share == 0.0 && at < to {
                    low
                } else if at >= to || share == 1.0 {
                    high
                } else {
                    low + share * (high - low)
                };
            }
            rule.on_axis(poll, &reports, k)
        };
        // The first in order at or above whose target the outcome does not stay when all up to it pull down.
        let (mut first, mut beyond) = (0, n);
        while first < beyond {
            let middle = first + (beyond - first) / 2;
            if told(middle + 1, middle + 1, 0.0) <= wants(middle) {
                beyond = middle;
            } else {
                first = middle + 1;
            }
        }
        if first == n {
            told(n, n, 0.0);
            continue;
        }
        let at = wants(first);
        let from = (0..first).rev().take_while(|&j| wants(j) == at).last();
        let from = from.unwrap_or(first);
        let to = (first..n)
            .take_while(|&j| wants(j) == at)
            .last()
            .map_or(n, |j| j + 1);
        if told(from, from, 0.0) < at {
            continue;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if told(from, to, middle) < at {
                low = middle;
            } else {
                high = middle;
            }
        }
        told(from, to, high);
    }
    let receiver = rule.outcome(poll, &reports)?;
    // Who is not at the end that pulls its way could at best have what it wants.
    let regret = (0..n).map(|i| {
        let (l, u) = poll.game().space(i).bounding_box();
        let left = (0..d).map(|k| {
            let (x, gap) = (reports[i * d + k], poll.target(i)[k] - receiver[k]);
            let pulled = gap > 0.0 && x == u[k] || gap < 0.0 && x == l[k];
            if pulled || poll.weights()[i] == 0.0 {
                0.0
            } else {
                gap * gap
            }
        });
        left.sum::<f64>()
    });
    Ok(Settled {
        regret: regret.fold(0.0, f64::max),
        receiver,
        reports,
        exact: true,
    })
}
