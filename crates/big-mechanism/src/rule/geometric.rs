//! The geometric median: Newton's method from the best vote, with the optimality test at votes.

use big_numeric::distance;

/// `argmin Σ w_i ‖z − x_i‖` (Weiszfeld's problem) for points `n × d` by rows.
///
/// A point of the votes is the median exactly when the pull of all others there is at most its own weight; elsewhere the sum
/// is smooth and strictly convex (unless all votes are on a line, where steps of Weiszfeld's method remain).
pub(super) fn median(points: &[f64], weights: &[f64], d: usize) -> Vec<f64> {
    if d == 1 {
        let mut votes: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .zip(weights.iter().copied())
            .collect();
        votes.retain(|vote| vote.1 > 0.0);
        return vec![super::median::weighted_median(&mut votes)];
    }
    let value = |z: &[f64]| -> f64 {
        let far = points.chunks_exact(d).zip(weights);
        far.map(|(x, w)| w * distance(x, z)).sum()
    };
    // The mean is a start that no single vote decides alone.
    let mut z = vec![0.0; d];
    for (x, w) in points.chunks_exact(d).zip(weights) {
        z.iter_mut().zip(x).for_each(|(z, x)| *z += w * x);
    }
    for _ in 0..200 {
        let nearest = points
            .chunks_exact(d)
            .zip(weights)
            .filter(|(_, w)| **w > 0.0)
            .map(|(x, _)| x)
            .min_by(|a, b| distance(a, &z).total_cmp(&distance(b, &z)));
        let mut from = z.clone();
        if let Some(x) = nearest {
            let (pull, held) = pull_at(x, points, weights);
            let strength = distance(&pull, &vec![0.0; d]);
            if strength <= held {
                return x.to_vec();
            }
            // Beside a vote that is none the sum bends too much for steps towards it: from the vote itself the way leads
            // along the pull of the others.
            let beyond = beyond(x, &pull, strength, points, weights);
            if value(&beyond) < value(&z) {
                from = beyond;
            }
        }
        let next = step(&from, points, weights);
        let next = if value(&next) < value(&from) {
            next
        } else {
            from
        };
        let (before, after) = (value(&z), value(&next));
        // Rounding ends it.
        if after >= before {
            let plain = weiszfeld(&z, points, weights);
            if value(&plain) >= before {
                break;
            }
            z = plain;
        } else {
            z = next;
        }
    }
    z
}

/// The pull of all others at this vote, and the weight that holds it there: the median where that is as strong.
fn pull_at(at: &[f64], points: &[f64], weights: &[f64]) -> (Vec<f64>, f64) {
    let d = at.len();
    let (mut pull, mut held) = (vec![0.0; d], 0.0);
    for (x, w) in points.chunks_exact(d).zip(weights) {
        let far = distance(x, at);
        if far == 0.0 {
            held += w;
        } else {
            for k in 0..d {
                pull[k] += w * (x[k] - at[k]) / far;
            }
        }
    }
    (pull, held)
}

/// The least point of the ray from a vote along the pull of all others, by bisection of the slope.
fn beyond(at: &[f64], pull: &[f64], strength: f64, points: &[f64], weights: &[f64]) -> Vec<f64> {
    let d = at.len();
    let there = |s: f64| -> Vec<f64> { (0..d).map(|k| at[k] + s * pull[k] / strength).collect() };
    let slope = |s: f64| -> f64 {
        let z = there(s);
        let terms = points.chunks_exact(d).zip(weights).map(|(x, w)| {
            let far = distance(x, &z);
            let along: f64 = (0..d).map(|k| (z[k] - x[k]) * pull[k]).sum();
            // At a vote the slope on the way out.
            if far == 0.0 {
                *w
            } else {
                w * along / (far * strength)
            }
        });
        terms.sum()
    };
    let far = |x: &[f64]| distance(x, at);
    let (mut low, mut high) = (0.0, points.chunks_exact(d).map(far).fold(0.0, f64::max));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    there(low)
}

/// A step of Newton's method, shortened until the sum falls.
fn step(z: &[f64], points: &[f64], weights: &[f64]) -> Vec<f64> {
    let d = z.len();
    let (mut gradient, mut hessian) = (vec![0.0; d], vec![0.0; d * d]);
    let mut sum = 0.0;
    for (x, w) in points.chunks_exact(d).zip(weights) {
        let far = distance(x, z);
        sum += w * far;
        if far == 0.0 {
            continue;
        }
        for k in 0..d {
            let u = (z[k] - x[k]) / far;
            gradient[k] += w * u;
            for l in 0..d {
                let v = (z[l] - x[l]) / far;
                hessian[k * d + l] += w / far * (f64::from(u8::from(k == l)) - u * v);
            }
        }
    }
    let Some(direction) = solved(hessian, &gradient) else {
        return weiszfeld(z, points, weights);
    };
    let mut share = 1.0;
    for _ in 0..30 {
        let next: Vec<f64> = z
            .iter()
            .zip(&direction)
            .map(|(z, s)| z - share * s)
            .collect();
        let value: f64 = points
            .chunks_exact(d)
            .zip(weights)
            .map(|(x, w)| w * distance(x, &next))
            .sum();
        if value < sum {
            return next;
        }
        share *= 0.25;
    }
    weiszfeld(z, points, weights)
}

/// The mean of the votes with weights over distances.
fn weiszfeld(z: &[f64], points: &[f64], weights: &[f64]) -> Vec<f64> {
    let d = z.len();
    let (mut next, mut total) = (vec![0.0; d], 0.0);
    for (x, w) in points.chunks_exact(d).zip(weights) {
        let share = w / distance(x, z).max(f64::MIN_POSITIVE.sqrt());
        total += share;
        next.iter_mut().zip(x).for_each(|(n, x)| *n += share * x);
    }
    next.iter_mut().for_each(|n| *n /= total);
    next
}

/// `h⁻¹ g` for a positive definite `h`; `None` where it is not, to rounding.
fn solved(mut h: Vec<f64>, g: &[f64]) -> Option<Vec<f64>> {
    let d = g.len();
    let size = (0..d).fold(0.0_f64, |m, k| m.max(h[k * d + k]));
    for i in 0..d {
        for j in 0..=i {
            let earlier: f64 = (0..j).map(|k| h[i * d + k] * h[j * d + k]).sum();
            let rest = h[i * d + j] - earlier;
            if i == j {
                if rest <= 1e-14 * size {
                    return None;
                }
                h[i * d + i] = rest.sqrt();
            } else {
                h[i * d + j] = rest / h[j * d + j];
            }
        }
    }
    let mut v = g.to_vec();
    for i in 0..d {
        let sum: f64 = (0..i).map(|k| h[i * d + k] * v[k]).sum();
        v[i] = (v[i] - sum) / h[i * d + i];
    }
    for i in (0..d).rev() {
        let sum: f64 = (i + 1..d).map(|k| h[k * d + i] * v[k]).sum();
        v[i] = (v[i] - sum) / h[i * d + i];
    }
    Some(v)
}
