//! The rules.

mod geometric;
mod lipschitz;
pub(crate) mod median;
mod robust;

use big_game::{SolveError, SolveOptions, solve};

use crate::poll::Poll;

/// A rule that makes an outcome of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// `Σ w_i x_i / Σ w_i`.
    WeightedMean,
    /// In each coordinate the lower weighted median.
    CoordinateMedian,
    /// In each coordinate the median of the reports and of phantoms spread evenly over the range; with weights, the point
    /// that as large a share of weight lies above as of the range lies below.
    GeneralizedMedian,
    /// `argmin Σ w_i ‖z − x_i‖`.
    GeometricMedian,
    /// Reports are targets, and the outcome is where the battle of the game would end: on boxes
    /// `argmin ½‖z − b‖² + Σ h_i(w_i (x_i − z))`, a quadratically regularised median.
    RegularizedMedian,
    /// In each coordinate the mean of reports clipped to `QrMed_{L/4} ± L/4` (weights sum to 1), `L` four times the half
    /// range (arXiv:2202.08656).
    LipschitzMean,
    /// In each coordinate the mean without the tenth of the weight at either end.
    TrimmedMean,
    /// The report with the least sum of squared distances to its `n − f − 2` nearest, `f = ⌊(n − 3)/2⌋`, whatever the weights
    /// (arXiv:1703.02757).
    Krum,
    /// The weighted mean, and a payment of each for how far it moves the others' mean.
    Clarke,
}

/// All rules, in the order in which they are told.
pub const ALL: [Rule; 9] = [
    Rule::WeightedMean,
    Rule::CoordinateMedian,
    Rule::GeneralizedMedian,
    Rule::GeometricMedian,
    Rule::RegularizedMedian,
    Rule::LipschitzMean,
    Rule::TrimmedMean,
    Rule::Krum,
    Rule::Clarke,
];

/// What a rule makes of the votes in a coordinate: positions and weights.
type OnAxis<'a> = dyn Fn(&mut [(f64, f64)], usize) -> f64 + 'a;

/// The share of weight that a trimmed mean leaves out at either end.
pub(crate) const TRIMMED: f64 = 0.1;

impl Rule {
    /// Its name in options and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeightedMean => "weighted_mean",
            Self::CoordinateMedian => "coordinate_median",
            Self::GeneralizedMedian => "generalized_median",
            Self::GeometricMedian => "geometric_median",
            Self::RegularizedMedian => "regularized_median",
            Self::LipschitzMean => "lipschitz_mean",
            Self::TrimmedMean => "trimmed_mean",
            Self::Krum => "krum",
            Self::Clarke => "clarke",
        }
    }

    /// The rule of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Are reports targets, which may lie anywhere, and not actions?
    pub fn asks_for_targets(self) -> bool {
        self == Self::RegularizedMedian
    }

    /// The outcome of reports, `n × d` by rows. `O(n d)` expected; Krum `O(n² d)`.
    ///
    /// # Errors
    /// When the battle that is played for the voters could not be solved.
    pub fn outcome(self, poll: &Poll, reports: &[f64]) -> Result<Vec<f64>, SolveError> {
        let (d, weights) = (poll.dim(), poll.weights());
        let (lower, upper) = poll.range();
        let by_axis = |of: &OnAxis<'_>| -> Vec<f64> {
            let one = |k: usize| {
                let column = reports.iter().skip(k).step_by(d).copied();
                let mut votes: Vec<(f64, f64)> = column.zip(weights.iter().copied()).collect();
                votes.retain(|vote| vote.1 > 0.0);
                of(&mut votes, k)
            };
            (0..d).map(one).collect()
        };
        Ok(match self {
            Self::WeightedMean | Self::Clarke => by_axis(&|votes, _| median::mean(votes)),
            Self::CoordinateMedian => by_axis(&|votes, _| median::weighted_median(votes)),
            Self::GeneralizedMedian => {
                by_axis(&|votes, k| median::with_phantoms(votes, lower[k], upper[k]))
            }
            Self::GeometricMedian => geometric::median(reports, weights, d),
            Self::RegularizedMedian => {
                let game = poll.game().with_targets(reports.to_vec());
                solve(&game, &SolveOptions::default())?.receiver
            }
            Self::LipschitzMean => by_axis(&|votes, k| {
                let half = 0.5 * (upper[k] - lower[k]);
                lipschitz::mean(votes, lower[k] + half, 4.0 * half)
            }),
            Self::TrimmedMean => by_axis(&|votes, _| robust::trimmed_mean(votes, TRIMMED)),
            Self::Krum => robust::krum(reports, d, fooled(poll.voters())),
        })
    }
}

/// How many voters Krum is made to stand: `⌊(n − 3)/2⌋`.
pub(crate) fn fooled(n: usize) -> usize {
    n.saturating_sub(3) / 2
}
