//! Games by their payoff table: against definitions in exact fractions, another linear program, and known games.
#![allow(clippy::unwrap_used)]

use big_finite::strategic::{
    Concept, MixedEquilibrium, Objective, StrategicGame, correlated, mixed, response_graph,
};
use big_finite::{FiniteGame, mixed_profiles};
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use microlp::{ComparisonOp, OptimizationDirection, Problem};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::new(BigInt::from(numerator), BigInt::from(denominator))
}

/// A generator of small numbers: xorshift, seeded.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + ((self.0 >> 11) % (high - low + 1) as u64) as i64
    }
}

/// A game whose payoffs are drawn at random.
fn random(dice: &mut Dice, sizes: &[usize], most: i64) -> StrategicGame {
    let profiles: usize = sizes.iter().product();
    let payoffs = (0..profiles * sizes.len()).map(|_| q(dice.roll(-most, most), 3));
    table(sizes, payoffs.collect())
}

fn table(sizes: &[usize], payoffs: Vec<Rational>) -> StrategicGame {
    let names = |i: usize| (0..sizes[i]).map(|s| format!("s{s}")).collect();
    StrategicGame::new(
        (0..sizes.len()).map(|i| format!("p{i}")).collect(),
        (0..sizes.len()).map(names).collect(),
        payoffs,
    )
    .unwrap()
}

fn whole(sizes: &[usize], payoffs: &[i64]) -> StrategicGame {
    table(sizes, payoffs.iter().map(|&v| q(v, 1)).collect())
}

/// A game of k-subsets, whose table it is.
fn influencers(dice: &mut Dice, n: usize) -> StrategicGame {
    StrategicGame::of_finite(&subsets(dice, n, 4), 100_000).unwrap()
}

/// A game of pairs out of four items.
fn subsets(dice: &mut Dice, n: usize, size: i64) -> FiniteGame {
    let d = dice.roll(1, 2) as usize;
    let mut point = || {
        (0..d)
            .map(|_| q(dice.roll(-size, size), 2))
            .collect::<Vec<_>>()
    };
    let items = (0..4).map(|_| point()).collect();
    let targets: Vec<Vec<Rational>> = (0..n).map(|_| point()).collect();
    let influencers = targets.into_iter().map(|target| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(q(1, n as i64)),
        target,
        space: 0,
    });
    let spec = FiniteSpec {
        bias: vec![q(0, 1); d],
        sets: vec![ItemSet {
            items,
            choose: 2,
            repeats: false,
        }],
        influencers: influencers.collect(),
    };
    FiniteGame::new(spec).unwrap()
}

/// What a player gains, in expectation, by playing `to` whenever it is told `from`, or always.
fn gain(
    game: &StrategicGame,
    distribution: &[(usize, Rational)],
    player: usize,
    from: Option<usize>,
    to: usize,
) -> Rational {
    let mut sum = Rational::zero();
    for (p, share) in distribution {
        let mut at = game.digits(*p);
        if from.is_some_and(|from| from != at[player]) {
            continue;
        }
        at[player] = to;
        sum += (game.payoff(game.number(&at), player) - game.payoff(*p, player)) * share;
    }
    sum
}

/// Every deviation that the concept forbids to gain.
fn deviations(game: &StrategicGame, concept: Concept) -> Vec<(usize, Option<usize>, usize)> {
    let mut all = Vec::new();
    for i in 0..game.players().len() {
        let own = game.strategies(i).len();
        for to in 0..own {
            match concept {
                Concept::Coarse => all.push((i, None, to)),
                Concept::Correlated => all.extend((0..own).map(|from| (i, Some(from), to))),
            }
        }
    }
    all
}

/// The same program by another solver, in doubles.
fn by_microlp(game: &StrategicGame, concept: Concept, objective: Objective) -> f64 {
    let worth = |p: usize| match objective {
        Objective::Player(i) => game.payoff(p, i).to_f64().unwrap(),
        Objective::Best | Objective::Worst => game.welfare(p).to_f64().unwrap(),
    };
    let direction = match objective {
        Objective::Worst => OptimizationDirection::Minimize,
        _ => OptimizationDirection::Maximize,
    };
    let mut problem = Problem::new(direction);
    let shares: Vec<_> = (0..game.profiles())
        .map(|p| problem.add_var(worth(p), (0.0, 1.0)))
        .collect();
    problem.add_constraint(shares.iter().map(|&s| (s, 1.0)), ComparisonOp::Eq, 1.0);
    for (i, from, to) in deviations(game, concept) {
        let row: Vec<_> = (0..game.profiles())
            .map(|p| {
                let one = [(p, Rational::one())];
                (shares[p], gain(game, &one, i, from, to).to_f64().unwrap())
            })
            .filter(|(_, g)| *g != 0.0)
            .collect();
        if !row.is_empty() {
            problem.add_constraint(row, ComparisonOp::Le, 0.0);
        }
    }
    match problem.solve().unwrap() {
        microlp::SolveOutcome::Solution(found) => found.objective(),
        microlp::SolveOutcome::Interrupted(_) => panic!("no time limit was set"),
    }
}

#[test]
fn correlated_equilibria_are_those_of_their_linear_programs() {
    for seed in 0..120u64 {
        let dice = &mut Dice::new(seed);
        let game = match seed % 4 {
            0 => random(dice, &[3, 4], 9),
            1 => random(dice, &[2, 3, 2], 2),
            2 => influencers(dice, 2),
            _ => random(dice, &[4, 4], 1),
        };
        let pure = game.pure();
        for concept in [Concept::Correlated, Concept::Coarse] {
            for objective in [Objective::Best, Objective::Worst, Objective::Player(1)] {
                let found = correlated(&game, concept, objective, &mut || false).unwrap();
                // By the definitions, in fractions.
                let sum: Rational = found.distribution.iter().map(|(_, share)| share).sum();
                assert!(sum.is_one());
                assert!(
                    found
                        .distribution
                        .iter()
                        .all(|(_, share)| share.is_positive())
                );
                for (i, from, to) in deviations(&game, concept) {
                    let gain = gain(&game, &found.distribution, i, from, to);
                    assert!(
                        !gain.is_positive(),
                        "seed {seed} {concept:?} {i} {from:?} {to}"
                    );
                }
                let expected = |i: usize| -> Rational {
                    found
                        .distribution
                        .iter()
                        .map(|(p, s)| game.payoff(*p, i) * s)
                        .sum()
                };
                let payoffs: Vec<Rational> = (0..game.players().len()).map(expected).collect();
                assert_eq!(found.payoffs, payoffs);
                let value = match objective {
                    Objective::Player(i) => payoffs[i].clone(),
                    Objective::Best | Objective::Worst => payoffs.iter().sum(),
                };
                assert_eq!(found.value, value);
                // The dual proof, and another solver.
                assert_eq!(
                    found.bound, found.value,
                    "seed {seed} {concept:?} {objective:?}"
                );
                let theirs = by_microlp(&game, concept, objective);
                let ours = found.value.to_f64().unwrap();
                assert!(
                    (ours - theirs).abs() <= 1e-7,
                    "seed {seed}: {ours} {theirs}"
                );
                // Equilibria are correlated equilibria.
                for &p in &pure {
                    match objective {
                        Objective::Best => assert!(game.welfare(p) <= found.value),
                        Objective::Worst => assert!(game.welfare(p) >= found.value),
                        Objective::Player(i) => assert!(*game.payoff(p, i) <= found.value),
                    }
                }
            }
        }
    }
}

/// Chicken (Aumann 1974): the best correlated equilibrium gives 5 1/4 each.
#[test]
fn chicken() {
    let game = whole(&[2, 2], &[6, 6, 7, 2, 2, 7, 0, 0]);
    let found = correlated(&game, Concept::Correlated, Objective::Best, &mut || false).unwrap();
    assert_eq!(found.value, q(21, 2));
    assert_eq!(
        found.distribution,
        [(0, q(1, 2)), (1, q(1, 4)), (2, q(1, 4))]
    );
    assert_eq!(game.pure(), [1, 2]);
    let three = mixed(&game, 100).unwrap();
    assert_eq!(three.len(), 3);
    assert_eq!(three[2].mixtures, vec![vec![(0, q(2, 3)), (1, q(1, 3))]; 2]);
    let stopped = correlated(&game, Concept::Correlated, Objective::Best, &mut || true);
    assert!(stopped.unwrap_err().bound >= found.value);
}

#[test]
fn matching_pennies_has_a_cycle_and_no_pure_equilibrium() {
    let game = whole(&[2, 2], &[1, -1, -1, 1, -1, 1, 1, -1]);
    assert!(game.pure().is_empty());
    let graph = response_graph(&game);
    assert_eq!((graph.nodes(), graph.edges(), graph.acyclic), (4, 4, false));
    assert_eq!(graph.sinks, [vec![0, 1, 2, 3]]);
    let half = vec![(0, q(1, 2)), (1, q(1, 2))];
    let found = mixed(&game, 100).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].mixtures, [half.clone(), half]);
    let best = correlated(
        &game,
        Concept::Correlated,
        Objective::Player(0),
        &mut || false,
    )
    .unwrap();
    assert!(best.value.is_zero());
}

/// Influencers' games have a potential: no cycles, and the sinks are the pure equilibria.
#[test]
fn response_graphs_are_what_they_say() {
    for seed in 0..80 {
        let dice = &mut Dice::new(500 + seed);
        let potential = seed % 2 == 0;
        let game = if potential {
            influencers(dice, 2 + seed as usize % 3 / 2)
        } else {
            random(dice, &[3, 2, 3], 2)
        };
        let graph = response_graph(&game);
        let mut edges = 0;
        for p in 0..game.profiles() {
            for i in 0..game.players().len() {
                for s in 0..game.strategies(i).len() {
                    let mut at = game.digits(p);
                    at[i] = s;
                    let to = game.number(&at);
                    let better = game.payoff(to, i) > game.payoff(p, i);
                    edges += usize::from(better);
                    assert_eq!(graph.moves(p).contains(&(i, to)), better);
                }
            }
        }
        assert_eq!(graph.edges(), edges);
        // What can be reached from each profile, by search.
        let reach: Vec<Vec<bool>> = (0..game.profiles())
            .map(|p| {
                let mut seen = vec![false; game.profiles()];
                let mut stack = vec![p];
                while let Some(at) = stack.pop() {
                    for &(_, to) in graph.moves(at) {
                        if !seen[to] {
                            seen[to] = true;
                            stack.push(to);
                        }
                    }
                }
                seen
            })
            .collect();
        let cyclic = (0..game.profiles()).any(|p| reach[p][p]);
        assert_eq!(graph.acyclic, !cyclic, "seed {seed}");
        assert!(!potential || graph.acyclic);
        let mut sinks: Vec<Vec<usize>> = Vec::new();
        for p in 0..game.profiles() {
            let can = |a: usize, b: usize| a == b || reach[a][b];
            let set: Vec<usize> = (0..game.profiles()).filter(|&o| can(p, o)).collect();
            if set.iter().all(|&o| can(o, p)) {
                sinks.push(set);
            }
        }
        sinks.sort();
        sinks.dedup();
        assert_eq!(graph.sinks, sinks, "seed {seed}");
        let single: Vec<usize> = graph
            .sinks
            .iter()
            .filter(|s| s.len() == 1)
            .map(|s| s[0])
            .collect();
        assert_eq!(single, game.pure(), "seed {seed}");
    }
}

#[test]
fn mixed_equilibria_are_equilibria_and_pure_ones_are_among_them() {
    for seed in 0..60 {
        let dice = &mut Dice::new(900 + seed);
        let game = random(dice, &[3, 4], 1_000_000);
        let found = mixed(&game, 10_000).unwrap();
        // The number is odd unless the game is degenerate (Wilson 1971), which draws of this size are not.
        assert_eq!(found.len() % 2, 1, "seed {seed}");
        let certain = found
            .iter()
            .filter(|e| e.mixtures.iter().all(|m| m.len() == 1));
        assert_eq!(certain.count(), game.pure().len());
        for one in &found {
            let mut product = Vec::new();
            for (a, x) in &one.mixtures[0] {
                for (b, y) in &one.mixtures[1] {
                    product.push((game.number(&[*a, *b]), x * y));
                }
            }
            for (i, _, to) in deviations(&game, Concept::Coarse) {
                assert!(
                    !gain(&game, &product, i, None, to).is_positive(),
                    "seed {seed}"
                );
            }
        }
    }
    let three = random(&mut Dice::new(1), &[2, 2, 2], 3);
    assert!(mixed(&three, 100).is_err());
    let large = random(&mut Dice::new(1), &[9, 9], 3);
    assert!(mixed(&large, 100).is_err());
}

/// By the means: what is found is an equilibrium, and for two it is what their table says.
#[test]
fn mixed_equilibria_of_subsets_agree_with_their_tables() {
    for seed in 0..24 {
        let dice = &mut Dice::new(2000 + seed);
        let n = 2 + seed as usize % 2;
        let game = subsets(dice, n, 1000);
        let table = StrategicGame::of_finite(&game, 100_000).unwrap();
        let Ok(found) = mixed_profiles(&game, 1500) else {
            continue;
        };
        let mut ours: Vec<MixedEquilibrium> = found
            .iter()
            .map(|m| MixedEquilibrium::of_finite(&table, m))
            .collect();
        for one in &ours {
            let mut product = vec![(Vec::new(), Rational::one())];
            for own in &one.mixtures {
                let mut next = Vec::new();
                for (at, p) in &product {
                    for (s, share) in own {
                        let mut at: Vec<usize> = at.clone();
                        at.push(*s);
                        next.push((at, p * share));
                    }
                }
                product = next;
            }
            let product: Vec<(usize, Rational)> = product
                .into_iter()
                .map(|(at, p)| (table.number(&at), p))
                .collect();
            for (i, _, to) in deviations(&table, Concept::Coarse) {
                assert!(
                    !gain(&table, &product, i, None, to).is_positive(),
                    "seed {seed}"
                );
            }
        }
        let pure = ours
            .iter()
            .filter(|e| e.mixtures.iter().all(|m| m.len() == 1))
            .count();
        assert_eq!(pure, table.pure().len(), "seed {seed}");
        if n == 2 {
            let mut theirs = mixed(&table, 100_000).unwrap();
            let key = |e: &MixedEquilibrium| e.mixtures.clone();
            ours.iter_mut()
                .for_each(|e| e.mixtures.iter_mut().for_each(|m| m.sort()));
            ours.sort_by_key(key);
            theirs.sort_by_key(key);
            assert_eq!(ours, theirs, "seed {seed}");
        }
    }
}
