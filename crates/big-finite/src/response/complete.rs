//! Every choice, by meeting halves: the proof where there are not too many.
//!
//! The items are dealt into four parts. For every number that the first two may choose, the sums of these and of the last
//! two are listed, window by window along the widest axis, and those pairs shown that are nearer than the best choice so
//! far. Steps `Σ_c C(m/2, c)`, memory `Σ_c C(m/4, c)` and a window.

use super::join::Early;
use super::parts::{self, Meeting, Part, Window, Wish};
use super::{Best, Budget, approximate_square};
use crate::choice::choices_f64;
use crate::lattice::{Coordinate, List, Scaled, subtract};
use crate::tree::above;

/// Pairs of a window.
const PAIRS: f64 = (1u64 << 19) as f64;
/// The most sums of a part.
const MOST_SUMS: f64 = (1u64 << 23) as f64;

/// How many items each part has.
fn sizes(m: usize) -> [usize; 4] {
    [0, 1, 2, 3].map(|p| (m + p) / 4)
}

/// How many sums all parts have together; infinite where these are too many.
pub(crate) fn sums(m: usize, k: usize, repeats: bool) -> f64 {
    let part = |size: usize| -> f64 {
        let most = if repeats && size > 0 { k } else { k.min(size) };
        let mut sum = 0.0;
        for c in 0..=most {
            sum += choices_f64(size, c, repeats);
            if sum > MOST_SUMS {
                return f64::INFINITY;
            }
        }
        sum
    };
    let all = sizes(m).into_iter().map(part).sum::<f64>();
    if all > MOST_SUMS { f64::INFINITY } else { all }
}

/// About how many pairs of sums are listed; infinite where a part's sums are too many.
pub(crate) fn steps(m: usize, k: usize, repeats: bool) -> f64 {
    if sums(m, k, repeats).is_infinite() {
        return f64::INFINITY;
    }
    let sizes = sizes(m);
    let halves = [sizes[0] + sizes[1], sizes[2] + sizes[3]];
    let half = |size: usize, c: usize| choices_f64(size, c, repeats);
    (0..=k)
        .map(|c| (half(halves[0], c), half(halves[1], k - c)))
        .filter(|(a, b)| *a > 0.0 && *b > 0.0)
        .map(|(a, b)| a + b)
        .sum()
}

/// Finds the best choice; is it proven? Otherwise the budget ended.
pub(crate) fn search<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    floor: &T::Square,
    best: &mut Best<T>,
    budget: &Budget<'_>,
) -> bool {
    run(scaled, list, goal, floor, best, PAIRS, budget).is_ok()
}

/// The same with windows of about `most` pairs.
pub(crate) fn run<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    floor: &T::Square,
    best: &mut Best<T>,
    most: f64,
    budget: &Budget<'_>,
) -> Result<(), Early> {
    let (m, k, d) = (list.count, list.choose, scaled.d);
    let sizes = sizes(m);
    let mut from = 0;
    let mut part = |size: usize| {
        let items = (from..from + size as u32).collect();
        from += size as u32;
        let counts = if list.repeats && size > 0 {
            k
        } else {
            k.min(size)
        };
        Part::new(list, d, items, 0..=counts, budget)
    };
    let four = [
        part(sizes[0])?,
        part(sizes[1])?,
        part(sizes[2])?,
        part(sizes[3])?,
    ];
    let four = four.each_ref();
    let mut axes: Vec<usize> = (0..d).collect();
    let spread = |x: usize| {
        let column = || {
            list.items
                .iter()
                .skip(x)
                .step_by(d)
                .map(|v| v.approx(scaled.shift))
        };
        column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
    };
    let spreads: Vec<f64> = (0..d).map(spread).collect();
    axes.sort_by(|&x, &y| spreads[y].total_cmp(&spreads[x]).then(x.cmp(&y)));
    for first in 0..=k {
        let counts = [
            parts::pairs_of(four[0], four[1], first),
            parts::pairs_of(four[2], four[3], k - first),
        ];
        if counts[0] < 1.0 || counts[1] < 1.0 {
            continue;
        }
        let x = axes[0];
        let (low, high) = extremes(four, first, x, scaled.shift);
        let windows = ((counts[0] + counts[1]) / most).ceil().max(1.0);
        let used = usize::from(windows > 1.0 && high > low);
        let width = if used == 1 {
            (high - low) / windows
        } else {
            0.0
        };
        for window in 0..if used == 1 { windows as usize } else { 1 } {
            let mut center = vec![T::zero(); d];
            if used == 1 {
                let middle = low + (window as f64 + 0.5) * width;
                let Some(at) = parts::whole::<T>(middle, scaled.shift) else {
                    return Err(Early::Work);
                };
                center[x] = at;
            }
            one(
                scaled,
                goal,
                floor,
                best,
                four,
                [first, k - first],
                &center,
                &axes,
                used,
                width,
                budget,
            )?;
            if best.square == *floor {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The least and the greatest sum of the first two parts along an axis.
fn extremes<T: Coordinate>(four: [&Part<T>; 4], first: usize, x: usize, shift: u64) -> (f64, f64) {
    let ends_of = |part: &Part<T>, c: usize| {
        let values = || part.range(c).map(|i| part.sum(i)[x].approx(shift));
        (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        )
    };
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for c in 0..=first {
        let (a, b) = (ends_of(four[0], c), ends_of(four[1], first - c));
        if a.0 <= a.1 && b.0 <= b.1 {
            low = low.min(a.0 + b.0);
            high = high.max(a.1 + b.1);
        }
    }
    (low, high)
}

/// One window.
#[allow(clippy::too_many_arguments)]
fn one<T: Coordinate>(
    scaled: &Scaled<T>,
    goal: &[T],
    floor: &T::Square,
    best: &mut Best<T>,
    four: [&Part<T>; 4],
    counts: [usize; 2],
    center: &[T],
    axes: &[usize],
    used: usize,
    width: f64,
    budget: &Budget<'_>,
) -> Result<(), Early> {
    let shift = scaled.shift;
    let slack = scaled.slack();
    // A better square is smaller by one at least, which keeps equal ones out.
    let cutoff = |square: &T::Square| {
        let square = approximate_square::<T>(square, shift);
        above(
            if shift == 0 {
                (square - 1.0).max(0.0)
            } else {
                square
            },
            slack,
        )
    };
    let square = cutoff(&best.square);
    let mut other = goal.to_vec();
    subtract(&mut other, center);
    // Half a window, rounding of the center, of the coordinates and of the windows' ends.
    let half = 0.5 * width + 1.0 + 4.0 * slack + 1e-9 * width;
    let side = |two, count, center: &[T], width| {
        let window = Window {
            center,
            axes: &axes[..used],
            width,
            shift,
        };
        parts::pairs(two, count, &window, usize::MAX, budget)
    };
    let first = side([four[0], four[1]], counts[0], center, half)?;
    let second = side([four[2], four[3]], counts[1], &other, half + square.sqrt())?;
    let wish = Wish {
        center,
        goal,
        axes,
        shift,
        known: &best.square,
        floor,
    };
    let met = parts::meet(
        four,
        [&first, &second],
        &wish,
        square,
        u64::MAX,
        budget,
        &cutoff,
    );
    if let Some(Meeting { square, of }) = met.best {
        let choice = parts::choice(
            four,
            &Meeting {
                square: square.clone(),
                of,
            },
            &[],
        );
        *best = Best { choice, square };
    }
    match met.early {
        Some(Early::Spent) => Err(Early::Spent),
        Some(Early::Work) => Err(Early::Work),
        _ => Ok(()),
    }
}
