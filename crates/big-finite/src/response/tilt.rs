//! Where to look: of all ways to draw items whose expected sum is the goal, the one of the greatest entropy.
//!
//! Without repeats item `a` is drawn with probability `σ(⟨λ, D_a⟩ + μ)`, with repeats `k` items in proportion to
//! `exp ⟨λ, D_a⟩`; `λ` and `μ` minimise a convex function of `d + 1` numbers (Newton). A goal outside the hull has none:
//! the steps end where all but a few items are as good as decided. Doubles throughout: this only says where to look.

use chacha20::ChaCha8Rng;
use rand_core::Rng;

use big_numeric::dot;

use super::Budget;
use crate::choice::Choice;

/// Newton steps.
const STEPS: usize = 40;
/// Halvings of an interval for `μ`.
const BISECTIONS: usize = 60;
/// The longest step, in units in which the items have deviation one.
const LONGEST: f64 = 2.0;
/// `m d²` beyond which a uniform draw has to do.
const MOST_WORK: f64 = 2e8;
/// Keeps `λ` finite, in units in which the items have deviation one.
const RIDGE: f64 = 1e-7;

/// How often each item is drawn on average; adds up to `k`.
pub(crate) struct Tilt {
    pub(crate) share: Vec<f64>,
    choose: usize,
    repeats: bool,
}

impl Tilt {
    /// Of `m × d` items and the goal of their sum. O(m d²) a step.
    pub(crate) fn new(
        items: &[f64],
        goal: &[f64],
        choose: usize,
        repeats: bool,
        budget: &Budget<'_>,
    ) -> Self {
        let d = goal.len();
        let m = items.len() / d;
        let even = choose as f64 / m as f64;
        let mut tilt = Self {
            share: vec![even; m],
            choose,
            repeats,
        };
        if m as f64 * (d * d) as f64 > MOST_WORK || choose == m && !repeats {
            return tilt;
        }
        // Centred and scaled, with a last coordinate that counts.
        let mut points = vec![1.0; m * (d + 1)];
        let mut wish = vec![choose as f64; d + 1];
        for x in 0..d {
            let column = || items.iter().skip(x).step_by(d);
            let mean = column().sum::<f64>() / m as f64;
            let variance = column().map(|v| (v - mean) * (v - mean)).sum::<f64>() / m as f64;
            let scale = if variance > 0.0 {
                1.0 / variance.sqrt()
            } else {
                0.0
            };
            for (a, v) in column().enumerate() {
                points[a * (d + 1) + x] = (v - mean) * scale;
            }
            wish[x] = (goal[x] - mean * choose as f64) * scale;
        }
        if wish.iter().chain(&points).any(|v| !v.is_finite()) {
            return tilt;
        }
        let mut at = vec![0.0; d + 1];
        at[d] = if repeats {
            0.0
        } else {
            (even / (1.0 - even)).ln()
        };
        let mut value = tilt.value(&points, &wish, &at);
        for _ in 0..STEPS {
            if budget.spent() {
                break;
            }
            let (slope, curve) = tilt.derivatives(&points, &wish, &at);
            let Some(step) = solve(curve, &slope) else {
                break;
            };
            let gain: f64 = slope.iter().zip(&step).map(|(g, s)| g * s).sum();
            // A step that is too long would end where everything is decided and nothing has a slope.
            let mut length = (LONGEST / dot(&step, &step).sqrt()).min(1.0);
            let next = loop {
                let to: Vec<f64> = at.iter().zip(&step).map(|(a, s)| a - length * s).collect();
                let there = tilt.value(&points, &wish, &to);
                if there <= value - 1e-4 * length * gain {
                    break Some((to, there));
                }
                length *= 0.5;
                if length < 1e-9 {
                    break None;
                }
            };
            let Some((to, there)) = next else { break };
            let small = value - there <= 1e-9 * value.abs().max(1.0);
            (at, value) = (to, there);
            if small {
                break;
            }
        }
        tilt.share = tilt.shares(&points, &at);
        if !repeats && (tilt.share.iter().sum::<f64>() - choose as f64).abs() > 1e-6 {
            tilt.count(&points, &mut at);
        }
        tilt
    }

    /// Moves `μ` until as many items are drawn as there should be, which steps that ended early can miss.
    fn count(&mut self, points: &[f64], at: &mut [f64]) {
        let last = at.len() - 1;
        at[last] = 0.0;
        let pulls = points.chunks_exact(at.len()).map(|p| dot(p, at).abs());
        let most = pulls.fold(50.0, f64::max);
        let (mut low, mut high) = (-2.0 * most, 2.0 * most);
        for _ in 0..BISECTIONS {
            at[last] = 0.5 * (low + high);
            self.share = self.shares(points, at);
            if self.share.iter().sum::<f64>() < self.choose as f64 {
                low = at[last];
            } else {
                high = at[last];
            }
        }
    }

    fn shares(&self, points: &[f64], at: &[f64]) -> Vec<f64> {
        let pulls = points.chunks_exact(at.len()).map(|p| dot(p, at));
        if !self.repeats {
            return pulls.map(|pull| 1.0 / (1.0 + (-pull).exp())).collect();
        }
        let pulls: Vec<f64> = pulls.collect();
        let most = pulls.iter().fold(f64::NEG_INFINITY, |l, &v| l.max(v));
        let weights: Vec<f64> = pulls.iter().map(|pull| (pull - most).exp()).collect();
        let scale = self.choose as f64 / weights.iter().sum::<f64>();
        weights.into_iter().map(|w| w * scale).collect()
    }

    /// The convex function whose minimum is the tilt.
    fn value(&self, points: &[f64], wish: &[f64], at: &[f64]) -> f64 {
        let pulls = points.chunks_exact(at.len()).map(|p| dot(p, at));
        let last = at.len() - 1;
        let ridge = 0.5 * RIDGE * at[..last].iter().map(|v| v * v).sum::<f64>();
        if !self.repeats {
            let terms = pulls.map(|pull| pull.max(0.0) + (-pull.abs()).exp().ln_1p());
            return terms.sum::<f64>() - dot(wish, at) + ridge;
        }
        let pulls: Vec<f64> = pulls.collect();
        let most = pulls.iter().fold(f64::NEG_INFINITY, |l, &v| l.max(v));
        let sum: f64 = pulls.iter().map(|pull| (pull - most).exp()).sum();
        self.choose as f64 * (most + sum.ln()) - dot(wish, at) + ridge
    }

    /// Its gradient and its Hessian, by rows.
    fn derivatives(&self, points: &[f64], wish: &[f64], at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = at.len();
        let share = self.shares(points, at);
        let mut slope: Vec<f64> = wish.iter().map(|v| -v).collect();
        let mut curve = vec![0.0; n * n];
        for (p, &share) in points.chunks_exact(n).zip(&share) {
            let bend = if self.repeats {
                share
            } else {
                share * (1.0 - share)
            };
            for x in 0..n {
                slope[x] += share * p[x];
                for y in 0..=x {
                    curve[x * n + y] += bend * p[x] * p[y];
                }
            }
        }
        if self.repeats {
            let mean: Vec<f64> = slope.iter().zip(wish).map(|(s, w)| s + w).collect();
            for x in 0..n {
                for y in 0..=x {
                    curve[x * n + y] -= mean[x] * mean[y] / self.choose as f64;
                }
            }
        }
        for x in 0..n {
            curve[x * n + x] += RIDGE;
            if x + 1 < n {
                slope[x] += RIDGE * at[x];
            }
        }
        (slope, curve)
    }

    /// A choice drawn with these shares, by systematic sampling of the items in random order; sorted.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> Choice {
        let m = self.share.len();
        let order = shuffled(m, rng);
        let total: f64 = self.share.iter().sum();
        let step = total / self.choose as f64;
        let mut next = unit(rng) * step;
        let mut so_far = 0.0;
        let mut choice = Choice::with_capacity(self.choose);
        for &a in &order {
            so_far += self.share[a as usize];
            while next < so_far && choice.len() < self.choose {
                choice.push(a);
                next += step;
                if !self.repeats {
                    break;
                }
            }
        }
        // Rounding, or a share above one, can leave some out.
        choice.sort_unstable();
        let mut spare = order.into_iter();
        while choice.len() < self.choose {
            let Some(a) = spare.next() else { break };
            if self.repeats || choice.binary_search(&a).is_err() {
                let place = choice.partition_point(|&b| b < a);
                choice.insert(place, a);
            }
        }
        choice
    }
}

/// A number in [0, 1).
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * 0.5_f64.powi(53)
}

/// The numbers below `m` in random order.
pub(crate) fn shuffled(m: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..m as u32).collect();
    for j in (1..m).rev() {
        order.swap(j, (rng.next_u64() % (j as u64 + 1)) as usize);
    }
    order
}

/// Solves a positive definite system whose lower triangle is given (Cholesky).
pub(crate) fn solve(mut matrix: Vec<f64>, right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    for x in 0..n {
        for y in 0..=x {
            let known = dot(&matrix[x * n..x * n + y], &matrix[y * n..y * n + y]);
            let left = matrix[x * n + y] - known;
            matrix[x * n + y] = if x > y {
                left / matrix[y * n + y]
            } else if left > 0.0 {
                left.sqrt()
            } else {
                return None;
            };
        }
    }
    let mut solution = right.to_vec();
    for x in 0..n {
        let known = dot(&matrix[x * n..x * n + x], &solution[..x]);
        solution[x] = (solution[x] - known) / matrix[x * n + x];
    }
    for x in (0..n).rev() {
        for y in x + 1..n {
            solution[x] -= matrix[y * n + x] * solution[y];
        }
        solution[x] /= matrix[x * n + x];
    }
    solution.iter().all(|v| v.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    /// The expected sum is the goal, and draws are choices whose mean is near it.
    #[test]
    fn the_expected_sum_is_the_goal() {
        for seed in 0..40 {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let (m, d, k) = (40, 1 + seed as usize % 4, 10);
            let repeats = seed % 2 == 0;
            let items: Vec<f64> = (0..m * d).map(|_| 1e3 * (unit(rng) - 0.4)).collect();
            // A goal inside: the sum of a random choice, drawn a fifth towards the mean.
            let mut goal = vec![0.0; d];
            for x in 0..d {
                let column = || items.iter().skip(x).step_by(d);
                let mean = column().sum::<f64>() / m as f64 * k as f64;
                goal[x] = mean + 0.2 * (column().take(k).sum::<f64>() - mean);
            }
            let tilt = Tilt::new(&items, &goal, k, repeats, &Budget::unlimited());
            let total: f64 = tilt.share.iter().sum();
            assert!((total - k as f64).abs() < 1e-6);
            for x in 0..d {
                let column = items.iter().skip(x).step_by(d);
                let sum: f64 = column.zip(&tilt.share).map(|(v, s)| v * s).sum();
                assert!(
                    (sum - goal[x]).abs() < 0.05,
                    "seed {seed}: {sum} {}",
                    goal[x]
                );
            }
            let mut often = vec![0.0; m];
            for _ in 0..4000 {
                let choice = tilt.draw(rng);
                assert_eq!(choice.len(), k);
                assert!(
                    choice
                        .windows(2)
                        .all(|w| w[0] < w[1] || repeats && w[0] == w[1])
                );
                choice
                    .iter()
                    .for_each(|&a| often[a as usize] += 1.0 / 4000.0);
            }
            for (often, share) in often.iter().zip(&tilt.share) {
                assert!((often - share).abs() < 0.05, "{often} {share}");
            }
        }
    }

    /// A goal far outside decides for the items that reach furthest towards it.
    #[test]
    fn a_goal_outside_chooses_the_furthest() {
        let items: Vec<f64> = (0..30).map(f64::from).collect();
        for repeats in [false, true] {
            let tilt = Tilt::new(&items, &[1e4], 5, repeats, &Budget::unlimited());
            let choice = tilt.draw(&mut ChaCha8Rng::seed_from_u64(1));
            let expected: Choice = if repeats {
                vec![29; 5]
            } else {
                (25..30).collect()
            };
            assert_eq!(choice, expected);
        }
    }
}
