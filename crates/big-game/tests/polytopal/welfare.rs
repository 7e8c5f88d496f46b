//! The social optimum: what is printed is reachable, and within its bound of the projection of the mean target.

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::{Method, loss};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::welfare::welfare;
use proptest::prelude::*;

use super::common;
use super::solved;

fn mean(game: &Game) -> Vec<f64> {
    let n = game.influencers() as f64;
    let of = |k: usize| {
        (0..game.influencers())
            .map(|i| game.target(i)[k])
            .sum::<f64>()
            / n
    };
    (0..game.dim()).map(of).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}

/// How far outside the reachable set `b ⊕ Σ W_i X_i` a position is at least: the most that a plane separates them by,
/// tried in the direction of the mean target and of the axes.
fn outside(game: &Game, r: &[f64]) -> f64 {
    let mut directions = vec![
        mean(game)
            .iter()
            .zip(r)
            .map(|(t, r)| t - r)
            .collect::<Vec<f64>>(),
    ];
    for k in 0..game.dim() {
        for sign in [1.0, -1.0] {
            directions.push(
                (0..game.dim())
                    .map(|c| if c == k { sign } else { 0.0 })
                    .collect(),
            );
        }
    }
    let beyond = |u: &Vec<f64>| {
        let length = u.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length == 0.0 {
            return 0.0;
        }
        let dot = |a: &[f64]| a.iter().zip(u).map(|(a, u)| a * u).sum::<f64>();
        let mut support = dot(game.bias());
        for i in 0..game.influencers() {
            let mut g = vec![0.0; game.space(i).dim()];
            game.weight(i).pull_back(u, &mut g);
            support += game.space(i).support(&g);
        }
        (dot(r) - support) / length
    };
    directions.iter().map(beyond).fold(0.0, f64::max)
}

fn everybody_wants(spec: &GameSpec<f64>, target: &[f64]) -> Game {
    let mut together = spec.clone();
    for influencer in &mut together.influencers {
        influencer.target = target.to_vec();
    }
    together.check().unwrap()
}

fn check(spec: &GameSpec<f64>) {
    let game = spec.clone().check().unwrap();
    let found = welfare(&game, &solved(&game, Method::Auto)).unwrap();
    let bound = found.optimum_error_bound.unwrap();
    let size = 1.0 + game.scale();
    assert!(
        outside(&game, &found.optimal_receiver) <= 1e-13 * size,
        "outside"
    );
    // The conic solver's projection, and how far that may be from the true one.
    let together = solved(&everybody_wants(spec, &mean(&game)), Method::Reference);
    let apart = distance(&found.optimal_receiver, &together.receiver);
    let allowed = bound + together.certificate.receiver_error_bound + 1e-13 * size;
    assert!(
        apart <= allowed,
        "{apart:e} apart where {allowed:e} are allowed"
    );
    let cost: f64 = (0..game.influencers())
        .map(|i| loss(&game, i, &found.optimal_receiver))
        .sum();
    assert!((cost - found.optimal_cost).abs() <= 1e-14 * (1.0 + cost));
    if let Some(price) = found.price_of_anarchy {
        assert!(price.is_finite() && price >= 1.0);
        let ratio = found.equilibrium_cost / found.optimal_cost;
        assert!(
            ratio.is_nan() || found.optimal_cost < 1e-12 || (price - ratio).abs() <= 1e-6 * price
        );
    }
    assert!(
        found
            .price_of_anarchy_at_least
            .is_some_and(|least| least >= 1.0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Sets of every kind.
    #[test]
    fn the_optimum_is_within_its_bound(spec in common::game(4)) {
        check(&spec);
    }

    /// Where all want the same, equilibrium and optimum are one.
    #[test]
    fn one_target_costs_nothing(mut spec in common::game(3)) {
        let common = spec.influencers[0].target.clone();
        for influencer in &mut spec.influencers {
            influencer.target.clone_from(&common);
        }
        let game = spec.check().unwrap();
        let found = welfare(&game, &solved(&game, Method::Auto)).unwrap();
        prop_assert_eq!(found.price_of_anarchy, Some(1.0));
    }
}

/// Half-spaces, an ellipsoid and balls, whose optimum once lay outside what can be reached.
#[test]
fn the_optimum_of_mixed_round_sets_is_reachable() {
    let scalar = |weight: f64, target: [f64; 3], space: usize| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(weight),
        target: target.to_vec(),
        space,
    };
    let ball = |radius: f64, center: [f64; 3]| SpaceSpec::Ball {
        radius,
        center: center.to_vec(),
    };
    let a = [
        [1.0, 0.0, 0.0],
        [-1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, -1.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.0, 0.0, -1.0],
        [1.0, 2.0, -2.0],
        [2.0, 2.0, -1.0],
        [0.0, 2.0, 2.0],
    ];
    let b = [
        0.8284069870176808,
        0.3958624000756993,
        0.30931342579649385,
        0.2386613544381058,
        0.8405227898460742,
        1.5556794953931532,
        1.750071496254541,
        0.5475081456344626,
        1.2618513066968982,
    ];
    let shape = [
        [3.500503776330085, 3.0471022962902903, 3.4686759006224936],
        [3.0471022962902903, 5.8047859952343535, 1.2719699944245788],
        [3.4686759006224936, 1.2719699944245788, 4.654949164781526],
    ];
    let far = [1.1229768969002873, 0.0973300626599225, -1.1789283831823933];
    let spec = GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0; 3],
        spaces: vec![
            SpaceSpec::Ellipsoid {
                center: vec![-1.7697020910059873, 1.9537266262977528, -1.5998949284218549],
                shape: shape.map(|row| row.to_vec()).to_vec(),
            },
            SpaceSpec::Halfspaces {
                a: a.map(|row| row.to_vec()).to_vec(),
                b: b.to_vec(),
            },
            ball(
                0.8900367619789455,
                [-1.9482315812827609, 0.8171693504156439, 0.29209944692555645],
            ),
            ball(
                0.5304660781211328,
                [-1.1670626034182185, 1.3557486363488622, 0.39227749654587596],
            ),
        ],
        influencers: vec![
            scalar(
                0.525343783474512,
                [-0.5259469204725034, -0.5414209364576985, -1.531146849300891],
                1,
            ),
            scalar(0.3571675202664494, [0.0; 3], 2),
            scalar(0.5, far, 0),
            scalar(0.5, far, 3),
            scalar(
                -0.9686187614239482,
                [-1.757842066203093, 1.8216818731097941, -1.6359900731365538],
                0,
            ),
        ],
    };
    check(&spec);
    let game = spec.check().unwrap();
    let found = welfare(&game, &solved(&game, Method::Auto)).unwrap();
    assert!(
        found
            .price_of_anarchy_at_least
            .is_some_and(|least| least < 2.0)
    );
}
