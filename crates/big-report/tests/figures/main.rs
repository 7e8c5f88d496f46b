//! The figures' data against games whose equilibria are known, and every drawing against the rules of the house.
#![allow(clippy::unwrap_used)]

mod answers;
mod data;
mod drawings;
mod said;

use big_game::equilibrium::{Assessment, Equilibrium, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use big_report::draw::Grid;
use big_report::figure::preference::SurfaceFigure;
use big_report::figure::{LineFigure, PlaneFigure};

pub(crate) type Person<'a> = (&'a str, f64, &'a [f64]);

pub(crate) fn game(loss: Loss, bias: &[f64], space: SpaceSpec<f64>, people: &[Person<'_>]) -> Game {
    let influencers = people.iter().map(|(name, weight, target)| InfluencerSpec {
        cost: None,
        name: Some((*name).to_owned()),
        weight: WeightSpec::Scalar(*weight),
        target: target.to_vec(),
        space: 0,
    });
    GameSpec {
        coalitions: Vec::new(),
        loss,
        bias: bias.to_vec(),
        spaces: vec![space],
        influencers: influencers.collect(),
    }
    .check()
    .unwrap()
}

pub(crate) fn unit_box(d: usize) -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![-1.0; d],
        upper: vec![1.0; d],
    }
}

pub(crate) fn diamond() -> SpaceSpec<f64> {
    SpaceSpec::L1Ball {
        center: vec![0.0; 2],
        radius: 1.0,
    }
}

pub(crate) fn solved(game: &Game) -> (Equilibrium, Assessment) {
    let equilibrium = solve(game, &SolveOptions::default()).unwrap();
    let assessment = assess(game, &equilibrium.actions);
    (equilibrium, assessment)
}

pub(crate) fn line(targets: &[f64]) -> (Game, LineFigure) {
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

pub(crate) fn plane(space: SpaceSpec<f64>, people: &[Person<'_>]) -> PlaneFigure {
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

pub(crate) fn surface(covariance: Option<[[f64; 2]; 2]>) -> SurfaceFigure {
    SurfaceFigure {
        title: Some("surface".into()),
        grid: Grid::of((-1.0, 1.0), (-0.8, 1.2), 40, 40, |x, y| {
            -(x - 0.1).powi(2) - (y - 0.25).powi(2)
        }),
        estimate: [0.1, 0.25],
        covariance,
        marks: vec![("A".into(), [-0.6, 0.1]), ("far away".into(), [5.0, 0.8])],
        remark: None,
    }
}
