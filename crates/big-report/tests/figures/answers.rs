//! The figures of answers: estimates, all equilibria of a finite game, profiles of finite games.

use big_finite::{
    Budget, Choice, EnumerateOptions, FiniteGame, FoundEquilibrium, enumerate, start,
};
use big_game::dynamics::Start;
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use big_report::figure::preference::{Estimate, EstimatesFigure};
use big_report::figure::{
    EquilibriaFigure, EquilibriumPoint, Figure, LineFigure, PlaneFigure, finite_figures,
};
use std::ops::ControlFlow;

/// `p / q`.
fn ratio(p: i64, q: i64) -> Rational {
    Rational::new(p.into(), q.into())
}

/// Two influencers with weight one half, numbers in hundredths.
fn finite(bias: &[i64], items: &[&[i64]], choose: usize, targets: [&[i64]; 2]) -> FiniteGame {
    let hundredths = |v: &[i64]| v.iter().map(|x| ratio(*x, 100)).collect::<Vec<_>>();
    FiniteGame::new(FiniteSpec {
        bias: hundredths(bias),
        sets: vec![ItemSet {
            items: items.iter().map(|item| hundredths(item)).collect(),
            choose,
            repeats: false,
        }],
        influencers: targets
            .iter()
            .map(|target| InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Scalar(ratio(1, 2)),
                target: hundredths(target),
                space: 0,
            })
            .collect(),
    })
    .unwrap()
}

/// Example 5 of the paper with q = 3, k = 3, in units in which its targets are ∓5/100.
fn line_game() -> FiniteGame {
    let items = [100, -100, 200, -200, 400, -400].map(|v| [v]);
    let items: Vec<&[i64]> = items.iter().map(|v| v.as_slice()).collect();
    finite(&[0], &items, 3, [&[-5], &[5]])
}

/// Two of five points of the plane each.
fn plane_game() -> FiniteGame {
    let items: [&[i64]; 5] = [&[-90, 70], &[-60, -20], &[0, -60], &[60, 50], &[80, -30]];
    finite(&[5, 10], &items, 2, [&[-35, 30], &[30, -10]])
}

fn truthful(game: &FiniteGame) -> Vec<Choice> {
    start(game, Start::Truthful, &Budget::default())
}

pub(crate) fn example_5() -> Vec<Box<dyn Figure>> {
    let game = line_game();
    let profile = [vec![0, 2, 4], vec![1, 3, 5]];
    finite_figures(&game, Some("Example 5"), &profile, &truthful(&game))
}

pub(crate) fn newsroom() -> Vec<Box<dyn Figure>> {
    let game = plane_game();
    let profile = [vec![0, 1], vec![3, 4]];
    finite_figures(&game, Some("Newsroom"), &profile, &truthful(&game))
}

pub(crate) fn estimate(value: f64, error: Option<f64>) -> Estimate {
    Estimate {
        name: "who".into(),
        value,
        error,
    }
}

pub(crate) fn estimates(n: usize, reference: Option<f64>) -> EstimatesFigure {
    let value = |k: usize| (k as f64 * 0.618).fract() - 0.4;
    let rows = (0..n).map(|k| Estimate {
        name: format!("annotator {k}"),
        value: value(k),
        error: (k % 5 != 0).then_some(0.02 + 0.1 * value(k).abs()),
    });
    let reference = reference.map(|v| ("the pooled estimate", v));
    EstimatesFigure::new(Some("Estimates"), "ideal point", rows.collect(), reference)
}

pub(crate) fn outcomes(dim: usize) -> EquilibriaFigure {
    let all: Vec<(Vec<f64>, f64)> = (0..40)
        .map(|k| (f64::from(k / 3) * 0.618).fract())
        .map(|v| (vec![v; dim], 1.0 - v))
        .collect();
    let pairs = all.iter().map(|(r, p)| (r.as_slice(), *p));
    EquilibriaFigure::new(Some("Every pure equilibrium"), pairs, true).unwrap()
}

/// Of too many, those farthest from the reference stay, in their order.
#[test]
fn the_most_telling_estimates_are_kept() {
    let few = estimates(9, Some(0.3));
    assert_eq!((few.rows.len(), few.hidden), (9, 0));
    assert_eq!(few.rows[1].value, 0.618 - 0.4);
    assert_eq!(few.reference, Some(("the pooled estimate".to_owned(), 0.3)));

    let rows = (0..100).map(|k| estimate(f64::from(k), None)).collect();
    let many = EstimatesFigure::new(None, "x", rows, Some(("50", 50.0)));
    let kept: Vec<f64> = many.rows.iter().map(|r| r.value).collect();
    let expected: Vec<f64> = (0..=20).chain(81..100).map(f64::from).collect();
    assert_eq!((kept, many.hidden), (expected, 60));

    let odd = vec![estimate(f64::NAN, None), estimate(1.0, Some(f64::NAN))];
    let odd = EstimatesFigure::new(None, "x", odd, None);
    assert_eq!((odd.rows.len(), odd.hidden), (1, 1));
    assert!(!odd.caption().contains("95 %"), "no error, no interval");
}

/// Against a plain enumeration: example 5 has 40 equilibria, each with the receiver at 0, and choices with equal sums
/// share an outcome.
#[test]
fn outcomes_are_counted() {
    let game = line_game();
    let mut all: Vec<(Vec<f64>, f64)> = Vec::new();
    let mut found = |profile: FoundEquilibrium<'_>| {
        // The potential is that of the sums: Φ = r² − Σ t_i x_i with w = ½ (eq. 5).
        let value = |item: &u32| [1.0, -1.0, 2.0, -2.0, 4.0, -4.0][*item as usize];
        let choices: &[Choice] = profile.choices;
        let x: Vec<f64> = choices
            .iter()
            .map(|c| c.iter().map(value).sum::<f64>() / 3.0)
            .collect();
        let r = 0.5 * (x[0] + x[1]);
        all.push((vec![r], r * r + 0.05 * x[0] - 0.05 * x[1]));
        ControlFlow::Continue(())
    };
    enumerate(&game, &EnumerateOptions::default(), &mut found, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let pairs = all.iter().map(|(r, p)| (r.as_slice(), *p));
    let figure = EquilibriaFigure::new(None, pairs, true).unwrap();
    assert_eq!((figure.dim, figure.total, figure.hidden), (1, 40, 0));
    assert_eq!(figure.points.iter().map(|p| p.count).sum::<usize>(), 40);
    assert!(figure.points.iter().all(|p| p.receiver == [0.0, 0.0]));
    assert!(figure.points.is_sorted_by(|p, q| p.potential < q.potential));
    // The largest sum is 1 + 2 + 4; it and its mirror image lie farthest apart.
    let least = EquilibriumPoint {
        receiver: [0.0, 0.0],
        potential: -0.05 * 7.0 / 3.0 - 0.05 * 7.0 / 3.0,
        count: 1,
    };
    assert_eq!(figure.points[0].count, least.count);
    assert!((figure.points[0].potential - least.potential).abs() < 1e-15);
    assert!(figure.caption().contains("all 40 pure equilibria"));
}

#[test]
fn outcomes_in_three_dimensions_are_not_drawn() {
    let none: [(&[f64], f64); 0] = [];
    assert!(EquilibriaFigure::new(None, none, true).is_none());
    let solid = [([0.0, 1.0, 2.0].as_slice(), 0.0)];
    assert!(EquilibriaFigure::new(None, solid, true).is_none());
    let mixed = [([0.0].as_slice(), 0.0), ([0.0, 1.0].as_slice(), 0.0)];
    assert!(EquilibriaFigure::new(None, mixed, true).is_none());
}

/// Example 5: every mean of three of the six items is a tick, and the choice and its mirror image are drawn.
#[test]
fn data_of_a_finite_line() {
    let game = line_game();
    let profile = [vec![0, 2, 4], vec![1, 3, 5]];
    let figure = LineFigure::of_finite(&game, None, &profile, &truthful(&game)).unwrap();
    assert_eq!(figure.receiver, 0.0);
    let [below, above] = figure.rows.as_slice() else {
        panic!("two rows")
    };
    // By hand: a pair that cancels and one more, or one of each: ±1, ±2, ±4, or ±1 ± 2 ± 4.
    let sums = [-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7];
    let means: Vec<f64> = sums.iter().map(|s| f64::from(*s) / 3.0).collect();
    assert_eq!(below.possible, means);
    assert_eq!(below.bounds, [-7.0 / 3.0, 7.0 / 3.0]);
    assert_eq!((below.action, above.action), (7.0 / 3.0, -7.0 / 3.0));
    assert_eq!(below.truthful.abs(), 1.0 / 3.0, "nearest to −0.05");
    assert_eq!(below.range, [below.action; 2]);
    assert!(PlaneFigure::of_finite(&game, None, &profile, &truthful(&game)).is_none());
}

#[test]
fn data_of_a_finite_plane() {
    let game = plane_game();
    let profile = [vec![0, 1], vec![3, 4]];
    let figure = PlaneFigure::of_finite(&game, None, &profile, &truthful(&game)).unwrap();
    assert_eq!(figure.possible.len(), 10, "C(5, 2) means, all different");
    assert_eq!(figure.influencers[0].action, [-0.75, 0.25]);
    assert_eq!(figure.influencers[1].action, [0.7, 0.1]);
    assert_eq!(figure.receiver, [0.025, 0.275]);
    assert_eq!(figure.background, [0.05, 0.1]);
    // The truthful choice is the mean nearest to the target, among all of them.
    for who in &figure.influencers {
        let far = |p: &[f64; 2]| (p[0] - who.target[0]).hypot(p[1] - who.target[1]);
        let least = figure
            .possible
            .iter()
            .map(far)
            .fold(f64::INFINITY, f64::min);
        assert!((far(&who.truthful) - least).abs() < 1e-12);
    }
}
