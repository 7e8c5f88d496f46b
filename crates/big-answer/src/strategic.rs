//! What the program answers about games by their payoff table, as JSON.

use big_finite::strategic::{Correlated, MixedEquilibrium, ResponseGraph, StrategicGame};
use big_game::spec::Rational;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finite::rounded;
use crate::kind::{Kind, version};
use crate::words::{count, number};

/// The answer of `big strategic`. Of `pure`, `mixed` and `correlated` the one that was asked for is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategicResult {
    /// `strategic`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// What it comes to, in a sentence or two.
    pub verdict: String,
    /// The game's name.
    pub name: Option<String>,
    /// Which equilibria were asked for.
    pub concept: Concept,
    /// The players' names.
    pub players: Vec<String>,
    /// How many profiles the table has.
    pub profiles: usize,
    /// The greatest sum of payoffs of any profile.
    pub greatest_welfare: f64,
    /// All pure equilibria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pure: Option<Vec<PureResult>>,
    /// The mixed equilibria whose supports have one size; in a game that is not degenerate these are all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixed: Option<Vec<MixedResult>>,
    /// The correlated or coarse correlated equilibrium that is best by the objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlated: Option<CorrelatedResult>,
    /// The graph of better responses, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph: Option<GraphResult>,
}

/// A kind of equilibrium of a game by its payoff table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concept {
    /// Nobody gains by another strategy.
    Pure,
    /// Mixtures, each player's by itself.
    Mixed,
    /// Nobody gains by playing anything but what it is told.
    Correlated,
    /// Nobody gains by deciding beforehand on one strategy.
    CoarseCorrelated,
}

/// A pure equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PureResult {
    /// The name of each player's strategy.
    pub strategies: Vec<String>,
    /// Everybody's payoff.
    pub payoffs: Vec<f64>,
}

/// A mixed equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedResult {
    /// For each player, what it plays and how often.
    pub mixtures: Vec<Vec<ShareResult>>,
    /// Everybody's expected payoff.
    pub payoffs: Vec<f64>,
}

/// How often a strategy is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShareResult {
    /// Its name.
    pub strategy: String,
    /// How often.
    pub probability: f64,
    /// The same exactly, as a fraction.
    pub exact: String,
}

/// A correlated or coarse correlated equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorrelatedResult {
    /// `best` or `worst` by the sum of expected payoffs, or the player whose payoff is greatest.
    pub objective: String,
    /// The objective: an expected payoff, or the sum of all.
    pub value: f64,
    /// The same exactly, as a fraction.
    pub exact: String,
    /// What no such equilibrium is beyond, by a dual proof.
    pub bound: f64,
    /// Everybody's expected payoff.
    pub payoffs: Vec<f64>,
    /// Is every profile that is played a pure equilibrium?
    pub mixture_of_pure: bool,
    /// The profiles that are played.
    pub distribution: Vec<PlayedResult>,
}

/// How often a profile is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlayedResult {
    /// The name of each player's strategy.
    pub strategies: Vec<String>,
    /// How often.
    pub probability: f64,
    /// The same exactly, as a fraction.
    pub exact: String,
}

/// The graph of better responses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GraphResult {
    /// Profiles.
    pub nodes: usize,
    /// Moves of one player that gain.
    pub edges: usize,
    /// Does play end, whatever the order of moves?
    pub acyclic: bool,
    /// The sets of profiles that play can move within but not leave; a single one is a pure equilibrium. At most 1000.
    pub sinks: Vec<Vec<Vec<String>>>,
    /// How many such sets there are.
    pub sink_count: usize,
}

/// Sinks that are listed.
const MOST_SINKS: usize = 1000;

/// The names of a profile's strategies.
pub fn names(game: &StrategicGame, profile: usize) -> Vec<String> {
    let digits = game.digits(profile).into_iter().enumerate();
    digits.map(|(i, s)| game.strategies(i)[s].clone()).collect()
}

fn all(values: &[Rational]) -> Vec<f64> {
    values.iter().map(rounded).collect()
}

impl StrategicResult {
    /// What is said of every game.
    pub fn new(name: Option<String>, concept: Concept, game: &StrategicGame) -> Self {
        let greatest = (0..game.profiles()).map(|p| game.welfare(p)).max();
        Self {
            kind: Kind::Strategic,
            version: version(),
            verdict: String::new(),
            name,
            concept,
            players: game.players().to_vec(),
            profiles: game.profiles(),
            greatest_welfare: greatest.as_ref().map_or(0.0, rounded),
            pure: None,
            mixed: None,
            correlated: None,
            graph: None,
        }
    }
}

impl StrategicResult {
    /// The same with its verdict in words.
    #[must_use]
    pub fn worded(mut self) -> Self {
        self.verdict = self.words();
        self
    }

    fn words(&self) -> String {
        let many = |n: usize, one: &str, more: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{n} {more}"),
        };
        let mut said = Vec::new();
        if let Some(pure) = &self.pure {
            said.push(format!(
                "{} among {}.",
                many(pure.len(), "pure equilibrium", "pure equilibria"),
                count(self.profiles, "profile")
            ));
        }
        if let Some(mixed) = &self.mixed {
            said.push(format!(
                "{} whose supports determine them, pure ones among them: all, unless the game is degenerate.",
                many(mixed.len(), "equilibrium", "equilibria")
            ));
        }
        if let Some(found) = &self.correlated {
            let kind = match self.concept {
                Concept::Correlated => "correlated",
                _ => "coarse correlated",
            };
            let what = match found.objective.as_str() {
                "best" => "the greatest sum of payoffs".into(),
                "worst" => "the least sum of payoffs".into(),
                player => format!("the greatest payoff of '{player}'"),
            };
            let payoffs: Vec<String> = found.payoffs.iter().map(|v| number(*v)).collect();
            said.push(format!(
                "The {kind} equilibrium with {what}: {}, exactly and proven. Payoffs {}.",
                number(found.value),
                payoffs.join(", ")
            ));
        }
        said.join(" ")
    }
}

impl PureResult {
    /// One pure equilibrium.
    pub fn new(game: &StrategicGame, profile: usize) -> Self {
        let players = 0..game.players().len();
        Self {
            strategies: names(game, profile),
            payoffs: players.map(|i| rounded(game.payoff(profile, i))).collect(),
        }
    }
}

impl MixedResult {
    /// One mixed equilibrium.
    pub fn new(game: &StrategicGame, found: &MixedEquilibrium) -> Self {
        let mixture = |(i, mixture): (usize, &Vec<(usize, Rational)>)| {
            let shares = mixture.iter().map(|(s, share)| ShareResult {
                strategy: game.strategies(i)[*s].clone(),
                probability: rounded(share),
                exact: share.to_string(),
            });
            shares.collect()
        };
        Self {
            mixtures: found.mixtures.iter().enumerate().map(mixture).collect(),
            payoffs: all(&found.payoffs),
        }
    }
}

impl CorrelatedResult {
    /// One distribution.
    pub fn new(
        game: &StrategicGame,
        objective: String,
        found: &Correlated,
        pure: &[usize],
    ) -> Self {
        let played = found.distribution.iter();
        Self {
            objective,
            value: rounded(&found.value),
            exact: found.value.to_string(),
            bound: rounded(&found.bound),
            payoffs: all(&found.payoffs),
            mixture_of_pure: played.clone().all(|(p, _)| pure.binary_search(p).is_ok()),
            distribution: played
                .map(|(p, share)| PlayedResult {
                    strategies: names(game, *p),
                    probability: rounded(share),
                    exact: share.to_string(),
                })
                .collect(),
        }
    }
}

impl GraphResult {
    /// Its numbers and its sinks.
    pub fn new(game: &StrategicGame, graph: &ResponseGraph) -> Self {
        let sink = |sink: &Vec<usize>| sink.iter().map(|&p| names(game, p)).collect();
        Self {
            nodes: graph.nodes(),
            edges: graph.edges(),
            acyclic: graph.acyclic,
            sinks: graph.sinks.iter().take(MOST_SINKS).map(sink).collect(),
            sink_count: graph.sinks.len(),
        }
    }
}
