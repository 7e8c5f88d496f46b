//! Profiles to start from: everybody near its target or near zero, or drawn at random.

use std::collections::HashMap;

use chacha20::ChaCha8Rng;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use rand_core::{Rng, SeedableRng};

use super::budget::Budget;
use super::choice::{Choice, choices_f64, first};
use super::response::{BestResponse, best_response};
use super::{FiniteGame, image, mean};
use big_game::dynamics::Start;
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};

/// Choices of half the items up to which a truthful choice is searched for exactly: on a line, and in more dimensions.
const FEW: (f64, f64) = ((1u64 << 20) as f64, (1u64 << 13) as f64);

/// A profile to start from: everybody's mean as near as possible to its target (through its weight, where actions have
/// another dimension) or to zero, or items drawn at random. The searches for the nearest share the budget; where it ends,
/// the choice is the nearest found.
pub fn start(game: &FiniteGame, start: Start, budget: &Budget<'_>) -> Vec<Choice> {
    let n = game.influencers();
    let to_target = match start {
        Start::Truthful => true,
        Start::Zero => false,
        Start::Random(seed) => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            return (0..n).map(|i| draw(game, i, &mut rng)).collect();
        }
    };
    let found = nearest(game, to_target, &|_| true, budget);
    found.into_iter().map(|best| best.choice).collect()
}

/// Everybody's truthful choice: its mean as near as possible to the target. Cheap: where the choices are many it is the
/// nearest that exchanging items finds, and then not proven. The losses are squared distances of the mean from the target.
///
/// ```
/// # use big_finite::{Budget, FiniteGame};
/// # use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
/// # let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
/// # let influencer = |target| InfluencerSpec {
/// #     cost: None,
/// #     name: None,
/// #     weight: WeightSpec::Scalar(number(1, 2)),
/// #     target: vec![target],
/// #     space: 0,
/// # };
/// // Example 5 of the paper with q = k = 2: two of the items ±1 and ±2 each, targets ∓1/16.
/// let game = FiniteGame::new(FiniteSpec {
/// #     bias: vec![number(0, 1)],
/// #     sets: vec![ItemSet {
/// #         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
/// #         choose: 2,
/// #         repeats: false,
/// #     }],
/// #     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
///     // …
/// })?;
/// // Means of two items are 0 at best: as near to ∓1/16 as any.
/// let honest = big_finite::truthful(&game, &Budget::unlimited());
/// assert_eq!(honest[0].choice, honest[1].choice);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn truthful(game: &FiniteGame, budget: &Budget<'_>) -> Vec<BestResponse> {
    let few = |set: &ItemSet| {
        let (m, k) = (set.items.len(), set.choose);
        let k = if set.repeats { k } else { k.min(m - k) };
        let half = choices_f64(m, k.div_ceil(2), set.repeats);
        half <= if set.items[0].len() == 1 {
            FEW.0
        } else {
            FEW.1
        }
    };
    nearest(game, true, &few, budget)
}

/// Influencer `i`'s choice whose mean is nearest to an action.
///
/// # Panics
/// When the action has not the items' length.
pub fn nearest_choice(
    game: &FiniteGame,
    i: usize,
    action: Vec<Rational>,
    budget: &Budget<'_>,
) -> BestResponse {
    let set = game.set(i);
    assert_eq!(action.len(), set.items[0].len());
    let mut found = together(set, &one(), vec![action], true, budget);
    // One was asked for.
    found.swap_remove(0)
}

fn one() -> WeightSpec<Rational> {
    WeightSpec::Scalar(BigRational::from(BigInt::from(1)))
}

fn draw(game: &FiniteGame, i: usize, rng: &mut ChaCha8Rng) -> Choice {
    let (m, k) = (game.items(i).len(), game.choose(i));
    let mut choice: Choice = if game.repeats(i) {
        (0..k).map(|_| (rng.next_u64() % m as u64) as u32).collect()
    } else {
        let mut items: Vec<u32> = (0..m as u32).collect();
        for j in 0..k {
            items.swap(j, j + (rng.next_u64() % (m - j) as u64) as usize);
        }
        items.truncate(k);
        items
    };
    choice.sort_unstable();
    choice
}

/// Everybody's choice whose mean is nearest to its target or to zero: exactly for the sets that `exact` says.
fn nearest(
    game: &FiniteGame,
    to_target: bool,
    exact: &dyn Fn(&ItemSet) -> bool,
    budget: &Budget<'_>,
) -> Vec<BestResponse> {
    let n = game.influencers();
    // Who chooses from one set through one weight is searched for on one lattice.
    let mut groups: Vec<(usize, WeightSpec<Rational>, Vec<usize>)> = Vec::new();
    let mut places: HashMap<usize, Vec<usize>> = HashMap::new();
    for i in 0..n {
        let space = game.spec().influencers[i].space;
        let m = game.set(i).items[0].len();
        let weight = match game.weight(i) {
            WeightSpec::Matrix(rows) if to_target && m != game.dim() => {
                WeightSpec::Matrix(rows.clone())
            }
            _ => one(),
        };
        let known = places.entry(space).or_default();
        match known.iter().find(|&&g| groups[g].1 == weight) {
            Some(&g) => groups[g].2.push(i),
            None => {
                known.push(groups.len());
                groups.push((space, weight, vec![i]));
            }
        }
    }
    let mut found: Vec<Option<BestResponse>> = vec![None; n];
    let mut left = n;
    for (space, weight, members) in groups {
        let set = &game.spec().sets[space];
        let m = set.items[0].len();
        let targets = members.iter().map(|&i| {
            if to_target {
                game.target(i).to_vec()
            } else {
                vec![Rational::zero(); m]
            }
        });
        let part = budget.part(members.len() as f64 / left as f64);
        left -= members.len();
        let of_group = together(set, &weight, targets.collect(), exact(set), &part);
        for (i, best) in members.into_iter().zip(of_group) {
            found[i] = Some(best);
        }
    }
    // Everybody is in a group.
    found.into_iter().flatten().collect()
}

/// The choices of one set whose means, through one weight, are nearest to targets. In a game of as many influencers, all
/// at the same choice but one, that one's best response to targets moved by the others' means is the nearest choice.
fn together(
    set: &ItemSet,
    weight: &WeightSpec<Rational>,
    targets: Vec<Vec<Rational>>,
    exact: bool,
    budget: &Budget<'_>,
) -> Vec<BestResponse> {
    let choice: Choice = first(set.choose, set.repeats);
    let count = targets.len();
    let d = targets[0].len();
    let alone = |target: Vec<Rational>| InfluencerSpec {
        cost: None,
        name: None,
        weight: weight.clone(),
        target,
        space: 0,
    };
    let mean = image(weight, &mean(set, &choice));
    let present = |target: &Vec<Rational>| BestResponse {
        choice: choice.clone(),
        loss: target
            .iter()
            .zip(&mean)
            .map(|(t, x)| (t - x) * (t - x))
            .sum(),
        lower_bound: Rational::zero(),
        proven: false,
    };
    if budget.spent() {
        return targets.iter().map(present).collect();
    }
    let others = BigRational::from(BigInt::from(count - 1));
    let moved = targets.iter().map(|t| {
        let moved = t.iter().zip(&mean).map(|(t, x)| t + x * &others);
        alone(moved.collect())
    });
    let all = FiniteGame::new(FiniteSpec {
        bias: vec![Rational::zero(); d],
        sets: vec![set.clone()],
        influencers: moved.collect(),
    });
    // The parts come from a valid game; should they not make one, any choice is a start.
    let Ok(all) = all else {
        return targets.iter().map(present).collect();
    };
    let profile = vec![choice.clone(); count];
    (0..count)
        .map(|j| {
            let part = budget.part(1.0 / (count - j) as f64);
            if exact {
                best_response(&all, j, &profile, &part)
            } else {
                super::response::exchange_only(&all, j, &profile, &part)
            }
        })
        .collect()
}
