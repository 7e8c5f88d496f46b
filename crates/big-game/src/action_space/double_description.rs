//! Vertices of `{x : A x ≤ b}`, exactly: the double description method.
//!
//! Source: Motzkin, Raiffa, Thompson, Thrall (1953); Fukuda and Prodon, "Double description method
//! revisited" (1996). The polyhedron is homogenised to the cone `{(x, t) : t ≥ 0, b t − A x ≥ 0}`; its
//! half-spaces are cut off one at a time, on rays that are primitive integer vectors. The start is the whole
//! space, carried as a lineality space, so no initial basis has to be found.

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

/// Inclusion tests after which the enumeration is given up; about a second of work at most.
const WORK_LIMIT: usize = 100_000_000;

struct Ray {
    entries: Vec<BigInt>,
    /// Bit `i`: constraint `i` holds with equality.
    tight: Vec<u64>,
    tight_count: u32,
}

impl Ray {
    fn new(entries: Vec<BigInt>, tight: Vec<u64>) -> Self {
        let tight_count = tight.iter().map(|w| w.count_ones()).sum();
        Self {
            entries,
            tight,
            tight_count,
        }
    }
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
    let mut rows = vec![unit(n, dim)];
    for (row, bound) in a.iter().zip(b) {
        let homogeneous: Vec<Rational> = row.iter().map(|v| -v).chain([bound.clone()]).collect();
        rows.push(integers(&homogeneous));
    }
    let words = rows.len().div_ceil(64);
    let mut lines: Vec<Vec<BigInt>> = (0..n).map(|k| unit(n, k)).collect();
    let mut rays: Vec<Ray> = Vec::new();
    let mut work = 0;
    for (index, row) in rows.iter().enumerate() {
        if let Some(pivot) = lines.iter().position(|line| !dot(row, line).is_zero()) {
            cut_line(&mut lines, &mut rays, pivot, row, index, words);
        } else {
            rays = cut_rays(rays, row, index, n - lines.len(), &mut work)?;
        }
        if rays.len() > limit {
            return Err(Obstacle::TooLarge);
        }
    }
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
fn cut_line(
    lines: &mut Vec<Vec<BigInt>>,
    rays: &mut Vec<Ray>,
    pivot: usize,
    row: &[BigInt],
    index: usize,
    words: usize,
) {
    let mut pivot_line = lines.swap_remove(pivot);
    let mut height = dot(row, &pivot_line);
    if height.is_negative() {
        height = -height;
        for v in &mut pivot_line {
            *v = -&*v;
        }
    }
    for line in lines {
        let other = dot(row, line);
        *line = combine(&height, line, &-other, &pivot_line);
    }
    for ray in rays.iter_mut() {
        let other = dot(row, &ray.entries);
        let entries = combine(&height, &ray.entries, &-other, &pivot_line);
        let mut tight = std::mem::take(&mut ray.tight);
        set(&mut tight, index);
        *ray = Ray::new(entries, tight);
    }
    let mut tight = vec![0; words];
    (0..index).for_each(|i| set(&mut tight, i));
    rays.push(Ray::new(pivot_line, tight));
}

/// A constraint that cuts the pointed part: keeps the rays on its good side and adds one in every
/// two-dimensional face that it crosses. `rank` is the dimension of the pointed part.
fn cut_rays(
    rays: Vec<Ray>,
    row: &[BigInt],
    index: usize,
    rank: usize,
    work: &mut usize,
) -> Result<Vec<Ray>, Obstacle> {
    let heights: Vec<BigInt> = rays.iter().map(|ray| dot(row, &ray.entries)).collect();
    let mut created = Vec::new();
    for (i, plus) in rays.iter().enumerate() {
        if !heights[i].is_positive() {
            continue;
        }
        for (j, minus) in rays.iter().enumerate() {
            if !heights[j].is_negative() {
                continue;
            }
            *work += 1;
            if adjacent(&rays, i, j, rank, work) {
                let entries = combine(&heights[i], &minus.entries, &-&heights[j], &plus.entries);
                let mut tight = intersection(&plus.tight, &minus.tight);
                set(&mut tight, index);
                created.push(Ray::new(entries, tight));
            }
            if *work > WORK_LIMIT {
                return Err(Obstacle::TooLarge);
            }
        }
    }
    let mut kept: Vec<Ray> = Vec::with_capacity(rays.len() + created.len());
    for (mut ray, height) in rays.into_iter().zip(&heights) {
        if height.is_negative() {
            continue;
        }
        if height.is_zero() {
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
fn adjacent(rays: &[Ray], i: usize, j: usize, rank: usize, work: &mut usize) -> bool {
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

fn unit(n: usize, k: usize) -> Vec<BigInt> {
    let mut vector = vec![BigInt::zero(); n];
    vector[k] = BigInt::one();
    vector
}

fn dot(a: &[BigInt], b: &[BigInt]) -> BigInt {
    let mut sum = BigInt::zero();
    for (a, b) in a.iter().zip(b) {
        if !a.is_zero() && !b.is_zero() {
            sum += a * b;
        }
    }
    sum
}

/// `p x + q y`, made primitive.
fn combine(p: &BigInt, x: &[BigInt], q: &BigInt, y: &[BigInt]) -> Vec<BigInt> {
    primitive(x.iter().zip(y).map(|(x, y)| p * x + q * y).collect())
}

/// Divides by the greatest common divisor of the entries.
fn primitive(mut vector: Vec<BigInt>) -> Vec<BigInt> {
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
fn integers(vector: &[Rational]) -> Vec<BigInt> {
    let mut denominator = BigInt::one();
    for v in vector {
        denominator = denominator.lcm(v.denom());
    }
    let scaled = vector
        .iter()
        .map(|v| v.numer() * (&denominator / v.denom()));
    primitive(scaled.collect())
}
