//! What the program answers, as JSON: one type a command, each read back as it was written.

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::dominance;
use big_game::dynamics::{Dynamics, Step};
use big_game::equilibrium::{
    Assessment, Assessor, Cardinality, Equilibrium, FreeInfluencer, Method, SolutionConcept, Worth,
    certify, loss,
};
use big_game::profile::Profile;
use big_game::sensitivity::{Derivative, Sensitivity};
use big_game::weight::Weight;
use big_game::welfare::Welfare;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::writer::game_file_of_exact;

/// Games with more influencers than this are not repeated in their results.
const EMBEDDED: usize = 1000;

/// The answer of `big solve`.
///
/// One that was read holds its influencers; one that is to be written makes them as they are asked for
/// ([`Influencers`]), so that it takes no more memory than the equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SolveResult")]
pub struct SolveResult<I = Vec<InfluencerResult>> {
    /// The game's name.
    pub name: Option<String>,
    /// `solved`, or `unfinished` when the certificate does not hold.
    pub status: String,
    /// `pure_nash`, or `weakly_dominant` under the inner-product loss.
    pub solution_concept: String,
    /// Where the receiver lands (length `d`), the same at every equilibrium.
    pub receiver: Vec<f64>,
    /// The potential at the equilibrium.
    pub potential: f64,
    /// `unique`, `infinite`, or `unknown` when a tie could not be told from a rounding error.
    pub cardinality: String,
    /// The affine dimension of the set of equilibria; null when unknown.
    pub dimension: Option<usize>,
    /// Indices (from 0) of influencers with a weight whose target is the receiver's position.
    pub winners: Vec<usize>,
    /// Indices of influencers of whom it could not be decided whether they win: their target is within the bound on
    /// the receiver's error. Left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<usize>,
    /// In the order of the game; left out when the table went to a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub influencers: Option<I>,
    /// What the battle costs.
    pub welfare: WelfareResult,
    /// The proof.
    pub certificate: CertificateResult,
    /// The vertices of the set of equilibria (vertex, influencer, coordinate): null when it is no polytope or
    /// has too many; left out when not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vertices: Option<Option<Vec<Vec<Vec<f64>>>>>,
    /// The derivatives of the receiver's position; left out when not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<SensitivityResult>,
    /// How it was found.
    pub solver: SolverResult,
    /// The game itself, as a game file, so that the result can be drawn and checked by itself; left out for large
    /// games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// One influencer at the equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfluencerResult {
    /// Its name, or its number from 1.
    pub name: String,
    /// A number, or the rows of a matrix.
    pub weight: WeightValue,
    /// Where it wants the receiver.
    pub target: Vec<f64>,
    /// What it plays.
    pub action: Vec<f64>,
    /// What it would play if it told the truth: the point of its set nearest to its target.
    pub truthful_action: Vec<f64>,
    /// Its loss at the equilibrium.
    pub loss: f64,
    /// What an exact best response would still gain.
    pub regret: f64,
    /// The distance of the action from the target (from the truthful action where the two have different
    /// dimensions).
    pub exaggeration: f64,
    /// Is the action on the boundary of its set?
    pub extreme: bool,
    /// The loss saved against truthful play by all.
    pub gain: f64,
    /// The range of each coordinate of the action over all equilibria.
    pub action_range: RangeResult,
}

/// A weight: a number or the rows of a matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WeightValue {
    /// `w_i`.
    Scalar(f64),
    /// `W_i`.
    Matrix(Vec<Vec<f64>>),
}

/// Bounds, coordinate by coordinate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RangeResult {
    /// Least values.
    pub lower: Vec<f64>,
    /// Greatest values.
    pub upper: Vec<f64>,
}

/// Costs are sums of losses over all influencers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WelfareResult {
    /// At the equilibrium.
    pub equilibrium_cost: f64,
    /// The least that any reachable receiver position costs.
    pub optimal_cost: f64,
    /// The ratio of the equilibrium's cost to the least possible; null where the errors of the two positions leave it
    /// open, and under the inner-product loss.
    pub price_of_anarchy: Option<f64>,
    /// A proven lower bound on the price of anarchy; left out where that is null without one, and where the ratio is
    /// told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_of_anarchy_at_least: Option<f64>,
    /// Where the receiver lands when everybody is truthful.
    pub truthful_receiver: Vec<f64>,
    /// The reachable position of least cost: some profile puts the receiver here.
    pub optimal_receiver: Vec<f64>,
    /// A bound on the distance of `optimal_receiver` from the best position; null under the inner-product loss where
    /// several positions are equally good.
    #[serde(default)]
    pub optimum_error_bound: Option<f64>,
}

/// The proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateResult {
    /// The potential's distance from a proven lower bound.
    pub duality_gap: f64,
    /// A bound on the distance of the receiver from its true position.
    pub receiver_error_bound: f64,
    /// The most that anybody gains by an exact best response.
    pub max_regret: f64,
}

/// How the answer was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SolverResult {
    /// `separable`, `ball`, `decomposition`, `reference` or `dominance`.
    pub method: String,
    /// Passes over the influencers.
    pub iterations: usize,
    /// Wall-clock time; null unless asked for, so that the same input gives the same bytes.
    pub seconds: Option<f64>,
    /// The program's version.
    pub version: String,
}

/// The derivatives of the receiver's position; matrices are lists of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SensitivityResult {
    /// Is every derivative in the background, the targets and the weights as a whole two-sided, and known?
    pub differentiable: bool,
    /// In the background, `d × d`.
    pub background: Option<DerivativeResult>,
    /// In the order of the game.
    pub influencers: Vec<InfluencerSensitivityResult>,
}

/// The derivatives in one influencer's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfluencerSensitivityResult {
    /// Its name.
    pub name: String,
    /// In its target, `d × d`.
    pub target: Option<DerivativeResult>,
    /// In its weight, `d × 1` (in a common factor of all entries of a matrix).
    pub weight: Option<DerivativeResult>,
    /// For a matrix weight `W` (`d × m`), in each of its entries: `d × (d·m)`, column `k·m + l` for `W[k][l]`. Left out for
    /// a scalar weight, where it could not be told, and above a million numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_entries: Option<DerivativeResult>,
    /// The loss that it saves per unit of additional weight.
    pub value_of_weight: Option<f64>,
}

/// A derivative, by rows; `decrease` is there at a kink, where the two sides differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DerivativeResult {
    /// As the parameter increases.
    pub increase: Vec<Vec<f64>>,
    /// As the parameter decreases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decrease: Option<Vec<Vec<f64>>>,
}

/// The answer of `big verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyResult {
    /// Is nobody's regret above the tolerance?
    pub equilibrium: bool,
    /// The most that anybody gains.
    pub max_regret: f64,
    /// What counts as nothing, in units of the loss.
    pub tolerance: f64,
    /// Where the profile puts the receiver.
    pub receiver: Vec<f64>,
    /// In the order of the game.
    pub influencers: Vec<RegretResult>,
}

/// What one influencer could still gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegretResult {
    /// Its name.
    pub name: String,
    /// What its best response gains.
    pub regret: f64,
    /// A best response to the others.
    pub best_response: Vec<f64>,
}

/// The answer of `big dynamics`.
///
/// One that was read holds its moves; one that is to be written plays them again ([`Steps`]), so that it takes no
/// more memory than the game, however long play was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DynamicsResult")]
pub struct DynamicsResult<S = Vec<StepResult>> {
    /// Does nobody gain any more?
    pub converged: bool,
    /// Rounds played.
    pub rounds: usize,
    /// The length of the cycle, in rounds, that simultaneous play ran into; null when there is none.
    pub cycle: Option<usize>,
    /// The seed of whatever was random.
    pub seed: u64,
    /// Who gains less than this stays.
    pub tolerance: f64,
    /// Where play began (influencer, coordinate).
    pub start: Vec<Vec<f64>>,
    /// The moves.
    pub steps: S,
    /// Where play ended.
    pub actions: Vec<Vec<f64>>,
    /// Where the receiver ended.
    pub receiver: Vec<f64>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// One move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepResult {
    /// The round, from 1.
    pub round: usize,
    /// Who moved (from 0); null when all did.
    pub influencer: Option<usize>,
    /// Its new action; empty when all moved.
    pub action: Vec<f64>,
    /// The receiver after the move.
    pub receiver: Vec<f64>,
    /// The potential after the move.
    pub potential: f64,
}

/// The moves of a play, made again as they are asked for.
#[derive(Clone)]
pub struct Steps<'a> {
    start: Dynamics<'a>,
    count: usize,
}

impl<'a> Steps<'a> {
    /// The first `count` moves from `start`.
    pub fn new(start: Dynamics<'a>, count: usize) -> Self {
        Self { start, count }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// All of them.
    pub fn rows(&self) -> impl Iterator<Item = StepResult> {
        self.start.clone().take(self.count).map(StepResult::from)
    }
}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

/// The influencers at an equilibrium, one after the other.
#[derive(Clone, Debug)]
pub struct Influencers<'a> {
    game: &'a Game,
    answer: &'a Equilibrium,
    welfare: &'a Welfare,
    assessor: Assessor<'a>,
}

impl<'a> Influencers<'a> {
    fn new(game: &'a Game, answer: &'a Equilibrium, welfare: &'a Welfare) -> Self {
        Self {
            game,
            answer,
            welfare,
            assessor: Assessor::new(game, &answer.actions),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.game.influencers()
    }

    /// Is influencer `i`'s action on the boundary of its set?
    pub fn is_extreme(&self, i: usize) -> bool {
        self.assessor.is_extreme(i)
    }

    /// Influencer `i`.
    pub fn row(&self, i: usize) -> InfluencerResult {
        let Self {
            game,
            answer,
            welfare,
            assessor,
        } = self;
        let mut worth = Worth::default();
        assessor.worth(i, &mut worth);
        let (lower, upper) = answer.action_range(i);
        InfluencerResult {
            name: game.name(i).into_owned(),
            weight: WeightValue::of(game.weight(i)),
            target: game.target(i).to_vec(),
            action: answer.actions.action(i).to_vec(),
            truthful_action: worth.truthful,
            loss: loss(game, i, &answer.receiver),
            regret: worth.regret,
            exaggeration: worth.exaggeration,
            extreme: worth.extreme,
            gain: welfare.gains[i],
            action_range: RangeResult {
                lower: lower.to_vec(),
                upper: upper.to_vec(),
            },
        }
    }

    /// All of them.
    pub fn rows(&self) -> impl Iterator<Item = InfluencerResult> {
        (0..self.count()).map(|i| self.row(i))
    }
}

impl Serialize for Influencers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

impl<'a> SolveResult<Influencers<'a>> {
    /// Everything but what has to be asked for: vertices, sensitivity, seconds.
    pub fn new(
        name: Option<String>,
        game: &'a Game,
        answer: &'a Equilibrium,
        welfare: &'a Welfare,
    ) -> Self {
        Self {
            name,
            status: if answer.certificate.holds() {
                "solved"
            } else {
                "unfinished"
            }
            .into(),
            solution_concept: match answer.concept {
                SolutionConcept::PureNash => "pure_nash",
                SolutionConcept::WeaklyDominant => "weakly_dominant",
            }
            .into(),
            receiver: answer.receiver.clone(),
            potential: answer.potential,
            cardinality: match answer.cardinality {
                Cardinality::Unique => "unique",
                Cardinality::Infinite => "infinite",
                Cardinality::Unknown => "unknown",
            }
            .into(),
            dimension: answer.dimension,
            winners: answer.winners.clone(),
            undecided: answer.undecided.clone(),
            influencers: Some(Influencers::new(game, answer, welfare)),
            welfare: WelfareResult {
                equilibrium_cost: welfare.equilibrium_cost,
                optimal_cost: welfare.optimal_cost,
                price_of_anarchy: welfare.price_of_anarchy,
                truthful_receiver: welfare.truthful_receiver.clone(),
                price_of_anarchy_at_least: welfare
                    .price_of_anarchy_at_least
                    .filter(|_| welfare.price_of_anarchy.is_none()),
                optimal_receiver: welfare.optimal_receiver.clone(),
                optimum_error_bound: welfare.optimum_error_bound,
            },
            certificate: CertificateResult {
                duality_gap: answer.certificate.duality_gap,
                receiver_error_bound: answer.certificate.receiver_error_bound,
                max_regret: answer.certificate.max_regret,
            },
            vertices: None,
            sensitivity: None,
            solver: SolverResult {
                method: answer.method.name().into(),
                iterations: answer.passes,
                seconds: None,
                version: env!("CARGO_PKG_VERSION").into(),
            },
            game: None,
        }
    }
}

/// The game as a game file, for a result that has to stand by itself; `None` for games with more than 1000
/// influencers, or whose numbers are not known as written.
pub fn embedded(name: Option<&str>, game: &Game) -> Option<serde_json::Value> {
    let spec = game
        .exact()
        .filter(|spec| spec.influencers.len() <= EMBEDDED)?;
    Some(game_file_of_exact(name, None, spec))
}

/// Why a result does not go with its game.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the result does not fit its game: {0}")]
pub struct Misfit(&'static str);

impl SolveResult {
    /// The equilibrium that the result describes, its certificate computed anew.
    ///
    /// # Errors
    /// When the shapes are not the game's.
    pub fn equilibrium(&self, game: &Game) -> Result<Equilibrium, Misfit> {
        let influencers = self
            .influencers
            .as_ref()
            .ok_or(Misfit("it has no influencers"))?;
        let fits = |i: usize, v: &[f64]| v.len() == game.space(i).dim();
        if influencers.len() != game.influencers() || self.receiver.len() != game.dim() {
            return Err(Misfit(
                "the numbers of influencers or of coordinates differ",
            ));
        }
        let all_fit = influencers.iter().enumerate().all(|(i, one)| {
            let range = &one.action_range;
            fits(i, &one.action) && fits(i, &range.lower) && fits(i, &range.upper)
        });
        let mut named = self.winners.iter().chain(&self.undecided);
        if !all_fit || named.any(|&w| w >= influencers.len()) {
            return Err(Misfit(
                "an action has the wrong length, or a winner is nobody",
            ));
        }
        let actions = Profile::from_actions(game, influencers.iter().map(|i| i.action.as_slice()))
            .ok_or(Misfit("an action has the wrong length"))?;
        let free = influencers
            .iter()
            .enumerate()
            .filter_map(|(influencer, one)| {
                let RangeResult { lower, upper } = &one.action_range;
                (lower != upper).then(|| FreeInfluencer {
                    influencer,
                    lower: lower.clone(),
                    upper: upper.clone(),
                })
            });
        let dominant = self.solution_concept == "weakly_dominant";
        Ok(Equilibrium {
            concept: if dominant {
                SolutionConcept::WeaklyDominant
            } else {
                SolutionConcept::PureNash
            },
            receiver: self.receiver.clone(),
            potential: self.potential,
            cardinality: match self.cardinality.as_str() {
                "unique" => Cardinality::Unique,
                "infinite" => Cardinality::Infinite,
                _ => Cardinality::Unknown,
            },
            dimension: self.dimension,
            winners: self.winners.clone(),
            undecided: self.undecided.clone(),
            free: free.collect(),
            certificate: if dominant {
                dominance::certify(game, &actions)
            } else {
                certify(game, &actions, Some(&self.receiver))
            },
            method: METHODS
                .into_iter()
                .find(|method| method.name() == self.solver.method)
                .unwrap_or_default(),
            passes: self.solver.iterations,
            actions,
        })
    }
}

const METHODS: [Method; 5] = [
    Method::Separable,
    Method::Ball,
    Method::Decomposition,
    Method::Reference,
    Method::Dominance,
];

impl From<StepResult> for Step {
    fn from(step: StepResult) -> Self {
        Self {
            round: step.round,
            influencer: step.influencer,
            action: step.action,
            receiver: step.receiver,
            potential: step.potential,
        }
    }
}

impl WeightValue {
    /// A copy of a game's weight.
    pub fn of(weight: Weight<'_>) -> Self {
        match weight {
            Weight::Scalar(w) => Self::Scalar(w),
            Weight::Matrix(w) => Self::Matrix((0..w.rows()).map(|k| w.row(k).to_vec()).collect()),
        }
    }
}

impl SensitivityResult {
    /// The library's derivatives as lists of rows.
    pub fn new(game: &Game, sensitivity: &Sensitivity) -> Self {
        let d = game.dim();
        let rows = |values: &[f64]| -> Vec<Vec<f64>> {
            values
                .chunks_exact(values.len() / d)
                .map(<[f64]>::to_vec)
                .collect()
        };
        let derivative = |derivative: &Derivative| DerivativeResult {
            increase: rows(&derivative.increase),
            decrease: derivative.decrease.as_deref().map(rows),
        };
        Self {
            differentiable: sensitivity.differentiable,
            background: sensitivity.background.as_ref().map(derivative),
            influencers: sensitivity
                .influencers
                .iter()
                .enumerate()
                .map(|(i, s)| InfluencerSensitivityResult {
                    name: game.name(i).into_owned(),
                    target: s.target.as_ref().map(derivative),
                    weight: s.weight.as_ref().map(derivative),
                    weight_entries: s.weight_entries.as_ref().map(derivative),
                    value_of_weight: s.value_of_weight,
                })
                .collect(),
        }
    }
}

impl VerifyResult {
    /// The verdict on a profile that has been assessed.
    pub fn new(game: &Game, assessment: &Assessment, tolerance: f64) -> Self {
        Self {
            // Written so that a NaN fails.
            equilibrium: assessment.max_regret <= tolerance,
            max_regret: assessment.max_regret,
            tolerance,
            receiver: assessment.receiver.clone(),
            influencers: (0..game.influencers())
                .map(|i| RegretResult {
                    name: game.name(i).into_owned(),
                    regret: assessment.regrets[i],
                    best_response: assessment.best_responses.action(i).to_vec(),
                })
                .collect(),
        }
    }
}

impl From<Step> for StepResult {
    fn from(step: Step) -> Self {
        Self {
            round: step.round,
            influencer: step.influencer,
            action: step.action,
            receiver: step.receiver,
            potential: step.potential,
        }
    }
}

/// The actions as a list of lists.
pub fn actions(profile: &Profile) -> Vec<Vec<f64>> {
    (0..profile.len())
        .map(|i| profile.action(i).to_vec())
        .collect()
}
