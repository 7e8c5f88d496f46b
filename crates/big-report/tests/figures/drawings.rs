//! Every kind of figure, drawn.

use big_game::dynamics::{Dynamics, Order, Start, start};
use big_game::spec::{Loss, SpaceSpec};
use big_report::figure::preference::{
    BisectionFigure, EstimatesFigure, FakePoints, IterationsFigure, LikelihoodFigure, PairPoint,
    ScatterFigure,
};
use big_report::figure::{
    Bar, BarsFigure, DirectionsFigure, HistogramFigure, Panels, PotentialFigure, TrajectoryFigure,
    Variable,
};
use big_report::{Figure, Style, Theme, to_png};
use resvg::usvg;

use crate::{Person, answers, diamond, game, line, plane, solved, surface, unit_box};

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
    let panels = Panels {
        caption: "two panels".into(),
        figures: vec![
            Box::new(two.clone()),
            Box::new(alone.clone()),
            Box::new(surface(None)),
        ],
        columns: 2,
    };
    let names = ["漢字", "里", "李", "محمد", "👍", "a name that ends in one"];
    let crowd: Vec<Person<'_>> = names
        .iter()
        .enumerate()
        .map(|(k, name)| (*name, [0.25, -0.25][k % 2], &[0.3, 0.3][..]))
        .collect();
    let together = plane(unit_box(2), &crowd);
    let narrow = SpaceSpec::Box {
        lower: vec![-1.0, -100.0],
        upper: vec![1.0, 100.0],
    };
    let narrow = plane(
        narrow,
        &[("left", 0.5, &[-0.4, 30.0]), ("right", 0.5, &[0.9, -80.0])],
    );
    let far = plane(
        unit_box(2),
        &[("near", 0.5, &[-0.4, 0.0]), ("far", 0.5, &[1e6, 0.3])],
    );
    vec![
        ("panels", Box::new(panels)),
        ("far", Box::new(far)),
        ("together", Box::new(together)),
        ("narrow", Box::new(narrow)),
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
            Box::new(ScatterFigure::new(Some("pairs"), pairs, Some(0.5))),
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
                remark: None,
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
                    target: Some(-0.2),
                    points: vec![-0.2, -0.7, -0.7],
                }],
                estimate: vec![0.05, -0.2, -0.2],
                bounds: Some([-1.0, 1.0]),
            }),
        ),
        ("estimates", Box::new(answers::estimates(9, Some(0.3)))),
        ("many estimates", Box::new(answers::estimates(90, None))),
        (
            "no estimates",
            Box::new(EstimatesFigure::new(None, "ideal point", Vec::new(), None)),
        ),
        ("equilibria on a line", Box::new(answers::outcomes(1))),
        ("equilibria in the plane", Box::new(answers::outcomes(2))),
        ("finite line", answers::example_5().remove(0)),
        ("finite plane", answers::newsroom().remove(0)),
    ]
}

/// Well-formed, all text on the page, no text over data or other text, the same bytes every time.
#[test]
fn every_drawing_keeps_the_rules() {
    for (name, figure) in all() {
        for width in [560.0, 360.0] {
            for (theme, latin) in [
                (Theme::Light, true),
                (Theme::Dark, false),
                (Theme::Page, false),
                (Theme::Auto, false),
            ] {
                let style = Style {
                    theme,
                    width,
                    latin,
                };
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
        let png = to_png(figure.as_ref(), &Style::default(), 0.5)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(&png[1..4], b"PNG");
        assert!(png.len() > 500, "{name}");
        assert!(
            drawing.svg.len() < 150_000,
            "{name}: {} bytes",
            drawing.svg.len()
        );
        assert!(!figure.caption().is_empty());
    }
    let (_, first) = all().remove(0);
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let picture = to_png(first.as_ref(), &Style::default(), scale);
        assert!(picture.is_err(), "{scale}");
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
    for (name, figure) in all().into_iter().filter(|(name, _)| *name != "panels") {
        for id in ids(&figure.draw(&Style::default()).svg) {
            assert!(seen.insert(id.clone()), "{name}: {id} is used twice");
        }
    }
    assert!(seen.len() > 100);
}

/// Whatever the numbers are, there is a drawing, and it is well-formed.
#[test]
fn no_number_breaks_a_drawing() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -1.0,
        1e300,
        -1e300,
        5e-324,
        1.0,
        1.0 + 1e-15,
    ];
    // All numbers of a figure, drawn one after the other from a walk over the odd ones.
    let mut state = 12345_usize;
    for round in 0..80 {
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            odd[(state >> 33) % odd.len()]
        };
        let mut two = line(&[-0.8, -0.3]).1;
        two.receiver = next();
        two.background = next();
        two.truthful_receiver = next();
        for row in &mut two.rows {
            (row.target, row.truthful, row.action, row.weight) = (next(), next(), next(), next());
            row.range = [next(), next()];
            row.bounds = [next(), next()];
        }
        let mut bowl = surface(Some([[next(), next()], [next(), next()]]));
        bowl.estimate = [next(), next()];
        bowl.grid.x = (next(), next());
        for value in bowl.grid.values.iter_mut().step_by(7) {
            *value = next();
        }
        let bar = |value: f64, high: f64| Bar {
            name: "bar".into(),
            value,
            interval: Some([value, high]),
            kind: 7,
        };
        let bars = vec![
            bar(next(), next()),
            bar(next(), next()),
            bar(next(), next()),
        ];
        let values: Vec<f64> = (0..9).map(|_| next()).collect();
        let figures: Vec<Box<dyn Figure>> = vec![
            Box::new(two),
            Box::new(bowl),
            Box::new(BarsFigure::ranking(None, "value", &["a", "b"], bars)),
            Box::new(HistogramFigure::new(None, "value", "things", &values)),
            Box::new(LikelihoodFigure {
                title: None,
                curve: values.iter().map(|v| [*v, next()]).collect(),
                maximiser: [next(), next()],
                standard_error: Some(next()),
                marks: vec![("mark".into(), next())],
                remark: None,
            }),
            Box::new(BisectionFigure {
                title: None,
                evaluations: values.iter().map(|v| [*v, next()]).collect(),
                target: next(),
                bounds: [next(), next()],
            }),
            Box::new(IterationsFigure {
                title: None,
                influencers: vec![FakePoints {
                    name: "1".into(),
                    target: Some(next()),
                    points: values.clone(),
                }],
                estimate: values,
                bounds: Some([next(), next()]),
            }),
            Box::new(EstimatesFigure::new(
                None,
                "value",
                (0..5)
                    .map(|_| answers::estimate(next(), Some(next())))
                    .collect(),
                Some(("reference", next())),
            )),
        ];
        for figure in figures {
            let style = Style {
                theme: Theme::Light,
                width: [560.0, 0.0, f64::NAN, 1e9][round % 4],
                latin: false,
            };
            let drawing = figure.draw(&style);
            usvg::Tree::from_str(&drawing.svg, &usvg::Options::default()).unwrap();
            assert!(!drawing.svg.contains("NaN"), "{}", drawing.svg);
        }
    }
}
