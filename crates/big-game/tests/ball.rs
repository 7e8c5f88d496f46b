//! The ball solver against the conditions of equilibrium, evaluated here by themselves, and against
//! answers known in closed form.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use big_game::Game;
use big_game::equilibrium::{Cardinality, Selection};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::unchecked::Solved;
use big_game::unchecked::ball::solve;
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// One influencer: weight, target, centre, radius.
#[derive(Clone, Debug)]
struct One(f64, Vec<f64>, Vec<f64>, f64);

fn game(bias: &[f64], ones: &[One]) -> Game {
    let spec = GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: bias.to_vec(),
        spaces: ones
            .iter()
            .map(|One(_, _, center, radius)| SpaceSpec::Ball {
                center: center.clone(),
                radius: *radius,
            })
            .collect(),
        influencers: ones
            .iter()
            .enumerate()
            .map(|(i, One(w, t, _, _))| InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Scalar(*w),
                target: t.clone(),
                space: i,
            })
            .collect(),
    };
    spec.check().unwrap()
}

/// Everybody in the unit ball around 0.
fn unit_game(bias: &[f64], players: &[(f64, Vec<f64>)]) -> Game {
    let ones: Vec<One> = players
        .iter()
        .map(|(w, t)| One(*w, t.clone(), vec![0.0; t.len()], 1.0))
        .collect();
    game(bias, &ones)
}

fn solved(game: &Game) -> Solved {
    solve(game, Selection::LeastExaggerated).unwrap()
}

fn norm(v: &[f64]) -> f64 {
    let big = v.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if big == 0.0 {
        return 0.0;
    }
    big * v.iter().map(|x| (x / big) * (x / big)).sum::<f64>().sqrt()
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

fn ball_of(game: &Game, i: usize) -> (&[f64], f64) {
    match game.space(i) {
        big_game::action_space::ActionSpace::Ball(b) => (b.center(), b.radius()),
        _ => panic!("not a ball"),
    }
}

/// The conditions of equilibrium: feasible; the receiver is where the actions put it; everybody whose
/// target is elsewhere is at the extreme point of its ball in the target's direction (up to what the
/// rounding of the receiver does to a direction).
fn assert_equilibrium(game: &Game, solved: &Solved) {
    let scale = game.scale();
    let mut landed = game.bias().to_vec();
    for i in 0..game.influencers() {
        let w = game.scalar_weights().unwrap()[i];
        let x = solved.actions.action(i);
        let (c, r) = ball_of(game, i);
        let from_center = minus(x, c);
        let limit = r * (1.0 + 1e-13) + 1e-14 * norm(c);
        assert!(
            norm(&from_center) <= limit,
            "influencer {i} leaves its ball: {x:?}"
        );
        for (l, v) in landed.iter_mut().zip(x) {
            *l += w * v;
        }
        let g = minus(game.target(i), &solved.receiver);
        // What it could still gain: |w| (R ‖g‖ − ⟨g, x − c⟩ sign w), per unit of its pull.
        if w != 0.0 && r > 0.0 && norm(&g) > 0.0 {
            let size = norm(&g);
            let mut miss = 0.0_f64;
            for (gk, fk) in g.iter().zip(&from_center) {
                miss = miss.max((gk / size - fk / r * w.signum()).abs());
            }
            // The direction as seen from the rounded receiver is off by the rounding over the distance.
            let blur = 4e-16 * norm(&solved.receiver) / size;
            let small = 1e-12 * scale / size;
            assert!(
                miss <= 1e-13 + 4.0 * blur + small.min(1e-6) + 1e-14 * norm(c) / r,
                "influencer {i} of {}: direction off by {miss:e}, distance {size:e}",
                game.influencers()
            );
        }
    }
    let off = norm(&minus(&landed, &solved.receiver));
    assert!(
        off <= 1e-12 * scale,
        "the receiver is {off:e} off, scale {scale:e}: {solved:?}"
    );
    assert!(solved.receiver.iter().all(|v| v.is_finite()));
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
    fn sym(&mut self) -> f64 {
        2.0 * self.unit() - 1.0
    }
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }
    fn vector(&mut self, d: usize, size: f64) -> Vec<f64> {
        (0..d).map(|_| size * self.sym()).collect()
    }
}

/// A random game with every kind of degeneracy.
fn random_game(dice: &mut Dice, most: usize) -> Game {
    let d = 1 + dice.below(5);
    let n = 1 + dice.below(most);
    let style = dice.below(6);
    let middle = dice.vector(d, 0.5);
    let eps = 10.0_f64.powi(-(dice.below(13) as i32));
    let mut ones: Vec<One> = Vec::new();
    for i in 0..n {
        let target = match style {
            0 => dice.vector(d, 2.0),
            1 => middle.iter().map(|m| m + eps * dice.sym()).collect(),
            2 if i > 0 && dice.below(2) == 0 => ones[dice.below(i)].1.clone(),
            3 => (0..d).map(|_| dice.below(3) as f64 - 1.0).collect(),
            4 => {
                let t = dice.sym();
                middle.iter().map(|m| m * t).collect()
            }
            _ => {
                let size = 10.0_f64.powi(-(dice.below(13) as i32));
                middle.iter().map(|m| m + size * dice.sym()).collect()
            }
        };
        let weight = match dice.below(8) {
            0 => 0.0,
            1 => -dice.unit(),
            2 => 1e-6 * dice.unit(),
            3 => 0.5,
            _ => 2.0 * dice.unit() / n as f64,
        };
        let radius = match dice.below(10) {
            0 => 0.0,
            1 => 3.0 * dice.unit(),
            _ => 1.0,
        };
        let center = if dice.below(3) == 0 {
            dice.vector(d, 0.3)
        } else {
            vec![0.0; d]
        };
        ones.push(One(weight, target, center, radius));
    }
    let bias = if dice.below(2) == 0 {
        dice.vector(d, 0.5)
    } else {
        vec![0.0; d]
    };
    game(&bias, &ones)
}

#[test]
fn random_games_meet_the_conditions_of_equilibrium() {
    let mut dice = Dice::new(1);
    let mut most = 0;
    for _ in 0..3000 {
        let game = random_game(&mut dice, 60);
        let answer = solved(&game);
        assert_equilibrium(&game, &answer);
        if answer.passes > most {
            most = answer.passes;
        }
    }
    assert!(most < 400, "{most} passes");
}

#[test]
fn the_boundary_winner_of_the_specification() {
    // t = (−0.4, 0), w = ½, X = [−1, 1]: the equilibrium is (−1, 1), and influencer 2 wins.
    let game = unit_game(&[0.0], &[(0.5, vec![-0.4]), (0.5, vec![0.0])]);
    let answer = solved(&game);
    assert_eq!(answer.receiver, [0.0]);
    assert_eq!(answer.actions.values(), [-1.0, 1.0]);
    assert_eq!(answer.winners, [1]);
    assert_eq!(answer.cardinality, Cardinality::Unique);
}

#[test]
fn a_single_target_in_reach_wins() {
    let game = unit_game(&[0.0, 0.0], &[(1.0, vec![0.3, 0.4])]);
    let answer = solved(&game);
    assert_eq!(answer.receiver, [0.3, 0.4]);
    assert_eq!(answer.winners, [0]);
    assert_eq!(answer.actions.values(), [0.3, 0.4]);
    let far = unit_game(&[0.0, 0.0], &[(1.0, vec![3.0, 4.0])]);
    let answer = solved(&far);
    assert!(norm(&minus(&answer.receiver, &[0.6, 0.8])) < 1e-15);
    assert!(answer.winners.is_empty());
}

#[test]
fn shared_targets_have_a_continuum() {
    let game = unit_game(&[0.0, 0.0], &[(0.5, vec![0.2, 0.0]), (0.5, vec![0.2, 0.0])]);
    let answer = solved(&game);
    assert_eq!(answer.cardinality, Cardinality::Infinite);
    assert_eq!(answer.dimension, Some(2));
    assert_eq!(answer.winners, [0, 1]);
    assert_equilibrium(&game, &answer);
    // x_1 + x_2 = (0.4, 0): the first coordinate of each lies in [−0.6, 1].
    assert!((answer.free[0].lower[0] + 0.6).abs() < 1e-15);
    assert!((answer.free[0].upper[0] - 1.0).abs() < 1e-15);
    let extreme = (1.0_f64 - 0.04).sqrt();
    assert!((answer.free[1].upper[1] - extreme).abs() < 1e-15);
    for action in [answer.actions.action(0), answer.actions.action(1)] {
        assert!(norm(&minus(action, &[0.2, 0.0])) < 1e-15);
    }
}

/// A large game in the unit ball: targets around a middle, at a distance of about `eps`.
fn crowd(seed: u64, n: usize, d: usize, eps: f64, middle: f64) -> Game {
    let mut dice = Dice::new(seed);
    let targets: Vec<f64> = (0..n * d)
        .map(|k| if k % d == 0 { middle } else { 0.0 } + eps * dice.sym())
        .collect();
    let weights: Vec<f64> = (0..n).map(|_| 2.0 * dice.unit() / n as f64).collect();
    let space = SpaceSpec::Ball {
        center: vec![0.0; d],
        radius: 1.0,
    };
    Game::from_columns(
        Loss::SquaredEuclidean,
        vec![0.0; d],
        &space,
        weights,
        targets,
        Vec::new(),
    )
    .unwrap()
}

#[test]
fn large_games_spread_and_clustered_take_few_passes() {
    for d in [1, 2, 3, 16] {
        for n in [2_000, 10_000, 60_000] {
            for eps in [2.0, 1e-1, 1e-3, 1e-6, 1e-9, 1e-13] {
                for middle in [0.0, 0.3, 2.0] {
                    let game = crowd(7, n, d, eps, middle);
                    let answer = solved(&game);
                    assert_equilibrium(&game, &answer);
                }
            }
        }
    }
}
