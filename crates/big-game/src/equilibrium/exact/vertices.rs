//! The vertices of the set of equilibria of a small polytopal game, exactly.
//!
//! At the receiver's position everybody plays in the hull of its tied actions. Such a face is described by as many of its coordinates
//! as it has dimensions, and by its facets; what the images have to add up to takes out as many more. What is left is a
//! polytope of the set's own dimension, cut out by the facets of all faces.

use big_numeric::nearest;
use num_traits::{One, Zero};

use super::BUDGET;
use super::integer::Budget;
use super::numbers::{Column, ExactGame};
use super::position::position;
use super::shares::{Shares, Variable};
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
    let most = limit.saturating_mul(64);
    let faces: Vec<Face> = (shares.variables)
        .chunk_by(|a, b| a.hull == b.hull)
        .map(|atoms| Face::of(atoms, shares.rows(), most))
        .collect::<Option<_>>()?;
    let mut points = Vec::new();
    for corner in corners(&faces, &shares, most)? {
        let mut by_influencer: Vec<Vec<Rational>> = (0..game.influencers())
            .map(|i| vec![Rational::zero(); game.space(i).dim()])
            .collect();
        let mut add = |hull: usize, action: &[Rational]| {
            let own = &mut by_influencer[exact.group(hull).influencer];
            own.iter_mut().zip(action).for_each(|(x, v)| *x += v);
        };
        for (hull, members) in position.corral.iter().enumerate() {
            if position.ties[hull].len() == 1 {
                add(hull, &action_of(&members[0].column));
            }
        }
        let mut from = 0;
        for face in &faces {
            let to = from + face.coordinates.len();
            add(face.hull, &face.action(&corner[from..to]));
            from = to;
        }
        points.push(by_influencer.concat());
    }
    points.sort();
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

/// The hull of somebody's tied actions.
struct Face {
    hull: usize,
    /// One of the actions, and its image.
    base: Vec<Rational>,
    image: Vec<Rational>,
    /// Coordinates of an action that tell all others within the face.
    coordinates: Vec<usize>,
    /// By these, the way along the face on which one of them grows by 1 and the others stay: of the action, and of its image.
    along: Vec<Vec<Rational>>,
    moves: Vec<Vec<Rational>>,
    /// Facets: `⟨a, z⟩ ≤ b` for the coordinates `z`.
    facets: Vec<(Vec<Rational>, Rational)>,
}

impl Face {
    /// Of actions whose images count in these `rows`; `None` where it has more than `limit` facets.
    fn of(atoms: &[Variable], rows: &[usize], limit: usize) -> Option<Self> {
        let action: Vec<Vec<Rational>> = atoms.iter().map(|v| action_of(&v.column)).collect();
        let image: Vec<Vec<Rational>> = (atoms.iter()).map(|v| image_of(&v.column, rows)).collect();
        let m = action[0].len();
        let mut steps: Vec<Vec<Rational>> = (1..atoms.len())
            .map(|j| {
                let of = |all: &[Vec<Rational>]| -> Vec<Rational> {
                    all[j].iter().zip(&all[0]).map(|(v, b)| v - b).collect()
                };
                [of(&action), of(&image)].concat()
            })
            .collect();
        // An image moves only where its action does: there is no pivot beyond the action.
        let coordinates = reduce(&mut steps);
        steps.truncate(coordinates.len());
        let moves = steps.iter_mut().map(|step| step.split_off(m)).collect();
        let points: Vec<Vec<Rational>> = (action.iter())
            .map(|x| coordinates.iter().map(|&k| x[k].clone()).collect())
            .collect();
        Some(Self {
            hull: atoms[0].hull,
            base: action[0].clone(),
            image: image[0].clone(),
            facets: facets(&points, limit)?,
            coordinates,
            along: steps,
            moves,
        })
    }

    /// How far the coordinates `z` are from the base's.
    fn away<'a>(&'a self, z: &'a [Rational]) -> impl Iterator<Item = Rational> + 'a {
        let own = self.coordinates.iter().map(|&k| &self.base[k]);
        z.iter().zip(own).map(|(z, own)| z - own)
    }

    /// The action with these coordinates.
    fn action(&self, z: &[Rational]) -> Vec<Rational> {
        let mut action = self.base.clone();
        for (step, along) in self.away(z).zip(&self.along) {
            action
                .iter_mut()
                .zip(along)
                .for_each(|(x, v)| *x += &step * v);
        }
        action
    }
}

/// The facets of the hull of points that span their space: by the vertices of its polar around their mean. Points may repeat.
fn facets(points: &[Vec<Rational>], limit: usize) -> Option<Vec<(Vec<Rational>, Rational)>> {
    let f = points[0].len();
    if f == 0 {
        return Some(Vec::new());
    }
    let count = Rational::from_integer(points.len().into());
    let mean: Vec<Rational> = (0..f)
        .map(|k| points.iter().map(|p| &p[k]).sum::<Rational>() / &count)
        .collect();
    let around: Vec<Vec<Rational>> = (points.iter())
        .map(|p| p.iter().zip(&mean).map(|(p, m)| p - m).collect())
        .collect();
    let ones = vec![Rational::one(); points.len()];
    let normals = double_description(&around, &ones, f, limit).ok()?;
    let side = |a: Vec<Rational>| {
        let b = Rational::one() + a.iter().zip(&mean).map(|(a, m)| a * m).sum::<Rational>();
        (a, b)
    };
    Some(normals.into_iter().map(side).collect())
}

/// The corners of the product of all faces where the images add up to what they do now: all coordinates, one face after the other.
fn corners(faces: &[Face], shares: &Shares, limit: usize) -> Option<Vec<Vec<Rational>>> {
    let columns: usize = faces.iter().map(|face| face.coordinates.len()).sum();
    // Σ moves · (z − base) = Σ images now − Σ images of the bases.
    let mut rows: Vec<Vec<Rational>> = (0..shares.rows().len())
        .map(|r| {
            let of_all = faces.iter().flat_map(|face| &face.moves);
            let mut row: Vec<Rational> = of_all.map(|moved| moved[r].clone()).collect();
            let origin: Rational = (faces.iter())
                .map(|face| {
                    let own = face.coordinates.iter().map(|&k| &face.base[k]);
                    let back: Rational = own.zip(&face.moves).map(|(z, m)| z * &m[r]).sum();
                    &face.image[r] - back
                })
                .sum();
            row.push(-origin);
            row
        })
        .collect();
    for (variable, share) in shares.variables.iter().zip(shares.values()) {
        let image = image_of(&variable.column, shares.rows());
        for (row, v) in rows.iter_mut().zip(image) {
            row[columns] += &share * v;
        }
    }
    // Row-reduced, every solution is a basic one plus a combination of the free columns.
    let pivots = reduce(&mut rows);
    rows.truncate(pivots.len());
    let free: Vec<usize> = (0..columns).filter(|k| !pivots.contains(k)).collect();
    let spread = |z: &[Rational]| -> Vec<Rational> {
        let mut all = vec![Rational::zero(); columns];
        for (row, &pivot) in rows.iter().zip(&pivots) {
            let moved: Rational = free.iter().zip(z).map(|(&k, v)| &row[k] * v).sum();
            all[pivot] = &row[columns] - moved;
        }
        for (&k, v) in free.iter().zip(z) {
            all[k] = v.clone();
        }
        all
    };
    if free.is_empty() {
        return Some(vec![spread(&[])]);
    }
    // The facets in the free coordinates.
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut from = 0;
    for face in faces {
        for (normal, side) in &face.facets {
            let mut whole = vec![Rational::zero(); columns];
            whole[from..from + normal.len()].clone_from_slice(normal);
            let mut side = side.clone();
            for (row, &pivot) in rows.iter().zip(&pivots) {
                let share = whole[pivot].clone();
                if share.is_zero() {
                    continue;
                }
                side -= &share * &row[columns];
                for &k in &free {
                    let less = &share * &row[k];
                    whole[k] -= less;
                }
            }
            a.push(free.iter().map(|&k| whole[k].clone()).collect());
            b.push(side);
        }
        from += face.coordinates.len();
    }
    let corners = double_description(&a, &b, free.len(), limit).ok()?;
    Some(corners.iter().map(|z| spread(z)).collect())
}

fn action_of(column: &Column) -> Vec<Rational> {
    let of = |v: &_| Rational::new(Clone::clone(v), column.denominator.clone());
    column.action.iter().map(of).collect()
}

fn image_of(column: &Column, rows: &[usize]) -> Vec<Rational> {
    let of = |&k: &usize| Rational::new(column.image[k].clone(), column.denominator.clone());
    rows.iter().map(of).collect()
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
