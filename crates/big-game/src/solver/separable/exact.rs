//! Decisions in exact arithmetic, where double-double arithmetic cannot tell: from the numbers as
//! written, or from the doubles, which are exact numbers too.

use big_numeric::{DoubleDouble, ExactSum, RationalSum, rational};
use num_traits::{Signed, Zero};

use super::column::{Column, Side};
use crate::spec::{GameSpec, Rational, SpaceSpec, WeightSpec};

/// Where the root is, relative to the class of influencers whose target has one double value.
pub(super) enum Verdict {
    /// Below the class.
    Below,
    /// Above the class.
    Above,
    /// Between two numbers of the class that have the same double.
    Gap {
        receiver: DoubleDouble,
        sides: Vec<(usize, Side)>,
    },
    /// At a number of the class.
    Pinned {
        group: FreeInfluencers,
        /// The sides of the whole class, when it has more than one number.
        sides: Vec<(usize, Side)>,
    },
}

/// The influencers whose target is the receiver coordinate, as one: their pull `s` must lie in
/// `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FreeInfluencers {
    pub(super) low: DoubleDouble,
    pub(super) high: DoubleDouble,
    /// `s − low ≥ 0`.
    pub(super) above_low: DoubleDouble,
    /// `high − s ≥ 0`.
    pub(super) below_high: DoubleDouble,
}

/// A number that is exact: a double, or a rational as written.
trait Number {
    type Sum: Default;
    fn add(sum: &mut Self::Sum, x: &Self);
    fn add_product(sum: &mut Self::Sum, x: &Self, y: &Self);
    fn total(sum: Self::Sum) -> Rational;
    fn value(&self) -> Rational;
}

impl Number for f64 {
    type Sum = ExactSum;

    #[inline]
    fn add(sum: &mut ExactSum, x: &f64) {
        sum.add(*x);
    }

    #[inline]
    fn add_product(sum: &mut ExactSum, x: &f64, y: &f64) {
        sum.add_product(*x, *y);
    }

    fn total(sum: ExactSum) -> Rational {
        sum.total()
    }

    fn value(&self) -> Rational {
        rational(*self)
    }
}

impl Number for Rational {
    type Sum = RationalSum;

    fn add(sum: &mut RationalSum, x: &Rational) {
        sum.add(x);
    }

    fn add_product(sum: &mut RationalSum, x: &Rational, y: &Rational) {
        sum.add(&(x * y));
    }

    fn total(sum: RationalSum) -> Rational {
        sum.total()
    }

    fn value(&self) -> Rational {
        self.clone()
    }
}

/// What the influencers outside a class pull, background included, and the ends of the class's pull.
struct Pulls {
    outside: Rational,
    low: Rational,
    high: Rational,
}

/// A coordinate's numbers as written.
struct Written<'a> {
    spec: &'a GameSpec<Rational>,
    k: usize,
}

impl Written<'_> {
    fn weight(&self, i: usize) -> Option<&Rational> {
        match &self.spec.influencers[i].weight {
            WeightSpec::Scalar(w) => Some(w),
            WeightSpec::Matrix(_) => None,
        }
    }

    fn interval(&self, i: usize) -> Option<(&Rational, &Rational)> {
        match &self.spec.spaces[self.spec.influencers[i].space] {
            SpaceSpec::Box { lower, upper } => Some((&lower[self.k], &upper[self.k])),
            _ => None,
        }
    }

    fn target(&self, i: usize) -> &Rational {
        &self.spec.influencers[i].target[self.k]
    }
}

/// The exact view of one coordinate.
pub(super) struct Exact<'a> {
    column: Column<'a>,
    written: Option<Written<'a>>,
}

impl<'a> Exact<'a> {
    pub(super) fn new(column: Column<'a>) -> Self {
        let written = (column.boxes.written).map(|spec| Written { spec, k: column.k });
        Self { column, written }
    }

    /// Influencer `i`'s weight; an influencer whose weight rounds to zero is idle.
    pub(super) fn weight(&self, i: usize) -> Rational {
        match self.written.as_ref().and_then(|w| w.weight(i)) {
            Some(w) if self.column.weight(i) != 0.0 => w.clone(),
            _ => rational(self.column.weight(i)),
        }
    }

    /// Influencer `i`'s interval.
    pub(super) fn interval(&self, i: usize) -> (Rational, Rational) {
        match self.written.as_ref().and_then(|w| w.interval(i)) {
            Some((l, u)) => (l.clone(), u.clone()),
            None => {
                let (l, u) = self.column.interval(i);
                (rational(l), rational(u))
            }
        }
    }

    /// Does influencer `i` have any choice in this coordinate?
    pub(super) fn has_choice(&self, i: usize) -> bool {
        match self.written.as_ref().and_then(|w| w.interval(i)) {
            Some((l, u)) => l < u,
            None => {
                let (l, u) = self.column.interval(i);
                l < u
            }
        }
    }

    /// The ends of influencer `i`'s pull.
    pub(super) fn pull(&self, i: usize) -> (Rational, Rational) {
        let w = self.weight(i);
        let (l, u) = self.interval(i);
        let (a, b) = (&w * l, &w * u);
        if w.is_negative() { (b, a) } else { (a, b) }
    }

    fn pulls(&self, side: impl Fn(usize) -> Side) -> Pulls {
        let zero = Rational::zero();
        match &self.written {
            None => self.sum(
                &self.column.boxes.game.bias()[self.column.k],
                |i| &self.column.boxes.weights[i],
                |i| {
                    let (set, k) = (self.column.boxes.space(i), self.column.k);
                    set.map_or((&0.0, &0.0), |set| (&set.lower()[k], &set.upper()[k]))
                },
                side,
            ),
            Some(written) => self.sum(
                &written.spec.bias[written.k],
                |i| written.weight(i).unwrap_or(&zero),
                |i| written.interval(i).unwrap_or((&zero, &zero)),
                side,
            ),
        }
    }

    /// `O(n)`: with a common interval six sums of weights and six products, else a product an influencer.
    fn sum<'n, N: Number + 'n>(
        &self,
        bias: &N,
        weight: impl Fn(usize) -> &'n N,
        interval: impl Fn(usize) -> (&'n N, &'n N),
        side: impl Fn(usize) -> Side,
    ) -> Pulls {
        let signs = self.column.boxes.weights;
        if self.column.common().is_some() {
            // Sums of positive and of negative weights below, at and above.
            let mut sums: [[N::Sum; 2]; 3] = Default::default();
            for (i, &sign) in signs.iter().enumerate() {
                if sign != 0.0 {
                    N::add(
                        &mut sums[side(i) as usize][usize::from(sign < 0.0)],
                        weight(i),
                    );
                }
            }
            let (lower, upper) = interval(0);
            let (lower, upper) = (lower.value(), upper.value());
            let [below, pinned, above] = sums.map(|signed| signed.map(N::total));
            let low = |[plus, minus]: &[Rational; 2]| plus * &lower + minus * &upper;
            let high = |[plus, minus]: &[Rational; 2]| plus * &upper + minus * &lower;
            return Pulls {
                outside: bias.value() + low(&below) + high(&above),
                low: low(&pinned),
                high: high(&pinned),
            };
        }
        let (mut outside, mut low, mut high) =
            (N::Sum::default(), N::Sum::default(), N::Sum::default());
        N::add(&mut outside, bias);
        for (i, &sign) in signs.iter().enumerate() {
            if sign == 0.0 {
                continue;
            }
            let (l, u) = interval(i);
            let (least, most) = if sign > 0.0 { (l, u) } else { (u, l) };
            match side(i) {
                Side::Below => N::add_product(&mut outside, weight(i), least),
                Side::Above => N::add_product(&mut outside, weight(i), most),
                Side::Pinned => {
                    N::add_product(&mut low, weight(i), least);
                    N::add_product(&mut high, weight(i), most);
                }
            }
        }
        Pulls {
            outside: N::total(outside),
            low: N::total(low),
            high: N::total(high),
        }
    }

    /// The root, when no target's double lies strictly between `below` and `above` and the root does
    /// not lie among the targets of either. `O(n)`.
    pub(super) fn between(&self, below: f64) -> DoubleDouble {
        let pulls = self.pulls(|i| {
            if self.column.target(i) <= below {
                Side::Below
            } else {
                Side::Above
            }
        });
        DoubleDouble::from_rational(&pulls.outside)
    }

    /// How far the pinned ones' pull must be above its least, at a root that is pinned. `O(n)`.
    pub(super) fn above_low(&self, side: impl Fn(usize) -> Side) -> Rational {
        let pulls = self.pulls(&side);
        let pinned = (0..self.column.len()).find(|&i| side(i) == Side::Pinned);
        let target = pinned.map_or_else(Rational::zero, |i| match &self.written {
            Some(written) => written.target(i).clone(),
            None => rational(self.column.target(i)),
        });
        target - pulls.outside - pulls.low
    }

    /// Compares the root with the class of targets whose double is `pivot`. `O(n)`, and a sort of the
    /// class where it has been written with more digits than a double has.
    pub(super) fn resolve(&self, pivot: f64) -> Verdict {
        let target = |i| self.column.target(i);
        let pulls = self.pulls(|i| {
            let t = target(i);
            if t < pivot {
                Side::Below
            } else if t > pivot {
                Side::Above
            } else {
                Side::Pinned
            }
        });
        let Some(written) = &self.written else {
            return at_one(&rational(pivot), &pulls);
        };
        let members = (0..self.column.len()).filter(|&i| target(i) == pivot);
        let mut class: Vec<usize> = members.collect();
        class.sort_by(|&i, &j| written.target(i).cmp(written.target(j)));
        let (Some(&first), Some(&last)) = (class.first(), class.last()) else {
            return at_one(&rational(pivot), &pulls);
        };
        if written.target(first) == written.target(last) {
            return at_one(written.target(first), &pulls);
        }
        // The class's pull, from everybody high (the root below all) to everybody low.
        let mut everything = &pulls.outside + &pulls.high;
        let mut at = 0;
        while at < class.len() {
            let value = written.target(class[at]);
            let same = |&&i: &&usize| written.target(i) == value;
            let end = at + class[at..].iter().take_while(same).count();
            if *value > everything {
                if at == 0 {
                    return Verdict::Below;
                }
                return Verdict::Gap {
                    receiver: DoubleDouble::from_rational(&everything),
                    sides: sides(&class, at, at),
                };
            }
            let (mut low, mut high) = (Rational::zero(), Rational::zero());
            for &i in &class[at..end] {
                let (least, most) = self.pull(i);
                low += least;
                high += most;
            }
            let group = Pulls {
                outside: everything - &high,
                low,
                high,
            };
            if let Verdict::Pinned { group, .. } = at_one(value, &group) {
                return Verdict::Pinned {
                    group,
                    sides: sides(&class, at, end),
                };
            }
            everything = group.outside + group.low;
            at = end;
        }
        Verdict::Above
    }
}

/// The root against one number.
fn at_one(value: &Rational, pulls: &Pulls) -> Verdict {
    let residual = value - &pulls.outside;
    if residual > pulls.high {
        return Verdict::Below;
    }
    if residual < pulls.low {
        return Verdict::Above;
    }
    Verdict::Pinned {
        group: FreeInfluencers {
            low: DoubleDouble::from_rational(&pulls.low),
            high: DoubleDouble::from_rational(&pulls.high),
            above_low: DoubleDouble::from_rational(&(&residual - &pulls.low)),
            below_high: DoubleDouble::from_rational(&(&pulls.high - residual)),
        },
        sides: Vec::new(),
    }
}

/// Members before `start` are below, from `end` on above; in the order of the influencers.
fn sides(class: &[usize], start: usize, end: usize) -> Vec<(usize, Side)> {
    let mut sides: Vec<(usize, Side)> = class
        .iter()
        .enumerate()
        .map(|(at, &i)| {
            let side = if at < start {
                Side::Below
            } else if at < end {
                Side::Pinned
            } else {
                Side::Above
            };
            (i, side)
        })
        .collect();
    sides.sort_unstable_by_key(|&(i, _)| i);
    sides
}
