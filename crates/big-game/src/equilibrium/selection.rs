//! Which member of the set of equilibria is reported.

use big_numeric::{dot, norm};

use super::carry::{Carrier, carry};
use super::{Cardinality, FreeInfluencer, Selection};
use crate::action_space::{ConvexSet, Face};
use crate::game::Game;
use crate::potential::receiver;
use crate::profile::Profile;
use crate::solver::conic::Conic;
use crate::solver::solved::Solved;

/// An influencer that is not pinned to a point by its face alone.
pub(super) struct Loose {
    pub(super) influencer: usize,
    pub(super) face: Face,
}

/// Shares, and distances from a bound as a share of the side, below this are what an interior-point solver leaves of 0.
const NOTHING: f64 = 1e-7;

/// Replaces the loose influencers' actions by the selected member of the set.
pub(super) fn select(
    game: &Game,
    loose: &[Loose],
    conic: &mut Conic,
    points: &[(usize, Option<usize>)],
    selection: Selection,
    solved: &mut Solved,
) {
    let mut cost = vec![0.0; conic.len()];
    for (at, (l, &(x, _))) in loose.iter().zip(points).enumerate() {
        let wish = selection.wish(game, l.influencer);
        for (c, w) in wish.iter().enumerate() {
            if selection == Selection::Vertex {
                // A generic direction: its maximiser over a polytope is a vertex.
                cost[x + c] = -1.0 / (1.0 + (at * wish.len() + c) as f64).sqrt();
            } else {
                conic.square(x + c, 1.0);
                cost[x + c] = -w;
            }
        }
    }
    conic.set_cost(cost);
    let Some(answer) = conic.solve() else {
        return;
    };
    if carried(game, loose, points, &answer.x, solved) {
        return;
    }
    for (l, &(x, _)) in loose.iter().zip(points) {
        let m = game.space(l.influencer).dim();
        let action = solved.actions.action_mut(l.influencer);
        game.space(l.influencer)
            .project(&answer.x[x..x + m], action);
    }
    refine(game, loose, points, &answer.x, solved);
}

/// Takes the selected actions over where they can be moved, in their faces, so that they add up to what the present ones
/// do.
fn carried(
    game: &Game,
    loose: &[Loose],
    points: &[(usize, Option<usize>)],
    x: &[f64],
    solved: &mut Solved,
) -> bool {
    let sum = pull_of(game, loose, &solved.actions);
    let Some(mut carriers) = carriers(game, loose, points, x) else {
        return false;
    };
    let there = carry(&mut carriers, &sum, f64::EPSILON * game.scale());
    if there {
        for (l, carrier) in loose.iter().zip(&carriers) {
            carrier.write(solved.actions.action_mut(l.influencer));
        }
    }
    there
}

/// What the loose ones add up to.
pub(super) fn pull_of(game: &Game, loose: &[Loose], actions: &Profile) -> Vec<f64> {
    let mut sum = vec![0.0; game.dim()];
    for l in loose {
        let weight = game.weight(l.influencer);
        weight.add_image(actions.action(l.influencer), &mut sum);
    }
    sum
}

/// The loose ones as a program's solution `x` has them; `None` where the vertices of a face are not listed.
pub(super) fn carriers<'a>(
    game: &'a Game,
    loose: &'a [Loose],
    points: &[(usize, Option<usize>)],
    x: &[f64],
) -> Option<Vec<Carrier<'a>>> {
    let carrier = |(l, &(at, shares)): (&'a Loose, &(usize, Option<usize>))| {
        let point = &x[at..at + game.space(l.influencer).dim()];
        let shares = shares.map(|s| &x[s..]);
        Carrier::new(&l.face, game.weight(l.influencer), point, shares)
    };
    loose.iter().zip(points).map(carrier).collect()
}

/// A choice from a face, by numbers that may change a little in both directions.
enum Choice {
    /// Coordinates; those at a bound stay.
    Box(Vec<(f64, bool)>),
    /// Shares of the vertices; those that are 0 stay.
    Hull(Vec<f64>),
}

/// Gives the selected actions the digits that an interior-point solver does not have: what is at a bound is put there, and
/// the rest is moved by the least that puts the receiver where it belongs. Left as it is where a face is round, or where
/// that does not help.
fn refine(
    game: &Game,
    loose: &[Loose],
    points: &[(usize, Option<usize>)],
    x: &[f64],
    solved: &mut Solved,
) {
    let choices = loose
        .iter()
        .zip(points)
        .map(|(l, &at)| choice(&l.face, at, x));
    let Some(mut choices) = choices.collect::<Option<Vec<Choice>>>() else {
        return;
    };
    let mut trial = solved.actions.clone();
    let miss = |actions: &Profile| -> Vec<f64> {
        let reached = receiver(game, actions);
        solved
            .receiver
            .iter()
            .zip(&reached)
            .map(|(r, v)| r - v)
            .collect()
    };
    let mut best = norm(&miss(&solved.actions));
    for _ in 0..3 {
        for (l, choice) in loose.iter().zip(&choices) {
            choice.write(&l.face, trial.action_mut(l.influencer));
        }
        let rest = miss(&trial);
        // The first one replaces what is no choice of this kind; from then on it has to get better.
        if norm(&rest) <= best {
            best = norm(&rest);
            solved_actions(&mut solved.actions, &trial);
        }
        let (mut rows, mut sides) = equations(game, loose, &choices);
        for (side, miss) in sides.iter_mut().zip(&rest) {
            *side += miss;
        }
        let step = least(&mut rows, &mut sides);
        let mut at = 0;
        for choice in &mut choices {
            at += choice.add(&step[at..]);
        }
    }
    for (l, choice) in loose.iter().zip(&choices) {
        choice.write(&l.face, trial.action_mut(l.influencer));
    }
    if norm(&miss(&trial)) <= best {
        solved_actions(&mut solved.actions, &trial);
    }
}

fn solved_actions(to: &mut Profile, from: &Profile) {
    to.values_mut().copy_from_slice(from.values());
}

/// The choice that an interior-point solver made; `None` for a round face and for one whose vertices are not listed.
fn choice(face: &Face, (x, shares): (usize, Option<usize>), values: &[f64]) -> Option<Choice> {
    match face {
        Face::Box { lower, upper } => {
            let coordinate = |k: usize| {
                let near = NOTHING * (upper[k] - lower[k]);
                match values[x + k] {
                    v if v <= lower[k] + near => (lower[k], false),
                    v if v >= upper[k] - near => (upper[k], false),
                    v => (v, true),
                }
            };
            Some(Choice::Box((0..lower.len()).map(coordinate).collect()))
        }
        Face::Hull { vertices, dim } => {
            let shares = shares?;
            let kept = values[shares..shares + vertices.len() / dim].iter();
            let kept: Vec<f64> = kept.map(|&s| if s < NOTHING { 0.0 } else { s }).collect();
            let sum: f64 = kept.iter().sum();
            (sum > 0.5).then(|| Choice::Hull(kept.iter().map(|s| s / sum).collect()))
        }
        Face::Point(_) | Face::Round { .. } | Face::Unlisted => None,
    }
}

/// `A Δ = b`: what the numbers that may change do to the receiver (`b` is left at 0), and to the sum of each hull's
/// shares (`b` is what it lacks of 1).
fn equations(game: &Game, loose: &[Loose], choices: &[Choice]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let d = game.dim();
    let mut columns: Vec<(Vec<f64>, Option<usize>)> = Vec::new();
    let mut sides = vec![0.0; d];
    for (l, choice) in loose.iter().zip(choices) {
        let weight = game.weight(l.influencer);
        match (choice, &l.face) {
            (Choice::Box(coordinates), _) => {
                for (k, _) in coordinates
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, free))| *free)
                {
                    let mut unit = vec![0.0; coordinates.len()];
                    unit[k] = 1.0;
                    let mut image = vec![0.0; d];
                    weight.add_image(&unit, &mut image);
                    columns.push((image, None));
                }
            }
            (Choice::Hull(shares), Face::Hull { vertices, dim }) => {
                for (vertex, share) in vertices.chunks_exact(*dim).zip(shares) {
                    if *share > 0.0 {
                        let mut image = vec![0.0; d];
                        weight.add_image(vertex, &mut image);
                        columns.push((image, Some(sides.len())));
                    }
                }
                sides.push(1.0 - shares.iter().sum::<f64>());
            }
            (Choice::Hull(_), _) => {}
        }
    }
    let mut rows = vec![vec![0.0; columns.len()]; sides.len()];
    for (at, (image, hull)) in columns.into_iter().enumerate() {
        for (row, v) in rows.iter_mut().zip(image) {
            row[at] = v;
        }
        if let Some(hull) = hull {
            rows[hull][at] = 1.0;
        }
    }
    (rows, sides)
}

/// The shortest `Δ` with `A Δ = b`, as far as independent rows of `A` tell: Gram–Schmidt on the rows, done twice.
fn least(rows: &mut [Vec<f64>], sides: &mut [f64]) -> Vec<f64> {
    let mut step = vec![0.0; rows.first().map_or(0, Vec::len)];
    let mut done: Vec<(Vec<f64>, f64)> = Vec::new();
    for (row, side) in rows.iter_mut().zip(sides) {
        let before = norm(row);
        for _ in 0..2 {
            for (q, value) in &done {
                let share = dot(q, row);
                for (v, q) in row.iter_mut().zip(q) {
                    *v -= share * q;
                }
                *side -= share * value;
            }
        }
        let length = norm(row);
        if length > 1e-9 * before {
            row.iter_mut().for_each(|v| *v /= length);
            *side /= length;
            for (s, v) in step.iter_mut().zip(row.iter()) {
                *s += *side * v;
            }
            done.push((row.clone(), *side));
        }
    }
    step
}

impl Choice {
    /// Adds to the numbers that may change, shares staying positive; returns how many they are.
    fn add(&mut self, step: &[f64]) -> usize {
        let mut at = 0;
        match self {
            Self::Box(coordinates) => {
                for (v, _) in coordinates.iter_mut().filter(|(_, free)| *free) {
                    *v += step[at];
                    at += 1;
                }
            }
            Self::Hull(shares) => {
                for share in shares.iter_mut().filter(|share| **share > 0.0) {
                    *share += step[at].max(-0.5 * *share);
                    at += 1;
                }
            }
        }
        at
    }

    fn write(&self, face: &Face, action: &mut [f64]) {
        match (self, face) {
            (Self::Box(coordinates), Face::Box { lower, upper }) => {
                for (k, (v, _)) in coordinates.iter().enumerate() {
                    action[k] = v.clamp(lower[k], upper[k]);
                }
            }
            (Self::Hull(shares), Face::Hull { vertices, dim }) => {
                action.fill(0.0);
                for (vertex, share) in vertices.chunks_exact(*dim).zip(shares) {
                    for (a, v) in action.iter_mut().zip(vertex) {
                        *a += share * v;
                    }
                }
            }
            // A choice has its face's shape.
            _ => {}
        }
    }
}

/// An idle influencer may play anything: its whole set counts, and the selection is its own.
pub(crate) fn add_idle(game: &Game, selection: Selection, solved: &mut Solved) {
    for i in (0..game.influencers()).filter(|&i| game.weight(i).is_zero()) {
        let space = game.space(i);
        let action = solved.actions.action_mut(i);
        if selection == Selection::Vertex {
            let direction: Vec<f64> = (0..action.len()).map(|k| -1.0 / (1.0 + k as f64)).collect();
            space.maximiser(&direction, action);
        } else {
            space.project(&selection.wish(game, i), action);
        }
        let dimension = space.affine_dim();
        if dimension > 0 {
            if solved.cardinality == Cardinality::Unique {
                solved.cardinality = Cardinality::Infinite;
            }
            solved.dimension = solved.dimension.map(|d| d + dimension);
            let (lower, upper) = space.bounding_box();
            solved.free.push(FreeInfluencer {
                influencer: i,
                lower,
                upper,
            });
        }
    }
    solved.free.sort_by_key(|f| f.influencer);
}
