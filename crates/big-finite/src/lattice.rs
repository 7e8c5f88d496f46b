//! One integer lattice for all of a finite game's numbers, so that distances are compared exactly and fast.
//!
//! Influencer `i`'s subset `S` moves the receiver by `Σ_{a ∈ S} W_i a / k_i`. Written with differences to the first
//! item, `r(x) = r_0 + u Σ_i Σ_{a ∈ S_i} D_{i,a}` and `ℓ_i = u² ‖Σ_j s_j − G_i‖²`, where `u` is the largest unit
//! that makes all `D` and `G` integers, `s_i = Σ_{a ∈ S_i} D_{i,a}` and `G_i = (t_i − r_0)/u`. So a best response is
//! the `k`-subset of integer vectors whose sum is nearest to an integer point.

use std::fmt::Debug;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use big_game::spec::Rational;

/// An integer coordinate. Every sum that the algorithms form is known beforehand to fit.
pub(crate) trait Coordinate: Integer + Clone + Debug + Send + Sync + 'static {
    /// A sum of squares of coordinates.
    type Square: Clone + Ord + Debug + Send + Sync;
    /// The memory that one takes, in bytes; of an integer of any size, a usual one.
    const BYTES: f64;

    fn plus(&self, other: &Self) -> Self;
    fn minus(&self, other: &Self) -> Self;
    fn times(&self, other: &Self) -> Self;
    /// The value, if it fits.
    fn from_big(value: &BigInt) -> Option<Self>;
    fn to_big(&self) -> BigInt;
    /// The value divided by `2^shift`, to about 53 bits.
    fn approx(&self, shift: u64) -> f64;
    fn no_square() -> Self::Square;
    /// Adds the square of `self` to `sum`.
    fn add_square(&self, sum: &mut Self::Square);
    fn square_to_big(square: &Self::Square) -> BigInt;
}

impl Coordinate for i64 {
    type Square = u128;
    const BYTES: f64 = 8.0;

    #[inline]
    fn plus(&self, other: &Self) -> Self {
        self + other
    }
    #[inline]
    fn minus(&self, other: &Self) -> Self {
        self - other
    }
    #[inline]
    fn times(&self, other: &Self) -> Self {
        self * other
    }
    fn from_big(value: &BigInt) -> Option<Self> {
        value.to_i64()
    }
    fn to_big(&self) -> BigInt {
        BigInt::from(*self)
    }
    #[inline]
    fn approx(&self, _shift: u64) -> f64 {
        *self as f64
    }
    #[inline]
    fn no_square() -> u128 {
        0
    }
    #[inline]
    fn add_square(&self, sum: &mut u128) {
        let size = u128::from(self.unsigned_abs());
        *sum += size * size;
    }
    fn square_to_big(square: &u128) -> BigInt {
        BigInt::from(*square)
    }
}

/// An unsigned integer of 256 bits; the order of the fields is the order of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct U256 {
    high: u128,
    low: u128,
}

impl Coordinate for i128 {
    type Square = U256;
    const BYTES: f64 = 16.0;

    #[inline]
    fn plus(&self, other: &Self) -> Self {
        self + other
    }
    #[inline]
    fn minus(&self, other: &Self) -> Self {
        self - other
    }
    #[inline]
    fn times(&self, other: &Self) -> Self {
        self * other
    }
    fn from_big(value: &BigInt) -> Option<Self> {
        value.to_i128()
    }
    fn to_big(&self) -> BigInt {
        BigInt::from(*self)
    }
    #[inline]
    fn approx(&self, _shift: u64) -> f64 {
        *self as f64
    }
    #[inline]
    fn no_square() -> U256 {
        U256 { high: 0, low: 0 }
    }
    #[inline]
    fn add_square(&self, sum: &mut U256) {
        let size = self.unsigned_abs();
        let (a, b) = (size >> 64, size & u128::from(u64::MAX));
        // size² = a² 2¹²⁸ + 2ab 2⁶⁴ + b², and 2ab has at most 129 bits.
        let cross = a * b;
        let (low, carry) = (b * b).overflowing_add(cross << 65);
        let (low, second) = sum.low.overflowing_add(low);
        sum.high += a * a + (cross >> 63) + u128::from(carry) + u128::from(second);
        sum.low = low;
    }
    fn square_to_big(square: &U256) -> BigInt {
        (BigInt::from(square.high) << 128u32) + BigInt::from(square.low)
    }
}

impl Coordinate for BigInt {
    type Square = BigInt;
    const BYTES: f64 = 96.0;

    fn plus(&self, other: &Self) -> Self {
        self + other
    }
    fn minus(&self, other: &Self) -> Self {
        self - other
    }
    fn times(&self, other: &Self) -> Self {
        self * other
    }
    fn from_big(value: &BigInt) -> Option<Self> {
        Some(value.clone())
    }
    fn to_big(&self) -> BigInt {
        self.clone()
    }
    fn approx(&self, shift: u64) -> f64 {
        let size = (self.magnitude() >> shift).to_f64().unwrap_or(f64::MAX);
        if self.sign() == Sign::Minus {
            -size
        } else {
            size
        }
    }
    fn no_square() -> BigInt {
        BigInt::zero()
    }
    fn add_square(&self, sum: &mut BigInt) {
        *sum += self * self;
    }
    fn square_to_big(square: &BigInt) -> BigInt {
        square.clone()
    }
}

/// What one or several influencers choose from, in lattice coordinates.
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    /// `D_a`, `m × d` by rows; the first is 0.
    pub(crate) items: Vec<T>,
    /// `m`.
    pub(crate) count: usize,
    /// `k`.
    pub(crate) choose: usize,
    /// May an item be chosen more than once?
    pub(crate) repeats: bool,
    /// The greatest common divisor of each coordinate: sums are multiples of it.
    pub(crate) steps: Vec<T>,
}

/// The game in lattice coordinates.
#[derive(Clone, Debug)]
pub(crate) struct Scaled<T> {
    pub(crate) d: usize,
    /// `u`.
    pub(crate) unit: Rational,
    /// `r_0`.
    pub(crate) origin: Vec<Rational>,
    /// The distinct lists of items.
    pub(crate) lists: Vec<List<T>>,
    /// Which list each influencer has.
    pub(crate) list_of: Vec<usize>,
    /// `G_i`, `n × d` by rows.
    pub(crate) goals: Vec<T>,
    /// Binary digits to drop before a coordinate becomes a double.
    pub(crate) shift: u64,
    /// A bound on every coordinate, in doubles after the shift.
    pub(crate) reach: f64,
}

impl<T: Coordinate> List<T> {
    pub(crate) fn new(items: Vec<T>, d: usize, choose: usize, repeats: bool) -> Self {
        let mut steps = vec![T::zero(); d];
        for item in items.chunks_exact(d) {
            for (step, v) in steps.iter_mut().zip(item) {
                *step = step.gcd(v);
            }
        }
        Self {
            count: items.len() / d,
            items,
            choose,
            repeats,
            steps,
        }
    }

    /// `D_a`, for item `a`.
    #[inline]
    pub(crate) fn item(&self, a: usize, d: usize) -> &[T] {
        &self.items[a * d..(a + 1) * d]
    }

    /// Adds up the items of a choice.
    pub(crate) fn sum(&self, choice: &[u32], d: usize) -> Vec<T> {
        let mut sum = vec![T::zero(); d];
        for &a in choice {
            add(&mut sum, self.item(a as usize, d));
        }
        sum
    }
}

impl<T: Coordinate> Scaled<T> {
    pub(crate) fn list(&self, i: usize) -> &List<T> {
        &self.lists[self.list_of[i]]
    }

    pub(crate) fn goal(&self, i: usize) -> &[T] {
        &self.goals[i * self.d..(i + 1) * self.d]
    }

    /// `s = Σ_j s_j`.
    pub(crate) fn total(&self, profile: &[Vec<u32>]) -> Vec<T> {
        let mut total = vec![T::zero(); self.d];
        for (i, choice) in profile.iter().enumerate() {
            add(&mut total, &self.list(i).sum(choice, self.d));
        }
        total
    }

    /// `r_0 + u s`.
    pub(crate) fn receiver(&self, total: &[T]) -> Vec<Rational> {
        self.origin
            .iter()
            .zip(total)
            .map(|(o, s)| o + &self.unit * BigRational::from(s.to_big()))
            .collect()
    }

    /// A lattice distance in the units of the game.
    pub(crate) fn loss_of(&self, square: &T::Square) -> Rational {
        BigRational::from(T::square_to_big(square)) * &self.unit * &self.unit
    }

    /// The doubles nearest to a point, after the shift.
    pub(crate) fn approximate(&self, point: &[T]) -> Vec<f64> {
        point.iter().map(|x| x.approx(self.shift)).collect()
    }

    /// How far the distance of two points in doubles may be from the true one: each coordinate of each has one
    /// rounding of at most `2⁻⁵²` of its size, their difference another, and the sum of squares `d` more; `2⁻⁴⁶`
    /// leaves room.
    pub(crate) fn slack(&self) -> f64 {
        self.reach * (self.d as f64).sqrt() * (0.5_f64).powi(46)
    }
}

/// `‖a − b‖²`, exactly.
#[inline]
pub(crate) fn distance<T: Coordinate>(a: &[T], b: &[T]) -> T::Square {
    let mut sum = T::no_square();
    for (a, b) in a.iter().zip(b) {
        a.minus(b).add_square(&mut sum);
    }
    sum
}

#[inline]
pub(crate) fn add<T: Coordinate>(sum: &mut [T], term: &[T]) {
    for (s, t) in sum.iter_mut().zip(term) {
        *s = s.plus(t);
    }
}

#[inline]
pub(crate) fn subtract<T: Coordinate>(sum: &mut [T], term: &[T]) {
    for (s, t) in sum.iter_mut().zip(term) {
        *s = s.minus(t);
    }
}

/// A list of items before scaling: moves `W a / k`, `m` rows of `d`.
pub(crate) struct RawList {
    pub(crate) moves: Vec<Vec<Rational>>,
    pub(crate) choose: usize,
    pub(crate) repeats: bool,
}

/// The integers, before their size is known.
pub(crate) struct Integers {
    unit: Rational,
    origin: Vec<Rational>,
    lists: Vec<(Vec<BigInt>, usize, bool)>,
    list_of: Vec<usize>,
    goals: Vec<BigInt>,
    d: usize,
    /// A bound on the magnitude of every coordinate of every partial sum and difference.
    reach: BigInt,
}

impl Integers {
    /// Brings `bias`, the moves and the targets to their common lattice.
    pub(crate) fn new(
        bias: &[Rational],
        raw: &[RawList],
        list_of: Vec<usize>,
        targets: &[&[Rational]],
    ) -> Self {
        let d = bias.len();
        let mut origin = bias.to_vec();
        for &list in &list_of {
            let count = BigRational::from(BigInt::from(raw[list].choose));
            for (o, v) in origin.iter_mut().zip(&raw[list].moves[0]) {
                *o += v * &count;
            }
        }
        let differences: Vec<Vec<Rational>> = raw
            .iter()
            .map(|list| {
                let first = &list.moves[0];
                let rows = list.moves.iter();
                rows.flat_map(|row| row.iter().zip(first).map(|(v, o)| v - o))
                    .collect()
            })
            .collect();
        let goals: Vec<Rational> = targets
            .iter()
            .flat_map(|t| t.iter().zip(&origin).map(|(t, o)| t - o))
            .collect();
        let all = || differences.iter().flatten().chain(&goals);
        let scale = all().fold(BigInt::one(), |l, q| l.lcm(q.denom()));
        let whole = |q: &Rational| q.numer() * (&scale / q.denom());
        let common = all().fold(BigInt::zero(), |g, q| g.gcd(&whole(q)));
        let common = if common.is_zero() {
            BigInt::one()
        } else {
            common
        };
        let integer = |q: &Rational| whole(q) / &common;
        let goals: Vec<BigInt> = goals.iter().map(integer).collect();
        let lists: Vec<(Vec<BigInt>, usize, bool)> = differences
            .iter()
            .zip(raw)
            .map(|(rows, list)| {
                (
                    rows.iter().map(integer).collect(),
                    list.choose,
                    list.repeats,
                )
            })
            .collect();
        let largest = |values: &[BigInt]| values.iter().map(Signed::abs).max().unwrap_or_default();
        let extents: Vec<BigInt> = lists
            .iter()
            .map(|(items, choose, _)| largest(items) * *choose)
            .collect();
        let reach = list_of.iter().map(|&l| &extents[l]).sum::<BigInt>() + largest(&goals);
        Self {
            unit: BigRational::new(common, scale),
            origin,
            lists,
            list_of,
            goals,
            d,
            reach,
        }
    }

    /// Do the squares of distances fit in `bits` bits? A difference of two sums is at most four times the reach.
    pub(crate) fn fits(&self, bits: u64) -> bool {
        let far: BigInt = &self.reach * 4u32;
        (&far * &far * BigInt::from(self.d)).bits() <= bits
    }

    /// The same in coordinates of one type, which must [fit](Self::fits).
    pub(crate) fn into_scaled<T: Coordinate>(self) -> Option<Scaled<T>> {
        let convert =
            |values: &[BigInt]| values.iter().map(T::from_big).collect::<Option<Vec<T>>>();
        let d = self.d;
        let lists = self
            .lists
            .iter()
            .map(|(items, choose, repeats)| Some(List::new(convert(items)?, d, *choose, *repeats)))
            .collect::<Option<Vec<_>>>()?;
        // Doubles hold squares of up to 2^1000; 400 bits are more than any filter needs.
        let shift = self.reach.bits().saturating_sub(400);
        let reach = self.reach.approx(shift).max(1.0);
        Some(Scaled {
            d,
            goals: convert(&self.goals)?,
            unit: self.unit,
            origin: self.origin,
            lists,
            list_of: self.list_of,
            shift,
            reach,
        })
    }
}
