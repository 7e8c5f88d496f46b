//! Games of many in which lies cost, which are solved in streaming passes: against bisection, and the answer's proof against one made anew.

#![allow(clippy::unwrap_used)]

use big_game::equilibrium::{Method, certify};
use big_game::spec::{Loss, SpaceSpec};
use big_game::{Game, SolveOptions, solve};

/// SplitMix64, uniform in (0, 1).
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

const MANY: usize = 40_000;

/// A game of many; costs of the weights' size times a number between `least` and ten times that. A fifth wants the same.
fn game(spec: &SpaceSpec<f64>, d: usize, least: f64, seed: u64) -> Game {
    let mut dice = Dice(seed);
    let sign = |dice: &mut Dice| if dice.unit() < 0.3 { -1.0 } else { 1.0 };
    let weights: Vec<f64> = (0..MANY)
        .map(|_| sign(&mut dice) * (0.2 + dice.unit()) / MANY as f64)
        .collect();
    let factors = weights
        .iter()
        .map(|w| w.abs() * least * (1.0 + 9.0 * dice.unit()));
    let factors: Vec<f64> = factors.collect();
    let targets: Vec<f64> = (0..MANY * d)
        .map(|at| {
            if (at / d).is_multiple_of(5) {
                0.1
            } else {
                3.0 * dice.unit() - 1.0
            }
        })
        .collect();
    let bias = (0..d).map(|_| 0.2 * dice.unit()).collect();
    let loss = Loss::SquaredEuclidean;
    let game = Game::from_columns(loss, bias, spec, weights, targets, Vec::new()).unwrap();
    game.with_lying_costs(factors, None).unwrap()
}

fn sets(d: usize) -> [SpaceSpec<f64>; 2] {
    let cube = SpaceSpec::cube(d, -1.0, 1.0);
    let ball = SpaceSpec::Ball {
        center: (0..d).map(|k| 0.1 * k as f64).collect(),
        radius: 1.0,
    };
    [cube, ball]
}

/// What everybody answers to a position, by the definition, added up.
fn receiver(game: &Game, spec: &SpaceSpec<f64>, y: &[f64]) -> Vec<f64> {
    let d = y.len();
    let mut sum = game.bias().to_vec();
    let weights = game.scalar_weights().unwrap();
    for i in 0..game.influencers() {
        let (factor, honest) = (game.lying_cost(i), game.honest(i).unwrap());
        let wanted: Vec<f64> = (0..d)
            .map(|k| honest[k] + weights[i] / factor * (game.target(i)[k] - y[k]))
            .collect();
        let answer: Vec<f64> = match spec {
            SpaceSpec::Ball { center, radius } => {
                let away: f64 = wanted
                    .iter()
                    .zip(center)
                    .map(|(q, c)| (q - c).powi(2))
                    .sum();
                let share = (radius / away.sqrt()).min(1.0);
                wanted
                    .iter()
                    .zip(center)
                    .map(|(q, c)| c + share * (q - c))
                    .collect()
            }
            _ => wanted.iter().map(|q| q.clamp(-1.0, 1.0)).collect(),
        };
        (0..d).for_each(|k| sum[k] += weights[i] * answer[k]);
    }
    sum
}

#[test]
fn the_receiver_is_where_everybody_answers_to_it() {
    for (d, least, seed) in [(1, 0.2, 1), (2, 0.5, 2), (3, 0.05, 3), (16, 1.0, 4)] {
        for spec in sets(d) {
            let game = game(&spec, d, least, seed);
            let found = solve(&game, &SolveOptions::default()).unwrap();
            let certificate = &found.certificate;
            assert!(certificate.holds(), "{d} {spec:?}");
            assert!(certificate.receiver_error_bound < 1e-13, "{certificate:?}");
            assert!(certificate.max_regret < 1e-20, "{certificate:?}");
            assert!(
                certificate.action_error_bound.unwrap() < 1e-10,
                "{certificate:?}"
            );
            // F(r) = r − r(x(r)) rises by at least the distance from the root.
            let there = receiver(&game, &spec, &found.receiver);
            for (r, y) in there.iter().zip(&found.receiver) {
                assert!(
                    (r - y).abs() < 1e-11,
                    "{d} {spec:?}: {there:?} {:?}",
                    found.receiver
                );
            }
            // The proof made anew, in two passes over everybody, agrees.
            let anew = certify(&game, &found.actions, Some(&found.receiver));
            assert!(anew.holds() && anew.max_regret <= certificate.max_regret.max(1e-25));
            assert!(anew.infeasibility == certificate.infeasibility);
            assert!(anew.receiver_error_bound < 1e-13);
            // One path for all that fits.
            let options = SolveOptions {
                method: Method::Newton,
                ..SolveOptions::default()
            };
            let newton = solve(&game, &options).unwrap();
            for (a, b) in newton.receiver.iter().zip(&found.receiver) {
                assert!((a - b).abs() < 1e-13);
            }
        }
    }
}

/// Where lies cost next to nothing the answer is as good: by the exact methods.
#[test]
fn lies_that_cost_next_to_nothing_are_solved_all_the_same() {
    let spec = SpaceSpec::cube(2, -1.0, 1.0);
    for least in [1e-4, 1e-9] {
        let game = game(&spec, 2, least, 9);
        let found = solve(&game, &SolveOptions::default()).unwrap();
        assert!(found.certificate.holds(), "{least}");
        assert!(
            found.certificate.receiver_error_bound < 1e-12,
            "{least} {:?}",
            found.certificate
        );
    }
}

/// Some who do not play their answer are looked at one by one.
#[test]
fn a_free_liar_among_many_is_left_to_the_exact_methods() {
    let spec = SpaceSpec::cube(1, -1.0, 1.0);
    let priced = game(&spec, 1, 0.5, 11);
    let mut factors: Vec<f64> = (0..MANY).map(|i| priced.lying_cost(i)).collect();
    factors[7] = 0.0;
    let game = priced.with_lying_costs(factors, None).unwrap();
    let found = solve(&game, &SolveOptions::default()).unwrap();
    assert!(found.certificate.holds());
    assert_eq!(found.actions.action(7)[0].abs(), 1.0);
}
