//! The vertices of the set of equilibria of a small polytopal game, exactly.

use std::rc::Rc;

use big_numeric::nearest;
use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::BUDGET;
use super::integer::{Budget, Echelon, Spent, common};
use super::numbers::{Column, ExactGame, inner};
use super::position::{Hulls, Position, position};
use super::shares::Shares;
use crate::action_space::{ConvexSet, double_description};
use crate::game::Game;
use crate::profile::Profile;
use crate::spec::Rational;

/// Sets in which more atoms tie are not enumerated.
const TIES: usize = 120;

/// The vertices around the approximate receiver position `y` (see [`describe`](super::describe)), in a fixed order,
/// idle influencers left at 0; `None` for games that are not small and polytopal, or with more than `limit`.
pub(crate) fn vertices(
    game: &Game,
    y: &[f64],
    effort: usize,
    limit: usize,
) -> Option<Vec<Profile>> {
    let exact = ExactGame::new(game, effort)?;
    let mut budget = Budget::new(BUDGET);
    let position = position(&exact, y, &mut budget).ok()?;
    let shares = Shares::new(&exact, &position, &mut budget).ok()?;
    if shares.variables.len() > TIES {
        return None;
    }
    let mut points: Vec<Vec<Rational>> = corners(&shares, limit)?
        .iter()
        .map(|share| actions(&exact, &position, &shares, share))
        .collect();
    points.sort();
    points.dedup();
    // Shares of dependent atoms have corners whose actions are no corner of the set.
    if points.len() > 2 && depend(&shares, &mut budget).ok()? {
        points = extreme(points, &mut budget).ok()?;
    }
    if points.len() > limit {
        return None;
    }
    let profile = |point: &Vec<Rational>| {
        let mut profile = Profile::zeros(game);
        for (x, q) in profile.values_mut().iter_mut().zip(point) {
            *x = nearest(q);
        }
        profile
    };
    Some(points.iter().map(profile).collect())
}

/// The corners of the shares' polytope.
fn corners(shares: &Shares, limit: usize) -> Option<Vec<Vec<Rational>>> {
    let columns = shares.variables.len();
    let mut rows = equations(shares);
    // Row-reduced, every solution is a basic one plus a combination of the free columns.
    let pivots = reduce(&mut rows);
    rows.truncate(pivots.len());
    let free: Vec<usize> = (0..columns).filter(|k| !pivots.contains(k)).collect();
    let spread = |z: &[Rational]| -> Vec<Rational> {
        let mut share = vec![Rational::zero(); columns];
        for (row, &pivot) in rows.iter().zip(&pivots) {
            let moved: Rational = free.iter().zip(z).map(|(&k, v)| &row[k] * v).sum();
            share[pivot] = &row[columns] - moved;
        }
        for (&k, v) in free.iter().zip(z) {
            share[k] = v.clone();
        }
        share
    };
    if free.is_empty() {
        return Some(vec![spread(&[])]);
    }
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for (at, _) in free.iter().enumerate() {
        let mut row = vec![Rational::zero(); free.len()];
        row[at] = -Rational::one();
        a.push(row);
        b.push(Rational::zero());
    }
    for row in &rows {
        a.push(free.iter().map(|&k| row[k].clone()).collect());
        b.push(row[columns].clone());
    }
    let corners = double_description(&a, &b, free.len(), limit.saturating_mul(64)).ok()?;
    Some(corners.iter().map(|z| spread(z)).collect())
}

/// `[A | b]` with `A s = b` for the shares: their images' sum, and the sum of each hull.
fn equations(shares: &Shares) -> Vec<Vec<Rational>> {
    let known = shares.values();
    let with_side = |row: Vec<Rational>| {
        let side = inner(&row, &known);
        row.into_iter().chain([side]).collect()
    };
    let image = |k: usize| {
        let entry =
            |column: &Column| Rational::new(column.image[k].clone(), column.denominator.clone());
        shares.variables.iter().map(|v| entry(&v.column)).collect()
    };
    let mut rows: Vec<Vec<Rational>> = shares.rows().iter().map(|&k| with_side(image(k))).collect();
    let mut hulls: Vec<usize> = shares.variables.iter().map(|v| v.hull).collect();
    hulls.dedup();
    for hull in hulls {
        let one = |of: usize| Rational::from_integer(BigInt::from(u8::from(of == hull)));
        rows.push(with_side(
            shares.variables.iter().map(|v| one(v.hull)).collect(),
        ));
    }
    rows
}

/// Are the tied actions of some hull affinely dependent?
fn depend(shares: &Shares, budget: &mut Budget) -> Result<bool, Spent> {
    let mut at = 0;
    while at < shares.variables.len() {
        let base = &shares.variables[at];
        let mut span = Echelon::default();
        at += 1;
        while at < shares.variables.len() && shares.variables[at].hull == base.hull {
            let (column, base) = (&shares.variables[at].column, &base.column);
            let step = column.action.iter().zip(&base.action);
            let step = step.map(|(a, b)| a * &base.denominator - b * &column.denominator);
            if !span.push(step.collect(), budget)? {
                return Ok(true);
            }
            at += 1;
        }
    }
    Ok(false)
}

/// All actions, one after the other, that the shares make.
fn actions(
    exact: &ExactGame<'_>,
    position: &Position,
    shares: &Shares,
    share: &[Rational],
) -> Vec<Rational> {
    let game = exact.game;
    let mut by_influencer: Vec<Vec<Rational>> = (0..game.influencers())
        .map(|i| vec![Rational::zero(); game.space(i).dim()])
        .collect();
    let mut add = |hull: usize, column: &Column, weight: &Rational| {
        let action = &mut by_influencer[exact.group(hull).influencer];
        for (x, v) in action.iter_mut().zip(&column.action) {
            *x += weight * Rational::new(v.clone(), column.denominator.clone());
        }
    };
    for (hull, members) in position.corral.iter().enumerate() {
        if position.ties[hull].len() == 1 {
            add(hull, &members[0].column, &Rational::one());
        }
    }
    for (variable, weight) in shares.variables.iter().zip(share) {
        add(variable.hull, &variable.column, weight);
    }
    by_influencer.concat()
}

/// The points that are no convex combination of the others.
fn extreme(points: Vec<Vec<Rational>>, budget: &mut Budget) -> Result<Vec<Vec<Rational>>, Spent> {
    let mut kept = Vec::new();
    for (p, point) in points.iter().enumerate() {
        let others = points.iter().enumerate().filter(|(q, _)| *q != p);
        let hull = Around {
            columns: others
                .map(|(_, other)| Rc::new(worth(other, point)))
                .collect(),
        };
        // The point of the others' hull nearest to it is itself.
        if position(&hull, &vec![0.0; point.len()], budget)?.receiver != *point {
            kept.push(point.clone());
        }
    }
    Ok(kept)
}

/// A point as an atom of somebody who wants `target`.
fn worth(point: &[Rational], target: &[Rational]) -> Column {
    let value = inner(point, target);
    let all: Vec<Rational> = point.iter().cloned().chain([value]).collect();
    let (mut image, denominator) = common(&all);
    Column {
        value: image.pop().unwrap_or_default(),
        image,
        action: Vec::new(),
        denominator,
    }
}

/// One hull, and nothing else.
struct Around {
    columns: Vec<Rc<Column>>,
}

impl Hulls for Around {
    fn origin(&self) -> Vec<Rational> {
        vec![Rational::zero(); self.columns.first().map_or(0, |c| c.image.len())]
    }

    fn groups(&self) -> usize {
        1
    }

    fn atoms(&self, _: usize) -> usize {
        self.columns.len()
    }

    fn column(&self, _: usize, atom: usize, _: &mut Budget) -> Result<Rc<Column>, Spent> {
        Ok(Rc::clone(&self.columns[atom]))
    }

    /// Doubles know nothing of these: all is compared exactly.
    fn values(&self, _: usize, _: &[f64], out: &mut Vec<f64>) -> f64 {
        out.clear();
        out.resize(self.columns.len(), 0.0);
        f64::INFINITY
    }
}

/// Row-reduces a matrix in place; returns the pivot columns: their number is the rank.
fn reduce(rows: &mut [Vec<Rational>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut pivots = Vec::new();
    for k in 0..columns {
        let top = pivots.len();
        let Some(i) = (top..rows.len()).find(|&i| !rows[i][k].is_zero()) else {
            continue;
        };
        rows.swap(top, i);
        let pivot = rows[top][k].clone();
        for v in &mut rows[top] {
            if !v.is_zero() {
                *v /= &pivot;
            }
        }
        let row = rows[top].clone();
        for (j, other) in rows.iter_mut().enumerate() {
            let share = other[k].clone();
            if j == top || share.is_zero() {
                continue;
            }
            for (t, r) in other.iter_mut().zip(&row) {
                if !r.is_zero() {
                    *t -= &share * r;
                }
            }
        }
        pivots.push(k);
    }
    pivots
}
