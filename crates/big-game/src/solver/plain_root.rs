//! The root in plain arithmetic: where it is but for rounding.

/// Up to so many targets are sorted.
const FEW: usize = 24;

/// The neighbouring targets between which `y + Σ_{t < y} jump = level`, twice the same where that is at a target;
/// infinite where there is none. Expected linear time; the pairs of targets and jumps change their order.
pub(super) fn root(pairs: &mut [(f64, f64)], mut level: f64) -> (f64, f64) {
    let mut left = pairs;
    let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
    while left.len() > FEW {
        let middle = left.len() / 2;
        let (lesser, pivot, _) = left.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0));
        let (target, jump) = *pivot;
        let mass: f64 = lesser.iter().map(|s| s.1).sum();
        if target + mass >= level {
            above = target;
            left = &mut left[..middle];
        } else {
            level -= mass + jump;
            below = target;
            if target >= level {
                return (target, target);
            }
            left = &mut left[middle + 1..];
        }
    }
    sort(left);
    for &(target, jump) in left.iter() {
        if target >= level {
            return (below, target);
        }
        level -= jump;
        if target >= level {
            return (target, target);
        }
        below = target;
    }
    (below, above)
}

/// Sorts few pairs by insertion.
fn sort(pairs: &mut [(f64, f64)]) {
    for end in 1..pairs.len() {
        let pair = pairs[end];
        let mut at = end;
        while at > 0 && pairs[at - 1].0 > pair.0 {
            pairs[at] = pairs[at - 1];
            at -= 1;
        }
        pairs[at] = pair;
    }
}
