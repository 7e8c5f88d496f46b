//! The set of equilibria without lists of vertices in `d` dimensions.
//!
//! An equilibrium fixes `Σ w_i x_i`, so a coordinate in which a single influencer is free is fixed. Those in which two or
//! more are free are few as a rule: the set is that of the game in these coordinates only, the others' part taken off
//! the sets.

use big_numeric::norm;

use crate::action_space::{ActionSpace, ConvexSet, Face};
use crate::equilibrium::selection::add_idle;
use crate::equilibrium::{Cardinality, Selection, set};
use crate::game::{Game, Part};
use crate::profile::Profile;
use crate::solver::decomposition::Found;
use crate::solver::solved::Solved;
use crate::spec::SpaceSpec;
use crate::stop::Stop;
use crate::weight::Weight;

/// Pulls that differ by less than this share of the numbers that they come from may be tied.
const DOUBTFUL: f64 = 1e-7;
/// At most so many shared coordinates are described.
const FEW: usize = 256;

/// What an influencer is free in at the receiver's position.
enum Freedom {
    /// Nothing: its best action is one point.
    None,
    /// These coordinates of an action of the receiver's dimension.
    Coordinates(Vec<usize>),
    /// Something else; does its image tell the action?
    Other { injective: bool },
}

/// The set around an answer, and one of its members.
pub(in super::super) fn describe(
    game: &Game,
    found: Found,
    selection: Selection,
    stop: &Stop,
) -> Solved {
    let free: Vec<Freedom> = (0..game.influencers())
        .map(|i| freedom(game, i, &found.y))
        .collect();
    let mut solved = Solved {
        winners: set::winners(game, &found.y),
        receiver: found.y,
        actions: found.actions,
        cardinality: Cardinality::Unique,
        dimension: Some(0),
        free: Vec::new(),
        passes: found.passes,
    };
    let loose: Vec<usize> = (0..free.len())
        .filter(|&i| !matches!(free[i], Freedom::None))
        .collect();
    let alone = match loose.as_slice() {
        [] => true,
        [one] => match free[*one] {
            Freedom::Other { injective } => injective,
            _ => true,
        },
        _ => false,
    };
    if !alone && shared(game, &free, &loose, selection, stop, &mut solved).is_none() {
        solved.cardinality = Cardinality::Unknown;
        solved.dimension = None;
    }
    add_idle(game, selection, &mut solved);
    solved
}

fn freedom(game: &Game, i: usize, y: &[f64]) -> Freedom {
    let (space, weight, target) = (game.space(i), game.weight(i), game.target(i));
    if weight.is_zero() {
        // Idle influencers are told of by themselves.
        return Freedom::None;
    }
    let gap: Vec<f64> = target.iter().zip(y).map(|(t, v)| t - v).collect();
    let mut g = vec![0.0; space.dim()];
    weight.pull_back(&gap, &mut g);
    let size = game.scale() + norm(target) + norm(y);
    let tolerance = DOUBTFUL * weight.norm_bound() * size;
    let scalar = matches!(weight, Weight::Scalar(_));
    let within = |keep: &dyn Fn(usize) -> bool| -> Freedom {
        let coordinates: Vec<usize> = (0..g.len()).filter(|&k| keep(k)).collect();
        if coordinates.is_empty() {
            Freedom::None
        } else if scalar {
            Freedom::Coordinates(coordinates)
        } else {
            Freedom::Other { injective: false }
        }
    };
    // One coordinate of a cross-polytope or a simplex is a vertex.
    let tied = |largest: f64, value: &dyn Fn(usize) -> f64| -> Freedom {
        let slack = std::f64::consts::SQRT_2 * tolerance;
        match within(&|k| largest - value(k) <= slack) {
            Freedom::Coordinates(one) if one.len() == 1 && largest > slack => Freedom::None,
            other => other,
        }
    };
    match space {
        ActionSpace::Box(set) => {
            within(&|k| g[k].abs() <= tolerance && set.lower()[k] < set.upper()[k])
        }
        ActionSpace::L1Ball(set) if set.radius() == 0.0 => Freedom::None,
        ActionSpace::L1Ball(_) => {
            let largest = g.iter().fold(0.0_f64, |s, v| s.max(v.abs()));
            tied(largest, &|k| g[k].abs())
        }
        ActionSpace::Simplex(set) if set.scale() == 0.0 => Freedom::None,
        ActionSpace::Simplex(_) => {
            let largest = g.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            match tied(largest, &|k| g[k]) {
                Freedom::Coordinates(one) if one.len() == 1 => Freedom::None,
                other => other,
            }
        }
        ActionSpace::Ball(set) if set.radius() == 0.0 => Freedom::None,
        ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_) if norm(&g) > tolerance => Freedom::None,
        ActionSpace::Ball(_) => within(&|_| true),
        ActionSpace::Ellipsoid(_) => Freedom::Other { injective: scalar },
        ActionSpace::Polytope(_) => match space.exposed_face(&g, tolerance) {
            Face::Point(_) => Freedom::None,
            _ => Freedom::Other { injective: scalar },
        },
    }
}

/// Describes the freedom that several share; `None` where that cannot be told.
fn shared(
    game: &Game,
    free: &[Freedom],
    loose: &[usize],
    selection: Selection,
    stop: &Stop,
    solved: &mut Solved,
) -> Option<()> {
    let d = game.dim();
    let mut owners = vec![0_u8; d];
    for &i in loose {
        let Freedom::Coordinates(coordinates) = &free[i] else {
            return None;
        };
        for &k in coordinates {
            owners[k] = owners[k].saturating_add(1);
        }
    }
    let kept: Vec<usize> = (0..d).filter(|&k| owners[k] > 1).collect();
    if kept.is_empty() {
        return Some(());
    }
    if kept.len() > FEW {
        return None;
    }
    let parts: Vec<Part> = loose
        .iter()
        .map(|&i| {
            Some(Part {
                influencer: i,
                space: slice(game.space(i), &kept, solved.actions.action(i))?,
            })
        })
        .collect::<Option<_>>()?;
    // Where the others put the receiver in these coordinates.
    let mut background: Vec<f64> = kept.iter().map(|&k| solved.receiver[k]).collect();
    for &i in loose {
        let x = solved.actions.action(i);
        let part: Vec<f64> = kept.iter().map(|&k| -x[k]).collect();
        game.weight(i).add_image(&part, &mut background);
    }
    let small = game.on_coordinates(&kept, background, parts)?;
    let mut actions = Profile::zeros(&small);
    for (j, &i) in loose.iter().enumerate() {
        let x = solved.actions.action(i);
        for (o, &k) in actions.action_mut(j).iter_mut().zip(&kept) {
            *o = x[k];
        }
    }
    let inner = Found {
        y: kept.iter().map(|&k| solved.receiver[k]).collect(),
        actions,
        passes: 0,
    };
    let told = set::describe(&small, inner, selection, stop);
    solved.cardinality = told.cardinality;
    solved.dimension = told.dimension;
    for (j, &i) in loose.iter().enumerate() {
        let x = solved.actions.action_mut(i);
        for (&k, v) in kept.iter().zip(told.actions.action(j)) {
            x[k] = *v;
        }
    }
    for mut one in told.free {
        let i = loose[one.influencer];
        let (mut lower, mut upper) = (
            solved.actions.action(i).to_vec(),
            solved.actions.action(i).to_vec(),
        );
        for (at, &k) in kept.iter().enumerate() {
            (lower[k], upper[k]) = (one.lower[at], one.upper[at]);
        }
        (one.influencer, one.lower, one.upper) = (i, lower, upper);
        solved.free.push(one);
    }
    Some(())
}

/// The part of a set in some coordinates, all others as in the action `x`; `None` for sets whose parts are of another kind.
fn slice(space: &ActionSpace, kept: &[usize], x: &[f64]) -> Option<ActionSpace> {
    let mut rest = x.to_vec();
    let pick = |values: &[f64]| -> Vec<f64> { kept.iter().map(|&k| values[k]).collect() };
    let spec = match space {
        ActionSpace::Box(set) => SpaceSpec::Box {
            lower: pick(set.lower()),
            upper: pick(set.upper()),
        },
        ActionSpace::L1Ball(set) => {
            rest.iter_mut().zip(set.center()).for_each(|(x, c)| *x -= c);
            kept.iter().for_each(|&k| rest[k] = 0.0);
            let used: f64 = rest.iter().map(|v| v.abs()).sum();
            SpaceSpec::L1Ball {
                center: pick(set.center()),
                radius: (set.radius() - used).max(0.0),
            }
        }
        ActionSpace::Simplex(set) => {
            kept.iter().for_each(|&k| rest[k] = 0.0);
            let used: f64 = rest.iter().sum();
            SpaceSpec::Simplex {
                dim: kept.len(),
                scale: (set.scale() - used).max(0.0),
            }
        }
        ActionSpace::Ball(set) => {
            rest.iter_mut().zip(set.center()).for_each(|(x, c)| *x -= c);
            kept.iter().for_each(|&k| rest[k] = 0.0);
            let used = norm(&rest);
            SpaceSpec::Ball {
                center: pick(set.center()),
                radius: ((set.radius() - used) * (set.radius() + used))
                    .max(0.0)
                    .sqrt(),
            }
        }
        ActionSpace::Ellipsoid(_) | ActionSpace::Polytope(_) => return None,
    };
    ActionSpace::new(&spec).ok()
}
