//! Centred clipping (Karimireddy, He and Jaggi, arXiv:2012.10333).

/// Steps taken: with [`radius`] each, they reach everything in the range from its middle.
pub(crate) const STEPS: usize = 5;

/// How far from where it is a step listens to a report: a quarter of the distance from the middle of the range to its corners.
pub(crate) fn radius(lower: &[f64], upper: &[f64]) -> f64 {
    let square: f64 = lower
        .iter()
        .zip(upper)
        .map(|(l, u)| (u - l) * (u - l))
        .sum();
    square.sqrt() / 8.0
}

/// From `start` so many steps to the mean of the reports (`n × d` by rows, weights that sum to 1), each taken no farther than
/// `radius` from where the step begins.
///
/// A step does not expand distances (it is one of gradient descent on a convex function whose slope is 1-Lipschitz, Huber's), so a report
/// moves the outcome by at most `2 · radius · w` a step.
pub(super) fn clipped(points: &[f64], weights: &[f64], start: Vec<f64>, radius: f64) -> Vec<f64> {
    let d = start.len();
    let mut center = start;
    for _ in 0..STEPS {
        let mut step = vec![0.0; d];
        for (x, w) in points.chunks_exact(d).zip(weights) {
            let square: f64 = x.iter().zip(&center).map(|(x, c)| (x - c) * (x - c)).sum();
            let far = square.sqrt();
            let share = if far > radius { w * (radius / far) } else { *w };
            for k in 0..d {
                step[k] += share * (x[k] - center[k]);
            }
        }
        center.iter_mut().zip(&step).for_each(|(c, s)| *c += s);
    }
    center
}
