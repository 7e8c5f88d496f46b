//! What theorems say of a rule, and what it costs to ask it.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_numeric::distance;

use crate::measure::Proof;
use crate::poll::Poll;
use crate::rule::{Rule, TRIMMED, clipping, fooled};

/// Numbers that one search looks at, about.
pub(crate) const WORK: usize = 400_000_000;

/// Numbers that one outcome looks at, about.
pub(crate) fn cost(poll: &Poll, rule: Rule) -> usize {
    let (n, d) = (poll.voters(), poll.dim());
    match rule {
        Rule::Krum => d * n * n,
        // A game is solved, and its set described.
        Rule::RegularizedMedian => 20_000 + 64 * d * n,
        _ => 32 * d * n,
    }
}

/// Those with a weight, who can do most first: by their weight and how far the outcome is from their target.
pub(crate) fn strongest(poll: &Poll, outcome: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..poll.voters())
        .filter(|&i| poll.weights()[i] > 0.0)
        .collect();
    let could = |i: usize| poll.weights()[i] * distance(outcome, poll.target(i));
    order.sort_by(|&a, &b| could(b).total_cmp(&could(a)).then(a.cmp(&b)));
    order
}

/// Is the truth best? Medians are strategyproof coordinate by coordinate: where sets are boxes the honest report is the nearest
/// in every coordinate, and where a set holds the target it is the target. Moving phantoms are so on a segment, where the
/// distances that they are strategyproof for order outcomes as the Euclidean one does.
pub(crate) fn is_strategyproof(poll: &Poll, rule: Rule) -> Proof {
    let plain = |i: usize| {
        let space = poll.game().space(i);
        poll.dim() == 1
            || matches!(space, ActionSpace::Box(_))
            || space.contains(poll.target(i), 0.0)
    };
    match rule {
        Rule::CoordinateMedian | Rule::GeneralizedMedian if (0..poll.voters()).all(plain) => {
            Proof::Proved
        }
        Rule::GeometricMedian if poll.dim() == 1 => Proof::Proved,
        Rule::MovingPhantoms if poll.dim() <= 2 => Proof::Proved,
        Rule::RegularizedMedian if poll.is_boxes() => Proof::Proved,
        Rule::Clarke => Proof::Proved,
        // Alone one gets what one says.
        Rule::WeightedMean | Rule::TrimmedMean if poll.voters() == 1 => Proof::Proved,
        Rule::WeightedMean | Rule::TrimmedMean => Proof::No,
        _ => Proof::Unknown,
    }
}

/// Is it proved that no group gains, of whatever size? On a line a generalised median moves towards somebody only by what those
/// on its other side say, who do not want it (Moulin 1980); two coordinates of a simplex are a line.
pub(crate) fn is_groupproof(poll: &Poll, rule: Rule) -> bool {
    match rule {
        Rule::CoordinateMedian
        | Rule::GeneralizedMedian
        | Rule::GeometricMedian
        | Rule::RegularizedMedian => poll.dim() == 1,
        Rule::MovingPhantoms => poll.dim() <= 2,
        _ => false,
    }
}

/// Is the truth proved best for everybody whose loss is the sum of absolute differences, `‖r − t‖_1`? Moving phantoms, where
/// everybody's set holds what it wants (arXiv:1905.00457).
pub(crate) fn is_proved_under_l1(poll: &Poll, rule: Rule) -> bool {
    let holds = |i: usize| {
        poll.game()
            .space(i)
            .contains(poll.target(i), 1e-12 * poll.size())
    };
    rule == Rule::MovingPhantoms && (0..poll.voters()).all(holds)
}

/// How far voter `i` can move the outcome by its report, at most; infinite where nothing is proved.
pub(crate) fn moved_at_most(poll: &Poll, rule: Rule, i: usize) -> f64 {
    let (lower, upper) = poll.range();
    let (l, u) = poll.game().space(i).bounding_box();
    match rule {
        // The position is 1-Lipschitz in what anybody adds to the dual's gradient, which is a point of w X.
        Rule::RegularizedMedian => {
            let weight = poll.game().weight(i).norm_bound();
            weight * distance(&l, &u)
        }
        // Out and in again: twice what leaving does.
        Rule::LipschitzMean => {
            let sides = lower.iter().zip(upper).map(|(l, u)| 2.0 * (u - l));
            let square: f64 = sides.map(|l| (2.0 * l * poll.weights()[i]).powi(2)).sum();
            square.sqrt()
        }
        // From one end of the ball that a step listens to to the other, in every step.
        Rule::CenteredClipping => {
            2.0 * clipping::STEPS as f64 * clipping::radius(lower, upper) * poll.weights()[i]
        }
        _ => f64::INFINITY,
    }
}

/// How near to what voter `i` wants any outcome can be.
pub(crate) fn nearest_outcome(poll: &Poll, rule: Rule, i: usize) -> f64 {
    match rule {
        // On the simplex.
        Rule::MovingPhantoms => {
            let target = poll.target(i);
            let mut nearest = target.to_vec();
            poll.game().space(i).project(target, &mut nearest);
            distance(&nearest, target)
        }
        _ => 0.0,
    }
}

/// Is the outcome on an axis continuous in every report there, which it follows or stands still, whatever is said on the others?
/// Then what one can reach on it lies between where its ends put it, and the best is known.
pub(crate) fn is_monotone(poll: &Poll, rule: Rule) -> bool {
    match rule {
        Rule::WeightedMean | Rule::LipschitzMean | Rule::TrimmedMean => poll.is_boxes(),
        Rule::CenteredClipping => poll.dim() == 1,
        _ => false,
    }
}

pub(crate) fn breakdown(poll: &Poll, rule: Rule) -> f64 {
    match rule {
        Rule::WeightedMean | Rule::Clarke => 0.0,
        Rule::CoordinateMedian | Rule::GeometricMedian => 0.5,
        // Bounded whatever is reported.
        Rule::GeneralizedMedian
        | Rule::MovingPhantoms
        | Rule::RegularizedMedian
        | Rule::LipschitzMean
        | Rule::CenteredClipping => 1.0,
        Rule::TrimmedMean => TRIMMED,
        Rule::Krum => (fooled(poll.voters()) + 1) as f64 / poll.voters() as f64,
    }
}
