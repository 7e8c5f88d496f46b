//! `d = 1`: balls are intervals, and the residual jumps at the targets only. One sort.

use super::exact_sum::Compensated;
use super::pass::{Point, Terms};

/// The root of `y − b' − Σ ρ_i sign(t_i − y)`, exact up to the rounding of one compensated sum.
/// `O(n log n)`.
pub(super) fn solve(terms: Terms, background: Compensated) -> Point {
    let mut order: Vec<usize> = (0..terms.len()).filter(|&i| terms.pulls[i] > 0.0).collect();
    order.sort_unstable_by(|&i, &j| {
        terms.targets[i]
            .total_cmp(&terms.targets[j])
            .then(i.cmp(&j))
    });
    // The pull upwards of everybody still above, minus that of those below, plus the background.
    let mut place = background;
    for &i in &order {
        place.add(terms.pulls[i]);
    }
    for &i in &order {
        let (t, rho) = (terms.targets[i], terms.pulls[i]);
        let before = offset(place, t);
        if before < 0.0 {
            // The solution lies below this target and above all earlier ones.
            return Point {
                anchor: vec![t],
                offset: vec![before],
            };
        }
        place.add(-rho);
        place.add(-rho);
        if offset(place, t) <= 0.0 {
            return Point::at(&[t]);
        }
    }
    match order.last() {
        Some(&i) => Point {
            anchor: vec![terms.targets[i]],
            offset: vec![offset(place, terms.targets[i])],
        },
        None => Point::at(&[place.value()]),
    }
}

/// `place − t`.
fn offset(place: Compensated, t: f64) -> f64 {
    let mut sum = place;
    sum.add(-t);
    sum.value()
}
