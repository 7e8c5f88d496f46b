//! Trimmed means and Krum.

/// The mean of the votes between the quantiles `trimmed` and `1 − trimmed` of the weight; the votes at the two count by what
/// of them lies between. By sorting.
pub(super) fn trimmed_mean(votes: &mut [(f64, f64)], trimmed: f64) -> f64 {
    votes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = votes.iter().map(|v| v.1).sum();
    let (from, to) = (trimmed * total, (1.0 - trimmed) * total);
    let (mut before, mut sum, mut kept) = (0.0, 0.0, 0.0);
    for &(x, w) in votes.iter() {
        let after = before + w;
        let inside = (after.min(to) - before.max(from)).max(0.0);
        sum += inside * x;
        kept += inside;
        before = after;
    }
    sum / kept
}

/// The report with the least sum of squared distances to its `n − f − 2` nearest others (at least one); of equals the first.
pub(super) fn krum(points: &[f64], d: usize, f: usize) -> Vec<f64> {
    let n = points.len() / d;
    let near = n.saturating_sub(f + 2).max(1);
    let point = |i: usize| &points[i * d..(i + 1) * d];
    let score = |i: usize| -> f64 {
        let mut far: Vec<f64> = (0..n)
            .filter(|&j| j != i)
            .map(|j| {
                let apart = point(i).iter().zip(point(j));
                apart.map(|(a, b)| (a - b) * (a - b)).sum()
            })
            .collect();
        if far.len() > near {
            far.select_nth_unstable_by(near - 1, f64::total_cmp);
            far.truncate(near);
        }
        far.sort_unstable_by(f64::total_cmp);
        far.iter().sum()
    };
    let best = (0..n).min_by(|&a, &b| score(a).total_cmp(&score(b)));
    best.map_or_else(Vec::new, |i| point(i).to_vec())
}
