//! Correlated and coarse correlated equilibria: the best and the worst, by their linear programs.
//!
//! A distribution over profiles is a correlated equilibrium when nobody who is told its part gains by playing another
//! one (Aumann 1974), and a coarse correlated one when nobody gains by deciding beforehand to play something else
//! (Moulin and Vial 1978). Both are polytopes that contain all equilibria; the programs over them are solved exactly,
//! with constraints added where they are violated.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

use super::StrategicGame;
use super::simplex::Program;
use big_game::spec::Rational;

/// Which deviations a distribution withstands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concept {
    /// From what one is told to anything else.
    Correlated,
    /// From the whole distribution to one strategy.
    Coarse,
}

/// What is looked for among the equilibria.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// The greatest sum of expected payoffs.
    Best,
    /// The least sum of expected payoffs.
    Worst,
    /// A player's greatest expected payoff.
    Player(usize),
}

/// A distribution over profiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlated {
    /// The profiles that are played, by number, and how often.
    pub distribution: Vec<(usize, Rational)>,
    /// The objective: an expected payoff, or the sum of all.
    pub value: Rational,
    /// What the objective cannot be beyond, by weak duality: equal to the value.
    pub bound: Rational,
    /// Everybody's expected payoff.
    pub payoffs: Vec<Rational>,
}

/// The search was stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// What the objective cannot be beyond.
    pub bound: Rational,
}

/// The equilibrium of one kind that is best, or worst, for all or best for one. Exact; the tableau has a column a profile and a row a
/// constraint that was needed, so that a few thousand profiles are the most.
///
/// # Errors
/// When `stop` said so before it was found; with the bound so far.
pub fn correlated(
    game: &StrategicGame,
    concept: Concept,
    objective: Objective,
    stop: &mut dyn FnMut() -> bool,
) -> Result<Correlated, Stopped> {
    let (n, profiles) = (game.players().len(), game.profiles());
    // Costs to be made small.
    let values: Vec<Rational> = (0..profiles)
        .map(|p| match objective {
            Objective::Best => -game.welfare(p),
            Objective::Worst => game.welfare(p),
            Objective::Player(i) => -game.payoff(p, i).clone(),
        })
        .collect();
    let (cost, scale) = game.whole(&values);
    let payoffs: Vec<Vec<BigInt>> = (0..n)
        .map(|i| {
            let own: Vec<Rational> = (0..profiles).map(|p| game.payoff(p, i).clone()).collect();
            game.whole(&own).0
        })
        .collect();
    let sign = |value: Rational| match objective {
        Objective::Worst => value / &scale,
        Objective::Best | Objective::Player(_) => -value / &scale,
    };
    let mut program = Program::new(&cost);
    loop {
        let (solution, _) = program.solution();
        let broken = broken(game, concept, &payoffs, &solution);
        if broken.is_empty() {
            break;
        }
        for deviation in broken {
            program.add(gain(game, &payoffs, deviation));
        }
        if !program.solve(stop) {
            let bound = sign(program.value());
            return Err(Stopped { bound });
        }
    }
    let (solution, whole) = program.solution();
    let distribution: Vec<(usize, Rational)> = solution
        .into_iter()
        .map(|(p, share)| (p, Rational::new(share, whole.clone())))
        .collect();
    let expected = |i: usize| -> Rational {
        distribution
            .iter()
            .map(|(p, share)| game.payoff(*p, i) * share)
            .sum()
    };
    Ok(Correlated {
        payoffs: (0..n).map(expected).collect(),
        value: sign(program.value()),
        bound: sign(program.bound(&cost)),
        distribution,
    })
}

/// A player who deviates to a strategy: from another one, or from everything.
#[derive(Clone, Copy, Debug)]
struct Deviation {
    player: usize,
    from: Option<usize>,
    to: usize,
}

/// For each player the deviation that gains most against the distribution, where any gains.
fn broken(
    game: &StrategicGame,
    concept: Concept,
    payoffs: &[Vec<BigInt>],
    solution: &[(usize, BigInt)],
) -> Vec<Deviation> {
    let mut all = Vec::new();
    for (player, own) in payoffs.iter().enumerate() {
        let (stride, count) = (game.stride(player), game.strategies(player).len());
        let froms = match concept {
            Concept::Correlated => count,
            Concept::Coarse => 1,
        };
        // gains[from * count + to]
        let mut gains = vec![BigInt::zero(); froms * count];
        for (p, share) in solution {
            let played = p / stride % count;
            let from = if froms == 1 { 0 } else { played };
            for (to, q) in game.moves(*p, player).enumerate() {
                gains[from * count + to] += (&own[q] - &own[*p]) * share;
            }
        }
        let best = (0..gains.len()).rev().max_by_key(|&at| &gains[at]);
        if let Some(at) = best.filter(|&at| gains[at].is_positive()) {
            all.push(Deviation {
                player,
                from: (froms > 1 || concept == Concept::Correlated).then_some(at / count),
                to: at % count,
            });
        }
    }
    all
}

/// What the deviation gains in each profile, divided by what all have in common.
fn gain(game: &StrategicGame, payoffs: &[Vec<BigInt>], deviation: Deviation) -> Vec<BigInt> {
    let Deviation { player, from, to } = deviation;
    let (stride, count) = (game.stride(player), game.strategies(player).len());
    let own = &payoffs[player];
    let mut gains: Vec<BigInt> = (0..own.len())
        .map(|p| {
            let played = p / stride % count;
            if from.is_some_and(|from| from != played) {
                return BigInt::zero();
            }
            let other = p - played * stride + to * stride;
            &own[other] - &own[p]
        })
        .collect();
    let common = gains.iter().fold(BigInt::zero(), |g, v| g.gcd(v));
    if !common.is_zero() {
        gains.iter_mut().for_each(|v| *v /= &common);
    }
    gains
}
