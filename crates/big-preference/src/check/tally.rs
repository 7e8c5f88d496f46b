//! Sums by column and by annotator.

use super::{Finding, Kind, MIXED, ROWS};
use crate::statistics::fair_coin_p_value;

/// What one annotator said.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts([u64; 3]);

impl Counts {
    /// Adds a label: 0 (the first), 1 (the second) or 2 (a tie).
    pub(super) fn add(&mut self, label: usize) {
        self.0[label] += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Rows that are no ties.
    pub(super) fn decided(&self) -> u64 {
        self.0[0] + self.0[1]
    }

    /// How often a fair coin prefers one place so much.
    pub(super) fn p_value(&self) -> f64 {
        fair_coin_p_value(self.0[0], self.decided())
    }
}

/// Sums of squares of the differences in each coordinate.
#[derive(Debug)]
pub(super) struct Columns {
    squares: Vec<f64>,
    rows: u64,
}

impl Columns {
    pub(super) fn new(dim: usize) -> Self {
        Self {
            squares: vec![0.0; dim],
            rows: 0,
        }
    }

    pub(super) fn add(&mut self, a: &[f64], b: &[f64]) {
        self.rows += 1;
        for (sum, (a, b)) in self.squares.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }

    /// Columns that do not differ, and those whose differences are of other sizes than others'.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let finding = |kind, of: Vec<u32>, share| Finding {
            kind,
            count: of.len() as u64,
            rows: Vec::new(),
            of: of.iter().take(ROWS).copied().collect(),
            share,
            p_value: None,
        };
        let where_ = |is: &dyn Fn(f64) -> bool| -> Vec<u32> {
            let found = (0..).zip(&self.squares).filter(|(_, sum)| is(**sum));
            found.map(|(column, _)| column).collect()
        };
        let constant = where_(&|sum| sum == 0.0);
        if !constant.is_empty() && self.rows > 0 {
            let share = constant.len() as f64 / self.squares.len() as f64;
            findings.push(finding(Kind::ConstantColumn, constant, share));
        }
        let most = self.squares.iter().copied().fold(0.0, f64::max);
        let moving = self.squares.iter().copied().filter(|sum| *sum > 0.0);
        let ratio = (most / moving.fold(f64::INFINITY, f64::min)).sqrt();
        if ratio > MIXED {
            // Those that distances do not see.
            let small = where_(&|sum| sum > 0.0 && most > MIXED * MIXED * sum);
            findings.push(finding(Kind::MixedScales, small, ratio));
        }
        findings
    }
}
