//! Welfare: the truthful outcome, the social optimum, the price of anarchy.
//!
//! Costs are `Σ_i ‖r − t_i‖² = n ‖r − t̄‖² + Σ_i ‖t_i − t̄‖²`, so the social optimum is the projection `p` of the mean
//! target `t̄` onto the reachable positions. For a reachable `r` the angle at `p` is obtuse, `‖r − p‖ ≤ ‖r − t̄‖`; that
//! and the certificate of the game in which everybody wants `t̄` bound the error of what is reported.

use big_numeric::{DoubleDouble, distance, dot, nearest, norm, rational, times_power_of_two};

use crate::action_space::{ActionSpace, ConvexSet, Face};
use crate::equilibrium::set::LARGE;
use crate::equilibrium::{Equilibrium, exact, truthful};
use crate::game::Game;
use crate::potential::{receiver, sum_blocks};
use crate::profile::Profile;
use crate::solver::{SolveError, locate};
use crate::spec::Loss;

/// What the battle costs. Costs are sums of losses over all influencers.
#[derive(Clone, Debug)]
pub struct Welfare {
    /// `Σ_i ℓ_i` at the equilibrium.
    pub equilibrium_cost: f64,
    /// `Σ_i ℓ_i` at [`optimal_receiver`](Self::optimal_receiver).
    pub optimal_cost: f64,
    /// The ratio of the equilibrium's cost to the least possible: exactly 1 where all targets are equal. `None` where the
    /// errors of the two positions leave it open by more than a millionth of itself, and for the inner-product loss,
    /// whose sign makes a ratio meaningless.
    pub price_of_anarchy: Option<f64>,
    /// A proven lower bound on the price of anarchy, at least 1; `None` for the inner-product loss.
    pub price_of_anarchy_at_least: Option<f64>,
    /// Where the receiver lands when everybody is truthful.
    pub truthful_receiver: Vec<f64>,
    /// The reachable position of least cost: the projection of the mean target. Some profile puts the receiver here.
    pub optimal_receiver: Vec<f64>,
    /// A proven bound on the distance of `optimal_receiver` from that projection. Under the inner-product loss `None`
    /// where several positions are equally good, or rounding hides which is best.
    pub optimum_error_bound: Option<f64>,
    /// What each influencer gains (loss saved) over truthful play by all.
    pub gains: Vec<f64>,
}

/// A reachable position, and how far from the best one it can be.
pub(crate) struct Optimum {
    pub(crate) receiver: Vec<f64>,
    error_bound: Option<f64>,
}

/// The price of anarchy is told when it is known up to this share of itself.
const TOLD: f64 = 1e-6;

/// An error below this share of the numbers involved is that of rounding.
const ROUNDING: f64 = 1e-14;

/// Computes it. As long as finding the receiver's position: the social optimum is itself the equilibrium of the game
/// in which everybody wants the mean target, since its potential is then `‖r − t̄‖²` and a constant.
///
/// # Errors
/// When that game could not be solved.
///
/// ```
/// use big_game::spec::SpaceSpec;
/// use big_game::welfare::welfare;
/// use big_game::{Game, solve};
///
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let battle = welfare(&game, &solve(&game, &Default::default())?)?;
/// // The mean of the targets would cost half of what the battle does.
/// assert!((battle.optimal_receiver[0] + 0.55).abs() < 1e-15);
/// assert!((battle.price_of_anarchy.unwrap() - 2.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn welfare(game: &Game, equilibrium: &Equilibrium) -> Result<Welfare, SolveError> {
    // Losses are everybody's own.
    let game = game.alone();
    let truthful_receiver = receiver(game, &truthful(game));
    let gains = gains(game, &truthful_receiver, &equilibrium.receiver);
    if game.loss() == Loss::InnerProduct {
        let total = total_target(game);
        let optimum = together(game, &total);
        let cost = |r: &[f64]| -dot(r, &total);
        return Ok(Welfare {
            equilibrium_cost: cost(&equilibrium.receiver),
            optimal_cost: cost(&optimum.receiver),
            price_of_anarchy: None,
            price_of_anarchy_at_least: None,
            truthful_receiver,
            optimal_receiver: optimum.receiver,
            optimum_error_bound: optimum.error_bound,
            gains,
        });
    }
    let n = game.influencers() as f64;
    let mean: Vec<f64> = total_target(game).iter().map(|t| t / n).collect();
    let mut optimum = projected(game, &mean)?;
    let unit = unit(game, &[&equilibrium.receiver, &optimum.receiver]);
    let equilibrium_cost = cost(game, &equilibrium.receiver, unit);
    let mut optimal_cost = cost(game, &optimum.receiver, unit);
    if equilibrium_cost < optimal_cost {
        // The equilibrium is a reachable position, too: the better of the two is reported.
        let reached = receiver(game, &equilibrium.actions);
        let reached_cost = cost(game, &reached, unit);
        if reached_cost < optimal_cost {
            let apart = distance(&reached, &optimum.receiver);
            optimum.error_bound = optimum.error_bound.map(|bound| bound + apart);
            (optimum.receiver, optimal_cost) = (reached, reached_cost);
        }
    }
    let price = Price {
        influencers: n,
        spread: cost(game, &mean, unit),
        equilibrium: distance(&equilibrium.receiver, &mean) / unit,
        equilibrium_error: equilibrium.certificate.receiver_error_bound / unit,
        optimum: distance(&optimum.receiver, &mean) / unit,
        optimum_error: optimum.error_bound.unwrap_or(f64::INFINITY) / unit,
    };
    let (price_of_anarchy, at_least) = if same_target(game) {
        // Then the potential is the cost, and an equilibrium an optimum.
        (Some(1.0), 1.0)
    } else {
        price.between(equilibrium_cost / optimal_cost)
    };
    Ok(Welfare {
        equilibrium_cost: equilibrium_cost * unit * unit,
        optimal_cost: optimal_cost * unit * unit,
        price_of_anarchy,
        price_of_anarchy_at_least: Some(at_least),
        truthful_receiver,
        optimal_receiver: optimum.receiver,
        optimum_error_bound: optimum.error_bound,
        gains,
    })
}

/// What is known of the two costs, in units of length in which they neither vanish nor overflow.
struct Price {
    influencers: f64,
    /// `Σ_i ‖t_i − t̄‖²`.
    spread: f64,
    /// Distances of the two positions from the mean target, and their errors.
    equilibrium: f64,
    equilibrium_error: f64,
    optimum: f64,
    optimum_error: f64,
}

impl Price {
    /// The ratio, where it is known well enough to be told, and a lower bound on it.
    fn between(&self, ratio: f64) -> (Option<f64>, f64) {
        let cost = |distance: f64| {
            let distance = distance.max(0.0);
            self.influencers * distance * distance + self.spread
        };
        // What the rounding of sums and squares can do to a cost of non-negative terms.
        let rounding = 1.0 + 64.0 * f64::EPSILON;
        let lowest = cost(self.equilibrium - self.equilibrium_error)
            / (cost(self.optimum + self.optimum_error) * rounding);
        let highest = cost(self.equilibrium + self.equilibrium_error) * rounding
            / cost(self.optimum - self.optimum_error);
        // `max` forgets a NaN: 0/0 says nothing.
        let at_least = lowest.max(1.0);
        // Written so that a NaN is not told.
        let known = highest - at_least <= TOLD * ratio && ratio.is_finite();
        let told = ratio.clamp(at_least, highest.max(at_least));
        (known.then_some(told), at_least)
    }
}

/// `Σ_i ‖r − t_i‖²` in units of `unit²`.
fn cost(game: &Game, r: &[f64], unit: f64) -> f64 {
    sum_blocks(game, 1, |range, sums| {
        for i in range {
            let squares = r.iter().zip(game.target(i)).map(|(r, t)| {
                let away = (r - t) / unit;
                away * away
            });
            sums.add(&[squares.sum()]);
        }
    })[0]
}

/// A power of two near the largest distance between the positions and the targets.
fn unit(game: &Game, positions: &[&[f64]]) -> f64 {
    let mut largest = 0.0_f64;
    for target in game.targets().chunks_exact(game.dim()) {
        for r in positions {
            for (r, t) in r.iter().zip(target) {
                largest = largest.max((r - t).abs());
            }
        }
    }
    if largest > 0.0 && largest.is_finite() {
        times_power_of_two(1.0, largest.log2().floor() as i32)
    } else {
        1.0
    }
}

/// `‖h − t‖² − ‖r − t‖² = ⟨h − r, (h − t) + (r − t)⟩`, or the difference of inner products, for everybody.
fn gains(game: &Game, honest: &[f64], r: &[f64]) -> Vec<f64> {
    let mut step: Vec<f64> = honest.iter().zip(r).map(|(h, r)| h - r).collect();
    // What the rounding of the sums makes of one and the same receiver.
    if norm(&step) <= 4.0 * f64::EPSILON * game.scale() {
        step.fill(0.0);
    }
    let gain = |i: usize| -> f64 {
        let target = game.target(i);
        match game.loss() {
            Loss::InnerProduct => -dot(&step, target),
            Loss::SquaredEuclidean => (0..step.len())
                .map(|k| step[k] * ((honest[k] - target[k]) + (r[k] - target[k])))
                .sum(),
        }
    };
    (0..game.influencers()).map(gain).collect()
}

/// Do all want the same, to the last digit that was written?
fn same_target(game: &Game) -> bool {
    let first = game.target(0);
    let doubles = game.targets().chunks_exact(game.dim()).all(|t| t == first);
    doubles
        && game.exact().is_none_or(|spec| {
            let mut targets = spec.influencers.iter().map(|i| &i.target);
            let first = targets.next();
            targets.all(|t| Some(t) == first)
        })
}

/// `Σ_i t_i`, rounded once.
fn total_target(game: &Game) -> Vec<f64> {
    let mut total = vec![DoubleDouble::ZERO; game.dim()];
    for target in game.targets().chunks_exact(game.dim()) {
        for (sum, &t) in total.iter_mut().zip(target) {
            *sum += DoubleDouble::from(t);
        }
    }
    total.into_iter().map(DoubleDouble::to_f64).collect()
}

/// The reachable position nearest to the mean target.
pub(crate) fn projected(game: &Game, mean: &[f64]) -> Result<Optimum, SolveError> {
    let together = game.with_common_target(mean);
    let found = locate(&together)?;
    let receiver = receiver(&together, &found.actions);
    // The mean and the summed weights are rounded, and a projection moves no further than what it projects.
    let size = game.scale() + norm(mean);
    let mut bound = found
        .certificate
        .receiver_error_bound
        .min(distance(&receiver, mean));
    if bound > ROUNDING * size {
        // A small polytopal game tells where it lands exactly.
        if let Some(exact) = exact::receiver(&together, &receiver, LARGE) {
            let away = receiver
                .iter()
                .zip(&exact)
                .map(|(r, e)| nearest(&(rational(*r) - e)));
            bound = bound.min(norm(&away.collect::<Vec<f64>>()));
        }
    }
    Ok(Optimum {
        error_bound: Some(bound + 4.0 * f64::EPSILON * size),
        receiver,
    })
}

/// Everybody together maximises `⟨r, Σ t_i⟩`.
fn together(game: &Game, total: &[f64]) -> Optimum {
    let mut profile = Profile::zeros(game);
    let mut error_bound = Some(4.0 * f64::EPSILON * game.scale());
    let size: f64 = game.targets().iter().map(|t| t.abs()).sum();
    for i in (0..game.influencers()).filter(|&i| !game.weight(i).is_zero()) {
        let (space, weight) = (game.space(i), game.weight(i));
        let mut g = vec![0.0; space.dim()];
        weight.pull_back(total, &mut g);
        space.maximiser(&g, profile.action_mut(i));
        // What the rounding of the sum and of the products can do to the direction.
        let blur = 16.0 * f64::EPSILON * weight.norm_bound() * size;
        let moved = match (space, space.exposed_face(&g, blur)) {
            (_, face) if !matches!(face, Face::Point(_)) => None,
            (ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_), _) => {
                Some(weight.norm_bound() * turned(space, &g, blur))
            }
            _ => Some(0.0),
        };
        error_bound = error_bound.zip(moved).map(|(sum, by)| sum + by);
    }
    Optimum {
        receiver: receiver(game, &profile),
        error_bound,
    }
}

/// How far the maximiser `c + F Fᵀg / ‖Fᵀg‖` of a round set moves when the direction changes by `blur`: at most
/// `2 ‖F‖² blur / ‖Fᵀg‖`, where `‖Fᵀg‖ = h(g) − ⟨c, g⟩`.
fn turned(space: &ActionSpace, g: &[f64], blur: f64) -> f64 {
    let (lower, upper) = space.bounding_box();
    let half: Vec<f64> = lower
        .iter()
        .zip(&upper)
        .map(|(l, u)| (u - l) / 2.0)
        .collect();
    let center: Vec<f64> = lower.iter().zip(&half).map(|(l, h)| l + h).collect();
    let size = norm(&half);
    let height = space.support(g) - dot(&center, g);
    if size == 0.0 {
        0.0
    } else if height > 0.0 {
        (2.0 * size * (size * blur / height)).min(2.0 * size)
    } else {
        2.0 * size
    }
}
