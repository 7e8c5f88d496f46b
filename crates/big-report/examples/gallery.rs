//! Writes every kind of figure into a folder, as SVG and PNG: `cargo run -p big-report --example gallery -- DIR`.

use std::error::Error;
use std::path::Path;

use big_game::dynamics::{Dynamics, Order, Start, start};
use big_game::equilibrium::{Assessment, Equilibrium, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use big_report::figure::{LineFigure, PlaneFigure};
use big_report::{Figure, Style, Theme, to_png};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery DIR")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (name, figure) in games()? {
        save(folder, name, figure.as_ref())?;
    }
    Ok(())
}

fn save(folder: &Path, name: &str, figure: &dyn Figure) -> Outcome<()> {
    let light = figure.draw(&Style::default());
    std::fs::write(folder.join(format!("{name}.svg")), &light.svg)?;
    std::fs::write(folder.join(format!("{name}.png")), to_png(&light.svg, 2.0)?)?;
    let narrow = Style {
        theme: Theme::Dark,
        width: 380.0,
    };
    let dark = figure.draw(&narrow);
    std::fs::write(
        folder.join(format!("{name}-narrow-dark.png")),
        to_png(&dark.svg, 1.5)?,
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
        name: (!name.is_empty()).then(|| (*name).to_owned()),
        weight: WeightSpec::Scalar(*weight),
        target: target.to_vec(),
        space: 0,
    });
    let spec = GameSpec {
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

fn games() -> Outcome<Vec<(&'static str, Box<dyn Figure>)>> {
    let squared = Loss::SquaredEuclidean;
    let pair = |a: f64, b: f64| {
        game(
            squared,
            &[0.0],
            unit_box(1),
            &[("left", 0.5, &[a]), ("right", 0.5, &[b])],
        )
    };
    let parties = game(
        squared,
        &[0.1],
        unit_box(1),
        &[
            ("far left", 0.15, &[-0.9]),
            ("centre left", 0.25, &[-0.25]),
            ("greens & friends", 0.1, &[-0.45]),
            ("centre right", 0.25, &[0.3]),
            ("far right", 0.2, &[1.4]),
        ],
    )?;
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
