//! Losses `‖r − t‖^p` with p below 1: the equilibria of the square, and a social optimum that is no convex problem.

#![allow(clippy::unwrap_used)]

mod common;

use big_game::reduction::{Reduced, Terms};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{SolveOptions, solve};
use common::checked;
use proptest::prelude::*;

fn reduced(spec: &GameSpec<f64>, power: f64) -> Reduced {
    let terms = Terms {
        power,
        ..Terms::default()
    };
    Reduced::new(spec.clone(), terms).unwrap()
}

fn cost(targets: &[Vec<f64>], r: &[f64], p: f64) -> f64 {
    let one = |t: &Vec<f64>| {
        let square: f64 = t.iter().zip(r).map(|(t, r)| (t - r) * (t - r)).sum();
        square.sqrt().powf(p)
    };
    targets.iter().map(one).sum()
}

fn game(d: usize, targets: &[Vec<f64>]) -> GameSpec<f64> {
    let one = |target: &Vec<f64>| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(0.8 / targets.len() as f64),
        target: target.clone(),
        space: 0,
    };
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0; d],
        spaces: vec![SpaceSpec::cube(d, -1.0, 1.0)],
        influencers: targets.iter().map(one).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_optimum_is_bracketed(
        d in 1..3usize,
        targets in prop::collection::vec(prop::collection::vec(-1.3..1.3f64, 2), 2..6),
        p in 0.2..0.95f64,
    ) {
        let targets: Vec<Vec<f64>> = targets.into_iter().map(|t| t[..d].to_vec()).collect();
        let spec = game(d, &targets);
        let reduced = reduced(&spec, p);
        let found = solve(reduced.game(), &SolveOptions::default()).unwrap();
        // The same equilibrium as under the square.
        let plain = solve(&checked(spec.clone()), &SolveOptions::default()).unwrap();
        prop_assert_eq!(&found.receiver, &plain.receiver);
        let told = reduced.restate(&found).unwrap();
        prop_assert!(told.standing.regrets.iter().all(|v| *v < 1e-6), "{:?}", told.standing.regrets);
        let (least, best) = (told.optimal_cost_at_least, told.welfare.optimal_cost);
        prop_assert!(least <= best && best <= told.welfare.equilibrium_cost);
        prop_assert!((cost(&targets, &told.welfare.optimal_receiver, p) - best).abs() < 1e-9);
        // Every position that can be reached costs at least the bound; on a line the best that was found is the best.
        let steps = 40;
        let mut lowest = f64::INFINITY;
        for at in 0..=steps * if d == 1 { 1 } else { steps + 1 } {
            let place = |k: i32| 0.8 * (2.0 * f64::from(k) / f64::from(steps) - 1.0);
            let r = if d == 1 { vec![place(at)] } else { vec![place(at % (steps + 1)), place((at / (steps + 1)).min(steps))] };
            lowest = lowest.min(cost(&targets, &r, p));
        }
        prop_assert!(least <= lowest + 1e-9);
        if d == 1 {
            prop_assert!(best <= lowest + 1e-9 && least == best);
        }
    }
}
