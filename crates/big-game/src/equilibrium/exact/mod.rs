//! The set of equilibria of a small polytopal game in rational arithmetic: no tolerance, and a proof.
//!
//! `position` finds `r*` and the atoms that tie there by an exact active-set method that begins near an approximate
//! answer; `shares` asks for the dimension of the set and its ranges by linear programs that begin where the position
//! ended. All is counted in a budget of operations: what it does not pay for is not known.

mod integer;
mod numbers;
mod position;
mod shares;
mod vertices;

use big_numeric::nearest;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use self::integer::{Budget, Spent};
use self::numbers::{ExactGame, inner};
use self::position::{Hulls, Position, position};
use self::shares::Shares;
pub(crate) use self::vertices::vertices;
use crate::action_space::{ActionSpace, ConvexSet, Face};
use crate::game::Game;
use crate::spec::Rational;

/// Work for the position and the dimension, and as much again for the ranges: below a second.
const BUDGET: u64 = 30_000_000;

/// An influencer, and the least and the greatest value of each coordinate of its action.
pub(crate) type Range = (usize, Vec<f64>, Vec<f64>);

/// The exact description, rounded once.
pub(crate) struct ExactSet {
    /// `r*`.
    pub(crate) receiver: Vec<f64>,
    /// Affine dimension of the set, idle influencers left out.
    pub(crate) dimension: usize,
    /// The exposed face of each influencer that has a tie, in increasing order.
    pub(crate) faces: Vec<(usize, Face)>,
    /// Range of each coordinate of each influencer that has a tie. Where the budget does not
    /// pay for a range it is its face's.
    pub(crate) ranges: Vec<Range>,
    /// A member of the set: the actions of the influencers with a weight.
    pub(crate) actions: Vec<(usize, Vec<f64>)>,
    /// Influencers with `t_i = r*` and a weight that is not zero.
    pub(crate) winners: Vec<usize>,
}

/// The set, looked for around the approximate answer `y`. `None`: not polytopal, larger than `effort` (influencers ×
/// atoms × dimension), or more work than the budget.
pub(crate) fn describe(game: &Game, y: &[f64], effort: usize) -> Option<ExactSet> {
    let exact = ExactGame::new(game, effort)?;
    let mut budget = Budget::new(BUDGET);
    let position = position(&exact, y, &mut budget).ok()?;
    described(&exact, &position, &mut budget).ok()
}

/// `r*` alone, on the same terms.
pub(crate) fn receiver(game: &Game, y: &[f64], effort: usize) -> Option<Vec<Rational>> {
    let exact = ExactGame::new(game, effort)?;
    let position = position(&exact, y, &mut Budget::new(BUDGET)).ok()?;
    Some(position.receiver)
}

fn described(
    exact: &ExactGame<'_>,
    position: &Position,
    budget: &mut Budget,
) -> Result<ExactSet, Spent> {
    let game = exact.game;
    let mut shares = Shares::new(exact, position, budget)?;
    let support = shares.support(budget)?;
    let dimension = shares.dimension(&support, budget)?;
    let (mut faces, mut actions) = (Vec::new(), Vec::new());
    let mut ranges: Vec<Range> = Vec::new();
    // Ranges are the costly part, and not needed to know how many equilibria there are.
    let mut of_ranges = Budget::new(BUDGET);
    for hulls in by_influencer(exact) {
        let i = exact.group(hulls.start).influencer;
        actions.push((i, action(exact, position, hulls.clone())));
        if hulls.clone().all(|h| position.ties[h].len() == 1) {
            continue;
        }
        let face = face(exact, position, hulls.clone(), budget)?;
        if dimension > 0 {
            let alike = ranges
                .iter()
                .find(|(j, _, _)| exact.alike(*j, i))
                .map(|(_, lower, upper)| (i, lower.clone(), upper.clone()));
            let range = alike.unwrap_or_else(|| {
                let (lower, upper) = range(hulls, &mut shares, &face, &mut of_ranges);
                (i, lower, upper)
            });
            ranges.push(range);
        }
        faces.push((i, face));
    }
    let winners = (0..game.influencers())
        .filter(|&i| !game.weight(i).is_zero() && exact.target(i) == position.receiver)
        .collect();
    Ok(ExactSet {
        receiver: position.receiver.iter().map(nearest).collect(),
        dimension,
        faces,
        ranges,
        actions,
        winners,
    })
}

/// The hulls of each influencer: one, or one a coordinate of a box.
fn by_influencer(exact: &ExactGame<'_>) -> Vec<std::ops::Range<usize>> {
    let mut all: Vec<std::ops::Range<usize>> = Vec::new();
    for h in 0..exact.groups() {
        match all.last_mut() {
            Some(last) if exact.group(last.start).influencer == exact.group(h).influencer => {
                last.end = h + 1;
            }
            _ => all.push(h..h + 1),
        }
    }
    all
}

/// The action that the position's corral makes.
fn action(exact: &ExactGame<'_>, position: &Position, hulls: std::ops::Range<usize>) -> Vec<f64> {
    let i = exact.group(hulls.start).influencer;
    let mut sum = vec![Rational::zero(); exact.game.space(i).dim()];
    for member in position.corral[hulls].iter().flatten() {
        for (s, v) in sum.iter_mut().zip(&member.column.action) {
            if !v.is_zero() {
                let v = Rational::new(v.clone(), member.column.denominator.clone());
                *s += v * &member.share;
            }
        }
    }
    sum.iter().map(nearest).collect()
}

/// The face of the tied atoms.
fn face(
    exact: &ExactGame<'_>,
    position: &Position,
    hulls: std::ops::Range<usize>,
    budget: &mut Budget,
) -> Result<Face, Spent> {
    let i = exact.group(hulls.start).influencer;
    let dim = exact.game.space(i).dim();
    let boxed = exact.group(hulls.start).coordinate.is_some();
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    let mut points = Vec::new();
    for h in hulls {
        let group = exact.group(h);
        let mut tied = Vec::new();
        for &atom in &position.ties[h] {
            tied.push(exact.action(group, atom, budget)?);
        }
        match group.coordinate {
            Some(k) => {
                let values = || tied.iter().map(|action| nearest(&action[k]));
                lower.push(values().fold(f64::INFINITY, f64::min));
                upper.push(values().fold(f64::NEG_INFINITY, f64::max));
            }
            None => points.extend(tied.iter().flatten().map(nearest)),
        }
    }
    Ok(if boxed {
        Face::Box { lower, upper }
    } else {
        Face::Hull {
            vertices: points,
            dim,
        }
    })
}

/// The range of each coordinate of an influencer's action, within its face.
fn range(
    hulls: std::ops::Range<usize>,
    shares: &mut Shares,
    face: &Face,
    budget: &mut Budget,
) -> (Vec<f64>, Vec<f64>) {
    let (mut lower, mut upper) = face.bounds().unwrap_or_default();
    for c in 0..lower.len() {
        if lower[c] == upper[c] {
            continue;
        }
        let mine = |hull: usize| hulls.contains(&hull);
        let of = |variable: &shares::Variable, sign: bool| match mine(variable.hull) {
            true if sign => variable.column.action[c].clone(),
            true => -&variable.column.action[c],
            false => BigInt::zero(),
        };
        let Ok(most) = shares.maximise(&|v| of(v, true), budget) else {
            break;
        };
        let Ok(least) = shares.maximise(&|v| of(v, false), budget) else {
            break;
        };
        // The other coordinates of a box add nothing: their atoms are 0 here.
        upper[c] = nearest(&most);
        lower[c] = nearest(&-least);
    }
    (lower, upper)
}

/// The exposed face of influencer `i` under the inner-product loss, ties decided exactly; `None` for round sets and
/// where the vertices are too many.
pub(crate) fn dominant_face(game: &Game, i: usize) -> Option<Face> {
    let exact = ExactGame::of(game, &[i], usize::MAX)?;
    let g = exact.pull_back(i, exact.target(i));
    if let ActionSpace::Box(set) = game.space(i) {
        let (mut lower, mut upper) = (set.lower().to_vec(), set.upper().to_vec());
        for k in 0..g.len() {
            if g[k].is_positive() {
                lower[k] = upper[k];
            } else if g[k].is_negative() {
                upper[k] = lower[k];
            }
        }
        return Some(if lower == upper {
            Face::Point(lower)
        } else {
            Face::Box { lower, upper }
        });
    }
    // Each atom is solved for once, whatever it takes.
    let mut budget = Budget::new(u64::MAX);
    let mut atoms = Vec::new();
    for atom in 0..exact.atoms(0) {
        atoms.push(exact.action(exact.group(0), atom, &mut budget).ok()?);
    }
    let values: Vec<Rational> = atoms.iter().map(|atom| inner(&g, atom)).collect();
    let best = values.iter().max()?;
    let tied: Vec<Vec<f64>> = atoms
        .iter()
        .zip(&values)
        .filter(|(_, v)| *v == best)
        .map(|(atom, _)| atom.iter().map(nearest).collect())
        .collect();
    Some(match tied.len() {
        1 => Face::Point(tied.concat()),
        _ => Face::Hull {
            dim: g.len(),
            vertices: tied.concat(),
        },
    })
}

/// Is `W_iᵀ t_i` exactly zero?
pub(crate) fn dominant_direction_is_zero(game: &Game, i: usize) -> Option<bool> {
    let exact = ExactGame::of(game, &[], usize::MAX)?;
    let g = exact.pull_back(i, exact.target(i));
    Some(g.iter().all(Zero::is_zero))
}
