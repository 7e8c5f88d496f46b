//! Local search: exchange one item for another as long as that helps.

use super::{Best, Budget};
use crate::lattice::{Coordinate, List, Scaled, distance};
use crate::tree::squared;

/// The most exchanges.
const MOST: usize = 1000;

/// Improves a choice by best exchanges, from where it is and from a greedy start; doubles propose, integers decide.
pub(crate) fn improve<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    best: &mut Best<T>,
    budget: &Budget<'_>,
) {
    let items: Vec<f64> = list.items.iter().map(|v| v.approx(scaled.shift)).collect();
    let target = scaled.approximate(goal);
    let greedy = greedy(&items, &target, list.choose, list.repeats, budget);
    for start in [best.choice.clone(), greedy] {
        let found = exchange(scaled, list, goal, &items, &target, start, budget);
        if found.square < best.square {
            *best = found;
        }
    }
}

/// Adds the item that leaves the mean so far nearest to what it should be in the end.
fn greedy(items: &[f64], target: &[f64], k: usize, repeats: bool, budget: &Budget<'_>) -> Vec<u32> {
    let d = target.len();
    let m = items.len() / d;
    let mut sum = vec![0.0; d];
    let mut free = vec![true; m];
    let mut choice = Vec::with_capacity(k);
    for c in 1..=k {
        if budget.spent() {
            break;
        }
        let share = c as f64 / k as f64;
        let wish: Vec<f64> = target
            .iter()
            .zip(&sum)
            .map(|(t, s)| t * share - s)
            .collect();
        let mut nearest = (f64::INFINITY, 0);
        for a in (0..m).filter(|&a| free[a]) {
            let square = squared(&items[a * d..(a + 1) * d], &wish);
            if square < nearest.0 {
                nearest = (square, a);
            }
        }
        let a = nearest.1;
        if nearest.0 == f64::INFINITY {
            // Squares that overflow distinguish nothing: any free item will do.
            let any = free.iter().position(|&f| f).unwrap_or(0);
            free[any] = repeats;
            choice.push(any as u32);
            continue;
        }
        free[a] = repeats;
        choice.push(a as u32);
        for x in 0..d {
            sum[x] += items[a * d + x];
        }
    }
    // Out of time: anything that makes it a choice.
    let rest = (0..m as u32).filter(|&a| free[a as usize]).cycle();
    let missing = k - choice.len();
    choice.extend(rest.take(missing));
    choice.sort_unstable();
    choice
}

#[allow(clippy::too_many_arguments)]
fn exchange<T: Coordinate>(
    scaled: &Scaled<T>,
    list: &List<T>,
    goal: &[T],
    items: &[f64],
    target: &[f64],
    mut choice: Vec<u32>,
    budget: &Budget<'_>,
) -> Best<T> {
    let (d, m) = (scaled.d, list.count);
    let mut sum = list.sum(&choice, d);
    let mut square = distance(&sum, goal);
    let mut wish = vec![0.0; d];
    for _ in 0..MOST {
        let place = scaled.approximate(&sum);
        let mut proposal = (f64::INFINITY, 0, 0);
        for (p, &out) in choice.iter().enumerate() {
            if budget.spent() {
                return Best { choice, square };
            }
            if p > 0 && choice[p - 1] == out {
                continue;
            }
            let out = out as usize;
            for x in 0..d {
                wish[x] = target[x] - place[x] + items[out * d + x];
            }
            for a in 0..m {
                let after = squared(&items[a * d..(a + 1) * d], &wish);
                let allowed = list.repeats || choice.binary_search(&(a as u32)).is_err();
                if after < proposal.0 && allowed {
                    proposal = (after, p, a);
                }
            }
        }
        let (_, p, a) = proposal;
        if proposal.0 == f64::INFINITY {
            break;
        }
        let mut moved = sum.clone();
        super::subtract(&mut moved, list.item(choice[p] as usize, d));
        crate::lattice::add(&mut moved, list.item(a, d));
        let after = distance(&moved, goal);
        if after >= square {
            break;
        }
        choice[p] = a as u32;
        choice.sort_unstable();
        (sum, square) = (moved, after);
    }
    Best { choice, square }
}
