//! The separable solver against a sort and a scan in exact rational arithmetic, which share no code.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use big_game::Game;
use big_game::equilibrium::{Cardinality, Selection};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, Rational, SpaceSpec, WeightSpec};
use big_game::unchecked::Solved;
use big_game::unchecked::separable::{Position, locate, solve, vertices};
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;

/// The answer by sorting one coordinate's targets and walking up.
struct Sorted {
    receiver: Rational,
    /// Influencers whose target is the receiver's, idle ones too.
    pinned: Vec<usize>,
    /// Of these, those that have a choice, when there is one.
    ranges: Vec<(usize, Rational, Rational)>,
    dimension: usize,
}

fn number(w: &WeightSpec<Rational>) -> &Rational {
    match w {
        WeightSpec::Scalar(w) => w,
        WeightSpec::Matrix(_) => panic!("scalars only"),
    }
}

fn interval(spec: &GameSpec<Rational>, i: usize, k: usize) -> (&Rational, &Rational) {
    match &spec.spaces[spec.influencers[i].space] {
        SpaceSpec::Box { lower, upper } => (&lower[k], &upper[k]),
        _ => panic!("boxes only"),
    }
}

fn pull(spec: &GameSpec<Rational>, i: usize, k: usize) -> (Rational, Rational) {
    let w = number(&spec.influencers[i].weight);
    let (l, u) = interval(spec, i, k);
    let (a, b) = (w * l, w * u);
    if a <= b { (a, b) } else { (b, a) }
}

fn by_sorting(spec: &GameSpec<Rational>, k: usize) -> Sorted {
    let n = spec.influencers.len();
    let target = |i: usize| &spec.influencers[i].target[k];
    let mut values: Vec<&Rational> = (0..n).map(target).collect();
    values.sort();
    values.dedup();
    let pulled = |below: &dyn Fn(usize) -> bool| {
        (0..n).fold(spec.bias[k].clone(), |sum, i| {
            let (low, high) = pull(spec, i, k);
            sum + if below(i) { low } else { high }
        })
    };
    for value in values {
        // If the root were below this value and above all lesser ones.
        let position = pulled(&|i| target(i) < value);
        if position < *value {
            return Sorted {
                receiver: position,
                pinned: Vec::new(),
                ranges: Vec::new(),
                dimension: 0,
            };
        }
        if pulled(&|i| target(i) <= value) <= *value {
            let pinned: Vec<usize> = (0..n).filter(|&i| target(i) == value).collect();
            return at_value(spec, k, value, pinned);
        }
    }
    Sorted {
        receiver: pulled(&|_| true),
        pinned: Vec::new(),
        ranges: Vec::new(),
        dimension: 0,
    }
}

fn at_value(spec: &GameSpec<Rational>, k: usize, value: &Rational, pinned: Vec<usize>) -> Sorted {
    let n = spec.influencers.len();
    let mut s = value - &spec.bias[k];
    for i in (0..n).filter(|i| !pinned.contains(i)) {
        let (low, high) = pull(spec, i, k);
        s -= if spec.influencers[i].target[k] < *value {
            low
        } else {
            high
        };
    }
    let movers: Vec<usize> = (pinned.iter().copied())
        .filter(|&i| pull(spec, i, k).0 < pull(spec, i, k).1)
        .collect();
    let low: Rational = pinned.iter().map(|&i| pull(spec, i, k).0).sum();
    let high: Rational = pinned.iter().map(|&i| pull(spec, i, k).1).sum();
    assert!(low <= s && s <= high);
    let mut ranges = Vec::new();
    if low < s && s < high && movers.len() > 1 {
        for &i in &movers {
            let w = number(&spec.influencers[i].weight);
            let (least, most) = pull(spec, i, k);
            let from = (&s - (&high - &most)).max(least.clone()) / w;
            let to = (&s - (&low - &least)).min(most) / w;
            ranges.push(if from <= to {
                (i, from, to)
            } else {
                (i, to, from)
            });
        }
    }
    Sorted {
        receiver: value.clone(),
        pinned,
        dimension: ranges.len().saturating_sub(1),
        ranges,
    }
}

fn nearest(q: &Rational) -> f64 {
    q.to_f64().unwrap()
}

/// Everything that the solver says about a small game, compared exactly.
fn agree(game: &Game, spec: &GameSpec<Rational>) -> Solved {
    let (n, d) = (game.influencers(), game.dim());
    let sorted: Vec<Sorted> = (0..d).map(|k| by_sorting(spec, k)).collect();
    let solved = solve(game, Selection::default()).unwrap();
    let cuts = locate(game).unwrap();
    let idle = |i: usize| number(&spec.influencers[i].weight).is_zero();
    let mut dimension: usize = sorted.iter().map(|s| s.dimension).sum();
    let mut expected: Vec<(usize, usize, f64, f64)> = Vec::new();
    for k in 0..d {
        // Exact but for the rounding of one sum.
        let sum = nearest(&sorted[k].receiver);
        assert!(
            (solved.receiver[k] - sum).abs() <= f64::EPSILON * sum.abs(),
            "receiver {k}: {} is not {sum}",
            solved.receiver[k]
        );
        assert_eq!(cuts[k].receiver, solved.receiver[k]);
        if sorted[k].pinned.iter().any(|&i| !idle(i)) {
            assert!(matches!(cuts[k].position, Position::Pinned { .. }));
        }
        for (i, from, to) in &sorted[k].ranges {
            expected.push((*i, k, nearest(from), nearest(to)));
        }
        for i in (0..n).filter(|&i| idle(i)) {
            let (l, u) = interval(spec, i, k);
            if l < u {
                dimension += 1;
                expected.push((i, k, nearest(l), nearest(u)));
            }
        }
    }
    assert_eq!(solved.dimension, Some(dimension));
    assert_eq!(solved.cardinality == Cardinality::Unique, dimension == 0);
    let winners: Vec<usize> = (0..n)
        .filter(|&i| !idle(i) && sorted.iter().all(|s| s.pinned.contains(&i)))
        .collect();
    assert_eq!(solved.winners, winners);
    expected.sort_by_key(|&(i, k, ..)| (i, k));
    let mut found = Vec::new();
    for free in &solved.free {
        for k in 0..d {
            let listed = expected
                .iter()
                .any(|&(i, at, ..)| (i, at) == (free.influencer, k));
            if listed {
                found.push((free.influencer, k, free.lower[k], free.upper[k]));
            } else {
                assert_eq!(free.lower[k], free.upper[k]);
            }
        }
    }
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        // The ends are differences of sums of 32 digits: right but for the last bit, or for what cancels.
        let size = expected.2.abs().max(expected.3.abs());
        let close =
            |a: f64, b: f64| a == b || (a - b).abs() <= 2.0 * f64::EPSILON * b.abs() + 1e-28 * size;
        assert_eq!((found.0, found.1), (expected.0, expected.1));
        assert!(
            close(found.2, expected.2) && close(found.3, expected.3),
            "{found:?} {expected:?}"
        );
    }
    for selection in [
        Selection::LeastExaggerated,
        Selection::LeastNorm,
        Selection::Vertex,
    ] {
        is_equilibrium(spec, &sorted, &solve(game, selection).unwrap());
    }
    solved
}

/// Do the actions lie in their boxes, play the right ends and lead to the receiver?
fn is_equilibrium(spec: &GameSpec<Rational>, sorted: &[Sorted], solved: &Solved) {
    for (k, sorted) in sorted.iter().enumerate() {
        let (mut sum, mut size) = (spec.bias[k].clone(), spec.bias[k].abs());
        for (i, influencer) in spec.influencers.iter().enumerate() {
            let x = solved.actions.action(i)[k];
            let (l, u) = interval(spec, i, k);
            assert!(nearest(l) <= x && x <= nearest(u), "{x} outside");
            let w = number(&influencer.weight);
            let t = &influencer.target[k];
            if !w.is_zero() && *t != sorted.receiver {
                let upper = (*t > sorted.receiver) == w.is_positive();
                assert_eq!(x, nearest(if upper { u } else { l }));
            }
            let term = w * Rational::from_float(x).unwrap();
            size += w.abs() * (l.abs().max(u.abs()));
            sum += term;
        }
        let error = (sum - &sorted.receiver).abs();
        let allowed = size * Rational::from_float(4.0 * f64::EPSILON).unwrap();
        assert!(error <= allowed, "off by {}", nearest(&error));
    }
}

fn scalar(w: i64, scale: i64) -> Rational {
    Rational::new(w.into(), scale.into())
}

/// Small games full of ties: numbers are multiples of `1/scale` from a handful.
fn games() -> impl Strategy<Value = GameSpec<Rational>> {
    let scales = prop::sample::select(vec![1_i64, 2, 10, 10, 3, 1000]);
    (1_usize..4, 1_usize..4, 1_usize..9, scales, 1_i64..12).prop_flat_map(
        |(d, s, n, scale, size)| {
            let q = move |v: i64| scalar(v, scale);
            let space = prop::collection::vec((-size..=size, 0..=size), d).prop_map(move |sides| {
                SpaceSpec::Box {
                    lower: sides.iter().map(|&(l, _)| q(l)).collect(),
                    upper: sides.iter().map(|&(l, w)| q(l + w)).collect(),
                }
            });
            let influencer = (-3_i64..4, prop::collection::vec(-size..=size, d), 0..s).prop_map(
                move |(w, target, space)| InfluencerSpec {
                    cost: None,
                    name: None,
                    weight: WeightSpec::Scalar(q(w)),
                    target: target.into_iter().map(q).collect(),
                    space,
                },
            );
            (
                prop::collection::vec(-size..=size, d),
                prop::collection::vec(space, s),
                prop::collection::vec(influencer, n),
            )
                .prop_map(move |(bias, spaces, influencers)| GameSpec {
                    coalitions: Vec::new(),
                    loss: Loss::SquaredEuclidean,
                    bias: bias.into_iter().map(q).collect(),
                    spaces,
                    influencers,
                })
        },
    )
}

/// The doubles of a game, as exact numbers.
fn as_doubles(spec: &GameSpec<Rational>) -> (Game, GameSpec<Rational>) {
    let doubles = spec.map(&mut |q| q.to_f64().unwrap());
    let exact = doubles.map(&mut |x| Rational::from_float(*x).unwrap());
    (doubles.check().unwrap(), exact)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn small_games_as_written(spec in games()) {
        agree(&Game::from_exact(spec.clone()).unwrap(), &spec);
    }

    #[test]
    fn small_games_of_doubles(spec in games()) {
        let (game, exact) = as_doubles(&spec);
        agree(&game, &exact);
    }

    #[test]
    fn any_scale(spec in games(), unit in -140_i32..140, heavy in -100_i32..100) {
        // Weights of one size, actions of another, targets of their product.
        let heavy = heavy.clamp(-140 - unit.min(0), 140 - unit.max(0));
        let power = |e: i32| Rational::from_float(10.0_f64.powi(e)).unwrap();
        let mut scaled = spec.map(&mut |q| q * power(unit));
        for influencer in &mut scaled.influencers {
            let w = number(&influencer.weight) / power(unit) * power(heavy);
            influencer.weight = WeightSpec::Scalar(w);
            influencer.target.iter_mut().for_each(|t| *t *= power(heavy));
        }
        scaled.bias.iter_mut().for_each(|b| *b *= power(heavy));
        let (game, exact) = as_doubles(&scaled);
        agree(&game, &exact);
    }
}

fn interval_game(b: f64, weights: &[f64], targets: &[f64], l: f64, u: f64) -> Game {
    let space = SpaceSpec::Box {
        lower: vec![l],
        upper: vec![u],
    };
    Game::from_columns(
        Loss::SquaredEuclidean,
        vec![b],
        &space,
        weights.to_vec(),
        targets.to_vec(),
        Vec::new(),
    )
    .unwrap()
}

#[test]
fn the_examples_of_the_paper() {
    let actions = |t: &[f64]| {
        let solved = solve(
            &interval_game(0.0, &[0.5, 0.5], t, -1.0, 1.0),
            Selection::default(),
        )
        .unwrap();
        (
            solved.receiver[0],
            solved.actions.values().to_vec(),
            solved.cardinality,
            solved.winners,
        )
    };
    let unique = Cardinality::Unique;
    assert_eq!(
        actions(&[-0.5, 0.25]),
        (0.0, vec![-1.0, 1.0], unique, vec![])
    );
    assert_eq!(
        actions(&[-0.75, -0.25]),
        (-0.25, vec![-1.0, 0.5], unique, vec![1])
    );
    // The winner's target is where it lands anyway.
    assert_eq!(
        actions(&[-0.4, 0.0]),
        (0.0, vec![-1.0, 1.0], unique, vec![1])
    );

    let square = |t: [f64; 4]| {
        let space = SpaceSpec::Box {
            lower: vec![-1.0; 2],
            upper: vec![1.0; 2],
        };
        let bias = vec![0.0; 2];
        let game = Game::from_columns(
            Loss::SquaredEuclidean,
            bias,
            &space,
            vec![0.5; 2],
            t.to_vec(),
            vec![],
        );
        let game = game.unwrap();
        let cuts = locate(&game).unwrap();
        (
            solve(&game, Selection::default()).unwrap(),
            vertices(&game, &cuts, 10).unwrap(),
        )
    };
    let (line, ends) = square([-0.5, 0.0, 0.5, 0.0]);
    assert_eq!((line.dimension, line.receiver), (Some(1), vec![0.0, 0.0]));
    assert_eq!(line.actions.values(), [-1.0, 0.0, 1.0, 0.0]);
    assert_eq!(line.free[1].lower, [1.0, -1.0]);
    assert_eq!(line.free[1].upper, [1.0, 1.0]);
    assert!(line.winners.is_empty());
    let mut ends: Vec<&[f64]> = ends.iter().map(|p| p.values()).collect();
    ends.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(ends, [[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]]);
    let (point, one) = square([-0.5, -0.25, 0.5, 0.25]);
    assert_eq!(
        (point.dimension, point.actions.values()),
        (Some(0), &[-1.0, -1.0, 1.0, 1.0][..])
    );
    assert_eq!(one.len(), 1);
}
