//! Rules in the receiver's place.

use big_answer::reproduce::Claim;
use big_answer::words::number;
use big_game::spec::SpaceSpec;
use big_game::{Game, solve};
use big_mechanism::payment::clarke;
use big_mechanism::{Poll, Rule, measure};

use super::super::random::{Dice, trials};
use super::statement::{Statement, TRIALS};

const SOURCE: &str = "Rules that resist lies";

pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![
        median_of_ends(seed),
        truth_is_best(
            "the battle played for its voters, on boxes: nobody gains by declaring another target",
            Rule::RegularizedMedian,
            seed.wrapping_add(1),
        ),
        truth_is_best(
            "coordinate by coordinate the median: nobody gains by a lie",
            Rule::CoordinateMedian,
            seed.wrapping_add(2),
        ),
        truth_is_best(
            "the same with phantoms (Moulin 1980)",
            Rule::GeneralizedMedian,
            seed.wrapping_add(3),
        ),
        mean_is_not(seed.wrapping_add(4)),
        resilience(seed.wrapping_add(5)),
        payments(seed.wrapping_add(6)),
        efficiency(),
    ]
}

fn median_of_ends(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "on a line r* is the median of t_i and of where it is when i pulls down, and up",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.on_a_line(6).ok()?;
        let i = dice.below(game.influencers());
        let outcome = |target: f64| -> Option<f64> {
            let mut targets = game.targets().to_vec();
            targets[i] = target;
            Some(
                solve(&game.with_targets(targets), &Default::default())
                    .ok()?
                    .receiver[0],
            )
        };
        // Nobody lands as far as that.
        let (low, high) = (outcome(-1e3)?, outcome(1e3)?);
        let t = game.target(i)[0];
        Some((outcome(t)? - t.clamp(low.min(high), high.max(low))).abs())
    })
}

/// A poll with weights of at least 0.
fn poll(dice: &mut Dice) -> Option<Poll> {
    let d = 1 + dice.below(3);
    let mut builder = Game::builder()
        .space(SpaceSpec::cube(d, -1.0, 1.0))
        .bias(dice.vector(d));
    for _ in 0..1 + dice.below(6) {
        builder = builder.influencer(0.05 + dice.number().abs(), dice.vector(d));
    }
    Poll::of(&builder.build().ok()?).ok()
}

/// What the best of some lies saves a voter, who bears what is told of the reports.
fn best_lie(
    dice: &mut Dice,
    poll: &Poll,
    bears: &dyn Fn(usize, &[f64]) -> Option<f64>,
) -> Option<f64> {
    let d = poll.dim();
    let mut reports = poll.honest().to_vec();
    let mut most = f64::NEG_INFINITY;
    for _ in 0..20 {
        let i = dice.below(poll.voters());
        let now = bears(i, &reports)?;
        let place = i * d..(i + 1) * d;
        let truth = reports[place.clone()].to_vec();
        reports[place.clone()].copy_from_slice(&dice.vector(d));
        most = most.max(now - bears(i, &reports)?);
        reports[place].copy_from_slice(&truth);
    }
    Some(most)
}

/// The same where a rule makes an outcome of the reports.
fn best_lie_to(dice: &mut Dice, rule: Rule) -> Option<f64> {
    let poll = poll(dice)?;
    best_lie(dice, &poll, &|i, reports| {
        Some(poll.loss(i, &rule.outcome(&poll, reports).ok()?))
    })
}

fn truth_is_best(claim: &'static str, rule: Rule, seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim,
        known: "proved",
    };
    statement.tried(seed, |dice| best_lie_to(dice, rule))
}

fn mean_is_not(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "to the weighted mean lies pay",
        known: "the paper's incentive",
    };
    let gains = trials(seed, TRIALS, |dice| best_lie_to(dice, Rule::WeightedMean));
    let paid = gains.iter().flatten().filter(|g| **g > 1e-6).count();
    statement.seen(
        format!("a random lie paid in {paid} of {} polls", gains.len()),
        2 * paid > gains.len(),
    )
}

fn resilience(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "argmin ½(z − b)² + Σ w_i |z − t_i|: without a voter it moves by at most w_i, by a lie at most 2 w_i",
        known: "proved (the quadratically regularised median)",
    };
    statement.tried(seed, |dice| {
        let game = dice.poll_on_a_line(6).ok()?;
        let weights = game.scalar_weights()?.to_vec();
        let at = |game: &Game| Some(solve(game, &Default::default()).ok()?.receiver[0]);
        let i = dice.below(game.influencers());
        let now = at(&game)?;
        let mut most = f64::NEG_INFINITY;
        if game.influencers() > 1 {
            most = (at(&game.without(i))? - now).abs() - weights[i];
        }
        let mut targets = game.targets().to_vec();
        targets[i] = dice.number();
        let lied = at(&game.with_targets(targets))?;
        Some(most.max((lied - now).abs() - 2.0 * weights[i]))
    })
}

fn payments(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "with Clarke payments w_i (1 − w_i) ‖x_i − z_{−i}‖² to the mean nobody gains by a lie",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let poll = poll(dice)?;
        best_lie(dice, &poll, &|i, reports| {
            let z = Rule::WeightedMean.outcome(&poll, reports).ok()?;
            Some(poll.loss(i, &z) + clarke(reports, poll.weights(), poll.dim())[i])
        })
    })
}

/// Voters of an electorate in which efficiency is measured.
const CROWD: usize = 101;

fn efficiency() -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "under Gaussian noise many voters keep so much of the mean's accuracy: by the median on a line, by the geometric \
                median in two and in three dimensions",
        known: "2/π = 0.637, π/4 = 0.785, 8/(3π) = 0.849",
    };
    let measured = |d: usize, rule: Rule| -> Option<f64> {
        let mut builder = Game::builder().space(SpaceSpec::cube(d, -1.0, 1.0));
        for _ in 0..CROWD {
            builder = builder.influencer(1.0, vec![0.0; d]);
        }
        let poll = Poll::of(&builder.build().ok()?).ok()?;
        Some(measure(&poll, rule).ok()?.efficiency)
    };
    let pi = std::f64::consts::PI;
    let known = [2.0 / pi, pi / 4.0, 8.0 / (3.0 * pi)];
    let rules = [
        Rule::CoordinateMedian,
        Rule::GeometricMedian,
        Rule::GeometricMedian,
    ];
    let found: Option<Vec<f64>> = (1..=3)
        .zip(rules)
        .map(|(d, rule)| measured(d, rule))
        .collect();
    let Some(found) = found else {
        return statement.seen("not measured".into(), false);
    };
    let told: Vec<String> = found
        .iter()
        .map(|f| number((f * 1e3).round() / 1e3))
        .collect();
    // A thousand electorates: two standard errors.
    let near = found
        .iter()
        .zip(known)
        .all(|(f, known)| (f - known).abs() < 0.05);
    statement.seen(format!("{} among {CROWD} voters", told.join(", ")), near)
}
