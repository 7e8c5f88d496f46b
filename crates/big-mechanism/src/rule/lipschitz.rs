//! The Lipschitz-resilient mean (arXiv:2202.08656).

use super::median;

/// The mean of the votes clipped to `QrMed_{L/4} ± (L/4) Σ w`: removing a voter moves it by at most `L w`. Votes are measured
/// from `center`, towards which a small electorate is drawn.
pub(super) fn mean(votes: &mut [(f64, f64)], center: f64, l: f64) -> f64 {
    let total: f64 = votes.iter().map(|v| v.1).sum();
    let reach = l * total / 4.0;
    // Within an electorate of next to no weight the range of reports, per unit of it, is no number: nothing is clipped then.
    if !(reach.is_finite() && center.is_finite()) {
        return median::mean(votes);
    }
    let middle = median::regularized(votes, center, l / 4.0);
    for vote in votes.iter_mut() {
        vote.0 = vote.0.clamp(middle - reach, middle + reach);
    }
    median::mean(votes)
}
