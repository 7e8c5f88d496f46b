//! The figures' data against games whose equilibria are known, and every drawing against the rules of the house:
//! well-formed, all text on the page, no text over data or other text, the same bytes every time, a picture.
#![allow(clippy::unwrap_used)]

use big_game::dynamics::{Dynamics, Order, Start, start};
use big_game::equilibrium::{Assessment, Equilibrium, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use big_report::draw::Grid;
use big_report::figure::preference::{
    BisectionFigure, FakePoints, IterationsFigure, LikelihoodFigure, PairPoint, ScatterFigure,
    SurfaceFigure,
};
use big_report::figure::{
    Bar, BarsFigure, DirectionsFigure, HistogramFigure, LineFigure, LineRow, PlaneFigure,
    PotentialFigure, TrajectoryFigure, Variable,
};
use big_report::{Figure, Style, Theme, to_png};
use resvg::usvg;

type Person<'a> = (&'a str, f64, &'a [f64]);

fn game(loss: Loss, bias: &[f64], space: SpaceSpec<f64>, people: &[Person<'_>]) -> Game {
    let influencers = people.iter().map(|(name, weight, target)| InfluencerSpec {
        name: Some((*name).to_owned()),
        weight: WeightSpec::Scalar(*weight),
        target: target.to_vec(),
        space: 0,
    });
    GameSpec {
        loss,
        bias: bias.to_vec(),
        spaces: vec![space],
        influencers: influencers.collect(),
    }
    .check()
    .unwrap()
}

fn unit_box(d: usize) -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![-1.0; d],
        upper: vec![1.0; d],
    }
}

fn diamond() -> SpaceSpec<f64> {
    SpaceSpec::L1Ball {
        center: vec![0.0; 2],
        radius: 1.0,
    }
}

fn solved(game: &Game) -> (Equilibrium, Assessment) {
    let equilibrium = solve(game, &SolveOptions::default()).unwrap();
    let assessment = assess(game, &equilibrium.actions);
    (equilibrium, assessment)
}

fn line(targets: &[f64]) -> (Game, LineFigure) {
    let names: Vec<String> = (1..=targets.len()).map(|i| format!("party {i}")).collect();
    let people: Vec<Person<'_>> = names
        .iter()
        .zip(targets)
        .map(|(name, t)| {
            (
                name.as_str(),
                1.0 / targets.len() as f64,
                std::slice::from_ref(t),
            )
        })
        .collect();
    let game = game(Loss::SquaredEuclidean, &[0.0], unit_box(1), &people);
    let (equilibrium, assessment) = solved(&game);
    let figure = LineFigure::new(&game, Some("on a line"), &equilibrium, &assessment).unwrap();
    (game, figure)
}

fn plane(space: SpaceSpec<f64>, people: &[Person<'_>]) -> PlaneFigure {
    let game = game(Loss::SquaredEuclidean, &[0.0, 0.0], space, people);
    let (equilibrium, assessment) = solved(&game);
    PlaneFigure::new(
        &game,
        Some("in the plane"),
        &equilibrium,
        &assessment,
        None,
        &[],
    )
    .unwrap()
}

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
    assert_eq!(figure.points.len() + figure.hidden, 100_001);
    assert_eq!(
        figure,
        ScatterFigure::new(None, pairs.iter().copied(), None)
    );
}

fn surface(covariance: Option<[[f64; 2]; 2]>) -> SurfaceFigure {
    SurfaceFigure {
        title: Some("surface".into()),
        grid: Grid::of((-1.0, 1.0), (-0.8, 1.2), 40, 40, |x, y| {
            -(x - 0.1).powi(2) - (y - 0.25).powi(2)
        }),
        estimate: [0.1, 0.25],
        covariance,
        marks: vec![("A".into(), [-0.6, 0.1]), ("far away".into(), [5.0, 0.8])],
    }
}

/// One of every kind, the awkward ones too.
fn all() -> Vec<(&'static str, Box<dyn Figure>)> {
    let (game_on_line, two) = line(&[-0.8, -0.3]);
    let (_, thirty) = line(
        &(0..30)
            .map(|k| (f64::from(k) * 0.618).fract() * 3.0 - 1.5)
            .collect::<Vec<_>>(),
    );
    let (_, alone) = line(&[0.0]);
    let mut hostile = two.clone();
    hostile.title = Some(
        "<script>alert('&')</script> \u{0} 漢字 and a very long title that goes on and on and on"
            .into(),
    );
    hostile.rows[0].name =
        "]]> a name that is much longer than the page has room for, by far".into();
    hostile.rows[1].weight = -0.25;
    hostile.background = 0.7;
    let mut wild = two.clone();
    wild.rows[0].target = 1e120;
    let mut empty = two.clone();
    empty.rows.clear();
    let people: Vec<(String, [f64; 2])> = (0..20)
        .map(|k| {
            (
                format!("voice {k}"),
                [
                    (f64::from(k) * 0.618).fract(),
                    (f64::from(k) * 0.414).fract() * 2.0 - 1.0,
                ],
            )
        })
        .collect();
    let people: Vec<Person<'_>> = people
        .iter()
        .map(|(n, t)| (n.as_str(), 0.05, t.as_slice()))
        .collect();
    let (equilibrium, assessment) = solved(&game_on_line);
    let from = start(&game_on_line, Start::Truthful);
    let steps: Vec<_> = Dynamics::new(
        &game_on_line,
        from.clone(),
        Order::RoundRobin,
        1.0,
        1e-12,
        0,
    )
    .take(9)
    .collect();
    let variables = [0, 1].map(|influencer| Variable {
        influencer,
        coordinate: 0,
    });
    let disc = SpaceSpec::Ball {
        center: vec![0.2, 0.0],
        radius: 1.0,
    };
    let inner = game(
        Loss::InnerProduct,
        &[0.0, 0.0],
        disc,
        &[("up", 0.5, &[0.3, 1.0]), ("down", -0.5, &[1.0, 0.2])],
    );
    let (dominant, _) = solved(&inner);
    let bars = (0..40).map(|k| Bar {
        name: format!("annotator {k}"),
        value: f64::from(k) * 0.01,
        interval: Some([0.0, f64::from(k) * 0.013]),
        kind: k as usize % 2,
    });
    let pairs: Vec<PairPoint> = (0..500)
        .map(|k| PairPoint {
            a: (f64::from(k) * 0.618).fract(),
            b: (f64::from(k) * 0.414).fract(),
            first_preferred: k % 2 == 0,
        })
        .collect();
    let lies: Vec<f64> = (0..1000).map(|k| (f64::from(k) * 0.618).fract()).collect();
    vec![
        ("two", Box::new(two)),
        ("thirty", Box::new(thirty)),
        ("alone", Box::new(alone)),
        ("hostile", Box::new(hostile)),
        ("wild", Box::new(wild)),
        ("empty", Box::new(empty)),
        (
            "square",
            Box::new(plane(
                unit_box(2),
                &[("1", 0.5, &[-0.4, 0.0]), ("2", 0.5, &[0.4, 0.0])],
            )),
        ),
        ("twenty", Box::new(plane(unit_box(2), &people))),
        (
            "diamond",
            Box::new(plane(
                diamond(),
                &[("1", 0.5, &[-0.4, -0.4]), ("2", 0.5, &[0.4, 0.4])],
            )),
        ),
        (
            "directions",
            Box::new(DirectionsFigure::new(&inner, Some("directions"), &dominant).unwrap()),
        ),
        (
            "potential",
            Box::new(
                PotentialFigure::new(
                    &game_on_line,
                    None,
                    &equilibrium,
                    variables,
                    Some((&from, &steps)),
                )
                .unwrap(),
            ),
        ),
        (
            "trajectory",
            Box::new(TrajectoryFigure::new(Some("run"), &steps, Some(&equilibrium)).unwrap()),
        ),
        (
            "exaggeration",
            Box::new(BarsFigure::exaggeration(
                &game_on_line,
                None,
                &equilibrium,
                &assessment,
            )),
        ),
        (
            "bars",
            Box::new(BarsFigure::ranking(
                Some("audit"),
                "influence",
                &["a", "b"],
                bars.collect(),
            )),
        ),
        (
            "no bars",
            Box::new(BarsFigure::ranking(None, "influence", &[], Vec::new())),
        ),
        (
            "histogram",
            Box::new(HistogramFigure::new(
                Some("lies"),
                "exaggeration",
                "influencers",
                &lies,
            )),
        ),
        (
            "scatter",
            Box::new(ScatterFigure::new(
                Some("pairs"),
                pairs.into_iter(),
                Some(0.5),
            )),
        ),
        (
            "surface",
            Box::new(surface(Some([[0.012, -0.003], [-0.003, 0.007]]))),
        ),
        (
            "likelihood",
            Box::new(LikelihoodFigure {
                title: None,
                curve: (0..50)
                    .map(|k| [f64::from(k), -(f64::from(k) - 20.0).powi(2)])
                    .collect(),
                maximiser: [20.0, 0.0],
                standard_error: Some(2.0),
                marks: vec![("target".into(), 10.0)],
            }),
        ),
        (
            "bisection",
            Box::new(BisectionFigure {
                title: None,
                evaluations: vec![
                    [-1.0, -0.4],
                    [1.0, 0.6],
                    [0.0, 0.1],
                    [-0.5, -0.15],
                    [-0.75, -0.2],
                ],
                target: -0.2,
                bounds: [-1.0, 1.0],
            }),
        ),
        (
            "iterations",
            Box::new(IterationsFigure {
                title: None,
                influencers: vec![FakePoints {
                    name: "1".into(),
                    target: -0.2,
                    points: vec![-0.2, -0.7, -0.7],
                }],
                estimate: vec![0.05, -0.2, -0.2],
                bounds: [-1.0, 1.0],
            }),
        ),
    ]
}

#[test]
fn every_drawing_keeps_the_rules() {
    for (name, figure) in all() {
        for width in [560.0, 360.0] {
            for theme in [Theme::Light, Theme::Dark, Theme::Page] {
                let style = Style { theme, width };
                let drawing = figure.draw(&style);
                let again = figure.draw(&style);
                assert_eq!(drawing.svg, again.svg, "{name}: the same bytes");
                usvg::Tree::from_str(&drawing.svg, &usvg::Options::default())
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                assert!(
                    !drawing.svg.contains("NaN") && !drawing.svg.contains("inf\""),
                    "{name}"
                );
                for (k, (area, text)) in drawing.texts.iter().enumerate() {
                    let (right, bottom) = (area.x + area.w, area.y + area.h);
                    let inside = area.x >= -0.5
                        && area.y >= -0.5
                        && right <= drawing.width + 0.5
                        && bottom <= drawing.height + 0.5;
                    assert!(
                        inside,
                        "{name} at {width}: '{text}' leaves the page: {area:?}"
                    );
                    for (other, words) in &drawing.texts[..k] {
                        assert!(
                            area.overlap(other) < 4.0,
                            "{name} at {width}: '{text}' over '{words}'"
                        );
                    }
                    for mark in &drawing.marks {
                        // Half of a small dot may be touched by a crowded label, no more.
                        let most = 0.25 * (mark.w * mark.h).max(40.0);
                        assert!(
                            area.overlap(mark) <= most,
                            "{name} at {width}: '{text}' {area:?} over {mark:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_drawing_becomes_a_picture() {
    for (name, figure) in all() {
        let drawing = figure.draw(&Style::default());
        let png = to_png(&drawing.svg, 0.5).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(&png[1..4], b"PNG");
        assert!(png.len() > 500, "{name}");
        assert!(
            drawing.svg.len() < 150_000,
            "{name}: {} bytes",
            drawing.svg.len()
        );
        assert!(!figure.caption().is_empty());
    }
    assert!(to_png("no svg", 1.0).is_err());
    let drawing = all()[0].1.draw(&Style::default());
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(to_png(&drawing.svg, scale).is_err(), "{scale}");
    }
}

/// Figures on one page must not share ids.
#[test]
fn ids_differ_between_figures() {
    let ids = |svg: &str| -> Vec<String> {
        svg.split("id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    for (name, figure) in all() {
        for id in ids(&figure.draw(&Style::default()).svg) {
            assert!(seen.insert(id.clone()), "{name}: {id} is used twice");
        }
    }
    assert!(seen.len() > 100);
}
