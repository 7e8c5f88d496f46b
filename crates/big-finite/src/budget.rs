//! How long a computation may take, and how much memory its tables may fill.
//!
//! One budget goes through everything that is done for one question. Every loop that can be long asks it; what is not
//! hit changes nothing, so that answers within the budget are the same on every machine.

/// The memory that tables may fill unless it is said otherwise, in bytes: 2 GiB.
pub const MEMORY: u64 = 2 << 30;
/// Steps of an inner loop between two looks at the clock: well below a millisecond.
const PULSE: usize = 1 << 13;

/// When to stop early.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    meter: Meter<'a>,
    /// The reading at which it ends.
    end: f64,
    memory: u64,
}

/// Who says that time is over.
#[derive(Clone, Copy)]
enum Meter<'a> {
    Never,
    Interrupt(&'a (dyn Fn() -> bool + Sync)),
    Share(&'a (dyn Fn() -> f64 + Sync)),
}

/// Why something ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The budget's time.
    Spent,
    /// More sums than its memory holds, or than can be numbered.
    Large,
}

impl Default for Budget<'_> {
    fn default() -> Self {
        Self {
            meter: Meter::Never,
            end: 1.0,
            memory: MEMORY,
        }
    }
}

impl<'a> Budget<'a> {
    /// No limit of time: exact, however long it takes.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Ends as soon as `interrupt` says so; it is asked many times a second, from several threads, and must go on saying
    /// so. It cannot be divided: a [part](Self::part) of it is the whole.
    pub fn until(interrupt: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            meter: Meter::Interrupt(interrupt),
            ..Self::default()
        }
    }

    /// Ends as soon as `used`, the share of it that is used, is 1 or more; it is asked as often, and never falls. A time
    /// limit is `&|| begun.elapsed().as_secs_f64() / limit`.
    pub fn metered(used: &'a (dyn Fn() -> f64 + Sync)) -> Self {
        Self {
            meter: Meter::Share(used),
            ..Self::default()
        }
    }

    /// The same with so many bytes for tables instead of [`MEMORY`]. Where tables do not fit, searches branch instead, which
    /// takes longer.
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        Self {
            memory: bytes,
            ..self
        }
    }

    /// Is there no limit of time?
    pub(crate) fn is_unlimited(&self) -> bool {
        matches!(self.meter, Meter::Never)
    }

    /// Has it ended?
    pub fn spent(&self) -> bool {
        match self.meter {
            Meter::Never => false,
            Meter::Interrupt(interrupt) => interrupt(),
            Meter::Share(used) => used() >= self.end,
        }
    }

    /// A budget that ends when this share of what is left now is used.
    #[must_use]
    pub fn part(&self, share: f64) -> Self {
        let Meter::Share(used) = self.meter else {
            return *self;
        };
        let now = used().min(self.end);
        Self {
            end: (now + share * (self.end - now)).min(self.end),
            ..*self
        }
    }

    /// Do tables of so many bytes fit?
    pub fn holds(&self, bytes: f64) -> bool {
        bytes <= self.memory as f64
    }

    /// What is left when tables of so many bytes are kept.
    pub(crate) fn less(&self, bytes: f64) -> Self {
        // Doubles become integers by saturating.
        self.with_memory(self.memory.saturating_sub(bytes as u64))
    }

    /// `Err` when it has ended: for `?`.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        if self.spent() {
            Err(Stop::Spent)
        } else {
            Ok(())
        }
    }

    /// A counter for an inner loop, which asks now and then only.
    pub(crate) fn pulse(&self) -> Pulse<'a> {
        Pulse {
            budget: *self,
            left: PULSE,
        }
    }
}

/// Counts the steps of an inner loop and asks its budget every few thousand of them.
pub(crate) struct Pulse<'a> {
    budget: Budget<'a>,
    left: usize,
}

impl Pulse<'_> {
    /// Counts a step; `Err` when the budget has ended.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<(), Stop> {
        self.steps(1)
    }

    /// Counts several steps.
    #[inline]
    pub(crate) fn steps(&mut self, count: usize) -> Result<(), Stop> {
        if count < self.left {
            self.left -= count;
            return Ok(());
        }
        self.left = PULSE;
        self.budget.check()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn parts_end_in_their_order() {
        let at = AtomicU32::new(0);
        let used = || f64::from(at.load(Ordering::Relaxed)) / 100.0;
        let whole = Budget::metered(&used);
        let half = whole.part(0.5);
        at.store(20, Ordering::Relaxed);
        // A quarter of what is left of the half: 20 + 30/4.
        let quarter = half.part(0.25);
        let ends = [(27, false), (28, true)];
        for (now, ended) in ends {
            at.store(now, Ordering::Relaxed);
            assert_eq!(quarter.spent(), ended);
            assert!(!half.spent());
        }
        at.store(50, Ordering::Relaxed);
        assert!(half.spent() && half.part(0.5).spent() && !whole.spent());
        at.store(100, Ordering::Relaxed);
        assert!(whole.spent());
    }

    #[test]
    fn a_pulse_sees_the_end_within_its_steps() {
        let budget = Budget::until(&|| true);
        let mut pulse = budget.pulse();
        let seen = (0..PULSE).find(|_| pulse.step().is_err());
        assert_eq!(seen, Some(PULSE - 1));
        assert_eq!(budget.pulse().steps(PULSE), Err(Stop::Spent));
        let never = &mut Budget::unlimited().pulse();
        assert!((0..3 * PULSE).all(|_| never.step().is_ok()));
    }

    #[test]
    fn memory_is_what_was_said() {
        let budget = Budget::unlimited().with_memory(100);
        assert!(budget.holds(100.0) && !budget.holds(101.0));
        assert!(!Budget::unlimited().holds(f64::INFINITY));
    }
}
