//! The continuous relaxation: the game on the convex hulls of the means that can be achieved.
//!
//! Without repeats the hull of the `k`-subset means is not the hull of the items but
//! `{Σ λ_a a / k : 0 ≤ λ ≤ 1, Σ λ = k}`: a `k`-subset mean reaches as far in a direction as the `k` best items
//! together, not as the best one.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use thiserror::Error;

use super::choice::{self, Choice};
use super::{FiniteGame, HybridGame};
use big_game::spec::{GameSpec, HybridSpace, InfluencerSpec, ItemSet, Loss, Rational, SpaceSpec};
use big_game::{Game, GameError};
use big_game::{SolveError, SolveOptions, solve};

/// The most means that are listed as vertices where the hull has no better description.
const MOST_MEANS: u32 = 4096;

/// Why there is no relaxation.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RelaxationError {
    /// Too many subsets to list.
    #[error(
        "the hull of the means of item set {set} is not available: in {dimension} dimensions all {means} means \
         would have to be listed, and the limit is {limit}"
    )]
    TooManyMeans {
        /// Index of the item set.
        set: usize,
        /// Dimension of the items.
        dimension: usize,
        /// How many means there are, at most.
        means: BigUint,
        /// How many may be listed.
        limit: u32,
    },
    /// The continuous game is none.
    #[error(transparent)]
    Game(#[from] GameError),
    /// The continuous game was not solved.
    #[error(transparent)]
    Solve(#[from] SolveError),
}

impl FiniteGame {
    /// The continuous game on the convex hulls of the achievable means: an interval in one dimension, in two the
    /// polygon by its vertices (found with one support function a vertex), with repeats or `k = 1` the polytope of
    /// the items; in more dimensions without repeats the polytope of all means.
    ///
    /// # Errors
    /// In three or more dimensions without repeats, when there are more than 4096 means; or when the numbers are too
    /// large for a continuous game.
    pub fn relaxation(&self) -> Result<Game, RelaxationError> {
        let hulls = self.spec.sets.iter().enumerate();
        let spaces = hulls
            .map(|(s, set)| hull(s, set))
            .collect::<Result<Vec<_>, _>>()?;
        let influencers = self.spec.influencers.iter().map(|i| InfluencerSpec {
            cost: None,
            name: i.name.clone(),
            weight: i.weight.clone(),
            target: i.target.clone(),
            space: i.space,
        });
        Ok(Game::from_exact(GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias: self.spec.bias.clone(),
            spaces,
            influencers: influencers.collect(),
        })?)
    }
}

impl HybridGame {
    /// The game on convex sets in which choosers play in the hulls of their means ([`FiniteGame::relaxation`]).
    ///
    /// # Errors
    /// As there.
    pub fn relaxation(&self) -> Result<Game, RelaxationError> {
        let spaces = self.spec().spaces.iter().enumerate();
        let spaces = spaces.map(|(s, space)| match space {
            HybridSpace::Items(set) => hull(s, set),
            HybridSpace::Convex(set) => Ok(set.clone()),
        });
        Ok(Game::from_exact(GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias: self.spec().bias.clone(),
            spaces: spaces.collect::<Result<_, _>>()?,
            influencers: self.spec().influencers.clone(),
        })?)
    }
}

impl FiniteGame {
    /// The distinct actions of influencer `i`, in lexicographic order; `None` when it has more than `limit` choices.
    pub fn actions(&self, i: usize, limit: u32) -> Option<Vec<Vec<Rational>>> {
        let few = self.strategies(i).to_u32().is_some_and(|n| n <= limit);
        few.then(|| all_means(&self.spec.sets[self.spec.influencers[i].space]))
    }
}

/// A finite profile beside the continuous game's equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct RelaxationGap {
    /// Where the receiver lands in the continuous game, at each of its equilibria.
    pub receiver: Vec<f64>,
    /// How far the finite profile's receiver is from it (Euclidean).
    pub distance: f64,
    /// How far off `distance` may be: the certificate's bound on the continuous receiver.
    pub error_bound: f64,
}

impl FiniteGame {
    /// How far a finite profile's receiver is from that of the [relaxation](Self::relaxation)'s equilibrium.
    ///
    /// # Errors
    /// When there is no relaxation, or it could not be solved.
    ///
    /// # Panics
    /// When it is no [profile](Self::check_profile) of the game.
    pub fn relaxation_gap(&self, profile: &[Choice]) -> Result<RelaxationGap, RelaxationError> {
        let relaxed = solve(&self.relaxation()?, &SolveOptions::default())?;
        let receiver = self.receiver(profile);
        let square = receiver.iter().zip(&relaxed.receiver).map(|(r, s)| {
            let gap = r.to_f64().unwrap_or(f64::NAN) - s;
            gap * gap
        });
        let distance = square.sum::<f64>().sqrt();
        Ok(RelaxationGap {
            distance,
            error_bound: relaxed.certificate.receiver_error_bound,
            receiver: relaxed.receiver,
        })
    }
}

fn hull(s: usize, set: &ItemSet) -> Result<SpaceSpec<Rational>, RelaxationError> {
    let dimension = set.items[0].len();
    if dimension == 1 {
        let (down, up) = (
            [BigRational::from(BigInt::from(-1))],
            [Rational::from(BigInt::from(1))],
        );
        return Ok(SpaceSpec::Box {
            lower: furthest(set, &down),
            upper: furthest(set, &up),
        });
    }
    if set.repeats || set.choose == 1 {
        return Ok(SpaceSpec::Vertices(distinct(set.items.clone())));
    }
    if dimension == 2 {
        return Ok(SpaceSpec::Vertices(polygon(set)));
    }
    let means = choice::binomial(set.items.len(), set.choose);
    if means.to_u32().is_none_or(|count| count > MOST_MEANS) {
        return Err(RelaxationError::TooManyMeans {
            set: s,
            dimension,
            means,
            limit: MOST_MEANS,
        });
    }
    Ok(SpaceSpec::Vertices(all_means(set)))
}

/// The distinct means of all choices.
fn all_means(set: &ItemSet) -> Vec<Vec<Rational>> {
    let mut all = Vec::new();
    let mut choice = choice::first(set.choose, set.repeats);
    loop {
        all.push(mean(set, choice.iter().map(|&a| a as usize)));
        if choice::advance(&mut choice, set.items.len(), set.repeats).is_none() {
            return distinct(all);
        }
    }
}

fn distinct(mut points: Vec<Vec<Rational>>) -> Vec<Vec<Rational>> {
    points.sort();
    points.dedup();
    points
}

fn mean(set: &ItemSet, chosen: impl Iterator<Item = usize>) -> Vec<Rational> {
    let count = BigRational::from(BigInt::from(set.choose));
    let mut sum = vec![Rational::zero(); set.items[0].len()];
    for a in chosen {
        for (s, v) in sum.iter_mut().zip(&set.items[a]) {
            *s += v;
        }
    }
    sum.into_iter().map(|s| s / &count).collect()
}

/// A mean that reaches furthest in a direction: that of the `k` items that do.
fn furthest(set: &ItemSet, direction: &[Rational]) -> Vec<Rational> {
    let mut order: Vec<(Rational, usize)> = set
        .items
        .iter()
        .enumerate()
        .map(|(a, item)| (dot(item, direction), a))
        .collect();
    order.sort_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
    if set.repeats {
        return set.items[order[0].1].clone();
    }
    mean(set, order[..set.choose].iter().map(|&(_, a)| a))
}

fn dot(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The polygon's corners: between two of them, whatever reaches beyond their line is another.
fn polygon(set: &ItemSet) -> Vec<Vec<Rational>> {
    let one = BigRational::from(BigInt::from(1));
    let zero = Rational::zero();
    let left = furthest(set, &[-one.clone(), zero.clone()]);
    let right = furthest(set, &[one, zero]);
    if left[0] == right[0] {
        let ends = [-1, 1].map(|sign| {
            let up = BigRational::from(BigInt::from(sign));
            furthest(set, &[Rational::zero(), up])
        });
        return distinct(ends.to_vec());
    }
    let mut corners = vec![left.clone(), right.clone()];
    let mut open = vec![(left.clone(), right.clone()), (right, left)];
    while let Some((p, q)) = open.pop() {
        // The normal to the right of the way from p to q.
        let normal = [&q[1] - &p[1], &p[0] - &q[0]];
        let far = furthest(set, &normal);
        if dot(&far, &normal) > dot(&p, &normal) {
            open.push((p, far.clone()));
            open.push((far.clone(), q));
            corners.push(far);
        }
    }
    distinct(corners)
}
