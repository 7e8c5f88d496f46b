//! The social optimum, by a projection of our own onto the reachable positions.

use super::{ROUNDING, Sheet, square};
use crate::case::scaled;
use crate::geometry::nearest;
use crate::linear::{Vector, dot, minus, plus};

impl Sheet {
    /// Costs, the optimum (reachable and best), the price of anarchy.
    pub(crate) fn check_welfare(&mut self) {
        let n = self.case.influencers.len() as f64;
        let mut total: Vector = vec![0.0; self.case.dim()];
        for one in &self.case.influencers {
            total = plus(&total, &one.target);
        }
        if self.case.inner_product {
            self.common_good(&total);
            return;
        }
        let mean = scaled(&total, 1.0 / n);
        let targets: Vec<Vector> = self
            .case
            .influencers
            .iter()
            .map(|one| one.target.clone())
            .collect();
        let cost = |r: &[f64]| -> f64 { targets.iter().map(|t| square(&minus(r, t))).sum() };
        let answer = self.answer.clone();
        let own = cost(&answer.receiver);
        let allowed = 1e-11 * own + ROUNDING * n * 1e-3 + self.area_floor;
        self.same(
            "cost",
            "the cost of the equilibrium",
            answer.equilibrium_cost,
            own,
            allowed,
        );
        // How far off the optimum may be: as it says itself, or as the receiver may be where it does not say.
        let slack = answer
            .optimum_bound
            .unwrap_or_else(|| answer.bound.max(1e-7))
            + ROUNDING
            + self.length_floor;
        let case = self.case.clone();
        let reached = nearest(&answer.optimal_receiver, &mut |g| case.reach(g));
        if reached.proven > slack {
            self.tell(
                "optimum-out-of-reach",
                format!("the optimal receiver is at least {:e} outside what is reachable (bound {slack:e})", reached.proven),
            );
        }
        let at = cost(&answer.optimal_receiver);
        let allowed = 1e-10 * at + ROUNDING + self.area_floor;
        if answer.optimal_cost > at + allowed
            || answer.optimal_cost
                < at - allowed - 2.0 * n * slack * (at / n).sqrt() - n * slack * slack
        {
            self.tell(
                "cost",
                format!(
                    "the optimal cost is {:e} where the optimal receiver costs {at:e}",
                    answer.optimal_cost
                ),
            );
        }
        let best = nearest(&mean, &mut |g| case.reach(g));
        let spread = cost(&mean);
        let low = spread + n * best.proven.powi(2);
        let high = cost(&best.point);
        let further =
            |c: f64| 2.0 * n * slack * ((c - spread).max(0.0) / n).sqrt() + n * slack * slack;
        let allowed = 1e-10 * high + ROUNDING + self.area_floor;
        if answer.optimal_cost < low - further(low) - allowed {
            self.tell(
                "optimum-too-good",
                format!(
                    "the optimal cost is {:e} and cannot be below {low:e}",
                    answer.optimal_cost
                ),
            );
        }
        if answer.optimal_cost > high + further(high) + allowed {
            self.tell(
                "optimum-not-best",
                format!(
                    "the optimal cost is {:e} where {high:e} is reached",
                    answer.optimal_cost
                ),
            );
        }
        if let Some(price) = answer.price {
            // As far as the two costs are known: an optimum within rounding of nothing has no ratio of its own.
            let off = (price * answer.optimal_cost - answer.equilibrium_cost).abs();
            // The ratio is told where it is known to a millionth.
            let known = 1e-6 * answer.equilibrium_cost + price * (further(high) + allowed);
            if price < 1.0 - 1e-12 || off > known {
                self.tell(
                    "price",
                    format!(
                        "the price of anarchy is {price:e} where the costs are {:e} and {:e}",
                        answer.equilibrium_cost, answer.optimal_cost
                    ),
                );
            }
            // An optimum that is zero but for rounding has no ratio.
            if high < 1e-26 && answer.equilibrium_cost > 1e-6 {
                self.tell("price", format!("the price of anarchy is {price:e} over an optimum of {high:e}, which is rounding"));
            }
        }
    }

    fn common_good(&mut self, total: &[f64]) {
        let best = -dot(total, &self.case.reach(total));
        let answer = self.answer.clone();
        let size = self.case.influencers.len() as f64;
        let allowed = 10.0 * ROUNDING * size + self.area_floor;
        self.same(
            "cost",
            "the optimal cost",
            answer.optimal_cost,
            best,
            allowed,
        );
        let own = -dot(total, &answer.receiver);
        self.same(
            "cost",
            "the cost of the equilibrium",
            answer.equilibrium_cost,
            own,
            allowed,
        );
        if answer.price.is_some() {
            self.tell("price", "a price of anarchy under the inner product".into());
        }
    }
}
