//! Other losses and receivers that have the same equilibria as a game of the usual kind (ours).
//!
//! - **Any increasing loss of the distance**, here `‖r − t‖^p`: best responses are those of the square, so the equilibria are; losses,
//!   regrets and welfare are not.
//! - **A common metric**, `(r − t)ᵀ M (r − t)` with `M = L Lᵀ` positive definite: the game of `Lᵀ r`.
//! - **A receiver on a line that answers by an increasing function** `F`, `r = F(b + Σ w x)`: the game with the targets `F⁻¹(t)`.
//!
//! A [`Reduced`] game is solved as the game that it reduces to, with that one's certificate and set, and told in its own terms:
//! [`Reduced::assess`] computes the receiver from the actions, losses from that and regrets from exact best responses,
//! [`Reduced::restate`] the social optimum in the loss that was asked for, too.

mod optimum;

use big_numeric::{norm, square_distance};

use crate::action_space::ConvexSet;
use crate::action_space::ellipsoid::cholesky;
use crate::equilibrium::{Equilibrium, best_response, certify, negligible_gap, truthful};
use crate::game::{Game, GameError};
use crate::potential::receiver;
use crate::profile::Profile;
use crate::solver::SolveError;
use crate::spec::{GameSpec, Loss, WeightSpec};
use crate::welfare::Welfare;

/// The price of anarchy is told where the optimum is known up to this share of its cost.
const PRICED: f64 = 1e-6;

/// How a receiver on a line answers: an increasing continuous function.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// `1/(1 + e^−y)`.
    Logistic,
    /// `tanh y`.
    Tanh,
    /// `e^y`.
    Exp,
    /// Straight between points, whose both coordinates increase, and on from the outer ones.
    Points(Vec<[f64; 2]>),
}

impl Response {
    /// `F(y)`.
    pub fn of(&self, y: f64) -> f64 {
        match self {
            Self::Logistic => 1.0 / (1.0 + (-y).exp()),
            Self::Tanh => y.tanh(),
            Self::Exp => y.exp(),
            Self::Points(points) => line(points, y, 0, 1),
        }
    }

    /// `F⁻¹(t)`; infinite beyond what `F` takes on.
    pub fn inverse(&self, t: f64) -> f64 {
        match self {
            Self::Logistic if t <= 0.0 => f64::NEG_INFINITY,
            Self::Logistic if t >= 1.0 => f64::INFINITY,
            Self::Logistic => (t / (1.0 - t)).ln(),
            Self::Tanh if t <= -1.0 => f64::NEG_INFINITY,
            Self::Tanh if t >= 1.0 => f64::INFINITY,
            Self::Tanh => t.atanh(),
            Self::Exp if t <= 0.0 => f64::NEG_INFINITY,
            Self::Exp => t.ln(),
            Self::Points(points) => line(points, t, 1, 0),
        }
    }
}

/// The piecewise straight function from one coordinate of the points to the other.
fn line(points: &[[f64; 2]], at: f64, from: usize, to: usize) -> f64 {
    let after = points.partition_point(|p| p[from] < at);
    let k = after.clamp(1, points.len() - 1);
    let (p, q) = (points[k - 1], points[k]);
    let share = (at - p[from]) / (q[from] - p[from]);
    if share == 1.0 {
        q[to]
    } else {
        p[to] + share * (q[to] - p[to])
    }
}

/// What differs from the usual game.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `p` of the loss `‖r − t‖^p`.
    pub power: f64,
    /// `M`, by rows: distances are `√((r − t)ᵀ M (r − t))`.
    pub metric: Option<Vec<Vec<f64>>>,
    /// How a receiver on a line answers.
    pub response: Option<Response>,
    /// The names of the audiences whose positions are stacked in the receiver's, if there are several.
    pub audiences: Vec<String>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            power: 2.0,
            metric: None,
            response: None,
            audiences: Vec::new(),
        }
    }
}

/// Why there is no such game.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReductionError {
    /// The game without its terms is none.
    #[error(transparent)]
    Game(#[from] GameError),
    /// Not a power of an increasing loss.
    #[error("the power p of a loss is {0}: it must be a number above 0, and at most 64")]
    Power(f64),
    /// A metric that is none.
    #[error(
        "`metric` must be a symmetric positive definite matrix with one row a coordinate of the receiver"
    )]
    Metric,
    /// A response in more than one dimension.
    #[error(
        "a receiver answers by an increasing function on a line only, and this one has {0} coordinates"
    )]
    Plane(usize),
    /// Points that do not make an increasing function.
    #[error(
        "the points of a response must be finite, at least two, and increase in both coordinates"
    )]
    Points,
    /// Two things that are not known together.
    #[error("{0}")]
    Together(&'static str),
}

/// A game with another loss or receiver: see [the module](self).
#[derive(Clone, Debug)]
pub struct Reduced {
    terms: Terms,
    spec: GameSpec<f64>,
    /// As it is described: targets are where the receiver is wanted, positions are before the response.
    own: Game,
    /// What it reduces to.
    game: Game,
    /// `L`, lower, by rows.
    factor: Option<Vec<f64>>,
}

/// What a profile is worth in a game's own terms.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
    /// Everybody's loss.
    pub losses: Vec<f64>,
    /// What a best response would save of it.
    pub regrets: Vec<f64>,
    /// A best response of each to the others.
    pub best_responses: Profile,
}

impl Standing {
    /// Is every number one? Powers and responses can leave double precision where the game itself does not.
    pub fn is_finite(&self) -> bool {
        let all = [&self.receiver, &self.losses, &self.regrets];
        all.into_iter().flatten().all(|v| v.is_finite())
    }
}

/// An equilibrium in a game's own terms.
#[derive(Clone, Debug)]
pub struct Restated {
    /// Where it leaves everybody.
    pub standing: Standing,
    /// What the battle costs, in that loss; the position of least cost is the best that was found.
    pub welfare: Welfare,
    /// No position costs less than this.
    pub optimal_cost_at_least: f64,
}

impl Restated {
    /// Is every number one?
    pub fn is_finite(&self) -> bool {
        let all = [
            &self.welfare.gains,
            &self.welfare.truthful_receiver,
            &self.welfare.optimal_receiver,
        ];
        self.standing.is_finite()
            && all.into_iter().flatten().all(|v| v.is_finite())
            && self.welfare.equilibrium_cost.is_finite()
            && self.welfare.optimal_cost.is_finite()
    }
}

impl Reduced {
    /// A game in other terms.
    ///
    /// # Errors
    /// When the game is none, the terms are none, or the game has costs, coalitions or the inner-product loss.
    pub fn new(spec: GameSpec<f64>, terms: Terms) -> Result<Self, ReductionError> {
        let together = ReductionError::Together;
        if spec.loss == Loss::InnerProduct {
            return Err(together(
                "the inner-product loss has no power and no metric",
            ));
        }
        if spec.influencers.iter().any(|i| i.cost.is_some()) {
            return Err(together(
                "lying costs are known beside the loss \"squared_euclidean\" alone",
            ));
        }
        if !spec.coalitions.is_empty() {
            return Err(together(
                "coalitions are known under the loss \"squared_euclidean\" alone",
            ));
        }
        if !(terms.power > 0.0 && terms.power <= 64.0) {
            return Err(ReductionError::Power(terms.power));
        }
        let written = spec.clone();
        let own = spec.clone().check()?;
        let factor = match &terms.metric {
            None => None,
            Some(metric) => Some(factor(metric, own.dim()).ok_or(ReductionError::Metric)?),
        };
        let mut spec = spec;
        if let Some(lower) = &factor {
            in_metric(&mut spec, lower);
        }
        if let Some(response) = &terms.response {
            if own.dim() != 1 {
                return Err(ReductionError::Plane(own.dim()));
            }
            if terms.metric.is_some() {
                return Err(together("on a line a metric changes nothing: leave it out"));
            }
            if let Response::Points(points) = response {
                let finite = points.iter().flatten().all(|v| v.is_finite());
                let rises = points
                    .windows(2)
                    .all(|p| p[0][0] < p[1][0] && p[0][1] < p[1][1]);
                if points.len() < 2 || !finite || !rises {
                    return Err(ReductionError::Points);
                }
            }
            // Whoever wants what the receiver never says wants the end that is nearest: anything beyond what can be reached.
            let (lower, upper) = extremes(&own);
            let margin = 1.0 + (upper - lower);
            for influencer in &mut spec.influencers {
                for t in &mut influencer.target {
                    *t = response.inverse(*t).clamp(lower - margin, upper + margin);
                }
            }
        }
        Ok(Self {
            game: spec.check()?,
            spec: written,
            own,
            terms,
            factor,
        })
    }

    /// What it reduces to: the game that is solved.
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// As it is described.
    pub fn own(&self) -> &Game {
        &self.own
    }

    /// The description of [`own`](Self::own).
    pub fn spec(&self) -> &GameSpec<f64> {
        &self.spec
    }

    /// What differs from the usual game.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// A bound on the receiver's distance from its place, where that of the reduced game is within `error`.
    pub fn error_bound(&self, found: &Equilibrium, error: f64) -> f64 {
        if let Some(response) = &self.terms.response {
            let y = receiver(&self.own, &found.actions)[0];
            let (at, extremes) = (response.of(y), [y - error, y + error]);
            return extremes
                .iter()
                .map(|y| (response.of(*y) - at).abs())
                .fold(0.0, f64::max);
        }
        let Some(lower) = &self.factor else {
            return error;
        };
        let d = self.own.dim();
        let unit = |k: usize| {
            (0..d)
                .map(|j| if j == k { 1.0 } else { 0.0 })
                .collect::<Vec<f64>>()
        };
        let squares = (0..d).flat_map(|k| transposed_solved(lower, &unit(k)));
        squares.map(|v| v * v).sum::<f64>().sqrt() * error
    }

    /// Where the receiver is when its position before the response is `y`.
    fn answers(&self, y: Vec<f64>) -> Vec<f64> {
        match &self.terms.response {
            Some(response) => y.into_iter().map(|y| response.of(y)).collect(),
            None => y,
        }
    }

    fn square(&self, r: &[f64], t: &[f64]) -> f64 {
        let Some(lower) = &self.factor else {
            return square_distance(r, t);
        };
        let off: Vec<f64> = r.iter().zip(t).map(|(r, t)| r - t).collect();
        transposed_times(lower, &off).iter().map(|v| v * v).sum()
    }

    fn loss(&self, i: usize, r: &[f64]) -> f64 {
        let square = self.square(r, self.own.target(i));
        if self.terms.power == 2.0 {
            square
        } else {
            square.sqrt().powf(self.terms.power)
        }
    }

    /// What all lose together.
    fn cost(&self, r: &[f64]) -> f64 {
        (0..self.own.influencers()).map(|i| self.loss(i, r)).sum()
    }

    /// Where the receiver lands when that of [`game`](Self::game) is at `position`.
    pub fn lands(&self, position: &[f64]) -> Vec<f64> {
        match &self.factor {
            Some(lower) => transposed_solved(lower, position),
            None => self.answers(position.to_vec()),
        }
    }

    /// What a profile is worth to everybody: linear in the influencers.
    pub fn assess(&self, actions: &Profile) -> Standing {
        let (own, n, d) = (&self.own, self.own.influencers(), self.own.dim());
        let before = receiver(own, actions);
        let there = self.answers(before.clone());
        let position = receiver(&self.game, actions);
        let losses: Vec<f64> = (0..n).map(|i| self.loss(i, &there)).collect();
        let (mut response, mut moved) = (Vec::new(), vec![0.0; d]);
        let mut best_responses = actions.clone();
        let mut regrets = Vec::with_capacity(n);
        for (i, loss) in losses.iter().enumerate() {
            let x = actions.action(i);
            let saved = best_response(&self.game, i, x, &position, &mut response);
            if saved == 0.0 {
                regrets.push(0.0);
                continue;
            }
            best_responses.action_mut(i).copy_from_slice(&response);
            response
                .iter_mut()
                .zip(x)
                .for_each(|(to, from)| *to -= from);
            moved.fill(0.0);
            own.weight(i).add_image(&response, &mut moved);
            let after = self.answers(before.iter().zip(&moved).map(|(y, m)| y + m).collect());
            regrets.push((loss - self.loss(i, &after)).max(0.0));
        }
        Standing {
            receiver: there,
            losses,
            regrets,
            best_responses,
        }
    }

    /// What counts as no gain, in units of the loss: what a gain in the square of the distance that counts as none
    /// ([`Certificate::allowed_gap`](crate::equilibrium::Certificate::allowed_gap)) can come to in this loss.
    pub fn allowed_gain(&self, actions: &Profile) -> f64 {
        let (own, power) = (&self.own, self.terms.power);
        let farthest = |game: &Game| {
            let far = |i: usize| norm(game.target(i));
            (0..game.influencers()).map(far).fold(0.0, f64::max)
        };
        let (square, longest) = match &self.terms.response {
            None => (
                certify(&self.game, actions, None).allowed_gap,
                self.game.scale() + farthest(&self.game),
            ),
            Some(response) => {
                let (lower, upper) = extremes(own);
                let (low, high) = (response.of(lower), response.of(upper));
                let longest = low.abs().max(high.abs()) + farthest(own);
                (negligible_gap(high - low, longest), longest)
            }
        };
        // Of a distance up to `longest`, by how much its power changes with its square.
        let gain = match power < 2.0 {
            true => square.powf(0.5 * power),
            false => 0.5 * power * longest.powf(power - 2.0) * square,
        };
        gain.min(f64::MAX)
    }

    /// An equilibrium of [`game`](Self::game) in this game's own terms. Linear in the influencers; where the power is not 2, up to 500
    /// projections on what can be reached.
    ///
    /// # Errors
    /// When a projection on what can be reached was not found.
    pub fn restate(&self, found: &Equilibrium) -> Result<Restated, SolveError> {
        let standing = self.assess(&found.actions);
        let losses = &standing.losses;
        let truthful_receiver = self.answers(receiver(&self.own, &truthful(&self.game)));
        let gains = losses.iter().enumerate();
        let gains = gains
            .map(|(i, loss)| self.loss(i, &truthful_receiver) - loss)
            .collect();
        let equilibrium_cost: f64 = losses.iter().sum();
        let (mut optimal_receiver, mut optimal_cost, least) = self.optimum()?;
        if equilibrium_cost < optimal_cost {
            (optimal_receiver, optimal_cost) = (standing.receiver.clone(), equilibrium_cost);
        }
        let least = least.min(optimal_cost);
        let ratio = match equilibrium_cost == optimal_cost {
            true => Some(1.0),
            false => Some(equilibrium_cost / optimal_cost).filter(|r| r.is_finite()),
        };
        let known = optimal_cost - least <= PRICED * optimal_cost;
        Ok(Restated {
            standing,
            welfare: Welfare {
                equilibrium_cost,
                optimal_cost,
                price_of_anarchy: ratio.filter(|_| known),
                price_of_anarchy_at_least: ratio,
                truthful_receiver,
                optimal_receiver,
                optimum_error_bound: None,
                gains,
            },
            optimal_cost_at_least: least,
        })
    }
}

/// Between which positions a receiver on a line can be put.
fn extremes(game: &Game) -> (f64, f64) {
    let (mut lower, mut upper) = (game.bias()[0], game.bias()[0]);
    for i in 0..game.influencers() {
        let mut pull = vec![0.0; game.space(i).dim()];
        game.weight(i).pull_back(&[1.0], &mut pull);
        upper += game.space(i).support(&pull);
        pull.iter_mut().for_each(|p| *p = -*p);
        lower -= game.space(i).support(&pull);
    }
    (lower, upper)
}

/// `L` with `M = L Lᵀ`, by rows; `None` when `M` is no metric of that dimension.
fn factor(metric: &[Vec<f64>], d: usize) -> Option<Vec<f64>> {
    let square = metric.len() == d && metric.iter().all(|row| row.len() == d);
    if !square || metric.iter().flatten().any(|v| !v.is_finite()) {
        return None;
    }
    cholesky(&metric.concat(), d).ok()
}

/// `Lᵀ v`.
fn transposed_times(lower: &[f64], v: &[f64]) -> Vec<f64> {
    let d = v.len();
    (0..d)
        .map(|k| (k..d).map(|j| lower[j * d + k] * v[j]).sum())
        .collect()
}

/// `L⁻ᵀ v`.
fn transposed_solved(lower: &[f64], v: &[f64]) -> Vec<f64> {
    let (mut x, d) = (v.to_vec(), v.len());
    for k in (0..d).rev() {
        let sum: f64 = (k + 1..d).map(|j| lower[j * d + k] * x[j]).sum();
        x[k] = (x[k] - sum) / lower[k * d + k];
    }
    x
}

/// The description of the game of `Lᵀ r`.
fn in_metric(spec: &mut GameSpec<f64>, lower: &[f64]) {
    let d = spec.bias.len();
    spec.bias = transposed_times(lower, &spec.bias);
    for influencer in &mut spec.influencers {
        influencer.target = transposed_times(lower, &influencer.target);
        // Lᵀ W, row by row of L: what is above its diagonal is 0.
        let rows = influencer.weight.rows(d);
        let m = rows.first().map_or(0, Vec::len);
        let mut image = vec![vec![0.0; m]; d];
        for (j, row) in rows.iter().enumerate() {
            for (k, out) in image.iter_mut().enumerate().take(j + 1) {
                let by = lower[j * d + k];
                out.iter_mut().zip(row).for_each(|(o, w)| *o += by * w);
            }
        }
        influencer.weight = WeightSpec::Matrix(image);
    }
}
