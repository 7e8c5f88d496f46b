//! Games that the tests share.

use big_finite::FiniteGame;
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};

use crate::brute::{Dice, rational};

/// Example 5 (arXiv:2502.01127): items `±2^j`, `j < q`; targets `∓1/(8k)`, within `1/(4k)` of 0. Item `2j` is `−2^j`,
/// item `2j + 1` is `2^j`.
pub(crate) fn example_5(q: u32, k: usize) -> FiniteGame {
    let items: Vec<Vec<Rational>> = (0..q)
        .flat_map(|j| [-1, 1].map(|sign| vec![rational(sign << j, 1)]))
        .collect();
    let influencer = |sign: i64| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(rational(1, 2)),
        target: vec![rational(sign, 8 * k as i64)],
        space: 0,
    };
    FiniteGame::new(FiniteSpec {
        bias: vec![rational(0, 1)],
        sets: vec![ItemSet {
            items,
            choose: k,
            repeats: false,
        }],
        influencers: vec![influencer(-1), influencer(1)],
    })
    .unwrap()
}

/// Integer items of `−size..=size` and weights of 1, common to `n` influencers whose targets are close together or not.
pub(crate) fn scattered(
    dice: &mut Dice,
    (n, m, k, d): (usize, usize, usize, usize),
    size: i64,
    close: bool,
) -> FiniteGame {
    let mut point = |size: i64| {
        (0..d)
            .map(|_| rational(dice.roll(-size, size), 1))
            .collect()
    };
    let items = (0..m).map(|_| point(size)).collect();
    let influencers = (0..n).map(|_| InfluencerSpec {
        cost: None,
        name: None,
        weight: WeightSpec::Scalar(rational(1, 1)),
        target: point(if close { 1 } else { size }),
        space: 0,
    });
    let influencers = influencers.collect();
    FiniteGame::new(FiniteSpec {
        bias: vec![rational(0, 1); d],
        sets: vec![ItemSet {
            items,
            choose: k,
            repeats: false,
        }],
        influencers,
    })
    .unwrap()
}
