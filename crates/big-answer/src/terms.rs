//! What differs from the usual game: another loss, another receiver.

use big_game::reduction::{Reduced, Response, Restated};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::{number, vector};

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
    pub(crate) fn new(game: &Reduced, told: &Restated) -> Self {
        let terms = game.terms();
        let d = told.standing.receiver.len() / terms.audiences.len().max(1);
        let positions = told.standing.receiver.chunks(d.max(1));
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
