//! Rules in the receiver's place.

use big_answer::reproduce::Claim;
use big_answer::words::number;
use big_game::action_space::ConvexSet;
use big_game::spec::SpaceSpec;
use big_game::{Game, solve};
use big_mechanism::payment::{clarke, clarke_by_matrices};
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
        no_two_gain(seed.wrapping_add(7)),
        phantoms(seed.wrapping_add(8)),
        nearly_best(seed.wrapping_add(9)),
        mean_is_not(seed.wrapping_add(4)),
        resilience(seed.wrapping_add(5)),
        payments(seed.wrapping_add(6)),
        payments_by_matrices(seed.wrapping_add(10)),
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

fn no_two_gain(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "on a line no group gains by lying together to the battle that is played for it, or to a median",
        known: "Moulin 1980",
    };
    statement.tried(seed, |dice| {
        let game = dice.poll_on_a_line(6).ok()?;
        let poll = Poll::of(&game).ok()?;
        let mut least = f64::NEG_INFINITY;
        for rule in [
            Rule::RegularizedMedian,
            Rule::CoordinateMedian,
            Rule::GeneralizedMedian,
        ] {
            let honest = match rule {
                Rule::RegularizedMedian => game.targets(),
                _ => poll.honest(),
            };
            let outcome = rule.outcome(&poll, honest).ok()?;
            for _ in 0..8 {
                let (mut reports, mut members) = (honest.to_vec(), Vec::new());
                for (i, report) in reports.iter_mut().enumerate() {
                    if dice.below(2) == 0 {
                        members.push(i);
                        let there = dice.number();
                        *report = match rule {
                            Rule::RegularizedMedian => there,
                            _ => nearest(&game, i, there),
                        };
                    }
                }
                let reached = rule.outcome(&poll, &reports).ok()?;
                let gains = members.iter();
                let gains = gains.map(|&i| poll.loss(i, &outcome) - poll.loss(i, &reached));
                let all = gains.fold(f64::INFINITY, f64::min);
                least = least.max(if members.is_empty() { 0.0 } else { all });
            }
        }
        Some(least)
    })
}

/// The point of an influencer's interval nearest to a number.
fn nearest(game: &Game, i: usize, there: f64) -> f64 {
    let (low, high) = game.space(i).bounding_box();
    there.clamp(low[0], high[0])
}

/// A point of the simplex.
fn shares(dice: &mut Dice, d: usize) -> Vec<f64> {
    let mut all: Vec<f64> = (0..d).map(|_| dice.share().powi(2) + 1e-6).collect();
    let total: f64 = all.iter().sum();
    all.iter_mut().for_each(|v| *v /= total);
    all
}

fn phantoms(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "budgets by moving phantoms: nobody gains by a lie who loses the sum of absolute differences",
        known: "Freeman et al. 2019",
    };
    statement.tried(seed, |dice| {
        let d = 2 + dice.below(4);
        let mut builder = Game::builder().space(SpaceSpec::Simplex { dim: d, scale: 1.0 });
        for _ in 0..2 + dice.below(5) {
            builder = builder.influencer(0.05 + dice.share(), shares(dice, d));
        }
        let poll = Poll::of(&builder.build().ok()?).ok()?;
        let apart = |i: usize, z: &[f64]| -> f64 {
            z.iter()
                .zip(poll.target(i))
                .map(|(z, t)| (z - t).abs())
                .sum()
        };
        let outcome = Rule::MovingPhantoms.outcome(&poll, poll.honest()).ok()?;
        let mut most = f64::NEG_INFINITY;
        for _ in 0..20 {
            let i = dice.below(poll.voters());
            let mut reports = poll.honest().to_vec();
            reports[i * d..(i + 1) * d].copy_from_slice(&shares(dice, d));
            let reached = Rule::MovingPhantoms.outcome(&poll, &reports).ok()?;
            most = most.max(apart(i, &outcome) - apart(i, &reached));
        }
        Some(most)
    })
}

fn nearly_best(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "in the plane all are together at most √2 times as far from the coordinates' median as from the best point",
        known: "Gravin and Jia 2025",
    };
    statement.tried(seed, |dice| {
        let mut builder = Game::builder().space(SpaceSpec::cube(2, -4.0, 4.0));
        for _ in 0..2 + dice.below(6) {
            builder = builder.influencer(1.0, dice.vector(2));
        }
        let poll = Poll::of(&builder.build().ok()?).ok()?;
        let far = |rule: Rule| -> Option<f64> {
            let z = rule.outcome(&poll, poll.honest()).ok()?;
            let all = poll.honest().chunks_exact(2);
            Some(all.map(|x| (x[0] - z[0]).hypot(x[1] - z[1])).sum())
        };
        let best = far(Rule::GeometricMedian)?;
        Some(far(Rule::CoordinateMedian)? - std::f64::consts::SQRT_2 * best)
    })
}

fn payments_by_matrices(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "the same with weights H⁻¹ H_i and payments ‖r − z_{−i}‖² in the metric of H − H_i, for losses in that of H_i",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let n = 2 + dice.below(4);
        // A Aᵀ and a little: symmetric, positive definite.
        let one = |dice: &mut Dice| {
            let (a, b) = (dice.vector(2), dice.vector(2));
            let cross = a[0] * b[0] + a[1] * b[1];
            vec![
                a[0] * a[0] + a[1] * a[1] + 0.1,
                cross,
                cross,
                b[0] * b[0] + b[1] * b[1] + 0.1,
            ]
        };
        let h: Vec<Vec<f64>> = (0..n).map(|_| one(dice)).collect();
        let targets: Vec<f64> = (0..n).flat_map(|_| dice.vector(2)).collect();
        let bears = |i: usize, reports: &[f64]| -> Option<f64> {
            let (mut sum, mut g) = ([0.0; 4], [0.0; 2]);
            for (h, x) in h.iter().zip(reports.chunks_exact(2)) {
                for k in 0..2 {
                    for l in 0..2 {
                        sum[2 * k + l] += h[2 * k + l];
                        g[k] += h[2 * k + l] * x[l];
                    }
                }
            }
            let det = sum[0] * sum[3] - sum[1] * sum[2];
            let r = [
                (sum[3] * g[0] - sum[1] * g[1]) / det,
                (sum[0] * g[1] - sum[2] * g[0]) / det,
            ];
            let v = [r[0] - targets[2 * i], r[1] - targets[2 * i + 1]];
            let own: f64 = (0..4).map(|e| v[e / 2] * h[i][e] * v[e % 2]).sum();
            Some(own + clarke_by_matrices(reports, &h, 2)?[i])
        };
        let mut most = f64::NEG_INFINITY;
        for _ in 0..10 {
            let i = dice.below(n);
            // Whatever the others say.
            let mut reports: Vec<f64> = (0..n).flat_map(|_| dice.vector(2)).collect();
            let lie = bears(i, &reports)?;
            reports[2 * i..2 * i + 2].copy_from_slice(&targets[2 * i..2 * i + 2]);
            let truth = bears(i, &reports)?;
            most = most.max((truth - lie) / (1.0 + truth));
        }
        Some(most)
    })
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
