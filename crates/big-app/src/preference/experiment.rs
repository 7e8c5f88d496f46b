//! From an experiment's file to a simulation of the library.

use std::path::Path;

use big_io::InputError;
use big_io::experiment::{Experiment, Responses, read_embeddings};
use big_preference::simulate::{self, Labeller, Simulation, SimulationSpec};

use crate::error::{Advice, AppError};

/// The experiment as a simulation; `file` is what messages call it. With `fake`, influencers label with their fake ideal
/// points where they have one.
pub(super) fn simulation(
    experiment: &Experiment,
    file: &str,
    seed: u64,
    fake: bool,
) -> Result<Simulation, AppError> {
    let mut labellers = Vec::with_capacity(experiment.labellers.len());
    for labeller in &experiment.labellers {
        let pairs = labeller
            .pairs
            .and_then(|pairs| usize::try_from(pairs).ok())
            .ok_or_else(|| {
                let unsaid = format!("how many pairs '{}' labels is not said", labeller.name);
                AppError::advised(InputError::new(unsaid).in_file(file), Advice::SayPairs)
            })?;
        labellers.push(Labeller {
            name: labeller.name.clone(),
            pairs,
            ideal: match &labeller.fake {
                Some(point) if fake => point.clone(),
                _ => labeller.theta.clone(),
            },
        });
    }
    let responses = match &experiment.responses {
        &Responses::Normal { mean, deviation } => simulate::Responses::Normal { mean, deviation },
        &Responses::Uniform { lower, upper } => simulate::Responses::Uniform { lower, upper },
        Responses::File(path) => simulate::Responses::Given(embeddings(path, experiment.dim)?),
    };
    let spec = SimulationSpec {
        dim: experiment.dim,
        labellers,
        responses,
        precision: experiment.precision,
        seed,
    };
    spec.check()
        .map_err(|error| InputError::new(error.to_string()).in_file(file).into())
}

fn embeddings(path: &Path, dim: usize) -> Result<Vec<f64>, AppError> {
    Ok(read_embeddings(path, dim)?)
}
