//! What no choice can get below: by congruence, and by the convex relaxation.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use crate::budget::Budget;
use crate::lattice::{Coordinate, List};
use big_game::spec::Rational;

/// Steps of the descent on the relaxation: any direction makes a bound, so that it need not converge.
const STEPS: usize = 100;
/// Binary digits of a direction.
const DIGITS: i32 = 30;

/// Each coordinate of a sum is a multiple of the items' greatest common divisor in it.
pub(crate) fn congruent<T: Coordinate>(list: &List<T>, goal: &[T]) -> T::Square {
    let mut square = T::no_square();
    for (step, goal) in list.steps.iter().zip(goal) {
        if step.is_zero() {
            goal.add_square(&mut square);
        } else {
            let rest = goal.mod_floor(step);
            let other = step.minus(&rest);
            rest.min(other).add_square(&mut square);
        }
    }
    square
}

/// The squared distance of the goal from the convex hull of the sums, from below: for every direction `u`,
/// `‖s − g‖ ≥ (⟨u, g⟩ − max_S ⟨u, S⟩) / ‖u‖`. Doubles look for the direction, integers make the bound. When the
/// budget has ended, one direction has to do.
pub(crate) fn relaxed<T: Coordinate>(
    list: &List<T>,
    goal: &[T],
    shift: u64,
    budget: &Budget<'_>,
) -> Rational {
    let d = goal.len();
    let items: Vec<f64> = list.items.iter().map(|v| v.approx(shift)).collect();
    let target: Vec<f64> = goal.iter().map(|v| v.approx(shift)).collect();
    let mut place = vec![0.0; d];
    for (at, v) in place.iter_mut().zip(&items) {
        *at = v * list.choose as f64;
    }
    let mut best = Rational::zero();
    for step in 0..STEPS {
        let pull: Vec<f64> = target.iter().zip(&place).map(|(t, p)| t - p).collect();
        let largest = pull.iter().fold(0.0_f64, |l, v| l.max(v.abs()));
        if largest.is_nan() || largest <= 0.0 {
            break;
        }
        // Frank–Wolfe: towards the sum that reaches furthest along the pull, as far as it helps.
        let mut order: Vec<(f64, usize)> = items
            .chunks_exact(d)
            .map(|item| item.iter().zip(&pull).map(|(a, b)| a * b).sum::<f64>())
            .zip(0..)
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut corner = vec![0.0; d];
        for j in 0..list.choose {
            let a = order[if list.repeats { 0 } else { j }].1;
            for x in 0..d {
                corner[x] += items[a * d + x];
            }
        }
        let way: Vec<f64> = corner.iter().zip(&place).map(|(c, p)| c - p).collect();
        let length: f64 = way.iter().map(|v| v * v).sum();
        let gain: f64 = way.iter().zip(&pull).map(|(a, b)| a * b).sum();
        let size: f64 = pull.iter().map(|v| v * v).sum();
        let over = budget.spent() || step + 1 == STEPS;
        if over || gain < size * 0.999 && (step % 10 == 9 || gain <= size * 1e-3) {
            let scale = 2.0_f64.powi(DIGITS) / largest;
            let direction: Vec<BigInt> = pull
                .iter()
                .map(|v| BigInt::from((v * scale).round() as i64))
                .collect();
            best = best.max(along(list, goal, &direction));
        }
        if over || gain <= size * 1e-9 || length <= 0.0 {
            break;
        }
        let share = (gain / length).min(1.0);
        for (at, v) in place.iter_mut().zip(&way) {
            *at += share * v;
        }
    }
    best
}

/// The bound of one direction, exactly.
fn along<T: Coordinate>(list: &List<T>, goal: &[T], direction: &[BigInt]) -> Rational {
    let dot = |point: &[T]| -> BigInt {
        let terms = point.iter().zip(direction);
        terms.map(|(v, u)| v.to_big() * u).sum()
    };
    let mut reaches: Vec<BigInt> = list.items.chunks_exact(direction.len()).map(dot).collect();
    reaches.sort_unstable_by(|a, b| b.cmp(a));
    let furthest: BigInt = if list.repeats {
        &reaches[0] * list.choose
    } else {
        reaches[..list.choose].iter().sum()
    };
    let beyond = dot(goal) - furthest;
    let norm: BigInt = direction.iter().map(|u| u * u).sum();
    if beyond <= BigInt::zero() || norm.is_zero() {
        return Rational::zero();
    }
    BigRational::new(&beyond * &beyond, norm)
}
