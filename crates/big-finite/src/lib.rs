//! Finite games of `k`-subsets, exactly (arXiv:2502.01127, Definition 5, Proposition 6, Example 5).
//!
//! An action is the mean of `k` items. All numbers are rational and every comparison is exact: the game is brought
//! to one integer lattice, doubles only say where a comparison is not needed.
//!
//! ```
//! use std::ops::ControlFlow;
//! use big_finite::{Budget, EnumerateOptions, FiniteGame};
//! use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
//!
//! // Example 5 with q = 2, k = 2: items ±1 and ±2, targets ∓1/16.
//! let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
//! let influencer = |target| InfluencerSpec {
//!     cost: None,
//!     name: None,
//!     weight: WeightSpec::Scalar(number(1, 2)),
//!     target: vec![target],
//!     space: 0,
//! };
//! let game = FiniteGame::new(FiniteSpec {
//!     bias: vec![number(0, 1)],
//!     sets: vec![ItemSet {
//!         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
//!         choose: 2,
//!         repeats: false,
//!     }],
//!     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
//! })?;
//! // At least C(4, 2) = 6 equilibria: every subset against its mirror image, and more.
//! let all = big_finite::count(&game, &EnumerateOptions::default(), &mut |_| ControlFlow::Continue(()))?;
//! assert_eq!(all.count, 8u32.into());
//! let one = big_finite::solve(&game, vec![vec![0, 2], vec![0, 2]], &Budget::unlimited())?;
//! assert_eq!(one.verification.equilibrium(), Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
pub mod choice;
mod dominant;
pub mod dynamics;
pub mod enumerate;
mod hybrid;
mod index;
mod lattice;
mod minimum;
mod mixed;
mod nfg;
mod optimum;
mod order;
mod relaxation;
mod response;
mod solve;
mod start;
pub mod strategic;
mod table;
mod tree;
mod verify;

use std::borrow::Cow;
use std::collections::HashSet;

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::Zero;

use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use big_game::{GameError, Place, Problem};

pub use budget::{Budget, MEMORY};
pub use choice::{Choice, ChoiceError};
pub use dominant::{
    DominantChoices, dominant_choices, inner_product_loss, inner_product_potential,
};
pub use dynamics::{Dynamics, Step};
pub use enumerate::{
    AtReceiver, EnumerateError, EnumerateOptions, Enumeration, FoundEquilibrium, Priced, Progress,
    count, enumerate,
};
pub use hybrid::{
    EveryHybrid, HybridError, HybridGame, HybridSolution, assess_hybrid, every_hybrid, solve_hybrid,
};
pub use minimum::{PotentialMinimum, potential_minimum};
pub use mixed::{MixedProfile, MixedProfilesError, mixed_profiles};
pub use nfg::{NfgError, write_nfg};
pub use optimum::{SocialOptimum, price, social_optimum};
pub use relaxation::{RelaxationError, RelaxationGap};
pub use response::{BestResponse, best_response};
pub use solve::{Solution, solve};
pub use start::{nearest_choice, start, truthful};
pub use verify::{Verification, verify};

pub(crate) use nfg::all as all_choices;

use lattice::{Coordinate, Integers, RawList, Scaled, distance};

/// The most items that an action may be made of.
pub const MOST_CHOSEN: usize = 100_000;

/// A valid finite game (arXiv:2502.01127, Definition 5): influencer `i` plays `x_i`, the mean of `k_i` of its items,
/// and loses `ℓ_i = ‖b + Σ_j W_j x_j − t_i‖²` (eq. 22).
#[derive(Clone, Debug)]
pub struct FiniteGame {
    spec: FiniteSpec,
    core: Core,
}

/// The game in the smallest integers that hold it.
#[derive(Clone, Debug)]
enum Core {
    Small(Scaled<i64>),
    Large(Scaled<i128>),
    Huge(Scaled<BigInt>),
}

/// Runs an expression on the scaled game, whatever its integers are.
macro_rules! scaled {
    ($game:expr, $scaled:ident => $body:expr) => {
        match &$game.core {
            $crate::Core::Small($scaled) => $body,
            $crate::Core::Large($scaled) => $body,
            $crate::Core::Huge($scaled) => $body,
        }
    };
}
use scaled;

impl FiniteGame {
    /// Checks everything once. Weights may be scalars of any sign, zero included, or `d × m` matrices.
    ///
    /// # Errors
    /// The first thing that is wrong, and where.
    pub fn new(spec: FiniteSpec) -> Result<Self, GameError> {
        let d = spec.bias.len();
        if d == 0 {
            return Err(at(Place::Bias, Problem::NoDimensions));
        }
        if spec.influencers.is_empty() {
            return Err(at(Place::Influencers, Problem::NoInfluencers));
        }
        for (s, set) in spec.sets.iter().enumerate() {
            check_set(set).map_err(|problem| at(Place::Space(s), problem))?;
        }
        for (i, influencer) in spec.influencers.iter().enumerate() {
            let found = influencer.target.len();
            if found != d {
                let problem = Problem::WrongLength { found, expected: d };
                return Err(at(Place::Target(i), problem));
            }
            let Some(set) = spec.sets.get(influencer.space) else {
                let problem = Problem::NoSuchSpace(influencer.space);
                return Err(at(Place::SpaceOf(i), problem));
            };
            check_weight(&influencer.weight, d, set.items[0].len())
                .map_err(|problem| at(Place::Weight(i), problem))?;
        }
        check_names(&spec.influencers)?;
        let core = scale(&spec);
        Ok(Self { spec, core })
    }

    /// The description.
    pub fn spec(&self) -> &FiniteSpec {
        &self.spec
    }

    /// The number of influencers, `n`.
    pub fn influencers(&self) -> usize {
        self.spec.influencers.len()
    }

    /// The receiver's dimension, `d`.
    pub fn dim(&self) -> usize {
        self.spec.bias.len()
    }

    /// Influencer `i`'s name: its own, or its number from 1.
    pub fn name(&self, i: usize) -> Cow<'_, str> {
        name_of(&self.spec.influencers, i)
    }

    /// Influencer `i`'s target (length `d`).
    pub fn target(&self, i: usize) -> &[Rational] {
        &self.spec.influencers[i].target
    }

    /// Influencer `i`'s weight.
    pub fn weight(&self, i: usize) -> &WeightSpec<Rational> {
        &self.spec.influencers[i].weight
    }

    /// Influencer `i`'s items.
    pub fn items(&self, i: usize) -> &[Vec<Rational>] {
        &self.set(i).items
    }

    /// How many items influencer `i` chooses, `k`.
    pub fn choose(&self, i: usize) -> usize {
        self.set(i).choose
    }

    /// May influencer `i` choose an item more than once?
    pub fn repeats(&self, i: usize) -> bool {
        self.set(i).repeats
    }

    /// How many choices influencer `i` has: `C(m, k)`, or `C(m + k − 1, k)` with repeats.
    pub fn strategies(&self, i: usize) -> BigUint {
        let set = self.set(i);
        let m = set.items.len();
        if set.repeats {
            choice::binomial(m + set.choose - 1, set.choose)
        } else {
            choice::binomial(m, set.choose)
        }
    }

    /// Is this a profile of the game? Its choices must be sorted.
    ///
    /// # Errors
    /// The first choice that is none.
    pub fn check_profile(&self, profile: &[Choice]) -> Result<(), ChoiceError> {
        let expected = self.influencers();
        if profile.len() != expected {
            let found = profile.len();
            return Err(ChoiceError::Influencers { found, expected });
        }
        (0..expected).try_for_each(|i| self.check_choice(i, &profile[i]))
    }

    fn check_choice(&self, influencer: usize, choice: &[u32]) -> Result<(), ChoiceError> {
        let set = self.set(influencer);
        if choice.len() != set.choose {
            return Err(ChoiceError::Count {
                influencer,
                found: choice.len(),
                expected: set.choose,
            });
        }
        let last = set.items.len() - 1;
        if let Some(&item) = choice.iter().find(|&&a| a as usize > last) {
            return Err(ChoiceError::NoSuchItem {
                influencer,
                item,
                last,
            });
        }
        if choice.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(ChoiceError::Unsorted { influencer });
        }
        match choice.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) if !set.repeats => Err(ChoiceError::Repeated {
                influencer,
                item: pair[0],
            }),
            _ => Ok(()),
        }
    }

    /// The action that a choice of influencer `i` makes: the mean of its items.
    ///
    /// # Panics
    /// When it is no choice of that influencer.
    pub fn action(&self, i: usize, choice: &[u32]) -> Vec<Rational> {
        mean(self.set(i), choice)
    }

    /// Where the receiver lands (eq. 1). O(n k d).
    ///
    /// # Panics
    /// When it is no [profile](Self::check_profile) of the game; so with all that follow.
    pub fn receiver(&self, profile: &[Choice]) -> Vec<Rational> {
        scaled!(self, s => s.receiver(&s.total(profile)))
    }

    /// What influencer `i` loses (eq. 22). O(n k d).
    ///
    /// # Panics
    /// As [`receiver`](Self::receiver).
    pub fn loss(&self, i: usize, profile: &[Choice]) -> Rational {
        scaled!(self, s => s.loss_of(&distance(&s.total(profile), s.goal(i))))
    }

    /// What everybody loses. O(n (k + d)).
    ///
    /// # Panics
    /// As [`receiver`](Self::receiver).
    pub fn losses(&self, profile: &[Choice]) -> Vec<Rational> {
        scaled!(self, s => {
            let total = s.total(profile);
            (0..profile.len())
                .map(|i| s.loss_of(&distance(&total, s.goal(i))))
                .collect()
        })
    }

    /// The potential `Φ = ‖r‖² − 2 Σ_i ⟨t_i, W_i x_i⟩` (eq. 23, Proposition 6). O(n (k + d m)).
    ///
    /// # Panics
    /// As [`receiver`](Self::receiver).
    pub fn potential(&self, profile: &[Choice]) -> Rational {
        let r = self.receiver(profile);
        let mut potential: Rational = r.iter().map(|v| v * v).sum();
        for (i, choice) in profile.iter().enumerate() {
            let moved = image(self.weight(i), &self.action(i, choice));
            let pull: Rational = moved.iter().zip(self.target(i)).map(|(a, b)| a * b).sum();
            potential -= &pull + &pull;
        }
        potential
    }

    fn set(&self, i: usize) -> &ItemSet {
        &self.spec.sets[self.spec.influencers[i].space]
    }
}

/// The mean of a set's items.
fn mean(set: &ItemSet, choice: &[u32]) -> Vec<Rational> {
    let mut mean = vec![Rational::zero(); set.items[0].len()];
    for &a in choice {
        for (sum, v) in mean.iter_mut().zip(&set.items[a as usize]) {
            *sum += v;
        }
    }
    let count = BigRational::from(BigInt::from(choice.len()));
    mean.iter_mut().for_each(|sum| *sum /= &count);
    mean
}

/// `W x`.
fn image(weight: &WeightSpec<Rational>, x: &[Rational]) -> Vec<Rational> {
    match weight {
        WeightSpec::Scalar(w) => x.iter().map(|v| w * v).collect(),
        WeightSpec::Matrix(rows) => rows
            .iter()
            .map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum())
            .collect(),
    }
}

fn name_of(influencers: &[InfluencerSpec<Rational>], i: usize) -> Cow<'_, str> {
    match &influencers[i].name {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned((i + 1).to_string()),
    }
}

fn at(place: Place, problem: Problem) -> GameError {
    GameError { place, problem }
}

fn check_set(set: &ItemSet) -> Result<(), Problem> {
    let Some(first) = set.items.first() else {
        return Err(Problem::NoItems);
    };
    let expected = first.len();
    if expected == 0 {
        return Err(Problem::EmptyItems);
    }
    let lengths = set.items.iter().map(Vec::len).enumerate();
    for (item, found) in lengths {
        if found != expected {
            return Err(Problem::ItemLength {
                item,
                found,
                expected,
            });
        }
    }
    let (choose, items) = (set.choose, set.items.len());
    match choose {
        0 => Err(Problem::ChooseNone),
        _ if !set.repeats && choose > items => Err(Problem::ChooseTooMany { choose, items }),
        _ if choose > MOST_CHOSEN => Err(Problem::ChooseTooLarge {
            choose,
            limit: MOST_CHOSEN,
        }),
        _ => Ok(()),
    }
}

fn check_weight(weight: &WeightSpec<Rational>, d: usize, m: usize) -> Result<(), Problem> {
    match weight {
        WeightSpec::Scalar(_) if m != d => Err(Problem::ScalarWeight {
            found: m,
            expected: d,
        }),
        WeightSpec::Matrix(rows) if rows.len() != d || rows.iter().any(|row| row.len() != m) => {
            Err(Problem::MatrixShape { rows: d, cols: m })
        }
        _ => Ok(()),
    }
}

fn check_names(influencers: &[InfluencerSpec<Rational>]) -> Result<(), GameError> {
    let name = |i| name_of(influencers, i);
    let mut seen = HashSet::with_capacity(influencers.len());
    for i in 0..influencers.len() {
        if !seen.insert(name(i)) {
            let taken = name(i);
            let first = (0..i).find(|&j| name(j) == taken).unwrap_or(0);
            let name = taken.into_owned();
            return Err(at(Place::Name(i), Problem::DuplicateName { name, first }));
        }
    }
    Ok(())
}

/// The checked game on its lattice. Influencers with one weight and one set share a list.
fn scale(spec: &FiniteSpec) -> Core {
    let mut owners: Vec<usize> = Vec::new();
    let mut raw: Vec<RawList> = Vec::new();
    let mut list_of = Vec::with_capacity(spec.influencers.len());
    for (i, influencer) in spec.influencers.iter().enumerate() {
        let same = |&o: &usize| {
            let owner = &spec.influencers[o];
            owner.space == influencer.space && owner.weight == influencer.weight
        };
        if let Some(list) = owners.iter().position(same) {
            list_of.push(list);
            continue;
        }
        let set = &spec.sets[influencer.space];
        let share = BigRational::new(BigInt::from(1), BigInt::from(set.choose));
        let moves = set.items.iter().map(|item| {
            let mut moved = image(&influencer.weight, item);
            moved.iter_mut().for_each(|v| *v *= &share);
            moved
        });
        list_of.push(raw.len());
        owners.push(i);
        raw.push(RawList {
            moves: moves.collect(),
            choose: set.choose,
            repeats: set.repeats,
        });
    }
    let targets: Vec<&[Rational]> = spec.influencers.iter().map(|i| &i.target[..]).collect();
    let integers = Integers::new(&spec.bias, &raw, list_of, &targets);
    if integers.fits(126) {
        Core::Small(fitting(integers))
    } else if integers.fits(252) {
        Core::Large(fitting(integers))
    } else {
        Core::Huge(fitting(integers))
    }
}

#[allow(clippy::expect_used)]
fn fitting<T: Coordinate>(integers: Integers) -> Scaled<T> {
    // `fits` bounds every number, and the widest type holds any.
    integers.into_scaled().expect("checked by `fits`")
}
