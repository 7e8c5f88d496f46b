//! Games whose exact part once took seconds, and what is true of them.

use big_game::equilibrium::Method;
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};

use super::brute::truth;
use super::{compare, solved};

/// Two influencers with weights ½ and −1 who share a polytope.
fn two(vertices: &[&[f64]], targets: [&[f64]; 2]) -> GameSpec<f64> {
    let one = |weight: f64, target: &[f64]| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(weight),
        target: target.to_vec(),
        space: 0,
    };
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0; targets[0].len()],
        spaces: vec![SpaceSpec::Vertices(
            vertices.iter().map(|v| v.to_vec()).collect(),
        )],
        influencers: vec![one(0.5, targets[0]), one(-1.0, targets[1])],
    }
}

/// The truth is found from where the conic solver ends, which knows nothing of atoms.
fn check(spec: GameSpec<f64>) -> usize {
    let game = spec.clone().check().unwrap();
    let near = solved(&game, Method::Reference).receiver;
    let truth = truth(&spec, &near).expect("proved");
    compare(&game, &solved(&game, Method::Auto), &truth);
    truth.dimension
}

const SEVEN: [&[f64]; 7] = [
    &[0.0, 0.75, -0.5],
    &[-2.0, -0.5, -2.0],
    &[-1.5, 2.0, -0.5],
    &[-4.0, 1.0, 3.0],
    &[0.0, 1.0, -1.0],
    &[0.5, -1.0, 0.0],
    &[-0.25, -1.0, 4.0],
];

#[test]
fn a_target_that_both_reach_ties_all_atoms() {
    let dimension = check(two(&SEVEN, [&[1.0, -2.0, 1.0], &[1.0, -2.0, 1.0]]));
    assert_eq!(dimension, 3);
}

#[test]
fn seven_vertices_and_two_targets() {
    assert_eq!(
        check(two(&SEVEN, [&[4.0, -1.5, 2.0], &[-1.5, -2.0, 0.75]])),
        0
    );
}

#[test]
fn twenty_vertices() {
    let vertices: [&[f64]; 20] = [
        &[0.25, -1.5, -2.0],
        &[0.25, 1.25, 1.0],
        &[2.0, 0.75, -1.0],
        &[-0.5, 0.0, 1.5],
        &[-2.0, -0.25, 1.5],
        &[-2.0, -1.25, -1.5],
        &[1.75, 1.25, -2.0],
        &[2.0, 1.25, 0.75],
        &[-1.75, -0.5, -1.75],
        &[0.75, -0.75, -0.5],
        &[0.75, 0.75, 0.25],
        &[0.5, -1.5, 1.75],
        &[-0.75, 1.75, 1.5],
        &[-0.75, -0.75, -0.75],
        &[0.5, 2.0, -0.5],
        &[-1.25, -1.5, -1.25],
        &[1.25, -1.75, 0.0],
        &[0.0, 0.5, -1.25],
        &[0.75, 0.25, 0.25],
        &[1.5, -0.5, 0.0],
    ];
    assert_eq!(
        check(two(&vertices, [&[-2.0, -3.0, -3.0], &[3.0, -1.0, 1.0]])),
        0
    );
}

#[test]
fn ten_vertices_in_four_dimensions() {
    let vertices: [&[f64]; 10] = [
        &[-1.25, 2.0, -0.25, 0.0],
        &[0.0, 0.25, -1.5, 1.5],
        &[0.25, 1.5, 1.0, 1.0],
        &[-1.25, 0.0, -0.25, 0.5],
        &[0.75, 0.0, 0.75, 2.0],
        &[-1.0, -0.75, 0.0, -0.75],
        &[-2.0, -1.5, -1.25, 0.5],
        &[-2.0, -1.5, 0.0, -0.5],
        &[1.0, 1.0, 1.5, -1.25],
        &[-1.25, 0.75, -0.75, -1.25],
    ];
    let spec = two(&vertices, [&[3.0, 4.0, -1.0, 0.0], &[3.0, -1.0, 3.0, 0.0]]);
    assert_eq!(check(spec), 0);
}

/// A regular polygon, its target in the middle: everything ties, and there are as many ranges to find as there can be.
#[test]
fn eighty_edges_that_all_tie() {
    let vertices: Vec<Vec<f64>> = (0..80)
        .map(|k| {
            let angle = std::f64::consts::TAU * f64::from(k) / 80.0;
            vec![angle.cos(), angle.sin()]
        })
        .collect();
    let rows: Vec<&[f64]> = vertices.iter().map(Vec::as_slice).collect();
    let game = two(&rows, [&[0.0, 0.0], &[0.0, 0.0]]).check().unwrap();
    let answer = solved(&game, Method::Auto);
    assert_eq!(answer.dimension, Some(2));
    assert_eq!(answer.winners, [0, 1]);
    // x_2 = x_1 / 2: the first may play anything, the second half of it.
    let (lower, upper) = answer.action_range(0);
    assert_eq!((lower[0], upper[0]), (-1.0, 1.0));
    let (lower, upper) = answer.action_range(1);
    assert_eq!((lower[0], upper[0]), (-0.5, 0.5));
}
