//! Where the receiver lands, exactly: an active-set method over atoms in rational arithmetic.
//!
//! The influencers minimise `½‖r‖² − Σ ⟨t_i, W_i x_i⟩` together (half the potential, eq. 5), `x_i` a convex combination
//! of atoms. As in P. Wolfe, "Finding the nearest point in a polytope" (1976), the method keeps atoms whose images are
//! affinely independent, with positive shares and the minimum over their affine hull (the *corral*), and lets in atoms
//! that promise more. An atom whose image depends on the others' replaces one of them, as in the simplex method. The
//! minimum falls with every atom let in, so none of the finitely many corrals returns: no tolerance, and no cycle.
//! Doubles choose who comes in and rule out who certainly does not; whatever they leave open is compared exactly.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::integer::{Budget, Spent, bits, common, product, solve};
use super::numbers::{Column, approximate};
use crate::action_space::primitive;
use crate::spec::Rational;

/// A sum of convex hulls in `R^d`, and what each atom is worth.
pub(super) trait Hulls {
    /// What everything is added to (length `d`).
    fn origin(&self) -> Vec<Rational>;
    /// The number of hulls.
    fn groups(&self) -> usize;
    /// The number of atoms of hull `g`, at least 1.
    fn atoms(&self, g: usize) -> usize;
    /// An atom.
    fn column(&self, g: usize, atom: usize, budget: &mut Budget) -> Result<Rc<Column>, Spent>;
    /// Writes `value − ⟨y, image⟩` for every atom of hull `g` in doubles; returns a bound on the errors, also for a
    /// `y` that is off by a few roundings.
    fn values(&self, g: usize, y: &[f64], out: &mut Vec<f64>) -> f64;
}

/// An atom with its share of a convex combination.
pub(super) struct Member {
    pub(super) atom: usize,
    pub(super) share: Rational,
    pub(super) column: Rc<Column>,
}

/// The minimum.
pub(super) struct Position {
    /// `r*`.
    pub(super) receiver: Vec<Rational>,
    /// Per hull: atoms with positive shares that sum to 1. The images' differences are independent.
    pub(super) corral: Vec<Vec<Member>>,
    /// Per hull: all atoms that are worth as much as the best at `r*`, in increasing order.
    pub(super) ties: Vec<Vec<usize>>,
}

/// Finds it. `near` is where to begin to look; any point is valid.
pub(super) fn position(
    hulls: &impl Hulls,
    near: &[f64],
    budget: &mut Budget,
) -> Result<Position, Spent> {
    let (mut search, pool) = Search::start(hulls, near, budget)?;
    search.settle()?;
    // First among the atoms that are best near `near`, then among all.
    search.descend(Some(&pool))?;
    let ties = search.descend(None)?;
    let height = &search.height;
    let receiver = search
        .y
        .iter()
        .map(|v| Rational::new(v.clone(), height.clone()));
    Ok(Position {
        receiver: receiver.collect(),
        ties,
        corral: search.corral,
    })
}

/// A member's atom, as (hull, member), and how fast its share changes.
type Rate = (usize, usize, Rational);

struct Search<'h, H> {
    hulls: &'h H,
    budget: &'h mut Budget,
    corral: Vec<Vec<Member>>,
    /// The origin plus the first member of every hull.
    base: Vec<Rational>,
    /// The minimum over the corral's affine hull is `y / height`.
    y: Vec<BigInt>,
    height: BigInt,
}

/// A member that is not the first of its hull: `image − first's image` is `ratio` times the primitive `step`.
struct Extra {
    hull: usize,
    at: usize,
    step: Step,
}

struct Step {
    image: Vec<BigInt>,
    value: BigInt,
    ratio: Rational,
}

/// Atoms within this many errors of the best near the start are tried first.
const POOL: f64 = 1e6;

impl<'h, H: Hulls> Search<'h, H> {
    fn start(
        hulls: &'h H,
        near: &[f64],
        budget: &'h mut Budget,
    ) -> Result<(Self, Vec<Vec<usize>>), Spent> {
        let mut corral = Vec::with_capacity(hulls.groups());
        let mut pool = Vec::with_capacity(hulls.groups());
        let mut base = hulls.origin();
        let mut values = Vec::new();
        for g in 0..hulls.groups() {
            let error = hulls.values(g, near, &mut values);
            let (mut first, mut best) = (0, f64::NEG_INFINITY);
            for (a, &v) in values.iter().enumerate() {
                if v > best {
                    (first, best) = (a, v);
                }
            }
            pool.push(
                (0..values.len())
                    .filter(|&a| {
                        // A NaN is not behind.
                        let behind = best - values[a] > POOL * error;
                        a == first || !behind
                    })
                    .collect(),
            );
            let column = hulls.column(g, first, budget)?;
            add(&mut base, &column, true);
            corral.push(vec![Member {
                atom: first,
                share: Rational::one(),
                column,
            }]);
        }
        let search = Self {
            hulls,
            budget,
            corral,
            base,
            y: Vec::new(),
            height: BigInt::one(),
        };
        Ok((search, pool))
    }

    /// Lets atoms in until none of the pool (or of all) is worth more; returns those that are worth as much.
    fn descend(&mut self, pool: Option<&[Vec<usize>]>) -> Result<Vec<Vec<usize>>, Spent> {
        loop {
            match self.price(pool)? {
                Priced::Optimal(ties) => return Ok(ties),
                Priced::Better(candidates) => {
                    for (g, atom) in candidates {
                        self.enter(g, atom)?;
                    }
                }
            }
        }
    }

    fn price(&mut self, pool: Option<&[Vec<usize>]>) -> Result<Priced, Spent> {
        let y: Vec<f64> = self
            .y
            .iter()
            .map(|v| approximate(v, &self.height))
            .collect();
        let mut better: Vec<(f64, usize, usize)> = Vec::new();
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut values = Vec::new();
        for g in 0..self.corral.len() {
            let error = 2.0 * self.hulls.values(g, &y, &mut values);
            // A float operation is a hundredth of an exact one.
            self.budget.spend(1 + values.len() * y.len() / 100, 1)?;
            let first = self.corral[g][0].atom;
            let mut best: Option<(f64, usize)> = None;
            let mut look = |a: usize| {
                let lead = values[a] - values[first];
                // A NaN is neither.
                let behind = lead < -error;
                if lead > error {
                    if best.is_none_or(|(most, _)| lead > most) {
                        best = Some((lead, a));
                    }
                } else if !behind {
                    open.push((g, a));
                }
            };
            match pool {
                Some(pool) => pool[g].iter().copied().for_each(&mut look),
                None => (0..values.len()).for_each(&mut look),
            }
            better.extend(best.map(|(lead, a)| (lead, g, a)));
        }
        if !better.is_empty() {
            better.sort_by(|p, q| q.0.total_cmp(&p.0).then(p.1.cmp(&q.1)));
            return Ok(Priced::Better(
                better.into_iter().map(|(_, g, a)| (g, a)).collect(),
            ));
        }
        let mut ties: Vec<Vec<usize>> = self.corral.iter().map(|_| Vec::new()).collect();
        let mut exactly = Vec::new();
        for (g, a) in open {
            let lead = match self.corral[g].iter().any(|member| member.atom == a) {
                true => BigInt::zero(),
                false => {
                    let column = self.hulls.column(g, a, self.budget)?;
                    self.lead(&column, g)?
                }
            };
            if lead.is_positive() {
                exactly.push((g, a));
            } else if lead.is_zero() {
                ties[g].push(a);
            }
        }
        Ok(if exactly.is_empty() {
            Priced::Optimal(ties)
        } else {
            Priced::Better(exactly)
        })
    }

    /// A positive multiple of what an atom is worth more than its hull's members, at `y`.
    fn lead(&mut self, column: &Column, g: usize) -> Result<BigInt, Spent> {
        let (image, value) = difference(column, &self.corral[g][0].column);
        let long = bits(&self.y).max(self.height.bits());
        self.budget.spend(3 * self.y.len() + 1, long)?;
        Ok(&value * &self.height - product(&image, &self.y))
    }

    /// Lets an atom in where it is worth more than its hull's members, and goes to the new minimum.
    fn enter(&mut self, g: usize, atom: usize) -> Result<(), Spent> {
        let column = self.hulls.column(g, atom, self.budget)?;
        if !self.lead(&column, g)?.is_positive() {
            return Ok(());
        }
        let step = Step::between(&column, &self.corral[g][0].column);
        let extras = self.extras();
        let rates = self.dependence(&extras, &step, g)?;
        self.corral[g].push(Member {
            atom,
            share: Rational::zero(),
            column,
        });
        if let Some(rates) = rates {
            self.exchange(&rates, g)?;
        }
        self.settle()
    }

    fn extras(&self) -> Vec<Extra> {
        let mut extras = Vec::new();
        for (hull, members) in self.corral.iter().enumerate() {
            for (at, member) in members.iter().enumerate().skip(1) {
                extras.push(Extra {
                    hull,
                    at,
                    step: Step::between(&member.column, &members[0].column),
                });
            }
        }
        extras
    }

    /// The Gram matrix of the extras' steps, a right-hand side beside it.
    fn gram(
        &mut self,
        extras: &[Extra],
        side: impl Fn(&Step) -> BigInt,
    ) -> Result<Vec<Vec<BigInt>>, Spent> {
        let k = extras.len();
        let long = extras
            .iter()
            .map(|e| bits(&e.step.image))
            .max()
            .unwrap_or(0);
        self.budget.spend((k * k + k) * self.base.len(), long)?;
        let row = |e: &Extra| {
            let mut row: Vec<BigInt> = extras
                .iter()
                .map(|f| product(&e.step.image, &f.step.image))
                .collect();
            row.push(side(&e.step));
            row
        };
        Ok(extras.iter().map(row).collect())
    }

    /// How the members' shares change for each unit of a new atom so that the image stays: (hull, member, rate), the
    /// new atom left out; `None` when its image is independent of the members'.
    fn dependence(
        &mut self,
        extras: &[Extra],
        step: &Step,
        g: usize,
    ) -> Result<Option<Vec<Rate>>, Spent> {
        let gram = self.gram(extras, |of| product(&of.image, &step.image))?;
        // The extras are independent.
        let (solution, height) = solve(gram, self.budget)?.ok_or(Spent)?;
        let mut rest: Vec<BigInt> = step.image.iter().map(|v| v * &height).collect();
        for (share, extra) in solution.iter().zip(extras) {
            for (r, v) in rest.iter_mut().zip(&extra.step.image) {
                *r -= &share[0] * v;
            }
        }
        if rest.iter().any(|v| !v.is_zero()) {
            return Ok(None);
        }
        let mut firsts: Vec<Rational> = vec![Rational::zero(); self.corral.len()];
        firsts[g] = -Rational::one();
        let mut rates = Vec::new();
        for (share, extra) in solution.into_iter().zip(extras) {
            let share = share.into_iter().next().unwrap_or_default();
            let rate = -Rational::new(share, height.clone()) * &step.ratio / &extra.step.ratio;
            firsts[extra.hull] -= &rate;
            rates.push((extra.hull, extra.at, rate));
        }
        let firsts = firsts.into_iter().enumerate();
        rates.extend(firsts.filter(|(_, r)| !r.is_zero()).map(|(h, r)| (h, 0, r)));
        Ok(Some(rates))
    }

    /// Moves along `rates`, the last member of hull `g` at rate 1, until a share is 0, and drops that member.
    fn exchange(&mut self, rates: &[(usize, usize, Rational)], g: usize) -> Result<(), Spent> {
        self.budget.spend(20 * rates.len(), 4)?;
        let mut first: Option<(Rational, usize, usize)> = None;
        for (hull, at, rate) in rates.iter().filter(|(_, _, rate)| rate.is_negative()) {
            let length = -&self.corral[*hull][*at].share / rate;
            if first.as_ref().is_none_or(|(least, _, _)| length < *least) {
                first = Some((length, *hull, *at));
            }
        }
        // The shares of a hull sum to 1, so where one grows another falls.
        let (length, hull, at) = first.ok_or(Spent)?;
        for (hull, at, rate) in rates {
            self.corral[*hull][*at].share += &length * rate;
        }
        if let Some(new) = self.corral[g].last_mut() {
            new.share += &length;
        }
        self.remove(hull, at);
        Ok(())
    }

    /// Takes a member out; another becomes the first of its hull where it was that.
    fn remove(&mut self, hull: usize, at: usize) {
        let gone = self.corral[hull].remove(at);
        if at == 0 {
            add(&mut self.base, &gone.column, false);
            if let Some(first) = self.corral[hull].first() {
                add(&mut self.base, &first.column, true);
            }
        }
    }

    /// Goes to the minimum over the corral's affine hull, dropping the members whose share reaches 0 on the way.
    fn settle(&mut self) -> Result<(), Spent> {
        loop {
            let extras = self.extras();
            let (base, one) = common(&self.base);
            // ⟨y, step⟩ = value for y = base + Σ μ step.
            let gram = self.gram(&extras, |of| &of.value * &one - product(&of.image, &base))?;
            let (solution, height) = solve(gram, self.budget)?.ok_or(Spent)?;
            let scale = &height * &one;
            self.budget.spend(20 * (extras.len() + 1), scale.bits())?;
            let mut goals: Vec<Vec<Rational>> = self
                .corral
                .iter()
                .map(|members| vec![Rational::zero(); members.len()])
                .collect();
            for goal in &mut goals {
                goal[0] = Rational::one();
            }
            for (mu, extra) in solution.iter().zip(&extras) {
                let goal = Rational::new(mu[0].clone(), scale.clone()) / &extra.step.ratio;
                goals[extra.hull][0] -= &goal;
                goals[extra.hull][extra.at] = goal;
            }
            if self.walk(&goals) {
                continue;
            }
            self.y = base.iter().map(|v| v * &height).collect();
            for (mu, extra) in solution.iter().zip(&extras) {
                for (y, v) in self.y.iter_mut().zip(&extra.step.image) {
                    *y += &mu[0] * v;
                }
            }
            self.y.push(scale);
            self.y = primitive(std::mem::take(&mut self.y));
            self.height = self.y.pop().unwrap_or_else(BigInt::one);
            return Ok(());
        }
    }

    /// Moves the shares towards their goals, as far as they stay at least 0. Where one stops the walk it is dropped,
    /// and the answer is yes; at the goals, members whose share is 0 are dropped, and the answer is no.
    fn walk(&mut self, goals: &[Vec<Rational>]) -> bool {
        let mut length = Rational::one();
        let mut stopped = false;
        for (members, goals) in self.corral.iter().zip(goals) {
            for (member, goal) in members.iter().zip(goals) {
                if goal.is_negative() {
                    let until = &member.share / (&member.share - goal);
                    if !stopped || until < length {
                        length = until;
                    }
                    stopped = true;
                }
            }
        }
        for (members, goals) in self.corral.iter_mut().zip(goals) {
            if members.len() > 1 {
                for (member, goal) in members.iter_mut().zip(goals) {
                    let step = (goal - &member.share) * &length;
                    member.share += step;
                }
            }
        }
        for hull in 0..self.corral.len() {
            for at in (0..self.corral[hull].len()).rev() {
                let falls = !stopped || goals[hull][at].is_negative();
                if falls && self.corral[hull][at].share.is_zero() {
                    self.remove(hull, at);
                }
            }
        }
        stopped
    }
}

enum Priced {
    /// No atom is worth more than the members; those worth as much.
    Optimal(Vec<Vec<usize>>),
    /// (hull, atom): worth more.
    Better(Vec<(usize, usize)>),
}

impl Step {
    fn between(column: &Column, first: &Column) -> Self {
        let (mut all, value) = difference(column, first);
        all.push(value);
        let before = all.iter().find(|v| !v.is_zero()).cloned();
        let mut image = primitive(all);
        let after = image.iter().find(|v| !v.is_zero());
        let ratio = match (before, after) {
            (Some(before), Some(after)) => {
                let height = if column.denominator == first.denominator {
                    column.denominator.clone()
                } else {
                    &column.denominator * &first.denominator
                };
                Rational::new(before / after, height)
            }
            _ => Rational::one(),
        };
        let value = image.pop().unwrap_or_default();
        Self {
            image,
            value,
            ratio,
        }
    }
}

/// The difference of two atoms' images and values, times the product of their denominators (times the denominator
/// where they have the same).
pub(super) fn difference(column: &Column, first: &Column) -> (Vec<BigInt>, BigInt) {
    let (p, q) = (&column.denominator, &first.denominator);
    if p == q {
        let image = column.image.iter().zip(&first.image).map(|(a, b)| a - b);
        return (image.collect(), &column.value - &first.value);
    }
    let image = column
        .image
        .iter()
        .zip(&first.image)
        .map(|(a, b)| a * q - b * p);
    (image.collect(), &column.value * q - &first.value * p)
}

/// Adds an atom's image, or takes it away.
fn add(sum: &mut [Rational], column: &Column, sign: bool) {
    for (s, v) in sum.iter_mut().zip(&column.image) {
        if !v.is_zero() {
            let v = Rational::new(v.clone(), column.denominator.clone());
            if sign {
                *s += v;
            } else {
                *s -= v;
            }
        }
    }
}
