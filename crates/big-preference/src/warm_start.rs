//! Where a fit of many rows starts: at the fit of some of them.

use big_numeric::{Cholesky, dot};

use crate::data::{Block, DataError, Peek, Source};
use crate::kernel::{self, Curvature};
use crate::likelihood::Objective;
use crate::newton::{self, PATIENCE, Settings, Status};
use crate::sample::Sample;

/// Samples of rows that are not in memory take so many bytes at most.
pub(crate) const LARGEST_COPY: usize = 512 << 20;
/// A peek at no rows: how many are there?
pub(crate) const NOTHING: Peek = Peek {
    share: u64::MAX,
    least: 0,
    most: 0,
};

/// Where a fit of many rows starts.
pub(crate) struct WarmStart {
    /// The fit of a sample.
    pub(crate) y: Vec<f64>,
    /// The factor of its Hessian, scaled to all rows.
    pub(crate) factor: Cholesky,
    /// Does single precision do for Hessians?
    pub(crate) single: bool,
    /// The rows of all the data.
    pub(crate) all_rows: usize,
}

/// The rows of the first sample of a fit of `p` parameters.
fn least(p: usize) -> usize {
    (128 * p).max(1 << 12)
}

/// Has a source so many rows that samples of them make a start? Not where these would fill the memory. Where only a pass can tell
/// how many there are, this makes one.
pub(crate) fn is_long(source: &dyn Source, p: usize) -> Result<bool, DataError> {
    let fits = source.in_memory() || least(p).saturating_mul(8 * p) <= LARGEST_COPY;
    if !fits {
        return Ok(false);
    }
    let peeked = source.peek(&NOTHING, &mut |_| ());
    let rows = match peeked {
        Some(rows) => usize::try_from(rows).unwrap_or(usize::MAX),
        None => {
            let mut rows = 0;
            source.visit(&mut |blocks| rows += blocks.iter().map(Block::rows).sum::<usize>())?;
            rows
        }
    };
    Ok(rows > 6 * least(p))
}

/// A start from samples; `None` where there are too few rows, or the sample has no fit.
///
/// The first sample has about 128 rows a parameter and is fitted. One step on up to twelve times as many follows (a fifth
/// of all), whose Hessian is so much better; and on so many times as many again, where a visit costs far more than these.
pub(crate) fn warm_start(objective: &Objective<'_>) -> Result<Option<WarmStart>, DataError> {
    let p = objective.count();
    let least = least(p);
    // Copies take up to 16 MB, and half as much again, unless that is not enough for a fit.
    let most = (2 << 20) / (objective.source.dim() + 1);
    let rows = (12 * least).min(most).max(least);
    // A peek is copied beside the pieces of a stream.
    let sample = Sample::take(objective.source, rows, (most / 4).max(rows))?;
    let all_rows = sample.all_rows;
    if all_rows <= 6 * least {
        return Ok(None);
    }
    let every = (sample.rows / least).max(1);
    let thinned = sample.thinned(every)?;
    let part = objective.on(&thinned, thinned.share);
    let settings = Settings {
        done: 1e-2,
        fresh: 1e-1,
        hessians: PATIENCE,
        single: p > kernel::BY_HAND,
        ..Settings::default()
    };
    let found = newton::minimise(&part, &vec![0.0; p], &settings)?;
    if found.status == Status::Diverging {
        return Ok(None);
    }
    let (mut y, mut hessian, mut share) = (found.y, found.at.hessian, thinned.share);
    let finest = if objective.source.in_memory() {
        (every / 12).max((5 * sample.rows).div_ceil(all_rows))
    } else {
        1
    };
    let mut every = every;
    while 4 * (every / 12).max(finest) <= every {
        every = (every / 12).max(finest);
        let thinned = sample.thinned(every)?;
        let part = objective.on(&thinned, thinned.share);
        let at = part.evaluate_with(&y, Curvature::of(found.single))?;
        if let Some(factor) = Cholesky::new(&at.hessian, p) {
            let mut step = at.gradient.clone();
            factor.solve(&mut step);
            if dot(&step, &at.gradient) < 0.25 * at.weight {
                y.iter_mut().zip(&step).for_each(|(y, s)| *y -= s);
                (hessian, share) = (at.hessian, thinned.share);
            }
        }
    }
    hessian.iter_mut().for_each(|h| *h /= share);
    Ok(Cholesky::new(&hessian, p).map(|factor| WarmStart {
        y,
        factor,
        single: found.single,
        all_rows,
    }))
}
