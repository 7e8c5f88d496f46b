//! Two answers to one game, or to games that must have the same answer: each within what the other allows.

use super::{ROUNDING, Sheet, square};
use crate::answer::Answer;
use crate::case::Case;
use crate::linear::{Vector, distance, dot};

impl Sheet {
    /// Compares with another answer (in the same units) to the same game.
    pub(crate) fn check_against(&mut self, other: &Answer) {
        let own = self.answer.clone();
        self.positions(&own, other);
        let allowed = ROUNDING * 4.0 + self.area_floor + own.gap.max(other.gap);
        if (own.potential - other.potential).abs() > allowed {
            self.tell(
                "two-potentials",
                format!(
                    "potentials {:e} and {:e} differ by more than the gaps {:e} and {:e}",
                    own.potential, other.potential, own.gap, other.gap
                ),
            );
        }
        self.sets(&own, other);
        let sets = self.case.influencers.iter();
        let largest = sets.fold(0.0_f64, |most, one| most.max(one.set.extent()));
        for i in 0..own.rows.len() {
            let extent = self.case.influencers[i].set.extent();
            for k in 0..own.rows[i].action.len() {
                let (mine, theirs) = (&own.rows[i], &other.rows[i]);
                let known = own.cardinality != "unknown" && other.cardinality != "unknown";
                let exact = own.bound.max(other.bound) < 1e-11;
                let off = (mine.lower[k] - theirs.lower[k])
                    .abs()
                    .max((mine.upper[k] - theirs.upper[k]).abs());
                let many = own.cardinality == "infinite" && other.cardinality == "infinite";
                // A general program's answer is good to a share of the largest set.
                let extent = extent.max(1e-5 * largest);
                if known && exact && many && off > 1e-4 * extent {
                    self.tell(
                        "two-ranges",
                        format!(
                            "influencer {i}, coordinate {k}: [{:e}, {:e}] and [{:e}, {:e}]",
                            mine.lower[k], mine.upper[k], theirs.lower[k], theirs.upper[k]
                        ),
                    );
                }
            }
        }
    }

    /// Compares position, winners and set with the answer to a game that was made from this one, moved back.
    pub(crate) fn check_position(&mut self, other: &Answer, same_players: bool) {
        let own = self.answer.clone();
        self.positions(&own, other);
        if same_players {
            self.sets(&own, other);
        }
    }

    fn positions(&mut self, own: &Answer, other: &Answer) {
        // Under the inner product only the actions are equilibria; where they are many, so are the positions.
        if self.case.inner_product && (own.cardinality != "unique" || other.cardinality != "unique")
        {
            return;
        }
        let off = distance(&own.receiver, &other.receiver);
        let allowed = own.bound + other.bound + ROUNDING + self.length_floor;
        if off > allowed {
            self.tell(
                "two-receivers",
                format!(
                    "receivers ({}) {:?} and ({}) {:?} are {off:e} apart; their bounds are {:e} and {:e}",
                    own.method, own.receiver, other.method, other.receiver, own.bound, other.bound
                ),
            );
        }
    }

    fn sets(&mut self, own: &Answer, other: &Answer) {
        // Numbers of many digits tie by their last one, and in other units they have another.
        if self.short
            && let (Some(a), Some(b)) = (own.dimension, other.dimension)
            && a != b
            && own.bound.max(other.bound) < 1e-10
        {
            self.tell(
                "two-dimensions",
                format!(
                    "dimension {a} by {} and {b} by {}",
                    own.method, other.method
                ),
            );
        }
    }

    /// The vertices that are listed: equilibria, of the dimension and the ranges that are printed.
    pub(crate) fn check_vertices(&mut self, vertices: &[Vec<Vector>]) {
        let own = self.answer.clone();
        let value = self.case.potential(&own.actions());
        for (number, vertex) in vertices.iter().enumerate() {
            if vertex.len() != own.rows.len()
                || vertex
                    .iter()
                    .zip(&own.rows)
                    .any(|(x, row)| x.len() != row.action.len())
            {
                self.tell("vertices", format!("vertex {number} has the wrong shape"));
                return;
            }
            let off = distance(&self.case.receiver(vertex), &own.receiver);
            if !self.case.inner_product && off > own.bound + 1e-9 {
                self.tell(
                    "vertices",
                    format!("vertex {number} puts the receiver {off:e} elsewhere"),
                );
            }
            let more = self.case.potential(vertex) - value;
            if more > 1e-9 + own.gap {
                self.tell(
                    "vertices",
                    format!("vertex {number} has a potential {more:e} higher"),
                );
            }
            for (i, x) in vertex.iter().enumerate() {
                let set = &self.case.influencers[i].set;
                let outside = set.outside(x);
                if outside > 1e-9 * set.extent() {
                    self.tell(
                        "vertices",
                        format!("vertex {number} is {outside:e} outside set {i}"),
                    );
                }
            }
        }
        let Some(first) = vertices.first() else {
            self.tell("vertices", "an empty list".into());
            return;
        };
        let flat: Vec<Vector> = vertices.iter().map(|v| v.concat()).collect();
        let base = first.concat();
        let edges: Vec<Vector> = flat
            .iter()
            .map(|v| crate::linear::minus(v, &base))
            .collect();
        if self.short
            && let (Some(own), Some(found)) =
                (crate::linear::rank(&edges, 1e-9, 1e-5), own.dimension)
            && own != found
        {
            self.tell(
                "vertices",
                format!(
                    "{} vertices span dimension {own}; {found} is printed",
                    vertices.len()
                ),
            );
        }
        // Where the set is not known, its ranges are what is known of it.
        let known = own.cardinality != "unknown";
        for (i, row) in own.rows.iter().enumerate().filter(|_| known) {
            let extent = self.case.influencers[i].set.extent();
            for k in 0..row.action.len() {
                let all = vertices.iter().map(|v| v[i][k]);
                let low = all.clone().fold(f64::INFINITY, f64::min);
                let high = all.fold(f64::NEG_INFINITY, f64::max);
                if (low - row.lower[k]).abs().max((high - row.upper[k]).abs()) > 1e-6 * extent {
                    self.tell(
                        "vertices",
                        format!(
                            "influencer {i}, coordinate {k}: vertices range over [{low:e}, {high:e}], printed is [{:e}, {:e}]",
                            row.lower[k], row.upper[k]
                        ),
                    );
                }
            }
        }
    }
}

impl Case {
    /// The potential of a profile.
    pub(crate) fn potential(&self, actions: &[Vector]) -> f64 {
        let pull: f64 = self
            .influencers
            .iter()
            .zip(actions)
            .map(|(one, x)| dot(&one.target, &one.weight.image(x)))
            .sum();
        if self.inner_product {
            -pull
        } else {
            square(&self.receiver(actions)) - 2.0 * pull
        }
    }
}
