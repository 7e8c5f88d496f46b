//! Means and medians of votes on a line: pairs of a position and a weight above 0.

/// `Σ w x / Σ w`.
pub(crate) fn mean(votes: &[(f64, f64)]) -> f64 {
    let total: f64 = votes.iter().map(|v| v.1).sum();
    votes.iter().map(|v| v.0 * (v.1 / total)).sum()
}

/// The lower weighted median: the least vote with at least half of the weight at or below it. By selection, O(n) expected;
/// votes are reordered. 0 of no votes.
///
/// ```
/// use big_mechanism::weighted_median;
///
/// assert_eq!(weighted_median(&mut [(3.0, 0.2), (1.0, 0.5), (2.0, 0.3)]), 1.0);
/// assert_eq!(weighted_median(&mut [(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), 2.0);
/// ```
pub fn weighted_median(votes: &mut [(f64, f64)]) -> f64 {
    let most = votes.iter().fold(0.0_f64, |most, v| most.max(v.1));
    // Whole numbers, whose sums do not depend on the order: were a tie at half of the weight decided by rounding, a lie could
    // change how it is. Weights from 2^-47 of the largest on are exact.
    let unit = 2.0_f64.powi(most.log2().ceil().clamp(-1022.0, 1023.0) as i32);
    let whole = |weight: f64| (weight / unit * WHOLE) as u128;
    let total: u128 = votes.iter().map(|v| whole(v.1)).sum();
    let mut rest = votes;
    // The weight of votes that are known to lie below.
    let mut below = 0;
    while rest.len() > 1 {
        let middle = rest.len() / 2;
        rest.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0));
        let left: u128 = rest[..middle].iter().map(|v| whole(v.1)).sum();
        if 2 * (below + left) >= total {
            rest = &mut rest[..middle];
        } else {
            below += left;
            rest = &mut rest[middle..];
            // The pivot is the least of what is left.
            let (at, weight) = rest[0];
            if 2 * (below + whole(weight)) >= total {
                return at;
            }
            below += whole(weight);
            rest = &mut rest[1..];
        }
    }
    rest.first().map_or(0.0, |vote| vote.0)
}

/// The largest weight as a whole number, at most: 2^26 of them can be summed twice over.
const WHOLE: f64 = (1_u128 << 100) as f64;

/// The root of `z ↦ z − lower − (upper − lower) · (share of the weight above z)`: with `n` equal weights the median of the
/// votes and of the `n − 1` phantoms `lower + (upper − lower) k / n`. By sorting.
pub(crate) fn with_phantoms(votes: &mut [(f64, f64)], lower: f64, upper: f64) -> f64 {
    let total: f64 = votes.iter().map(|v| v.1).sum();
    votes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut above = total;
    for &(at, weight) in votes.iter() {
        // Just below this vote, and just above.
        let phantom = |above: f64| lower + (upper - lower) * (above / total).clamp(0.0, 1.0);
        if phantom(above) <= at {
            return phantom(above);
        }
        above -= weight;
        if phantom(above) <= at {
            return at;
        }
    }
    lower
}

/// `argmin (z − center)² / (2 width) + Σ w |z − x|`: the quadratically regularised median (arXiv:2202.08656). By sorting.
pub(crate) fn regularized(votes: &mut [(f64, f64)], center: f64, width: f64) -> f64 {
    // z − center = width · (weight above − weight below).
    let total: f64 = votes.iter().map(|v| v.1).sum();
    votes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut above = total;
    for &(at, weight) in votes.iter() {
        let free = |above: f64| center + width * (2.0 * above - total);
        if free(above) <= at {
            return free(above);
        }
        above -= weight;
        if free(above) <= at {
            return at;
        }
    }
    center - width * total
}
