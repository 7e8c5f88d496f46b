//! Games in which lies cost (ours).
//!
//! The position is the minimiser of `½‖y − b‖² + Σ φ_i(W_iᵀ(t_i − y))`,
//! `φ_i(g) = max_{x ∈ X_i} ⟨g, x⟩ − (λ_i/2) ‖x − h_i‖²`: one projection in place of one support function. Boxes by selection
//! ([`line`]), all other sets by a semismooth Newton method ([`newton`]); who lies for free is given a cost that is taken
//! back step by step (a proximal method on the potential). Large games of one box or ball in which everybody pays are solved in
//! streaming passes ([`stream`]).
//!
//! At the position the actions of all who pay are unique; what is left is the game of those who do not against that
//! background, a game without costs. Its set of equilibria is the set.

mod line;
mod newton;
mod separable;
mod stream;

pub(super) use stream::plan;

use big_numeric::{DoubleDouble, norm};
use newton::{Point, Priced};

use super::{Asked, Solved, choose, in_good_units};
use crate::equilibrium::{Cardinality, Equilibrium, Method, certify, set, vertices};
use crate::game::{Costs, Game};
use crate::potential::{self, Pull, Sums, receiver};
use crate::profile::Profile;
use crate::stop::NEVER;

/// A residual that is this share of the game's scale is that of a solution.
const CONVERGED: f64 = 1e-11;
/// Steps of the proximal method at most.
const ROUNDS: i32 = 60;
/// Those without progress that end it.
const PATIENCE: usize = 6;
/// The least cost that is lent to those who lie for free, as a share of the natural one, for so many rounds; then less and
/// less, too, where others who pay very little take back what they do. Those who pay are lent less and less from the start.
const LEAST: f64 = 1e-6;
const FIRM: i32 = 16;
const NOTHING: f64 = 1e-13;
/// A gap of the square of this share of the game's scale is none.
const EXACT: f64 = 1e-13;

/// Solves a game with costs of lying; what is found is not checked yet.
pub(super) fn solve(game: &Game, method: Method, asked: Asked<'_>) -> Option<Solved> {
    let costs = game.costs()?;
    let found = match method {
        Method::Separable => separable::solve(game).map(|landed| Found {
            y: landed.y,
            actions: landed.actions,
            passes: landed.passes,
        }),
        _ => general(game, costs),
    }?;
    let y: Vec<f64> = found.y.iter().map(|v| v.to_f64()).collect();
    let mut solved = Solved {
        winners: set::winners(game, &y),
        receiver: y,
        actions: found.actions,
        cardinality: Cardinality::Unique,
        dimension: Some(0),
        free: Vec::new(),
        passes: found.passes,
    };
    if let Some(rest) = Rest::of(game, &solved.actions) {
        rest.fill(game, asked, &mut solved);
    }
    settle(game, &mut solved);
    Some(solved)
}

/// Lets those who pay answer once more to where the receiver is, where that makes a proof of what is none: under a large cost the last digit of an
/// action is worth more than the gap that is allowed, and the checker's digit is that of the answer.
fn settle(game: &Game, solved: &mut Solved) {
    let holds = |actions: &Profile| certify(game, actions, Some(&solved.receiver)).holds();
    if holds(&solved.actions) {
        return;
    }
    let place = receiver(game, &solved.actions);
    let mut actions = solved.actions.clone();
    let (mut pull, mut priced) = (Pull::new(game, &place), potential::Priced::default());
    for i in (0..game.influencers()).filter(|&i| game.lying_cost(i) > 0.0) {
        priced.of(game, i, pull.of(i), solved.actions.action(i));
        actions.action_mut(i).copy_from_slice(&priced.answer);
    }
    if holds(&actions) {
        solved.actions = actions;
    }
}

struct Found {
    y: Point,
    actions: Profile,
    passes: usize,
}

/// Any sets.
fn general(game: &Game, costs: &Costs) -> Option<Found> {
    let n = game.influencers();
    let start = receiver(game, &costs.honest);
    let mut y: Point = start.into_iter().map(DoubleDouble::from).collect();
    let pays = |i: usize| costs.factors[i] > 0.0 || game.weight(i).is_zero();
    let mut passes = 0;
    if (0..n).all(pays) {
        let all = Priced {
            game,
            factors: &costs.factors,
            honest: &costs.honest,
        };
        let ended = all.solve(&y);
        passes += ended.passes;
        if ended.residual <= CONVERGED * game.scale() {
            return Some(Found {
                y: ended.y,
                actions: ended.actions,
                passes,
            });
        }
    }
    // A cost that is comparable with what everybody together can do to the receiver, and less of it from round to round.
    let natural: Vec<f64> = (0..n)
        .map(|i| {
            let reach = game.weight(i).norm_bound();
            n as f64 * reach * reach
        })
        .collect();
    let mut before = costs.honest.clone();
    let mut best: Option<(f64, Found)> = None;
    let (mut share, mut idle) = (1.0_f64, 0);
    for round in 0..ROUNDS {
        let least = LEAST * 0.1_f64.powi((round - FIRM).clamp(0, 6));
        let mut factors = costs.factors.clone();
        let mut honest = costs.honest.clone();
        for i in 0..n {
            let free = costs.factors[i] == 0.0;
            let lent = natural[i] * if free { share.max(least) } else { share };
            if costs.factors[i] >= lent {
                continue;
            }
            factors[i] += lent;
            let (own, lent) = (costs.factors[i] / factors[i], lent / factors[i]);
            for (h, x) in honest.action_mut(i).iter_mut().zip(before.action(i)) {
                *h = own * *h + lent * x;
            }
        }
        let lent = Priced {
            game,
            factors: &factors,
            honest: &honest,
        };
        let ended = lent.solve(&y);
        passes += ended.passes;
        before = ended.actions.clone();
        y = ended.y.clone();
        let at: Vec<f64> = y.iter().map(|v| v.to_f64()).collect();
        let gap = certify(game, &ended.actions, Some(&at)).duality_gap;
        let better = best.as_ref().is_none_or(|(least, _)| gap < 0.5 * least);
        idle = if better { 0 } else { idle + 1 };
        if best.as_ref().is_none_or(|(least, _)| gap < *least) {
            let found = Found {
                y: ended.y,
                actions: ended.actions,
                passes,
            };
            best = Some((gap, found));
        }
        let enough = (EXACT * game.scale()).powi(2);
        if idle > PATIENCE && round > FIRM + 6 || gap <= enough {
            break;
        }
        share = if share > NOTHING { share / 10.0 } else { 0.0 };
    }
    best.map(|(_, found)| Found { passes, ..found })
}

/// Those who lie for free, and their game against what the others do.
struct Rest {
    liars: Vec<usize>,
    game: Game,
    /// How far the background may be off.
    blur: f64,
}

impl Rest {
    /// `None` where everybody pays.
    fn of(game: &Game, actions: &Profile) -> Option<Self> {
        let liars: Vec<usize> = (0..game.influencers())
            .filter(|&i| game.lying_cost(i) == 0.0)
            .collect();
        if liars.is_empty() {
            return None;
        }
        let d = game.dim();
        let mut sums = Sums::new(d);
        sums.add(game.bias());
        let mut image = vec![0.0; d];
        for i in (0..game.influencers()).filter(|&i| game.lying_cost(i) > 0.0) {
            image.fill(0.0);
            game.weight(i).add_image(actions.action(i), &mut image);
            sums.add(&image);
        }
        Some(Self {
            game: game.of_some(&liars, sums.total()),
            liars,
            blur: 64.0 * f64::EPSILON * game.scale(),
        })
    }

    fn solved(&self, asked: Asked<'_>) -> Option<Equilibrium> {
        let method = choose(&self.game, Method::Auto).ok()?;
        in_good_units(&self.game, method, asked).ok()
    }

    /// Is the set the same on all sides of the background? Its ties are decided as if that were exact.
    fn is_stable(&self, found: &Equilibrium, asked: Asked<'_>) -> bool {
        (0..self.game.dim()).all(|k| {
            [self.blur, -self.blur].into_iter().all(|step| {
                let game = self.game.changed(crate::game::Change::Bias(k), step);
                let near = Self {
                    game,
                    liars: Vec::new(),
                    blur: 0.0,
                };
                near.solved(asked).is_some_and(|near| {
                    near.cardinality == found.cardinality
                        && near.dimension == found.dimension
                        && near.winners == found.winners
                })
            })
        })
    }

    /// Takes over their actions and the set.
    fn fill(&self, game: &Game, asked: Asked<'_>, solved: &mut Solved) {
        let Some(found) = self.solved(asked) else {
            solved.cardinality = Cardinality::Unknown;
            solved.dimension = None;
            return;
        };
        solved.passes += found.passes;
        let mut actions = solved.actions.clone();
        for (at, &i) in self.liars.iter().enumerate() {
            actions
                .action_mut(i)
                .copy_from_slice(found.actions.action(at));
        }
        let gap = |actions: &Profile| certify(game, actions, Some(&solved.receiver)).duality_gap;
        let separable = game.scalar_weights().is_some() && game.has_boxes();
        let small = (1e-13 * game.unit()).powi(2);
        let now = gap(&actions);
        if separable || now <= small || now <= gap(&solved.actions) {
            solved.actions = actions;
        } else {
            solved.cardinality = Cardinality::Unknown;
            solved.dimension = None;
            return;
        }
        let tied = found.dimension != Some(0)
            || found.cardinality != Cardinality::Unique
            || self.doubtful(&found);
        if tied && !self.is_stable(&found, asked) {
            solved.cardinality = Cardinality::Unknown;
            solved.dimension = None;
            return;
        }
        solved.cardinality = found.cardinality;
        solved.dimension = found.dimension;
        solved.free = found.free;
        for free in &mut solved.free {
            free.influencer = self.liars[free.influencer];
        }
    }

    /// Is somebody's target so near that a tie may turn on rounding?
    fn doubtful(&self, found: &Equilibrium) -> bool {
        (0..self.liars.len()).any(|i| {
            let away: Vec<f64> = self
                .game
                .target(i)
                .iter()
                .zip(&found.receiver)
                .map(|(t, r)| t - r)
                .collect();
            away.iter().any(|v| v.abs() <= self.blur) || norm(&away) == 0.0
        })
    }
}

/// The vertices of the set of equilibria of a game with costs: those of the game of all who lie for free, beside the one
/// action of everybody else.
pub(crate) fn vertices_of(
    game: &Game,
    equilibrium: &Equilibrium,
    limit: usize,
) -> Option<Vec<Profile>> {
    let rest = Rest::of(game, &equilibrium.actions)?;
    let found = rest.solved(Asked {
        set: Some(crate::equilibrium::Selection::default()),
        stop: &NEVER,
    })?;
    let all = vertices(&rest.game, &found, limit)?;
    let with = |vertex: &Profile| {
        let mut profile = equilibrium.actions.clone();
        for (at, &i) in rest.liars.iter().enumerate() {
            profile.action_mut(i).copy_from_slice(vertex.action(at));
        }
        profile
    };
    Some(all.iter().map(with).collect())
}
