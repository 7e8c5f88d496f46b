//! Everybody under the hierarchy: an errand.

use std::ops::Range;

use crate::bytes::{Reader, Writer};
use crate::data::Source;
use crate::errand::Errand;
use crate::fit::FitError;
use crate::frame::{Frame, Framed, Held};
use crate::wire::{Wire, wired};

use super::moments::{Hyper, Moments, moments};
use super::posterior::Posterior;
use super::quadrature::Rule;

/// Every annotator's moments.
pub(crate) struct Posteriors {
    pub(super) frame: Frame,
    pub(super) hyper: Hyper,
    /// Where the search for each mode starts.
    pub(super) starts: Vec<Vec<f64>>,
    pub(super) rule: Option<Rule>,
    /// Is the posterior's information asked for as well?
    pub(super) known: bool,
}

wired!(Hyper {
    center,
    variance,
    beta
});
wired!(Rule { nodes, log_weights });
wired!(Moments {
    value,
    mode,
    mean,
    excess,
    slope,
    spread,
    posterior,
    mixed,
    curvature,
    log_likelihood,
    steps
});

impl Posteriors {
    /// How many annotators' moments are there at a time: about 64 MB of matrices.
    pub(super) fn together(&self) -> usize {
        let d = self.hyper.center.len();
        ((1 << 21) / (d * d)).clamp(4, 1 << 12)
    }
}

impl Errand for Posteriors {
    const KIND: u8 = 2;
    type Output = Moments;

    /// With the rows in the frame throughout if they are not too many.
    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Moments, FitError> {
        let framed = Framed {
            source: part,
            frame: &self.frame,
        };
        let (start, rule) = (&self.starts[annotator], self.rule.as_ref());
        let mut made = match Held::of(&framed)? {
            Some(held) => moments(&held, &self.hyper, start, rule)?,
            None => moments(&framed, &self.hyper, start, rule)?,
        };
        if !self.known {
            made.posterior = Posterior::Rows {
                z: Vec::new(),
                variance: Vec::new(),
            };
        }
        Ok(made)
    }

    fn shared(&self, out: &mut Writer) {
        self.frame.write(out);
        self.hyper.write(out);
        self.rule.write(out);
        self.known.write(out);
    }

    fn each(&self, some: Range<usize>, out: &mut Writer) {
        self.starts[some].to_vec().write(out);
    }

    fn read(shared: &mut Reader<'_>, each: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            frame: Wire::read(shared)?,
            hyper: Wire::read(shared)?,
            rule: Wire::read(shared)?,
            known: Wire::read(shared)?,
            starts: Wire::read(each)?,
        })
    }
}

impl Wire for Posterior {
    fn write(&self, out: &mut Writer) {
        let (kind, one, other) = match self {
            Self::Matrices {
                laplace,
                information,
            } => (0, laplace, information),
            Self::Rows { z, variance } => (1, z, variance),
        };
        out.byte(kind);
        one.write(out);
        other.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            0 => Self::Matrices {
                laplace: Wire::read(from)?,
                information: Wire::read(from)?,
            },
            1 => Self::Rows {
                z: Wire::read(from)?,
                variance: Wire::read(from)?,
            },
            _ => return None,
        })
    }
}
