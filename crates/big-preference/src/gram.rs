//! The Gram matrix of many columns in single precision: most of what the Hessian of many parameters costs.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Simd, WithSimd};

use crate::simd;

/// The number of columns is a multiple of this one, ...
pub(crate) const WIDTH: usize = 4;
/// ... and the number of rows of this one: as many numbers are in the widest vector.
pub(crate) const LANES: usize = 16;

/// From so many columns on rows are gathered before their products are made, by a blocked matrix product.
pub(crate) const GATHERED: usize = 256;
/// So many rows at most: fewer, and the sums are moved more often than it takes to make them.
const TALL: usize = 2048;
/// From one column to the next. Not a power of two, so that columns do not meet in the same lines of a cache.
const STRIDE: usize = TALL + 16;

/// Rows whose products have not been made yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    rows: usize,
    columns: Vec<f32>,
}

impl Gathered {
    /// Is there room for so many more?
    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.rows + more <= TALL
    }

    /// Room for so many more in each of some columns: all numbers, how far it is from one column to the next, and where in a column
    /// the rows begin. They have to be filled.
    pub(crate) fn room(&mut self, more: usize, columns: usize) -> (&mut [f32], usize, usize) {
        let at = self.rows;
        self.rows += more;
        self.columns.resize(columns * STRIDE, 0.0);
        (&mut self.columns, STRIDE, at)
    }

    /// Adds `Σ_r x_rj x_rk`, `k ≤ j`, to the lower triangle by rows, and forgets the rows. `made` is memory for it.
    pub(crate) fn settle(&mut self, made: &mut Vec<f32>, out: &mut [f64]) {
        if self.rows == 0 {
            return;
        }
        let count = self.columns.len() / STRIDE;
        made.resize(count * count, 0.0);
        let x =
            MatRef::from_column_major_slice_with_stride(&self.columns, self.rows, count, STRIDE);
        // The upper triangle by columns is the lower one by rows.
        triangular::matmul(
            MatMut::from_column_major_slice_mut(made, count, count),
            BlockStructure::TriangularUpper,
            Accum::Replace,
            x.transpose(),
            BlockStructure::Rectangular,
            x,
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        simd::add_lower(made, count, count, out);
        self.rows = 0;
    }
}

/// Writes `Σ_r x_rj x_rk`, `k ≤ j`, into the lower triangle by rows; above it other sums may stand. Columns are contiguous,
/// `rows` each, and as many as `out` has rows.
pub(crate) fn gram(columns: &[f32], rows: usize, out: &mut [f32]) {
    pulp::Arch::new().dispatch(Gram { columns, rows, out });
}

struct Gram<'a> {
    columns: &'a [f32],
    rows: usize,
    out: &'a mut [f32],
}

impl WithSimd for Gram<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As tall a tile as leaves all its sums in registers.
        if S::REGISTER_COUNT >= 32 {
            self.run::<S, 4>(simd);
        } else {
            self.run::<S, 2>(simd);
        }
    }
}

impl Gram<'_> {
    #[inline(always)]
    fn run<S: Simd, const HEIGHT: usize>(self, simd: S) {
        let Self { columns, rows, out } = self;
        let count = columns.len() / rows;
        let column = |k: usize| S::as_simd_f32s(&columns[k * rows..(k + 1) * rows]).0;
        for j in (0..count).step_by(HEIGHT) {
            let left: [_; HEIGHT] = std::array::from_fn(|i| column(j + i));
            for k in (0..j + HEIGHT).step_by(WIDTH) {
                let right: [_; WIDTH] = std::array::from_fn(|l| column(k + l));
                let sums = tile(simd, &left, &right);
                for (i, sums) in sums.iter().enumerate() {
                    out[(j + i) * count + k..][..WIDTH].copy_from_slice(sums);
                }
            }
        }
    }
}

/// The products of some columns with some others.
#[inline(always)]
fn tile<S: Simd, const HEIGHT: usize>(
    simd: S,
    left: &[&[S::f32s]; HEIGHT],
    right: &[&[S::f32s]; WIDTH],
) -> [[f32; WIDTH]; HEIGHT] {
    let n = left[0].len();
    let left = left.map(|column| &column[..n]);
    let right = right.map(|column| &column[..n]);
    let mut sums = [[simd.splat_f32s(0.0); WIDTH]; HEIGHT];
    for r in 0..n {
        let b = right.map(|column| column[r]);
        for i in 0..HEIGHT {
            let a = left[i][r];
            for l in 0..WIDTH {
                sums[i][l] = simd.mul_add_e_f32s(a, b[l], sums[i][l]);
            }
        }
    }
    let mut out = [[0.0; WIDTH]; HEIGHT];
    for i in 0..HEIGHT {
        for l in 0..WIDTH {
            out[i][l] = simd.reduce_sum_f32s(sums[i][l]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_gathered_are_all_there() {
        let (count, pieces) = (37, [512, 300, 512, 512, 512, 1]);
        let number = |r: usize, k: usize| ((r * 7919 + k * 31 + r / 13) % 17) as f32 - 8.0;
        let (mut gathered, mut made) = (Gathered::default(), Vec::new());
        let mut out = vec![0.0; count * count];
        let mut row = 0;
        for more in pieces {
            if !gathered.has_room(more) {
                gathered.settle(&mut made, &mut out);
            }
            let (columns, stride, at) = gathered.room(more, count);
            for (k, column) in columns.chunks_exact_mut(stride).enumerate() {
                for (r, x) in column[at..at + more].iter_mut().enumerate() {
                    *x = number(row + r, k);
                }
            }
            row += more;
        }
        gathered.settle(&mut made, &mut out);
        gathered.settle(&mut made, &mut out);
        for j in 0..count {
            for k in 0..=j {
                let products = (0..row).map(|r| f64::from(number(r, j) * number(r, k)));
                assert_eq!(out[j * count + k], products.sum::<f64>(), "{j} {k}");
            }
        }
    }

    #[test]
    fn every_product_is_there() {
        for (count, rows) in [(4, 16), (8, 48), (20, 512), (132, 64)] {
            // Whole numbers: single precision has them all.
            let columns: Vec<f32> = (0..count * rows)
                .map(|i| ((i * 7919 + i / 13) % 17) as f32 - 8.0)
                .collect();
            let mut out = vec![f32::NAN; count * count];
            gram(&columns, rows, &mut out);
            for j in 0..count {
                for k in 0..=j {
                    let pairs = columns[j * rows..][..rows].iter().zip(&columns[k * rows..]);
                    let expected: f32 = pairs.map(|(a, b)| a * b).sum();
                    assert_eq!(out[j * count + k], expected, "{j} {k} of {count}");
                }
            }
        }
    }
}
