//! Runs of play that are kept in a file, and go on from it.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use big_io::experiment::{Experiment, Responses};
use big_io::{InputError, space_file_of, whole};
use big_preference::affinity::Met;
use big_preference::play::PlayState;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::AppError;

/// The longest state that is read, in bytes: what is longer is cut, and then no JSON.
const LONGEST: u64 = 1 << 30;

/// A run on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// What it is a run of: a state is not continued under another experiment.
    experiment: Value,
    state: PlayState,
    /// What the receiver was asked.
    #[serde(default)]
    met: Vec<Met>,
}

/// The JSON Schema (draft 2020-12) of the state of a run.
pub fn schema_state() -> Value {
    schema_for!(StateSchema).to_value()
}

/// The state of a run of play: enough to go on from.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "State")]
#[allow(dead_code)] // read by the schema
struct StateSchema {
    /// What it is a run of: it goes on under the same experiment only.
    experiment: Map<String, Value>,
    /// How far it is.
    state: RunSchema,
    /// What the receiver was asked.
    #[schemars(default)]
    met: Vec<MetSchema>,
}

/// How far a run is.
#[derive(JsonSchema)]
#[schemars(rename = "Run")]
#[allow(dead_code)] // read by the schema
struct RunSchema {
    /// The truthful actions that it started from.
    start: Vec<Vec<f64>>,
    /// The receiver's answer to them.
    start_theta_hat: Vec<f64>,
    /// The actions now.
    actions: Vec<Vec<f64>>,
    /// The receiver's answer to them.
    theta_hat: Vec<f64>,
    /// The moves made.
    moves: Vec<MoveSchema>,
    /// Turns taken, with or without a move.
    turns: usize,
    /// Turns since the last move.
    quiet: usize,
    /// Turns since then, in which the next one looked all over the space.
    #[schemars(default)]
    looked: usize,
    /// All evaluations of the receiver.
    evaluations: usize,
}

/// One move.
#[derive(JsonSchema)]
#[schemars(rename = "Move")]
#[allow(dead_code)] // read by the schema
struct MoveSchema {
    /// Its number, from 1.
    iteration: usize,
    /// Who moved, from 0.
    influencer: usize,
    /// Where to.
    action: Vec<f64>,
    /// The receiver's answer.
    theta_hat: Vec<f64>,
    /// The mover's loss there.
    loss: f64,
    /// The receiver's evaluations that the best response took.
    evaluations: usize,
}

/// A profile, all actions one after the other, and the answer to it.
#[derive(JsonSchema)]
#[schemars(rename = "Met")]
#[allow(dead_code)] // read by the schema
struct MetSchema {
    /// All actions.
    actions: Vec<f64>,
    /// The answer.
    answer: Vec<f64>,
}

/// What a run depends on beside its experiment.
pub(super) struct Settings<'s> {
    pub(super) receiver: &'s str,
    pub(super) seed: u64,
    pub(super) tolerance: f64,
    pub(super) evaluations: usize,
    pub(super) starts: usize,
}

/// Everything that a run depends on.
pub(super) fn identity(experiment: &Experiment, settings: &Settings<'_>) -> Value {
    let responses = match &experiment.responses {
        Responses::Normal { mean, deviation } => json!({ "mean": mean, "deviation": deviation }),
        Responses::Uniform { lower, upper } => json!({ "lower": lower, "upper": upper }),
        Responses::File(path) => json!({ "file": path.display().to_string() }),
    };
    let influencers: Vec<Value> = experiment
        .labellers
        .iter()
        .map(|l| json!({ "name": l.name, "theta": l.theta, "pairs": l.pairs }))
        .collect();
    let spaces: Vec<Value> = experiment.spaces.iter().map(space_file_of).collect();
    json!({
        "receiver": settings.receiver, "seed": settings.seed, "precision": experiment.precision,
        "tolerance": settings.tolerance, "evaluations": settings.evaluations, "starts": settings.starts,
        "distribution": responses, "action_spaces": spaces, "influencers": influencers,
    })
}

/// The state of a run and what its receiver was asked, if there is one.
pub(super) fn load(
    path: &Path,
    identity: &Value,
    experiment: &Experiment,
) -> Result<Option<(PlayState, Vec<Met>)>, AppError> {
    let refused = |message: String| InputError::new(message).in_file(path.display().to_string());
    // A state is read and written in place: it is no input that an output must not be.
    let read = File::open(path).and_then(|file| {
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map(|_| text)
    });
    let text = match read {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(format!("cannot be read: {error}")).into()),
    };
    let again = "name another file, or remove it to begin again";
    let saved: Saved = serde_json::from_str(&text)
        .map_err(|error| refused(format!("is not the state of a run: {error}")).with_help(again))?;
    if saved.experiment != *identity {
        let differs = identity.as_object().and_then(|now| {
            now.iter()
                .find(|(key, value)| saved.experiment.get(key) != Some(value))
                .map(|(key, _)| key.clone())
        });
        let other = format!(
            "is the state of another run: its `{}` is not the same",
            differs.unwrap_or_default()
        );
        return Err(refused(other).with_help(again).into());
    }
    let (n, d) = (experiment.labellers.len(), experiment.dim);
    if !saved.met.iter().all(|met| met.fits(n, d)) {
        let other =
            format!("was asked of others: `met` is not of {n} influencers in {d} dimensions");
        return Err(refused(other).with_help(again).into());
    }
    Ok(Some((saved.state, saved.met)))
}

/// Keeps the state of a run.
pub(super) fn save(
    path: &Path,
    identity: &Value,
    state: &PlayState,
    met: &[Met],
) -> Result<(), AppError> {
    let saved = Saved {
        experiment: identity.clone(),
        state: state.clone(),
        met: met.to_vec(),
    };
    let text = serde_json::to_vec(&saved).map_err(|e| AppError::Internal(e.to_string()))?;
    whole(path, |mut file| file.write_all(&text)).map_err(|error| {
        InputError::new(format!("cannot be written: {error}"))
            .in_file(path.display().to_string())
            .with_help("name a file in a folder that exists and that you may write to")
            .into()
    })
}
