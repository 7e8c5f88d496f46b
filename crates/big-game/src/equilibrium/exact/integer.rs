//! Linear algebra in integers: elimination without fractions, and the budget that ends it.
//!
//! Source: E. Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination" (1968): every
//! entry on the way is a minor of the matrix, so lengths grow linearly and no greatest common divisor is needed.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use crate::action_space::{integers, primitive};
use crate::spec::Rational;

/// Work that is left: counted in operations on machine words, never in time, so that every run does the same.
pub(super) struct Budget(u64);

/// The budget is spent: what was asked is not known.
#[derive(Debug)]
pub(super) struct Spent;

impl Budget {
    pub(super) fn new(units: u64) -> Self {
        Self(units)
    }

    /// Takes off what `operations` products of numbers of so many bits cost.
    pub(super) fn spend(&mut self, operations: usize, bits: u64) -> Result<(), Spent> {
        let words = bits / 64 + 1;
        // A small constant stands for the allocation that every number costs.
        let units = (operations as u64).saturating_mul(words.saturating_mul(words) + 4);
        self.0 = self.0.checked_sub(units).ok_or(Spent)?;
        Ok(())
    }
}

/// The longest of some numbers, in bits.
pub(super) fn bits<'a>(numbers: impl IntoIterator<Item = &'a BigInt>) -> u64 {
    numbers.into_iter().map(BigInt::bits).max().unwrap_or(0)
}

/// `⟨a, b⟩`.
pub(super) fn product(a: &[BigInt], b: &[BigInt]) -> BigInt {
    let mut sum = BigInt::zero();
    for (x, y) in a.iter().zip(b) {
        if !x.is_zero() && !y.is_zero() {
            sum += x * y;
        }
    }
    sum
}

/// A rational vector as integers over one positive denominator.
pub(super) fn common(vector: &[Rational]) -> (Vec<BigInt>, BigInt) {
    let mut extended = vector.to_vec();
    extended.push(Rational::one());
    let mut all = integers(&extended);
    let denominator = all.pop().unwrap_or_else(BigInt::one);
    (all, denominator)
}

/// A matrix as the numerators of its rows and their common positive denominator.
pub(super) type Fractions = (Vec<Vec<BigInt>>, BigInt);

/// Solves `M X = R` for a square `M`, given as the rows of `[M | R]`: the numerators of `X` by rows and their common
/// positive denominator; `None` for a singular `M`. `O(k² (k + c))` products for `c` right-hand sides.
pub(super) fn solve(
    mut rows: Vec<Vec<BigInt>>,
    budget: &mut Budget,
) -> Result<Option<Fractions>, Spent> {
    let k = rows.len();
    let width = rows.first().map_or(0, Vec::len);
    let mut last = BigInt::one();
    for step in 0..k {
        let Some(pivot) = (step..k).find(|&i| !rows[i][step].is_zero()) else {
            return Ok(None);
        };
        if pivot != step {
            rows.swap(pivot, step);
            // A swap changes the sign of the determinant, which the divisions rely on.
            for v in &mut rows[step] {
                *v = -&*v;
            }
        }
        let row = std::mem::take(&mut rows[step]);
        budget.spend(2 * k * (width - step), bits(&row))?;
        for (i, other) in rows.iter_mut().enumerate() {
            if i == step {
                continue;
            }
            let factor = other[step].clone();
            for j in 0..width {
                // To the left only the diagonal of earlier rows is left.
                if j < step && j != i {
                    continue;
                }
                let mut value = &row[step] * &other[j];
                if !factor.is_zero() && !row[j].is_zero() {
                    value -= &factor * &row[j];
                }
                other[j] = if last.is_one() { value } else { value / &last };
            }
        }
        last.clone_from(&row[step]);
        rows[step] = row;
    }
    let negative = last.is_negative();
    let solution = rows
        .into_iter()
        .map(|row| {
            let sides = row.into_iter().skip(k);
            sides.map(|v| if negative { -v } else { v }).collect()
        })
        .collect();
    Ok(Some((solution, last.abs())))
}

/// Independent integer vectors, in echelon form.
#[derive(Default)]
pub(super) struct Echelon {
    rows: Vec<Vec<BigInt>>,
    /// The coordinate that each row, and no later one, has.
    pub(super) pivots: Vec<usize>,
}

impl Echelon {
    /// Adds a vector that is independent of those there are; says whether it was.
    pub(super) fn push(
        &mut self,
        mut vector: Vec<BigInt>,
        budget: &mut Budget,
    ) -> Result<bool, Spent> {
        primitive_in_place(&mut vector);
        for (row, &pivot) in self.rows.iter().zip(&self.pivots) {
            if vector[pivot].is_zero() {
                continue;
            }
            budget.spend(4 * vector.len(), bits(row).max(bits(&vector)))?;
            let factor = vector[pivot].clone();
            for (v, r) in vector.iter_mut().zip(row) {
                *v = &*v * &row[pivot];
                if !r.is_zero() {
                    *v -= &factor * r;
                }
            }
            primitive_in_place(&mut vector);
        }
        match vector.iter().position(|v| !v.is_zero()) {
            Some(pivot) => {
                self.pivots.push(pivot);
                self.rows.push(vector);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    pub(super) fn rank(&self) -> usize {
        self.rows.len()
    }
}

fn primitive_in_place(vector: &mut Vec<BigInt>) {
    *vector = primitive(std::mem::take(vector));
}
