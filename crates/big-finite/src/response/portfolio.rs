//! What is tried in which order, when going through every choice is not a matter of a moment.
//!
//! Random [meetings](super::meet) improve the choice and [branch and bound](super::branch) raises the bound, side by side
//! and in growing turns; once they have taken about as long as a complete search would, that is made. Turns are measured
//! in steps, never in time.

use super::branch::{Branch, State};
use super::line::{self, Effort};
use super::meet;
use super::tilt::Tilt;
use super::{Best, Budget, complete, space};
use crate::lattice::{Coordinate, List, Scaled};

/// Pairs that are listed without further thought.
const QUICK: f64 = (1u64 << 17) as f64;
/// Pairs that cost as much as a step of the search on a line, and as a lookup in a tree.
const LINE_STEP: f64 = 1.0 / 256.0;
const LOOKUP: f64 = 4.0;
/// Items that branch and bound looks at for a pair of a turn.
const ITEMS: f64 = 128.0;
/// Its share where the relaxation reaches the goal, so that there is no bound to be had.
const HOPELESS: f64 = 1.0 / 16.0;
/// Turns after which a search without a limit goes through everything, however long that takes.
const PATIENCE: u64 = 32;

/// What a search says.
pub(crate) struct Outcome {
    /// Is the best choice optimal?
    pub(crate) proven: bool,
    /// No choice is below this squared distance (after the shift).
    pub(crate) bound: f64,
}

/// A search that ends with a proof.
enum Complete {
    Halves,
    Tree,
    Line,
}

/// Improves the best choice until it is proven or the budget ends.
pub(crate) fn search<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    floor: &T::Square,
    best: &mut Best<T>,
    budget: &Budget<'_>,
) -> Outcome {
    let (cost, complete) = cheapest(scaled.d, list, budget);
    let prove = |best: &mut Best<T>| match complete {
        Complete::Halves => complete::search(scaled, list, goal, floor, best, budget),
        Complete::Tree => space::search(scaled, list, goal, floor, best, space::MOST_SUMS, budget),
        Complete::Line => line::search(list, &goal[0], best, Effort::All, budget),
    };
    if cost <= QUICK {
        let proven = prove(best);
        return Outcome { proven, bound: 0.0 };
    }
    if scaled.d == 1 && line::search(list, &goal[0], best, Effort::Short, budget) {
        return Outcome {
            proven: true,
            bound: 0.0,
        };
    }
    let items: Vec<f64> = list.items.iter().map(|v| v.approx(scaled.shift)).collect();
    let target = scaled.approximate(goal);
    let meetings = meet::Search {
        scaled,
        list,
        goal,
        floor,
        budget,
        tilt: Tilt::new(&items, &target, list.choose, list.repeats, budget),
    };
    let mut branch = Branch::new(scaled, list, goal, &items, &target);
    let mut done = 0.0;
    for turn in 0.. {
        if budget.spent() {
            break;
        }
        let pairs = meet::pairs_in_turn(turn, scaled.d);
        let share = if turn > 1 && branch.bound(best) <= 0.0 {
            HOPELESS
        } else {
            1.0
        };
        let mut second = best.clone();
        let (_, state) = big_numeric::parallel::join(
            || meetings.turn(turn, best),
            || branch.run((pairs * share * ITEMS) as u64, &mut second, budget),
        );
        if second.square < best.square {
            *best = second;
        }
        if best.square <= *floor || state == State::Proven {
            return Outcome {
                proven: true,
                bound: 0.0,
            };
        }
        done += pairs;
        let patient = budget.is_unlimited() && turn >= PATIENCE;
        if done >= cost || patient && state == State::Full {
            let proven = prove(best);
            return Outcome {
                proven,
                bound: branch.bound(best),
            };
        }
    }
    Outcome {
        proven: false,
        bound: branch.bound(best),
    }
}

/// The complete search that takes least, and how long: in pairs.
fn cheapest<T: Coordinate>(d: usize, list: &List<T>, budget: &Budget<'_>) -> (f64, Complete) {
    let (m, k, repeats) = (list.count, list.choose, list.repeats);
    // Numbers beyond 128 bits may take more.
    let bytes = complete::sums(m, k, repeats) * (d * size_of::<T>()) as f64;
    let steps = if budget.holds(2.0 * bytes) {
        complete::steps(m, k, repeats)
    } else {
        f64::INFINITY
    };
    let halves = (steps, Complete::Halves);
    let other = if d == 1 {
        (line::cost(m, k, repeats) * LINE_STEP, Complete::Line)
    } else {
        (space::lookups(m, k, repeats) * LOOKUP, Complete::Tree)
    };
    if halves.0 < other.0 { halves } else { other }
}
