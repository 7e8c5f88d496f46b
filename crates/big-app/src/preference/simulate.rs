//! Pairs of responses, labelled by true or fake ideal points.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use big_answer::preference::{SimulateResult, SimulatedInfluencer};
use big_answer::{Kind, version};
use big_io::Source;
use big_io::experiment::read_experiment;
use big_io::preference::{SimulatedRows, write_preference_lines, write_preferences};
use big_numeric::parallel;
use big_preference::data::BLOCK_ROWS;
use big_preference::simulate::{Pairs, Simulation};

use super::experiment::simulation;
use crate::error::AppError;
use crate::monitor::Monitor;

/// Blocks of the simulation that are written together, and how many such groups are made at a time.
const GROUP: usize = 16;
const GROUPS: usize = 16;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Request {
    /// The experiment: influencers with their ideal points, how many pairs, their distribution.
    pub experiment: Source,
    /// Write the comparisons to this file: Parquet, JSON lines or CSV, by its name.
    pub output: PathBuf,
    /// The seed of all draws, in place of the experiment's.
    pub seed: Option<u64>,
}

/// Simulates an experiment's comparisons, and writes them.
///
/// # Errors
/// When the experiment cannot be read, or the file cannot be written.
pub fn simulate(request: &Request, monitor: &Monitor<'_>) -> Result<SimulateResult, AppError> {
    let write = |dim, blocks: &mut Blocks<'_>| Ok(write_preferences(&request.output, dim, blocks)?);
    let file = request.output.display().to_string();
    simulated(&request.experiment, request.seed, file, monitor, write)
}

/// Simulates an experiment's comparisons, and writes them as JSON lines to anything: a stream has no name that says a format.
/// `seed` is in place of the experiment's.
///
/// # Errors
/// When the experiment cannot be read, or the lines cannot be written.
pub fn simulate_lines(
    experiment: &Source,
    seed: Option<u64>,
    out: &mut dyn Write,
    monitor: &Monitor<'_>,
) -> Result<SimulateResult, LinesError> {
    let write = |dim, blocks: &mut Blocks<'_>| Ok(write_preference_lines(out, dim, blocks)?);
    simulated(experiment, seed, String::new(), monitor, write)
}

/// Why comparisons were not written to a stream.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// There are none.
    #[error(transparent)]
    App(#[from] AppError),
    /// The stream takes no more.
    #[error(transparent)]
    Stream(#[from] io::Error),
}

type Blocks<'b> = dyn Iterator<Item = SimulatedRows> + 'b;

fn simulated<E: From<AppError>>(
    source: &Source,
    seed: Option<u64>,
    file: String,
    monitor: &Monitor<'_>,
    write: impl FnOnce(usize, &mut Blocks<'_>) -> Result<(), E>,
) -> Result<SimulateResult, E> {
    let experiment = read_experiment(source).map_err(AppError::from)?;
    let seed = seed.or(experiment.seed).unwrap_or(0);
    let simulation = simulation(&experiment, &source.name(), seed, true)?;
    let labellers = &simulation.spec().labellers;
    let total: u64 = labellers.iter().map(|l| l.pairs as u64).sum();
    let mut first_preferred = vec![0; labellers.len()];
    let mut written = 0;
    let all = (0..labellers.len()).flat_map(|i| rows(&simulation, i).map(move |rows| (i, rows)));
    let mut blocks = all.map(|(i, rows)| {
        first_preferred[i] += rows.labels.iter().filter(|&&l| l).count() as u64;
        written += rows.labels.len() as u64;
        monitor.progress("simulating", written, total);
        rows
    });
    write(experiment.dim, &mut blocks)?;
    drop(blocks);
    let influencers: Vec<SimulatedInfluencer> = experiment
        .labellers
        .into_iter()
        .zip(labellers)
        .zip(first_preferred)
        .map(
            |((labeller, simulated), first_preferred)| SimulatedInfluencer {
                name: labeller.name,
                theta: labeller.theta,
                fake: labeller.fake,
                pairs: simulated.pairs as u64,
                first_preferred,
            },
        )
        .collect();
    Ok(SimulateResult {
        kind: Kind::PrefsSimulate,
        version: version(),
        file,
        dimension: experiment.dim,
        comparisons: influencers.iter().map(|i| i.pairs).sum(),
        precision: experiment.precision,
        seed,
        influencers,
    })
}

/// One influencer's comparisons, in groups of blocks that are drawn in parallel.
fn rows<'s>(
    simulation: &'s Simulation,
    influencer: usize,
) -> impl Iterator<Item = SimulatedRows> + 's {
    let labeller = &simulation.spec().labellers[influencer];
    let name: Arc<str> = Arc::from(labeller.name.as_str());
    let groups = labeller.pairs.div_ceil(GROUP * BLOCK_ROWS);
    let one = move |group: usize| {
        let mut out = SimulatedRows {
            annotator: Arc::clone(&name),
            a: Vec::new(),
            b: Vec::new(),
            labels: Vec::new(),
        };
        let (mut pairs, mut labels) = (Pairs::default(), Vec::new());
        for block in group * GROUP..(group + 1) * GROUP {
            simulation.labelled_pairs(influencer, block, &mut pairs, &mut labels);
            out.a.extend_from_slice(&pairs.a);
            out.b.extend_from_slice(&pairs.b);
            out.labels.extend_from_slice(&labels);
        }
        out
    };
    (0..groups)
        .step_by(GROUPS)
        .flat_map(move |from| parallel::map(from..(from + GROUPS).min(groups), &one))
}
