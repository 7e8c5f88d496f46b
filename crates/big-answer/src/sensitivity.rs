//! The derivatives of the receiver's position, as they are told.

use big_game::Game;
use big_game::sensitivity::{Derivative, Sensitivity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// In what lying costs it, `d × 1`; left out where lies are free, and where it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lying_cost: Option<DerivativeResult>,
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
                    lying_cost: s.lying_cost.as_ref().map(derivative),
                })
                .collect(),
        }
    }
}
