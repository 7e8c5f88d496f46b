//! Which member of many equilibria is reported: the one nearest to what the selection asks for, by its variational inequality at every vertex
//! of the set.

#![allow(clippy::unwrap_used)]

mod common;

use big_game::equilibrium::{Cardinality, Selection, truthful, vertices};
use big_game::spec::{Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use common::{checked, game};
use proptest::prelude::*;

/// Where the selection draws influencer `i`'s action to.
fn wish(game: &Game, i: usize, selection: Selection) -> Vec<f64> {
    let m = truthful(game).action(i).len();
    match selection {
        Selection::LeastExaggerated if m == game.dim() => game.target(i).to_vec(),
        Selection::LeastExaggerated => truthful(game).action(i).to_vec(),
        _ => vec![0.0; m],
    }
}

/// By how much a vertex is nearer to the wish, to first order, than the member that is reported.
fn nearer(game: &Game, selection: Selection) -> Option<f64> {
    let found = solve(
        game,
        &SolveOptions {
            selection,
            ..SolveOptions::default()
        },
    )
    .unwrap();
    if found.cardinality != Cardinality::Infinite {
        return None;
    }
    let corners = vertices(game, &found, 500)?;
    let mut most = f64::NEG_INFINITY;
    for corner in corners {
        let mut slope = 0.0;
        for i in 0..game.influencers() {
            let x = found.actions.action(i);
            for ((x, v), w) in x.iter().zip(corner.action(i)).zip(wish(game, i, selection)) {
                slope -= (x - w) * (v - x);
            }
        }
        most = most.max(slope);
    }
    Some(most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_member_that_is_reported_is_the_nearest(spec in game(4), inner in any::<bool>(), norm in any::<bool>()) {
        let mut spec = spec;
        if inner {
            spec.loss = Loss::InnerProduct;
        }
        let game = checked(spec);
        let selection = if norm { Selection::LeastNorm } else { Selection::LeastExaggerated };
        if let Some(nearer) = nearer(&game, selection) {
            prop_assert!(nearer <= 1e-6, "{nearer}");
        }
    }
}

#[test]
fn an_action_of_another_dimension_is_drawn_to_its_truthful_one() {
    // The receiver is the second coordinate of a point of a triangle: a whole segment puts it on its target.
    let game = Game::builder()
        .space(SpaceSpec::Vertices(vec![
            vec![0.25, 0.75],
            vec![-0.25, 0.25],
            vec![1.0, 0.0],
        ]))
        .influencer(WeightSpec::Matrix(vec![vec![0.0, 1.0]]), [0.5])
        .space(SpaceSpec::ball(1, 0.0))
        .influencer(1.0, [0.0])
        .build()
        .unwrap();
    let found = solve(&game, &SolveOptions::default()).unwrap();
    assert_eq!(found.dimension, Some(1));
    let honest = truthful(&game);
    let apart = found.actions.action(0).iter().zip(honest.action(0));
    assert!(
        apart.map(|(x, h)| (x - h).abs()).fold(0.0, f64::max) < 1e-6,
        "{:?} {:?}",
        found.actions,
        honest
    );
}

/// The corners reach as far as the ranges do, which are found by linear programs.
fn reach_the_ranges(game: &Game, corners: usize) -> Option<usize> {
    let found = solve(game, &SolveOptions::default()).unwrap();
    if found.cardinality != Cardinality::Infinite {
        return None;
    }
    let corners = vertices(game, &found, corners)?;
    for i in 0..game.influencers() {
        let (lower, upper) = found.action_range(i);
        for k in 0..lower.len() {
            let all = corners.iter().map(|corner| corner.action(i)[k]);
            let low = all.clone().fold(f64::INFINITY, f64::min);
            let high = all.fold(f64::NEG_INFINITY, f64::max);
            let near = 1e-9 * game.scale();
            assert!((low - lower[k]).abs() <= near && (high - upper[k]).abs() <= near);
        }
    }
    Some(corners.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn corners_reach_as_far_as_ranges(spec in game(4)) {
        reach_the_ranges(&checked(spec), 500);
    }
}

/// A list of corners takes as long as the set's own dimension makes it, not as the number of tied actions does.
#[test]
fn the_corners_of_what_polygons_share() {
    let polygon = |edges: usize| {
        let corner = |j: usize| {
            let angle = std::f64::consts::TAU * j as f64 / edges as f64;
            vec![angle.cos(), angle.sin()]
        };
        SpaceSpec::Vertices((0..edges).map(corner).collect())
    };
    let game = Game::builder()
        .bias([-3.0, 4.0])
        .space(polygon(9))
        .influencer(1.5, [-2.5, 4.0])
        .space(polygon(10))
        .influencer(1.5, [-2.5, 4.0])
        .space(SpaceSpec::simplex(2))
        .influencer(2.0, [-2.5, 4.0])
        .build()
        .unwrap();
    // In the five dimensions of the three sets two equations leave three; a polytope in three dimensions with at most 21 facets has at most
    // 2 · 21 − 4 corners.
    let corners = reach_the_ranges(&game, 1000).unwrap();
    assert!((4..=38).contains(&corners), "{corners}");
}
