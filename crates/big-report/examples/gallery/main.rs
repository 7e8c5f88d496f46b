//! Writes every kind of figure into a folder, as SVG and PNG: `cargo run -p big-report --example gallery -- DIR`.

mod preferences;

use std::error::Error;
use std::path::Path;

use big_answer::solve::SolveResult;
use big_game::dynamics::{Dynamics, Order, Start, start};
use big_game::equilibrium::{Assessment, Equilibrium, Selection, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use big_report::draw::Grid;
use big_report::figure::preference::{
    BisectionFigure, FakePoints, IterationsFigure, LikelihoodFigure, PairPoint, ScatterFigure,
    SurfaceFigure,
};
use big_report::figure::{
    Bar, BarsFigure, DirectionsFigure, HistogramFigure, LineFigure, Panels, PlaneFigure,
    PotentialFigure, TrajectoryFigure, Variable,
};
use big_report::{EquilibriumReport, Figure, Style, Theme, equilibrium_report, to_png};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery DIR")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    save(folder, "example-2-panels", &panels()?)?;
    let all = [
        games()?,
        inner_products()?,
        dynamics()?,
        many()?,
        preferences::preferences(),
    ];
    for (name, figure) in all.into_iter().flatten() {
        save(folder, name, figure.as_ref())?;
    }
    std::fs::write(folder.join("report.html"), report(false)?)?;
    std::fs::write(folder.join("report-many.html"), report(true)?)?;
    Ok(())
}

/// Figure 3 of the paper: two games side by side; and one with a target far away.
fn panels() -> Outcome<Panels> {
    let panel = |title: &str, a: [f64; 2], b: [f64; 2]| {
        let people: [(&str, f64, &[f64]); 2] = [("1", 0.5, &a), ("2", 0.5, &b)];
        let game = game(Loss::SquaredEuclidean, &[0.0, 0.0], unit_box(2), &people)?;
        in_plane(title, &game, false)
    };
    Ok(Panels {
        caption: "Example 2: infinitely many equilibria, and one.".into(),
        figures: vec![
            panel("Infinitely many equilibria", [-0.4, 0.0], [0.4, 0.0])?,
            panel("One equilibrium", [-0.4, -0.3], [0.4, 0.3])?,
            panel("A target far away", [-0.4, -0.3], [40.0, 30.0])?,
        ],
        columns: 2,
    })
}

/// The report of a game of parties, or of a large one with ties.
fn report(large: bool) -> Outcome<String> {
    let game = if large {
        let people: Vec<(String, [f64; 2])> = (0..80)
            .map(|k| {
                (
                    format!("voice {}", k + 1),
                    [
                        (2.0 * spread(k, 0.618_034) - 1.0).round(),
                        spread(k, 0.754_878) - 0.5,
                    ],
                )
            })
            .collect();
        let people: Vec<(&str, f64, &[f64])> = people
            .iter()
            .map(|(n, t)| (n.as_str(), 0.02, t.as_slice()))
            .collect();
        game(Loss::SquaredEuclidean, &[0.0, 0.0], unit_box(2), &people)?
    } else {
        parties()?
    };
    let (equilibrium, assessment) = solved(&game)?;
    let welfare = welfare(&game, &equilibrium)?;
    let from = start(&game, Start::Truthful);
    let steps: Vec<_> = Dynamics::new(&game, from.clone(), Order::RoundRobin, 1.0, 1e-9, 0)
        .take(200)
        .collect();
    let name = if large {
        "Eighty voices"
    } else {
        "Party manifestos & <friends>"
    };
    let name = Some(name.to_owned());
    let selection = Selection::default();
    let report = equilibrium_report(&EquilibriumReport {
        answer: &SolveResult::new(name, &game, &equilibrium, &welfare, selection),
        game: &game,
        description: Some("Parties write manifestos; the public lands at their weighted mean."),
        equilibrium: &equilibrium,
        assessment: &assessment,
        welfare: &welfare,
        run: Some((&from, &steps)),
        command: Some("big report parties.toml -o report.html"),
        version: env!("CARGO_PKG_VERSION"),
    });
    Ok(report.render(Theme::Auto))
}

fn save(folder: &Path, name: &str, figure: &dyn Figure) -> Outcome<()> {
    let light = figure.draw(&Style::default());
    std::fs::write(folder.join(format!("{name}.svg")), &light.svg)?;
    std::fs::write(
        folder.join(format!("{name}.png")),
        to_png(figure, &Style::default(), 2.0)?,
    )?;
    let narrow = Style {
        theme: Theme::Dark,
        width: 380.0,
        ..Style::default()
    };
    std::fs::write(
        folder.join(format!("{name}-narrow-dark.png")),
        to_png(figure, &narrow, 1.5)?,
    )?;
    Ok(())
}

/// A game in one line: targets with names and weights, one common set.
fn game(
    loss: Loss,
    bias: &[f64],
    space: SpaceSpec<f64>,
    people: &[(&str, f64, &[f64])],
) -> Outcome<Game> {
    let influencers = people.iter().map(|(name, weight, target)| InfluencerSpec {
        cost: None,
        name: (!name.is_empty()).then(|| (*name).to_owned()),
        weight: WeightSpec::Scalar(*weight),
        target: target.to_vec(),
        space: 0,
    });
    let spec = GameSpec {
        coalitions: Vec::new(),
        loss,
        bias: bias.to_vec(),
        spaces: vec![space],
        influencers: influencers.collect(),
    };
    Ok(spec.check()?)
}

fn unit_box(d: usize) -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![-1.0; d],
        upper: vec![1.0; d],
    }
}

fn solved(game: &Game) -> Outcome<(Equilibrium, Assessment)> {
    let equilibrium = solve(game, &SolveOptions::default())?;
    let assessment = assess(game, &equilibrium.actions);
    Ok((equilibrium, assessment))
}

fn on_line(title: &str, game: &Game) -> Outcome<Box<dyn Figure>> {
    let (equilibrium, assessment) = solved(game)?;
    let figure = LineFigure::new(game, Some(title), &equilibrium, &assessment);
    Ok(Box::new(figure.ok_or("not on a line")?))
}

fn in_plane(title: &str, game: &Game, path: bool) -> Outcome<Box<dyn Figure>> {
    let (equilibrium, assessment) = solved(game)?;
    let steps: Vec<_> = if path {
        let from = start(game, Start::Truthful);
        Dynamics::new(game, from, Order::RoundRobin, 1.0, 1e-9, 0)
            .take(200)
            .collect()
    } else {
        Vec::new()
    };
    let figure = PlaneFigure::new(game, Some(title), &equilibrium, &assessment, None, &steps);
    Ok(Box::new(figure.ok_or("not in the plane")?))
}

/// Pseudo-random numbers in [0, 1): a Weyl sequence is enough for pictures.
fn spread(k: usize, salt: f64) -> f64 {
    (k as f64 * salt).fract()
}

fn parties() -> Outcome<Game> {
    game(
        Loss::SquaredEuclidean,
        &[0.1],
        unit_box(1),
        &[
            ("far left", 0.15, &[-0.9]),
            ("centre left", 0.25, &[-0.25]),
            ("greens & friends", 0.1, &[-0.45]),
            ("centre right", 0.25, &[0.3]),
            ("far right", 0.2, &[1.4]),
        ],
    )
}

type Named = Vec<(&'static str, Box<dyn Figure>)>;

fn games() -> Outcome<Named> {
    let squared = Loss::SquaredEuclidean;
    let pair = |a: f64, b: f64| {
        game(
            squared,
            &[0.0],
            unit_box(1),
            &[("left", 0.5, &[a]), ("right", 0.5, &[b])],
        )
    };
    let parties = parties()?;
    let plane = |a: [f64; 2], b: [f64; 2]| {
        game(
            squared,
            &[0.0, 0.0],
            unit_box(2),
            &[("1", 0.5, &a), ("2", 0.5, &b)],
        )
    };
    let ball = SpaceSpec::Ball {
        center: vec![0.0, 0.0],
        radius: 1.0,
    };
    let five: [(&str, f64, &[f64]); 5] = [
        ("health office", 0.35, &[0.5, 0.6]),
        ("sceptics", 0.2, &[-0.8, -0.2]),
        ("doctors", 0.25, &[0.3, 0.2]),
        ("press", 0.1, &[0.0, -0.5]),
        ("industry", 0.1, &[1.2, -0.4]),
    ];
    let vaccine = game(squared, &[0.2, 0.1], ball, &five)?;
    let l1 = SpaceSpec::L1Ball {
        center: vec![0.0, 0.0],
        radius: 1.0,
    };
    let tied = game(
        squared,
        &[0.0, 0.0],
        l1,
        &[("1", 0.5, &[-0.4, -0.4]), ("2", 0.5, &[0.4, 0.4])],
    )?;
    let twenty: Vec<(String, [f64; 2])> = (0..20)
        .map(|k| {
            let at = [
                2.0 * spread(k + 1, 0.618_034) - 1.0,
                2.0 * spread(k + 1, 0.754_878) - 1.0,
            ];
            (format!("voice {}", k + 1), at)
        })
        .collect();
    let twenty: Vec<(&str, f64, &[f64])> = twenty
        .iter()
        .map(|(n, t)| (n.as_str(), 0.05, t.as_slice()))
        .collect();
    let twenty = game(squared, &[0.0, 0.0], unit_box(2), &twenty)?;
    let n = 3000;
    let targets: Vec<f64> = (0..n)
        .flat_map(|k| {
            [
                3.0 * spread(k, 0.618_034) - 1.5,
                2.0 * spread(k, 0.754_878) - 1.0,
            ]
        })
        .collect();
    let hexagon = SpaceSpec::Vertices(
        (0..6)
            .map(|k| {
                let angle = f64::from(k) * std::f64::consts::FRAC_PI_3;
                vec![angle.cos(), angle.sin()]
            })
            .collect(),
    );
    let many = Game::from_columns(
        squared,
        vec![0.0; 2],
        &hexagon,
        vec![1.0 / n as f64; n],
        targets,
        Vec::new(),
    )?;
    Ok(vec![
        (
            "example-1-opposite",
            on_line("Example 1: targets on opposite sides", &pair(-0.6, 0.4)?)?,
        ),
        (
            "example-1-same-side",
            on_line("Example 1: targets on the same side", &pair(-0.8, -0.3)?)?,
        ),
        ("parties", on_line("Party manifestos", &parties)?),
        (
            "example-2-many",
            in_plane(
                "Example 2: infinitely many equilibria",
                &plane([-0.4, 0.0], [0.4, 0.0])?,
                false,
            )?,
        ),
        (
            "example-2-unique",
            in_plane(
                "Example 2: one equilibrium",
                &plane([-0.4, -0.3], [0.4, 0.3])?,
                false,
            )?,
        ),
        ("vaccine", in_plane("Vaccine debate", &vaccine, true)?),
        (
            "diamond-tied",
            in_plane("A diamond with ties", &tied, false)?,
        ),
        ("twenty", in_plane("Twenty voices", &twenty, false)?),
        ("many", in_plane("3000 voices in a hexagon", &many, false)?),
    ])
}

/// The name of the file, the title, the set, the influencers.
type Case<'a> = (
    &'a str,
    &'a str,
    SpaceSpec<f64>,
    Vec<(&'a str, f64, &'a [f64])>,
);

fn inner_products() -> Outcome<Named> {
    let diamond = SpaceSpec::L1Ball {
        center: vec![0.0, 0.0],
        radius: 1.0,
    };
    let mut figures: Named = Vec::new();
    let cases: [Case<'_>; 3] = [
        (
            "example-3",
            "Example 3: unique dominant points",
            diamond.clone(),
            vec![("1", 0.5, &[0.3, 1.0]), ("2", 0.5, &[1.0, -0.4])],
        ),
        (
            "example-4",
            "Example 4: dominant edges",
            diamond,
            vec![("1", 0.5, &[1.0, 1.0]), ("2", 0.5, &[-0.8, 0.3])],
        ),
        (
            "inner-product",
            "A negative weight on a disc",
            SpaceSpec::Ball {
                center: vec![0.2, 0.0],
                radius: 1.0,
            },
            vec![
                ("supporters", 0.6, &[0.3, 1.0]),
                ("opponents", -0.4, &[1.0, -0.4]),
                ("bystanders", 0.2, &[-0.7, -0.5]),
            ],
        ),
    ];
    for (name, title, space, people) in cases {
        let game = game(Loss::InnerProduct, &[0.0, 0.0], space, &people)?;
        let (equilibrium, _) = solved(&game)?;
        let figure =
            DirectionsFigure::new(&game, Some(title), &equilibrium).ok_or("not in the plane")?;
        figures.push((name, Box::new(figure)));
    }
    Ok(figures)
}

fn dynamics() -> Outcome<Named> {
    let squared = Loss::SquaredEuclidean;
    let same = game(
        squared,
        &[0.0],
        unit_box(1),
        &[("left", 0.5, &[-0.8]), ("right", 0.5, &[-0.3])],
    )?;
    let (equilibrium, _) = solved(&same)?;
    let from = start(&same, Start::Truthful);
    let steps: Vec<_> = Dynamics::new(&same, from.clone(), Order::RoundRobin, 1.0, 1e-12, 0)
        .take(50)
        .collect();
    let variables = [0, 1].map(|influencer| Variable {
        influencer,
        coordinate: 0,
    });
    let title = Some("Example 1: the potential");
    let slice = PotentialFigure::new(&same, title, &equilibrium, variables, Some((&from, &steps)));
    let ball = SpaceSpec::Ball {
        center: vec![0.0, 0.0],
        radius: 1.0,
    };
    let close = game(
        squared,
        &[0.0, 0.0],
        ball,
        &[
            ("1", 0.5, &[0.3, 0.31]),
            ("2", 0.3, &[0.31, 0.3]),
            ("3", 0.4, &[-0.7, 0.5]),
        ],
    )?;
    let (settled, _) = solved(&close)?;
    let from = start(&close, Start::Zero);
    let steps: Vec<_> = Dynamics::new(&close, from, Order::RoundRobin, 1.0, 1e-14, 0)
        .take(400)
        .collect();
    let trajectory = TrajectoryFigure::new(
        Some("Best responses, one at a time"),
        &steps,
        Some(&settled),
    );
    let coordinates = [0, 1].map(|coordinate| Variable {
        influencer: 0,
        coordinate,
    });
    let slice_in_ball = PotentialFigure::new(
        &close,
        Some("One influencer's slice"),
        &settled,
        coordinates,
        None,
    );
    Ok(vec![
        ("potential", Box::new(slice.ok_or("no slice")?)),
        ("potential-ball", Box::new(slice_in_ball.ok_or("no slice")?)),
        ("trajectory", Box::new(trajectory.ok_or("no moves")?)),
    ])
}

fn many() -> Outcome<Named> {
    let d = 8;
    let build = |n: usize| {
        let targets: Vec<f64> = (0..n * d)
            .map(|k| 2.4 * spread(k + 7, 0.618_033_988_75) - 1.2)
            .collect();
        let weights: Vec<f64> = (0..n)
            .map(|k| (0.2 + spread(k, 0.414)) / n as f64)
            .collect();
        let ball = SpaceSpec::Ball {
            center: vec![0.0; d],
            radius: 1.0,
        };
        Game::from_columns(
            Loss::SquaredEuclidean,
            vec![0.0; d],
            &ball,
            weights,
            targets,
            Vec::new(),
        )
    };
    let some = build(60)?;
    let (equilibrium, assessment) = solved(&some)?;
    let bars = BarsFigure::exaggeration(
        &some,
        Some("Sixty influencers in eight dimensions"),
        &equilibrium,
        &assessment,
    );
    let crowd = build(100_000)?;
    let (_, assessment) = solved(&crowd)?;
    let histogram =
        HistogramFigure::exaggeration(Some("A hundred thousand influencers"), &assessment);
    let audit: Vec<Bar> = (0..45)
        .map(|k| {
            let value = 0.02 + 0.3 * spread(k, 0.618).powi(3);
            Bar {
                name: format!("annotator {}", 1000 + 37 * k),
                value,
                interval: Some([0.8 * value, 1.3 * value]),
                kind: usize::from(k % 5 == 0),
            }
        })
        .collect();
    let axis = "how far the pooled estimate can be moved";
    let audit = BarsFigure::ranking(
        Some("Audit"),
        axis,
        &["within peers", "unlike peers"],
        audit,
    );
    Ok(vec![
        ("bars", Box::new(bars)),
        ("histogram", Box::new(histogram)),
        ("audit", Box::new(audit)),
    ])
}
