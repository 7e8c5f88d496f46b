//! Who can move the scores of items, and how few labels or annotators swap two of them.

use super::fit::{Maximum, exists, maximise};
use super::model::Ties;
use super::resistance::{Swap, too_few};
use super::system::System;
use super::{DENSE, NoScores, Pair, Tally};

/// What to audit.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemsAuditOptions {
    /// Swaps of neighbours in the ranking, from the top, that are looked into.
    pub top: usize,
    /// Half of this times `‖s‖²` is taken from the log-likelihood.
    pub ridge: f64,
    /// Two more items to swap.
    pub pair: Option<(u32, u32)>,
}

/// What could be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemsAudit {
    /// The scores, with mean 0.
    pub scores: Vec<f64>,
    /// Items by their scores, from the top.
    pub ranking: Vec<u32>,
    /// Swaps of two items.
    pub swaps: Vec<SwapAudit>,
    /// Annotators, the one who can move a score farthest first; empty where nobody is named.
    pub annotators: Vec<Mover>,
}

/// How few can swap two items.
#[derive(Clone, Debug, PartialEq)]
pub struct SwapAudit {
    /// The item above.
    pub above: u32,
    /// The item below.
    pub below: u32,
    /// The difference of their scores.
    pub gap: f64,
    /// Labels (their weight) whose change swaps them.
    pub labels: Needed,
    /// Annotators whose labels swap them when all are changed as the swap needs; `None` where nobody is named.
    pub annotators: Option<NeededAnnotators>,
}

/// Between how many and how many changes are needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needed {
    /// No fewer can do it, in whatever way they are changed or dropped.
    pub at_least: u64,
    /// So many did, in a refit; `None` where not even all of them do.
    pub found: Option<u64>,
}

/// The same for annotators, and who they are.
#[derive(Clone, Debug, PartialEq)]
pub struct NeededAnnotators {
    /// No fewer can do it.
    pub at_least: usize,
    /// These did, in a refit.
    pub found: Option<Vec<u32>>,
}

/// How far an annotator can move a score alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Mover {
    /// Who.
    pub annotator: u32,
    /// The weight of his or her labels.
    pub labels: f64,
    /// The item whose score moves farthest.
    pub item: u32,
    /// How far, to first order: the labels that move it up turned, or those that move it down.
    pub change: f64,
    /// How far in a refit; `None` where none was asked for, or there are no scores any more.
    pub refitted: Option<f64>,
    /// Of the swaps that were looked into, those that this annotator can do alone: found by refits.
    pub swaps: Vec<usize>,
}

/// Why there is no audit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NoAudit {
    /// There are no scores.
    NoScores(NoScores),
    /// There are more than [`DENSE`] items.
    TooMany,
}

/// Annotators whose change of a score is checked by a refit.
const REFITS: usize = 10;

/// Audits scores; a tie counts as half a win each. A few refits and O(n³) for each.
///
/// # Errors
/// Where there are no scores, or too many.
pub fn audit(tally: &Tally, options: &ItemsAuditOptions) -> Result<ItemsAudit, NoAudit> {
    exists(tally, Ties::Half, options.ridge).map_err(NoAudit::NoScores)?;
    let n = tally.items();
    if n > DENSE {
        return Err(NoAudit::TooMany);
    }
    let pairs = tally.pairs();
    let unfit = || NoAudit::NoScores(NoScores::NotConverged);
    let found = maximise(n, &pairs, Ties::Half, options.ridge, None).ok_or_else(unfit)?;
    let system = System::new(n, &pairs, &found.terms, options.ridge, false).ok_or_else(unfit)?;
    let (covariance, _) = system.covariance().ok_or_else(unfit)?;
    let mut ranking: Vec<u32> = (0..n as u32).collect();
    ranking.sort_by(|a, b| {
        let score = |item: &u32| found.scores[*item as usize];
        score(b).total_cmp(&score(a)).then(a.cmp(b))
    });
    let mut wanted: Vec<Swap> = ranking
        .windows(2)
        .take(options.top)
        .map(|two| Swap {
            above: two[0],
            below: two[1],
        })
        .collect();
    if let Some((a, b)) = options.pair {
        let first = found.scores[a as usize] >= found.scores[b as usize];
        let (above, below) = if first { (a, b) } else { (b, a) };
        wanted.push(Swap { above, below });
    }
    let attacks = Attacks {
        tally,
        pairs: &pairs,
        found: &found,
        covariance: &covariance,
        ridge: options.ridge,
    };
    let bounds = too_few(tally, &pairs, &found.scores, options.ridge, &wanted);
    let swaps: Vec<SwapAudit> = wanted
        .iter()
        .zip(bounds)
        .map(|(swap, (labels, people))| SwapAudit {
            above: swap.above,
            below: swap.below,
            gap: found.scores[swap.above as usize] - found.scores[swap.below as usize],
            labels: Needed {
                at_least: labels + 1,
                found: attacks.labels(swap),
            },
            annotators: tally.annotators().map(|_| NeededAnnotators {
                at_least: people + 1,
                found: attacks.annotators(swap),
            }),
        })
        .collect();
    let annotators = match tally.annotators() {
        None => Vec::new(),
        Some(_) => attacks.movers(&wanted),
    };
    Ok(ItemsAudit {
        scores: found.scores,
        ranking,
        swaps,
        annotators,
    })
}

/// What attacks start from.
struct Attacks<'a> {
    tally: &'a Tally,
    pairs: &'a [Pair],
    found: &'a Maximum,
    covariance: &'a [f64],
    ridge: f64,
}

impl Attacks<'_> {
    /// How a change of one win moves `s_above − s_below` to first order, as a potential of the items: turning a win of `a` over `b`
    /// moves it by `v_b − v_a`.
    fn potential(&self, swap: &Swap) -> Vec<f64> {
        let n = self.tally.items();
        let row = |item: u32| &self.covariance[item as usize * n..][..n];
        row(swap.above)
            .iter()
            .zip(row(swap.below))
            .map(|(a, b)| a - b)
            .collect()
    }

    /// The fewest labels that were found to swap two items: turned in the order of what each does to first order, as many as a
    /// refit needs. Labels of weight other than 1 count by their weight.
    fn labels(&self, swap: &Swap) -> Option<u64> {
        let v = self.potential(swap);
        // The pairs by what one of their labels does.
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        let gain = |pair: &Pair| (v[pair.a as usize] - v[pair.b as usize]).abs();
        order.sort_by(|i, j| {
            gain(&self.pairs[*j])
                .total_cmp(&gain(&self.pairs[*i]))
                .then(i.cmp(j))
        });
        let turned = |labels: u64| -> Vec<Pair> {
            let mut left = labels as f64;
            let mut pairs = self.pairs.to_vec();
            for &at in &order {
                if left <= 0.0 {
                    break;
                }
                left -= turn(&mut pairs[at], &v, left);
            }
            pairs
        };
        let all: f64 = self.pairs.iter().map(|pair| turnable(pair, &v)).sum();
        let most = all.floor() as u64;
        fewest(most, &|labels| self.swapped(swap, &turned(labels)))
    }

    /// The annotators, by what all labels of each do to first order, as many as a refit needs.
    fn annotators(&self, swap: &Swap) -> Option<Vec<u32>> {
        let v = self.potential(swap);
        let mut gains: Vec<(f64, u32)> = self
            .people()
            .map(|rows| {
                let gain = |pair: &Pair| {
                    let half_a_win = 0.5 * pair.ties;
                    (turnable(pair, &v) - half_a_win)
                        * (v[pair.a as usize] - v[pair.b as usize]).abs()
                };
                (rows.iter().map(gain).sum(), rows[0].annotator)
            })
            .collect();
        gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let first = |count: u64| -> Vec<u32> {
            gains
                .iter()
                .take(count as usize)
                .map(|(_, who)| *who)
                .collect()
        };
        let count = fewest(gains.len() as u64, &|count| {
            self.swapped(swap, &self.turned_by(&first(count), &v))
        })?;
        Some(first(count))
    }

    /// The pairs after some annotators have turned all their labels that a potential asks for.
    fn turned_by(&self, who: &[u32], v: &[f64]) -> Vec<Pair> {
        let entries = self.tally.entries();
        let mut pairs = self.pairs.to_vec();
        for who in who {
            let from = entries.partition_point(|entry| entry.annotator < *who);
            let theirs = entries[from..]
                .iter()
                .take_while(|entry| entry.annotator == *who);
            for before in theirs {
                let mut after = *before;
                turn(&mut after, v, f64::INFINITY);
                let key = (before.a, before.b);
                // Every pair of somebody's is one of all.
                if let Ok(at) = pairs.binary_search_by_key(&key, |pair| (pair.a, pair.b)) {
                    pairs[at].a_wins += after.a_wins - before.a_wins;
                    pairs[at].b_wins += after.b_wins - before.b_wins;
                    pairs[at].ties += after.ties - before.ties;
                    // What rounding leaves of weights that went is nothing.
                    let least = 1e-12 * pairs[at].weight();
                    let pair = &mut pairs[at];
                    for weight in [&mut pair.a_wins, &mut pair.b_wins, &mut pair.ties] {
                        *weight = if *weight < least { 0.0 } else { *weight };
                    }
                }
            }
        }
        pairs
    }

    /// Do scores of these pairs exist, and do they rank the item below at least as high?
    fn swapped(&self, swap: &Swap, pairs: &[Pair]) -> bool {
        self.refit(pairs)
            .is_some_and(|scores| scores[swap.above as usize] <= scores[swap.below as usize])
    }

    fn refit(&self, pairs: &[Pair]) -> Option<Vec<f64>> {
        let changed = self.tally.with_entries(pairs.to_vec());
        exists(&changed, Ties::Half, self.ridge).ok()?;
        let found = maximise(
            self.tally.items(),
            pairs,
            Ties::Half,
            self.ridge,
            Some(&self.found.scores),
        )?;
        Some(found.scores)
    }

    fn people(&self) -> impl Iterator<Item = &[Pair]> {
        self.tally
            .entries()
            .chunk_by(|a, b| a.annotator == b.annotator)
    }

    /// How far each annotator can move a score of an item that he or she compared, and what that swaps.
    fn movers(&self, swaps: &[Swap]) -> Vec<Mover> {
        let n = self.tally.items();
        let mut movers: Vec<Mover> = self
            .people()
            .map(|rows| {
                let mut items: Vec<u32> = rows.iter().flat_map(|pair| [pair.a, pair.b]).collect();
                items.sort_unstable();
                items.dedup();
                let mut mover = Mover {
                    annotator: rows[0].annotator,
                    labels: rows.iter().map(Pair::weight).sum(),
                    item: items[0],
                    change: 0.0,
                    refitted: None,
                    swaps: Vec::new(),
                };
                for item in items {
                    let row = &self.covariance[item as usize * n..][..n];
                    let (mut up, mut down) = (0.0, 0.0);
                    for pair in rows {
                        let by = row[pair.a as usize] - row[pair.b as usize];
                        let (high, low) = if by > 0.0 {
                            (pair.b_wins, pair.a_wins)
                        } else {
                            (pair.a_wins, pair.b_wins)
                        };
                        up += by.abs() * (high + 0.5 * pair.ties);
                        down += by.abs() * (low + 0.5 * pair.ties);
                    }
                    let change = if up >= down { up } else { -down };
                    if change.abs() > mover.change.abs() {
                        (mover.item, mover.change) = (item, change);
                    }
                }
                mover
            })
            .collect();
        movers.sort_by(|a, b| {
            b.change
                .abs()
                .total_cmp(&a.change.abs())
                .then(a.annotator.cmp(&b.annotator))
        });
        for mover in movers.iter_mut().take(REFITS) {
            // Towards a higher score wins of the item's are turned to, towards a lower one away: turn() lowers its potential.
            let row = &self.covariance[mover.item as usize * n..][..n];
            let v: Vec<f64> = row.iter().map(|c| -c * mover.change.signum()).collect();
            let pairs = self.turned_by(&[mover.annotator], &v);
            let item = mover.item as usize;
            mover.refitted = self
                .refit(&pairs)
                .map(|scores| scores[item] - self.found.scores[item]);
            mover.swaps = swaps
                .iter()
                .enumerate()
                .filter(|(_, swap)| {
                    let v = self.potential(swap);
                    self.swapped(swap, &self.turned_by(&[mover.annotator], &v))
                })
                .map(|(at, _)| at)
                .collect();
        }
        movers
    }
}

/// The labels of a pair that can be turned from the item of the higher potential to the other.
fn turnable(pair: &Pair, v: &[f64]) -> f64 {
    let wins = match v[pair.a as usize] > v[pair.b as usize] {
        true => pair.a_wins,
        false => pair.b_wins,
    };
    wins + pair.ties
}

/// Turns up to so many of them, wins before ties, and says how many.
fn turn(pair: &mut Pair, v: &[f64], most: f64) -> f64 {
    let (high, low) = match v[pair.a as usize] > v[pair.b as usize] {
        true => (&mut pair.a_wins, &mut pair.b_wins),
        false => (&mut pair.b_wins, &mut pair.a_wins),
    };
    let wins = high.min(most);
    *high -= wins;
    *low += wins;
    let ties = pair.ties.min(most - wins);
    pair.ties -= ties;
    *low += ties;
    wins + ties
}

/// The smallest number up to `most` at which something happens that happens from some number on; `None` where it does not at `most`.
/// Found by doubling and halving, so that few are tried. At the number that is returned it has been seen to happen.
fn fewest(most: u64, happens: &dyn Fn(u64) -> bool) -> Option<u64> {
    let (mut not, mut step) = (0, 1);
    let mut does = loop {
        let tried = (not + step).min(most);
        if tried == not {
            return None;
        }
        if happens(tried) {
            break tried;
        }
        not = tried;
        step *= 2;
    };
    while does - not > 1 {
        let middle = not + (does - not) / 2;
        match happens(middle) {
            true => does = middle,
            false => not = middle,
        }
    }
    Some(does)
}
