//! Coalitions.

use big_answer::reproduce::Claim;
use big_answer::words::number;
use big_game::coalitions::{Search, coalitions, deviation};
use big_game::equilibrium::{Equilibrium, loss};
use big_game::potential::receiver;
use big_game::profile::Profile;
use big_game::spec::{Loss, SpaceSpec};
use big_game::{Coalition, Game, GameError, SolveError, solve};

use super::super::random::Dice;
use super::statement::{Statement, moved};

const SOURCE: &str = "Coalitions";

pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![
        as_one(seed),
        strong_on_a_line(seed.wrapping_add(1)),
        disc(),
        two_on_a_disc(seed.wrapping_add(4)),
        log_rolling(seed.wrapping_add(5)),
        witnesses(seed.wrapping_add(2)),
    ]
}

/// Some of the influencers, at least two.
fn group(dice: &mut Dice, n: usize) -> Vec<usize> {
    let mut members: Vec<usize> = (0..n).filter(|_| dice.below(2) == 0).collect();
    let mut next = 0;
    while members.len() < 2 {
        if !members.contains(&next) {
            members.push(next);
        }
        next += 1;
    }
    members.sort_unstable();
    members
}

fn as_one(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "who minimises Σ α_i ℓ_i together plays for the target Σ α_i t_i / Σ α_i",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 5).ok()?;
        if game.influencers() < 2 {
            return Some(0.0);
        }
        let members = group(dice, game.influencers());
        let shares: Vec<f64> = members.iter().map(|_| 0.2 + dice.share()).collect();
        let joined = game.clone().with_coalitions(vec![Coalition {
            members: members.clone(),
            shares: shares.clone(),
        }]);
        let answer = solve(&joined.ok()?, &Default::default()).ok()?;
        let together = |x: &Profile| -> f64 {
            let r = receiver(&game, x);
            members
                .iter()
                .zip(&shares)
                .map(|(&i, a)| a * loss(&game, i, &r))
                .sum()
        };
        let now = together(&answer.actions);
        let gain = |_| now - together(&moved(dice, &game, &answer.actions, &members));
        Some((0..20).map(gain).fold(f64::NEG_INFINITY, f64::max))
    })
}

fn strong_on_a_line(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "on a line no group has a deviation in which all its members gain",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.on_a_line(6).ok()?;
        if game.influencers() < 2 {
            return Some(0.0);
        }
        let answer = solve(&game, &Default::default()).ok()?;
        let at = |x: &Profile, i: usize| loss(&game, i, &receiver(&game, x));
        let mut most = f64::NEG_INFINITY;
        for _ in 0..20 {
            let members = group(dice, game.influencers());
            let there = moved(dice, &game, &answer.actions, &members);
            let gains = members
                .iter()
                .map(|&i| at(&answer.actions, i) - at(&there, i));
            most = most.max(gains.fold(f64::INFINITY, f64::min));
        }
        Some(most)
    })
}

/// Three in a disc, of whom two gain by playing as one.
pub(super) fn three_in_a_disc() -> Result<Game, GameError> {
    let third = 1.0 / 3.0;
    Game::builder()
        .space(SpaceSpec::ball(2, 1.0))
        .influencer(third, [2.0, 0.0])
        .influencer(third, [0.0, 2.0])
        .influencer(third, [-2.0, -1.0])
        .build()
}

/// The first two as one.
pub(super) fn first_two() -> Vec<Coalition> {
    vec![Coalition {
        members: vec![0, 1],
        shares: vec![1.0, 1.0],
    }]
}

fn disc() -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "on a disc two can gain by playing as one: t = (2, 0), (0, 2), (−2, −1)",
        known: "3.88 and 3.44 alone, 3.30 and 3.00 together",
    };
    let losses = |together: bool| -> Result<[f64; 2], SolveError> {
        let groups = if together { first_two() } else { Vec::new() };
        let game = three_in_a_disc().and_then(|game| game.with_coalitions(groups));
        let game = game.map_err(|_| SolveError::Failed)?;
        let r = solve(&game, &Default::default())?.receiver;
        Ok([0, 1].map(|i| loss(game.alone(), i, &r)))
    };
    let (Ok(alone), Ok(together)) = (losses(false), losses(true)) else {
        return statement.seen("not solved".into(), false);
    };
    let near = |[a, b]: [f64; 2], known: [f64; 2]| {
        (a - known[0]).abs() < 0.005 && (b - known[1]).abs() < 0.005
    };
    let told = |[a, b]: [f64; 2]| format!("{} and {}", number(a), number(b));
    statement.seen(
        format!("{} alone, {} together", told(alone), told(together)),
        near(alone, [3.88, 3.44]) && near(together, [3.30, 3.00]),
    )
}

/// A game of three in the plane, two of whom are asked for, and what they want beyond where the receiver is.
type Two = (Game, Equilibrium, [usize; 2], [Vec<f64>; 2]);

fn two(dice: &mut Dice, space: SpaceSpec<f64>) -> Option<Two> {
    let mut builder = Game::builder().space(space);
    for _ in 0..3 {
        builder = builder.influencer(0.2 + dice.share(), dice.vector(2));
    }
    let game = builder.build().ok()?;
    let answer = solve(&game, &Default::default()).ok()?;
    let beyond = |i: usize| -> Vec<f64> {
        let both = game.target(i).iter().zip(&answer.receiver);
        both.map(|(t, r)| t - r).collect()
    };
    let (a, b) = (beyond(0), beyond(1));
    Some((game, answer, [0, 1], [a, b]))
}

/// Not in doubt: lengths and ratios that differ by this much.
const CLEAR: f64 = 0.05;

fn tries_of_two(
    seed: u64,
    claim: &'static str,
    space: SpaceSpec<f64>,
    fits: fn(&[f64], &[f64]) -> bool,
) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim,
        known: "proved",
    };
    statement.tried(seed, |dice| {
        // Drawn until two are as the statement has them.
        let draw = |_| {
            let (game, answer, members, [a, b]) = two(dice, space.clone())?;
            fits(&a, &b).then_some((game, answer, members))
        };
        let (game, answer, members) = (0..1000).find_map(draw)?;
        Some(match deviation(&game, &answer.actions, &members) {
            Some(joint) => joint.gains.iter().fold(f64::NEG_INFINITY, |m, g| m.max(-g)),
            None => 1.0,
        })
    })
}

fn two_on_a_disc(seed: u64) -> Claim {
    tries_of_two(
        seed,
        "on a disc any two whose targets are off the receiver, neither in line with it nor opposite, both gain by a joint deviation",
        SpaceSpec::ball(2, 1.0),
        |a, b| {
            let length = |v: &[f64]| v[0].hypot(v[1]);
            let across = (a[0] * b[1] - a[1] * b[0]).abs();
            let (a, b) = (length(a), length(b));
            a.min(b) > CLEAR && across > CLEAR * a * b
        },
    )
}

fn log_rolling(seed: u64) -> Claim {
    tries_of_two(
        seed,
        "on boxes two that disagree about two issues by different ratios both gain by giving way in one each",
        SpaceSpec::cube(2, -1.0, 1.0),
        |a, b| {
            let opposed = |k: usize| a[k] * b[k] < 0.0;
            let clear = a.iter().chain(b).all(|v| v.abs() > CLEAR);
            let ratio = (a[0] / a[1]) / (b[0] / b[1]);
            opposed(0) && opposed(1) && clear && (ratio - 1.0).abs() > CLEAR
        },
    )
}

fn witnesses(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "the deviations that `coalitions` shows are ones: all members gain what is said",
        known: "computed again from the actions",
    };
    statement.tried(seed, |dice| {
        let game = dice.boxes(4).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let found = coalitions(&game, &answer, &Search::default())?;
        let mut most = f64::NEG_INFINITY;
        for joint in &found.deviations {
            let mut there = answer.actions.clone();
            for (&i, x) in joint.members.iter().zip(&joint.actions) {
                there.action_mut(i).copy_from_slice(x);
            }
            let (before, after) = (receiver(&game, &answer.actions), receiver(&game, &there));
            for (&i, told) in joint.members.iter().zip(&joint.gains) {
                let gain = loss(&game, i, &before) - loss(&game, i, &after);
                most = most.max((gain - told).abs()).max(-gain);
            }
        }
        Some(most)
    })
}
