//! What is checked, each by a route of its own. A finding is told only when it is proved: where rounding or the bound
//! that the program prints could explain a difference, there is none.

pub(crate) mod answer;
pub(crate) mod between;
pub(crate) mod set;
pub(crate) mod welfare;

#[cfg(test)]
mod tests;

use crate::answer::Answer;
use crate::case::Case;
use crate::linear::{dot, norm};

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    /// Which check failed, in a word.
    pub(crate) check: &'static str,
    /// By which route: the command line without the files, or what was done to the game.
    pub(crate) route: String,
    /// What was found and what was expected.
    pub(crate) message: String,
}

/// Rounding that every number is allowed, of the game's size.
pub(crate) const ROUNDING: f64 = 1e-12;

/// An answer beside its game, in units in which the game's size is about 1.
pub(crate) struct Sheet {
    /// The game; its half-spaces listed as vertices.
    pub(crate) case: Case,
    /// The answer.
    pub(crate) answer: Answer,
    /// What the smallest double is in these units: squares (and lengths) below it say nothing.
    pub(crate) area_floor: f64,
    pub(crate) length_floor: f64,
    /// Are all numbers short decimals, so that what almost ties does tie?
    short: bool,
    /// The targets as they were: in these units the smallest ones round.
    targets: Vec<Vec<f64>>,
    findings: Vec<Finding>,
}

impl Sheet {
    /// Puts an answer beside its (listed) game.
    pub(crate) fn new(case: &Case, answer: &Answer) -> Self {
        let by = unit_of(case);
        Self {
            case: case.times(by),
            answer: answer.times(by),
            area_floor: 64.0 * f64::MIN_POSITIVE * by * by,
            // The root of a subnormal square has hardly a digit.
            length_floor: f64::MIN_POSITIVE * by + 1e-160,
            short: short(case),
            targets: case
                .influencers
                .iter()
                .map(|one| one.target.clone())
                .collect(),
            findings: Vec::new(),
        }
    }

    /// Notes what is wrong.
    pub(crate) fn tell(&mut self, check: &'static str, message: String) {
        let known = self.findings.iter().any(|f| f.check == check);
        if !known {
            self.findings.push(Finding {
                check,
                route: String::new(),
                message,
            });
        }
    }

    /// Notes a number that is off by more than it may be. One that is beyond the doubles in these units says nothing.
    pub(crate) fn same(
        &mut self,
        check: &'static str,
        what: &str,
        found: f64,
        own: f64,
        allowed: f64,
    ) {
        if own.is_finite() && (found - own).abs() > allowed {
            self.tell(
                check,
                format!("{what} is {found:e} where {own:e} is right (allowed {allowed:e}), in units of the game's size"),
            );
        }
    }

    /// Everything that is wrong.
    pub(crate) fn findings(self) -> Vec<Finding> {
        self.findings
    }

    /// `Σ_i (h_i(g_i) − ⟨g_i, x_i⟩)` at the position where the actions put the receiver, doubled: no profile has a
    /// potential lower by more, and the square of the receiver's error is at most that.
    pub(crate) fn gap(&self) -> f64 {
        let actions = self.answer.actions();
        let r = self.case.receiver(&actions);
        let mut sum = 0.0;
        for (one, x) in self.case.influencers.iter().zip(&actions) {
            let pull: Vec<f64> = one.target.iter().zip(&r).map(|(t, r)| t - r).collect();
            let g = one.weight.pull_back(&pull, x.len());
            let best = one.set.maximiser(&g);
            sum += (dot(&g, &best) - dot(&g, x)).max(0.0);
        }
        2.0 * sum
    }
}

/// Are all numbers small multiples of 1/80, to the last digit? The program takes them as they are written and decides ties in fractions;
/// linear programs in doubles can do so only for these.
fn short(case: &Case) -> bool {
    let mut copy = case.clone();
    let multiple = |v: f64| (80.0 * v).round() / 80.0 == v && v.abs() < 1e3;
    copy.numbers_mut().into_iter().all(|v| multiple(*v))
}

/// The power of two that brings a game to size 1.
pub(crate) fn unit_of(case: &Case) -> f64 {
    let size = case.size();
    if size > 0.0 && size.is_finite() {
        2.0_f64.powi((-size.log2().round()).clamp(-1000.0, 1000.0) as i32)
    } else {
        1.0
    }
}

/// `‖v‖²`.
pub(crate) fn square(v: &[f64]) -> f64 {
    norm(v).powi(2)
}
