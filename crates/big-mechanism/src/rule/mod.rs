//! The rules.

pub(crate) mod clipping;
mod geometric;
mod lipschitz;
pub(crate) mod median;
mod phantoms;
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
    /// On a simplex: in each coordinate the median of the reports and of phantoms `min(s (n − k), 1)`, which rise until the medians
    /// share out the whole (the independent markets of arXiv:1905.00457); weights are so many voters each.
    MovingPhantoms,
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
    /// From the middle of the range five steps to the mean of reports taken no farther than a quarter of the way from there to the range's
    /// corners (arXiv:2012.10333).
    CenteredClipping,
    /// The report with the least sum of squared distances to its `n − f − 2` nearest, `f = ⌊(n − 3)/2⌋`, whatever the weights
    /// (arXiv:1703.02757).
    Krum,
    /// The weighted mean, and a payment of each for how far it moves the others' mean.
    Clarke,
}

/// All rules, in the order in which they are told.
pub const ALL: [Rule; 11] = [
    Rule::WeightedMean,
    Rule::CoordinateMedian,
    Rule::GeneralizedMedian,
    Rule::MovingPhantoms,
    Rule::GeometricMedian,
    Rule::RegularizedMedian,
    Rule::LipschitzMean,
    Rule::TrimmedMean,
    Rule::CenteredClipping,
    Rule::Krum,
    Rule::Clarke,
];

/// The share of weight that a trimmed mean leaves out at either end.
pub(crate) const TRIMMED: f64 = 0.1;

impl Rule {
    /// Its name in options and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeightedMean => "weighted_mean",
            Self::CoordinateMedian => "coordinate_median",
            Self::GeneralizedMedian => "generalized_median",
            Self::MovingPhantoms => "moving_phantoms",
            Self::GeometricMedian => "geometric_median",
            Self::RegularizedMedian => "regularized_median",
            Self::LipschitzMean => "lipschitz_mean",
            Self::TrimmedMean => "trimmed_mean",
            Self::CenteredClipping => "centered_clipping",
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

    /// Why the rule is not for this poll; `None` where it is.
    pub fn misfit(self, poll: &Poll) -> Option<&'static str> {
        match self {
            Self::MovingPhantoms if poll.simplex().is_none() => {
                Some("it shares out a fixed whole: everybody's set has to be the same simplex")
            }
            _ => None,
        }
    }

    /// The outcome of reports, `n × d` by rows. `O(n d)` expected; moving phantoms `O(n d log(n d))`, Krum `O(n² d)`.
    ///
    /// # Errors
    /// When the battle that is played for the voters could not be solved.
    pub fn outcome(self, poll: &Poll, reports: &[f64]) -> Result<Vec<f64>, SolveError> {
        let (d, weights) = (poll.dim(), poll.weights());
        let (lower, upper) = poll.range();
        Ok(match self {
            Self::GeometricMedian => geometric::median(reports, weights, d),
            Self::MovingPhantoms => {
                phantoms::markets(reports, weights, d, poll.simplex().unwrap_or(0.0))
            }
            Self::RegularizedMedian => {
                let game = poll.game().with_targets(reports.to_vec());
                solve(&game, &SolveOptions::default())?.receiver
            }
            Self::CenteredClipping => {
                let middle = lower.iter().zip(upper).map(|(l, u)| l + 0.5 * (u - l));
                let radius = clipping::radius(lower, upper);
                clipping::clipped(reports, weights, middle.collect(), radius)
            }
            Self::Krum => robust::krum(reports, d, fooled(poll.voters())),
            Self::WeightedMean
            | Self::Clarke
            | Self::CoordinateMedian
            | Self::GeneralizedMedian
            | Self::LipschitzMean
            | Self::TrimmedMean => (0..d).map(|k| self.on_axis(poll, reports, k)).collect(),
        })
    }

    /// The outcome in coordinate `k`, of a rule that makes it of what is reported there; of the others where there is no other
    /// coordinate.
    pub(crate) fn on_axis(self, poll: &Poll, reports: &[f64], k: usize) -> f64 {
        let (lower, upper) = (poll.range().0[k], poll.range().1[k]);
        let column = reports.iter().skip(k).step_by(poll.dim()).copied();
        let mut votes: Vec<(f64, f64)> = column.zip(poll.weights().iter().copied()).collect();
        votes.retain(|vote| vote.1 > 0.0);
        let half = 0.5 * (upper - lower);
        match self {
            Self::CoordinateMedian | Self::GeometricMedian => median::weighted_median(&mut votes),
            Self::GeneralizedMedian => median::with_phantoms(&mut votes, lower, upper),
            Self::LipschitzMean => lipschitz::mean(&mut votes, lower + half, 4.0 * half),
            Self::TrimmedMean => robust::trimmed_mean(&mut votes, TRIMMED),
            Self::CenteredClipping => {
                let (points, weights): (Vec<f64>, Vec<f64>) = votes.into_iter().unzip();
                let radius = clipping::radius(&[lower], &[upper]);
                clipping::clipped(&points, &weights, vec![lower + half], radius)[0]
            }
            _ => median::mean(&votes),
        }
    }
}

/// How many voters Krum is made to stand: `⌊(n − 3)/2⌋`.
pub(crate) fn fooled(n: usize) -> usize {
    n.saturating_sub(3) / 2
}
