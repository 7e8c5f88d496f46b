//! Influence weights: a scalar `w_i` (meaning `w_i I`) or a `d × m` matrix `W_i`.

use big_numeric::{dot, norm, times_power_of_two};

/// A weight matrix, `d × m` by rows.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixWeight {
    rows: usize,
    cols: usize,
    data: Vec<f64>,
}

impl MatrixWeight {
    /// A matrix from its entries by rows; `data.len() == rows * cols`.
    pub(crate) fn new(rows: usize, cols: usize, data: Vec<f64>) -> Self {
        debug_assert_eq!(data.len(), rows * cols);
        Self { rows, cols, data }
    }

    /// `d`, the receiver's dimension.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// `m`, the dimension of the action.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All entries, by rows.
    pub fn entries(&self) -> &[f64] {
        &self.data
    }

    /// Multiplies every entry.
    pub(crate) fn scale(&mut self, factor: f64) {
        self.data.iter_mut().for_each(|v| *v *= factor);
    }

    /// Adds to one entry, counted by rows.
    pub(crate) fn add(&mut self, entry: usize, step: f64) {
        self.data[entry] += step;
    }

    /// Multiplies every entry by `2^power`.
    pub(crate) fn times_power_of_two(&mut self, power: i32) {
        for v in &mut self.data {
            *v = times_power_of_two(*v, power);
        }
    }

    /// Row `k`.
    pub fn row(&self, k: usize) -> &[f64] {
        &self.data[k * self.cols..(k + 1) * self.cols]
    }
}

/// One influencer's weight, borrowed from the game.
#[derive(Clone, Copy, Debug)]
pub enum Weight<'a> {
    /// `w_i`.
    Scalar(f64),
    /// `W_i`.
    Matrix(&'a MatrixWeight),
}

impl Weight<'_> {
    /// Is the influencer idle: does its action not move the receiver at all?
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Scalar(w) => *w == 0.0,
            Self::Matrix(w) => w.data.iter().all(|&v| v == 0.0),
        }
    }

    /// Adds `W x` to `out` (length `d`).
    #[inline(always)]
    pub fn add_image(&self, x: &[f64], out: &mut [f64]) {
        match self {
            Self::Scalar(w) => {
                for (o, v) in out.iter_mut().zip(x) {
                    *o += w * v;
                }
            }
            Self::Matrix(w) => {
                for (o, row) in out.iter_mut().zip(w.data.chunks_exact(w.cols)) {
                    *o += dot(row, x);
                }
            }
        }
    }

    /// Writes `Wᵀ g` into `out` (length `m`).
    #[inline(always)]
    pub fn pull_back(&self, g: &[f64], out: &mut [f64]) {
        match self {
            Self::Scalar(w) => {
                for (o, v) in out.iter_mut().zip(g) {
                    *o = w * v;
                }
            }
            Self::Matrix(w) => {
                out.fill(0.0);
                for (&gk, row) in g.iter().zip(w.data.chunks_exact(w.cols)) {
                    for (o, v) in out.iter_mut().zip(row) {
                        *o += gk * v;
                    }
                }
            }
        }
    }

    /// An upper bound on the operator norm: `|w|`, or the Frobenius norm of `W`.
    #[inline(always)]
    pub fn norm_bound(&self) -> f64 {
        match self {
            Self::Scalar(w) => w.abs(),
            Self::Matrix(w) => norm(&w.data),
        }
    }
}
