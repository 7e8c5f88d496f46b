//! Lies that cost.

use big_answer::reproduce::Claim;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::{loss, truthful};
use big_game::potential::{potential, receiver};
use big_game::profile::Profile;
use big_game::spec::{Loss, SpaceSpec};
use big_game::{Game, solve};

use super::super::random::Dice;
use super::statement::{Statement, regret};

const SOURCE: &str = "Costs of lying";

pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![
        exact_potential(seed),
        no_regret(seed.wrapping_add(1)),
        closed_form(seed.wrapping_add(2)),
        little_cost(seed.wrapping_add(3)),
        much_cost(seed.wrapping_add(4)),
    ]
}

/// A random game in which everybody pays for lies.
fn game(dice: &mut Dice) -> Option<Game> {
    let game = dice.game(Loss::SquaredEuclidean, 4).ok()?;
    let costs = (0..game.influencers())
        .map(|_| 0.05 + dice.share())
        .collect();
    game.with_lying_costs(costs, None).ok()
}

fn square(x: &[f64], h: &[f64]) -> f64 {
    x.iter().zip(h).map(|(x, h)| (x - h) * (x - h)).sum()
}

/// `‖r − t_i‖² + λ_i ‖x_i − h_i‖²`, from the numbers alone.
fn loss_and_cost(game: &Game, i: usize, x: &Profile) -> f64 {
    let honest = game.honest(i).map_or(0.0, |h| square(x.action(i), h));
    loss(game, i, &receiver(game, x)) + game.lying_cost(i) * honest
}

fn exact_potential(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "with Σ λ_i ‖x_i − h_i‖² on top the potential is exact",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = game(dice)?;
        let (x, other) = (dice.profile(&game), dice.profile(&game));
        let i = dice.below(game.influencers());
        let mut moved = x.clone();
        moved.action_mut(i).copy_from_slice(other.action(i));
        let by_loss = loss_and_cost(&game, i, &moved) - loss_and_cost(&game, i, &x);
        Some((potential(&game, &moved) - potential(&game, &x) - by_loss).abs())
    })
}

fn no_regret(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "where everybody pays there is one equilibrium, and no lie pays there",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = game(dice)?;
        let answer = solve(&game, &Default::default()).ok()?;
        if answer.dimension != Some(0) {
            return Some(f64::INFINITY);
        }
        Some(regret(dice, &game, &answer.actions, &|i, x| {
            loss_and_cost(&game, i, x)
        }))
    })
}

fn closed_form(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "where no bound is met, r = (b + Σ w t + Σ (w²/λ) t) / (1 + Σ w²/λ)",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let (n, d) = (1 + dice.below(5), 1 + dice.below(3));
        let bias = dice.vector(d);
        let mut builder = Game::builder()
            .space(SpaceSpec::ball(d, 1e3))
            .bias(bias.clone());
        let (mut above, mut below) = (bias, 1.0);
        for _ in 0..n {
            let (w, t, cost) = (dice.number(), dice.vector(d), 0.1 + dice.share());
            for (a, t) in above.iter_mut().zip(&t) {
                *a += w * t + w * w / cost * t;
            }
            below += w * w / cost;
            builder = builder.influencer(w, t).lying_cost(cost);
        }
        let answer = solve(&builder.build().ok()?, &Default::default()).ok()?;
        let known: Vec<f64> = above.iter().map(|a| a / below).collect();
        Some(square(&answer.receiver, &known).sqrt())
    })
}

/// A cost that is nearly none.
const LITTLE: f64 = 1e-7;

fn little_cost(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "as costs vanish, of all free equilibria the one of least exaggeration is left",
        known: "proved (a Tikhonov selection)",
    };
    statement.tried(seed, |dice| {
        // Several want the same, so that they share out a pull.
        let free = dice.crowd().ok()?;
        let n = free.influencers();
        let game = free.clone().with_lying_costs(vec![LITTLE; n], None).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let at_free = solve(&free, &Default::default()).ok()?;
        let honest = truthful(&free);
        let lies = |x: &Profile| square(x.values(), honest.values());
        let apart = square(&answer.receiver, &at_free.receiver);
        // By comparing the two potentials: ‖r − r*‖² and what the lies cost more sum to at most what they cost there. The
        // solver's own error counts for 1/λ of it here.
        let more = lies(&answer.actions) - lies(&at_free.actions);
        Some((apart - LITTLE * lies(&at_free.actions)).max(more - 1e-6))
    })
}

fn much_cost(seed: u64) -> Claim {
    let statement = Statement {
        source: SOURCE,
        claim: "nobody exaggerates by more than ‖W_iᵀ(t_i − r)‖ / λ_i",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = game(dice)?;
        let answer = solve(&game, &Default::default()).ok()?;
        let mut most = f64::NEG_INFINITY;
        for i in 0..game.influencers() {
            let away: Vec<f64> = game
                .target(i)
                .iter()
                .zip(&answer.receiver)
                .map(|(t, r)| t - r)
                .collect();
            let mut pull = vec![0.0; game.space(i).dim()];
            game.weight(i).pull_back(&away, &mut pull);
            let lie = square(answer.actions.action(i), game.honest(i)?).sqrt();
            let size = pull.iter().map(|p| p * p).sum::<f64>().sqrt();
            most = most.max(lie - size / game.lying_cost(i));
        }
        Some(most)
    })
}
