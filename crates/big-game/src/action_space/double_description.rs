//! Vertices of `{x : A x ≤ b}`, exactly: the double description method.
//!
//! Source: Motzkin, Raiffa, Thompson, Thrall (1953); Fukuda and Prodon, "Double description method
//! revisited" (1996). The polyhedron is homogenised to the cone `{(x, t) : t ≥ 0, b t − A x ≥ 0}`; its
//! half-spaces are cut off one at a time, on rays that are primitive integer vectors. The start is the whole
//! space, carried as a lineality space, so no initial basis has to be found.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use crate::spec::Rational;

/// What stops the enumeration.
#[derive(Clone, Debug, PartialEq)]
pub enum Obstacle {
    /// No point satisfies all half-spaces.
    Empty,
    /// A direction along which the polyhedron never ends (it may then also be empty).
    Unbounded(Vec<Rational>),
    /// More vertices, or more work, than allowed.
    TooLarge,
}

/// Units of work (about ten nanoseconds each) after which the enumeration is given up.
const WORK_LIMIT: usize = 100_000_000;

/// The arithmetic of the method: exact integers, or numbers that admit when a sign is uncertain.
pub(super) trait Scalar: Clone {
    /// 0 or 1.
    fn small(value: bool) -> Self;
    /// Compared with 0.
    fn sign(&self) -> Ordering;
    /// `−self`.
    fn negated(&self) -> Self;
    /// `⟨a, b⟩`; `None` if its sign is uncertain.
    fn dot(a: &[Self], b: &[Self]) -> Option<Self>;
    /// A positive multiple of `p x + q y`; `None` if an entry is uncertain.
    fn combine(p: &Self, x: &[Self], q: &Self, y: &[Self]) -> Option<Vec<Self>>;
    /// Is `self` a better pivot than `other`? Both are non-zero.
    fn better_pivot(&self, other: &Self) -> bool;
    /// What computing such a vector costs, in units of work.
    fn cost(vector: &[Self]) -> usize;
}

/// An extreme ray of the cone.
pub(super) struct Ray<S> {
    pub(super) entries: Vec<S>,
    /// Bit `i`: constraint `i` holds with equality.
    pub(super) tight: Vec<u64>,
    pub(super) tight_count: u32,
}

impl<S> Ray<S> {
    fn new(entries: Vec<S>, tight: Vec<u64>) -> Self {
        let tight_count = tight.iter().map(|w| w.count_ones()).sum();
        Self {
            entries,
            tight,
            tight_count,
        }
    }
}

/// A cone as lines (both directions) and rays.
pub(super) struct Cone<S> {
    pub(super) lines: Vec<Vec<S>>,
    pub(super) rays: Vec<Ray<S>>,
}

/// Why a cone was not finished.
pub(super) enum Stop {
    Uncertain,
    TooLarge,
}

/// The cone of all vectors of length `n` whose product with every row is at least 0.
pub(super) fn cone<S: Scalar>(rows: &[Vec<S>], n: usize, limit: usize) -> Result<Cone<S>, Stop> {
    let words = rows.len().div_ceil(64);
    let unit = |k: usize| (0..n).map(|j| S::small(j == k)).collect();
    let mut lines: Vec<Vec<S>> = (0..n).map(unit).collect();
    let mut rays: Vec<Ray<S>> = Vec::new();
    let mut work = 0;
    for (index, row) in rows.iter().enumerate() {
        let mut pivot: Option<(usize, S)> = None;
        for (i, line) in lines.iter().enumerate() {
            let height = S::dot(row, line).ok_or(Stop::Uncertain)?;
            let better = pivot
                .as_ref()
                .is_none_or(|(_, best)| height.better_pivot(best));
            if height.sign().is_ne() && better {
                pivot = Some((i, height));
            }
        }
        if let Some((pivot, height)) = pivot {
            cut_line(&mut lines, &mut rays, (pivot, height), row, (index, words))
                .ok_or(Stop::Uncertain)?;
        } else {
            rays = cut_rays(rays, row, index, n - lines.len(), &mut work)?;
        }
        if rays.len() > limit {
            return Err(Stop::TooLarge);
        }
    }
    Ok(Cone { lines, rays })
}

/// The vertices of `{x ∈ R^m : a x ≤ b}`, sorted; `a` has rows of length `m ≥ 1`.
///
/// # Errors
/// See [`Obstacle`]; `limit` bounds the number of vertices, and of rays on the way.
pub fn double_description(
    a: &[Vec<Rational>],
    b: &[Rational],
    dim: usize,
    limit: usize,
) -> Result<Vec<Vec<Rational>>, Obstacle> {
    let n = dim + 1;
    let mut rows = vec![(0..n).map(|k| BigInt::small(k == dim)).collect()];
    for (row, bound) in a.iter().zip(b) {
        let homogeneous: Vec<Rational> = row.iter().map(|v| -v).chain([bound.clone()]).collect();
        rows.push(integers(&homogeneous));
    }
    // Exact signs are never uncertain.
    let Cone { lines, rays } = cone(&rows, n, limit).map_err(|_| Obstacle::TooLarge)?;
    let direction = |entries: &[BigInt]| {
        let entries = entries[..dim].iter().cloned();
        Obstacle::Unbounded(entries.map(Rational::from_integer).collect())
    };
    if let Some(line) = lines.first() {
        return Err(direction(line));
    }
    if rays.iter().all(|ray| ray.entries[dim].is_zero()) {
        return Err(Obstacle::Empty);
    }
    if let Some(ray) = rays.iter().find(|ray| ray.entries[dim].is_zero()) {
        return Err(direction(&ray.entries));
    }
    let mut vertices: Vec<Vec<Rational>> = rays
        .into_iter()
        .map(|ray| {
            let height = &ray.entries[dim];
            let point = ray.entries[..dim].iter();
            point
                .map(|v| Rational::new(v.clone(), height.clone()))
                .collect()
        })
        .collect();
    vertices.sort();
    Ok(vertices)
}

/// A constraint that is not constant on the lineality space: one line becomes a ray, everything else moves
/// along it into the constraint's hyperplane.
fn cut_line<S: Scalar>(
    lines: &mut Vec<Vec<S>>,
    rays: &mut Vec<Ray<S>>,
    (pivot, mut height): (usize, S),
    row: &[S],
    (index, words): (usize, usize),
) -> Option<()> {
    let mut pivot_line = lines.swap_remove(pivot);
    if height.sign().is_lt() {
        height = height.negated();
        pivot_line = pivot_line.iter().map(S::negated).collect();
    }
    for line in lines {
        let other = S::dot(row, line)?.negated();
        *line = S::combine(&height, line, &other, &pivot_line)?;
    }
    for ray in rays.iter_mut() {
        let other = S::dot(row, &ray.entries)?.negated();
        let entries = S::combine(&height, &ray.entries, &other, &pivot_line)?;
        let mut tight = std::mem::take(&mut ray.tight);
        set(&mut tight, index);
        *ray = Ray::new(entries, tight);
    }
    let mut tight = vec![0; words];
    (0..index).for_each(|i| set(&mut tight, i));
    rays.push(Ray::new(pivot_line, tight));
    Some(())
}

/// A constraint that cuts the pointed part: keeps the rays on its good side and adds one in every
/// two-dimensional face that it crosses. `rank` is the dimension of the pointed part.
fn cut_rays<S: Scalar>(
    rays: Vec<Ray<S>>,
    row: &[S],
    index: usize,
    rank: usize,
    work: &mut usize,
) -> Result<Vec<Ray<S>>, Stop> {
    let heights: Option<Vec<S>> = rays.iter().map(|ray| S::dot(row, &ray.entries)).collect();
    let heights = heights.ok_or(Stop::Uncertain)?;
    let mut created = Vec::new();
    for (i, plus) in rays.iter().enumerate() {
        if !heights[i].sign().is_gt() {
            continue;
        }
        for (j, minus) in rays.iter().enumerate() {
            if !heights[j].sign().is_lt() {
                continue;
            }
            *work += 1;
            if adjacent(&rays, i, j, rank, work) {
                let drop = heights[j].negated();
                let entries = S::combine(&heights[i], &minus.entries, &drop, &plus.entries)
                    .ok_or(Stop::Uncertain)?;
                *work += S::cost(&entries);
                let mut tight = intersection(&plus.tight, &minus.tight);
                set(&mut tight, index);
                created.push(Ray::new(entries, tight));
            }
            if *work > WORK_LIMIT {
                return Err(Stop::TooLarge);
            }
        }
    }
    let mut kept: Vec<Ray<S>> = Vec::with_capacity(rays.len() + created.len());
    for (mut ray, height) in rays.into_iter().zip(&heights) {
        if height.sign().is_lt() {
            continue;
        }
        if height.sign().is_eq() {
            set(&mut ray.tight, index);
            ray.tight_count += 1;
        }
        kept.push(ray);
    }
    kept.extend(created);
    Ok(kept)
}

/// Do two extreme rays span a two-dimensional face? Necessary: `rank − 2` common tight constraints; that
/// suffices when one of the rays has just `rank − 1`, which are then independent. Otherwise no third ray
/// may share all of them.
fn adjacent<S>(rays: &[Ray<S>], i: usize, j: usize, rank: usize, work: &mut usize) -> bool {
    let (p, q) = (&rays[i], &rays[j]);
    let common: u32 = p
        .tight
        .iter()
        .zip(&q.tight)
        .map(|(a, b)| (a & b).count_ones())
        .sum();
    if (common as usize) + 2 < rank {
        return false;
    }
    if p.tight_count.min(q.tight_count) as usize + 1 == rank {
        return true;
    }
    let shared = intersection(&p.tight, &q.tight);
    *work += rays.len();
    !rays
        .iter()
        .enumerate()
        .any(|(k, ray)| k != i && k != j && shared.iter().zip(&ray.tight).all(|(s, t)| s & !t == 0))
}

fn intersection(a: &[u64], b: &[u64]) -> Vec<u64> {
    a.iter().zip(b).map(|(a, b)| a & b).collect()
}

fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

impl Scalar for BigInt {
    fn small(value: bool) -> Self {
        Self::from(u8::from(value))
    }

    fn sign(&self) -> Ordering {
        self.cmp(&Self::zero())
    }

    fn negated(&self) -> Self {
        -self
    }

    fn dot(a: &[Self], b: &[Self]) -> Option<Self> {
        let mut sum = Self::zero();
        for (a, b) in a.iter().zip(b) {
            if !a.is_zero() && !b.is_zero() {
                sum += a * b;
            }
        }
        Some(sum)
    }

    fn combine(p: &Self, x: &[Self], q: &Self, y: &[Self]) -> Option<Vec<Self>> {
        let entries = x.iter().zip(y).map(|(x, y)| p * x + q * y);
        Some(primitive(entries.collect()))
    }

    fn better_pivot(&self, _: &Self) -> bool {
        false
    }

    /// Mostly the greatest common divisor of numbers twice as long: quadratic in their length.
    fn cost(vector: &[Self]) -> usize {
        let words = vector.iter().map(|v| v.bits() as usize / 64 + 1).max();
        let words = words.unwrap_or(1);
        20 * vector.len() + 200 * words * words
    }
}

/// Divides by the greatest common divisor of the entries.
pub(crate) fn primitive(mut vector: Vec<BigInt>) -> Vec<BigInt> {
    let mut divisor = BigInt::zero();
    for v in &vector {
        if divisor.is_zero() {
            divisor = v.abs();
        } else if !(v % &divisor).is_zero() {
            divisor = divisor.gcd(v);
        }
        if divisor.is_one() {
            return vector;
        }
    }
    if !divisor.is_zero() {
        for v in &mut vector {
            *v = &*v / &divisor;
        }
    }
    vector
}

/// A positive multiple of a rational vector with integer entries.
pub(crate) fn integers(vector: &[Rational]) -> Vec<BigInt> {
    let mut denominator = BigInt::one();
    for v in vector {
        denominator = denominator.lcm(v.denom());
    }
    let scaled = vector
        .iter()
        .map(|v| v.numer() * (&denominator / v.denom()));
    primitive(scaled.collect())
}
