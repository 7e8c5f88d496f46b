//! Columns measured from a point amid the responses and in units of their own: what makes a fit independent of both.
//!
//! The margin does not change when everything moves together: `2⟨θ, a − b⟩ + ‖b‖² − ‖a‖²` is the same with `θ − c`, `a − c`
//! and `b − c`. So with the offset column `o_c = o + 2⟨c, a − b⟩` in place of `o`, the ideal point is `θ − c`. Far from the origin
//! `o` is almost a sum of the differences; `o_c` is not. Units are powers of two, so that nothing is rounded by them.

use big_numeric::Cholesky;
use big_numeric::parallel;

use crate::data::{Block, DataError, OwnedBlock, Peek, Source};
use crate::likelihood::{LARGEST_DENSE, Model, Objective, Parameters, Prior};
use crate::wire::wired;

/// Blocks that are in memory in a frame at a time.
const BATCH: usize = 64;
/// Units that differ by less need no frame.
const SAME_UNITS: f64 = 64.0;
/// An offset that its centre shortens by less needs no frame.
const SAME_ORIGIN: f64 = 64.0;

/// A centre and units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// What is the origin (length `d`).
    pub(crate) center: Vec<f64>,
    /// The units of the differences, and last that of the offset (length `d + 1`).
    pub(crate) unit: Vec<f64>,
}

wired!(Frame { center, unit });

impl Frame {
    /// The frame of columns as they are.
    pub(crate) fn identity(dim: usize) -> Self {
        Self {
            center: vec![0.0; dim],
            unit: vec![1.0; dim + 1],
        }
    }

    /// The frame of a source: the centre makes the offset as short as it can be, the units the columns' root mean squares
    /// about 1 (the offset's only with `offset_too`). Two passes, O(N·d²); above [`LARGEST_DENSE`] parameters the identity.
    pub(crate) fn of(source: &dyn Source, offset_too: bool) -> Result<Self, DataError> {
        let d = source.dim();
        let mut frame = Self::identity(d);
        if d + 1 > LARGEST_DENSE {
            return Ok(frame);
        }
        let p = d + 1;
        // The columns are (2(a − b), o), times ½ each.
        let gram = columns(source)?;
        let size: Vec<f64> = (0..d).map(|k| gram[k * p + k].sqrt()).collect();
        let usable: Vec<usize> = (0..d)
            .filter(|&k| size[k] > 0.0 && size[k].is_finite())
            .collect();
        let n = usable.len();
        let scaled: Vec<f64> = (0..n * n)
            .map(|at| {
                let (j, k) = (usable[at / n], usable[at % n]);
                let ridge = if j == k { 1e-10 } else { 0.0 };
                gram[j * p + k] / (size[j] * size[k]) + ridge
            })
            .collect();
        if let Some(factor) = Cholesky::new(&scaled, n) {
            let mut c: Vec<f64> = usable.iter().map(|&k| -gram[d * p + k] / size[k]).collect();
            factor.solve(&mut c);
            for (&k, c) in usable.iter().zip(c) {
                let c = c / size[k];
                frame.center[k] = if c.is_finite() { c } else { 0.0 };
            }
        }
        let gram = columns(&Framed {
            source,
            frame: &frame,
        })?;
        let rows = count(source)?;
        for k in 0..p {
            // The columns of differences come twice as long.
            let twice = if k < d { 1.0 } else { 2.0 };
            let size = twice * (gram[k * p + k] / rows.max(f64::MIN_POSITIVE)).sqrt();
            if size.is_normal() && (k < d || offset_too) {
                frame.unit[k] = size.log2().round().clamp(-900.0, 900.0).exp2();
            }
        }
        Ok(frame)
    }

    /// Does it matter: are the units mixed, or is the origin far away? `source` is asked how long its offsets are.
    pub(crate) fn matters(&self, source: &dyn Source) -> Result<bool, DataError> {
        let d = self.center.len();
        let units = self.unit[..d].iter();
        let (least, most) =
            units.fold((f64::INFINITY, 0.0_f64), |(l, m), u| (l.min(*u), m.max(*u)));
        if most > SAME_UNITS * least || most > SAME_UNITS || least < 1.0 / SAME_UNITS {
            return Ok(true);
        }
        if self.center.iter().all(|c| *c == 0.0) {
            return Ok(false);
        }
        let offset = |source: &dyn Source| -> Result<f64, DataError> {
            let mut q = vec![0.0; d + 1];
            q[d] = 1.0;
            plain(source).largest_margin(&q)
        };
        let framed = Framed {
            source,
            frame: self,
        };
        Ok(offset(source)? > SAME_ORIGIN * self.unit[d] * offset(&framed)?)
    }

    /// The model whose position is measured in the frame.
    fn position(&self, model: Model, y: &[f64]) -> Vec<f64> {
        let shift = model.offset / model.gain;
        (0..y.len())
            .map(|k| self.unit[k] * (y[k] - shift * self.center[k]))
            .collect()
    }

    /// The parameters that those in the frame are.
    pub(crate) fn leave(&self, parameters: Parameters, z: &[f64]) -> Vec<f64> {
        let d = self.center.len();
        match parameters {
            Parameters::Position(model) => {
                let shift = model.offset / model.gain;
                (0..d)
                    .map(|k| z[k] / self.unit[k] + shift * self.center[k])
                    .collect()
            }
            Parameters::Joint => {
                let beta = z[d] / self.unit[d];
                let mut y: Vec<f64> = (0..d)
                    .map(|k| z[k] / self.unit[k] + beta * self.center[k])
                    .collect();
                y.push(beta);
                y
            }
        }
    }

    /// A gradient in the frame as one in the parameters outside: the transpose of [`enter`](Self::enter).
    pub(crate) fn leave_gradient(&self, parameters: Parameters, g: &[f64]) -> Vec<f64> {
        let d = self.center.len();
        let mut out: Vec<f64> = (0..d).map(|k| self.unit[k] * g[k]).collect();
        if parameters == Parameters::Joint {
            let along: f64 = out.iter().zip(&self.center).map(|(g, c)| g * c).sum();
            out.push(self.unit[d] * g[d] - along);
        }
        out
    }

    /// A direction of the columns in the frame as one of the columns outside, of the same products with the rows.
    pub(crate) fn leave_direction(&self, u: &[f64]) -> Vec<f64> {
        let d = self.center.len();
        let last = u.get(d).map_or(0.0, |v| v / self.unit[d]);
        let mut out: Vec<f64> = (0..d)
            .map(|k| u[k] / self.unit[k] + 2.0 * self.center[k] * last)
            .collect();
        if u.len() > d {
            out.push(last);
        }
        out
    }

    /// The other way round.
    pub(crate) fn enter_direction(&self, u: &[f64]) -> Vec<f64> {
        let d = self.center.len();
        let last = u.get(d).copied().unwrap_or(0.0);
        let mut out: Vec<f64> = (0..d)
            .map(|k| self.unit[k] * (u[k] - 2.0 * self.center[k] * last))
            .collect();
        if u.len() > d {
            out.push(self.unit[d] * last);
        }
        out
    }

    /// A prior on a position under a fixed model, in the frame.
    pub(crate) fn prior(&self, model: Model, prior: &Prior) -> Prior {
        let unit = &self.unit;
        Prior {
            precision: prior
                .precision
                .iter()
                .zip(unit)
                .map(|(p, u)| p / (u * u))
                .collect(),
            mean: self.position(model, &prior.mean),
        }
    }

    fn block(&self, block: &Block<'_>) -> OwnedBlock {
        let mut out = OwnedBlock::copy(block);
        let (rows, d) = (block.rows(), self.center.len());
        let (differences, offset) = out.values.split_at_mut(rows * d);
        for (k, column) in differences.chunks_exact_mut(rows).enumerate() {
            let (twice, unit) = (2.0 * self.center[k], self.unit[k]);
            for (x, o) in column.iter_mut().zip(offset.iter_mut()) {
                *o += twice * *x;
                *x /= unit;
            }
        }
        offset.iter_mut().for_each(|o| *o /= self.unit[d]);
        out
    }
}

/// An objective without a prior, for what it says of the rows.
fn plain(source: &dyn Source) -> Objective<'_> {
    Objective {
        source,
        parameters: Parameters::Joint,
        prior: None,
    }
}

fn columns(source: &dyn Source) -> Result<Vec<f64>, DataError> {
    plain(source).gram()
}

/// The sum of the weights.
fn count(source: &dyn Source) -> Result<f64, DataError> {
    let mut weight = 0.0;
    source.visit(&mut |blocks| {
        for block in blocks {
            weight += block
                .weights()
                .map_or(block.rows() as f64, |w| w.iter().sum());
        }
    })?;
    Ok(weight)
}

/// Up to so many numbers a source in a frame is held, where it will be visited often.
const HELD: usize = 1 << 25;

/// Blocks that are held.
pub(crate) struct Held {
    dim: usize,
    blocks: Vec<OwnedBlock>,
}

impl Held {
    /// A source in a frame, if it is small enough.
    pub(crate) fn of(framed: &Framed<'_>) -> Result<Option<Self>, DataError> {
        let (mut numbers, mut blocks) = (0, Vec::new());
        framed.visit(&mut |some| {
            numbers += some.iter().map(Block::rows).sum::<usize>() * (framed.dim() + 1);
            if numbers <= HELD {
                blocks.extend(some.iter().map(OwnedBlock::copy));
            }
        })?;
        Ok((numbers <= HELD).then_some(Self {
            dim: framed.dim(),
            blocks,
        }))
    }
}

impl Source for Held {
    fn dim(&self) -> usize {
        self.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        batch(
            &self
                .blocks
                .iter()
                .map(OwnedBlock::block)
                .collect::<Vec<_>>(),
        );
        Ok(())
    }

    fn in_memory(&self) -> bool {
        true
    }
}

/// A source seen in a frame.
pub(crate) struct Framed<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) frame: &'a Frame,
}

impl Framed<'_> {
    fn hand_over(&self, blocks: &[Block<'_>], batch: &mut dyn FnMut(&[Block<'_>])) {
        // One annotator's rows are mostly one block.
        if let [block] = blocks {
            let owned = self.frame.block(block);
            return batch(&[owned.block()]);
        }
        for some in blocks.chunks(BATCH) {
            let owned: Vec<OwnedBlock> = parallel::map(some, |b| self.frame.block(b));
            batch(&owned.iter().map(OwnedBlock::block).collect::<Vec<_>>());
        }
    }
}

impl Source for Framed<'_> {
    fn dim(&self) -> usize {
        self.source.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        self.source
            .visit(&mut |blocks| self.hand_over(blocks, batch))
    }

    fn in_memory(&self) -> bool {
        self.source.in_memory()
    }

    fn peek(&self, wanted: &Peek, batch: &mut dyn FnMut(&[Block<'_>])) -> Option<u64> {
        self.source
            .peek(wanted, &mut |blocks| self.hand_over(blocks, batch))
    }
}
