//! The definitions, spelled out: every subset, every profile, every deviation, in rationals.

use big_finite::{Choice, FiniteGame};
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;

/// A generator of small numbers: xorshift, seeded.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Uniform in `low..=high`.
    pub(crate) fn roll(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + ((self.0 >> 11) % (high - low + 1) as u64) as i64
    }
}

pub(crate) fn rational(numerator: i64, denominator: i64) -> Rational {
    BigRational::new(numerator.into(), denominator.into())
}

/// All `k`-subsets or multisets of `m` items in lexicographic order, by recursion.
pub(crate) fn all_choices(m: usize, k: usize, repeats: bool) -> Vec<Choice> {
    fn grow(m: usize, k: usize, repeats: bool, chosen: &mut Choice, all: &mut Vec<Choice>) {
        if chosen.len() == k {
            all.push(chosen.clone());
            return;
        }
        let from = match chosen.last() {
            None => 0,
            Some(&last) => last + u32::from(!repeats),
        };
        for a in from..m as u32 {
            chosen.push(a);
            grow(m, k, repeats, chosen, all);
            chosen.pop();
        }
    }
    let mut all = Vec::new();
    grow(m, k, repeats, &mut Choice::new(), &mut all);
    all
}

/// The mean of a choice's items.
pub(crate) fn mean_of(spec: &FiniteSpec, i: usize, choice: &[u32]) -> Vec<Rational> {
    let set = &spec.sets[spec.influencers[i].space];
    let k = rational(choice.len() as i64, 1);
    (0..set.items[0].len())
        .map(|x| {
            let sum: Rational = choice
                .iter()
                .map(|&a| set.items[a as usize][x].clone())
                .sum();
            sum / &k
        })
        .collect()
}

pub(crate) fn moved(spec: &FiniteSpec, i: usize, choice: &[u32]) -> Vec<Rational> {
    let mean = mean_of(spec, i, choice);
    match &spec.influencers[i].weight {
        WeightSpec::Scalar(w) => mean.iter().map(|v| v * w).collect(),
        WeightSpec::Matrix(rows) => rows
            .iter()
            .map(|row| row.iter().zip(&mean).map(|(a, b)| a * b).sum())
            .collect(),
    }
}

pub(crate) fn receiver(spec: &FiniteSpec, profile: &[Choice]) -> Vec<Rational> {
    let mut r = spec.bias.clone();
    for (i, choice) in profile.iter().enumerate() {
        for (r, v) in r.iter_mut().zip(moved(spec, i, choice)) {
            *r += v;
        }
    }
    r
}

pub(crate) fn loss(spec: &FiniteSpec, i: usize, profile: &[Choice]) -> Rational {
    let target = &spec.influencers[i].target;
    receiver(spec, profile)
        .iter()
        .zip(target)
        .map(|(r, t)| (r - t) * (r - t))
        .sum()
}

pub(crate) fn choices_of(spec: &FiniteSpec, i: usize) -> Vec<Choice> {
    let set = &spec.sets[spec.influencers[i].space];
    all_choices(set.items.len(), set.choose, set.repeats)
}

/// All pure equilibria: for every combination of the others, the least loss; then every profile against it. The
/// losses are tabulated once, in integers over their common denominator, which changes no comparison.
pub(crate) fn equilibria(spec: &FiniteSpec) -> Vec<Vec<Choice>> {
    let n = spec.influencers.len();
    let choices: Vec<Vec<Choice>> = (0..n).map(|i| choices_of(spec, i)).collect();
    let moves: Vec<Vec<Vec<Rational>>> = (0..n)
        .map(|i| choices[i].iter().map(|c| moved(spec, i, c)).collect())
        .collect();
    let sizes: Vec<usize> = choices.iter().map(Vec::len).collect();
    let total: usize = sizes.iter().product();
    let everything = moves.iter().flatten().flatten().chain(&spec.bias);
    let targets = spec.influencers.iter().flat_map(|i| &i.target);
    let common = everything
        .chain(targets)
        .fold(BigInt::from(1), |c, q| c.lcm(q.denom()));
    let whole = |point: &[Rational]| -> Vec<BigInt> {
        point.iter().map(|q| (q * &common).to_integer()).collect()
    };
    let bias = whole(&spec.bias);
    let targets: Vec<Vec<BigInt>> = spec.influencers.iter().map(|i| whole(&i.target)).collect();
    let moves: Vec<Vec<Vec<BigInt>>> = moves
        .iter()
        .map(|own| own.iter().map(|point| whole(point)).collect())
        .collect();
    let digits = |mut p: usize| {
        let mut digits = vec![0; n];
        for i in (0..n).rev() {
            digits[i] = p % sizes[i];
            p /= sizes[i];
        }
        digits
    };
    let stride = |i: usize| sizes[i + 1..].iter().product::<usize>();
    let losses: Vec<Vec<BigInt>> = (0..total)
        .map(|p| {
            let at = digits(p);
            let mut r = bias.clone();
            for i in 0..n {
                for (r, v) in r.iter_mut().zip(&moves[i][at[i]]) {
                    *r += v;
                }
            }
            let square = |t: &Vec<BigInt>| r.iter().zip(t).map(|(r, t)| (r - t) * (r - t)).sum();
            targets.iter().map(square).collect()
        })
        .collect();
    (0..total)
        .filter(|&p| {
            let at = digits(p);
            (0..n).all(|i| {
                let base = p - at[i] * stride(i);
                (0..sizes[i]).all(|c| losses[base + c * stride(i)][i] >= losses[p][i])
            })
        })
        .map(|p| {
            let at = digits(p);
            (0..n).map(|i| choices[i][at[i]].clone()).collect()
        })
        .collect()
}

/// A small random game: weights of any sign and zero, matrices, ties on purpose, common and own sets.
pub(crate) fn random_spec(dice: &mut Dice, n: usize, most: usize) -> FiniteSpec {
    let d = dice.roll(1, 3) as usize;
    // The last two are games whose lattice needs 128 bits and more, with distances that differ in the 20th and the
    // 70th digit.
    let coarse = dice.roll(0, 4);
    let tiny = |digits: u32| BigRational::new(BigInt::from(1), BigInt::from(10).pow(digits));
    let number = |dice: &mut Dice| match coarse {
        0 => rational(dice.roll(-2, 2), 1),
        1 => rational(dice.roll(-9, 9), 2),
        2 => rational(dice.roll(-999, 999), dice.roll(1, 7)),
        3 => rational(dice.roll(-2, 2), 1) + rational(dice.roll(-1, 1), 1) * tiny(20),
        _ => rational(dice.roll(-2, 2), 1) + rational(dice.roll(-1, 1), 1) * tiny(70),
    };
    let common = dice.roll(0, 1) == 0;
    let mut sets = Vec::new();
    let mut influencers = Vec::new();
    for i in 0..n {
        let matrix = dice.roll(0, 3) == 0;
        let m = if matrix && !common {
            dice.roll(1, 3) as usize
        } else {
            d
        };
        if sets.is_empty() || !common {
            loop {
                let count = dice.roll(1, 6) as usize;
                let choose = dice.roll(1, 4) as usize;
                let repeats = dice.roll(0, 2) == 0;
                let size = all_choices(count, choose, repeats).len();
                if size == 0 || size > most {
                    continue;
                }
                let items = (0..count)
                    .map(|_| (0..m).map(|_| number(dice)).collect())
                    .collect();
                sets.push(ItemSet {
                    items,
                    choose,
                    repeats,
                });
                break;
            }
        }
        let space = if common { 0 } else { i };
        let m = sets[space].items[0].len();
        let weight = if matrix {
            let row = |dice: &mut Dice| (0..m).map(|_| rational(dice.roll(-2, 2), 2)).collect();
            WeightSpec::Matrix((0..d).map(|_| row(dice)).collect())
        } else {
            WeightSpec::Scalar(rational(dice.roll(-2, 3), dice.roll(1, 3)))
        };
        influencers.push(InfluencerSpec {
            cost: None,
            name: None,
            weight,
            target: (0..d).map(|_| number(dice)).collect(),
            space,
        });
    }
    FiniteSpec {
        bias: (0..d).map(|_| number(dice)).collect(),
        sets,
        influencers,
    }
}

pub(crate) fn random_game(dice: &mut Dice, n: usize, most: usize) -> (FiniteSpec, FiniteGame) {
    let spec = random_spec(dice, n, most);
    let game = FiniteGame::new(spec.clone()).unwrap();
    (spec, game)
}

/// A choice drawn at random.
pub(crate) fn random_profile(dice: &mut Dice, spec: &FiniteSpec) -> Vec<Choice> {
    (0..spec.influencers.len())
        .map(|i| {
            let all = choices_of(spec, i);
            all[dice.roll(0, all.len() as i64 - 1) as usize].clone()
        })
        .collect()
}
