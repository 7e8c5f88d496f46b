//! The set of equilibria of a small polytopal game by brute force, in rationals.
//!
//! From an approximate receiver the tied atoms are guessed and the position that ties them is solved for; that it is
//! `r*` is then proved by the optimality conditions: no atom of anybody is better than the tied ones, and shares of
//! the tied ones reach it. All basic shares are enumerated, so every vertex of the set is seen.

use std::collections::BTreeSet;

use big_game::spec::{GameSpec, Rational, SpaceSpec, WeightSpec};
use num_traits::{One, Signed, Zero};

pub(crate) fn exactly(v: f64) -> Rational {
    Rational::from_float(v).unwrap()
}

fn all(values: &[f64]) -> Vec<Rational> {
    values.iter().map(|&v| exactly(v)).collect()
}

fn inner(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn minus(a: &[Rational], b: &[Rational]) -> Vec<Rational> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

fn add(sum: &mut [Rational], v: &[Rational]) {
    for (s, v) in sum.iter_mut().zip(v) {
        *s += v;
    }
}

/// What is known for certain.
pub(crate) struct Truth {
    pub(crate) receiver: Vec<Rational>,
    /// Idle influencers counted.
    pub(crate) dimension: usize,
    pub(crate) winners: Vec<usize>,
    /// For each influencer with a weight: least and greatest coordinates over the set.
    pub(crate) ranges: Vec<Option<(Vec<Rational>, Vec<Rational>)>>,
}

struct Player {
    target: Vec<Rational>,
    atoms: Vec<Vec<Rational>>,
    images: Vec<Vec<Rational>>,
    idle: bool,
}

/// Row-reduces; returns the pivot columns.
fn reduce(rows: &mut Vec<Vec<Rational>>) -> Vec<usize> {
    let mut pivots: Vec<usize> = Vec::new();
    for c in 0..rows.first().map_or(0, Vec::len) {
        let top = pivots.len();
        let Some(at) = (top..rows.len()).find(|&i| !rows[i][c].is_zero()) else {
            continue;
        };
        rows.swap(top, at);
        let head = rows[top][c].clone();
        rows[top].iter_mut().for_each(|v| *v /= &head);
        let row = rows[top].clone();
        for (i, other) in rows.iter_mut().enumerate() {
            let share = other[c].clone();
            if i != top && !share.is_zero() {
                for (o, r) in other.iter_mut().zip(&row) {
                    *o -= &share * r;
                }
            }
        }
        pivots.push(c);
    }
    rows.truncate(pivots.len());
    pivots
}

fn affine_rank(points: &[Vec<Rational>]) -> usize {
    let mut rows: Vec<Vec<Rational>> = points[1..].iter().map(|p| minus(p, &points[0])).collect();
    reduce(&mut rows).len()
}

fn atoms(space: &SpaceSpec<f64>) -> Vec<Vec<Rational>> {
    let list: Vec<Vec<Rational>> = match space {
        SpaceSpec::Box { lower, upper } => {
            lower
                .iter()
                .zip(upper)
                .fold(vec![Vec::new()], |points, (l, u)| {
                    let ends = [exactly(*l), exactly(*u)];
                    let longer = |p: &Vec<Rational>, end: &Rational| {
                        p.iter().cloned().chain([end.clone()]).collect::<Vec<_>>()
                    };
                    points
                        .iter()
                        .flat_map(|p| ends.iter().map(|end| longer(p, end)).collect::<Vec<_>>())
                        .collect()
                })
        }
        SpaceSpec::L1Ball { center, radius } => (0..2 * center.len())
            .map(|at| {
                let mut point = all(center);
                let by = exactly(*radius);
                point[at / 2] += if at % 2 == 0 { by } else { -by };
                point
            })
            .collect(),
        SpaceSpec::Simplex { dim, scale } => (0..*dim)
            .map(|k| {
                (0..*dim)
                    .map(|c| exactly(if c == k { *scale } else { 0.0 }))
                    .collect()
            })
            .collect(),
        SpaceSpec::Vertices(points) => points.iter().map(|p| all(p)).collect(),
        _ => panic!("no list of atoms"),
    };
    let distinct: BTreeSet<Vec<Rational>> = list.into_iter().collect();
    distinct.into_iter().collect()
}

fn players(spec: &GameSpec<f64>) -> Vec<Player> {
    let one = |i: &big_game::spec::InfluencerSpec<f64>| {
        let atoms = atoms(&spec.spaces[i.space]);
        let (rows, idle): (Vec<Vec<Rational>>, bool) = match &i.weight {
            WeightSpec::Scalar(w) => {
                let d = spec.bias.len();
                let row = |k: usize| {
                    (0..d)
                        .map(|c| exactly(if c == k { *w } else { 0.0 }))
                        .collect()
                };
                ((0..d).map(row).collect(), *w == 0.0)
            }
            WeightSpec::Matrix(rows) => (
                rows.iter().map(|row| all(row)).collect(),
                rows.iter().flatten().all(|v| *v == 0.0),
            ),
        };
        Player {
            target: all(&i.target),
            images: atoms
                .iter()
                .map(|a| rows.iter().map(|row| inner(row, a)).collect())
                .collect(),
            atoms,
            idle,
        }
    };
    spec.influencers.iter().map(one).collect()
}

/// The truth near an approximate receiver; `None` where ties can be told at none of the tolerances, or the set has too
/// many basic solutions to be enumerated.
pub(crate) fn truth(spec: &GameSpec<f64>, near: &[f64]) -> Option<Truth> {
    let everybody = players(spec);
    [1e-9, 1e-12, 1e-6]
        .into_iter()
        .find_map(|tolerance| proved(&everybody, &all(&spec.bias), near, tolerance))
}

fn proved(everybody: &[Player], bias: &[Rational], near: &[f64], tolerance: f64) -> Option<Truth> {
    let near = all(near);
    let active: Vec<usize> = (0..everybody.len())
        .filter(|&i| !everybody[i].idle)
        .collect();
    let values = |i: usize, y: &[Rational]| -> Vec<Rational> {
        let gap = minus(&everybody[i].target, y);
        everybody[i].images.iter().map(|c| inner(&gap, c)).collect()
    };
    // The position that ties what nearly ties: y = start + N μ, Nᵀ y = s.
    let mut start = bias.to_vec();
    let (mut steps, mut heights) = (Vec::new(), Vec::new());
    let mut guessed = Vec::new();
    for &i in &active {
        let values = values(i, &near);
        let least = values.iter().max()? - exactly(tolerance);
        let tied: Vec<usize> = (0..values.len()).filter(|&a| values[a] >= least).collect();
        let images = &everybody[i].images;
        add(&mut start, &images[tied[0]]);
        for &a in &tied[1..] {
            let step = minus(&images[a], &images[tied[0]]);
            heights.push(inner(&step, &everybody[i].target));
            steps.push(step);
        }
        guessed.push(tied);
    }
    let mut system: Vec<Vec<Rational>> = steps
        .iter()
        .zip(&heights)
        .map(|(a, s)| {
            let gram = steps.iter().map(|b| inner(a, b));
            gram.chain([s - inner(a, &start)]).collect()
        })
        .collect();
    let pivots = reduce(&mut system);
    if pivots.last() == Some(&steps.len()) {
        return None;
    }
    let mut y = start;
    for (row, &c) in system.iter().zip(&pivots) {
        let moved: Vec<Rational> = steps[c].iter().map(|v| v * &row[steps.len()]).collect();
        add(&mut y, &moved);
    }
    // Nobody has anything better.
    let mut ties = Vec::new();
    for (&i, tied) in active.iter().zip(&guessed) {
        let values = values(i, &y);
        let best = values.iter().max()?;
        if tied.iter().any(|&a| values[a] != *best) {
            return None;
        }
        ties.extend(
            (0..values.len())
                .filter(|&a| values[a] == *best)
                .map(|a| (i, a)),
        );
    }
    let corners = corners(everybody, &active, &ties, &minus(&y, bias))?;
    let ranges = (0..everybody.len()).map(|i| {
        let mine = corners.iter().map(|corner| &corner[i]);
        let first = mine.clone().next().filter(|_| !everybody[i].idle)?;
        let (mut lower, mut upper) = (first.clone(), first.clone());
        for action in mine {
            for c in 0..action.len() {
                lower[c] = lower[c].clone().min(action[c].clone());
                upper[c] = upper[c].clone().max(action[c].clone());
            }
        }
        Some((lower, upper))
    });
    let together: Vec<Vec<Rational>> = corners.iter().map(|corner| corner.concat()).collect();
    let idle = everybody.iter().filter(|p| p.idle);
    Some(Truth {
        dimension: affine_rank(&together) + idle.map(|p| affine_rank(&p.atoms)).sum::<usize>(),
        winners: active
            .iter()
            .copied()
            .filter(|&i| everybody[i].target == y)
            .collect(),
        ranges: ranges.collect(),
        receiver: y,
    })
}

/// The actions (by influencer) of all basic shares of the tied atoms (influencer, atom) that reach `rest`.
fn corners(
    everybody: &[Player],
    active: &[usize],
    ties: &[(usize, usize)],
    rest: &[Rational],
) -> Option<Vec<Vec<Vec<Rational>>>> {
    let mut rows: Vec<Vec<Rational>> = (0..rest.len())
        .map(|k| {
            let image = ties.iter().map(|&(i, a)| everybody[i].images[a][k].clone());
            image.chain([rest[k].clone()]).collect()
        })
        .collect();
    for &i in active {
        let mine = |of: usize| {
            if of == i {
                Rational::one()
            } else {
                Rational::zero()
            }
        };
        rows.push(
            ties.iter()
                .map(|&(of, _)| mine(of))
                .chain([Rational::one()])
                .collect(),
        );
    }
    let pivots = reduce(&mut rows);
    if pivots.last() == Some(&ties.len()) {
        return None; // not reached
    }
    let (count, rank) = (ties.len(), rows.len());
    let choices = (0..rank).try_fold(1_usize, |c, k| {
        c.checked_mul(count - k).map(|c| c / (k + 1))
    })?;
    if choices > 4000 {
        return None;
    }
    let mut found = BTreeSet::new();
    let mut basis: Vec<usize> = (0..rank).collect();
    loop {
        let mut system: Vec<Vec<Rational>> = rows
            .iter()
            .map(|row| {
                basis
                    .iter()
                    .map(|&k| row[k].clone())
                    .chain([row[count].clone()])
                    .collect()
            })
            .collect();
        let pivots = reduce(&mut system);
        let regular = pivots.len() == rank && pivots.last() != Some(&rank);
        if regular && system.iter().all(|row| !row[rank].is_negative()) {
            let mut actions: Vec<Vec<Rational>> = everybody
                .iter()
                .map(|p| vec![Rational::zero(); p.atoms[0].len()])
                .collect();
            for (&k, row) in basis.iter().zip(&system) {
                let (i, a) = ties[k];
                let part: Vec<Rational> = everybody[i].atoms[a]
                    .iter()
                    .map(|v| v * &row[rank])
                    .collect();
                add(&mut actions[i], &part);
            }
            found.insert(actions);
        }
        // The next choice.
        let Some(at) = (0..rank).rev().find(|&k| basis[k] < count - rank + k) else {
            break;
        };
        basis[at] += 1;
        for k in at + 1..rank {
            basis[k] = basis[k - 1] + 1;
        }
    }
    (!found.is_empty()).then(|| found.into_iter().collect())
}
