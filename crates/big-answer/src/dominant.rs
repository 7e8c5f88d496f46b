//! The dominant choices of a finite game under the inner-product loss.

use big_finite::{
    Choice, DominantChoices, FiniteGame, dominant_choices, inner_product_loss,
    inner_product_potential,
};
use num_bigint::BigUint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finite::{Count, all, rounded};
use crate::kind::{Kind, version};
use crate::solve::Concept;
use crate::words::vector;

/// The answer of `big solve` for a finite game under the inner-product loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DominantResult {
    /// `solve`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The game's name.
    pub name: Option<String>,
    /// What it comes to, in a sentence.
    pub verdict: String,
    /// `weakly_dominant`.
    pub solution_concept: Concept,
    /// One profile of dominant choices, or several.
    pub cardinality: FiniteCardinality,
    /// How many profiles of dominant choices there are.
    pub count: Count,
    /// Where the receiver lands at the first of them.
    pub receiver: Vec<f64>,
    /// The potential there, the same at all of them.
    pub potential: f64,
    /// In the order of the game.
    pub influencers: Vec<DominantInfluencer>,
    /// The game itself, as a game file; left out for large games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Value>,
}

/// How many profiles of dominant choices there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiniteCardinality {
    /// One.
    Unique,
    /// Several.
    Finite,
}

/// One influencer's dominant choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DominantInfluencer {
    /// Its name, or its number from 1.
    pub name: String,
    /// The first dominant choice: the indices of its items, from 0.
    pub choice: Vec<u32>,
    /// Their mean.
    pub action: Vec<f64>,
    /// Its loss when everybody plays its first dominant choice.
    pub loss: f64,
    /// Items in every dominant choice.
    pub fixed: Vec<u32>,
    /// Items of which any `open` complete it.
    pub tied: Vec<u32>,
    /// How many of the tied items are chosen.
    pub open: usize,
    /// How many dominant choices it has.
    pub count: Count,
}

impl DominantResult {
    /// Everybody's dominant choices.
    pub fn new(name: Option<String>, game: &FiniteGame) -> Self {
        let choices: Vec<DominantChoices> = (0..game.influencers())
            .map(|i| dominant_choices(game, i))
            .collect();
        let profile: Vec<Choice> = choices.iter().map(DominantChoices::first).collect();
        let count: BigUint = choices.iter().map(DominantChoices::count).product();
        let count = Count::of(&count);
        let unique = count.is_one();
        let receiver = all(&game.receiver(&profile));
        let influencers = choices
            .into_iter()
            .enumerate()
            .map(|(i, choices)| DominantInfluencer {
                name: game.name(i).into_owned(),
                action: all(&game.action(i, &profile[i])),
                choice: profile[i].clone(),
                loss: rounded(&inner_product_loss(game, i, &profile)),
                count: Count::of(&choices.count()),
                fixed: choices.fixed,
                tied: choices.tied,
                open: choices.open,
            });
        Self {
            kind: Kind::Solve,
            version: version(),
            name,
            verdict: String::new(),
            solution_concept: Concept::WeaklyDominant,
            cardinality: if unique {
                FiniteCardinality::Unique
            } else {
                FiniteCardinality::Finite
            },
            count,
            receiver,
            potential: rounded(&inner_product_potential(game, &profile)),
            influencers: influencers.collect(),
            game: None,
        }
        .worded()
    }

    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = of_dominant(&self.count, &self.receiver);
        self
    }
}

/// Everybody's dominant choices.
fn of_dominant(profiles: &Count, receiver: &[f64]) -> String {
    let what = if profiles.is_one() {
        "Everybody has one dominant choice".into()
    } else {
        format!("Everybody has dominant choices, with {profiles} combinations")
    };
    format!(
        "{what}: best whatever the others do. At the first the receiver lands at {}.",
        vector(receiver)
    )
}
