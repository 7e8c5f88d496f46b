//! One answer by itself: is every number in it what it is said to be?

use super::{ROUNDING, Sheet, square};
use crate::geometry::nearest;
use crate::linear::{distance, dot, minus, norm};

/// Regrets are recomputed for so many influencers at most.
const REGRETS: usize = 8;

impl Sheet {
    /// The receiver, the actions, the losses, the potential, the regrets, the winners, the marks.
    pub(crate) fn check_answer(&mut self) {
        self.receiver();
        self.actions();
        self.potential();
        if self.case.inner_product {
            self.dominance();
        } else {
            self.losses();
            self.winners();
        }
        self.ranges();
        self.honesty();
    }

    /// `b + Σ W x` of what is printed, to rounding.
    fn receiver(&mut self) {
        let actions = self.answer.actions();
        let own = self.case.receiver(&actions);
        for k in 0..own.len() {
            let mut terms = self.case.bias[k].abs();
            for (one, x) in self.case.influencers.iter().zip(&actions) {
                let size: Vec<f64> = x.iter().map(|v| v.abs()).collect();
                terms += match &one.weight {
                    crate::case::Weight::Scalar(w) => w.abs() * size[k],
                    crate::case::Weight::Matrix(rows) => {
                        rows[k].iter().zip(&size).map(|(w, v)| w.abs() * v).sum()
                    }
                };
            }
            let allowed = 1e-13 * terms + 1e-15 + self.length_floor;
            let found = self.answer.receiver[k];
            self.same(
                "receiver",
                &format!("receiver[{k}], b + Σ W x of the printed actions,"),
                found,
                own[k],
                allowed,
            );
        }
    }

    /// Every action (and every truthful one) in its set.
    fn actions(&mut self) {
        let extents: Vec<f64> = self
            .case
            .influencers
            .iter()
            .map(|one| one.set.extent())
            .collect();
        let largest = extents.iter().copied().fold(0.0, f64::max);
        for i in 0..extents.len() {
            let allowed = 1e-10 * extents[i] + 1e-15 * largest + self.length_floor;
            for truthful in [false, true] {
                let row = &self.answer.rows[i];
                let x = if truthful { &row.truthful } else { &row.action };
                let outside = self.case.influencers[i].set.outside(x);
                if outside > allowed {
                    let which = if truthful {
                        "truthful action"
                    } else {
                        "action"
                    };
                    self.tell(
                        "outside",
                        format!("the {which} of influencer {i} is {outside:e} outside its set (allowed {allowed:e})"),
                    );
                }
            }
        }
    }

    /// `‖r‖² − 2 Σ ⟨t, W x⟩`, or `−Σ ⟨t, W x⟩` under the inner product.
    fn potential(&mut self) {
        let (mut sum, mut size) = (0.0, 0.0);
        for (one, row) in self.case.influencers.iter().zip(&self.answer.rows) {
            let image = one.weight.image(&row.action);
            sum += dot(&one.target, &image);
            size += norm(&one.target) * norm(&image);
        }
        let r = self.case.receiver(&self.answer.actions());
        let (own, size) = if self.case.inner_product {
            (-sum, size)
        } else {
            (square(&r) - 2.0 * sum, square(&r) + 2.0 * size)
        };
        let allowed = ROUNDING * size + 1e-13 * norm(&r) + 1e-24 + self.area_floor;
        self.same(
            "potential",
            "the potential",
            self.answer.potential,
            own,
            allowed,
        );
    }

    /// Losses, regrets, and the exploitability.
    fn losses(&mut self) {
        let n = self.case.influencers.len();
        let receiver = self.case.receiver(&self.answer.actions());
        let mut most = 0.0_f64;
        for i in 0..n {
            let one = self.case.influencers[i].clone();
            let row = self.answer.rows[i].clone();
            let away = distance(&self.answer.receiver, &one.target);
            let allowed = 1e-11 * away * away + ROUNDING * away + 1e-24 + self.area_floor;
            self.same(
                "loss",
                &format!("the loss of influencer {i}"),
                row.loss,
                away * away,
                allowed,
            );
            most = most.max(row.regret);
            if i >= REGRETS {
                continue;
            }
            // The best that W x can do is the point of W X nearest to what the others leave to wish for.
            let image = one.weight.image(&row.action);
            let wish = minus(&one.target, &minus(&receiver, &image));
            let m = one.set.dim();
            let best = nearest(&wish, &mut |g| {
                one.weight
                    .image(&one.set.maximiser(&one.weight.pull_back(g, m)))
            });
            let loss = square(&minus(&receiver, &one.target));
            let low = loss - square(&minus(&wish, &best.point));
            let high = loss - best.proven.powi(2);
            let allowed = 1e-11 * loss + ROUNDING * loss.sqrt() + 1e-24 + self.area_floor;
            if row.regret < low - allowed || row.regret > high.max(0.0) + allowed {
                self.tell(
                    "regret",
                    format!("the regret of influencer {i} is {:e} where it is between {low:e} and {high:e}", row.regret),
                );
            }
        }
        let found = self.answer.max_regret;
        let allowed = 1e-11 * most + ROUNDING + self.area_floor;
        self.same("regret", "the largest regret", found, most, allowed);
        // A gain of one is a fall of the potential, and no fall is longer than the gap.
        let said = self.answer.gap;
        if most > said + allowed {
            self.tell(
                "gap",
                format!("somebody gains {most:e}, more than the gap {said:e}"),
            );
        }
        let gap = self.gap();
        if gap.is_finite() && gap > 1e-9 + self.area_floor {
            self.tell(
                "gap",
                format!(
                    "the duality gap of the printed actions is {gap:e}, in units of the game's size"
                ),
            );
        }
        if self.answer.gap < 0.0 || self.answer.bound < 0.0 {
            self.tell("gap", "a bound is negative".into());
        }
    }

    /// Who is said to win is within the bound of winning; who wants the same wins too.
    fn winners(&mut self) {
        let answer = self.answer.clone();
        for &i in &answer.winners {
            let Some(one) = self.case.influencers.get(i) else {
                self.tell("winner", format!("influencer {i} wins, and does not exist"));
                continue;
            };
            let away = distance(&one.target, &answer.receiver);
            let allowed = answer.bound + 1e-13 + self.length_floor;
            if one.weight.size() == 0.0 {
                self.tell("winner", format!("influencer {i} wins without a weight"));
            } else if away > allowed {
                self.tell(
                    "winner",
                    format!("influencer {i} wins with the receiver {away:e} away from its target (bound {allowed:e})"),
                );
            }
        }
        let won = |i: usize| answer.winners.contains(&i);
        let all = self.case.influencers.clone();
        for i in 0..all.len() {
            for j in 0..i {
                let both = all[i].weight.size() > 0.0
                    && all[j].weight.size() > 0.0
                    && answer.cardinality != "unknown";
                if both && self.targets[i] == self.targets[j] && won(i) != won(j) {
                    self.tell(
                        "winner",
                        format!("influencers {j} and {i} want the same and only one wins"),
                    );
                }
            }
        }
    }

    /// The inner-product game: everybody maximises by itself.
    fn dominance(&mut self) {
        for i in 0..self.case.influencers.len() {
            let one = self.case.influencers[i].clone();
            let row = self.answer.rows[i].clone();
            let size = norm(&one.target);
            let loss = -dot(&self.answer.receiver, &one.target);
            let allowed = ROUNDING * size + self.area_floor;
            self.same(
                "loss",
                &format!("the loss of influencer {i}"),
                row.loss,
                loss,
                allowed,
            );
            let g = one.weight.pull_back(&one.target, one.set.dim());
            let regret = dot(&g, &minus(&one.set.maximiser(&g), &row.action));
            self.same(
                "regret",
                &format!("the regret of influencer {i}"),
                row.regret,
                regret,
                allowed,
            );
        }
    }

    /// Ranges hold the actions and stay within the sets; marks for the boundary.
    fn ranges(&mut self) {
        for i in 0..self.case.influencers.len() {
            let set = self.case.influencers[i].set.clone();
            let row = self.answer.rows[i].clone();
            let extent = set.extent();
            let allowed = 1e-7 * extent + self.length_floor;
            for k in 0..row.action.len() {
                let (low, x, high) = (row.lower[k], row.action[k], row.upper[k]);
                if low > high || x < low - allowed || x > high + allowed {
                    self.tell("range", format!("the action {x:e} of influencer {i} is not in its range [{low:e}, {high:e}]"));
                }
                for (end, sign) in [(high, 1.0), (low, -1.0)] {
                    let mut g = vec![0.0; row.action.len()];
                    g[k] = sign;
                    if sign * end > dot(&g, &set.maximiser(&g)) + allowed {
                        self.tell("range", format!("the range of influencer {i} in coordinate {k} leaves its set: {end:e}"));
                    }
                }
            }
            if let Some(depth) = set.depth(&row.action) {
                let wrong = if row.extreme {
                    depth > 1e-6 * extent
                } else {
                    depth <= 0.0
                };
                if wrong && extent > self.length_floor {
                    self.tell(
                        "extreme",
                        format!(
                            "influencer {i} is extreme: {}; it is {depth:e} inside its set",
                            row.extreme
                        ),
                    );
                }
            }
        }
        let moving = self.answer.rows.iter().any(|row| row.lower != row.upper);
        let answer = &self.answer;
        let consistent = match (answer.cardinality.as_str(), answer.dimension) {
            ("unique", Some(0)) => !moving,
            // Between numbers of many digits a range may be shorter than the last of them.
            ("infinite", Some(dimension)) => dimension > 0 && (moving || !self.short),
            // Of an influencer that hardly counts it may be open what it is free to do.
            ("infinite", None) => moving,
            ("unknown", None) => true,
            _ => false,
        };
        if !consistent && answer.solved {
            let (words, dimension) = (answer.cardinality.clone(), answer.dimension);
            self.tell(
                "cardinality",
                format!("{words} with dimension {dimension:?}, somebody may move: {moving}"),
            );
        }
    }

    /// Truthful actions are nearest to the targets; exaggerations and gains follow.
    fn honesty(&mut self) {
        let d = self.case.dim();
        let truthful: Vec<_> = self
            .answer
            .rows
            .iter()
            .map(|row| row.truthful.clone())
            .collect();
        let honest = self.case.receiver(&truthful);
        let off = distance(&honest, &self.answer.truthful_receiver);
        if off > ROUNDING + self.length_floor {
            self.tell(
                "truthful",
                format!(
                    "the truthful receiver is {off:e} away from b + Σ W x of the truthful actions"
                ),
            );
        }
        for i in 0..truthful.len() {
            let one = self.case.influencers[i].clone();
            let row = self.answer.rows[i].clone();
            let m = one.set.dim();
            let (g, size) = if m == d {
                (minus(&one.target, &row.truthful), 1.0)
            } else {
                let wish = minus(&one.target, &one.weight.image(&row.truthful));
                (one.weight.pull_back(&wish, m), one.weight.size())
            };
            // The nearest point is where nobody lies further in the direction of the target.
            let short = dot(&g, &minus(&one.set.maximiser(&g), &row.truthful));
            let allowed = 1e-9 * (norm(&g) + 1e-6 * size) * one.set.extent()
                + (ROUNDING * one.set.extent()).powi(2)
                + self.area_floor;
            if short > allowed {
                self.tell("truthful", format!("the truthful action of influencer {i} is not the nearest: short by {short:e}"));
            }
            let from = if m == d { &one.target } else { &row.truthful };
            let own = distance(&row.action, from);
            let allowed = ROUNDING * (own + norm(from) + norm(&row.action)) + self.length_floor;
            self.same(
                "exaggeration",
                &format!("the exaggeration of influencer {i}"),
                row.exaggeration,
                own,
                allowed,
            );
            if !self.case.inner_product {
                let honest = square(&minus(&self.answer.truthful_receiver, &one.target));
                let own = honest - row.loss;
                let allowed = 1e-11 * (honest + row.loss)
                    + ROUNDING * (honest.sqrt() + row.loss.sqrt())
                    + self.area_floor;
                self.same(
                    "gain",
                    &format!("the gain of influencer {i}"),
                    row.gain,
                    own,
                    allowed,
                );
            }
        }
    }
}
