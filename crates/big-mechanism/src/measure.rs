//! What is known of a rule, and what is found at the truthful profile.

use big_game::equilibrium::best_response;
use big_game::{Game, SolveError};
use big_numeric::distance;

use crate::attack::{best_lie, honest, outcomes};
use crate::coalition::{CoalitionGain, coalition_gain};
use crate::efficiency::efficiency;
use crate::equilibrium::{Battle, battle};
use crate::known::{self, WORK};
use crate::payment::clarke;
use crate::poll::{Poll, Refusal};
use crate::rule::Rule;

/// Voters whose lies are looked for: those who can do most.
const ATTACKERS: usize = 48;

/// Is the truth best for everybody, whatever the others say?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Yes: a theorem.
    Proved,
    /// No: a theorem, or a lie that was found.
    No,
    /// Neither is known here.
    Unknown,
}

/// The most that anybody gains by a lie while all others are honest.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// What the best lie that was found gains.
    pub found: f64,
    /// A proven bound on what any lie gains.
    pub bound: f64,
    /// Who; `None` where no lie was found.
    pub voter: Option<usize>,
    /// The lie.
    pub report: Option<Vec<f64>>,
}

/// A rule, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Which.
    pub rule: Rule,
    /// Its outcome when everybody is honest.
    pub outcome: Vec<f64>,
    /// Is the truth best?
    pub strategyproof: Proof,
    /// The largest gain from a lie.
    pub gain: Gain,
    /// Is the truth proved best for everybody whose loss is the sum of absolute differences, `‖r − t‖_1`, and not the squared
    /// distance?
    pub proved_under_l1: bool,
    /// The most that two gain by lying together.
    pub coalition: CoalitionGain,
    /// Where the battle over the rule ends, if that is known.
    pub battle: Battle,
    /// How far that is from the honest outcome.
    pub distortion: Option<f64>,
    /// The most, over voters, that the outcome moves when an honest voter leaves, per unit of its share of the weight.
    pub resilience: Option<f64>,
    /// The share of the weight that can carry the outcome away without bound, where reports are unbounded.
    pub breakdown: f64,
    /// Mean squared errors under honest noise: the mean's over the rule's.
    pub efficiency: f64,
    /// What everybody pays; empty without payments.
    pub payments: Vec<f64>,
}

/// Measures a rule. Lies are looked for among the 48 voters who can do most, by about a hundred outcomes each, and joint ones among
/// the pairs of the eight who can; those of the mean are best responses, exact, and of everybody.
///
/// ```
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// use big_mechanism::{Poll, Proof, Rule, measure};
///
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let mean = measure(&Poll::of(&game)?, Rule::WeightedMean)?;
/// assert_eq!(mean.strategyproof, Proof::No);
/// assert!(mean.gain.found > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the rule is not for this poll, and when the game, or the battle that a rule plays for the voters, could not be solved.
pub fn measure(poll: &Poll, rule: Rule) -> Result<Measured, Refusal> {
    if let Some(why) = rule.misfit(poll) {
        return Err(Refusal::Misfit(rule.name(), why));
    }
    let reports = honest(poll, rule);
    let outcome = rule.outcome(poll, &reports)?;
    let gain = largest_gain(poll, rule, &outcome)?;
    let strategyproof = match (known::is_strategyproof(poll, rule), gain.voter) {
        (Proof::Unknown, Some(_)) => Proof::No,
        (known, _) => known,
    };
    let battle = battle(poll, rule, strategyproof, &outcome)?;
    let distortion = match &battle {
        Battle::Ends(there) => Some(distance(&there.receiver, &outcome)),
        _ => None,
    };
    Ok(Measured {
        resilience: resilience(poll, rule, &reports, &outcome)?,
        breakdown: known::breakdown(poll, rule),
        efficiency: efficiency(poll, rule)?,
        payments: match rule {
            Rule::Clarke => clarke(&reports, poll.weights(), poll.dim()),
            _ => Vec::new(),
        },
        proved_under_l1: known::is_proved_under_l1(poll, rule),
        coalition: coalition_gain(poll, rule)?,
        rule,
        outcome,
        strategyproof,
        gain,
        battle,
        distortion,
    })
}

/// The game of the mean: weights as shares, no background.
fn mean_game(poll: &Poll) -> Game {
    poll.game().with_weights(poll.weights().to_vec())
}

fn largest_gain(poll: &Poll, rule: Rule, outcome: &[f64]) -> Result<Gain, SolveError> {
    if known::is_strategyproof(poll, rule) == Proof::Proved {
        return Ok(Gain {
            found: 0.0,
            bound: 0.0,
            voter: None,
            report: None,
        });
    }
    let mut gain = Gain {
        found: 0.0,
        bound: 0.0,
        voter: None,
        report: None,
    };
    if rule == Rule::WeightedMean {
        let game = mean_game(poll);
        let mut response = Vec::new();
        for i in 0..poll.voters() {
            let x = &poll.honest()[i * poll.dim()..(i + 1) * poll.dim()];
            let found = best_response(&game, i, x, outcome, &mut response);
            if found > gain.found {
                gain.found = found;
                gain.voter = Some(i);
                gain.report = Some(response.clone());
            }
        }
        gain.bound = gain.found;
        return Ok(gain);
    }
    for i in 0..poll.voters() {
        let far = distance(outcome, poll.target(i));
        let left = far - known::moved_at_most(poll, rule, i);
        let left = left.max(known::nearest_outcome(poll, rule, i)).min(far);
        gain.bound = gain.bound.max(far * far - left * left);
    }
    let reports = honest(poll, rule);
    let mut order = known::strongest(poll, outcome);
    let each = outcomes(poll.dim(), 1) * known::cost(poll, rule);
    order.truncate((WORK / each.max(1)).clamp(4, ATTACKERS));
    for i in order {
        if let Some(mut lie) = best_lie(poll, rule, &[i], &reports)?
            && lie.least() > gain.found
        {
            gain.found = lie.least();
            gain.voter = Some(i);
            gain.report = lie.reports.pop();
        }
    }
    gain.bound = gain.bound.max(gain.found);
    Ok(gain)
}

/// The most that the outcome moves when somebody leaves, per unit of its share; `None` with one voter.
fn resilience(
    poll: &Poll,
    rule: Rule,
    reports: &[f64],
    outcome: &[f64],
) -> Result<Option<f64>, SolveError> {
    let (n, d) = (poll.voters(), poll.dim());
    let heavy = poll.weights().iter().filter(|w| **w > 0.0).count();
    if heavy < 2 {
        return Ok(None);
    }
    let each = known::cost(poll, rule);
    let looked_at = (WORK / 4 / each).max(4).min(n);
    let mut most = 0.0_f64;
    for at in 0..looked_at {
        let i = at * n / looked_at;
        let share = poll.weights()[i];
        if share == 0.0 {
            continue;
        }
        let left = poll.without(i);
        let rest = [&reports[..i * d], &reports[(i + 1) * d..]].concat();
        let without = rule.outcome(&left, &rest)?;
        most = most.max(distance(&without, outcome) / share);
    }
    Ok(Some(most))
}
