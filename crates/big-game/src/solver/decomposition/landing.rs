//! From nearby to the solution itself, once it is clear which kinks and ties it sits on.
//!
//! Kinks (`s_i(y) = 0`) and ties (`⟨W_i (v − v'), t_i − y⟩ = 0`) are linear equations in the position. On the subspace
//! where they hold the dual is smooth, and Newton's method converges to the last digit. What is orthogonal to it must
//! be carried by those who have a choice there: round members at their kink, anywhere in their set, and atoms that tie,
//! in any shares. Near the solution all of them are inside already, and they move as little as they must, each in
//! proportion to its room.

use big_numeric::{Basis, dot, least_change, norm};

use super::active::Active;
use super::distance;
use super::metric::Metric;
use super::path::{Path, Solution};

/// Newton steps; they converge quadratically or not at all.
const STEPS: usize = 30;
/// A stretch below this share of what it is the difference of is a rounding error.
const KINK: f64 = 1e-13;
/// An action may fall so far short of its pull, as a share: it is followed to first order.
const ASTRAY: f64 = 1e-10;
/// What the sum of pulls may differ from the position by, as a share of the game's scale.
const MISS: f64 = 1e-13;
/// Whoever has no room is given this much: it may have to move by a rounding error, and the others take over, round by round, what it
/// cannot do.
const LEAST_ROOM: [f64; 8] = [1e-8, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14];
/// How far rounding may put a share outside.
const OUTSIDE: f64 = 1e-13;
/// What somebody at its limit is farther outside than this was not meant to be there.
const BEYOND: f64 = 1e-6;

/// The solution near `here`, if it is what it looks like at smoothing `mu`.
pub(super) fn land(path: &Path<'_, '_>, here: &Solution, mu: f64) -> Option<Solution> {
    let game = path.blocks.game;
    let stretches: Vec<f64> = path
        .rounds
        .iter()
        .zip(&path.units)
        .map(|(round, unit)| norm(&round.stretch(game, &here.active.y)) / unit)
        .collect();
    // At a kink the stretch is as small as the smoothing, elsewhere it is not: between the two scales first, then
    // with the benefit of the doubt the other way.
    let mut tried: Option<Vec<bool>> = None;
    for limit in [mu.sqrt().min(0.5), (10.0 * mu).min(0.5), 0.0] {
        let pinned: Vec<bool> = stretches.iter().map(|&s| s <= limit).collect();
        if tried.as_ref() != Some(&pinned) {
            if let Some(landed) = land_on(path, here, &pinned) {
                return Some(landed);
            }
            tried = Some(pinned);
        }
    }
    None
}

fn land_on(path: &Path<'_, '_>, here: &Solution, pinned: &[bool]) -> Option<Solution> {
    one_place(path, pinned)?;
    let mut there = here.clone();
    let d = here.active.y.len();
    let choices = Choices::of(path, &here.active, pinned);
    let mut basis = Basis::new(d);
    // The equations; those that depend on others hold with them or not at all, which is checked at the end.
    let equations: Vec<usize> = (0..choices.columns.len())
        .filter(|&c| basis.len() < d && basis.push(choices.columns[c].image.clone()).is_ok())
        .collect();
    let complement = basis.complement();
    let mut last = f64::INFINITY;
    for _ in 0..STEPS {
        let before = there.active.y.clone();
        meet(path, &choices, &equations, &basis, &mut there.active.y);
        snap(path, pinned, &mut there.active.y);
        if !complement.is_empty() {
            newton_step(path, &mut there, pinned, &complement)?;
        }
        let moved = distance(&before, &there.active.y);
        if moved <= 4.0 * f64::EPSILON * path.scale {
            break;
        }
        // A NaN is no contraction either.
        let contracts = moved < 0.7 * last || last > 1e-2 * path.scale;
        if !contracts {
            if last <= 1e-13 * path.scale {
                break;
            }
            return None;
        }
        last = moved;
    }
    if complement.is_empty() {
        maximise(path, &mut there, pinned)?;
    }
    at_kinks(path, pinned, &there.active.y)?;
    pulling(path, &there, pinned)?;
    share(path, &mut there, &choices)?;
    path.blocks.quiet(&there.active).then_some(there)
}

/// Kinks of scalar weights are their targets: nobody can be at two of them.
fn one_place(path: &Path<'_, '_>, pinned: &[bool]) -> Option<()> {
    let game = path.blocks.game;
    let mut targets = path
        .rounds
        .iter()
        .zip(pinned)
        .filter(|(round, pinned)| **pinned && round.is_scalar(game))
        .map(|(round, _)| round.target(game));
    let Some(first) = targets.next() else {
        return Some(());
    };
    let near = 1e-12 * (norm(first) + path.scale);
    targets
        .all(|target| distance(first, target) <= near)
        .then_some(())
}

/// One of those directions in which somebody has a choice.
struct Column {
    image: Vec<f64>,
    target: usize,
    owner: Owner,
}

#[derive(Clone, Copy)]
enum Owner {
    /// Coordinate `.1` of the round member number `.0`.
    Round(usize, usize),
    /// Atom number `.1` of the corral number `.0`, against the corral's first.
    Atom(usize, usize),
}

struct Choices {
    columns: Vec<Column>,
}

impl Choices {
    fn of(path: &Path<'_, '_>, active: &Active, pinned: &[bool]) -> Self {
        let blocks = path.blocks;
        let mut columns = Vec::new();
        for (r, round) in path.rounds.iter().enumerate().filter(|(r, _)| pinned[*r]) {
            for (j, image) in round.columns(blocks.game).into_iter().enumerate() {
                columns.push(Column {
                    image: image.iter().map(|v| blocks.factor * v).collect(),
                    target: blocks.influencer(round.member),
                    owner: Owner::Round(r, j),
                });
            }
        }
        for (c, corral) in active.corrals.iter().enumerate() {
            for (a, &atom) in corral.atoms.iter().enumerate().skip(1) {
                columns.push(Column {
                    image: blocks.column(corral.member, corral.group, atom, corral.atoms[0]),
                    target: blocks.influencer(corral.member),
                    owner: Owner::Atom(c, a),
                });
            }
        }
        Self { columns }
    }
}

/// Moves `y` the shortest way to where the equations hold.
fn meet(path: &Path<'_, '_>, choices: &Choices, equations: &[usize], basis: &Basis, y: &mut [f64]) {
    let defect = |&c: &usize| {
        let column = &choices.columns[c];
        let target = path.blocks.game.target(column.target);
        (0..y.len())
            .map(|k| column.image[k] * (target[k] - y[k]))
            .sum()
    };
    let defects: Vec<f64> = equations.iter().map(defect).collect();
    for (v, e) in y.iter_mut().zip(basis.shortest(&defects)) {
        *v += e;
    }
}

/// The kink of a scalar weight is the target, to the last digit.
fn snap(path: &Path<'_, '_>, pinned: &[bool], y: &mut [f64]) {
    let game = path.blocks.game;
    for (round, _) in path
        .rounds
        .iter()
        .zip(pinned)
        .filter(|(_, pinned)| **pinned)
    {
        let target = round.target(game);
        if round.is_scalar(game) && distance(target, y) <= 1e-14 * (norm(target) + path.scale) {
            y.copy_from_slice(target);
            return;
        }
    }
}

/// Who is not at its kink plays its maximiser.
fn maximise(path: &Path<'_, '_>, there: &mut Solution, pinned: &[bool]) -> Option<()> {
    for (r, round) in path.rounds.iter().enumerate().filter(|(r, _)| !pinned[*r]) {
        let s = round.stretch(path.blocks.game, &there.active.y);
        let length = norm(&s);
        if length == 0.0 {
            return None;
        }
        there.inside[r] = s.iter().map(|v| v / length).collect();
    }
    Some(())
}

/// Are all pinned members at their kink?
fn at_kinks(path: &Path<'_, '_>, pinned: &[bool], y: &[f64]) -> Option<()> {
    let there =
        |r: usize| norm(&path.rounds[r].stretch(path.blocks.game, y)) <= KINK * path.units[r];
    (0..pinned.len())
        .all(|r| !pinned[r] || there(r))
        .then_some(())
}

/// Does everybody else pull its own way? A step across a kink leaves the actions behind.
fn pulling(path: &Path<'_, '_>, there: &Solution, pinned: &[bool]) -> Option<()> {
    let own_way = |r: usize| {
        let s = path.rounds[r].stretch(path.blocks.game, &there.active.y);
        let (length, along) = (norm(&s), dot(&s, &there.inside[r]));
        along >= (1.0 - ASTRAY) * length - KINK * path.units[r]
    };
    (0..pinned.len())
        .all(|r| pinned[r] || own_way(r))
        .then_some(())
}

/// Newton's step in the directions `complement`; the actions of the smooth members follow it to first order, which is
/// what keeps their sum right where a stretch is too short to tell its direction.
fn newton_step(
    path: &Path<'_, '_>,
    there: &mut Solution,
    pinned: &[bool],
    complement: &[Vec<f64>],
) -> Option<()> {
    let blocks = path.blocks;
    let game = blocks.game;
    let y = &there.active.y;
    let (d, free) = (y.len(), complement.len());
    let (mut pull, mut h) = (vec![0.0; d], vec![0.0; d * d]);
    let mut shares = path.squares.shares();
    let mut stretches = Vec::with_capacity(path.rounds.len());
    for (r, round) in path.rounds.iter().enumerate() {
        let s = round.stretch(game, y);
        let length = norm(&s);
        if !pinned[r] {
            if length == 0.0 {
                return None;
            }
            let u: Vec<f64> = s.iter().map(|v| v / length).collect();
            round.add_model(game, (&s, length, &u), &mut pull, &mut shares, &mut h);
        }
        stretches.push((s, length));
    }
    path.squares.add(game, &shares, &mut h);
    // −gradient, in the free directions: members with a choice have none there.
    let mut rest = blocks.image(&there.active);
    for k in 0..d {
        rest[k] += path.base[k] + blocks.factor * pull[k] - y[k];
    }
    let mut reduced = vec![0.0; free * free];
    for (i, n) in complement.iter().enumerate() {
        let mut hn = n.clone();
        for a in 0..d {
            for b in 0..d {
                hn[a] += blocks.factor * h[a.max(b) * d + a.min(b)] * n[b];
            }
        }
        for (j, m) in complement.iter().enumerate().skip(i) {
            reduced[j * free + i] = dot(m, &hn);
        }
    }
    let mut z: Vec<f64> = complement.iter().map(|n| dot(n, &rest)).collect();
    Metric::new(reduced, free).solve(&mut z);
    let mut step = vec![0.0; d];
    for (n, share) in complement.iter().zip(&z) {
        step.iter_mut().zip(n).for_each(|(s, v)| *s += share * v);
    }
    for (r, round) in path.rounds.iter().enumerate().filter(|(r, _)| !pinned[*r]) {
        let (s, length) = &stretches[r];
        let ds: Vec<f64> = round.pulled_back(game, &step).iter().map(|v| -v).collect();
        let along = dot(s, &ds) / (length * length);
        let u = &mut there.inside[r];
        for k in 0..u.len() {
            u[k] = (s[k] + ds[k] - along * s[k]) / length;
        }
        let size = norm(u);
        u.iter_mut().for_each(|v| *v /= size);
    }
    there
        .active
        .y
        .iter_mut()
        .zip(&step)
        .for_each(|(v, s)| *v += s);
    there.active.y.iter().all(|v| v.is_finite()).then_some(())
}

/// Lets those with a choice carry what is left; `None` when they cannot.
fn share(path: &Path<'_, '_>, there: &mut Solution, choices: &Choices) -> Option<()> {
    for least in LEAST_ROOM {
        let rest = miss(path, there);
        if choices.columns.is_empty() || norm(&rest) <= 0.25 * f64::EPSILON * path.scale {
            break;
        }
        let columns: Vec<(f64, Vec<f64>)> = choices
            .columns
            .iter()
            .map(|column| {
                let room = match column.owner {
                    Owner::Round(r, _) => 1.0 - norm(&there.inside[r]),
                    Owner::Atom(c, a) => {
                        let shares = &there.active.corrals[c].shares;
                        shares[a].min(shares[0])
                    }
                };
                (room.max(least), column.image.clone())
            })
            .collect();
        let changes = least_change(&columns, &rest)?;
        for (column, change) in choices.columns.iter().zip(changes) {
            match column.owner {
                Owner::Round(r, j) => there.inside[r][j] += change,
                Owner::Atom(c, a) => {
                    let shares = &mut there.active.corrals[c].shares;
                    shares[a] += change;
                    shares[0] -= change;
                }
            }
        }
        for u in &mut there.inside {
            let size = norm(u);
            if size > 1.0 + BEYOND || size.is_nan() {
                return None;
            }
            if size > 1.0 {
                u.iter_mut().for_each(|v| *v /= size);
            }
        }
        for corral in &mut there.active.corrals {
            if corral.shares.iter().any(|&s| s < -OUTSIDE || s.is_nan()) {
                return None;
            }
            corral.shares.iter_mut().for_each(|s| *s = s.max(0.0));
            let sum: f64 = corral.shares.iter().sum();
            corral.shares.iter_mut().for_each(|s| *s /= sum);
        }
    }
    (norm(&miss(path, there)) <= MISS * path.scale).then_some(())
}

/// `y − r(x)`.
fn miss(path: &Path<'_, '_>, there: &Solution) -> Vec<f64> {
    let blocks = path.blocks;
    let sum = blocks.image(&there.active);
    let mut rest: Vec<f64> = (0..sum.len())
        .map(|k| there.active.y[k] - path.base[k] - sum[k])
        .collect();
    for (round, u) in path.rounds.iter().zip(&there.inside) {
        for (v, image) in rest.iter_mut().zip(round.image(blocks.game, u)) {
            *v -= blocks.factor * image;
        }
    }
    rest
}
