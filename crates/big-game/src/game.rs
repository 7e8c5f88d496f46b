//! The game itself: built once, checked once. A [`Game`] that exists is valid.

mod costs;
mod derived;
mod joined;

pub(crate) use costs::Costs;
pub(crate) use derived::{Change, Frame, Part, Rescaled};
pub use joined::Coalition;

use std::borrow::Cow;
use std::collections::HashSet;

use big_numeric::{nearest, norm};
use thiserror::Error;

use crate::action_space::{ActionSpace, ConvexSet, SpaceError};
use crate::spec::{GameSpec, InfluencerSpec, Loss, Rational, SpaceSpec, WeightSpec};
use crate::weight::{MatrixWeight, Weight};

/// The largest magnitude of a game's numbers and of positions that they imply: its square is still a finite double.
pub const LARGEST: f64 = 1e150;

/// A valid Battling Influencers Game (arXiv:2502.01127, Section 2).
///
/// The receiver lands on `r(x) = b + Σ_i W_i x_i` (eq. 1). Targets are `n × d`, contiguous, by rows.
#[derive(Clone, Debug)]
pub struct Game {
    loss: Loss,
    bias: Vec<f64>,
    weights: Weights,
    targets: Vec<f64>,
    spaces: Vec<ActionSpace>,
    /// Which space each influencer has; `None`: all have the first.
    space_of: Option<Vec<u32>>,
    names: Vec<Option<String>>,
    exact: Option<Box<GameSpec<Rational>>>,
    scale: f64,
    /// The diagonal of each space's bounding box.
    diameters: Vec<f64>,
    /// What lying costs, where it costs anybody anything.
    costs: Option<Box<Costs>>,
    /// Who plays as one, where anybody does.
    joined: Option<Box<joined::Joined>>,
}

#[derive(Clone, Debug)]
enum Weights {
    Scalar(Vec<f64>),
    Mixed(Vec<OwnedWeight>),
}

#[derive(Clone, Debug)]
enum OwnedWeight {
    Scalar(f64),
    Matrix(MatrixWeight),
}

impl Weights {
    fn collected(weights: Vec<OwnedWeight>) -> Self {
        let scalar = |w: &OwnedWeight| match w {
            OwnedWeight::Scalar(w) => Some(*w),
            OwnedWeight::Matrix(_) => None,
        };
        let scalars: Option<Vec<f64>> = weights.iter().map(scalar).collect();
        scalars.map_or(Self::Mixed(weights), Self::Scalar)
    }
}

fn collected_spaces(space_of: Vec<u32>) -> Option<Vec<u32>> {
    space_of.iter().any(|&s| s != 0).then_some(space_of)
}

/// Where in the description of a game something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The receiver's bias.
    Bias,
    /// The list of influencers as a whole.
    Influencers,
    /// The action space with this index.
    Space(usize),
    /// The target of the influencer with this index.
    Target(usize),
    /// The weight of the influencer with this index.
    Weight(usize),
    /// The name of the influencer with this index.
    Name(usize),
    /// The reference to an action space of the influencer with this index.
    SpaceOf(usize),
    /// The cost of lying of the influencer with this index.
    LyingCost(usize),
    /// The honest action of the influencer with this index.
    Honest(usize),
    /// The coalition with this index.
    Coalition(usize),
}

/// Why a description is no game.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{problem}")]
pub struct GameError {
    /// Where.
    pub place: Place,
    /// What is wrong and what to do about it.
    pub problem: Problem,
}

/// What is wrong with a description.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Problem {
    /// No influencers.
    #[error("a game needs at least one influencer")]
    NoInfluencers,
    /// The receiver has no coordinates.
    #[error("the receiver needs at least one coordinate: give `bias` at least one number")]
    NoDimensions,
    /// NaN or infinite.
    #[error("coordinate {coordinate} is {value}: every number must be finite")]
    NotFinite {
        /// Which number, from 0.
        coordinate: usize,
        /// The number.
        value: f64,
    },
    /// A vector of the wrong length.
    #[error("has {found} coordinates where the receiver has {expected}")]
    WrongLength {
        /// The length found.
        found: usize,
        /// The receiver's dimension `d`.
        expected: usize,
    },
    /// A scalar weight on a set of another dimension.
    #[error(
        "a scalar weight needs actions of the receiver's dimension {expected}, but the action space has dimension \
         {found}: give a {expected} × {found} matrix"
    )]
    ScalarWeight {
        /// The dimension `m` of the action space.
        found: usize,
        /// The receiver's dimension `d`.
        expected: usize,
    },
    /// A matrix of the wrong shape.
    #[error(
        "the weight matrix must have {rows} rows (the receiver's dimension) of {cols} numbers (the action's)"
    )]
    MatrixShape {
        /// `d`.
        rows: usize,
        /// `m`.
        cols: usize,
    },
    /// A bad set.
    #[error(transparent)]
    Space(SpaceError),
    /// A name used twice.
    #[error("the name '{name}' is taken by influencer {first} already: names must be unique")]
    DuplicateName {
        /// The name.
        name: String,
        /// Who has it already (index from 0).
        first: usize,
    },
    /// A reference to a space that is not there.
    #[error("there is no action space number {0}")]
    NoSuchSpace(usize),
    /// A finite action space without items.
    #[error("the action space has no items: give at least one")]
    NoItems,
    /// Items without coordinates.
    #[error("the items have no coordinates: give each at least one number")]
    EmptyItems,
    /// An item of another length than the first.
    #[error("item {item} has {found} coordinates where the first has {expected}")]
    ItemLength {
        /// The item, from 0.
        item: usize,
        /// Its length.
        found: usize,
        /// The first item's length.
        expected: usize,
    },
    /// An action of no items.
    #[error("`choose` is 0: an action is made of at least one item")]
    ChooseNone,
    /// More items to choose than there are.
    #[error(
        "`choose` is {choose}, but there are only {items} items: choose fewer, or allow `repeats`"
    )]
    ChooseTooMany {
        /// Items to choose.
        choose: usize,
        /// Items there are.
        items: usize,
    },
    /// More items to choose than can be handled.
    #[error("`choose` is {choose}; at most {limit} items can make an action")]
    ChooseTooLarge {
        /// Items to choose.
        choose: usize,
        /// The limit.
        limit: usize,
    },
    /// A cost of lying that is negative.
    #[error("is {0}: lying costs nothing or something, `lying_cost` is at least 0")]
    NegativeCost(f64),
    /// A cost of lying beyond what the methods can weigh against the loss.
    #[error("is {0:e}: a cost of lying that is not 0 lies between 1e-100 and 1e100")]
    CostSize(f64),
    /// Costs of lying under the inner-product loss.
    #[error(
        "a cost of lying needs the loss \"squared_euclidean\": under the inner product nobody's best action depends on the others"
    )]
    CostOfInnerProduct,
    /// Costs of lying in a game whose positions are too small or too large for them.
    #[error(
        "the numbers of a game with costs of lying must be such that positions of the receiver (here up to {0:e}) lie \
         between 1e-100 and 1e100: measure in other units"
    )]
    CostScale(f64),
    /// An honest action of the wrong length.
    #[error("has {found} coordinates where an action has {expected}")]
    HonestLength {
        /// The length found.
        found: usize,
        /// The dimension `m` of the action space.
        expected: usize,
    },
    /// An honest action that is none.
    #[error("is not in the action space, by a distance of {0}: what is honest must be possible")]
    HonestOutside(f64),
    /// A coalition of fewer than two.
    #[error("has {0} members: a coalition needs at least two")]
    CoalitionOfOne(usize),
    /// A member that is not there.
    #[error("there is no influencer with index {0}: indices count from 0")]
    NoSuchMember(usize),
    /// A member of two coalitions, or twice of one.
    #[error("'{0}' is a member of a coalition already: everybody is in at most one, once")]
    MemberTwice(String),
    /// Shares that are not one a member.
    #[error("has {found} shares for {expected} members")]
    SharesLength {
        /// Shares found.
        found: usize,
        /// Members.
        expected: usize,
    },
    /// A share that does not count, or cannot be counted with.
    #[error("has a share of {0}: how much a member's loss counts lies between 1e-100 and 1e100")]
    Share(f64),
    /// Coalitions under the inner-product loss.
    #[error("a coalition needs the loss \"squared_euclidean\"")]
    CoalitionOfInnerProduct,
    /// Numbers whose squares overflow.
    #[error(
        "numbers of this size ({0:e}) overflow double precision when squared: measure in larger units"
    )]
    TooLarge(f64),
}

impl GameSpec<f64> {
    /// Checks everything once.
    ///
    /// # Errors
    /// The first thing that is wrong, and where.
    pub fn check(self) -> Result<Game, GameError> {
        Game::build(self, None)
    }
}

impl Game {
    /// A game of exact numbers; the solvers' doubles are the nearest ones.
    ///
    /// # Errors
    /// As [`GameSpec::check`].
    pub fn from_exact(exact: GameSpec<Rational>) -> Result<Self, GameError> {
        let rounded = exact.map(&mut nearest);
        Self::build(rounded, Some(Box::new(exact)))
    }

    /// A large game with one common space and scalar weights, from contiguous columns: `weights` has
    /// length `n`, `targets` is `n × d` by rows. Nothing is copied. `names` may be empty.
    ///
    /// # Errors
    /// As [`GameSpec::check`].
    pub fn from_columns(
        loss: Loss,
        bias: Vec<f64>,
        space: &SpaceSpec<f64>,
        weights: Vec<f64>,
        targets: Vec<f64>,
        names: Vec<Option<String>>,
    ) -> Result<Self, GameError> {
        let space = ActionSpace::new(space).map_err(|e| at(Place::Space(0), Problem::Space(e)))?;
        let (n, d) = (weights.len(), bias.len());
        if targets.len() != n * d {
            let found = targets.len().checked_div(n).unwrap_or(0);
            return Err(at(
                Place::Influencers,
                Problem::WrongLength { found, expected: d },
            ));
        }
        let game = Self {
            loss,
            bias,
            weights: Weights::Scalar(weights),
            targets,
            spaces: vec![space],
            space_of: None,
            names,
            exact: None,
            scale: 0.0,
            diameters: Vec::new(),
            costs: None,
            joined: None,
        };
        game.validated()
    }

    fn build(
        spec: GameSpec<f64>,
        exact: Option<Box<GameSpec<Rational>>>,
    ) -> Result<Self, GameError> {
        let d = spec.bias.len();
        let mut spaces = Vec::with_capacity(spec.spaces.len());
        for (s, space) in spec.spaces.iter().enumerate() {
            let built = match &exact {
                Some(exact) => ActionSpace::from_exact(&exact.spaces[s]),
                None => ActionSpace::new(space),
            };
            spaces.push(built.map_err(|e| at(Place::Space(s), Problem::Space(e)))?);
        }
        let n = spec.influencers.len();
        let mut weights = Vec::with_capacity(n);
        let mut targets = Vec::with_capacity(n * d);
        let mut space_of = Vec::with_capacity(n);
        let mut names = Vec::with_capacity(n);
        let mut costs = Vec::new();
        for (i, influencer) in spec.influencers.into_iter().enumerate() {
            let InfluencerSpec {
                name,
                weight,
                target,
                space,
                cost,
            } = influencer;
            if let Some(cost) = cost {
                costs.push((i, cost));
            }
            if target.len() != d {
                let problem = Problem::WrongLength {
                    found: target.len(),
                    expected: d,
                };
                return Err(at(Place::Target(i), problem));
            }
            let Some(m) = spaces.get(space).map(ConvexSet::dim) else {
                return Err(at(Place::SpaceOf(i), Problem::NoSuchSpace(space)));
            };
            weights.push(match weight {
                WeightSpec::Scalar(w) => OwnedWeight::Scalar(w),
                WeightSpec::Matrix(rows) => {
                    if rows.len() != d || rows.iter().any(|row| row.len() != m) {
                        return Err(at(
                            Place::Weight(i),
                            Problem::MatrixShape { rows: d, cols: m },
                        ));
                    }
                    OwnedWeight::Matrix(MatrixWeight::new(d, m, rows.concat()))
                }
            });
            targets.extend_from_slice(&target);
            // The index was found among the spaces, whose number is far below 2³².
            space_of.push(space as u32);
            names.push(name);
        }
        let mut game = Self {
            loss: spec.loss,
            bias: spec.bias,
            weights: Weights::collected(weights),
            targets,
            space_of: collected_spaces(space_of),
            spaces,
            names,
            exact,
            scale: 0.0,
            diameters: Vec::new(),
            costs: None,
            joined: None,
        };
        let written = game
            .exact
            .as_mut()
            .map(|exact| std::mem::take(&mut exact.coalitions));
        let game = game.validated()?.with_listed_costs(costs)?;
        game.joined_by(&spec.coalitions, written)
    }

    /// The checks that every way of building shares: numbers, names, dimensions, magnitudes.
    fn validated(mut self) -> Result<Self, GameError> {
        let (n, d) = (self.influencers(), self.dim());
        if d == 0 {
            return Err(at(Place::Bias, Problem::NoDimensions));
        }
        if n == 0 {
            return Err(at(Place::Influencers, Problem::NoInfluencers));
        }
        finite(&self.bias, Place::Bias)?;
        for (i, target) in self.targets.chunks_exact(d).enumerate() {
            if target.iter().any(|v| !v.is_finite()) {
                return finite(target, Place::Target(i)).map(|()| self);
            }
        }
        let mut reach = norm(&self.bias);
        let sizes: Vec<f64> = self.spaces.iter().map(ActionSpace::extent).collect();
        self.diameters = self.spaces.iter().map(ActionSpace::diameter).collect();
        for i in 0..n {
            let weight = self.weight(i);
            match weight {
                Weight::Scalar(w) => finite(&[w], Place::Weight(i))?,
                Weight::Matrix(w) => finite(w.entries(), Place::Weight(i))?,
            }
            let m = self.space(i).dim();
            if matches!(weight, Weight::Scalar(_)) && m != d {
                return Err(at(
                    Place::Weight(i),
                    Problem::ScalarWeight {
                        found: m,
                        expected: d,
                    },
                ));
            }
            reach += weight.norm_bound() * sizes[self.space_index(i)];
        }
        let wish = self.targets.iter().fold(0.0_f64, |t, v| t.max(v.abs()));
        let heaviest = (0..n).fold(0.0_f64, |w, i| w.max(self.weight(i).norm_bound()));
        // The sum of everybody's losses is at most the square of this.
        let all = (reach + wish * (d as f64).sqrt()) * (n as f64).sqrt();
        for (value, limit) in [
            (reach, LARGEST),
            (wish, LARGEST),
            (heaviest, LARGEST),
            (all, 1e153),
        ] {
            // Written so that a NaN is refused.
            let fits = value <= limit;
            if !fits {
                return Err(at(Place::Influencers, Problem::TooLarge(value)));
            }
        }
        self.check_names()?;
        self.scale = reach;
        Ok(self)
    }

    fn check_names(&self) -> Result<(), GameError> {
        let mut seen = HashSet::with_capacity(self.names.len());
        for i in 0..self.names.len() {
            let name = self.name(i);
            if !seen.insert(name.clone()) {
                let first = (0..i).find(|&j| self.name(j) == name).unwrap_or(0);
                let problem = Problem::DuplicateName {
                    name: name.into_owned(),
                    first,
                };
                return Err(at(Place::Name(i), problem));
            }
        }
        Ok(())
    }

    /// The number of influencers, `n`.
    pub fn influencers(&self) -> usize {
        match &self.weights {
            Weights::Scalar(w) => w.len(),
            Weights::Mixed(w) => w.len(),
        }
    }

    /// The receiver's dimension, `d`.
    pub fn dim(&self) -> usize {
        self.bias.len()
    }

    /// What the influencers minimise.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The background `b` (length `d`).
    pub fn bias(&self) -> &[f64] {
        &self.bias
    }

    /// All targets, `n × d` by rows.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// Influencer `i`'s target (length `d`).
    pub fn target(&self, i: usize) -> &[f64] {
        &self.targets[i * self.dim()..(i + 1) * self.dim()]
    }

    /// Influencer `i`'s weight.
    #[inline]
    pub fn weight(&self, i: usize) -> Weight<'_> {
        match &self.weights {
            Weights::Scalar(w) => Weight::Scalar(w[i]),
            Weights::Mixed(w) => match &w[i] {
                OwnedWeight::Scalar(w) => Weight::Scalar(*w),
                OwnedWeight::Matrix(w) => Weight::Matrix(w),
            },
        }
    }

    /// All weights, when every one is a scalar.
    pub fn scalar_weights(&self) -> Option<&[f64]> {
        match &self.weights {
            Weights::Scalar(w) => Some(w),
            Weights::Mixed(_) => None,
        }
    }

    /// The distinct action spaces.
    pub fn spaces(&self) -> &[ActionSpace] {
        &self.spaces
    }

    /// The index of influencer `i`'s action space among [`spaces`](Self::spaces).
    #[inline]
    pub fn space_index(&self, i: usize) -> usize {
        self.space_of.as_ref().map_or(0, |of| of[i] as usize)
    }

    /// Influencer `i`'s action space.
    #[inline]
    pub fn space(&self, i: usize) -> &ActionSpace {
        &self.spaces[self.space_index(i)]
    }

    /// Are all action spaces boxes?
    pub fn has_boxes(&self) -> bool {
        let is_box = |set: &ActionSpace| matches!(set, ActionSpace::Box(_));
        self.spaces.iter().all(is_box)
    }

    /// Have all influencers the same action space?
    pub fn common_space(&self) -> Option<&ActionSpace> {
        match self.space_of {
            None => self.spaces.first(),
            Some(_) => None,
        }
    }

    /// Influencer `i`'s name: its own, or its number from 1.
    pub fn name(&self, i: usize) -> Cow<'_, str> {
        match self.names.get(i) {
            Some(Some(name)) => Cow::Borrowed(name),
            _ => Cow::Owned((i + 1).to_string()),
        }
    }

    /// The numbers as they were written, when they are known to differ from their doubles.
    pub fn exact(&self) -> Option<&GameSpec<Rational>> {
        self.exact.as_deref()
    }

    /// The diagonal of the bounding box of influencer `i`'s action space.
    #[inline]
    pub(crate) fn diameter(&self, i: usize) -> f64 {
        self.diameters[self.space_index(i)]
    }

    /// [`scale`](Self::scale) as a unit of measurement: 1 where everything sits at the origin.
    pub(crate) fn unit(&self) -> f64 {
        if self.scale > 0.0 { self.scale } else { 1.0 }
    }

    /// A bound on the distance of every reachable receiver position from the origin: the unit in which
    /// errors are small or large.
    pub fn scale(&self) -> f64 {
        self.scale
    }
}

fn at(place: Place, problem: Problem) -> GameError {
    GameError { place, problem }
}

fn finite(values: &[f64], place: Place) -> Result<(), GameError> {
    match values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        Some((coordinate, &value)) => Err(at(place, Problem::NotFinite { coordinate, value })),
        None => Ok(()),
    }
}
