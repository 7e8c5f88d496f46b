//! Sensitivity: the derivatives of the receiver's equilibrium position, and what a little more weight is worth.
//!
//! `r*` is a proximal point (ours): near an equilibrium it moves by `dy` that minimises `½ dyᵀ H dy − ⟨v, dy⟩` subject
//! to the ties staying ties, where `H = I + Σ W_i ∇²h_i(g_i) W_iᵀ` is the curvature of the strictly convex sets and
//! `v` the push of the change. Where a tie is at its end (an influencer shares a face of which it uses a corner),
//! `r*` has a kink and its one-sided derivatives differ: these are measured on the game solved anew.

mod curvature;
mod differences;
mod priced;
mod shared;
mod units;

use big_numeric::{dot, norm};
use curvature::{bend, curvature};
use differences::Differences;
use priced::Answer;
use shared::Shared;

use crate::action_space::ConvexSet;
use crate::equilibrium::set::{Tied, ties};
use crate::equilibrium::{Cardinality, Equilibrium, SolutionConcept};
use crate::game::{Change, Game};
use crate::solver::decomposition::metric::Metric;
use crate::spec::Loss;
use crate::weight::Weight;

/// Games at a kink are solved anew for each derivative; more solves than this are not made.
const SOLVES: usize = 2_000;
/// Nor are more than take this many numbers to be looked at, by what the equilibrium took: passes, each of the game's numbers
/// and a few thousand of its own.
const WORK: usize = 10_000_000_000;
const PASS: usize = 5_000;

/// A derivative of the receiver's position: `d × k` by rows, for `k` parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivative {
    /// As each parameter increases, per unit.
    pub increase: Vec<f64>,
    /// As each parameter decreases, per unit, where that differs: at a kink. `None`: `r*` is differentiable here.
    pub decrease: Option<Vec<f64>>,
}

/// What one influencer's parameters do to the receiver.
#[derive(Clone, Debug)]
pub struct InfluencerSensitivity {
    /// `∂r*/∂t_i`, `d × d`, `t_i` its own target where it plays in a coalition; `None`: could not be told.
    pub target: Option<Derivative>,
    /// `∂r*/∂w_i`, `d × 1`; for a matrix weight, in a common factor of all its entries (at factor 1).
    pub weight: Option<Derivative>,
    /// `∂r*/∂W_i` for a matrix weight, `d × (d·m)`: column `k·m + l` belongs to the entry in row `k` and column `l`.
    /// `None` for a scalar weight, where it could not be told, and above [`ENTRIES`] numbers.
    pub weight_entries: Option<Derivative>,
    /// The loss that the influencer saves per unit of additional weight.
    pub value_of_weight: Option<f64>,
    /// `∂r*/∂λ_i`, `d × 1`; `None` where a lie is free, and where it could not be told.
    pub lying_cost: Option<Derivative>,
}

/// All derivatives at an equilibrium.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// `∂r*/∂b`, `d × d`.
    pub background: Option<Derivative>,
    /// In the order of the game.
    pub influencers: Vec<InfluencerSensitivity>,
    /// Is every derivative in the background, the targets and the weights as a whole two-sided, and known?
    pub differentiable: bool,
}

/// Derivatives in the entries of a weight matrix of more numbers than this are left out.
pub const ENTRIES: usize = 1_000_000;

/// The derivatives of `r*` in the background, every target and every weight. O(n d²) and a factorisation where `r*`
/// is differentiable; at a kink, six solves or more for each parameter concerned.
///
/// ```
/// use big_game::sensitivity::sensitivity;
/// use big_game::spec::SpaceSpec;
/// use big_game::{Game, solve};
///
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let found = sensitivity(&game, &solve(&game, &Default::default())?);
/// // The receiver follows the winner's target, and does not care about the loser's.
/// let target = |i: usize| found.influencers[i].target.as_ref().map(|d| d.increase[0]);
/// assert_eq!((target(0), target(1)), (Some(0.0), Some(1.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sensitivity(game: &Game, equilibrium: &Equilibrium) -> Sensitivity {
    if let Some(found) = units::in_good_units(game, equilibrium) {
        return found;
    }
    let local = Local::at(game, equilibrium);
    let (n, d) = (game.influencers(), game.dim());
    let pass = game.targets().len() + PASS;
    let solves = SOLVES.min(WORK / equilibrium.passes.max(1).saturating_mul(pass));
    let tied: Option<Vec<usize>> =
        (local.as_ref()).map(|local| local.ties.iter().map(|tie| tie.influencer).collect());
    let mut differences = Differences::new(game, equilibrium, tied.as_deref(), solves);
    let background = match &local {
        Some(local) if local.smooth => Some(local.background()),
        _ => differences.of((0..d).map(Change::Bias)),
    };
    let shared = Shared::new(game, local.as_ref());
    let influencers: Vec<InfluencerSensitivity> = (0..n)
        .map(|i| {
            let own = (0..d).map(|k| Change::OwnTarget(i, k));
            let target = match (&local, shared.of(i)) {
                (_, Some((Some(all), share))) => Some(all.times(share)),
                (_, Some((None, _))) => differences.of(own),
                (Some(local), None) if local.smooth_in_target(i) => Some(local.target(i)),
                _ => differences.of((0..d).map(|k| Change::Target(i, k))),
            };
            let idle = matches!(game.weight(i), Weight::Scalar(0.0));
            let weight = match &local {
                Some(local) if local.smooth && !idle && local.action_is_known(i) => {
                    Some(local.weight(i))
                }
                _ => differences.of([Change::Weight(i)]),
            };
            let value_of_weight = weight
                .as_ref()
                .map(|w| value(game, equilibrium, i, &w.increase));
            let weight_entries = match game.weight(i) {
                Weight::Matrix(w) if d * w.entries().len() <= ENTRIES => match &local {
                    Some(local) if local.smooth_in_entries(i) => Some(local.entries(i)),
                    _ => {
                        let entries = (0..w.entries().len()).map(|e| Change::WeightEntry(i, e));
                        differences.of(entries)
                    }
                },
                _ => None,
            };
            let lying_cost = match (&local, game.lying_cost(i)) {
                (_, 0.0) => None,
                (Some(local), _) if local.smooth => local.lying_cost(i),
                _ => differences.of([Change::LyingCost(i)]),
            };
            // A member plays as if a lie cost it its share.
            let lying_cost = lying_cost.map(|slope| match shared.of(i) {
                Some((_, share)) => slope.times(share),
                None => slope,
            });
            InfluencerSensitivity {
                lying_cost,
                target,
                weight,
                weight_entries,
                value_of_weight,
            }
        })
        .collect();
    let two_sided = |d: &Option<Derivative>| d.as_ref().is_some_and(|d| d.decrease.is_none());
    Sensitivity {
        differentiable: two_sided(&background)
            && influencers
                .iter()
                .all(|i| two_sided(&i.target) && two_sided(&i.weight)),
        background,
        influencers,
    }
}

/// What influencer `i` saves when the receiver moves along `direction`.
fn value(game: &Game, equilibrium: &Equilibrium, i: usize, direction: &[f64]) -> f64 {
    let wish = |k: usize| match game.loss() {
        Loss::InnerProduct => game.target(i)[k],
        Loss::SquaredEuclidean => 2.0 * (game.own_target(i)[k] - equilibrium.receiver[k]),
    };
    let terms: Vec<f64> = (0..game.dim()).map(|k| wish(k) * direction[k]).collect();
    let value: f64 = terms.iter().sum();
    let size: f64 = terms.iter().map(|v| v.abs()).sum();
    // What cancels is nothing.
    let cancels = value.abs() <= 8.0 * f64::EPSILON * size;
    if cancels { 0.0 } else { value }
}

/// The local model of `r*`.
struct Local<'a> {
    game: &'a Game,
    equilibrium: &'a Equilibrium,
    /// `H`, factored.
    metric: Metric,
    /// Does a change of background or weight leave all ties in place?
    smooth: bool,
    ties: Vec<Tied>,
    /// The orthonormal span of all whitened ties.
    pinned: Vec<Vec<f64>>,
}

impl<'a> Local<'a> {
    /// `None` where the ties cannot be told from rounding errors.
    fn at(game: &'a Game, equilibrium: &'a Equilibrium) -> Option<Self> {
        let d = game.dim();
        if equilibrium.concept == SolutionConcept::WeaklyDominant {
            // No feedback: the receiver is what the actions make it.
            return Some(Self {
                game,
                equilibrium,
                metric: Metric::identity(d),
                smooth: true,
                ties: Vec::new(),
                pinned: Vec::new(),
            });
        }
        if equilibrium.cardinality == Cardinality::Unknown {
            return None;
        }
        let ties = ties(game, &equilibrium.receiver, &equilibrium.actions)?;
        let small = SMALL * game.scale();
        if ties.iter().any(|tie| sway(game, tie.influencer) < small) {
            return None;
        }
        let mut h: Option<Vec<f64>> = None;
        let mut smooth = true;
        for i in 0..game.influencers() {
            if tie_of(&ties, i).is_none()
                && let Some(block) = match Answer::of(game, i, pull(game, equilibrium, i)) {
                    Some(answer) => {
                        smooth &= answer.smooth;
                        Some(answer.curvature())
                    }
                    None => curvature(game, i, &pull(game, equilibrium, i)),
                }
            {
                let sum = h.get_or_insert_with(|| identity(d));
                sum.iter_mut().zip(&block).for_each(|(s, v)| *s += v);
            }
        }
        let metric = h.map_or_else(|| Metric::identity(d), |h| Metric::new(h, d));
        let whitened = |images: &mut dyn Iterator<Item = &Vec<f64>>| -> Vec<Vec<f64>> {
            let mut basis = Vec::new();
            for image in images {
                let mut v = image.clone();
                metric.whiten(&mut v);
                extend(&mut basis, v);
            }
            basis
        };
        let pinned = whitened(&mut ties.iter().flat_map(|t| &t.all));
        let kept = whitened(&mut ties.iter().flat_map(|t| &t.kept));
        Some(Self {
            game,
            equilibrium,
            smooth: smooth && pinned.len() == kept.len(),
            metric,
            ties,
            pinned,
        })
    }

    /// `P v`: how far the receiver follows a push `v`.
    fn follow(&self, v: &[f64]) -> Vec<f64> {
        let mut z = v.to_vec();
        self.metric.whiten(&mut z);
        for q in &self.pinned {
            let share = dot(q, &z);
            z.iter_mut().zip(q).for_each(|(z, q)| *z -= share * q);
        }
        self.metric.unwhiten(&mut z);
        z
    }

    fn background(&self) -> Derivative {
        let d = self.game.dim();
        columns(d, identity(d).chunks_exact(d).map(|e| self.follow(e)))
    }

    /// Is the action that a change of weight scales the same at all equilibria? (Under the squared loss the ties
    /// absorb the difference.)
    fn action_is_known(&self, i: usize) -> bool {
        let fixed = self.answer(i).is_none_or(|answer| !answer.follows_weight());
        fixed && (self.equilibrium.concept == SolutionConcept::PureNash || self.is_single(i))
    }

    /// Under the inner-product loss: has influencer `i` one dominant action?
    fn is_single(&self, i: usize) -> bool {
        let (lower, upper) = self.equilibrium.action_range(i);
        lower == upper && self.equilibrium.cardinality != Cardinality::Unknown
    }

    fn weight(&self, i: usize) -> Derivative {
        let x = self.equilibrium.actions.action(i);
        let mut push = vec![0.0; self.game.dim()];
        match self.game.weight(i) {
            Weight::Scalar(_) => push.copy_from_slice(x),
            weight @ Weight::Matrix(_) => weight.add_image(x, &mut push),
        }
        if let Some(answer) = self.answer(i) {
            // A weight that is larger pulls harder, too.
            let wish = wish(self.game, self.equilibrium, i);
            let mut dq = vec![0.0; x.len()];
            match self.game.weight(i) {
                Weight::Scalar(_) => dq.copy_from_slice(&wish),
                weight @ Weight::Matrix(_) => weight.pull_back(&wish, &mut dq),
            }
            let factor = self.game.lying_cost(i);
            dq.iter_mut().for_each(|v| *v /= factor);
            let more = answer.push(&dq);
            push.iter_mut().zip(&more).for_each(|(p, v)| *p += v);
        }
        Derivative {
            increase: self.follow(&push),
            decrease: None,
        }
    }

    /// How influencer `i` answers, if it pays for lies.
    fn answer(&self, i: usize) -> Option<Answer<'_>> {
        if self.game.lying_cost(i) == 0.0 {
            return None;
        }
        Answer::of(self.game, i, pull(self.game, self.equilibrium, i))
    }

    fn lying_cost(&self, i: usize) -> Option<Derivative> {
        let push = self.answer(i)?.as_cost_rises();
        Some(Derivative {
            increase: self.follow(&push),
            decrease: None,
        })
    }

    fn smooth_in_target(&self, i: usize) -> bool {
        if let Some(answer) = self.answer(i) {
            return self.smooth && answer.as_target_moves().is_some();
        }
        if self.equilibrium.concept == SolutionConcept::WeaklyDominant {
            return self.is_single(i);
        }
        let Some(own) = tie_of(&self.ties, i) else {
            return self.smooth;
        };
        // Its own ties hold in their middle, and nobody else holds the receiver along them.
        let mut images = Vec::new();
        own.kept.iter().for_each(|v| extend(&mut images, v.clone()));
        let kept = images.len();
        own.all.iter().for_each(|v| extend(&mut images, v.clone()));
        let all = images.len();
        let others = self.ties.iter().filter(|t| t.influencer != i);
        let mut together: Vec<Vec<f64>> = Vec::new();
        others
            .flat_map(|t| &t.all)
            .for_each(|v| extend(&mut together, v.clone()));
        let without = together.len();
        images.into_iter().for_each(|v| extend(&mut together, v));
        self.smooth && kept == all && together.len() == without + all
    }

    fn target(&self, i: usize) -> Derivative {
        let d = self.game.dim();
        if let Some(moves) = self.answer(i).and_then(|answer| answer.as_target_moves()) {
            return columns(d, moves.iter().map(|push| self.follow(push)));
        }
        let Some(own) = tie_of(&self.ties, i) else {
            let block = curvature(self.game, i, &pull(self.game, self.equilibrium, i));
            return match block {
                None => columns(d, (0..d).map(|_| vec![0.0; d])),
                // The block is symmetric: its rows are its columns.
                Some(block) => columns(d, block.chunks_exact(d).map(|column| self.follow(column))),
            };
        };
        // The receiver follows the target along the ties, and moves across them as the curvature asks:
        // z = L⁻ᵀ Σ b_j ⟨a_j, dt⟩, b_j the whitened ties made orthonormal, a_j the ties combined alike.
        let pairs = self.own_ties(i, &own.all);
        columns(
            d,
            (0..d).map(|k| {
                let mut z = vec![0.0; d];
                for (b, a) in &pairs {
                    z.iter_mut().zip(b).for_each(|(z, b)| *z += a[k] * b);
                }
                self.metric.unwhiten(&mut z);
                z
            }),
        )
    }

    /// For influencer `i`'s ties, whose whitened images are made orthonormal to those of the others and to each other: the
    /// result, and `numbers` of each tie combined alike.
    fn own_ties(&self, i: usize, numbers: &[Vec<f64>]) -> Vec<(Vec<f64>, Vec<f64>)> {
        let mut others = Vec::new();
        for image in self
            .ties
            .iter()
            .filter(|t| t.influencer != i)
            .flat_map(|t| &t.all)
        {
            let mut v = image.clone();
            self.metric.whiten(&mut v);
            extend(&mut others, v);
        }
        let mut pairs: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
        let own = tie_of(&self.ties, i).map_or(&[][..], |own| own.all.as_slice());
        for (image, numbers) in own.iter().zip(numbers) {
            let (mut b, mut a) = (image.clone(), numbers.clone());
            self.metric.whiten(&mut b);
            let length = norm(&b);
            for _ in 0..2 {
                for q in &others {
                    let share = dot(q, &b);
                    b.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
                }
                for (q, p) in &pairs {
                    let share = dot(q, &b);
                    b.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
                    a.iter_mut().zip(p).for_each(|(v, p)| *v -= share * p);
                }
            }
            let rest = norm(&b);
            if rest > INDEPENDENT * length {
                b.iter_mut().chain(&mut a).for_each(|v| *v /= rest);
                pairs.push((b, a));
            }
        }
        pairs
    }

    /// Does the local model hold for a change of a single entry of the weight? It moves the receiver by the action itself,
    /// which must be the same at all equilibria; where the influencer shares a face, its own ties turn.
    fn smooth_in_entries(&self, i: usize) -> bool {
        let fixed = self.answer(i).is_none_or(|answer| !answer.follows_weight());
        fixed && !self.game.weight(i).is_zero() && self.is_single(i) && self.smooth_in_target(i)
    }

    /// In each entry of a matrix weight. With `v = t_i − r*` (under the inner product `t_i`), the entry `(k, l)` pushes the
    /// receiver by `x_l e_k + v_k W_i ∇²h_i(g_i) e_l`, and turns a tie along `δ` so that `⟨W_i δ, dr⟩ = v_k δ_l`.
    fn entries(&self, i: usize) -> Derivative {
        let (d, x) = (self.game.dim(), self.equilibrium.actions.action(i));
        let m = x.len();
        let wish = wish(self.game, self.equilibrium, i);
        let own = tie_of(&self.ties, i);
        let bent = match (own, self.answer(i)) {
            (Some(_), _) => None,
            (None, Some(answer)) => {
                let factor = self.game.lying_cost(i);
                let unit = |l: usize| {
                    let mut e = vec![0.0; m];
                    e[l] = 1.0 / factor;
                    answer.push(&e)
                };
                Some((0..m).map(unit).collect())
            }
            (None, None) => bend(self.game, i, &pull(self.game, self.equilibrium, i)),
        };
        let pairs = own.map_or_else(Vec::new, |own| self.own_ties(i, &own.along));
        let entry = |at: usize| {
            let (k, l) = (at / m, at % m);
            let mut push = vec![0.0; d];
            push[k] = x[l];
            if let Some(bent) = &bent {
                push.iter_mut()
                    .zip(&bent[l])
                    .for_each(|(p, b)| *p += wish[k] * b);
            }
            let mut moved = self.follow(&push);
            let mut z = vec![0.0; d];
            for (b, along) in &pairs {
                let turn = wish[k] * along[l];
                z.iter_mut().zip(b).for_each(|(z, b)| *z += turn * b);
            }
            self.metric.unwhiten(&mut z);
            moved.iter_mut().zip(&z).for_each(|(v, z)| *v += z);
            moved
        };
        columns(d, (0..d * m).map(entry))
    }
}

/// Where in its face somebody is whose whole sway is a smaller share of the game's scale than this drowns in the errors of the others'.
const SMALL: f64 = 1e-6;

/// How far influencer `i` can move the receiver, at most.
fn sway(game: &Game, i: usize) -> f64 {
    game.weight(i).norm_bound() * game.space(i).diameter()
}

/// Vectors whose remainder is a smaller share than this depend on the others.
const INDEPENDENT: f64 = 1e-9;

/// Adds a vector to an orthonormal basis unless it depends on it.
fn extend(basis: &mut Vec<Vec<f64>>, mut v: Vec<f64>) {
    let length = norm(&v);
    for _ in 0..2 {
        for q in basis.iter() {
            let share = dot(q, &v);
            v.iter_mut().zip(q).for_each(|(v, q)| *v -= share * q);
        }
    }
    let rest = norm(&v);
    if rest > INDEPENDENT * length {
        v.iter_mut().for_each(|v| *v /= rest);
        basis.push(v);
    }
}

fn tie_of(ties: &[Tied], i: usize) -> Option<&Tied> {
    ties.binary_search_by_key(&i, |t| t.influencer)
        .ok()
        .map(|at| &ties[at])
}

/// `t_i − r*`; under the inner product `t_i`.
fn wish(game: &Game, equilibrium: &Equilibrium, i: usize) -> Vec<f64> {
    match game.loss() {
        Loss::InnerProduct => game.target(i).to_vec(),
        Loss::SquaredEuclidean => game
            .target(i)
            .iter()
            .zip(&equilibrium.receiver)
            .map(|(t, r)| t - r)
            .collect(),
    }
}

/// `g_i`: what the support function is taken at.
fn pull(game: &Game, equilibrium: &Equilibrium, i: usize) -> Vec<f64> {
    let mut g = vec![0.0; game.space(i).dim()];
    game.weight(i)
        .pull_back(&wish(game, equilibrium, i), &mut g);
    g
}

fn identity(d: usize) -> Vec<f64> {
    let mut identity = vec![0.0; d * d];
    (0..d).for_each(|k| identity[k * d + k] = 1.0);
    identity
}

/// A two-sided derivative from its columns.
fn columns(d: usize, columns: impl Iterator<Item = Vec<f64>>) -> Derivative {
    Derivative {
        increase: to_rows(d, &columns.collect::<Vec<_>>()),
        decrease: None,
    }
}

fn to_rows(d: usize, columns: &[Vec<f64>]) -> Vec<f64> {
    (0..d)
        .flat_map(|k| columns.iter().map(move |c| c[k]))
        .collect()
}
