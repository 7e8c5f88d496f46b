//! Which variances a population has.
//!
//! Where annotators have fewer rows than there are coordinates, a variance a coordinate is not to be had from them: hundreds of variances are
//! free to explain forty labels of everybody, most of them end at 0 and the rest, with the precision, far too large. There is one
//! for all coordinates then, of the embeddings as they are: people scatter by as much in every direction.

use crate::data::Parts;
use crate::frame::Frame;
use crate::kernel::BY_HAND;

/// How the variances go together.
pub(super) enum Scatter {
    /// One a coordinate.
    Each,
    /// Multiples of one: a frame's variances where it is 1 (their mean is 1).
    Common(Vec<f64>),
}

impl Scatter {
    /// As many as the annotators' rows have to say.
    pub(super) fn of(parts: &Parts, frame: &Frame) -> Self {
        let d = parts.dim();
        let rows: u64 = (0..parts.len()).map(|i| parts.rows(i)).sum();
        let heard = (0..parts.len()).filter(|&i| parts.rows(i) > 0).count();
        if d <= BY_HAND || rows >= (heard * d) as u64 {
            return Self::Each;
        }
        let squares: Vec<f64> = frame.unit[..d].iter().map(|u| u * u).collect();
        let mean = squares.iter().sum::<f64>() / d as f64;
        Self::Common(squares.iter().map(|s| s / mean).collect())
    }

    /// What is free of the variances.
    pub(super) fn scales(&self, variance: &[f64]) -> Vec<f64> {
        match self {
            Self::Each => variance.to_vec(),
            Self::Common(shape) => vec![variance[0] / shape[0]],
        }
    }

    /// The variances, from what is free of them.
    pub(super) fn variances(&self, scales: &[f64]) -> Vec<f64> {
        match self {
            Self::Each => scales.to_vec(),
            Self::Common(shape) => shape.iter().map(|s| s * scales[0]).collect(),
        }
    }

    /// Derivatives by what is free, from those by the variances.
    pub(super) fn gathered(&self, by: impl Iterator<Item = f64>) -> Vec<f64> {
        match self {
            Self::Each => by.collect(),
            Self::Common(shape) => vec![by.zip(shape).map(|(b, s)| b * s).sum()],
        }
    }

    /// Which of what is free a coordinate's variance is from.
    pub(super) fn scale_of(&self, k: usize) -> usize {
        match self {
            Self::Each => k,
            Self::Common(_) => 0,
        }
    }
}
