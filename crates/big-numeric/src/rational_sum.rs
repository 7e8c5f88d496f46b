//! Sums of many rationals.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero;

use crate::Rational;

/// A sum that keeps one numerator a denominator, so that adding `n` decimals costs `n` additions of
/// integers; the few fractions that remain are added in pairs, so that the long ones meet last.
#[derive(Clone, Debug, Default)]
pub struct RationalSum {
    numerators: BTreeMap<BigInt, BigInt>,
}

impl RationalSum {
    /// Adds a number.
    pub fn add(&mut self, q: &Rational) {
        match self.numerators.get_mut(q.denom()) {
            Some(numerator) => *numerator += q.numer(),
            None => {
                self.numerators.insert(q.denom().clone(), q.numer().clone());
            }
        }
    }

    /// The sum.
    pub fn total(self) -> Rational {
        let fractions = self.numerators.into_iter();
        let mut terms: Vec<Rational> = fractions.map(|(d, n)| Rational::new(n, d)).collect();
        while terms.len() > 1 {
            terms = terms
                .chunks(2)
                .map(|pair| pair.iter().fold(Rational::zero(), |a, b| a + b))
                .collect();
        }
        terms.pop().unwrap_or_else(Rational::zero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_adding_one_by_one(xs in prop::collection::vec((-50_i64..50, 1_i64..30), 0..30)) {
            let terms: Vec<Rational> = xs.iter().map(|&(n, d)| Rational::new(n.into(), d.into())).collect();
            let mut sum = RationalSum::default();
            terms.iter().for_each(|q| sum.add(q));
            prop_assert_eq!(sum.total(), terms.iter().fold(Rational::zero(), |a, b| a + b));
        }
    }
}
