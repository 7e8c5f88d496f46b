//! Equilibria, and everything that is asked of one.

mod assess;
mod carry;
mod certify;
mod costly;
pub(crate) mod exact;
mod landing;
mod priced;
mod refine;
pub(crate) mod selection;
pub(crate) mod set;
mod uniform;
mod units;
mod vertices;
mod written;

pub(crate) use assess::truthful_action;
pub use assess::{Assessment, Assessor, Worth, assess, best_response, loss, truthful};
pub(crate) use certify::{Proved, negligible_gap};
pub use units::certify;
pub(crate) use units::{prove, prove_written};
pub use vertices::vertices;

use crate::action_space::ConvexSet;
use crate::game::Game;
use crate::profile::Profile;

/// What kind of solution an [`Equilibrium`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolutionConcept {
    /// A pure Nash equilibrium (arXiv:2502.01127, Definition 2).
    PureNash,
    /// A weakly dominant strategy equilibrium of the inner-product game (Theorem 5).
    WeaklyDominant,
}

/// How many equilibria there are. There is one or infinitely many (Corollary 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// Exactly one.
    Unique,
    /// A continuum.
    Infinite,
    /// A tie could not be decided: two numbers agree to within their rounding errors.
    Unknown,
}

/// Which solver found an answer, or which one to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The one that fits the game's structure.
    #[default]
    Auto,
    /// Selection, coordinate by coordinate: boxes and scalar weights.
    Separable,
    /// Newton's method on the dual: balls and scalar weights.
    Ball,
    /// The active-set method on the dual: everything.
    Decomposition,
    /// A general conic interior-point solver on the whole convex program, for comparison.
    Reference,
    /// No solver: each action is a maximiser by itself (inner-product loss).
    Dominance,
    /// A semismooth Newton method on the dual of a game with costs of lying: everything.
    Newton,
}

impl Method {
    /// Its name in options and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Separable => "separable",
            Self::Ball => "ball",
            Self::Decomposition => "decomposition",
            Self::Reference => "reference",
            Self::Dominance => "dominance",
            Self::Newton => "newton",
        }
    }
}

/// Which member of a set of equilibria is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// The one nearest to the targets: least `Σ_i ‖x_i − t_i‖²` (where an action has the receiver's
    /// dimension; else nearest to the truthful action).
    #[default]
    LeastExaggerated,
    /// The one of least `Σ_i ‖x_i‖²`.
    LeastNorm,
    /// A vertex of the set.
    Vertex,
}

impl Selection {
    /// What influencer `i`'s action is drawn to (length `m`): its target, or in another dimension its truthful action; 0 where the selection
    /// asks for the least norm, or for nothing of the kind.
    pub(crate) fn wish(self, game: &Game, i: usize) -> Vec<f64> {
        let m = game.space(i).dim();
        match self {
            Self::LeastExaggerated if m == game.dim() => game.target(i).to_vec(),
            Self::LeastExaggerated => {
                let mut honest = vec![0.0; m];
                truthful_action(game, i, &mut honest);
                honest
            }
            Self::LeastNorm | Self::Vertex => vec![0.0; m],
        }
    }
}

/// The proof that comes with an answer: computed from the game and the answer alone, by code that does
/// not know who found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// `Φ(x) − dual(y) ≥ 0`, a sum of non-negative terms, at the best dual point `y` known.
    pub duality_gap: f64,
    /// A bound on `‖r(x) − r*‖₂`.
    pub receiver_error_bound: f64,
    /// The exploitability: the most that anybody gains by an exact best response.
    pub max_regret: f64,
    /// The largest distance of an action from its set.
    pub infeasibility: f64,
    /// The gap that this game's scale allows for an answer to be called solved.
    pub allowed_gap: f64,
    /// The distance from its set that rounding allows an action.
    pub allowed_infeasibility: f64,
    /// The distance of the position that came with the actions from the one where they put the receiver.
    pub disagreement: f64,
    /// How far rounding may take the two apart.
    pub allowed_disagreement: f64,
    /// A bound on every influencer's `‖x_i − x_i*‖₂` where lies cost everybody something, so that there is one equilibrium;
    /// `None` elsewhere.
    pub action_error_bound: Option<f64>,
}

impl Certificate {
    /// Is the answer proved to be an equilibrium up to the gap that the game's scale allows, do the actions put the
    /// receiver where it was said to be, and is every number finite?
    pub fn holds(&self) -> bool {
        // Written so that a NaN fails.
        self.duality_gap <= self.allowed_gap
            && self.infeasibility <= self.allowed_infeasibility
            && self.disagreement <= self.allowed_disagreement
            && self.receiver_error_bound.is_finite()
            && self.max_regret.is_finite()
    }
}

/// An equilibrium with its proof and the whole set that it belongs to.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    /// Nash, or weakly dominant.
    pub concept: SolutionConcept,
    /// Where the actions put the receiver, up to rounding; the same at every equilibrium (length `d`).
    pub receiver: Vec<f64>,
    /// The selected actions.
    pub actions: Profile,
    /// [The potential](crate::potential::potential) at the equilibrium.
    pub potential: f64,
    /// One, infinitely many, or not decided.
    pub cardinality: Cardinality,
    /// The affine dimension of the set of equilibria, where it is known.
    pub dimension: Option<usize>,
    /// Influencers with `t_i = r*` and a weight that is not zero.
    pub winners: Vec<usize>,
    /// Those of whom nobody knows whether they win: their target is within the certificate's bound on the receiver,
    /// which is too wide to call that a meeting.
    pub undecided: Vec<usize>,
    /// Those whose action is not the same in the whole set, in increasing order.
    pub free: Vec<FreeInfluencer>,
    /// The proof.
    pub certificate: Certificate,
    /// Which solver found it.
    pub method: Method,
    /// Passes over the influencers that the solver made.
    pub passes: usize,
}

/// An influencer whose action is not pinned by the equilibrium conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct FreeInfluencer {
    /// Its index.
    pub influencer: usize,
    /// The least value of each coordinate of its action over the whole set.
    pub lower: Vec<f64>,
    /// The greatest value of each coordinate of its action over the whole set.
    pub upper: Vec<f64>,
}

impl Equilibrium {
    /// The range of each coordinate of influencer `i`'s action over the whole set of equilibria.
    pub fn action_range(&self, i: usize) -> (&[f64], &[f64]) {
        match self.free.binary_search_by_key(&i, |f| f.influencer) {
            Ok(at) => (&self.free[at].lower, &self.free[at].upper),
            Err(_) => (self.actions.action(i), self.actions.action(i)),
        }
    }
}
