//! What is known of a rule, and what is found at the truthful profile.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::equilibrium::best_response;
use big_game::{Game, SolveError, SolveOptions, solve};

use crate::attack::{best_lie, honest};
use crate::efficiency::efficiency;
use crate::payment::clarke;
use crate::poll::{Poll, Refusal};
use crate::rule::{Rule, TRIMMED, fooled};

/// Voters whose lies are looked for: those who can do most.
const ATTACKERS: usize = 48;
/// Numbers that the search looks at, about.
const WORK: usize = 400_000_000;

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
    /// Where the battle over the rule ends; `None` where that is not known.
    pub equilibrium: Option<Vec<f64>>,
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

/// Measures a rule. Lies are looked for among the 48 voters who can do most, by about a hundred outcomes each; those of the
/// mean are best responses, exact, and of everybody.
///
/// # Errors
/// When the game, or the battle that a rule plays for the voters, could not be solved.
pub fn measure(poll: &Poll, rule: Rule) -> Result<Measured, Refusal> {
    let reports = honest(poll, rule);
    let outcome = rule.outcome(poll, &reports)?;
    let gain = largest_gain(poll, rule, &outcome)?;
    let strategyproof = match (is_strategyproof(poll, rule), gain.voter) {
        (Proof::Unknown, Some(_)) => Proof::No,
        (known, _) => known,
    };
    let equilibrium = match rule {
        Rule::WeightedMean => Some(battle(poll)?),
        _ if strategyproof == Proof::Proved => Some(outcome.clone()),
        _ => None,
    };
    let distortion = equilibrium.as_ref().map(|r| distance(r, &outcome));
    Ok(Measured {
        resilience: resilience(poll, rule, &reports, &outcome)?,
        breakdown: breakdown(poll, rule),
        efficiency: efficiency(poll, rule)?,
        payments: match rule {
            Rule::Clarke => clarke(&reports, poll.weights(), poll.dim()),
            _ => Vec::new(),
        },
        rule,
        outcome,
        strategyproof,
        gain,
        equilibrium,
        distortion,
    })
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    square.sqrt()
}

/// What theorems say. Medians are strategyproof coordinate by coordinate: where sets are boxes the honest report is the nearest
/// in every coordinate, and where a set holds the target it is the target.
fn is_strategyproof(poll: &Poll, rule: Rule) -> Proof {
    let game = poll.game();
    let plain = |i: usize| {
        let space = game.space(i);
        poll.dim() == 1
            || matches!(space, ActionSpace::Box(_))
            || space.contains(poll.target(i), 0.0)
    };
    let boxes = poll.dim() == 1
        || game
            .spaces()
            .iter()
            .all(|s| matches!(s, ActionSpace::Box(_)));
    match rule {
        Rule::CoordinateMedian | Rule::GeneralizedMedian if (0..poll.voters()).all(plain) => {
            Proof::Proved
        }
        Rule::GeometricMedian if poll.dim() == 1 => Proof::Proved,
        Rule::RegularizedMedian if boxes => Proof::Proved,
        Rule::Clarke => Proof::Proved,
        Rule::WeightedMean | Rule::TrimmedMean => Proof::No,
        _ => Proof::Unknown,
    }
}

/// The game of the mean: weights as shares, no background.
fn mean_game(poll: &Poll) -> Game {
    poll.game().with_weights(poll.weights().to_vec())
}

/// Where the battle over the mean ends.
fn battle(poll: &Poll) -> Result<Vec<f64>, SolveError> {
    Ok(solve(&mean_game(poll), &SolveOptions::default())?.receiver)
}

fn largest_gain(poll: &Poll, rule: Rule, outcome: &[f64]) -> Result<Gain, SolveError> {
    if is_strategyproof(poll, rule) == Proof::Proved {
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
    let moves = |i: usize| moved_at_most(poll, rule, i);
    for i in 0..poll.voters() {
        let far = distance(outcome, poll.target(i));
        let left = (far - moves(i)).max(0.0);
        gain.bound = gain.bound.max(far * far - left * left);
    }
    let mut order: Vec<usize> = (0..poll.voters())
        .filter(|&i| poll.weights()[i] > 0.0)
        .collect();
    let could = |i: usize| poll.weights()[i] * distance(outcome, poll.target(i));
    order.sort_by(|&a, &b| could(b).total_cmp(&could(a)).then(a.cmp(&b)));
    let each = poll.dim()
        * 120
        * if rule == Rule::Krum {
            poll.voters().pow(2)
        } else {
            32 * poll.voters()
        };
    order.truncate((WORK / each.max(1)).clamp(4, ATTACKERS));
    for i in order {
        if let Some(lie) = best_lie(poll, rule, i)?
            && lie.gain > gain.found
        {
            gain.found = lie.gain;
            gain.voter = Some(i);
            gain.report = Some(lie.report);
        }
    }
    gain.bound = gain.bound.max(gain.found);
    Ok(gain)
}

/// How far voter `i` can move the outcome by its report, at most; infinite where nothing is proved.
fn moved_at_most(poll: &Poll, rule: Rule, i: usize) -> f64 {
    let (lower, upper) = poll.range();
    let (l, u) = poll.game().space(i).bounding_box();
    match rule {
        // The position is 1-Lipschitz in what anybody adds to the dual's gradient, which is a point of w X.
        Rule::RegularizedMedian => {
            let weight = poll.game().weight(i).norm_bound();
            weight * distance(&l, &u)
        }
        // Out and in again: twice what leaving does.
        Rule::LipschitzMean => {
            let sides = lower.iter().zip(upper).map(|(l, u)| 2.0 * (u - l));
            let square: f64 = sides.map(|l| (2.0 * l * poll.weights()[i]).powi(2)).sum();
            square.sqrt()
        }
        _ => f64::INFINITY,
    }
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
    let each = d * if rule == Rule::Krum { n * n } else { 32 * n };
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

fn breakdown(poll: &Poll, rule: Rule) -> f64 {
    match rule {
        Rule::WeightedMean | Rule::Clarke => 0.0,
        Rule::CoordinateMedian | Rule::GeometricMedian => 0.5,
        // Bounded whatever is reported.
        Rule::GeneralizedMedian | Rule::RegularizedMedian | Rule::LipschitzMean => 1.0,
        Rule::TrimmedMean => TRIMMED,
        Rule::Krum => (fooled(poll.voters()) + 1) as f64 / poll.voters() as f64,
    }
}
