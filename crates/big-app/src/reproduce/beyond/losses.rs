//! Other losses and receivers that have the same equilibria.

use big_answer::reproduce::Claim;
use big_game::potential::receiver;
use big_game::reduction::{Reduced, Response, Terms};
use big_game::solve;
use big_game::spec::{Loss, SpaceSpec, WeightSpec};

use super::super::random::Dice;
use super::statement::{Statement, in_one_space, regret_of_place};

const SOURCE: &str = "Other losses and receivers";

pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![
        increasing(seed),
        single_peaked(seed.wrapping_add(1)),
        metric(seed.wrapping_add(2)),
        own_metrics(seed.wrapping_add(9)),
        monotone(seed.wrapping_add(3)),
    ]
}

fn distance(r: &[f64], t: &[f64]) -> f64 {
    let squares = r.iter().zip(t).map(|(r, t)| (r - t) * (r - t));
    squares.sum::<f64>().sqrt()
}

fn increasing(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "any increasing function of the distance has the same equilibria",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 4).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let kinds: Vec<usize> = (0..game.influencers()).map(|_| dice.below(3)).collect();
        let loss = |i: usize, r: &[f64]| {
            let away = distance(r, game.target(i));
            [away, away.powi(3), away.exp()][kinds[i]]
        };
        Some(regret_of_place(dice, &game, &answer.actions, &loss))
    })
}

fn single_peaked(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "on boxes, so has any sum of single-peaked losses of the coordinates",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.boxes(5).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        // How steep below the target, and above it; straight or square.
        let mut sides: Vec<[f64; 2]> = Vec::new();
        for _ in 0..game.influencers() * game.dim() {
            sides.push([0.1 + dice.share(), 0.1 + dice.share()]);
        }
        let squared: Vec<bool> = (0..game.influencers())
            .map(|_| dice.below(2) == 0)
            .collect();
        let loss = |i: usize, r: &[f64]| {
            let row = &sides[i * game.dim()..(i + 1) * game.dim()];
            let coordinate = |((r, t), side): ((&f64, &f64), &[f64; 2])| {
                let away = (r - t).abs();
                let slope = side[usize::from(r > t)];
                slope * if squared[i] { away * away } else { away }
            };
            r.iter().zip(game.target(i)).zip(row).map(coordinate).sum()
        };
        Some(regret_of_place(dice, &game, &answer.actions, &loss))
    })
}

fn metric(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "distances in a common metric: the game of another basis",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.spec(Loss::SquaredEuclidean, 4);
        let d = game.bias.len();
        let (v, ridge) = (dice.vector(d), 0.1 + dice.share());
        let entry = |k: usize, j: usize| v[k] * v[j] + if k == j { ridge } else { 0.0 };
        let metric: Vec<Vec<f64>> = (0..d)
            .map(|k| (0..d).map(|j| entry(k, j)).collect())
            .collect();
        let terms = Terms {
            metric: Some(metric.clone()),
            ..Terms::default()
        };
        let reduced = Reduced::new(game, terms).ok()?;
        let answer = solve(reduced.game(), &Default::default()).ok()?;
        let loss = |i: usize, r: &[f64]| {
            let off: Vec<f64> = r
                .iter()
                .zip(reduced.own().target(i))
                .map(|(r, t)| r - t)
                .collect();
            let image = metric
                .iter()
                .map(|row| row.iter().zip(&off).map(|(m, o)| m * o).sum::<f64>());
            image.zip(&off).map(|(m, o)| m * o).sum()
        };
        Some(regret_of_place(dice, reduced.own(), &answer.actions, &loss))
    })
}

fn own_metrics(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "with a metric each, what two lose around four deviations is 2⟨W_i u, (M_i − M_j) W_j v⟩: a potential exists where that is 0",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 2).ok()?;
        let (d, n) = (game.dim(), game.influencers());
        // A Aᵀ, by rows.
        let metric = |dice: &mut Dice| -> Vec<f64> {
            let rows: Vec<Vec<f64>> = (0..d).map(|_| dice.vector(d)).collect();
            let entry = |k: usize, l: usize| -> f64 {
                rows[k].iter().zip(&rows[l]).map(|(a, b)| a * b).sum()
            };
            (0..d * d).map(|at| entry(at / d, at % d)).collect()
        };
        let metrics: Vec<Vec<f64>> = (0..n).map(|_| metric(dice)).collect();
        let times = |m: &[f64], a: &[f64], b: &[f64]| -> f64 {
            (0..d * d).map(|at| a[at / d] * m[at] * b[at % d]).sum()
        };
        let (x, y) = (dice.profile(&game), dice.profile(&game));
        let (i, j) = (0, n - 1);
        if i == j {
            return Some(0.0);
        }
        // Who is at y, and what of it.
        let lost = |who: usize, there: [bool; 2]| -> f64 {
            let mut all = x.clone();
            for (i, _) in [i, j].into_iter().zip(there).filter(|(_, there)| *there) {
                all.action_mut(i).copy_from_slice(y.action(i));
            }
            let r = receiver(&game, &all);
            let off: Vec<f64> = r.iter().zip(game.target(who)).map(|(r, t)| r - t).collect();
            times(&metrics[who], &off, &off)
        };
        let around = (lost(i, [true, false]) - lost(i, [false, false]))
            + (lost(j, [true, true]) - lost(j, [true, false]))
            + (lost(i, [false, true]) - lost(i, [true, true]))
            + (lost(j, [false, false]) - lost(j, [false, true]));
        let image = |i: usize| -> Vec<f64> {
            let step = y.action(i).iter().zip(x.action(i)).map(|(y, x)| y - x);
            let mut image = vec![0.0; d];
            game.weight(i)
                .add_image(&step.collect::<Vec<_>>(), &mut image);
            image
        };
        let (u, v) = (image(i), image(j));
        let expected = 2.0 * (times(&metrics[j], &u, &v) - times(&metrics[i], &u, &v));
        Some((around - expected).abs() / (1.0 + expected.abs()))
    })
}

fn monotone(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "a receiver on a line that answers by an increasing curve: the game with the targets before it",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let response = match dice.below(3) {
            0 => Response::Logistic,
            1 => Response::Tanh,
            _ => Response::Points(vec![[-1.0, -0.5], [0.0, 0.1 * dice.share()], [0.5, 2.0]]),
        };
        let influencers = 1 + dice.below(4);
        let bias = dice.vector(1);
        let drawn = (0..influencers).map(|_| (WeightSpec::Scalar(dice.number()), dice.vector(1)));
        let spec = in_one_space(SpaceSpec::cube(1, -1.0, 1.0), bias, drawn);
        let terms = Terms {
            response: Some(response.clone()),
            ..Terms::default()
        };
        let reduced = Reduced::new(spec, terms).ok()?;
        let answer = solve(reduced.game(), &Default::default()).ok()?;
        let loss = |i: usize, y: &[f64]| (response.of(y[0]) - reduced.own().target(i)[0]).abs();
        Some(regret_of_place(dice, reduced.own(), &answer.actions, &loss))
    })
}
