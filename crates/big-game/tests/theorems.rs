//! Each statement of the theory on random games of every kind (arXiv:2502.01127; the rest is ours).

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod common;

use big_game::action_space::ConvexSet;
use big_game::equilibrium::{
    Cardinality, Selection, assess, best_response, certify, loss, vertices,
};
use big_game::potential::{dual, gap, potential, receiver};
use big_game::profile::Profile;
use big_game::spec::{Loss, WeightSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use common::{checked, game, near};
use proptest::prelude::*;

/// A feasible profile, from numbers in [−2, 2].
fn feasible(game: &Game, raw: &[f64]) -> Profile {
    let mut profile = Profile::zeros(game);
    let mut raw = raw.iter().cycle();
    for i in 0..game.influencers() {
        let wish: Vec<f64> = (0..game.space(i).dim())
            .map(|_| *raw.next().unwrap())
            .collect();
        game.space(i).project(&wish, profile.action_mut(i));
    }
    profile
}

fn raw() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-2.0..2.0f64, 7)
}

fn by(selection: Selection) -> SolveOptions {
    SolveOptions {
        selection,
        ..SolveOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Theorem 1: a unilateral change alters the potential by exactly the mover's change of loss, whichever the loss.
    #[test]
    fn the_potential_is_exact(mut spec in game(5), a in raw(), b in raw(), who in 0..5usize, inner in any::<bool>()) {
        if inner {
            spec.loss = Loss::InnerProduct;
        }
        let game = checked(spec);
        let i = who % game.influencers();
        let x = feasible(&game, &a);
        let other = feasible(&game, &b);
        let mut moved = x.clone();
        moved.action_mut(i).copy_from_slice(other.action(i));
        let by_potential = potential(&game, &moved) - potential(&game, &x);
        let by_loss = loss(&game, i, &receiver(&game, &moved)) - loss(&game, i, &receiver(&game, &x));
        prop_assert!((by_potential - by_loss).abs() <= 1e-9 * (1.0 + by_loss.abs()));
    }

    /// Weak duality, at any profile and any position; the gap is the difference, without its cancellation.
    #[test]
    fn the_dual_is_a_lower_bound(spec in game(5), a in raw(), y in raw()) {
        let game = checked(spec);
        let (x, y) = (feasible(&game, &a), &y[..game.dim()]);
        let difference = potential(&game, &x) - dual(&game, y);
        let gap = gap(&game, &x, y);
        prop_assert!(gap >= 0.0);
        prop_assert!((difference - gap).abs() <= 1e-9 * (1.0 + gap));
    }

    /// Proposition 2 and Corollary 3: the equilibria minimise the potential; every selection and every vertex of
    /// the set is one, all with one receiver position, and so is what lies between two of them.
    #[test]
    fn equilibria_minimise_the_potential(spec in game(4), a in raw()) {
        let game = checked(spec);
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        prop_assert!(answer.certificate.holds());
        prop_assert!(answer.certificate.max_regret <= 1e-9);
        prop_assert!(answer.potential <= potential(&game, &feasible(&game, &a)) + 1e-9);
        prop_assert_eq!(answer.cardinality == Cardinality::Unique, answer.dimension == Some(0));
        for selection in [Selection::LeastNorm, Selection::Vertex] {
            let other = solve(&game, &by(selection)).unwrap();
            prop_assert!(near(&other.receiver, &answer.receiver, 1e-8));
            prop_assert!(other.certificate.max_regret <= 1e-8);
            if answer.cardinality == Cardinality::Unique {
                prop_assert!(near(other.actions.values(), answer.actions.values(), 1e-6));
            }
        }
        if let Some(corners) = vertices(&game, &answer, 64) {
            for corner in &corners {
                let found = certify(&game, corner, Some(&answer.receiver));
                prop_assert!(found.holds(), "a vertex is no equilibrium: {found:?}");
                prop_assert!(near(&receiver(&game, corner), &answer.receiver, 1e-9 + found.receiver_error_bound));
                for i in 0..game.influencers() {
                    let (low, high) = answer.action_range(i);
                    prop_assert!(corner.action(i).iter().zip(low.iter().zip(high))
                        .all(|(x, (l, u))| *x >= l - 1e-8 && *x <= u + 1e-8));
                }
            }
            // The ranges are reached, and the dimension is that of the vertices' hull.
            for i in (0..game.influencers()).filter(|_| answer.cardinality != Cardinality::Unknown) {
                let (low, high) = answer.action_range(i);
                for k in 0..low.len() {
                    let values = corners.iter().map(|c| c.action(i)[k]);
                    prop_assert!((values.clone().fold(f64::INFINITY, f64::min) - low[k]).abs() <= 1e-6);
                    prop_assert!((values.fold(f64::NEG_INFINITY, f64::max) - high[k]).abs() <= 1e-6);
                }
            }
            if let Some(dimension) = answer.dimension {
                prop_assert_eq!(affine_dimension(&corners), dimension);
            }
            let mut middle = corners[0].clone();
            for (m, v) in middle.values_mut().iter_mut().zip(corners[corners.len() - 1].values()) {
                *m = 0.5 * (*m + v);
            }
            prop_assert!(certify(&game, &middle, Some(&answer.receiver)).max_regret <= 1e-9);
        }
    }

    /// Theorem 4: with distinct targets and weights that are not zero, all but at most one are extreme, and that one
    /// is the winner.
    #[test]
    fn all_but_one_exaggerate_to_the_limit(mut spec in game(6)) {
        let d = spec.bias.len();
        let mut targets: Vec<Vec<f64>> = Vec::new();
        spec.influencers.retain(|i| {
            let new = spec.spaces[i.space].dim() == d && !targets.contains(&i.target);
            if new {
                targets.push(i.target.clone());
            }
            new
        });
        prop_assume!(!spec.influencers.is_empty());
        for influencer in &mut spec.influencers {
            if !matches!(influencer.weight, WeightSpec::Scalar(w) if w != 0.0) {
                influencer.weight = WeightSpec::Scalar(0.5);
            }
        }
        let game = checked(spec);
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        let assessment = assess(&game, &answer.actions);
        let moderate: Vec<usize> = (0..game.influencers()).filter(|&i| !assessment.extreme[i]).collect();
        prop_assert!(moderate.len() <= 1, "{moderate:?} are not extreme");
        if let Some(&i) = moderate.first() {
            prop_assert_eq!(&answer.winners, &vec![i]);
            prop_assert!(near(&answer.receiver, game.target(i), 1e-9));
        }
    }

    /// The certificate's bound on the receiver holds at any profile, however bad.
    #[test]
    fn the_certificate_bounds_the_error(spec in game(4), a in raw()) {
        let game = checked(spec);
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        let profile = feasible(&game, &a);
        let found = certify(&game, &profile, None);
        let r = receiver(&game, &profile);
        let error = r.iter().zip(&answer.receiver).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        prop_assert!(error <= found.receiver_error_bound + 1e-9, "{error} > {}", found.receiver_error_bound);
        // A best response is exact: no sampled action is better.
        let mut response = Vec::new();
        for i in 0..game.influencers() {
            let regret = best_response(&game, i, profile.action(i), &r, &mut response);
            prop_assert!(regret <= found.max_regret + 1e-9);
            let mut moved = profile.clone();
            moved.action_mut(i).copy_from_slice(&response);
            let gain = loss(&game, i, &r) - loss(&game, i, &receiver(&game, &moved));
            prop_assert!((gain - regret).abs() <= 1e-8 * (1.0 + regret));
        }
    }

    /// The social optimum is no worse than anything reachable, and the price of anarchy at least 1.
    #[test]
    fn nobody_plans_better_than_the_planner(spec in game(4), a in raw()) {
        let game = checked(spec);
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        let found = welfare(&game, &answer).unwrap();
        let r = receiver(&game, &feasible(&game, &a));
        let cost: f64 = (0..game.influencers()).map(|i| loss(&game, i, &r)).sum();
        prop_assert!(found.optimal_cost <= cost + 1e-9 * (1.0 + cost));
        prop_assert!(found.price_of_anarchy.is_none_or(|price| price >= 1.0));
        let by_hand: f64 = (0..game.influencers()).map(|i| loss(&game, i, &found.optimal_receiver)).sum();
        prop_assert!((by_hand - found.optimal_cost).abs() <= 1e-9 * (1.0 + by_hand));
    }

    /// The social optimum is the equilibrium of the game in which everybody wants the mean target, whoever counts as one
    /// with whom.
    #[test]
    fn planning_is_playing_for_the_mean_target(spec in game(4)) {
        let game = checked(spec.clone());
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        let found = welfare(&game, &answer).unwrap();
        let (n, d) = (spec.influencers.len(), spec.bias.len());
        let mut together = spec;
        let mean: Vec<f64> = (0..d)
            .map(|k| together.influencers.iter().map(|i| i.target[k]).sum::<f64>() / n as f64)
            .collect();
        for influencer in &mut together.influencers {
            influencer.target.clone_from(&mean);
        }
        let together = solve(&checked(together), &SolveOptions::default()).unwrap();
        let apart: f64 = (found.optimal_receiver.iter().zip(&together.receiver))
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        let allowed = together.certificate.receiver_error_bound + 1e-7 * (1.0 + game.scale());
        prop_assert!(apart.sqrt() <= allowed, "{:?} and {:?}", found.optimal_receiver, together.receiver);
    }

    /// Theorem 5: under the inner-product loss each action is a best response whatever the others do.
    #[test]
    fn dominant_actions_are_best_against_everybody(mut spec in game(4), a in raw(), b in raw()) {
        spec.loss = Loss::InnerProduct;
        let game = checked(spec);
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        prop_assert!(answer.certificate.holds());
        for i in 0..game.influencers() {
            let mut others = feasible(&game, &a);
            let any = feasible(&game, &b);
            others.action_mut(i).copy_from_slice(any.action(i));
            let before = loss(&game, i, &receiver(&game, &others));
            others.action_mut(i).copy_from_slice(answer.actions.action(i));
            let after = loss(&game, i, &receiver(&game, &others));
            prop_assert!(after <= before + 1e-9);
        }
        if let Some(corners) = vertices(&game, &answer, 64) {
            for corner in corners {
                prop_assert!(big_game::dominance::certify(&game, &corner).max_regret <= 1e-9);
            }
        }
    }

    /// Lengths may be measured in any unit.
    #[test]
    fn the_unit_of_length_does_not_matter(spec in game(4), power in prop_oneof![Just(-200), Just(-40), Just(40), Just(200)]) {
        let unit = 2f64.powi(power);
        let plain = solve(&checked(spec.clone()), &SolveOptions::default()).unwrap();
        let weights: Vec<_> = spec.influencers.iter().map(|i| i.weight.clone()).collect();
        let mut scaled = spec.map(&mut |v| v * unit);
        for (influencer, weight) in scaled.influencers.iter_mut().zip(weights) {
            influencer.weight = weight;
        }
        for space in &mut scaled.spaces {
            // A shape is measured in squares.
            if let big_game::spec::SpaceSpec::Ellipsoid { shape, .. } = space {
                shape.iter_mut().flatten().for_each(|v| *v *= unit);
            }
        }
        let other = solve(&checked(scaled), &SolveOptions::default()).unwrap();
        prop_assert!(other.certificate.holds());
        let back: Vec<f64> = other.receiver.iter().map(|v| v / unit).collect();
        prop_assert!(near(&back, &plain.receiver, 1e-9));
        prop_assert_eq!(other.winners, plain.winners);
        if plain.cardinality != Cardinality::Unknown && other.cardinality != Cardinality::Unknown {
            prop_assert_eq!(other.dimension, plain.dimension);
        }
    }
}

/// The rank of the differences, by elimination with full pivoting.
fn affine_dimension(points: &[Profile]) -> usize {
    let base = points[0].values();
    let mut rows: Vec<Vec<f64>> = points[1..]
        .iter()
        .map(|p| p.values().iter().zip(base).map(|(a, b)| a - b).collect())
        .collect();
    let mut rank = 0;
    while rank < rows.len() {
        let pivot = (rank..rows.len())
            .flat_map(|r| (0..base.len()).map(move |c| (r, c)))
            .max_by(|&(r, c), &(s, e)| rows[r][c].abs().total_cmp(&rows[s][e].abs()));
        let Some((r, c)) = pivot.filter(|&(r, c)| rows[r][c].abs() > 1e-9) else {
            break;
        };
        rows.swap(rank, r);
        for s in rank + 1..rows.len() {
            let share = rows[s][c] / rows[rank][c];
            for k in 0..base.len() {
                rows[s][k] -= share * rows[rank][k];
            }
        }
        rank += 1;
    }
    rank
}
