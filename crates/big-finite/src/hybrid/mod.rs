//! Games in which some choose items and others play points of convex sets.
//!
//! The potential of Theorem 1 and Proposition 6 is one for them too: its derivation asks nothing of the action spaces. Let
//! the *choosers* be held at choices `S`. What is left is a game on convex sets whose background is `b + Σ W_i x_i(S_i)`, so
//! that the receiver's position `y(S)` is the same at every equilibrium of it (Proposition 2). What a chooser gains by
//! another mean, which moves the receiver by `Δ`, is `−2⟨y − t_i, Δ⟩ − ‖Δ‖²`: it depends on the free players through `y`
//! alone. Hence:
//!
//! - the pure equilibria are the union, over those `S` from which no chooser gains at `y(S)`, of `{S}` × the equilibria of the
//!   free players' game: finitely many convex pieces, at most one for each `S`;
//! - there is one: choosers who gain lower `min_x Φ(S, x)`, and there are finitely many `S`.

mod every;
mod play;

use std::borrow::Cow;

use num_bigint::{BigInt, BigUint};
use num_traits::{One, ToPrimitive, Zero};

use big_game::profile::Profile;
use big_game::spec::{
    FiniteSpec, GameSpec, HybridSpace, HybridSpec, InfluencerSpec, Loss, Rational,
};
use big_game::{Game, GameError, Place, SolveError};
use thiserror::Error;

use super::budget::Budget;
use super::choice::{Choice, ChoiceError};
use super::response::BestResponse;
use super::start::truthful;
use super::{FiniteGame, at, check_names, image, name_of};

pub use every::{EveryHybrid, every_hybrid};
pub use play::{HybridSolution, assess_hybrid, solve_hybrid};

/// The most choices of one chooser that are gone through one by one.
const LISTED: u32 = 4096;

/// Why there is no answer about a game of both kinds.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum HybridError {
    /// With these choices the others have no game.
    #[error(transparent)]
    Game(#[from] GameError),
    /// The others' game was not solved.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// They are no choices of the game.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// Somebody has more choices than are listed.
    #[error(
        "influencer {influencer} has more than {LISTED} choices, too many to go through one by one"
    )]
    TooManyChoices {
        /// Its index in the game.
        influencer: usize,
    },
}

/// A valid game in which some influencers (*choosers*) play means of items (Definition 5) and the others (the *free* ones) points
/// of convex sets, under the squared loss.
#[derive(Clone, Debug)]
pub struct HybridGame {
    spec: HybridSpec,
    /// Indices of the choosers, in increasing order.
    choosers: Vec<usize>,
    /// Indices of the others.
    free: Vec<usize>,
    /// The choosers by themselves.
    alone: FiniteGame,
    /// The others by themselves.
    convex: GameSpec<Rational>,
}

impl HybridGame {
    /// Checks everything once.
    ///
    /// # Errors
    /// The first thing that is wrong, and where; a game without choosers, or without anybody else, has "no influencers".
    pub fn new(spec: HybridSpec) -> Result<Self, GameError> {
        check_names(&spec.influencers)?;
        // Where an action space comes to be among those of its kind.
        let (mut sets, mut spaces) = (Vec::new(), Vec::new());
        let (mut of_sets, mut of_spaces) = (Vec::new(), Vec::new());
        let mut moved = Vec::with_capacity(spec.spaces.len());
        for (s, space) in spec.spaces.iter().enumerate() {
            match space {
                HybridSpace::Items(set) => {
                    moved.push(sets.len());
                    sets.push(set.clone());
                    of_sets.push(s);
                }
                HybridSpace::Convex(set) => {
                    moved.push(spaces.len());
                    spaces.push(set.clone());
                    of_spaces.push(s);
                }
            }
        }
        let (mut choosers, mut free) = (Vec::new(), Vec::new());
        let (mut choosing, mut playing) = (Vec::new(), Vec::new());
        for (i, influencer) in spec.influencers.iter().enumerate() {
            let own = |space: usize| InfluencerSpec {
                name: Some(name_of(&spec.influencers, i).into_owned()),
                space,
                ..influencer.clone()
            };
            match spec.spaces.get(influencer.space) {
                Some(HybridSpace::Items(_)) => {
                    choosing.push(own(moved[influencer.space]));
                    choosers.push(i);
                }
                Some(HybridSpace::Convex(_)) => {
                    playing.push(own(moved[influencer.space]));
                    free.push(i);
                }
                None => {
                    let problem = big_game::Problem::NoSuchSpace(influencer.space);
                    return Err(at(Place::SpaceOf(i), problem));
                }
            }
        }
        let finite = FiniteSpec {
            bias: spec.bias.clone(),
            sets,
            influencers: choosing,
        };
        let convex = GameSpec {
            loss: Loss::SquaredEuclidean,
            bias: spec.bias.clone(),
            spaces,
            influencers: playing,
            coalitions: Vec::new(),
        };
        let alone = FiniteGame::new(finite).map_err(|e| elsewhere(e, &choosers, &of_sets))?;
        Game::from_exact(convex.clone()).map_err(|e| elsewhere(e, &free, &of_spaces))?;
        Ok(Self {
            spec,
            choosers,
            free,
            alone,
            convex,
        })
    }

    /// The description.
    pub fn spec(&self) -> &HybridSpec {
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

    /// Indices of those who choose items, in increasing order.
    pub fn choosers(&self) -> &[usize] {
        &self.choosers
    }

    /// Indices of those who play points of convex sets, in increasing order.
    pub fn free(&self) -> &[usize] {
        &self.free
    }

    /// The mean that a choice of chooser `k` (of [`choosers`](Self::choosers)) makes.
    ///
    /// # Panics
    /// When it is no choice of that chooser.
    pub fn mean(&self, k: usize, choice: &[u32]) -> Vec<Rational> {
        self.alone.action(k, choice)
    }

    /// Are these choices of the choosers, in their order? They must be sorted.
    ///
    /// # Errors
    /// The first one that is none.
    pub fn check_choices(&self, choices: &[Choice]) -> Result<(), ChoiceError> {
        let checked = self.alone.check_profile(choices);
        checked.map_err(|error| error.of(|k| self.choosers[k]))
    }

    /// The choosers' game without anybody else.
    pub fn alone(&self) -> &FiniteGame {
        &self.alone
    }

    /// What the choosers would choose truthfully ([`truthful`]).
    pub fn truthful(&self, budget: &Budget<'_>) -> Vec<BestResponse> {
        truthful(&self.alone, &self.enough(budget))
    }

    /// Searches among few choices are not worth a limit: whoever asks with none left is still told what anybody gains.
    fn enough<'a>(&self, budget: &Budget<'a>) -> Budget<'a> {
        let few = |k: usize| self.alone.strategies(k) <= BigUint::from(LISTED);
        match (0..self.choosers.len()).all(few) {
            true => Budget::unlimited(),
            false => *budget,
        }
    }

    /// The game among the free players where the choosers (in the order of [`choosers`](Self::choosers)) play these choices.
    ///
    /// # Errors
    /// When they are no choices of theirs, or the background is out of the range of doubles.
    pub fn among_free(&self, choices: &[Choice]) -> Result<Game, HybridError> {
        self.check_choices(choices)?;
        Ok(self.against(choices)?)
    }

    /// The same of choices that are known to be of the game.
    fn against(&self, choices: &[Choice]) -> Result<Game, GameError> {
        let mut spec = self.convex.clone();
        for (k, choice) in choices.iter().enumerate() {
            let moved = image(self.alone.weight(k), &self.mean(k, choice));
            spec.bias.iter_mut().zip(moved).for_each(|(b, v)| *b += v);
        }
        Game::from_exact(spec)
    }

    /// The finite game among the choosers where the free players (in the order of [`free`](Self::free)) play these actions, exactly.
    ///
    /// # Errors
    /// When an action is not finite, or not of its space's dimension.
    pub fn among_choosers(&self, actions: &Profile) -> Result<FiniteGame, GameError> {
        self.beside(&self.moved(actions)?)
    }

    /// The same where they move the receiver by so much.
    fn beside(&self, moved: &[Vec<Rational>]) -> Result<FiniteGame, GameError> {
        let mut spec = self.alone.spec().clone();
        for moved in moved {
            spec.bias.iter_mut().zip(moved).for_each(|(b, v)| *b += v);
        }
        FiniteGame::new(spec)
    }

    /// `W_i x_i` of the free players at these actions, exactly.
    fn moved(&self, actions: &Profile) -> Result<Vec<Vec<Rational>>, GameError> {
        let one = |(k, of): (usize, &InfluencerSpec<Rational>)| {
            let given = actions.action(k).iter().map(|v| Rational::from_float(*v));
            let action: Option<Vec<Rational>> = given.collect();
            let (found, expected) = (actions.action(k).len(), self.convex.spaces[of.space].dim());
            match action.filter(|_| found == expected) {
                Some(action) => Ok(image(&of.weight, &action)),
                None => {
                    let problem = big_game::Problem::WrongLength { found, expected };
                    Err(at(Place::Target(self.free[k]), problem))
                }
            }
        };
        self.convex
            .influencers
            .iter()
            .enumerate()
            .map(one)
            .collect()
    }

    /// `2 Σ ⟨t_i, W_i x_i⟩` over the free players, who move the receiver by so much.
    fn pull(&self, moved: &[Vec<Rational>]) -> Rational {
        let each = moved.iter().zip(&self.convex.influencers);
        let along = |(moved, of): (&Vec<Rational>, &InfluencerSpec<Rational>)| -> Rational {
            moved.iter().zip(&of.target).map(|(a, t)| a * t).sum()
        };
        let sum: Rational = each.map(along).sum();
        &sum + &sum
    }

    /// How far the position `y` may be moved before chooser `k` (of [`choosers`](Self::choosers)) prefers another of its means to
    /// this one: the distance from the nearest bisector `‖y + Δ − t‖ = ‖y − t‖`, below 0 where it prefers another one at `y`.
    /// `None` when it has more than 4096 choices; infinite when all do the same.
    fn margin(&self, finite: &FiniteGame, k: usize, choice: &[u32], y: &[Rational]) -> Option<f64> {
        let weight = finite.weight(k);
        let own = image(weight, &finite.action(k, choice));
        let two = Rational::from_integer(2.into());
        let wish: Vec<Rational> = y.iter().zip(finite.target(k)).map(|(y, t)| y - t).collect();
        let mut least = f64::INFINITY;
        for mean in finite.actions(k, LISTED)? {
            let step = image(weight, &mean).into_iter().zip(&own);
            let step: Vec<Rational> = step.map(|(a, b)| a - b).collect();
            let square: Rational = step.iter().map(|v| v * v).sum();
            if square.is_zero() {
                continue;
            }
            let along: Rational = step.iter().zip(&wish).map(|(a, b)| a * b).sum();
            least = least.min(ratio(&(along * &two + &square), &square));
        }
        Some(least)
    }
}

/// `rise / (2 √square)` in doubles, a little nearer to 0 than it is; `square` is above 0.
fn ratio(rise: &Rational, square: &Rational) -> f64 {
    /// More than the roundings of two conversions, a root and a quotient.
    const ROUNDING: f64 = 1.0 - 4.0 * f64::EPSILON;
    let number = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
    // Squares of lengths may be outside the range of doubles where lengths are not: the root's power of two is taken out.
    let bits = |n: &BigInt| i64::try_from(n.bits()).unwrap_or(i64::MAX);
    let power = (bits(square.numer()) - bits(square.denom())) / 2;
    let two = Rational::from_integer(BigInt::one() << power.unsigned_abs());
    let unit = if power < 0 { two.recip() } else { two };
    let root = number(&(square / (&unit * &unit))).sqrt();
    number(&(rise / unit)) / (2.0 * root) * ROUNDING
}

/// A problem of a part at its place in the whole.
fn elsewhere(error: GameError, influencers: &[usize], spaces: &[usize]) -> GameError {
    let of = |i: usize| influencers.get(i).copied().unwrap_or(i);
    let place = match error.place {
        Place::Target(i) => Place::Target(of(i)),
        Place::Weight(i) => Place::Weight(of(i)),
        Place::Name(i) => Place::Name(of(i)),
        Place::SpaceOf(i) => Place::SpaceOf(of(i)),
        Place::Space(s) => Place::Space(spaces.get(s).copied().unwrap_or(s)),
        other => other,
    };
    GameError { place, ..error }
}
