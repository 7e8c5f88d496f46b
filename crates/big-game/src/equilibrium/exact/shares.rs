//! The set of equilibria as a linear program in the shares of tied atoms, and an exact simplex method for it.
//!
//! At `r*` the equilibria are the shares `s ≥ 0` of tied atoms, summing to 1 in every hull, whose images add up to
//! `r*`. With one member of each hull expressed by the others a basis is a matrix of at most `d × d`, however many
//! hulls there are (G. Dantzig and R. Van Slyke, "Generalized upper bounding techniques", 1967); it is factored afresh
//! in every step, in integers. The corral of the position is a basis already: there is no phase one, and every
//! program begins where the last one ended.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::integer::{Budget, Echelon, Spent, bits, common, solve};
use super::numbers::{Column, ExactGame, approximate};
use super::position::{Hulls, Position, difference};
use crate::action_space::primitive;
use crate::spec::Rational;

/// A share: of an atom of a hull with ties.
pub(super) struct Variable {
    pub(super) hull: usize,
    pub(super) column: Rc<Column>,
}

/// The program at a basic solution.
pub(super) struct Shares {
    pub(super) variables: Vec<Variable>,
    /// Coordinates of the images that imply the others.
    rows: Vec<usize>,
    /// Variables with their values: every other one is 0.
    basic: Vec<(usize, Rational)>,
    /// How many hulls there are.
    hulls: usize,
}

/// A variable of the basis, and its value.
type Basic = (usize, Rational);

/// An objective: the numerator of a variable's coefficient over its column's denominator.
type Objective<'a> = &'a dyn Fn(&Variable) -> BigInt;

impl Shares {
    /// The tied atoms of the hulls with more than one, at the position's own shares.
    pub(super) fn new(
        game: &ExactGame<'_>,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Self, Spent> {
        let mut variables = Vec::new();
        let mut basic = Vec::new();
        let mut candidates = Vec::new();
        let mut span = Echelon::default();
        for (hull, ties) in position
            .ties
            .iter()
            .enumerate()
            .filter(|(_, t)| t.len() > 1)
        {
            let members = &position.corral[hull];
            for &atom in ties {
                let at = variables.len();
                let column = game.column(hull, atom, budget)?;
                match members.iter().position(|member| member.atom == atom) {
                    Some(place) => {
                        basic.push((at, members[place].share.clone()));
                        if place > 0 {
                            // Independent, as all of the corral.
                            span.push(difference(&column, &members[0].column).0, budget)?;
                        }
                    }
                    None => candidates.push((at, difference(&column, &members[0].column).0)),
                }
                variables.push(Variable { hull, column });
            }
        }
        // Atoms whose images are not reached by the corral's complete the basis, with nothing to do.
        for (at, image) in candidates {
            if span.push(image, budget)? {
                basic.push((at, Rational::zero()));
            }
        }
        Ok(Self {
            variables,
            rows: span.pivots,
            basic,
            hulls: position.ties.len(),
        })
    }

    /// Coordinates of the images that imply the others.
    pub(super) fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The shares of the current solution, 0 where there is none.
    pub(super) fn values(&self) -> Vec<Rational> {
        let mut values = vec![Rational::zero(); self.variables.len()];
        for (at, share) in &self.basic {
            values[*at].clone_from(share);
        }
        values
    }

    /// Which shares are positive somewhere in the set.
    pub(super) fn support(&mut self, budget: &mut Budget) -> Result<Vec<bool>, Spent> {
        let mut positive = vec![false; self.variables.len()];
        loop {
            for (at, share) in &self.basic {
                positive[*at] |= share.is_positive();
            }
            if positive.iter().all(|p| *p) {
                return Ok(positive);
            }
            // The sum of the others is at most 0 exactly when all of them vanish everywhere.
            let seen = positive.clone();
            let mut stops = false;
            self.climb(
                &|at, variable| {
                    if seen[at] {
                        BigInt::zero()
                    } else {
                        variable.column.denominator.clone()
                    }
                },
                budget,
                // One that is new is enough.
                &mut |basic| {
                    stops = basic
                        .iter()
                        .any(|(at, share)| !seen[*at] && share.is_positive());
                    stops
                },
            )?;
            if !stops {
                return Ok(positive);
            }
        }
    }

    /// The largest value of an objective over the set.
    pub(super) fn maximise(
        &mut self,
        objective: Objective<'_>,
        budget: &mut Budget,
    ) -> Result<Rational, Spent> {
        self.climb(&|_, variable| objective(variable), budget, &mut |_| false)?;
        let value = |(at, share): &(usize, Rational)| {
            let variable = &self.variables[*at];
            share * Rational::new(objective(variable), variable.column.denominator.clone())
        };
        Ok(self.basic.iter().map(value).sum())
    }

    /// The simplex method from where it is, until nothing improves or `enough` says so.
    fn climb(
        &mut self,
        objective: &dyn Fn(usize, &Variable) -> BigInt,
        budget: &mut Budget,
        enough: &mut dyn FnMut(&[Basic]) -> bool,
    ) -> Result<(), Spent> {
        // The largest gain first; from some step on the rule of Bland (1977), which cannot cycle.
        let patience = 10 + 2 * self.basic.len();
        for step in 0.. {
            let basis = Basis::of(self);
            let Some(enter) = self.entering(&basis, objective, step > patience, budget)? else {
                return Ok(());
            };
            self.pivot(&basis, enter, budget)?;
            if enough(&self.basic) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A variable that the objective gains by.
    fn entering(
        &self,
        basis: &Basis,
        objective: &dyn Fn(usize, &Variable) -> BigInt,
        careful: bool,
        budget: &mut Budget,
    ) -> Result<Option<usize>, Spent> {
        let worth = |at: usize| objective(at, &self.variables[at]);
        // λ · step_j = worth_j − worth of the hull's first.
        let mut sides = Vec::with_capacity(basis.others.len());
        for other in &basis.others {
            let of =
                |at: usize| Rational::new(worth(at), self.variables[at].column.denominator.clone());
            sides.push((of(other.variable) - of(other.first)) / &other.ratio);
        }
        let (sides, scale) = common(&sides);
        let system = basis.others.iter().zip(sides).map(|(other, side)| {
            let mut row = other.step.clone();
            row.push(side);
            row
        });
        let (prices, height) = solve(system.collect(), budget)?.ok_or(Spent)?;
        let prices: Vec<BigInt> = prices.into_iter().flatten().collect();
        let height = height * scale;
        let long = bits(&prices).max(height.bits());
        budget.spend(self.variables.len() * (prices.len() + 3), long)?;
        let score = |at: usize| -> BigInt {
            let column = &self.variables[at].column;
            let cost: BigInt = self
                .rows
                .iter()
                .zip(&prices)
                .map(|(&k, price)| price * &column.image[k])
                .sum();
            worth(at) * &height - cost
        };
        let firsts: Vec<Option<(usize, BigInt)>> = basis
            .firsts
            .iter()
            .map(|first| first.map(|at| (at, score(at))))
            .collect();
        let mut best: Option<(f64, usize)> = None;
        for at in 0..self.variables.len() {
            // Every hull with ties has a member in the basis.
            let Some((first, least)) = &firsts[self.variables[at].hull] else {
                continue;
            };
            if *first == at {
                continue;
            }
            let (p, q) = (
                &self.variables[at].column.denominator,
                &self.variables[*first].column.denominator,
            );
            let (gain, over) = if p == q {
                (score(at) - least, p.clone())
            } else {
                (score(at) * q - least * p, p * q)
            };
            if gain.is_positive() {
                if careful {
                    return Ok(Some(at));
                }
                let gain = approximate(&gain, &over);
                if best.is_none_or(|(most, _)| gain > most) {
                    best = Some((gain, at));
                }
            }
        }
        Ok(best.map(|(_, at)| at))
    }

    /// Raises a variable until a basic one is 0, which leaves.
    fn pivot(&mut self, basis: &Basis, enter: usize, budget: &mut Budget) -> Result<(), Spent> {
        let entering = &self.variables[enter];
        let first = basis.firsts[entering.hull].ok_or(Spent)?;
        let (step, ratio) = self.step(enter, first);
        // step = Σ w_j step_j.
        let rows = (0..self.rows.len()).map(|k| {
            let mut row: Vec<BigInt> = basis.others.iter().map(|o| o.step[k].clone()).collect();
            row.push(step[k].clone());
            row
        });
        let (shares, height) = solve(rows.collect(), budget)?.ok_or(Spent)?;
        budget.spend(20 * (basis.others.len() + 1), height.bits())?;
        let mut rates: Vec<Rational> = vec![Rational::zero(); self.basic.len()];
        let mut of_firsts: Vec<Rational> = vec![Rational::zero(); self.hulls];
        of_firsts[entering.hull] = -Rational::one();
        for (other, share) in basis.others.iter().zip(shares.into_iter().flatten()) {
            if share.is_zero() {
                continue;
            }
            let rate = -Rational::new(share, height.clone()) * &ratio / &other.ratio;
            of_firsts[self.variables[other.variable].hull] -= &rate;
            rates[other.place] = rate;
        }
        let mut leaving: Option<(Rational, usize)> = None;
        for (place, (at, share)) in self.basic.iter().enumerate() {
            let hull = self.variables[*at].hull;
            if basis.firsts[hull] == Some(*at) {
                rates[place].clone_from(&of_firsts[hull]);
            }
            if rates[place].is_negative() {
                let length = -share / &rates[place];
                let sooner = leaving
                    .as_ref()
                    .is_none_or(|(least, other)| (&length, *at) < (least, self.basic[*other].0));
                if sooner {
                    leaving = Some((length, place));
                }
            }
        }
        // The shares of a hull sum to 1, so where one grows another falls.
        let (length, leave) = leaving.ok_or(Spent)?;
        if !length.is_zero() {
            for ((_, share), rate) in self.basic.iter_mut().zip(&rates) {
                if !rate.is_zero() {
                    *share += &length * rate;
                }
            }
        }
        self.basic[leave] = (enter, length);
        Ok(())
    }

    /// `image − first's image` in the rows, as a primitive vector and what it has to be multiplied by.
    fn step(&self, at: usize, first: usize) -> (Vec<BigInt>, Rational) {
        let (column, base) = (&self.variables[at].column, &self.variables[first].column);
        let image = difference(column, base).0;
        let image: Vec<BigInt> = self.rows.iter().map(|&k| image[k].clone()).collect();
        let before = image.iter().find(|v| !v.is_zero()).cloned();
        let step = primitive(image);
        let after = step.iter().find(|v| !v.is_zero());
        let height = if column.denominator == base.denominator {
            column.denominator.clone()
        } else {
            &column.denominator * &base.denominator
        };
        let ratio = match (before, after) {
            (Some(before), Some(after)) => Rational::new(before / after, height),
            _ => Rational::one(),
        };
        (step, ratio)
    }

    /// The affine dimension of the set: directions within the supported atoms of each hull, less the rank of their
    /// images.
    pub(super) fn dimension(&self, positive: &[bool], budget: &mut Budget) -> Result<usize, Spent> {
        let mut directions = 0;
        let mut images = Echelon::default();
        let mut at = 0;
        while at < self.variables.len() {
            let hull = self.variables[at].hull;
            let end = at
                + self.variables[at..]
                    .iter()
                    .take_while(|v| v.hull == hull)
                    .count();
            let mut kept = (at..end).filter(|&k| positive[k]);
            // Somebody has a share of every hull.
            let first = kept.next().ok_or(Spent)?;
            let base = &self.variables[first].column;
            let mut span = Echelon::default();
            for k in kept {
                let column = &self.variables[k].column;
                let (p, q) = (&column.denominator, &base.denominator);
                let action = column.action.iter().zip(&base.action);
                if span.push(action.map(|(a, b)| a * q - b * p).collect(), budget)? {
                    images.push(difference(column, base).0, budget)?;
                }
            }
            directions += span.rank();
            at = end;
        }
        Ok(directions - images.rank())
    }
}

/// The basic variables seen from the first of each hull.
struct Basis {
    /// The first basic variable of each hull.
    firsts: Vec<Option<usize>>,
    /// The rest.
    others: Vec<Other>,
}

struct Other {
    variable: usize,
    /// Its place among the basic ones.
    place: usize,
    /// The first of its hull.
    first: usize,
    /// The image's difference to the first's is `ratio` times this.
    step: Vec<BigInt>,
    ratio: Rational,
}

impl Basis {
    fn of(shares: &Shares) -> Self {
        let mut firsts: Vec<Option<usize>> = vec![None; shares.hulls];
        let mut others = Vec::with_capacity(shares.rows.len());
        for (place, &(variable, _)) in shares.basic.iter().enumerate() {
            match &mut firsts[shares.variables[variable].hull] {
                Some(first) => {
                    let (step, ratio) = shares.step(variable, *first);
                    others.push(Other {
                        variable,
                        place,
                        first: *first,
                        step,
                        ratio,
                    });
                }
                none => *none = Some(variable),
            }
        }
        Self { firsts, others }
    }
}
