//! Other receivers that the same methods solve.

use big_answer::reproduce::Claim;
use big_game::profile::Profile;
use big_game::reduction::{Reduced, Terms};
use big_game::solve;
use big_game::spec::{SpaceSpec, WeightSpec};

use super::statement::{Statement, in_one_space, regret};

const SOURCE: &str = "Other losses and receivers";

pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![audiences(seed), crossing(seed.wrapping_add(1))]
}

/// Rounds after which audiences that listen to each other by at most 0.8 in all have settled to the last bit.
const ROUNDS: usize = 400;

/// Audiences on a line, played as one stacked receiver; where they settle is found by letting them listen.
fn audiences(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "several audiences that listen to each other, r = A r + b + W x: the game with (I − A)⁻¹ before b and W",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let (k, n) = (1 + dice.below(3), 1 + dice.below(4));
        let importance: Vec<f64> = (0..k).map(|_| 0.2 + dice.share()).collect();
        let listens: Vec<Vec<f64>> = (0..k)
            .map(|_| (0..k).map(|_| 0.8 * dice.number() / k as f64).collect())
            .collect();
        let (bias, weights) = (dice.vector(k), (0..n).map(|_| dice.vector(k)));
        let weights: Vec<Vec<f64>> = weights.collect();
        let settled = |heard: Vec<f64>| {
            let mut r = heard.clone();
            for _ in 0..ROUNDS {
                let taken = |(row, h): (&Vec<f64>, &f64)| {
                    h + row.iter().zip(&r).map(|(a, r)| a * r).sum::<f64>()
                };
                r = listens.iter().zip(&heard).map(taken).collect();
            }
            r
        };
        let metric = (0..k).map(|a| {
            let entry = |b| if a == b { importance[a] } else { 0.0 };
            (0..k).map(entry).collect()
        });
        let drawn = weights.iter().map(|own| {
            let rows = settled(own.clone()).into_iter().map(|v| vec![v]);
            (WeightSpec::Matrix(rows.collect()), dice.vector(k))
        });
        let spec = in_one_space(SpaceSpec::cube(1, -1.0, 1.0), settled(bias.clone()), drawn);
        let terms = Terms {
            metric: Some(metric.collect()),
            ..Terms::default()
        };
        let game = Reduced::new(spec, terms).ok()?;
        let answer = solve(game.game(), &Default::default()).ok()?;
        let own = game.own();
        let loss = |i: usize, x: &Profile| {
            let mut heard = bias.clone();
            for (j, weights) in weights.iter().enumerate() {
                let x = x.action(j)[0];
                heard.iter_mut().zip(weights).for_each(|(h, w)| *h += w * x);
            }
            let off = settled(heard);
            let off = off.iter().zip(own.target(i)).zip(&importance);
            off.map(|((r, t), by)| by * (r - t) * (r - t)).sum()
        };
        Some(regret(dice, own, &answer.actions, &loss))
    })
}

/// The M-estimate of `actions` and a prior position: where `Σ w tanh((x − r)/s) + b − r` is 0, by bisection.
fn m_estimate(weights: &[f64], scale: f64, bias: f64, actions: &[f64]) -> f64 {
    let pull = |r: f64| {
        let each = weights.iter().zip(actions);
        each.map(|(w, x)| w * ((x - r) / scale).tanh()).sum::<f64>() + bias - r
    };
    bisected(-20.0, 20.0, |r| pull(r) > 0.0)
}

/// Where `below` ceases to hold.
fn bisected(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        match below(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    0.5 * (low + high)
}

fn crossing(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "on a line, a receiver that rises in every action, affine or not: it ends where those who want more at their high \
                ends and those who want less at their low ones put it",
        known: "proved; tried on M-estimates",
    };
    statement.tried(seed, |dice| {
        let n = 1 + dice.below(5);
        let (scale, bias) = (0.2 + dice.share(), dice.number());
        let weights: Vec<f64> = (0..n).map(|_| 0.1 + dice.share()).collect();
        let targets = dice.vector(n);
        let lands = |actions: &[f64]| m_estimate(&weights, scale, bias, actions);
        let ends = |y: f64| -> Vec<f64> {
            let end = |t: &f64| if *t > y { 1.0 } else { -1.0 };
            targets.iter().map(end).collect()
        };
        let y = bisected(-20.0, 20.0, |y| lands(&ends(y)) > y);
        // Whoever is there holds it there: all of them by the same action.
        let near = |t: f64| (t - y).abs() < 1e-9;
        let held = |by: f64| -> Vec<f64> {
            let (ends, at) = (ends(y), targets.iter());
            let action = |(t, end): (&f64, f64)| if near(*t) { by } else { end };
            at.zip(ends).map(action).collect()
        };
        let by = bisected(-1.0, 1.0, |by| lands(&held(by)) < y);
        let (actions, mut most) = (held(by), f64::NEG_INFINITY);
        for i in 0..n {
            let now = (lands(&actions) - targets[i]).abs();
            for _ in 0..12 {
                let mut lied = actions.clone();
                lied[i] = dice.number();
                most = most.max(now - (lands(&lied) - targets[i]).abs());
            }
        }
        Some(most)
    })
}
