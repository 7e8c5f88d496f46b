//! The global minimiser of the potential: the equilibrium that is hardest to leave, with a proof.
//!
//! Given everybody's sum but one's, that one's best response minimises the potential. So all combinations of the
//! distinct sums of all influencers but the one with the most are gone through, with one exact search each. Where they
//! are too many, best-response dynamics from several starts finds a candidate, and the dual of the convex relaxation
//! bounds what there could be.

use big_numeric::parallel;
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::budget::{Budget, Stop};
use super::choice::Choice;
use super::enumerate::indices;
use super::index::{Index, Scratch};
use super::lattice::{Coordinate, Scaled, add, subtract};
use super::solve::solve;
use super::start::{start, truthful};
use super::{FiniteGame, scaled};
use big_game::dynamics::Start;
use big_game::spec::Rational;

/// The most combinations that are gone through.
const MOST: u64 = 1 << 33;
/// Combinations a piece of work, and pieces between two agreements on the best.
const PIECE: u64 = 1024;
const BATCH: u64 = 256;
/// Random starts beside the truthful one.
const STARTS: u64 = 8;
/// Sweeps of the relaxation.
const SWEEPS: usize = 500;

/// The least potential found.
#[derive(Clone, Debug, PartialEq)]
pub struct PotentialMinimum {
    /// Where it is: a pure Nash equilibrium when proven.
    pub profile: Vec<Choice>,
    /// The potential there.
    pub potential: Rational,
    /// What the potential cannot get below; equal to it when proven.
    pub lower_bound: Rational,
    /// Is it the global minimum for certain?
    pub proven: bool,
}

/// The global minimiser of the potential (eq. 23) over all profiles. Exact and proven where the combinations of the
/// distinct means of all influencers but one can be gone through within the budget; otherwise the best equilibrium of
/// several runs of best-response dynamics, with a bound.
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
/// let least = big_finite::potential_minimum(&game, &Budget::unlimited());
/// assert!(least.proven);
/// assert_eq!(least.potential, game.potential(&least.profile));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn potential_minimum(game: &FiniteGame, budget: &Budget<'_>) -> PotentialMinimum {
    let mut best: Option<(Rational, Vec<Choice>)> = None;
    // Half of the time is for these, the rest for going through everything.
    let half = budget.part(0.5);
    for count in 0..=STARTS {
        if count > 0 && half.spent() {
            break;
        }
        let part = half.part(1.0 / (STARTS + 1 - count) as f64);
        let from: Vec<Choice> = match count {
            0 => {
                let truthful = truthful(game, &part);
                truthful.into_iter().map(|best| best.choice).collect()
            }
            _ => start(game, Start::Random(count - 1), &part),
        };
        // A start is a profile of the game.
        let Ok(found) = solve(game, from, &part) else {
            continue;
        };
        let least = best.as_ref().map(|(least, _)| least);
        if least.is_none_or(|least| found.potential < *least) {
            best = Some((found.potential, found.profile));
        }
    }
    let (potential, profile) = best.unwrap_or_else(|| {
        let profile = start(game, Start::Random(0), budget);
        (game.potential(&profile), profile)
    });
    scaled!(game, s => improve(s, potential, profile, budget))
}

fn improve<T: Coordinate>(
    scaled: &Scaled<T>,
    mut potential: Rational,
    mut profile: Vec<Choice>,
    budget: &Budget<'_>,
) -> PotentialMinimum {
    let unit = &scaled.unit * &scaled.unit;
    let own: Vec<Vec<T>> = (0..profile.len())
        .map(|i| scaled.list(i).sum(&profile[i], scaled.d))
        .collect();
    let rows: Vec<&[T]> = own.iter().map(Vec::as_slice).collect();
    let here = lattice_potential(scaled, &rows);
    let offset = &potential - BigRational::from(here.clone()) * &unit;
    let whole = |value: BigInt| BigRational::from(value) * &unit + &offset;
    let bound = whole(relaxed(scaled, budget));
    let mut proven = bound == potential;
    if !proven && let Ok(indices) = indices(scaled, budget) {
        let (found, complete) = search(scaled, &indices, &here, budget);
        if let Some((value, choices)) = found {
            potential = whole(value);
            profile = choices;
        }
        proven = complete || bound == potential;
    }
    PotentialMinimum {
        profile,
        lower_bound: if proven { potential.clone() } else { bound },
        potential,
        proven,
    }
}

/// `‖s‖² − 2 Σ ⟨G_i, s_i⟩`, which is `Φ/u²` up to a constant.
fn lattice_potential<T: Coordinate>(scaled: &Scaled<T>, sums: &[&[T]]) -> BigInt {
    let mut total = vec![T::zero(); scaled.d];
    let mut pull = BigInt::zero();
    for (i, sum) in sums.iter().enumerate() {
        add(&mut total, sum);
        for (g, s) in scaled.goal(i).iter().zip(*sum) {
            pull += g.to_big() * s.to_big();
        }
    }
    let square: BigInt = total.iter().map(|v| v.to_big() * v.to_big()).sum();
    square - pull * 2
}

type Candidate = (BigInt, Vec<u32>);

/// Goes through all combinations; returns what is below `known`, and whether it saw everything.
fn search<T: Coordinate>(
    scaled: &Scaled<T>,
    indices: &[Index<T>],
    known: &BigInt,
    budget: &Budget<'_>,
) -> (Option<(BigInt, Vec<Choice>)>, bool) {
    let n = scaled.list_of.len();
    let index = |i: usize| &indices[scaled.list_of[i]];
    let largest = (0..n)
        .max_by_key(|&i| (index(i).table.len(), i))
        .unwrap_or(0);
    let others: Vec<usize> = (0..n).filter(|&i| i != largest).collect();
    let combinations: BigUint = others
        .iter()
        .map(|&i| BigUint::from(index(i).table.len()))
        .product();
    let Some(total) = combinations.to_u64().filter(|&t| t <= MOST) else {
        return (None, false);
    };
    let piece = |number: u64, scratch: &mut Scratch| -> Result<Option<Candidate>, Stop> {
        let mut least: Option<Candidate> = None;
        let mut entries = vec![0u32; n];
        let mut responses = Vec::new();
        for combination in number * PIECE..((number + 1) * PIECE).min(total) {
            budget.check()?;
            let mut rest = combination;
            let mut wish = scaled.goal(largest).to_vec();
            for &i in others.iter().rev() {
                let size = index(i).table.len() as u64;
                entries[i] = (rest % size) as u32;
                rest /= size;
                subtract(&mut wish, index(i).table.sum(entries[i] as usize));
            }
            index(largest).nearest(&wish, scratch, &mut responses);
            entries[largest] = responses[0];
            let rows: Vec<&[T]> = (0..n)
                .map(|i| index(i).table.sum(entries[i] as usize))
                .collect();
            let value = lattice_potential(scaled, &rows);
            if least.as_ref().is_none_or(|(v, _)| value < *v) {
                least = Some((value, entries.clone()));
            }
        }
        Ok(least)
    };
    let pieces = total.div_ceil(PIECE);
    let mut best: Option<Candidate> = None;
    let mut next = 0;
    let mut complete = true;
    while next < pieces {
        if budget.spent() {
            complete = false;
            break;
        }
        let batch = BATCH.min(pieces - next) as usize;
        let found: Vec<Result<Option<Candidate>, Stop>> =
            parallel::map_with(0..batch, Scratch::default, |scratch, p| {
                piece(next + p as u64, scratch)
            });
        next += batch as u64;
        complete = found.iter().all(Result::is_ok);
        for candidate in found.into_iter().flatten().flatten() {
            let least = best.as_ref().map_or(known, |(v, _)| v);
            if candidate.0 < *least {
                best = Some(candidate);
            }
        }
        if !complete {
            break;
        }
    }
    let Some((value, entries)) = best else {
        return (None, complete);
    };
    let choices = entries.iter().enumerate().map(|(i, &entry)| {
        let mut first = None;
        // The first member is enough; only a budget that ends keeps it from being found.
        let table = &index(i).table;
        let _ = table.members(scaled.list(i), entry as usize, budget, &mut |choice| {
            first = Some(choice.to_vec());
            std::ops::ControlFlow::Break(())
        });
        first
    });
    match choices.collect::<Option<Vec<Choice>>>() {
        Some(choices) => (Some((value, choices)), complete),
        None => (None, false),
    }
}

/// A bound on the lattice potential over the convex hulls: for every `y`,
/// `‖s‖² − 2 Σ ⟨G_i, s_i⟩ ≥ −‖y‖² − 2 Σ_i max_{s_i} ⟨G_i − y, s_i⟩`. Doubles look for `y` by descent on the relaxation
/// (Frank–Wolfe, one influencer at a time), integers make the bound.
fn relaxed<T: Coordinate>(scaled: &Scaled<T>, budget: &Budget<'_>) -> BigInt {
    let (n, d) = (scaled.list_of.len(), scaled.d);
    let items: Vec<Vec<f64>> = scaled
        .lists
        .iter()
        .map(|list| list.items.iter().map(|v| v.approx(scaled.shift)).collect())
        .collect();
    let goals: Vec<f64> = scaled
        .goals
        .iter()
        .map(|v| v.approx(scaled.shift))
        .collect();
    let mut sums = vec![0.0; n * d];
    let mut total = vec![0.0; d];
    for sweep in 0..SWEEPS {
        for i in 0..n {
            if budget.spent() {
                break;
            }
            let list = scaled.list(i);
            let pull: Vec<f64> = (0..d).map(|x| goals[i * d + x] - total[x]).collect();
            let rows = items[scaled.list_of[i]].chunks_exact(d);
            let mut reach: Vec<(f64, usize)> = rows
                .map(|row| row.iter().zip(&pull).map(|(a, b)| a * b).sum::<f64>())
                .zip(0..)
                .collect();
            reach.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let mut way: Vec<f64> = (0..d).map(|x| -sums[i * d + x]).collect();
            for j in 0..list.choose {
                let a = reach[if list.repeats { 0 } else { j }].1;
                for x in 0..d {
                    way[x] += items[scaled.list_of[i]][a * d + x];
                }
            }
            let length: f64 = way.iter().map(|v| v * v).sum();
            let gain: f64 = way.iter().zip(&pull).map(|(a, b)| a * b).sum();
            // From the origin, which need not be in the hull, the first step goes all the way.
            let share = if sweep == 0 {
                1.0
            } else {
                (gain / length).clamp(0.0, 1.0)
            };
            if share.is_nan() {
                continue;
            }
            for x in 0..d {
                sums[i * d + x] += share * way[x];
                total[x] += share * way[x];
            }
        }
    }
    let y: Vec<BigInt> = total.iter().map(|v| whole(*v) << scaled.shift).collect();
    let mut bound: BigInt = -y.iter().map(|v| v * v).sum::<BigInt>();
    for i in 0..n {
        let list = scaled.list(i);
        let pull: Vec<BigInt> = scaled
            .goal(i)
            .iter()
            .zip(&y)
            .map(|(g, y)| g.to_big() - y)
            .collect();
        let mut reach: Vec<BigInt> = list
            .items
            .chunks_exact(d)
            .map(|row| row.iter().zip(&pull).map(|(a, b)| a.to_big() * b).sum())
            .collect();
        reach.sort_unstable_by(|a, b| b.cmp(a));
        let most: BigInt = if list.repeats {
            &reach[0] * list.choose
        } else {
            reach[..list.choose].iter().sum()
        };
        bound -= most * 2;
    }
    bound
}

/// The integer nearest to a double, however large.
fn whole(value: f64) -> BigInt {
    <BigInt as num_traits::FromPrimitive>::from_f64(value.round()).unwrap_or_else(BigInt::zero)
}
