//! The paper's five examples, solved exactly.

use std::ops::ControlFlow;

use big_finite::{EnumerateOptions, FiniteGame};
use big_game::equilibrium::{Equilibrium, vertices};
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use big_io::{Content, catalogue, game_from_text};
use num_bigint::{BigInt, BigUint};

use crate::error::AppError;
use big_answer::reproduce::Claim;
use big_answer::words::vector;

/// A continuous game of the catalogue, solved.
pub(super) fn solved(id: &str) -> Result<(Box<Game>, Equilibrium), AppError> {
    let missing = || AppError::Internal(format!("the catalogue has no continuous game '{id}'"));
    let entry = catalogue::get(id).ok_or_else(missing)?;
    let Content::Continuous(game) = game_from_text(id, entry.text)?.content else {
        return Err(missing());
    };
    let answer = solve(&game, &SolveOptions::default())?;
    Ok((game, answer))
}

/// All of them.
pub(super) fn claims() -> Result<Vec<Claim>, AppError> {
    let mut claims = Vec::new();
    let mut example = |source: &str,
                       id: &str,
                       claim: &str,
                       paper: &str,
                       holds: fn(&Game, &Equilibrium) -> bool| {
        let (game, answer) = solved(id)?;
        let actions: Vec<String> = (0..game.influencers())
            .map(|i| vector(answer.actions.action(i)))
            .collect();
        let many = match answer.dimension {
            Some(0) => "one".to_owned(),
            Some(d) => format!("infinitely many (dimension {d})"),
            None => "undecided".to_owned(),
        };
        let ours = format!(
            "{many}: ({}), receiver at {}",
            actions.join(", "),
            vector(&answer.receiver)
        );
        let good = answer.certificate.holds() && holds(&game, &answer);
        claims.push(Claim::new(source, claim, paper, ours, good));
        Ok::<(), AppError>(())
    };
    example(
        "Example 1, opposite sides",
        "example-1-opposite",
        "t_1 < 0 < t_2 on [−1, 1]",
        "one equilibrium, (−1, 1), receiver at 0",
        |_, e| e.dimension == Some(0) && e.actions.values() == [-1.0, 1.0] && e.receiver == [0.0],
    )?;
    example(
        "Example 1, same side",
        "example-1-same-side",
        "t_1 < t_2 < 0: influencer 2 wins and plays 2 t_2 + 1, on the other side",
        "one equilibrium, (−1, 2 t_2 + 1), receiver at t_2",
        |game, e| {
            let t = game.target(1)[0];
            e.dimension == Some(0)
                && e.winners == [1]
                && e.actions.values()[0] == -1.0
                && (e.actions.values()[1] - (2.0 * t + 1.0)).abs() <= 4.0 * f64::EPSILON
                && e.receiver == [t]
        },
    )?;
    example(
        "Example 2, a continuum",
        "example-2-continuum",
        "t = (∓a, 0) on the square",
        "infinitely many: x_1 = (−1, y), x_2 = (1, −y), receiver at 0",
        |game, e| {
            let corners = vertices(game, e, 10).map(|v| {
                let mut all: Vec<Vec<f64>> = v.iter().map(|p| p.values().to_vec()).collect();
                all.sort_by(|a, b| a[1].total_cmp(&b[1]));
                all
            });
            e.dimension == Some(1)
                && e.receiver == [0.0, 0.0]
                && corners == Some(vec![vec![-1.0, -1.0, 1.0, 1.0], vec![-1.0, 1.0, 1.0, -1.0]])
        },
    )?;
    example(
        "Example 2, corners",
        "example-2-corner",
        "t = ∓(a, c) on the square",
        "one equilibrium, (−1, −1) and (1, 1)",
        |_, e| e.dimension == Some(0) && e.actions.values() == [-1.0, -1.0, 1.0, 1.0],
    )?;
    example(
        "Example 3",
        "example-3-diamond",
        "inner-product loss on the diamond, generic targets",
        "one weakly dominant equilibrium, vertices of the diamond",
        |_, e| {
            e.dimension == Some(0)
                && e.actions
                    .values()
                    .iter()
                    .all(|v| *v == 0.0 || v.abs() == 1.0)
        },
    )?;
    example(
        "Example 4",
        "example-4-diamond-face",
        "a target normal to an edge of the diamond",
        "infinitely many: the whole edge",
        |game, e| {
            let edge = vertices(game, e, 10).is_some_and(|v| v.len() == 2);
            e.dimension == Some(1) && edge
        },
    )?;
    claims.push(example_5()?);
    Ok(claims)
}

/// Example 5 for several q and k: the count of pure equilibria against C(2q, k).
fn example_5() -> Result<Claim, AppError> {
    let internal = |e: String| AppError::Internal(e);
    let mut counts = Vec::new();
    let mut holds = true;
    for (q, k) in [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (8, 8), (10, 10)] {
        let game = powers(q, k).map_err(|e| internal(e.to_string()))?;
        let found = big_finite::count(&game, &EnumerateOptions::default(), &mut |_| {
            ControlFlow::Continue(())
        })
        .map_err(|e| internal(e.to_string()))?;
        let least: BigUint = big_finite::choice::binomial(2 * q, k);
        holds &= found.complete && found.count >= least;
        counts.push(format!("q = k = {q}: {} ≥ {least}", found.count));
    }
    Ok(Claim::new(
        "Example 5",
        "items ±2^j, j < q: for every k-subset S, (−S, S) is an equilibrium, and there are more",
        "at least C(2q, k)",
        counts.join("; "),
        holds,
    ))
}

/// The game of Example 5: targets at ∓1/(8k), within 1/(4k) of 0.
fn powers(q: usize, k: usize) -> Result<FiniteGame, big_game::GameError> {
    let item = |v: i64| vec![Rational::from_integer(BigInt::from(v))];
    let items = (0..q)
        .flat_map(|j| [item(1 << j), item(-(1 << j))])
        .collect();
    let influencer = |sign: i64| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(Rational::new(1.into(), 2.into())),
        target: vec![Rational::new(sign.into(), BigInt::from(8 * k))],
        space: 0,
    };
    FiniteGame::new(FiniteSpec {
        bias: item(0),
        sets: vec![ItemSet {
            items,
            choose: k,
            repeats: false,
        }],
        influencers: vec![influencer(-1), influencer(1)],
    })
}
