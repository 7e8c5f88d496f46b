//! Games with another loss or receiver, told in their own terms.

use big_game::action_space::ConvexSet;
use big_game::equilibrium::{Equilibrium, Selection};
use big_game::reduction::{Reduced, Response, Told};
use big_game::welfare::Welfare;
use big_io::reduced_file_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::influencers::{InfluencerResult, WeightValue};
use crate::solve::{SolveResult, WelfareResult};
use crate::words::{number, vector};

/// Games with more influencers than this are not repeated in their results.
const EMBEDDED: usize = 1000;
/// The price of anarchy is told where the optimum is known up to this share.
const TOLD: f64 = 1e-6;

/// What differs from the usual game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TermsResult {
    /// `p` of the loss `‖r − t‖^p`.
    pub power: f64,
    /// The matrix of distances; left out where they are Euclidean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Vec<Vec<f64>>>,
    /// How the receiver answers: `logistic`, `tanh`, `exp` or `points`; left out where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// Where each audience is; left out where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<AudienceResult>,
    /// The least that all together can lose is proved not to be below this.
    pub optimal_cost_at_least: f64,
}

/// One audience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AudienceResult {
    /// Its name, or its number from 1.
    pub name: String,
    /// Where it lands.
    pub receiver: Vec<f64>,
}

impl TermsResult {
    fn new(game: &Reduced, told: &Told) -> Self {
        let terms = game.terms();
        let d = told.receiver.len() / terms.audiences.len().max(1);
        let positions = told.receiver.chunks(d.max(1));
        Self {
            power: terms.power,
            metric: terms.metric.clone(),
            response: terms.response.as_ref().map(|response| {
                match response {
                    Response::Logistic => "logistic",
                    Response::Tanh => "tanh",
                    Response::Exp => "exp",
                    Response::Points(_) => "points",
                }
                .into()
            }),
            audiences: terms
                .audiences
                .iter()
                .zip(positions)
                .map(|(name, at)| AudienceResult {
                    name: name.clone(),
                    receiver: at.to_vec(),
                })
                .collect(),
            optimal_cost_at_least: told.optimal_cost_at_least,
        }
    }

    /// The loss of a receiver at `r` that is wanted at `t`.
    pub(crate) fn loss(&self, r: &[f64], t: &[f64]) -> f64 {
        let off: Vec<f64> = r.iter().zip(t).map(|(r, t)| r - t).collect();
        let square: f64 = match &self.metric {
            Some(metric) => {
                let image = |row: &Vec<f64>| row.iter().zip(&off).map(|(m, v)| m * v).sum::<f64>();
                metric.iter().zip(&off).map(|(row, v)| v * image(row)).sum()
            }
            None => off.iter().map(|v| v * v).sum(),
        };
        square.max(0.0).powf(0.5 * self.power)
    }

    /// What it comes to, in a sentence or two.
    pub fn words(&self) -> String {
        let mut text = Vec::new();
        if self.power != 2.0 {
            text.push(format!(
                "The loss is the distance to the power of {}: the equilibria are those of its square.",
                number(self.power)
            ));
        }
        if self.metric.is_some() && self.audiences.is_empty() {
            text.push("Distances are in the metric of the game.".into());
        }
        if let Some(response) = &self.response {
            text.push(format!(
                "The receiver answers by an increasing function ({response}) of the weighted sum."
            ));
        }
        if !self.audiences.is_empty() {
            let all: Vec<String> = self
                .audiences
                .iter()
                .map(|a| format!("'{}' lands at {}", a.name, vector(&a.receiver)))
                .collect();
            text.push(format!("Of the audiences, {}.", all.join(", ")));
        }
        text.join(" ")
    }
}

/// The answer about a game in terms of its own.
pub fn reduced(
    name: Option<String>,
    game: &Reduced,
    found: &Equilibrium,
    welfare: &Welfare,
    told: &Told,
    selection: Selection,
    embed: bool,
) -> SolveResult {
    let plain = SolveResult::new(name, game.game(), found, welfare, selection);
    let own = game.own();
    let shifted = game.terms().metric.is_some() || game.terms().response.is_some();
    let mut rows: Vec<InfluencerResult> = plain
        .influencers
        .iter()
        .flat_map(|all| all.rows())
        .collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row.weight = WeightValue::of(own.weight(i));
        row.target = own.target(i).to_vec();
        row.loss = told.losses[i];
        row.regret = told.regrets[i];
        row.gain = told.gains[i];
        if shifted {
            let off = row.action.iter().zip(&row.truthful_action);
            row.exaggeration = off.map(|(x, t)| (x - t) * (x - t)).sum::<f64>().sqrt();
        }
        debug_assert_eq!(row.action.len(), own.space(i).dim());
    }
    let small = rows.len() <= EMBEDDED && game.terms().audiences.is_empty();
    let known = told.optimal_cost - told.optimal_cost_at_least <= TOLD * told.optimal_cost;
    let ratio = match told.equilibrium_cost == told.optimal_cost {
        true => Some(1.0),
        false => Some(told.equilibrium_cost / told.optimal_cost).filter(|r| r.is_finite()),
    };
    SolveResult {
        kind: plain.kind,
        version: plain.version,
        verdict: String::new(),
        status: plain.status,
        solution_concept: plain.solution_concept,
        receiver: told.receiver.clone(),
        potential: plain.potential,
        cardinality: plain.cardinality,
        dimension: plain.dimension,
        winners: plain.winners,
        undecided: plain.undecided,
        influencers: Some(rows),
        coalitions: Vec::new(),
        welfare: WelfareResult {
            equilibrium_cost: told.equilibrium_cost,
            lying_cost: None,
            optimal_cost: told.optimal_cost,
            price_of_anarchy: ratio.filter(|_| known),
            price_of_anarchy_at_least: ratio.filter(|_| !known),
            truthful_receiver: told.truthful_receiver.clone(),
            optimal_receiver: told.optimal_receiver.clone(),
            optimum_error_bound: None,
        },
        certificate: crate::solve::CertificateResult {
            duality_gap: plain.certificate.duality_gap,
            receiver_error_bound: game.error_bound(found, plain.certificate.receiver_error_bound),
            max_regret: told.regrets.iter().copied().fold(0.0, f64::max),
            action_error_bound: None,
        },
        vertices: None,
        sensitivity: None,
        honesty: None,
        terms: Some(TermsResult::new(game, told)),
        solver: plain.solver,
        game: (embed && small).then(|| reduced_file_of(plain.name.as_deref(), None, game)),
        name: plain.name,
    }
    .worded()
}
