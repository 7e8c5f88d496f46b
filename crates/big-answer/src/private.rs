//! The answer of `big solve` for a game with private targets.

use big_game::private::{PrivateEquilibrium, PrivateGame};
use big_io::private_file_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};
use crate::solve::{Cardinality, CertificateResult, Status};
use crate::words::{number, vector};

/// Games with more types than this are not repeated in their results.
const EMBEDDED: usize = 1000;

/// A Bayesian equilibrium: what everybody does who knows its own target, and of the others only how likely theirs are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrivateResult {
    /// `solve`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// Does the certificate hold?
    pub status: Status,
    /// `bayesian_nash`.
    pub solution_concept: String,
    /// The mean of the receiver's position (length `d`).
    pub receiver: Vec<f64>,
    /// The mean squared distance of the receiver from there.
    pub receiver_variance: f64,
    /// The ex-ante potential `E‖r‖² − 2 Σ E⟨t_i, W_i x_i⟩`.
    pub potential: f64,
    /// How many equilibria there are.
    pub cardinality: Cardinality,
    /// The affine dimension of the set of equilibria; null when unknown.
    pub dimension: Option<usize>,
    /// In the order of the game.
    pub influencers: Vec<PrivateInfluencer>,
    /// Where the receiver lands with each combination of types; left out where there are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenarios: Option<Vec<ScenarioResult>>,
    /// The proof: of the game in which every type is an influencer. `receiver_error_bound` squared bounds
    /// `E‖r − r*‖²`, `max_regret` is the most that a type gains.
    pub certificate: CertificateResult,
    /// How long it took; left out when not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<serde_json::Value>,
}

/// One influencer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrivateInfluencer {
    /// Its name.
    pub name: String,
    /// Its expected loss.
    pub loss: f64,
    /// What that would be if all targets were known to all; null where there are too many combinations.
    pub loss_if_known: Option<f64>,
    /// What knowing them would save it, which may be negative: the others know then, too.
    pub value_of_knowing: Option<f64>,
    /// Its types.
    pub types: Vec<TypeResult>,
}

/// One type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TypeResult {
    /// How likely it is.
    pub probability: f64,
    /// Where it wants the receiver.
    pub target: Vec<f64>,
    /// What it does.
    pub action: Vec<f64>,
    /// Where it expects the receiver.
    pub receiver: Vec<f64>,
    /// Its expected loss.
    pub loss: f64,
    /// What its best response would save of that.
    pub regret: f64,
}

/// A combination of types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioResult {
    /// How likely it is.
    pub probability: f64,
    /// Everybody's type, from 0.
    pub types: Vec<usize>,
    /// Where the receiver lands.
    pub receiver: Vec<f64>,
}

/// The game as a game file, for a result that has to stand by itself; `None` where it has more than 1000 types.
pub(crate) fn embedded_private(
    name: Option<&str>,
    game: &PrivateGame,
) -> Option<serde_json::Value> {
    let types: usize = game.types().iter().map(Vec::len).sum();
    (types <= EMBEDDED).then(|| private_file_of(name, None, game))
}

impl PrivateResult {
    /// The answer; with the game in it where it is not too large, if that is wanted.
    pub fn new(
        name: Option<String>,
        game: &PrivateGame,
        found: &PrivateEquilibrium,
        embed: bool,
    ) -> Self {
        let (agents, standing) = (&found.agents, &found.standing);
        let influencer = |i: usize| {
            let if_known = found.losses_if_known.as_ref().map(|all| all[i]);
            let types = game.types()[i].iter().zip(&standing.types[i]);
            PrivateInfluencer {
                name: game.base().name(i).into_owned(),
                loss: standing.losses[i],
                loss_if_known: if_known,
                value_of_knowing: if_known.map(|known| standing.losses[i] - known),
                types: types
                    .map(|(of, outcome)| TypeResult {
                        probability: of.probability,
                        target: of.target.clone(),
                        action: outcome.action.clone(),
                        receiver: outcome.receiver.clone(),
                        loss: outcome.loss,
                        regret: outcome.regret,
                    })
                    .collect(),
            }
        };
        let regrets = standing.types.iter().flatten().map(|t| t.regret);
        let holds = agents.certificate.holds();
        let mut result = Self {
            kind: Kind::Solve,
            version: version(),
            verdict: String::new(),
            status: match holds {
                true => Status::Solved,
                false => Status::Unfinished,
            },
            solution_concept: "bayesian_nash".into(),
            receiver: standing.receiver.clone(),
            receiver_variance: standing.variance,
            potential: agents.potential,
            cardinality: agents.cardinality.into(),
            dimension: agents.dimension,
            influencers: (0..game.types().len()).map(influencer).collect(),
            scenarios: standing.scenarios.as_ref().map(|all| {
                let one = |s: &big_game::private::ScenarioOutcome| ScenarioResult {
                    probability: s.probability,
                    types: s.types.clone(),
                    receiver: s.receiver.clone(),
                };
                all.iter().map(one).collect()
            }),
            certificate: CertificateResult {
                duality_gap: agents.certificate.duality_gap,
                receiver_error_bound: agents.certificate.receiver_error_bound,
                max_regret: regrets.fold(0.0, f64::max),
                action_error_bound: None,
            },
            seconds: None,
            game: embed
                .then(|| embedded_private(name.as_deref(), game))
                .flatten(),
            name,
        };
        result.verdict = result.words();
        result
    }

    fn words(&self) -> String {
        if self.status == Status::Unfinished {
            return "As far as the solver got: the certificate does not hold.".into();
        }
        let many = match self.cardinality {
            Cardinality::Unique => "One Bayesian equilibrium",
            Cardinality::Infinite => "Infinitely many Bayesian equilibria with the same receiver",
            Cardinality::Unknown => "Bayesian equilibria, one or more, with the same receiver",
        };
        let mut text = format!(
            "{many}: on average it is at {}, {} from there (root mean square).",
            vector(&self.receiver),
            number(self.receiver_variance.max(0.0).sqrt())
        );
        let most = self
            .influencers
            .iter()
            .filter_map(|i| Some((i, i.value_of_knowing?)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((of, value)) = most
            && value > 1e-9 * of.loss
        {
            text += &format!(
                " If all knew all targets, '{}' would save most, {} of {}.",
                of.name,
                number(value),
                number(of.loss)
            );
        }
        text
    }
}
