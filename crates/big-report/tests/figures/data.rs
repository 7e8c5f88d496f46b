//! The data of figures: the paper's examples exactly, the rest against its definition.

use big_game::Game;
use big_game::dynamics::{Dynamics, Order, Start, Step, start};
use big_game::profile::Profile;
use big_game::spec::{Loss, SpaceSpec};
use big_report::figure::preference::{PairPoint, ScatterFigure};
use big_report::figure::{
    Bar, BarsFigure, DirectionsFigure, HistogramFigure, LineRow, PlaneFigure, PotentialFigure,
    TrajectoryFigure, Variable,
};
use big_report::{Figure, Style};

use crate::{Person, diamond, game, line, plane, solved, surface, unit_box};
use big_game::action_space::ConvexSet;

/// Example 1: influencer 2 wins by crossing to the other side.
#[test]
fn data_of_example_1() {
    let row = |name: &str, target: f64, action: f64, winner: bool| LineRow {
        name: name.into(),
        weight: 0.5,
        target,
        truthful: target,
        action,
        range: [action, action],
        bounds: [-1.0, 1.0],
        possible: Vec::new(),
        winner,
    };
    let (_, figure) = line(&[-0.8, -0.3]);
    assert_eq!(figure.receiver, -0.3);
    assert_eq!(figure.truthful_receiver, -0.55);
    assert_eq!(figure.hidden, 0);
    assert_eq!(
        figure.rows,
        [
            row("party 1", -0.8, -1.0, false),
            row("party 2", -0.3, 0.4, true)
        ]
    );
    let (_, figure) = line(&[-0.6, 0.4]);
    assert_eq!(figure.receiver, 0.0);
    assert_eq!(
        figure.rows,
        [
            row("party 1", -0.6, -1.0, false),
            row("party 2", 0.4, 1.0, false)
        ]
    );
}

#[test]
fn of_many_rows_those_that_exaggerate_most_are_kept() {
    let targets: Vec<f64> = (0..100).map(|k| f64::from(k) / 50.0 - 0.99).collect();
    let (game, figure) = line(&targets);
    let (_, assessment) = solved(&game);
    assert_eq!((figure.rows.len(), figure.hidden), (30, 70));
    let mut lies = assessment.exaggeration.clone();
    lies.sort_by(|a, b| b.total_cmp(a));
    let least = figure
        .rows
        .iter()
        .map(|r| (r.action - r.target).abs())
        .fold(f64::INFINITY, f64::min);
    assert!(least >= lies[29] - 1e-12);
}

/// Example 2: the continuum is a pair of edges, the other game has one equilibrium.
#[test]
fn data_of_example_2() {
    let figure = plane(
        unit_box(2),
        &[("1", 0.5, &[-0.4, 0.0]), ("2", 0.5, &[0.4, 0.0])],
    );
    assert_eq!(figure.receiver, [0.0, 0.0]);
    assert_eq!(figure.influencers[0].freedom, [[-1.0, -1.0], [-1.0, 1.0]]);
    assert_eq!(figure.influencers[1].freedom, [[1.0, -1.0], [1.0, 1.0]]);
    assert_eq!(
        figure.sets,
        [vec![[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]]
    );
    let figure = plane(
        unit_box(2),
        &[("1", 0.5, &[-0.4, -0.3]), ("2", 0.5, &[0.4, 0.3])],
    );
    assert_eq!(figure.influencers[0].freedom, [[-1.0, -1.0]]);
    assert_eq!(figure.influencers[1].freedom, [[1.0, 1.0]]);
}

/// On a diamond, the free edge is slanted: a diagonal of the box of ranges, not the box.
#[test]
fn slanted_edges_are_segments() {
    let figure = plane(
        diamond(),
        &[("1", 0.5, &[-0.4, -0.4]), ("2", 0.5, &[0.4, 0.4])],
    );
    let edge = &figure.influencers[1].freedom;
    assert_eq!(edge.len(), 2, "{edge:?}");
    for [x, y] in edge {
        assert!((x + y - 1.0).abs() < 1e-9, "{edge:?}");
    }
}

/// Examples 3 and 4: a corner, an edge; a negative weight flips the direction.
#[test]
fn data_of_examples_3_and_4() {
    let people: [Person<'_>; 3] = [
        ("1", 0.5, &[0.3, 1.0]),
        ("2", 0.5, &[1.0, 1.0]),
        ("3", -0.5, &[1.0, 0.2]),
    ];
    let game = game(Loss::InnerProduct, &[0.0, 0.0], diamond(), &people);
    let (equilibrium, _) = solved(&game);
    let figure = DirectionsFigure::new(&game, None, &equilibrium).unwrap();
    assert_eq!(figure.influencers[0].dominant, [[0.0, 1.0]]);
    let mut edge = figure.influencers[1].dominant.clone();
    edge.sort_by(|a, b| a[0].total_cmp(&b[0]));
    assert_eq!(edge, [[0.0, 1.0], [1.0, 0.0]]);
    assert_eq!(figure.influencers[2].dominant, [[-1.0, 0.0]]);
    assert_eq!(figure.influencers[2].pull, [-0.5, -0.1]);
}

/// The slice is the potential: against its definition, at points of the grid.
#[test]
fn slices_are_the_potential() {
    let (game, _) = line(&[-0.8, -0.3]);
    let (equilibrium, _) = solved(&game);
    let variables = [0, 1].map(|influencer| Variable {
        influencer,
        coordinate: 0,
    });
    let from = start(&game, Start::Truthful);
    let steps: Vec<_> = Dynamics::new(&game, from.clone(), Order::RoundRobin, 1.0, 1e-12, 0)
        .take(9)
        .collect();
    let figure =
        PotentialFigure::new(&game, None, &equilibrium, variables, Some((&from, &steps))).unwrap();
    let g = &figure.grid;
    let mut profile = equilibrium.actions.clone();
    for (k, value) in g.values.iter().enumerate() {
        let share = |at: usize, n: usize| at as f64 / (n - 1) as f64;
        profile.values_mut()[0] = g.x.0 + (g.x.1 - g.x.0) * share(k % g.nx, g.nx);
        profile.values_mut()[1] = g.y.0 + (g.y.1 - g.y.0) * share(k / g.nx, g.ny);
        let expected = big_game::potential::potential(&game, &profile) - equilibrium.potential;
        assert!((value - expected).abs() < 1e-12);
    }
    assert_eq!(figure.path.first(), Some(&[-0.8, -0.3]));
    let end = figure.path.last().unwrap();
    assert!((0..2).all(|k| (end[k] - figure.equilibrium[k]).abs() < 1e-12));
    for (corner, expected) in
        figure
            .feasible
            .iter()
            .zip([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    {
        assert!((corner[0] - expected[0]).abs() < 1e-8 && (corner[1] - expected[1]).abs() < 1e-8);
    }
    assert!(PotentialFigure::new(&game, None, &equilibrium, [variables[0]; 2], None).is_none());
}

#[test]
fn histograms_count_everything_once() {
    let values: Vec<f64> = (0..10_000)
        .map(|k| (f64::from(k) * 0.618_034).fract().powi(2))
        .collect();
    let figure = HistogramFigure::new(None, "value", "things", &values);
    assert_eq!(figure.counts.iter().sum::<usize>(), 10_000);
    for (at, held) in figure.counts.iter().enumerate() {
        let (a, b) = (
            figure.start + figure.step * at as f64,
            figure.start + figure.step * (at + 1) as f64,
        );
        let inside = values
            .iter()
            .filter(|v| **v >= a - 1e-9 && **v < b - 1e-9)
            .count();
        assert_eq!(*held, inside, "[{a}, {b})");
    }
    assert!((figure.median - 0.25).abs() < 0.01);
    for odd in [
        &[][..],
        &[0.0][..],
        &[3.0, 3.0, 3.0][..],
        &[f64::NAN, 1.0][..],
        &[1e300, -1e300][..],
    ] {
        let figure = HistogramFigure::new(None, "value", "things", odd);
        assert_eq!(
            figure.counts.iter().sum::<usize>(),
            odd.iter().filter(|v| v.is_finite()).count()
        );
    }
}

#[test]
fn confidence_ellipses_have_the_right_distance() {
    let covariance = [[0.012, -0.003], [-0.003, 0.007]];
    let figure = surface(Some(covariance));
    let determinant = covariance[0][0] * covariance[1][1] - covariance[0][1] * covariance[1][0];
    for [x, y] in figure.ellipse() {
        let (u, v) = (x - 0.1, y - 0.25);
        let square =
            covariance[1][1] * u * u - 2.0 * covariance[0][1] * u * v + covariance[0][0] * v * v;
        assert!((square / determinant - 5.991_464_547).abs() < 1e-6);
    }
    assert!(surface(Some([[1.0, 2.0], [2.0, 1.0]])).ellipse().is_empty());
}

#[test]
fn thinning_keeps_clouds_small_and_the_same() {
    let pairs = (0..100_001).map(|k| PairPoint {
        a: f64::from(k),
        b: 0.5,
        first_preferred: k % 3 == 0,
    });
    let pairs: Vec<PairPoint> = pairs.collect();
    let figure = ScatterFigure::new(None, pairs.iter().copied(), None);
    assert!(figure.points.len() <= 20_000 && figure.points.len() > 10_000);
    assert_eq!(figure.total, 100_001);
    // Every eighth, in their order.
    assert!(
        figure
            .points
            .iter()
            .zip(0..)
            .all(|(p, k)| p.a == f64::from(8 * k))
    );
    assert_eq!(
        figure,
        ScatterFigure::new(None, pairs.iter().copied(), None)
    );
}

/// One target far away does not shrink everything else to a dot.
#[test]
fn far_targets_are_pointed_at() {
    let (_, near) = line(&[-0.8, -0.3]);
    let (_, far) = line(&[-0.8, 1e6]);
    assert!(!near.caption().contains("beyond") && far.caption().contains("beyond"));
    let figure = plane(
        unit_box(2),
        &[("1", 0.5, &[-0.4, 0.0]), ("2", 0.5, &[1e6, 0.3])],
    );
    assert!(figure.caption().contains("beyond"));
}

/// Given the corners of the set of equilibria, regions are exact: of three influencers, whose common pull must cancel,
/// the corners are given and their hull is drawn.
#[test]
fn corners_of_the_set_of_equilibria_make_regions() {
    let third: [Person<'_>; 3] = [
        ("1", 0.5, &[0.0, 0.0]),
        ("2", 0.5, &[0.0, 0.0]),
        ("3", 0.1, &[3.0, 0.0]),
    ];
    let game = game(Loss::SquaredEuclidean, &[0.0, 0.0], unit_box(2), &third);
    let (equilibrium, assessment) = solved(&game);
    let profile = |x: [f64; 2]| {
        let other = [-x[0] - 0.2, -x[1]];
        let actions = [x.to_vec(), other.to_vec(), vec![1.0, 0.0]];
        Profile::from_actions(&game, actions.iter().map(Vec::as_slice)).unwrap()
    };
    let corners = [
        [-1.0, -1.0],
        [0.8, -1.0],
        [0.8, 1.0],
        [-1.0, 1.0],
        [0.0, 0.0],
    ]
    .map(profile);
    let figure =
        PlaneFigure::new(&game, None, &equilibrium, &assessment, Some(&corners), &[]).unwrap();
    assert_eq!(
        figure.influencers[0].freedom,
        [[-1.0, -1.0], [0.8, -1.0], [0.8, 1.0], [-1.0, 1.0]]
    );
    // Without them: the set cut to the ranges, which holds every equilibrium action.
    let figure = PlaneFigure::new(&game, None, &equilibrium, &assessment, None, &[]).unwrap();
    let region = &figure.influencers[0].freedom;
    assert!(region.len() >= 4, "{region:?}");
    for corner in region {
        assert!(game.space(0).contains(corner, 1e-9));
    }
}

/// The bars are the greatest exaggerations in order; the winner is told from the others.
#[test]
fn bars_rank_exaggeration() {
    let (game, _) = line(&[-0.8, -0.3, 0.1, 0.9]);
    let (equilibrium, assessment) = solved(&game);
    let figure = BarsFigure::exaggeration(&game, None, &equilibrium, &assessment);
    assert_eq!((figure.rows.len(), figure.hidden), (4, 0));
    assert!(
        figure
            .rows
            .windows(2)
            .all(|pair| pair[0].value >= pair[1].value)
    );
    for row in &figure.rows {
        let i = (0..4).find(|&i| game.name(i) == row.name.as_str()).unwrap();
        assert_eq!(row.value, assessment.exaggeration[i]);
        assert_eq!(row.kind == 2, equilibrium.winners.contains(&i));
    }
    let bar = |value: f64| Bar {
        name: "x".into(),
        value,
        interval: None,
        kind: 0,
    };
    let ranking = BarsFigure::ranking(None, "v", &[], vec![bar(f64::NAN), bar(1.0), bar(2.0)]);
    assert_eq!((ranking.rows[0].value, ranking.hidden), (2.0, 1));
}

/// Long runs are thinned, but never lose their end.
#[test]
fn trajectories_end_where_the_run_ends() {
    let steps: Vec<Step> = (0..5001)
        .map(|k| Step {
            round: k,
            influencer: None,
            action: Vec::new(),
            receiver: vec![1.0 / (1.0 + k as f64), 2.0],
            potential: -(k as f64),
        })
        .collect();
    let figure = TrajectoryFigure::new(None, &steps, None).unwrap();
    assert!(figure.moves.len() <= 602);
    assert_eq!(figure.moves.last(), Some(&5001));
    assert_eq!(figure.potential.last(), Some(&-5000.0));
    assert_eq!(figure.receiver[1].len(), figure.moves.len());
    assert!(TrajectoryFigure::new(None, &[], None).is_none());
}

/// A million influencers give a figure of a size that opens.
#[test]
fn crowds_stay_small() {
    let n = 300_000;
    let targets: Vec<f64> = (0..2 * n)
        .map(|k| (k as f64 * 0.618_034).fract() * 3.0 - 1.5)
        .collect();
    let ball = SpaceSpec::Ball {
        center: vec![0.0; 2],
        radius: 1.0,
    };
    let weights = vec![1.0 / n as f64; n];
    let game = Game::from_columns(
        Loss::SquaredEuclidean,
        vec![0.0; 2],
        &ball,
        weights,
        targets,
        Vec::new(),
    )
    .unwrap();
    let (equilibrium, assessment) = solved(&game);
    let figure = PlaneFigure::new(&game, None, &equilibrium, &assessment, None, &[]).unwrap();
    assert!(figure.influencers.len() <= 20_000);
    assert_eq!(figure.influencers.len() + figure.hidden, n);
    let drawing = figure.draw(&Style::default());
    assert!(drawing.svg.len() < 700_000, "{} bytes", drawing.svg.len());
}
