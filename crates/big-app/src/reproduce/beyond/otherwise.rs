//! Private targets, learning, commitment, taking part.

use big_answer::reproduce::Claim;
use big_answer::words::{count, number};
use big_game::commitment::commit;
use big_game::entry::enter;
use big_game::equilibrium::loss;
use big_game::learning::learn;
use big_game::potential::receiver;
use big_game::private::{PrivateGame, Scenario, TargetType};
use big_game::profile::Profile;
use big_game::spec::{Loss, SpaceSpec, WeightSpec};
use big_game::{Game, solve};

use super::super::random::{Dice, trials};
use super::statement::{Statement, TRIALS, in_one_space, regret};

pub(super) fn claims(seed: u64) -> Vec<Claim> {
    vec![
        private(seed),
        private_together(seed.wrapping_add(6)),
        pulled_back(seed.wrapping_add(5)),
        learning(seed.wrapping_add(1)),
        leaders_on_boxes(seed.wrapping_add(2)),
        leaders_on_discs(seed.wrapping_add(3)),
        entry(seed.wrapping_add(4)),
    ]
}

fn private(seed: u64) -> Claim {
    let statement = Statement {
        source: "Private targets",
        claim: "two with targets ±a, ±c by the toss of a coin, on [−1, 1]: each type plays clip(t / w)",
        known: "proved: the other's mean is 0",
    };
    statement.tried(seed, |dice| {
        let weight = 0.1 + dice.share();
        let sizes = [dice.number().abs(), dice.number().abs()];
        let of = |t: f64| TargetType {
            probability: 0.5,
            target: vec![t],
        };
        let both = [0.0, 0.0].map(|t| (WeightSpec::Scalar(weight), vec![t]));
        let spec = in_one_space(SpaceSpec::cube(1, -1.0, 1.0), vec![0.0], both);
        let types = sizes.map(|size| vec![of(-size), of(size)]).to_vec();
        let game = PrivateGame::new(spec, types, None).ok()?;
        let answer = game.solve(&Default::default()).ok()?;
        let mut most = 0.0_f64;
        for (size, outcomes) in sizes.iter().zip(&answer.standing.types) {
            for (sign, outcome) in [-1.0, 1.0].iter().zip(outcomes) {
                let known = (sign * size / weight).clamp(-1.0, 1.0);
                most = most.max((outcome.action[0] - known).abs());
            }
        }
        Some(most)
    })
}

/// Any joint law: expected losses are summed over its scenarios.
fn private_together(seed: u64) -> Claim {
    let statement = Statement {
        source: "Private targets",
        claim: "whatever the joint law: where E‖r‖² − 2 Σ E⟨t_i, W_i x_i⟩ is least, no type gains by another action",
        known: "proved: that potential is exact",
    };
    statement.tried(seed, |dice| {
        let d = 1 + dice.below(2);
        let space = match dice.below(2) {
            0 => SpaceSpec::cube(d, -1.0, 1.0),
            _ => SpaceSpec::ball(d, 1.0),
        };
        let n = 1 + dice.below(3);
        let count = 2 + dice.below(3);
        let raw: Vec<f64> = (0..count).map(|_| 0.1 + dice.share()).collect();
        let sum: f64 = raw.iter().sum();
        let kinds = 1 + dice.below(2);
        let scenarios: Vec<Scenario> = raw
            .iter()
            .enumerate()
            .map(|(s, p)| Scenario {
                probability: p / sum,
                types: (0..n)
                    .map(|_| if s < kinds { s } else { dice.below(kinds) })
                    .collect(),
            })
            .collect();
        let likely = |i: usize, tau: usize| -> f64 {
            let here = scenarios.iter().filter(|s| s.types[i] == tau);
            here.map(|s| s.probability).sum()
        };
        let types: Vec<Vec<TargetType>> = (0..n)
            .map(|i| {
                let one = |tau| TargetType {
                    probability: likely(i, tau),
                    target: dice.vector(d),
                };
                (0..kinds).map(one).collect()
            })
            .collect();
        let drawn = (0..n).map(|_| (WeightSpec::Scalar(dice.number()), vec![0.0; d]));
        let spec = in_one_space(space, vec![0.25; d], drawn);
        let game = PrivateGame::new(spec, types.clone(), Some(scenarios.clone())).ok()?;
        let answer = game.solve(&Default::default()).ok()?;
        let agents = game.game_of_types().ok()?;
        let base = game.base();
        let loss = |agent: usize, strategies: &Profile| -> f64 {
            let i = agent / kinds;
            let mut sum = 0.0;
            for scenario in scenarios.iter().filter(|s| s.types[i] == agent % kinds) {
                let mut r = base.bias().to_vec();
                for (j, tau) in scenario.types.iter().enumerate() {
                    base.weight(j)
                        .add_image(strategies.action(j * kinds + tau), &mut r);
                }
                let off = r.iter().zip(&types[i][agent % kinds].target);
                sum += scenario.probability * off.map(|(r, t)| (r - t) * (r - t)).sum::<f64>();
            }
            sum
        };
        Some(regret(dice, &agents, &answer.agents.actions, &loss))
    })
}

/// Rounds of learning.
const ROUNDS: usize = 200;

fn pulled_back(seed: u64) -> Claim {
    let statement = Statement {
        source: "Learning",
        claim: "at every profile Σ_i ⟨r − t_i, W_i(x_i − x_i*)⟩ ≥ ‖r − r*‖²: what learning and correlated equilibria follow from",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 4).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let (x, star) = (dice.profile(&game), &answer.actions);
        let (r, there) = (receiver(&game, &x), receiver(&game, star));
        let mut miss: f64 = r.iter().zip(&there).map(|(a, b)| (a - b) * (a - b)).sum();
        for i in 0..game.influencers() {
            let moved = x.action(i).iter().zip(star.action(i)).map(|(a, b)| a - b);
            let mut image = vec![0.0; game.dim()];
            game.weight(i)
                .add_image(&moved.collect::<Vec<_>>(), &mut image);
            for k in 0..game.dim() {
                miss -= (r[k] - game.target(i)[k]) * image[k];
            }
        }
        Some(miss)
    })
}

fn learning(seed: u64) -> Claim {
    let statement = Statement {
        source: "Learning",
        claim: "everybody follows its own slope: min_s ‖r_s − r*‖² ≤ Σ Regret_i / (2T)",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.game(Loss::SquaredEuclidean, 4).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let seen = learn(&game, &answer, ROUNDS, &|| true)?;
        let miss = seen.iter().map(|s| s.least_square - s.bound);
        Some(miss.fold(f64::NEG_INFINITY, f64::max))
    })
}

/// The least loss of influencer `i` when it commits to one of some actions, and the others play their equilibrium.
fn best_commitment(dice: &mut Dice, game: &Game, i: usize) -> Option<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..10 {
        let x = dice.profile(game);
        let mut bias = game.bias().to_vec();
        game.weight(i).add_image(x.action(i), &mut bias);
        let r = match game.influencers() {
            1 => bias,
            _ => {
                let others: Vec<usize> = (0..game.influencers()).filter(|&j| j != i).collect();
                solve(&game.of_some(&others, bias), &Default::default())
                    .ok()?
                    .receiver
            }
        };
        least = least.min(loss(game, i, &r));
    }
    Some(least)
}

fn leaders_on_boxes(seed: u64) -> Claim {
    let statement = Statement {
        source: "Commitment",
        claim: "on boxes nobody gains by moving first",
        known: "proved",
    };
    statement.tried(seed, |dice| {
        let game = dice.boxes(4).ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let i = dice.below(game.influencers());
        Some(loss(&game, i, &answer.receiver) - best_commitment(dice, &game, i)?)
    })
}

fn leaders_on_discs(seed: u64) -> Claim {
    let statement = Statement {
        source: "Commitment",
        claim: "on discs somebody can",
        known: "gains of up to 7.8 % of the loss were seen",
    };
    let gains = trials(seed, TRIALS / 5, |dice| {
        let mut builder = Game::builder().space(SpaceSpec::ball(2, 1.0));
        for _ in 0..3 {
            builder = builder.influencer(1.0 / 3.0, dice.vector(2));
        }
        let game = builder.build().ok()?;
        let answer = solve(&game, &Default::default()).ok()?;
        let led = commit(&game, &answer, 0).ok()?;
        // The leader's loss is where the others' equilibrium puts the receiver, computed anew.
        let mut bias = vec![0.0; 2];
        game.weight(0).add_image(&led.action, &mut bias);
        let r = solve(&game.of_some(&[1, 2], bias), &Default::default())
            .ok()?
            .receiver;
        let gain = led.equilibrium_loss - loss(&game, 0, &r);
        let share = gain / led.equilibrium_loss.max(1e-300);
        Some(if gain > 1e-9 { share } else { 0.0 })
    });
    let paid = gains.iter().flatten().filter(|g| **g > 0.0).count();
    let most = gains.iter().flatten().fold(0.0_f64, |m, g| m.max(*g));
    statement.seen(
        format!(
            "in {paid} of {}, by up to {} % of the loss",
            count(gains.len(), "random game"),
            number((most * 1e4).round() / 100.0)
        ),
        paid > 0,
    )
}

fn entry(seed: u64) -> Claim {
    let statement = Statement {
        source: "Taking part",
        claim: "where a say costs k, who enters gains at least k, and who stays out would not",
        known: "an equilibrium of the game of entry, where play finds one",
    };
    let found = trials(seed, TRIALS / 5, |dice| {
        let game = dice.poll_on_a_line(5).ok()?;
        let cost = 0.2 * dice.share();
        let ended = enter(&game, cost, &|| true).ok()??;
        let lands = |who: &[usize]| -> Option<Vec<f64>> {
            match who.is_empty() {
                true => Some(game.bias().to_vec()),
                false => {
                    let battle = game.of_some(who, game.bias().to_vec());
                    Some(solve(&battle, &Default::default()).ok()?.receiver)
                }
            }
        };
        let mut stable = true;
        for i in 0..game.influencers() {
            let inside = ended.entrants.contains(&i);
            let mut without: Vec<usize> = ended.entrants.clone();
            without.retain(|&j| j != i);
            let mut with = without.clone();
            with.push(i);
            with.sort_unstable();
            let gain = loss(&game, i, &lands(&without)?) - loss(&game, i, &lands(&with)?);
            stable &= if inside {
                gain >= cost - 1e-9
            } else {
                gain <= cost + 1e-9
            };
        }
        Some((ended.stable, stable))
    });
    let claimed = found.iter().flatten().filter(|f| f.0).count();
    let held = found.iter().flatten().filter(|f| f.0 && f.1).count();
    statement.seen(
        format!(
            "play settled in {claimed} of {}, and {held} of these are equilibria",
            count(found.len(), "random game")
        ),
        claimed == held && 2 * claimed > found.len(),
    )
}
