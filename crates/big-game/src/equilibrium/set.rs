//! The whole set of equilibria of a general game (ours; `r*` is unique, so the set has this form).
//!
//! With `g_i = W_iᵀ (t_i − r*)`, the equilibria are `{x ∈ Π F_i : Σ W_i x_i = r* − b}`, `F_i` the face of `X_i`
//! exposed by `g_i`. Where the images of the faces' directions are independent there is one equilibrium, and
//! nothing needs to be solved. Otherwise the affine dimension comes from a point in the relative interior,
//! and the ranges from one small convex program each.

use big_numeric::norm;

use super::carry::Inside;
use super::exact::{self, ExactSet};
use super::landing::{blocks, of_each};
use super::selection::{Loose, add_idle, carriers, pull_of, select};
use super::{Cardinality, FreeInfluencer, Selection};
use crate::action_space::{ConvexSet, Face, directions, independent};
use crate::game::Game;
use crate::profile::Profile;
use crate::solver::conic::Conic;
use crate::solver::decomposition::Found;
use crate::solver::solved::Solved;
use crate::stop::{NEVER, Stop};

/// Pulls whose difference over a face is below this share of their size are tied for certain: it is what the
/// rounding errors of a polished answer can be.
pub(crate) const TIED: f64 = 1e-11;
/// Above this share they differ for certain; between the two nobody knows.
pub(crate) const APART: f64 = 1e-7;
/// An image shorter than this share of what it could be is none.
const NOTHING: f64 = 1e-13;
/// Size (influencers × atoms × dimension) up to which rational arithmetic is used when nothing is in doubt.
const SMALL: usize = 5_000;
/// The same when there is freedom whose extent has to be proved.
pub(crate) const LARGE: usize = 200_000;
/// More small programs than this are not solved for ranges: faces bound them instead.
const PROGRAMS: usize = 400;

/// Actions that reach the receiver position `y` from the faces that it exposes: for answers whose position is
/// right while the way several influencers share one pull is not. `None` when nobody is free to share.
pub(crate) fn recover(game: &Game, y: &[f64], actions: &Profile, stop: &Stop) -> Option<Profile> {
    let near = loose(game, y, TIED);
    if near.is_empty() {
        return None;
    }
    let mut recovered = actions.clone();
    let mut rest: Vec<f64> = y.iter().zip(game.bias()).map(|(v, b)| v - b).collect();
    let mut at = near.iter().map(|l| l.influencer).peekable();
    let mut image = vec![0.0; game.dim()];
    for i in 0..game.influencers() {
        if at.next_if_eq(&i).is_none() {
            image.fill(0.0);
            game.weight(i).add_image(actions.action(i), &mut image);
            rest.iter_mut().zip(&image).for_each(|(r, v)| *r -= v);
        }
    }
    let unit = game.unit();
    let mut conic = Conic::until(stop);
    let points: Vec<_> = near
        .iter()
        .map(|l| match l.face {
            Face::Unlisted => (conic.point_of(game.space(l.influencer)), None),
            _ => conic.point_of_face(&l.face),
        })
        .collect();
    let miss = conic.variables(game.dim());
    for k in 0..game.dim() {
        let mut terms = terms_of(game, &near, &points, k);
        terms.push((miss + k, 1.0));
        conic.equal(&terms, rest[k] / unit);
        conic.square(miss + k, 1.0);
    }
    let answer = conic.solve()?;
    for (l, &(x, _)) in near.iter().zip(&points) {
        let m = game.space(l.influencer).dim();
        let action = recovered.action_mut(l.influencer);
        game.space(l.influencer)
            .project(&answer.x[x..x + m], action);
    }
    Some(recovered)
}

/// Row `k` of `Σ W_i x_i` in units of the game's scale.
fn terms_of(
    game: &Game,
    loose: &[Loose],
    points: &[(usize, Option<usize>)],
    k: usize,
) -> Vec<(usize, f64)> {
    let mut unit_row = vec![0.0; game.dim()];
    unit_row[k] = 1.0 / game.unit();
    let mut terms = Vec::new();
    for (l, &(x, _)) in loose.iter().zip(points) {
        let mut row = vec![0.0; game.space(l.influencer).dim()];
        game.weight(l.influencer).pull_back(&unit_row, &mut row);
        terms.extend(row.iter().enumerate().map(|(c, &v)| (x + c, v)));
    }
    terms
}

/// Describes the set around an answer and selects one of its members.
pub(crate) fn describe(game: &Game, found: Found, selection: Selection, stop: &Stop) -> Solved {
    let far = loose(game, &found.y, APART);
    let mut solved = Solved {
        winners: winners(game, &found.y),
        receiver: found.y,
        actions: found.actions,
        cardinality: Cardinality::Unique,
        dimension: Some(0),
        free: Vec::new(),
        passes: found.passes,
    };
    let freedom = kernel(game, &far);
    let effort = if freedom > 0 { LARGE } else { SMALL };
    if let Some(known) = exact::describe(game, &solved.receiver, effort) {
        adopt(game, known, selection, stop, &mut solved);
    } else if freedom > 0 {
        let near = loose(game, &solved.receiver, TIED);
        let same = listed(&near)
            && near.len() == far.len()
            && near
                .iter()
                .zip(&far)
                .all(|(a, b)| a.influencer == b.influencer && a.face == b.face);
        if same {
            fill(game, &near, selection, stop, &mut solved);
        } else {
            solved.cardinality = Cardinality::Unknown;
            solved.dimension = None;
        }
    }
    add_idle(game, selection, &mut solved);
    solved
}

/// Can the vertices of all these faces be listed?
fn listed(loose: &[Loose]) -> bool {
    loose.iter().all(|l| l.face != Face::Unlisted)
}

/// Takes over what rational arithmetic has proved.
fn adopt(game: &Game, known: ExactSet, selection: Selection, stop: &Stop, solved: &mut Solved) {
    solved.receiver = known.receiver;
    solved.winners = known.winners;
    solved.dimension = Some(known.dimension);
    for (i, action) in &known.actions {
        solved.actions.action_mut(*i).copy_from_slice(action);
    }
    if known.dimension == 0 {
        return;
    }
    solved.cardinality = Cardinality::Infinite;
    for (influencer, lower, upper) in known.ranges {
        if lower != upper {
            solved.free.push(FreeInfluencer {
                influencer,
                lower,
                upper,
            });
        }
    }
    let near: Vec<Loose> = known
        .faces
        .into_iter()
        .map(|(influencer, face)| Loose { influencer, face })
        .collect();
    let Program { mut conic, points } = program(game, &near, &solved.actions, stop);
    select(game, &near, &mut conic, &points, selection, solved);
    // An action that is the same in the whole set is known better than a selection finds it.
    for (i, action) in &known.actions {
        if solved
            .free
            .binary_search_by_key(i, |f| f.influencer)
            .is_err()
        {
            solved.actions.action_mut(*i).copy_from_slice(action);
        }
    }
}

/// Influencers with `t_i = r*`, to the rounding of a polished answer, and a weight that is not zero.
pub(crate) fn winners(game: &Game, y: &[f64]) -> Vec<usize> {
    let unit = game.scale() + norm(y);
    let won = |i: &usize| {
        let mut sides = game.target(*i).iter().zip(y);
        !game.weight(*i).is_zero() && sides.all(|(t, v)| (t - v).abs() <= TIED * unit)
    };
    blocks(game.influencers(), |some| {
        some.filter(won).collect::<Vec<_>>()
    })
    .concat()
}

/// Everybody whose exposed face is more than a point when pulls closer than `relative` count as tied.
fn loose(game: &Game, y: &[f64], relative: f64) -> Vec<Loose> {
    let one = |i: usize| {
        // Who pays for lies has one action.
        if game.weight(i).is_zero() || game.lying_cost(i) != 0.0 {
            return None;
        }
        let gap: Vec<f64> = game.target(i).iter().zip(y).map(|(t, v)| t - v).collect();
        let mut g = vec![0.0; game.space(i).dim()];
        game.weight(i).pull_back(&gap, &mut g);
        // The position is known to a share of the game's scale, however small its numbers are here.
        let size = game.scale() + norm(game.target(i)) + norm(y);
        let tolerance = relative * game.weight(i).norm_bound() * size;
        match game.space(i).exposed_face(&g, tolerance) {
            Face::Point(_) => None,
            face => Some(Loose {
                influencer: i,
                face,
            }),
        }
    };
    of_each(game.influencers(), one)
}

/// The dimension of `{δ ∈ Π dir F_i : Σ W_i δ_i = 0}`: 0 means that the faces meet the receiver in one point.
fn kernel(game: &Game, loose: &[Loose]) -> usize {
    let mut count = 0;
    let mut images = Vec::new();
    for l in loose {
        if l.face == Face::Unlisted {
            return 1;
        }
        for direction in directions(&l.face) {
            count += 1;
            if images.len() <= 4 * game.dim() + 64 {
                let mut image = vec![0.0; game.dim()];
                game.weight(l.influencer).add_image(&direction, &mut image);
                images.push(image);
            }
        }
    }
    // More directions than dimensions are dependent whatever their images are; with fewer kept than there
    // are, the rank may be underestimated, which only matters for a count far above `d`.
    count - independent(images).len()
}

/// The program whose feasible points are the equilibria, with the first coordinate (and share) of each.
struct Program {
    conic: Conic,
    points: Vec<(usize, Option<usize>)>,
}

fn program(game: &Game, loose: &[Loose], actions: &Profile, stop: &Stop) -> Program {
    let d = game.dim();
    let unit = game.unit();
    let mut conic = Conic::until(stop);
    let points: Vec<_> = loose.iter().map(|l| conic.point_of_face(&l.face)).collect();
    // What the loose ones have to add up to is what they add up to now.
    let residual = pull_of(game, loose, actions);
    for k in 0..d {
        let terms = terms_of(game, loose, &points, k);
        if !terms.iter().all(|&(_, v)| v == 0.0) {
            conic.equal(&terms, residual[k] / unit);
        }
    }
    Program { conic, points }
}

/// Dimension, ranges and selection when the faces leave freedom.
fn fill(game: &Game, loose: &[Loose], selection: Selection, stop: &Stop, solved: &mut Solved) {
    let Program { mut conic, points } = program(game, loose, &solved.actions, stop);
    let Some((inside, reduced)) = relative_interior(game, loose, &conic, &points) else {
        solved.cardinality = Cardinality::Unknown;
        solved.dimension = None;
        return;
    };
    match kernel(game, &reduced) {
        0 => return,
        dimension => {
            solved.cardinality = Cardinality::Infinite;
            solved.dimension = Some(dimension);
        }
    }
    let inside = carriers(game, loose, &points, &inside).map(|carriers| Inside {
        carriers,
        sum: pull_of(game, loose, &solved.actions),
        rounding: f64::EPSILON * game.scale(),
    });
    ranges(game, loose, inside.as_ref(), &mut conic, &points, solved);
    select(game, loose, &mut conic, &points, selection, solved);
}

/// A point in the relative interior of the set of equilibria, and the faces that the set reaches the relative interior of; `None` when
/// that cannot be told.
fn relative_interior(
    game: &Game,
    loose: &[Loose],
    conic: &Conic,
    points: &[(usize, Option<usize>)],
) -> Option<(Vec<f64>, Vec<Loose>)> {
    // An interior-point solver with nothing to minimise ends in the relative interior.
    let inside = conic.solve()?.x;
    let reduced = loose.iter().zip(points).map(|(l, &(x, shares))| {
        let m = game.space(l.influencer).dim();
        let face = reduce(&l.face, &inside[x..x + m], shares.map(|s| &inside[s..]))?;
        Some(Loose {
            influencer: l.influencer,
            face,
        })
    });
    let reduced = reduced.collect::<Option<_>>()?;
    Some((inside, reduced))
}

/// An influencer whose exposed face at `r*` is more than a point.
pub(crate) struct Tied {
    pub(crate) influencer: usize,
    /// Independent directions of the face, each of length `m`.
    pub(crate) along: Vec<Vec<f64>>,
    /// Their images, each of length `d`.
    pub(crate) all: Vec<Vec<f64>>,
    /// The same for the smallest face that holds its actions at equilibrium.
    pub(crate) kept: Vec<Vec<f64>>,
}

/// Everybody with a tie at an equilibrium; `None` when the ties cannot be told.
pub(crate) fn ties(game: &Game, receiver: &[f64], actions: &Profile) -> Option<Vec<Tied>> {
    let near = loose(game, receiver, TIED);
    if near.len() != loose(game, receiver, APART).len() {
        return None;
    }
    if near.is_empty() {
        return Some(Vec::new());
    }
    if !listed(&near) {
        return None;
    }
    let Program { conic, points } = program(game, &near, actions, &NEVER);
    let (_, reduced) = relative_interior(game, &near, &conic, &points)?;
    let images = |l: &Loose| -> Option<Vec<Vec<f64>>> {
        (l.face != Face::Unlisted).then(|| {
            let weight = game.weight(l.influencer);
            let image = |direction: Vec<f64>| {
                let mut image = vec![0.0; game.dim()];
                weight.add_image(&direction, &mut image);
                // A weight may not see a direction at all: what is left of it then is rounding.
                if norm(&image) <= NOTHING * weight.norm_bound() * norm(&direction) {
                    image.fill(0.0);
                }
                image
            };
            directions(&l.face).into_iter().map(image).collect()
        })
    };
    near.iter()
        .zip(&reduced)
        .map(|(full, kept)| {
            Some(Tied {
                influencer: full.influencer,
                along: directions(&full.face),
                all: images(full)?,
                kept: images(kept)?,
            })
        })
        .collect()
}

/// The smallest face that holds a relatively interior point: shares and slacks that vanish there vanish in
/// the whole set. `None` when one is neither clearly zero nor clearly positive.
fn reduce(face: &Face, x: &[f64], shares: Option<&[f64]>) -> Option<Face> {
    let clear = |slack: f64| match slack {
        s if s <= 1e-9 => Some(false),
        s if s >= 1e-5 => Some(true),
        _ => None,
    };
    match face {
        Face::Point(_) | Face::Unlisted => Some(face.clone()),
        Face::Box { lower, upper } => {
            let (mut l, mut u) = (lower.clone(), upper.clone());
            for k in 0..x.len() {
                let width = upper[k] - lower[k];
                if width > 0.0 {
                    let above = clear((x[k] - lower[k]) / width)?;
                    let below = clear((upper[k] - x[k]) / width)?;
                    if !above {
                        u[k] = lower[k];
                    } else if !below {
                        l[k] = upper[k];
                    }
                }
            }
            Some(Face::Box { lower: l, upper: u })
        }
        Face::Hull { vertices, dim } => {
            let mut kept = Vec::new();
            for (v, &share) in vertices.chunks_exact(*dim).zip(shares?) {
                if clear(share)? {
                    kept.extend_from_slice(v);
                }
            }
            Some(Face::Hull {
                vertices: kept,
                dim: *dim,
            })
        }
        Face::Round { center, factor } => {
            let m = center.len();
            let mut u: Vec<f64> = x.iter().zip(center).map(|(a, c)| a - c).collect();
            for i in 0..m {
                let sum: f64 = (0..i).map(|j| factor[i * m + j] * u[j]).sum();
                u[i] = (u[i] - sum) / factor[i * m + i];
            }
            // On the boundary everywhere means in one point: the set is strictly convex.
            Some(if clear(1.0 - norm(&u))? {
                face.clone()
            } else {
                Face::Point(x.to_vec())
            })
        }
    }
}

/// The range of every coordinate of the loose influencers' actions. Equal influencers have equal ranges.
fn ranges(
    game: &Game,
    loose: &[Loose],
    inside: Option<&Inside<'_>>,
    conic: &mut Conic,
    points: &[(usize, Option<usize>)],
    solved: &mut Solved,
) {
    let alike = |a: usize, b: usize| {
        game.space_index(a) == game.space_index(b)
            && game.target(a) == game.target(b)
            && match (game.weight(a), game.weight(b)) {
                (crate::weight::Weight::Scalar(v), crate::weight::Weight::Scalar(w)) => v == w,
                (crate::weight::Weight::Matrix(v), crate::weight::Weight::Matrix(w)) => v == w,
                _ => false,
            }
    };
    let mut programs = 0;
    for (at, (l, &(x, _))) in loose.iter().zip(points).enumerate() {
        let before = loose[..at]
            .iter()
            .position(|other| alike(other.influencer, l.influencer))
            .and_then(|same| {
                let known = loose[same].influencer;
                solved.free.iter().find(|f| f.influencer == known).cloned()
            });
        if let Some(same) = before {
            solved.free.push(FreeInfluencer {
                influencer: l.influencer,
                ..same
            });
            continue;
        }
        let (mut lower, mut upper) = l.face.bounds().unwrap_or_default();
        for c in 0..lower.len() {
            for sign in [1.0, -1.0] {
                programs += 1;
                if programs > PROGRAMS || lower[c] == upper[c] {
                    continue;
                }
                // Where others can make up for it the face's end is the set's; whoever hardly moves the receiver is beyond what a program
                // tells.
                if inside.is_some_and(|inside| inside.reaches(at, c, sign < 0.0)) {
                    continue;
                }
                let mut cost = vec![0.0; conic.len()];
                cost[x + c] = sign;
                conic.set_cost(cost);
                if let Some(answer) = conic.solve() {
                    let value = snapped(answer.x[x + c], lower[c], upper[c]);
                    if sign > 0.0 {
                        lower[c] = value;
                    } else {
                        upper[c] = value.max(lower[c]);
                    }
                }
            }
        }
        solved.free.push(FreeInfluencer {
            influencer: l.influencer,
            lower,
            upper,
        });
    }
}

/// A value within its bounds; at a bound, where an interior point can only come near it.
fn snapped(value: f64, lower: f64, upper: f64) -> f64 {
    let near = 1e-9 * (upper - lower);
    match value {
        v if v <= lower + near => lower,
        v if v >= upper - near => upper,
        v => v,
    }
}
