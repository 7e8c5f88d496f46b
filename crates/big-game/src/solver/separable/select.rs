//! Selection: the root of `y + Σ_{t_i < y} J_i = A` among the targets, without sorting them.
//!
//! A pivot is compared with the root in double-double arithmetic with an error bound, and in exact
//! arithmetic when the bound does not tell. Every pivot is a target, so every comparison settles at least
//! one; pivots come from a stratified sample of what is left, just below and just above the sample's own
//! root, so that a few comparisons leave nothing.

use big_numeric::DoubleDouble;

use super::column::{Column, Side};
use super::exact::{Exact, FreeInfluencers, Verdict};

/// The relative error allowed to each addition of a compensated sum; eight times what is proved.
const STEP: f64 = 1.0 / (1u128 << 100) as f64;
/// The share of a pull's range that its error may be: a tenth of a rounding.
const PRECISE: f64 = 1e-17;
/// Products that underflow lose less than this.
const UNDERFLOW: f64 = 1e-310;

/// A target and the jump of the pull there, in units of [`Column::unit`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) target: f64,
    pub(super) mass: DoubleDouble,
}

/// What is known of the coordinate as a whole: `A` and how far the comparisons may be off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// `A = b + Σ_i max(w_i l_i, w_i u_i)`.
    pub(super) top: DoubleDouble,
    /// The mass of a jump is in these units.
    pub(super) unit: DoubleDouble,
    /// A bound on the error of `A` and of the masses that are given.
    pub(super) error: f64,
    /// Are they, and what is taken from `A` of them, exact?
    pub(super) exact: bool,
}

/// Where the root is.
pub(super) enum Place {
    /// Strictly between two targets (or infinities) with none in between.
    Between {
        below: f64,
        above: f64,
        receiver: DoubleDouble,
    },
    /// Between two targets that were written differently and have the same double.
    Split {
        target: f64,
        receiver: DoubleDouble,
        sides: Vec<(usize, Side)>,
    },
    /// At a target. `group` is left open when double-double arithmetic decided.
    Pinned {
        target: f64,
        group: Option<FreeInfluencers>,
        above_low: DoubleDouble,
        below_high: DoubleDouble,
        sides: Vec<(usize, Side)>,
    },
}

/// The open interval that the root lies in, and the mass at and below its lower end.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) column: Column<'a>,
    pub(super) level: Level,
    pub(super) below: f64,
    pub(super) above: f64,
    /// The mass of the targets up to `below`.
    pub(super) base: DoubleDouble,
    /// A bound on its error, in the same unit.
    pub(super) base_error: f64,
}

/// Mass below a pivot and at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Masses {
    pub(super) below: DoubleDouble,
    pub(super) at: DoubleDouble,
    /// How many additions of double-doubles made them.
    pub(super) joins: usize,
}

/// A sum of masses, as a pair that two-sums are added to without renormalisation.
#[derive(Clone, Copy, Default)]
pub(super) struct Pair {
    high: f64,
    low: f64,
}

impl Pair {
    /// Adds a mass, or nothing; no branch to mispredict.
    #[inline(always)]
    pub(super) fn add(&mut self, mass: DoubleDouble, counts: bool) {
        let (high, low) = if counts {
            (mass.to_f64(), mass.low())
        } else {
            (0.0, 0.0)
        };
        let sum = self.high + high;
        let back = sum - self.high;
        self.low += ((self.high - (sum - back)) + (high - back)) + low;
        self.high = sum;
    }

    /// The sum.
    pub(super) fn total(self) -> DoubleDouble {
        DoubleDouble::sum(self.high, self.low)
    }
}

/// Masses whose sum is kept as a plain pair.
pub(super) const RUN: usize = 64;

impl Masses {
    /// The masses of some entries.
    pub(super) fn of(mut entries: impl Iterator<Item = Entry>, pivot: f64) -> Self {
        let mut masses = Self::default();
        loop {
            let (mut below, mut at, mut count) = (Pair::default(), Pair::default(), 0);
            for entry in entries.by_ref().take(RUN) {
                below.add(entry.mass, entry.target < pivot);
                at.add(entry.mass, entry.target == pivot);
                count += 1;
            }
            masses.below += below.total();
            masses.at += at.total();
            masses.joins += 1;
            if count < RUN {
                return masses;
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.below += other.below;
        self.at += other.at;
        self.joins += other.joins + 1;
    }

    /// A bound on the error of either: of the joins, and within the runs.
    fn error(&self) -> f64 {
        let within = (RUN * RUN) as f64 * (1.0 / (1u128 << 103) as f64);
        (STEP * self.joins as f64 + within) * (self.below + self.at).to_f64()
    }
}

impl Search<'_> {
    /// Compares the root with `pivot`, which is a target inside the interval; narrows the interval, or
    /// returns the place. `masses` are those of the targets inside the interval.
    pub(super) fn compare(&mut self, pivot: f64, masses: &Masses) -> Option<Place> {
        let lesser = self.base + masses.below;
        let up_to = lesser + masses.at;
        let error = self.base_error + masses.error();
        // F(pivot−) and F(pivot+), where F(y) = y − b − Σ pulls.
        let from_left = self.level.unit * lesser - self.level.top + pivot;
        let from_right = self.level.unit * up_to - self.level.top + pivot;
        let bound = self.bound(pivot, up_to, error);
        if from_left.to_f64() > bound {
            self.above = pivot;
            return None;
        }
        if from_right.to_f64() < -bound {
            (self.below, self.base, self.base_error) = (pivot, up_to, error);
            return None;
        }
        // Sure, and precise enough for the ranges of the actions.
        let (above_low, below_high) = (from_right, -from_left);
        let decided = above_low.min(below_high).to_f64() * PRECISE > bound;
        if decided && self.column.boxes.written.is_none() {
            return Some(Place::Pinned {
                target: pivot,
                group: None,
                above_low,
                below_high,
                sides: Vec::new(),
            });
        }
        match Exact::new(self.column).resolve(pivot) {
            Verdict::Below => self.above = pivot,
            Verdict::Above => (self.below, self.base, self.base_error) = (pivot, up_to, error),
            Verdict::Gap { receiver, sides } => {
                return Some(Place::Split {
                    target: pivot,
                    receiver,
                    sides,
                });
            }
            Verdict::Pinned { group, sides } => {
                return Some(Place::Pinned {
                    target: pivot,
                    above_low: group.above_low,
                    below_high: group.below_high,
                    group: Some(group),
                    sides,
                });
            }
        }
        None
    }

    /// Does the root lie inside the interval for certain, the masses `inside` it being those of everybody there?
    pub(super) fn brackets(&self, inside: &Masses) -> bool {
        let above = |pivot: f64, mass: DoubleDouble, error: f64| {
            let residual = self.level.unit * mass - self.level.top + pivot;
            (residual.to_f64(), self.bound(pivot, mass, error))
        };
        let low = self.below == f64::NEG_INFINITY || {
            let (residual, bound) = above(self.below, self.base, self.base_error);
            residual < -bound
        };
        let high = self.above == f64::INFINITY || {
            let mass = self.base + inside.below + inside.at;
            let (residual, bound) = above(self.above, mass, self.base_error + inside.error());
            residual > bound
        };
        low && high
    }

    /// A bound on the error of `F`.
    fn bound(&self, pivot: f64, mass: DoubleDouble, error: f64) -> f64 {
        let unit = self.level.unit.to_f64();
        let size = pivot.abs() + self.level.top.to_f64().abs() + unit * mass.to_f64();
        let written = match self.column.boxes.written {
            Some(_) => f64::EPSILON * pivot.abs(),
            None => 0.0,
        };
        self.level.error + unit * error + STEP * size + written + UNDERFLOW
    }

    /// The place once no target is left inside the interval.
    pub(super) fn between(&self) -> Place {
        let receiver = self.level.top - self.level.unit * self.base;
        let bound = self.bound(0.0, self.base, self.base_error);
        let sure = self.level.exact || (receiver + bound).to_f64() == (receiver + -bound).to_f64();
        Place::Between {
            below: self.below,
            above: self.above,
            receiver: if sure {
                receiver
            } else {
                Exact::new(self.column).between(self.below)
            },
        }
    }

    #[inline]
    pub(super) fn inside(&self, target: f64) -> bool {
        self.below < target && target < self.above
    }

    /// Selects among `entries`, which hold every target inside the interval (and maybe others).
    /// `O(len)` expected; the buffer is consumed in place.
    pub(super) fn select(&mut self, mut entries: Vec<Entry>) -> Place {
        let mut upper = false;
        let mut sample = Vec::new();
        loop {
            entries.retain(|e| self.inside(e.target));
            if entries.is_empty() {
                return self.between();
            }
            sample.clear();
            thin(&entries, &mut sample);
            let pivot = self.pivot(&mut sample, entries.len(), upper);
            upper = !upper;
            let masses = Masses::of(entries.iter().copied(), pivot);
            if let Some(place) = self.compare(pivot, &masses) {
                return place;
            }
        }
    }

    /// A target of the sample next to the sample's root, on one side of it by about two standard
    /// deviations of the sampling error; the root itself when the sample is everything.
    pub(super) fn pivot(&self, sample: &mut [Entry], population: usize, upper: bool) -> f64 {
        sample.sort_unstable_by(|a, b| a.target.total_cmp(&b.target));
        let scale = population as f64 / sample.len() as f64;
        let unit = self.level.unit.to_f64();
        let mut level = (self.level.top - self.level.unit * self.base).to_f64();
        let root = sample.iter().position(|e| {
            let reached = e.target >= level - scale * unit * e.mass.to_f64();
            level -= scale * unit * e.mass.to_f64();
            reached
        });
        let last = sample.len() - 1;
        let root = root.unwrap_or(last);
        let margin = if population > sample.len() {
            (sample.len() as f64).sqrt() as usize
        } else {
            0
        };
        let at = if upper {
            (root + margin).min(last)
        } else {
            root.saturating_sub(margin)
        };
        sample[at].target
    }
}

/// Copies about 256 entries, evenly spread; all of them when there are few.
fn thin(entries: &[Entry], sample: &mut Vec<Entry>) {
    let stride = (entries.len() / 256).max(1);
    sample.extend(
        entries
            .chunks(stride)
            .enumerate()
            .map(|(chunk, among)| among[scatter(chunk as u64) as usize % among.len()]),
    );
}

/// A fixed scrambling of counters (the finaliser of SplitMix64), so that samples follow no pattern of the
/// input and are the same every time.
#[inline]
pub(super) fn scatter(counter: u64) -> u64 {
    let mut z = counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
