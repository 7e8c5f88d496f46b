//! Choices: `k`-subsets and `k`-multisets of items as sorted indices; counting them and walking through them.

use num_bigint::BigUint;
use num_traits::One;
use thiserror::Error;

/// What an influencer plays: the indices of its items in increasing order, repeated where an item is chosen more
/// than once.
pub type Choice = Vec<u32>;

/// Why something is no choice of an influencer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// Not one choice an influencer.
    #[error("{found} choices for {expected} influencers: give each influencer one")]
    Influencers {
        /// Choices given.
        found: usize,
        /// Influencers.
        expected: usize,
    },
    /// The wrong number of items.
    #[error("influencer {influencer} chooses {found} items where it has to choose {expected}")]
    Count {
        /// Index of the influencer.
        influencer: usize,
        /// Items chosen.
        found: usize,
        /// Items to choose.
        expected: usize,
    },
    /// An item that is not there.
    #[error("influencer {influencer} chooses item {item}, but its items are numbered 0 to {last}")]
    NoSuchItem {
        /// Index of the influencer.
        influencer: usize,
        /// The item.
        item: u32,
        /// The last item.
        last: usize,
    },
    /// An item chosen more than once where that is not allowed.
    #[error(
        "influencer {influencer} chooses item {item} more than once, which its action space does not allow"
    )]
    Repeated {
        /// Index of the influencer.
        influencer: usize,
        /// The item.
        item: u32,
    },
    /// Indices that are not in order.
    #[error("the items of influencer {influencer} are not in increasing order: sort them")]
    Unsorted {
        /// Index of the influencer.
        influencer: usize,
    },
}

impl ChoiceError {
    /// The same of influencers with other indices.
    pub(crate) fn of(mut self, index: impl Fn(usize) -> usize) -> Self {
        match &mut self {
            Self::Influencers { .. } => {}
            Self::Count { influencer, .. }
            | Self::NoSuchItem { influencer, .. }
            | Self::Repeated { influencer, .. }
            | Self::Unsorted { influencer } => *influencer = index(*influencer),
        }
        self
    }
}

/// `C(n, k)`.
pub fn binomial(n: usize, k: usize) -> BigUint {
    if k > n {
        return BigUint::default();
    }
    let k = k.min(n - k);
    (0..k).fold(BigUint::one(), |c, j| c * (n - j) / (j + 1))
}

/// `C(n, k)` in doubles: infinite where it is too large for them.
pub(crate) fn binomial_f64(n: usize, k: usize) -> f64 {
    if k > n {
        return 0.0;
    }
    let mut c = 1.0;
    for j in 0..k.min(n - k) {
        c *= (n - j) as f64 / (j + 1) as f64;
        if c == f64::INFINITY {
            break;
        }
    }
    c.round()
}

/// How many choices of `k` out of `m` there are, in doubles.
pub(crate) fn choices_f64(m: usize, k: usize, repeats: bool) -> f64 {
    match (repeats, m) {
        (true, 0) => f64::from(u8::from(k == 0)),
        (true, _) => binomial_f64(m + k - 1, k),
        (false, _) => binomial_f64(m, k),
    }
}

/// The first choice in lexicographic order.
pub(crate) fn first(k: usize, repeats: bool) -> Choice {
    (0..k as u32).map(|j| if repeats { 0 } else { j }).collect()
}

/// Moves to the next choice in lexicographic order and says from which position on it changed; `None` after the last.
pub(crate) fn advance(choice: &mut [u32], m: usize, repeats: bool) -> Option<usize> {
    let k = choice.len();
    let step = u32::from(!repeats);
    let p = (0..k).rev().find(|&p| {
        let room = if repeats { 0 } else { k - 1 - p };
        (choice[p] as usize) < m - 1 - room
    })?;
    choice[p] += 1;
    for q in p + 1..k {
        choice[q] = choice[q - 1] + step;
    }
    Some(p)
}

/// The choice with this number in lexicographic order, where there are fewer than `2⁶⁴`.
pub(crate) fn unrank(mut rank: u64, m: usize, k: usize, repeats: bool) -> Choice {
    let mut choice = Vec::with_capacity(k);
    let mut next = 0;
    for p in 0..k {
        let left = k - p - 1;
        loop {
            let from = if repeats { m - next } else { m - next - 1 };
            // Below 2⁶⁴ but above 2⁵³ the doubles of `choices_f64` would not do.
            let with = if repeats && left > 0 {
                small_binomial(from + left - 1, left)
            } else {
                small_binomial(from, left)
            };
            if rank < with {
                break;
            }
            rank -= with;
            next += 1;
        }
        choice.push(next as u32);
        next += usize::from(!repeats);
    }
    choice
}

/// `C(n, k)`, where it is below `2⁶⁴`.
fn small_binomial(n: usize, k: usize) -> u64 {
    if k > n {
        return 0;
    }
    let k = k.min(n - k) as u128;
    (0..k).fold(1u128, |c, j| c * (n as u128 - j) / (j + 1)) as u64
}
