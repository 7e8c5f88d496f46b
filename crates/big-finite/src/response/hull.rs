//! The nearest point of the convex relaxation, and a bound that holds whatever rounding does.
//!
//! The sums of `k` items with `lo ≤ y ≤ hi` fill a polytope; a linear function is least on it at a sum of the `k` items
//! of the least pull. Wolfe's algorithm (Math. Programming 11, 1976) keeps at most `d + 1` such sums. For every
//! direction `p`, `‖Σ y_a D_a − g‖ ≥ min_y ⟨p, Σ y_a D_a − g⟩ / ‖p‖`, so that doubles only choose `p`.

use big_numeric::dot;

use super::tilt::solve;

/// The most sums that are asked for.
const STEPS: usize = 60;

/// The items in doubles, as the differences to the goal need them.
pub(crate) struct Hull<'a> {
    items: &'a [f64],
    goal: &'a [f64],
    choose: usize,
    /// How far off a sum may be, in doubles.
    slack: f64,
    order: Vec<(f64, u32)>,
    /// Items looked at.
    pub(crate) work: u64,
}

/// A sum of items, relative to the goal.
struct Corner {
    at: Vec<f64>,
    /// The items above their lower bounds and how many of each.
    chosen: Vec<(u32, u32)>,
    share: f64,
}

/// What the relaxation says.
pub(crate) struct Relaxed {
    /// No sum is nearer to the goal than this squared distance.
    pub(crate) bound: f64,
    /// How often each item beyond its lower bound, on average, where that is above zero; in order.
    pub(crate) share: Vec<(u32, f64)>,
    /// The nearest sum seen: its items beyond the lower bounds.
    pub(crate) chosen: Vec<(u32, u32)>,
}

impl<'a> Hull<'a> {
    /// Of `m × d` items; `slack` as of [`Scaled`](crate::lattice::Scaled).
    pub(crate) fn new(items: &'a [f64], goal: &'a [f64], choose: usize, slack: f64) -> Self {
        let terms = (choose + goal.len()) as f64;
        Self {
            items,
            goal,
            choose,
            slack: slack * (1.0 + terms / 32.0),
            order: Vec::new(),
            work: 0,
        }
    }

    /// The relaxation within bounds whose lower ones leave something to choose and whose upper ones suffice. Ends as
    /// soon as the bound is above `enough`.
    pub(crate) fn nearest(&mut self, low: &[u32], high: &[u32], enough: f64) -> Relaxed {
        let d = self.goal.len();
        let mut base: Vec<f64> = self.goal.iter().map(|v| -v).collect();
        let mut left = self.choose;
        for (item, &low) in self.items.chunks_exact(d).zip(low) {
            if low > 0 {
                left -= low as usize;
                let count = f64::from(low);
                base.iter_mut().zip(item).for_each(|(b, v)| *b += count * v);
            }
        }
        // The first corner lies where the middle of the free items pulls.
        let free: f64 = low.iter().zip(high).map(|(l, h)| f64::from(h - l)).sum();
        let mut middle = base.clone();
        for (a, item) in self.items.chunks_exact(d).enumerate() {
            let share = f64::from(high[a] - low[a]) * left as f64 / free.max(1.0);
            middle
                .iter_mut()
                .zip(item)
                .for_each(|(b, v)| *b += share * v);
        }
        let mut corners = vec![self.corner(&middle, &base, left, low, high)];
        corners[0].share = 1.0;
        let mut at = corners[0].at.clone();
        let mut bound: f64 = 0.0;
        let mut best = (dot(&at, &at), corners[0].chosen.clone());
        for _ in 0..STEPS {
            let size = dot(&at, &at);
            if size <= 0.0 {
                break;
            }
            let corner = self.corner(&at, &base, left, low, high);
            let reach = dot(&at, &corner.at);
            let far = (reach / size.sqrt() - self.slack).max(0.0);
            bound = bound.max(far * far * (1.0 - 1e-12));
            let here = dot(&corner.at, &corner.at);
            if here < best.0 {
                best = (here, corner.chosen.clone());
            }
            let known = corners.iter().any(|c| c.chosen == corner.chosen);
            if bound > enough || known || size - reach <= 1e-9 * size {
                break;
            }
            corners.push(corner);
            if !affine(&mut corners) {
                break;
            }
            at = combination(&corners);
        }
        let mut share: Vec<(u32, f64)> = Vec::new();
        for corner in &corners {
            share.extend(
                corner
                    .chosen
                    .iter()
                    .map(|&(a, n)| (a, corner.share * f64::from(n))),
            );
        }
        share.sort_by_key(|s| s.0);
        share.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Relaxed {
            bound,
            share,
            chosen: best.1,
        }
    }

    /// The sum that is least along a direction.
    fn corner(
        &mut self,
        direction: &[f64],
        base: &[f64],
        mut left: usize,
        low: &[u32],
        high: &[u32],
    ) -> Corner {
        let d = self.goal.len();
        self.work += (self.items.len()) as u64;
        self.order.clear();
        for (a, item) in self.items.chunks_exact(d).enumerate() {
            if high[a] > low[a] {
                self.order.push((dot(item, direction), a as u32));
            }
        }
        let nearer = |x: &(f64, u32), y: &(f64, u32)| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1));
        if left > 0 && left < self.order.len() {
            self.order.select_nth_unstable_by(left - 1, nearer);
        }
        let most = self.order.len().min(left);
        // Where items have room for several, fewer of them are needed, the least first.
        self.order[..most].sort_unstable_by(nearer);
        let mut chosen = Vec::with_capacity(most);
        let mut at = base.to_vec();
        for &(_, a) in &self.order[..most] {
            if left == 0 {
                break;
            }
            let count = ((high[a as usize] - low[a as usize]) as usize).min(left);
            left -= count;
            chosen.push((a, count as u32));
            let item = &self.items[a as usize * d..(a as usize + 1) * d];
            at.iter_mut()
                .zip(item)
                .for_each(|(s, v)| *s += count as f64 * v);
        }
        chosen.sort_unstable();
        Corner {
            at,
            chosen,
            share: 0.0,
        }
    }
}

/// Moves the shares to the point of the corners' hull nearest to the origin, dropping corners on the way; `false` when
/// rounding gets in the way.
fn affine(corners: &mut Vec<Corner>) -> bool {
    for _ in 0..2 * STEPS {
        let n = corners.len();
        let scale = corners
            .iter()
            .map(|c| dot(&c.at, &c.at))
            .fold(0.0, f64::max);
        if !(scale > 0.0 && scale.is_finite()) {
            return false;
        }
        let mut gram = vec![0.0; n * n];
        for x in 0..n {
            for y in 0..=x {
                gram[x * n + y] = dot(&corners[x].at, &corners[y].at) / scale + 1.0;
            }
            gram[x * n + x] += 1e-13;
        }
        let Some(mut shares) = solve(gram, &vec![1.0; n]) else {
            return false;
        };
        let total: f64 = shares.iter().sum();
        if total.is_nan() || total <= 0.0 {
            return false;
        }
        shares.iter_mut().for_each(|s| *s /= total);
        // As far towards them as all stay above zero.
        let mut step = 1.0;
        let mut out = None;
        for (c, (corner, &share)) in corners.iter().zip(&shares).enumerate() {
            if share <= 1e-12 {
                let way = corner.share / (corner.share - share).max(f64::MIN_POSITIVE);
                if way < step {
                    (step, out) = (way, Some(c));
                }
            }
        }
        for (corner, share) in corners.iter_mut().zip(&shares) {
            corner.share += step * (share - corner.share);
        }
        let Some(out) = out else { return true };
        corners.remove(out);
        let total: f64 = corners.iter().map(|c| c.share).sum();
        corners.iter_mut().for_each(|c| c.share /= total);
    }
    false
}

fn combination(corners: &[Corner]) -> Vec<f64> {
    let mut at = vec![0.0; corners[0].at.len()];
    for corner in corners {
        at.iter_mut()
            .zip(&corner.at)
            .for_each(|(s, v)| *s += corner.share * v);
    }
    at
}
