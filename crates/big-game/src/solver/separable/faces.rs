//! One coordinate of the set of equilibria: `{x : Σ w_i x_i = s, l ≤ x ≤ u}` over the influencers whose
//! target is the receiver's coordinate.

use big_numeric::DoubleDouble;

use crate::equilibrium::Selection;

/// An influencer with a choice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) influencer: usize,
    pub(super) weight: DoubleDouble,
    /// The interval of its action.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// The ends of its pull.
    pub(super) low: DoubleDouble,
    pub(super) high: DoubleDouble,
}

impl Member {
    /// The action whose pull exceeds `low` by `rise`, or falls short of `high` by `fall`.
    fn action(&self, pull: DoubleDouble) -> f64 {
        (pull / self.weight).to_f64().clamp(self.lower, self.upper)
    }

    /// How far its pull is above `low` at action `x`, without cancellation.
    fn rise(&self, x: f64) -> DoubleDouble {
        let from = if self.weight.to_f64() < 0.0 {
            self.upper
        } else {
            self.lower
        };
        self.weight * DoubleDouble::sum(x, -from)
    }
}

/// Those with a choice, strictly between everybody low and everybody high.
#[derive(Clone, Debug)]
pub(super) struct Face {
    /// Weights and lengths of the intervals are not zero.
    pub(super) members: Vec<Member>,
    /// Their common target.
    pub(super) target: f64,
    /// `s − Σ low > 0`.
    pub(super) above_low: DoubleDouble,
    /// `Σ high − s > 0`.
    pub(super) below_high: DoubleDouble,
}

impl Face {
    /// The range of a member's action over the set: `w x ∈ [max(low, high − (Σ high − s)),
    /// min(high, low + (s − Σ low))]`.
    pub(super) fn range(&self, member: &Member) -> (f64, f64) {
        let jump = member.high - member.low;
        let backwards = member.weight.to_f64() < 0.0;
        let (low_end, high_end) = if backwards {
            (member.upper, member.lower)
        } else {
            (member.lower, member.upper)
        };
        let least = if self.below_high < jump {
            member.action(member.high - self.below_high)
        } else {
            low_end
        };
        let most = if self.above_low < jump {
            member.action(member.low + self.above_low)
        } else {
            high_end
        };
        if backwards {
            (most, least)
        } else {
            (least, most)
        }
    }

    /// The members' actions in the selected equilibrium.
    pub(super) fn select(&self, selection: Selection) -> Vec<f64> {
        if let [only] = &self.members[..] {
            return vec![only.action(only.low + self.above_low)];
        }
        match selection {
            Selection::LeastExaggerated => self.nearest(self.target),
            Selection::LeastNorm => self.nearest(0.0),
            Selection::Vertex => {
                let mut actions: Vec<f64> = self.members.iter().map(low_end).collect();
                self.settle(&mut actions);
                actions
            }
        }
    }

    /// The point of the set nearest to `(centre, …, centre)`: `x_i = clip(centre + λ w_i)` with the `λ` at
    /// which the pulls add up to `s`. Newton's method on a piecewise linear, increasing function, kept in
    /// its bracket by bisection of the doubles, which finish what Newton's steps leave: at most 128 steps of
    /// `O(members)`.
    fn nearest(&self, centre: f64) -> Vec<f64> {
        let heaviest = (self.members.iter()).fold(0.0_f64, |w, m| w.max(m.weight.to_f64().abs()));
        let at = |lambda: f64, m: &Member| {
            let moved = centre + lambda * (m.weight.to_f64() / heaviest);
            moved.clamp(m.lower, m.upper)
        };
        // The excess of the pulls over s, and its derivative.
        let excess = |lambda: f64| {
            let (mut sum, mut slope) = (-self.above_low, 0.0);
            for member in &self.members {
                let x = at(lambda, member);
                sum += member.rise(x);
                if member.lower < x && x < member.upper {
                    let share = member.weight.to_f64() / heaviest;
                    slope += share * member.weight.to_f64();
                }
            }
            (sum.to_f64(), slope)
        };
        let (mut least, mut most) = (-f64::MAX, f64::MAX);
        let mut lambda = 0.0_f64;
        for step in 0.. {
            let (sum, slope) = excess(lambda);
            if sum < 0.0 {
                least = lambda;
            } else {
                most = lambda;
            }
            if sum == 0.0 {
                break;
            }
            let newton = lambda - sum / slope;
            // Near the root Newton may creep by single doubles, for ever.
            lambda = if step < 64 && slope > 0.0 && least < newton && newton < most {
                newton
            } else {
                middle(least, most)
            };
            if lambda <= least || lambda >= most {
                break;
            }
        }
        let mut actions: Vec<f64> = self.members.iter().map(|m| at(most, m)).collect();
        self.settle(&mut actions);
        actions
    }

    /// Moves as few actions as it takes, in order, until the pulls add up to `s` but for rounding.
    fn settle(&self, actions: &mut [f64]) {
        let mut missing = self.above_low;
        for (member, &x) in self.members.iter().zip(actions.iter()) {
            missing = missing - member.rise(x);
        }
        for (member, x) in self.members.iter().zip(actions) {
            if missing == DoubleDouble::ZERO {
                return;
            }
            let before = member.rise(*x);
            *x = member.action(member.low + before + missing);
            missing = missing - (member.rise(*x) - before);
        }
    }
}

fn low_end(member: &Member) -> f64 {
    if member.weight.to_f64() < 0.0 {
        member.upper
    } else {
        member.lower
    }
}

/// The double half-way between two doubles in their order, so that 64 bisections suffice.
fn middle(a: f64, b: f64) -> f64 {
    fn rank(x: f64) -> i128 {
        let magnitude = i128::from(x.abs().to_bits());
        if x < 0.0 { -magnitude } else { magnitude }
    }
    let rank = (rank(a) + rank(b)).div_euclid(2);
    // The mean of two magnitudes of finite doubles is the magnitude of one: 63 bits.
    let magnitude = f64::from_bits(rank.unsigned_abs() as u64);
    if rank < 0 { -magnitude } else { magnitude }
}
