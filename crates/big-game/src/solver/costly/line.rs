//! One coordinate of a game of boxes in which lies cost: the root of a piecewise linear function, by selection (ours).
//!
//! `F(y) = y − b − Σ s_i(y)`: influencer `i` moves the receiver by `s_i(y) = w_i x_i(y)`, the value of
//! `w_i h_i + (w_i²/λ_i)(t_i − y)` within `w_i X_i`; where a lie is free, the high end while `y < t_i` and the low end beyond.
//! `F` rises, with slopes between kinks and jumps at the targets of those who lie for free. As for a weighted median, a
//! sample tells about where the root is, and one pass keeps those who have a kink there: O(n) expected.

use big_numeric::parallel;

use crate::potential::Sums;

/// What one influencer does in one coordinate: two kinks, with a slope between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    /// The ends of `w X`.
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where it leaves the high end, and where it reaches the low one: the target twice where a lie is free.
    pub(super) from: f64,
    pub(super) to: f64,
    /// `w²/λ`; not used where a lie is free.
    pub(super) slope: f64,
}

impl Term {
    /// `base` is `w h`.
    pub(super) fn new((low, high): (f64, f64), target: f64, base: f64, slope: f64) -> Self {
        let reach = |way: f64| if way == 0.0 { 0.0 } else { way / slope };
        Self {
            low,
            high,
            from: target - reach(high - base),
            to: target + reach(base - low),
            slope,
        }
    }

    /// Where a lie is free.
    pub(super) fn free((low, high): (f64, f64), target: f64) -> Self {
        Self {
            low,
            high,
            from: target,
            to: target,
            slope: 0.0,
        }
    }

    /// The limits from below and from above.
    fn around(&self, y: f64) -> (f64, f64) {
        if y < self.from {
            (self.high, self.high)
        } else if y > self.to {
            (self.low, self.low)
        } else if self.from == self.to {
            (self.high, self.low)
        } else {
            // From the nearer end, so that the ends are met exactly.
            let value = if y - self.from <= self.to - y {
                (self.high - self.slope * (y - self.from)).max(self.low)
            } else {
                (self.low + self.slope * (self.to - y)).min(self.high)
            };
            (value, value)
        }
    }

    fn times(&self, factor: f64) -> Self {
        Self {
            low: self.low * factor,
            high: self.high * factor,
            slope: self.slope * factor,
            ..*self
        }
    }
}

/// The terms that are known between the ends of a bracket: `value − slope (y − at)`.
#[derive(Clone, Copy, Debug)]
struct Known {
    value: f64,
    slope: f64,
    at: f64,
}

/// Where `F` vanishes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    pub(super) y: f64,
    /// `F` jumps there.
    pub(super) jump: bool,
    /// The slope of `F` around it; 1 at a jump.
    pub(super) slope: f64,
}

/// Coordinates of at most so many terms are sorted; of larger ones, a sample of so many.
const SORTED: usize = 4096;
const BLOCK: usize = 8192;

/// The root of `y − background − Σ term(i)(y)`.
pub(super) fn root(n: usize, term: &(impl Fn(usize) -> Term + Sync), background: f64) -> Root {
    let whole = Known {
        value: background,
        slope: 0.0,
        at: 0.0,
    };
    let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
    let all = || (0..n).map(term).collect::<Vec<_>>();
    if n <= SORTED {
        return settle(&all(), whole, everywhere).0;
    }
    let (mut known, mut within) = (whole, everywhere);
    // The first time everybody is asked, and nobody written down but those who are kept.
    let mut kept: Option<Vec<Term>> = None;
    let mut reach = 1;
    loop {
        let count = kept.as_ref().map_or(n, Vec::len);
        if count <= SORTED || reach > 64 {
            let terms = kept.unwrap_or_else(all);
            return settle(&terms, known, within).0;
        }
        let get = |i: usize| kept.as_ref().map_or_else(|| term(i), |kept| kept[i]);
        let stride = count / SORTED;
        let sample: Vec<Term> = (0..SORTED)
            .map(|j| get(j * stride).times(count as f64 / SORTED as f64))
            .collect();
        let (_, (below, above)) = settle_near(&sample, known, within, 160 * reach);
        let (low, high) = (below.max(within.0), above.min(within.1));
        let (more, terms) = split(count, &get, (low, high));
        let together = Known {
            value: more.value + known.value - known.slope * (more.at - known.at),
            slope: more.slope + known.slope,
            at: more.at,
        };
        if low > f64::NEG_INFINITY && at(&terms, together, low).1 > 0.0 {
            within.1 = low;
            reach *= 2;
        } else if high < f64::INFINITY && at(&terms, together, high).0 < 0.0 {
            within.0 = high;
            reach *= 2;
        } else {
            if terms.len() > count / 2 {
                reach *= 2;
            }
            within = (low, high);
            known = together;
            kept = Some(terms);
        }
    }
}

/// `F` from below and from above.
fn at(terms: &[Term], known: Known, y: f64) -> (f64, f64) {
    let mut sums = Sums::new(2);
    for term in terms {
        let (below, above) = term.around(y);
        sums.add(&[below, above]);
    }
    let total = sums.total();
    let rest = y - (known.value - known.slope * (y - known.at));
    (rest - total[0], rest - total[1])
}

/// The terms that are known between two points, and the others.
fn split(
    count: usize,
    get: &(impl Fn(usize) -> Term + Sync),
    (low, high): (f64, f64),
) -> (Known, Vec<Term>) {
    let reference = if low.is_finite() {
        low
    } else if high.is_finite() {
        high
    } else {
        0.0
    };
    let parts = parallel::blocks(count, BLOCK, 1, |range| {
        let mut sums = Sums::new(2);
        let mut kept = Vec::new();
        for i in range {
            let term = get(i);
            if term.from >= high {
                sums.add_to(0, term.high);
            } else if term.to <= low {
                sums.add_to(0, term.low);
            } else if term.from <= low && term.to >= high {
                sums.add(&[term.around(reference).0, term.slope]);
            } else {
                kept.push(term);
            }
        }
        (sums, kept)
    });
    let mut total = Sums::new(2);
    let mut kept = Vec::new();
    for (sums, mut part) in parts {
        total = total.join(&sums);
        kept.append(&mut part);
    }
    let total = total.total();
    let known = Known {
        value: total[0],
        slope: total[1],
        at: reference,
    };
    (known, kept)
}

fn settle(terms: &[Term], known: Known, within: (f64, f64)) -> (Root, (f64, f64)) {
    settle_near(terms, known, within, 0)
}

/// The root within a bracket, by sorted kinks, and the kinks so many places below and above it (infinite where there are
/// none).
fn settle_near(
    terms: &[Term],
    known: Known,
    (low, high): (f64, f64),
    places: usize,
) -> (Root, (f64, f64)) {
    let mut kinks: Vec<f64> = terms
        .iter()
        .flat_map(|t| [t.from, t.to])
        .filter(|y| *y >= low && *y <= high && y.is_finite())
        .chain([low, high].into_iter().filter(|y| y.is_finite()))
        .collect();
    kinks.sort_unstable_by(f64::total_cmp);
    kinks.dedup();
    // The first kink from which on F is not negative.
    let first = kinks.partition_point(|&y| at(terms, known, y).1 < 0.0);
    let around = (
        first
            .checked_sub(places + 1)
            .map_or(f64::NEG_INFINITY, |k| kinks[k]),
        kinks.get(first + places).copied().unwrap_or(f64::INFINITY),
    );
    if let Some(&kink) = kinks.get(first)
        && (at(terms, known, kink).0 <= 0.0 || kink == low)
    {
        let root = Root {
            y: kink,
            jump: terms.iter().any(|t| t.from == kink && t.to == kink),
            slope: 1.0,
        };
        return (root, around);
    }
    let below = first.checked_sub(1).map(|k| kinks[k]);
    let above = kinks.get(first).copied();
    // A point of the piece, and the terms that slope there.
    let (from, to) = (
        below.unwrap_or(f64::NEG_INFINITY),
        above.unwrap_or(f64::INFINITY),
    );
    let start = below.or(above).unwrap_or(known.at);
    let slopes: f64 = terms
        .iter()
        .filter(|t| t.from < t.to && t.from <= from && t.to >= to)
        .map(|t| t.slope)
        .sum();
    let slope = 1.0 + known.slope + slopes;
    let (left, right) = at(terms, known, start);
    let value = if below.is_some() { right } else { left };
    let root = Root {
        y: (start - value / slope).clamp(from, to),
        jump: false,
        slope,
    };
    (root, around)
}
