//! The answer of `big solve` for a game on convex sets.

use big_game::Game;
use big_game::equilibrium::{self, Equilibrium};
use big_game::potential::costs_of_lying;
use big_game::profile::Profile;
use big_game::welfare::Welfare;
use big_io::game_file_of_exact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::influencers::{
    InfluencerResult, InfluencerRows, Influencers, RangeResult, WeightValue,
};
use crate::kind::{Kind, version};
use crate::sensitivity::SensitivityResult;
use crate::terms::TermsResult;
use crate::words::{count, error, number, vector};

/// Games with more influencers than this are not repeated in their results.
pub(crate) const EMBEDDED: usize = 1000;

/// The answer of `big solve`.
///
/// One that was read holds its influencers; one that is to be written makes them as they are asked for
/// ([`Influencers`]), so that it takes no more memory than the equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SolveResult")]
pub struct SolveResult<I = Vec<InfluencerResult>> {
    /// `solve`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence: the same wherever this answer is told.
    pub verdict: String,
    /// Does the certificate hold?
    pub status: Status,
    /// A Nash equilibrium, or dominant actions under the inner-product loss.
    pub solution_concept: Concept,
    /// Where the receiver lands (length `d`), the same at every equilibrium.
    pub receiver: Vec<f64>,
    /// The potential at the equilibrium.
    pub potential: f64,
    /// How many equilibria there are.
    pub cardinality: Cardinality,
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
    /// Who plays as one with whom, by index; left out where nobody does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coalitions: Vec<CoalitionResult>,
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
    /// What keeps everybody honest; left out when not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub honesty: Option<HonestyResult>,
    /// What differs from the usual game, where something does: losses, regrets, positions and welfare are in these terms, the potential and
    /// the duality gap are those of the game that it reduces to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsResult>,
    /// How it was found.
    pub solver: SolverResult,
    /// The game itself, as a game file, so that the result can be drawn and checked by itself; left out for large
    /// games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// Whether an answer is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The certificate holds.
    Solved,
    /// As far as the solver got.
    Unfinished,
}

/// What kind of solution it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concept {
    /// A pure Nash equilibrium (arXiv:2502.01127, Definition 2).
    PureNash,
    /// Weakly dominant actions, under the inner-product loss (Theorem 5).
    WeaklyDominant,
}

/// How many equilibria there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// One.
    Unique,
    /// A continuum.
    Infinite,
    /// A tie could not be told from a rounding error.
    Unknown,
}

/// Which solver found the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The one that fits the game: asked for, never an answer.
    Auto,
    /// A selection, coordinate by coordinate: boxes.
    Separable,
    /// Newton's method on the dual: balls.
    Ball,
    /// The active-set method on the dual: everything.
    Decomposition,
    /// A general conic solver, for comparison.
    Reference,
    /// No solver: each action is best by itself (inner-product loss).
    Dominance,
    /// A semismooth Newton method on the dual of a game with costs of lying: everything.
    Newton,
}

/// Which member of the set of equilibria is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// The one nearest to the targets.
    #[default]
    LeastExaggerated,
    /// The one of least norm.
    LeastNorm,
    /// A vertex of the set.
    Vertex,
}

/// Costs are sums of losses over all influencers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WelfareResult {
    /// At the equilibrium.
    pub equilibrium_cost: f64,
    /// What all lies cost together at the equilibrium, which is no part of the other numbers; left out where lies are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lying_cost: Option<f64>,
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
    /// A bound on the distance of everybody's action from the only one that is at equilibrium; left out where somebody lies
    /// for free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_error_bound: Option<f64>,
}

/// Members who play as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoalitionResult {
    /// Their indices, from 0.
    pub members: Vec<usize>,
    /// How much each one's loss counts.
    pub shares: Vec<f64>,
    /// Where they want the receiver together: the mean of their targets by shares.
    pub target: Vec<f64>,
}

/// The least common cost of lying that was found to keep everybody honest, in place of the game's own costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HonestyResult {
    /// How much anybody may exaggerate.
    pub epsilon: f64,
    /// The cost: `λ` for everybody; null where none below 1e100 is enough.
    pub lying_cost: Option<f64>,
    /// The largest distance between what somebody says and what it would honestly say at the equilibrium with that cost.
    pub largest_exaggeration: Option<f64>,
}

/// How the answer was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SolverResult {
    /// Which solver.
    pub method: Method,
    /// Which of many equilibria was asked for.
    #[serde(default)]
    pub selection: Selection,
    /// Passes over the influencers.
    pub iterations: usize,
    /// Wall-clock time; null unless asked for, so that the same input gives the same bytes.
    pub seconds: Option<f64>,
    /// The program's version.
    pub version: String,
}

impl<'a> SolveResult<Influencers<'a>> {
    /// Everything but what has to be asked for: vertices, sensitivity, seconds, the game.
    pub fn new(
        name: Option<String>,
        game: &'a Game,
        answer: &'a Equilibrium,
        welfare: &'a Welfare,
        selection: equilibrium::Selection,
    ) -> Self {
        Self {
            kind: Kind::Solve,
            version: version(),
            name,
            verdict: String::new(),
            status: Status::of(answer),
            solution_concept: answer.concept.into(),
            receiver: answer.receiver.clone(),
            potential: answer.potential,
            cardinality: answer.cardinality.into(),
            dimension: answer.dimension,
            winners: answer.winners.clone(),
            undecided: answer.undecided.clone(),
            influencers: Some(Influencers::new(game, answer, welfare)),
            coalitions: game
                .coalitions()
                .iter()
                .map(|c| CoalitionResult {
                    members: c.members.clone(),
                    shares: c.shares.clone(),
                    target: game.target(c.members[0]).to_vec(),
                })
                .collect(),
            welfare: WelfareResult {
                equilibrium_cost: welfare.equilibrium_cost,
                lying_cost: game
                    .has_lying_costs()
                    .then(|| costs_of_lying(game.alone(), &answer.actions)),
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
                action_error_bound: answer.certificate.action_error_bound,
            },
            vertices: None,
            sensitivity: None,
            honesty: None,
            terms: None,
            solver: SolverResult {
                method: answer.method.into(),
                selection: selection.into(),
                iterations: answer.passes,
                seconds: None,
                version: version(),
            },
            game: None,
        }
        .worded()
    }
}

impl Status {
    /// Whether an equilibrium is proved to be one.
    pub fn of(answer: &Equilibrium) -> Self {
        if answer.certificate.holds() {
            Self::Solved
        } else {
            Self::Unfinished
        }
    }
}

impl From<equilibrium::SolutionConcept> for Concept {
    fn from(concept: equilibrium::SolutionConcept) -> Self {
        match concept {
            equilibrium::SolutionConcept::PureNash => Self::PureNash,
            equilibrium::SolutionConcept::WeaklyDominant => Self::WeaklyDominant,
        }
    }
}

impl From<equilibrium::Cardinality> for Cardinality {
    fn from(cardinality: equilibrium::Cardinality) -> Self {
        match cardinality {
            equilibrium::Cardinality::Unique => Self::Unique,
            equilibrium::Cardinality::Infinite => Self::Infinite,
            equilibrium::Cardinality::Unknown => Self::Unknown,
        }
    }
}

/// Two enumerations that say the same.
macro_rules! same {
    ($ours:ident, $theirs:path: $($name:ident),*) => {
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                match value {
                    $(<$theirs>::$name => Self::$name,)*
                }
            }
        }

        impl From<$ours> for $theirs {
            fn from(value: $ours) -> Self {
                match value {
                    $($ours::$name => Self::$name,)*
                }
            }
        }
    };
}

same!(Method, equilibrium::Method: Auto, Separable, Ball, Decomposition, Reference, Dominance, Newton);
same!(Selection, equilibrium::Selection: LeastExaggerated, LeastNorm, Vertex);

impl Method {
    /// Its name, as in JSON.
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

/// The game as a game file, for a result that has to stand by itself; `None` for games with more than 1000
/// influencers, or whose numbers are not known as written.
pub fn embedded(name: Option<&str>, game: &Game) -> Option<serde_json::Value> {
    if game.influencers() > EMBEDDED {
        return None;
    }
    Some(game_file_of_exact(name, None, &game.written()?))
}

/// The actions as a list of lists.
pub fn actions(profile: &Profile) -> Vec<Vec<f64>> {
    (0..profile.len())
        .map(|i| profile.action(i).to_vec())
        .collect()
}

/// How somebody got the receiver where it wants it.
#[derive(Clone, Debug, PartialEq)]
enum Manner {
    /// It plays its target.
    Honest,
    /// On a line, by an action on the other side of 0.
    OtherSide { right: bool },
    /// On a line, by an action beyond its target.
    Beyond(f64),
    /// By another action than its target.
    As(Vec<f64>),
    /// Actions and targets are not of one dimension.
    Unsaid,
}

impl Manner {
    fn of(winner: &InfluencerResult) -> Self {
        let (x, t) = (&winner.action, &winner.target);
        if x.len() != t.len() {
            return Self::Unsaid;
        }
        if winner.is_honest() {
            return Self::Honest;
        }
        match (x.as_slice(), t.as_slice()) {
            (&[x], &[t]) if x > 0.0 && t < 0.0 => Self::OtherSide { right: true },
            (&[x], &[t]) if x < 0.0 && t > 0.0 => Self::OtherSide { right: false },
            (&[x], &[t]) if x.abs() > t.abs() => Self::Beyond(x),
            _ => Self::As(x.clone()),
        }
    }

    /// After "wins".
    fn words(&self) -> String {
        match self {
            Self::Honest => " by telling the truth".into(),
            Self::OtherSide { right: true } => " by pretending to be on the right".into(),
            Self::OtherSide { right: false } => " by pretending to be on the left".into(),
            Self::Beyond(x) => format!(" by exaggerating to {}", number(*x)),
            Self::As(x) => format!(" by pretending to want {}", vector(x)),
            Self::Unsaid => String::new(),
        }
    }
}

impl<I: InfluencerRows> SolveResult<I> {
    /// The same with its verdict in words: how many equilibria there are, where the receiver lands, who wins and how.
    /// Winners are among the influencers, who are listed.
    #[must_use]
    pub fn worded(self) -> Self {
        Self {
            verdict: self.words(),
            ..self
        }
    }

    fn words(&self) -> String {
        if self.status == Status::Unfinished {
            return format!(
                "UNFINISHED: this is as far as the solver got, not an equilibrium. The receiver is within {} of its place.",
                error(self.certificate.receiver_error_bound)
            );
        }
        let dominant = self.solution_concept == Concept::WeaklyDominant;
        let (kind, kinds) = if dominant {
            ("weakly dominant equilibrium", "weakly dominant equilibria")
        } else {
            ("equilibrium", "equilibria")
        };
        let place = vector(&self.receiver);
        let size = match self.dimension {
            Some(dimension) => format!(", a set of dimension {dimension}"),
            None => String::new(),
        };
        let mut text = match self.cardinality {
            Cardinality::Unique => format!("One {kind}; the receiver lands at {place}"),
            Cardinality::Infinite if dominant => {
                format!("Infinitely many {kinds}{size}; at this one the receiver lands at {place}")
            }
            Cardinality::Infinite => format!(
                "Infinitely many {kinds}{size}; at all of them the receiver lands at {place}"
            ),
            Cardinality::Unknown => format!(
                "The receiver lands at {place}; one {kind} or many turns on a tie that rounding errors hide"
            ),
        };
        if !dominant {
            text += "; ";
            text += &self.winners_in_words();
        }
        text + "."
    }

    fn winners_in_words(&self) -> String {
        let row = |i: usize| self.influencers.as_ref().map(|all| all.row(i));
        let name = |i: usize| row(i).map_or_else(|| i.to_string(), |row| format!("'{}'", row.name));
        match self.winners.as_slice() {
            [] if !self.undecided.is_empty() => {
                "whether somebody wins turns on a distance below the bound on its error".into()
            }
            [] => match &self.influencers {
                Some(all) if (0..all.count()).all(|i| all.is_extreme(i)) => {
                    "nobody gets it where they want it, and everybody is at the limit".into()
                }
                _ => "nobody gets it where they want it".into(),
            },
            &[i] => {
                let how = row(i).map_or_else(String::new, |row| Manner::of(&row).words());
                format!("{} wins{how}", name(i))
            }
            many if many.len() <= 3 => {
                let names: Vec<String> = many.iter().map(|&i| name(i)).collect();
                format!("{} want the same and win together", names.join(" and "))
            }
            many => format!(
                "{} want the same and win together",
                count(many.len(), "influencer")
            ),
        }
    }
}
