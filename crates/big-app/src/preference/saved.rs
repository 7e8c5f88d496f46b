//! Runs of play that are kept in a file, and go on from it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use big_io::experiment::{Experiment, Responses};
use big_io::{InputError, space_file_of, whole};
use big_preference::affinity::Met;
use big_preference::play::PlayState;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::AppError;

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
) -> Result<Option<(PlayState, Vec<Met>)>, AppError> {
    let refused = |message: String| InputError::new(message).in_file(path.display().to_string());
    let text = match fs::read_to_string(path) {
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
