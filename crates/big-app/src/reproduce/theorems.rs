//! The theorems, each on thousands of random games.

use big_game::dynamics::{Dynamics, Order, Start, start};
use big_game::equilibrium::{Cardinality, assess, certify, loss};
use big_game::potential::{potential, receiver};
use big_game::spec::Loss;
use big_game::{Game, SolveOptions, solve};

use super::random::trials;
use big_answer::reproduce::Claim;
use big_answer::words::{count, error};

/// Random games for each theorem.
const TRIALS: u64 = 2000;
/// Errors up to this are rounding: all games have numbers of about 1.
const ROUNDING: f64 = 1e-9;

/// All of them.
pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![
        exact_potential(seed),
        minimisers(seed.wrapping_add(1)),
        extremes(seed.wrapping_add(2)),
        descent(seed.wrapping_add(3)),
        dominance(seed.wrapping_add(4)),
    ]
}

fn exact_potential(seed: u64) -> Claim {
    let errors = trials(seed, TRIALS, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 5).ok()?;
        let (x, other) = (dice.profile(&game), dice.profile(&game));
        let i = dice.below(game.influencers());
        let mut moved = x.clone();
        moved.action_mut(i).copy_from_slice(other.action(i));
        let at = |p| loss(&game, i, &receiver(&game, p));
        let by_loss = at(&moved) - at(&x);
        Some((potential(&game, &moved) - potential(&game, &x) - by_loss).abs())
    });
    let worst = errors.iter().flatten().fold(0.0_f64, |m, e| m.max(*e));
    let failed = errors.iter().filter(|e| e.is_none()).count();
    Claim::new(
        "Theorem 1",
        "a change of one action changes the potential by the mover's change of loss",
        "exactly",
        format!(
            "largest difference {} in {}",
            error(worst),
            count(errors.len(), "random game")
        ),
        failed == 0 && worst <= ROUNDING,
    )
}

fn minimisers(seed: u64) -> Claim {
    let found = trials(seed, TRIALS, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 4).ok()?;
        let answer = solve(&game, &SolveOptions::default()).ok()?;
        let proof = certify(&game, &answer.actions, Some(&answer.receiver));
        let below_all =
            (0..20).all(|_| answer.potential <= potential(&game, &dice.profile(&game)) + ROUNDING);
        Some((
            answer.cardinality,
            proof.holds() && proof.max_regret <= ROUNDING && below_all,
        ))
    });
    let of = |c: Cardinality| found.iter().flatten().filter(|f| f.0 == c).count();
    let good = found.iter().flatten().filter(|f| f.1).count();
    let undecided = match of(Cardinality::Unknown) {
        0 => String::new(),
        n => format!(", {n} undecided"),
    };
    Claim::new(
        "Proposition 2, Corollary 3",
        "the equilibria are the minimisers of the potential; there is one or infinitely many",
        "one or infinitely many",
        format!(
            "{good} of {} random games certified: {} with one, {} with infinitely many{undecided}",
            found.len(),
            of(Cardinality::Unique),
            of(Cardinality::Infinite)
        ),
        good == found.len(),
    )
}

fn extremes(seed: u64) -> Claim {
    let found = trials(seed, TRIALS, |dice| {
        let game = dice.distinct(6).ok()?;
        let answer = solve(&game, &SolveOptions::default()).ok()?;
        let assessment = assess(&game, &answer.actions);
        let moderate: Vec<usize> = (0..game.influencers())
            .filter(|&i| !assessment.extreme[i])
            .collect();
        Some((
            moderate.is_empty(),
            moderate.is_empty() || answer.winners == moderate,
        ))
    });
    let good = found.iter().flatten().filter(|f| f.1).count();
    let all_extreme = found.iter().flatten().filter(|f| f.0).count();
    Claim::new(
        "Theorem 4",
        "all but at most one influencer are extreme, and one that is not is the winner",
        "always, with distinct targets",
        format!(
            "in {good} of {} random games; in {all_extreme} of them everybody is extreme",
            found.len()
        ),
        good == found.len(),
    )
}

fn descent(seed: u64) -> Claim {
    let found = trials(seed, TRIALS / 4, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 4).ok()?;
        let begin = start(&game, Start::Random(dice.below(1 << 30) as u64));
        let mut level = potential(&game, &begin);
        let mut play = Dynamics::new(&game, begin, Order::RoundRobin, 1.0, 1e-9, 0);
        let mut falls = true;
        while let Some(step) = play.next().filter(|s| s.round <= 3000) {
            falls &= step.potential <= level + 1e-12 * (1.0 + level.abs());
            level = step.potential;
        }
        Some((falls, ends_well(&game, &play)))
    });
    let falls = found.iter().flatten().filter(|f| f.0).count();
    let ends = found.iter().flatten().filter(|f| f.1).count();
    Claim::new(
        "Definition 3",
        "best responses one at a time never raise the potential, and lead to an equilibrium",
        "block-coordinate descent",
        format!(
            "the potential never rose in {falls} of {} random games; {ends} were within 1e-8 of equilibrium after at \
             most 3000 rounds",
            found.len()
        ),
        falls == found.len() && ends * 100 >= found.len() * 99,
    )
}

fn ends_well(game: &Game, play: &Dynamics<'_>) -> bool {
    assess(game, play.profile()).max_regret <= 1e-8
}

fn dominance(seed: u64) -> Claim {
    let found = trials(seed, TRIALS, |dice| {
        let game = dice.game(Loss::InnerProduct, 4).ok()?;
        let answer = solve(&game, &SolveOptions::default()).ok()?;
        let dominates = (0..10).all(|_| {
            let i = dice.below(game.influencers());
            let any = dice.profile(&game);
            let mut best = any.clone();
            best.action_mut(i).copy_from_slice(answer.actions.action(i));
            let at = |p| loss(&game, i, &receiver(&game, p));
            at(&best) <= at(&any) + ROUNDING
        });
        Some(dominates && answer.certificate.holds())
    });
    let good = found.iter().filter(|f| **f == Some(true)).count();
    Claim::new(
        "Theorem 5",
        "under the inner-product loss each equilibrium action is best whatever the others do",
        "weakly dominant",
        format!(
            "against 10 random profiles each, in {good} of {} random games",
            found.len()
        ),
        good == found.len(),
    )
}
