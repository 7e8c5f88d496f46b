//! Games in which lies cost: against closed forms, bisection, Clarabel on the game in more coordinates, and their limits.

#![allow(clippy::unwrap_used)]

mod common;

use big_game::dynamics::{Dynamics, Order, Start, Status, start};
use big_game::equilibrium::{Cardinality, Equilibrium, Method, assess, certify, vertices};
use big_game::honesty::honesty;
use big_game::potential::{gap, potential};
use big_game::profile::Profile;
use big_game::sensitivity::sensitivity;
use big_game::spec::{CostSpec, GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, Place, Problem, SolveOptions, solve};
use common::{checked, game, near};
use proptest::prelude::*;

fn solved(game: &Game) -> Equilibrium {
    let found = solve(game, &SolveOptions::default()).unwrap();
    assert!(found.certificate.holds(), "{:?}", found.certificate);
    found
}

/// Costs: free for some, tiny to huge for others.
fn cost() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        3 => 0.01..4.0f64,
        1 => (-8..=8i32).prop_map(|k| 10.0_f64.powi(k)),
    ]
}

/// Random games of any sets, with costs.
fn priced() -> impl Strategy<Value = GameSpec<f64>> {
    priced_by(cost())
}

fn priced_by(cost: impl Strategy<Value = f64>) -> impl Strategy<Value = GameSpec<f64>> {
    (game(5), prop::collection::vec(cost, 5)).prop_map(|(mut spec, costs)| {
        for (i, cost) in spec.influencers.iter_mut().zip(costs) {
            i.cost = Some(CostSpec {
                lying_cost: cost,
                honest: None,
            });
        }
        spec
    })
}

/// The same game without costs, in more coordinates: everybody who pays has a share of the receiver to itself, where its
/// action arrives with weight `√λ` and its target is `√λ h`.
fn stacked(spec: &GameSpec<f64>, game: &Game) -> Game {
    let d = spec.bias.len();
    let mut at = d;
    let places: Vec<usize> = (0..game.influencers())
        .map(|i| {
            let place = at;
            at += game.honest(i).map_or(0, <[f64]>::len);
            place
        })
        .collect();
    let mut bias = spec.bias.clone();
    bias.resize(at, 0.0);
    let influencers = spec.influencers.iter().enumerate().map(|(i, old)| {
        let m = spec.spaces[old.space].dim();
        let mut rows = match &old.weight {
            WeightSpec::Scalar(w) => (0..m)
                .map(|k| (0..m).map(|l| if k == l { *w } else { 0.0 }).collect())
                .collect(),
            WeightSpec::Matrix(rows) => rows.clone(),
        };
        rows.resize(at, vec![0.0; m]);
        let mut target = old.target.clone();
        target.resize(at, 0.0);
        if let Some(honest) = game.honest(i) {
            let root = game.lying_cost(i).sqrt();
            for k in 0..m {
                rows[places[i] + k][k] = root;
                target[places[i] + k] = root * honest[k];
            }
        }
        InfluencerSpec {
            name: None,
            weight: WeightSpec::Matrix(rows),
            target,
            space: old.space,
            cost: None,
        }
    });
    checked(GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias,
        spaces: spec.spaces.clone(),
        influencers: influencers.collect(),
    })
}

#[test]
fn without_bounds_the_receiver_is_where_the_formula_says() {
    // r = (b + Σ w t + Σ (w²/λ) t) / (1 + Σ w²/λ).
    let people = [
        (0.3, [0.4, -0.1], 0.5),
        (-0.2, [0.1, 0.7], 0.25),
        (0.6, [-0.3, 0.2], 2.0),
    ];
    for space in [SpaceSpec::cube(2, -9.0, 9.0), SpaceSpec::ball(2, 9.0)] {
        let mut builder = Game::builder().space(space).bias([0.1, -0.2]);
        for (w, t, cost) in people {
            builder = builder.influencer(w, t).lying_cost(cost);
        }
        let game = builder.build().unwrap();
        let found = solved(&game);
        let slope: f64 = people.iter().map(|(w, _, c)| w * w / c).sum();
        for k in 0..2 {
            let sum: f64 = people
                .iter()
                .map(|(w, t, c)| w * t[k] + w * w / c * t[k])
                .sum();
            let expected = ([0.1, -0.2][k] + sum) / (1.0 + slope);
            assert!((found.receiver[k] - expected).abs() < 1e-15);
            for (i, (w, t, c)) in people.iter().enumerate() {
                let action = t[k] + w * (t[k] - expected) / c;
                assert!((found.actions.action(i)[k] - action).abs() < 1e-14);
            }
        }
        assert_eq!(found.cardinality, Cardinality::Unique);
        assert!(found.certificate.action_error_bound.unwrap() < 1e-13);
        assert!(found.certificate.receiver_error_bound < 1e-13);
    }
}

#[test]
fn a_cost_next_to_nothing_leaves_no_blur() {
    // The action of the one who pays is the projection of a point a million units away on an edge.
    let game = Game::builder()
        .space(SpaceSpec::Ball {
            center: vec![0.8778202227799152],
            radius: 0.5,
        })
        .influencer(
            WeightSpec::Matrix(vec![vec![-0.4527936119234796], vec![0.16195781564927725]]),
            [0.0, -1.0],
        )
        .space(SpaceSpec::Vertices(vec![
            vec![0.0, 0.0],
            vec![0.7236826374872333, 0.6281783050115367],
            vec![0.25, 0.6313612977654807],
        ]))
        .influencer(-0.988205134050818, [-0.4893534026919263, 0.75])
        .lying_cost(1e-6)
        .bias([1.0, -0.3076547897839156])
        .build()
        .unwrap();
    let found = solve(&game, &SolveOptions::default()).unwrap();
    let certificate = &found.certificate;
    assert!(certificate.holds(), "{certificate:?}");
    assert!(certificate.receiver_error_bound < 1e-11, "{certificate:?}");
    assert!(certificate.disagreement < 1e-15, "{certificate:?}");
}

#[test]
fn a_large_cost_makes_nothing_of_a_last_digit() {
    // The action of the one who pays is known to all its digits; one of them is worth more than the gap that is allowed.
    let game = Game::builder()
        .bias([-0.10942808518886292])
        .space(SpaceSpec::Ball {
            center: vec![-0.5654258897736466],
            radius: 0.5,
        })
        .influencer(1.0, [-0.5])
        .lying_cost(0.01)
        .space(SpaceSpec::Vertices(vec![
            vec![0.75, 0.0],
            vec![0.5, -0.0636770640569871],
        ]))
        .influencer(
            WeightSpec::Matrix(vec![vec![-0.5936298881439932, 0.75]]),
            [-0.9967564851528882],
        )
        .lying_cost(1e8)
        .space(SpaceSpec::Vertices(vec![
            vec![-0.9878713997122228],
            vec![0.9878713997122228],
        ]))
        .influencer(0.18269029098497527, [-0.57786861527643])
        .space(SpaceSpec::Vertices(vec![vec![1.1703580240499272]]))
        .influencer(-0.8198365556221298, [0.0])
        .build()
        .unwrap();
    let found = solve(&game, &SolveOptions::default()).unwrap();
    let certificate = &found.certificate;
    assert!(certificate.holds(), "{certificate:?}");
    assert!(certificate.receiver_error_bound < 1e-14, "{certificate:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_sets_agree_with_the_game_in_more_coordinates(spec in priced()) {
        let game = checked(spec.clone());
        prop_assume!(game.has_lying_costs());
        let found = solve(&game, &SolveOptions::default()).unwrap();
        let certificate = &found.certificate;
        prop_assert!(certificate.holds(), "{certificate:?}");
        let other = stacked(&spec, &game);
        let method = Method::Reference;
        let reference = solve(&other, &SolveOptions { method, ..SolveOptions::default() }).unwrap();
        let error = reference.certificate.receiver_error_bound;
        let d = game.dim();
        let apart: f64 = (0..d).map(|k| (found.receiver[k] - reference.receiver[k]).powi(2)).sum();
        prop_assert!(apart.sqrt() <= 1.001 * (certificate.receiver_error_bound + error) + 1e-12,
            "{:?} {:?} {certificate:?} {error}", found.receiver, reference.receiver);
        prop_assert!(certificate.receiver_error_bound <= 1e-7, "{certificate:?}");
        // The bound on the actions, against what the other proves of √λ x.
        if let Some(bound) = certificate.action_error_bound {
            let mut at = d;
            for i in 0..game.influencers() {
                let root = game.lying_cost(i).sqrt();
                for x in found.actions.action(i) {
                    let theirs = reference.receiver[at] / root;
                    prop_assert!((x - theirs).abs() <= 1.001 * (bound + error / root) + 1e-12);
                    at += 1;
                }
            }
        }
        // The potential and the gap are those of the other game, up to what does not depend on actions.
        let constant: f64 = (0..game.influencers())
            .filter_map(|i| game.honest(i).map(|h| game.lying_cost(i) * h.iter().map(|v| v * v).sum::<f64>()))
            .sum();
        let theirs = potential(&other, &found.actions) + constant;
        let size = 1.0 + theirs.abs() + constant;
        prop_assert!((found.potential - theirs).abs() <= 1e-12 * size);
        let ours = gap(&game, &found.actions, &found.receiver);
        prop_assert!(ours >= 0.0 && ours <= 2.0 * certificate.allowed_gap + 1e-12);
        // Regrets: the same in both, where nobody gains from what the other game calls a best response.
        let assessment = assess(&game, &found.actions);
        prop_assert!(assessment.max_regret <= 1e-7 * size, "{}", assessment.max_regret);
    }

    #[test]
    fn regrets_are_those_of_loss_and_cost(spec in priced(), seed in 0u64..1000) {
        let game = checked(spec.clone());
        prop_assume!(game.has_lying_costs());
        let profile = start(&game, Start::Random(seed));
        let ours = assess(&game, &profile);
        let theirs = assess(&stacked(&spec, &game), &profile);
        for i in 0..game.influencers() {
            let size = 1.0 + theirs.losses[i].abs();
            prop_assert!((ours.regrets[i] - theirs.regrets[i]).abs() <= 1e-9 * size, "{} {}", ours.regrets[i], theirs.regrets[i]);
            let mut moved = profile.clone();
            moved.action_mut(i).copy_from_slice(ours.best_responses.action(i));
            let after = assess(&game, &moved);
            let gain = ours.losses[i] + ours.costs[i] - after.losses[i] - after.costs[i];
            prop_assert!((gain - ours.regrets[i]).abs() <= 1e-9 * size);
            let potential_gain = ours.potential - after.potential;
            prop_assert!((gain - potential_gain).abs() <= 1e-9 * (size + ours.potential.abs()));
        }
    }

    #[test]
    fn best_responses_end_where_the_solver_does(spec in priced()) {
        let game = checked(spec);
        prop_assume!(game.has_lying_costs());
        let found = solve(&game, &SolveOptions::default()).unwrap();
        let mut run = Dynamics::new(&game, start(&game, Start::Truthful), Order::Greedy, 1.0, 1e-15, 0)
            .with_max_rounds(3000);
        let mut last = potential(&game, run.profile());
        for step in run.by_ref() {
            prop_assert!(step.potential <= last + 1e-12 * (1.0 + last.abs()));
            last = step.potential;
        }
        let proof = certify(&game, run.profile(), None);
        let r = assess(&game, run.profile()).receiver;
        let bound = proof.receiver_error_bound + found.certificate.receiver_error_bound + 1e-12;
        prop_assert!(r.iter().zip(&found.receiver).all(|(a, b)| (a - b).abs() <= bound));
        if run.status() == Status::Converged {
            prop_assert!(proof.max_regret <= 1e-12);
        }
    }

    #[test]
    fn an_interval_agrees_with_bisection(
        people in prop::collection::vec((-1.0..1.0f64, -2.0..2.0f64, cost(), 0.0..1.0f64), 1..40),
        bias in -1.0..1.0f64,
    ) {
        let mut builder = Game::builder().space(SpaceSpec::cube(1, -0.75, 1.25)).bias([bias]);
        for (w, t, cost, share) in &people {
            builder = builder.influencer(*w, [*t]).lying_cost(*cost).honest([-0.75 + 2.0 * share]);
        }
        let game = builder.build().unwrap();
        let found = solve(&game, &SolveOptions::default()).unwrap();
        prop_assert!(found.certificate.holds());
        let pull = |y: f64| -> f64 {
            bias + people.iter().map(|(w, t, cost, share)| {
                let honest = -0.75 + 2.0 * share;
                let wanted = if *cost > 0.0 { honest + w * (t - y) / cost } else { f64::INFINITY * w * (t - y) };
                let x = if wanted.is_nan() { honest } else { wanted.clamp(-0.75, 1.25) };
                w * x
            }).sum::<f64>()
        };
        let (mut low, mut high) = (-100.0, 100.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if pull(middle) > middle { low = middle } else { high = middle }
        }
        prop_assert!((found.receiver[0] - low).abs() <= 1e-12, "{} {low}", found.receiver[0]);
    }

    // Costs are neither huge nor tiny: differences see nothing of those.
    #[test]
    fn the_derivatives_are_those_of_differences(spec in priced_by(0.01..5.0)) {
        let game = checked(spec.clone());
        let found = solve(&game, &SolveOptions::default()).unwrap();
        let told = sensitivity(&game, &found);
        prop_assume!(told.differentiable);
        let step = 1e-6;
        let moved = |change: &dyn Fn(&mut GameSpec<f64>)| -> Vec<f64> {
            let mut other = spec.clone();
            change(&mut other);
            let there = solve(&checked(other), &SolveOptions::default()).unwrap();
            there.receiver.iter().zip(&found.receiver).map(|(a, b)| (a - b) / step).collect()
        };
        let d = game.dim();
        let column = |of: &[f64], k: usize, width: usize| -> Vec<f64> { (0..d).map(|row| of[row * width + k]).collect() };
        for k in 0..d {
            let by = moved(&|spec| spec.bias[k] += step);
            prop_assert!(near(&by, &column(&told.background.as_ref().unwrap().increase, k, d), 1e-3));
        }
        for i in 0..game.influencers() {
            for k in 0..d {
                let by = moved(&|spec| spec.influencers[i].target[k] += step);
                let target = &told.influencers[i].target.as_ref().unwrap().increase;
                prop_assert!(near(&by, &column(target, k, d), 2e-3), "target {i} {k}: {by:?} {target:?}");
            }
            let by = moved(&|spec| spec.influencers[i].cost.as_mut().unwrap().lying_cost += step);
            let cost = &told.influencers[i].lying_cost.as_ref().unwrap().increase;
            prop_assert!(near(&by, cost, 2e-3 * (1.0 + cost.iter().fold(0.0, |m: f64, v| m.max(v.abs())))), "{by:?} {cost:?}");
        }
    }

    #[test]
    fn nobody_exaggerates_by_more_than_was_allowed(spec in game(4), epsilon in 0.01..0.5f64) {
        let game = checked(spec.clone());
        let found = honesty(&game, epsilon).unwrap().unwrap();
        prop_assert!(found.largest_exaggeration <= epsilon);
        // Nothing, or next to nothing: as costs vanish the set may be left at a member that is not the one selected of free equilibria.
        if found.lying_cost <= 1e-9 {
            return Ok(());
        }
        let largest = |cost: f64| {
            let priced = game.clone().with_lying_costs(vec![cost; game.influencers()], None).unwrap();
            let found = solve(&priced, &SolveOptions::default()).unwrap();
            (0..game.influencers()).filter(|&i| !game.weight(i).is_zero()).map(|i| {
                let lie = found.actions.action(i).iter().zip(priced.honest(i).unwrap());
                lie.map(|(x, h)| (x - h).powi(2)).sum::<f64>().sqrt()
            }).fold(0.0, f64::max)
        };
        prop_assert!((largest(found.lying_cost) - found.largest_exaggeration).abs() < 1e-9);
        prop_assert!(largest(found.lying_cost * 0.999) > epsilon * (1.0 - 1e-9));
    }
}

/// Example 2 of the paper: x_1 = (−1, y), x_2 = (1, −y) for any y.
fn continuum(cost: f64) -> Game {
    Game::builder()
        .space(SpaceSpec::cube(2, -1.0, 1.0))
        .influencer(0.5, [-0.4, 0.0])
        .lying_cost(cost)
        .honest([-0.4, 0.3])
        .influencer(0.5, [0.4, 0.0])
        .lying_cost(cost)
        .honest([0.4, 0.1])
        .build()
        .unwrap()
}

#[test]
fn small_costs_select_the_least_dishonest_equilibrium() {
    // Among those, (y − 0.3)² + (−y − 0.1)² is least at 0.1.
    let found = solved(&continuum(1e-9));
    assert!(near(&found.receiver, &[0.0, 0.0], 1e-9));
    assert!(near(found.actions.values(), &[-1.0, 0.1, 1.0, -0.1], 1e-8));
    assert_eq!(found.cardinality, Cardinality::Unique);
    // On a disc, too, where two want the same: the shares nearest to what they would honestly say.
    let game = Game::builder()
        .space(SpaceSpec::ball(2, 1.0))
        .influencer(0.5, [0.1, 0.2])
        .lying_cost(1e-9)
        .honest([0.6, 0.0])
        .influencer(0.25, [0.1, 0.2])
        .lying_cost(1e-9)
        .honest([0.0, 0.2])
        .build()
        .unwrap();
    let found = solved(&game);
    assert!(near(&found.receiver, &[0.1, 0.2], 1e-8));
    // 0.5 x + 0.25 z = t nearest to the two: both move along their weights by the same multiple of (t − 0.5 h − 0.25 k).
    let miss = [0.1 - 0.3, 0.2 - 0.05];
    let by = 1.0 / (0.25 + 0.0625);
    let expected = [
        0.6 + 0.5 * by * miss[0],
        0.5 * by * miss[1],
        0.25 * by * miss[0],
        0.2 + 0.25 * by * miss[1],
    ];
    assert!(near(found.actions.values(), &expected, 1e-7));
}

#[test]
fn large_costs_leave_the_truth() {
    let found = solved(&continuum(1e9));
    assert!(near(found.actions.values(), &[-0.4, 0.3, 0.4, 0.1], 1e-9));
    let free = Game::builder()
        .space(SpaceSpec::ball(3, 1.0))
        .influencer(0.7, [3.0, 0.0, 4.0])
        .influencer(-0.4, [0.1, 0.2, 0.3])
        .build()
        .unwrap();
    let game = free.with_lying_costs(vec![1e12; 2], None).unwrap();
    let found = solved(&game);
    assert!(near(
        found.actions.values(),
        &[0.6, 0.0, 0.8, 0.1, 0.2, 0.3],
        1e-11
    ));
}

#[test]
fn the_set_is_that_of_those_who_lie_for_free() {
    // Two who lie for free and want the same share what is left by one who pays.
    let build = |free: [f64; 1], cost: f64| {
        Game::builder()
            .space(SpaceSpec::cube(1, -1.0, 1.0))
            .influencer(0.5, free)
            .influencer(0.25, free)
            .influencer(0.25, [-1.0])
            .lying_cost(cost)
            .honest([-0.5])
            .build()
            .unwrap()
    };
    let game = build([0.2], 1.0);
    let found = solved(&game);
    assert_eq!(found.receiver, [0.2]);
    assert_eq!(found.cardinality, Cardinality::Infinite);
    assert_eq!(found.dimension, Some(1));
    assert_eq!(found.winners, [0, 1]);
    assert_eq!(found.certificate.action_error_bound, None);
    // x_3 = −0.5 + 0.25 (−1 − 0.2) = −0.8; 0.5 x_1 + 0.25 x_2 = 0.4.
    let (lower, upper) = found.action_range(0);
    assert!((lower[0] - 0.3).abs() < 1e-15 && upper[0] == 1.0);
    assert!((found.actions.action(2)[0] + 0.8).abs() < 1e-15);
    let ends = vertices(&game, &found, 10).unwrap();
    assert_eq!(ends.len(), 2);
    for end in &ends {
        assert!(certify(&game, end, None).max_regret < 1e-30);
    }
    // Where both have to play their high end to get the receiver to their target, rounding could hide a tie: nothing is said.
    let tied = solved(&build([0.5], 0.25));
    assert_eq!(tied.receiver, [0.5]);
    assert_eq!(tied.cardinality, Cardinality::Unknown);
}

#[test]
fn a_crowd_agrees_with_bisection() {
    // More than a sample: the selection narrows the bracket by passes.
    for (n, spread) in [(30_000, 1.0), (30_000, 1e-9), (9_000, 1e3)] {
        let mut state = 7_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut weights = Vec::new();
        let (mut targets, mut costs, mut honest) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..n {
            weights.push((draw() - 0.2) / f64::from(n));
            targets.push(spread * (2.0 * draw() - 1.0));
            costs.push(if i % 5 == 0 {
                0.0
            } else {
                draw() * weights[i as usize].abs()
            });
            honest.push(2.0 * draw() - 1.0);
        }
        let space = SpaceSpec::cube(1, -1.0, 1.0);
        let game = Game::from_columns(
            Loss::SquaredEuclidean,
            vec![0.0],
            &space,
            weights.clone(),
            targets.clone(),
            Vec::new(),
        )
        .unwrap()
        .with_lying_costs(costs.clone(), Some(&honest))
        .unwrap();
        let found = solved(&game);
        let pull = |y: f64| -> f64 {
            (0..n as usize)
                .map(|i| {
                    let (w, g) = (weights[i], weights[i] * (targets[i] - y));
                    let x = match costs[i] {
                        0.0 => g.signum(),
                        cost => (honest[i] + g / cost).clamp(-1.0, 1.0),
                    };
                    w * x
                })
                .sum()
        };
        let (mut low, mut high) = (-10.0, 10.0);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if pull(middle) > middle {
                low = middle
            } else {
                high = middle
            }
        }
        assert!(
            (found.receiver[0] - low).abs() < 1e-13,
            "{} {low}",
            found.receiver[0]
        );
        assert!(
            found.certificate.receiver_error_bound < 1e-13,
            "{:?}",
            found.certificate
        );
    }
}

#[test]
fn what_is_no_cost_is_refused() {
    let build = |cost: f64, honest: &[f64]| {
        Game::builder()
            .space(SpaceSpec::cube(1, -1.0, 1.0))
            .influencer(0.5, [0.2])
            .influencer(0.5, [0.3])
            .lying_cost(cost)
            .honest(honest)
    };
    let error = build(-1.0, &[0.0]).build().unwrap_err();
    assert_eq!(error.place, Place::LyingCost(1));
    assert_eq!(error.problem, Problem::NegativeCost(-1.0));
    assert_eq!(
        build(f64::NAN, &[0.0]).build().unwrap_err().place,
        Place::LyingCost(1)
    );
    assert_eq!(
        build(1e-200, &[0.0]).build().unwrap_err().place,
        Place::LyingCost(1)
    );
    assert_eq!(
        build(1.0, &[1.5]).build().unwrap_err().problem,
        Problem::HonestOutside(0.5)
    );
    assert_eq!(
        build(1.0, &[0.5, 0.5]).build().unwrap_err().place,
        Place::Honest(1)
    );
    let inner = build(1.0, &[0.5])
        .loss(Loss::InnerProduct)
        .build()
        .unwrap_err();
    assert_eq!(inner.problem, Problem::CostOfInnerProduct);
    // Costs of nothing are none.
    let free = build(0.0, &[0.5]).build().unwrap();
    assert!(!free.has_lying_costs());
    assert_eq!(solved(&free).method, Method::Separable);
    for method in [
        Method::Ball,
        Method::Decomposition,
        Method::Reference,
        Method::Dominance,
    ] {
        let options = SolveOptions {
            method,
            ..SolveOptions::default()
        };
        assert!(solve(&build(1.0, &[0.5]).build().unwrap(), &options).is_err());
    }
    let options = SolveOptions {
        method: Method::Newton,
        ..SolveOptions::default()
    };
    assert!(solve(&free, &options).is_err());
    let game = build(1.0, &[0.5]).build().unwrap();
    let (a, b) = (solve(&game, &options).unwrap(), solved(&game));
    assert!(near(a.actions.values(), b.actions.values(), 1e-15));
    let profile = Profile::from_actions(&game, [&[0.1][..], &[0.2]]).unwrap();
    assert!((assess(&game, &profile).costs[1] - 0.09).abs() < 1e-16);
}

#[test]
fn who_pays_next_to_nothing_takes_back_what_another_does_for_free() {
    // Found by a random search: the receiver is almost rigid under the free one, whose steps were too short.
    let game = Game::builder()
        .bias([-0.33, -0.45])
        .space(SpaceSpec::l1_ball(2, 1.6))
        .influencer(vec![vec![0.22, 0.47], vec![-0.56, 0.58]], [-0.3, -0.01])
        .lying_cost(2e-7)
        .space(SpaceSpec::Simplex { dim: 2, scale: 1.6 })
        .influencer(-0.25, [-0.3, -0.01])
        .build()
        .unwrap();
    let found = solved(&game);
    assert!(
        found.certificate.receiver_error_bound < 1e-8,
        "{:?}",
        found.certificate
    );
}
