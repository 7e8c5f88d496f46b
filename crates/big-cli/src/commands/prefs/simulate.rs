//! `big prefs simulate`: pairs of responses, labelled by true or fake ideal points.

use std::path::PathBuf;
use std::sync::Arc;

use big_answer::preference::{SimulateResult, SimulatedInfluencer};
use big_answer::{Kind, version};
use big_io::Source;
use big_io::experiment::read_experiment;
use big_io::preference::{SimulatedRows, write_preferences};
use big_preference::data::BLOCK_ROWS;
use big_preference::simulate::{Pairs, Simulation};
use clap::Args;
use rayon::prelude::*;

use super::experiment::simulation;
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::output::{Outcome, put};
use crate::progress::Progress;
use crate::words::{count, number, table, vector};

/// Blocks of the simulation that are written together, and how many such groups are made at a time.
const GROUP: usize = 16;
const GROUPS: usize = 16;

/// What to simulate.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The experiment (TOML or JSON, see `big schema experiment`), or `-` for standard input: influencers with their ideal
    /// points `theta` (and `fake`, to label with another), `pairs`, `distribution`, `seed`
    spec: String,
    /// Write the comparisons to this .parquet, .jsonl or .csv file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The seed of all draws, in place of the experiment's [default: 0]
    #[arg(long)]
    seed: Option<u64>,
    /// JSON for programs instead of text for people
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let source = Source::parse(&arguments.spec);
    let experiment = read_experiment(&source)?;
    let seed = arguments.seed.or(experiment.seed).unwrap_or(0);
    let simulation = simulation(&experiment, &source.name(), seed, true)?;
    let labellers = &simulation.spec().labellers;
    let total: u64 = labellers.iter().map(|l| l.pairs as u64).sum();
    let mut first_preferred = vec![0; labellers.len()];
    let bar = Progress::new("simulating");
    let mut written = 0;
    let all = (0..labellers.len()).flat_map(|i| rows(&simulation, i).map(move |rows| (i, rows)));
    write_preferences(
        &arguments.output,
        experiment.dim,
        all.map(|(i, rows)| {
            first_preferred[i] += rows.labels.iter().filter(|&&l| l).count() as u64;
            written += rows.labels.len() as u64;
            bar.update(written, total);
            rows
        }),
    )?;
    drop(bar);
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
    let result = SimulateResult {
        kind: Kind::PrefsSimulate,
        version: version(),
        file: arguments.output.display().to_string(),
        dimension: experiment.dim,
        comparisons: influencers.iter().map(|i| i.pairs).sum(),
        precision: experiment.precision,
        seed,
        influencers,
    };
    let options = ResultOptions {
        json: arguments.json,
        output: None,
    };
    put(&options, &result, text)?;
    Ok(Outcome::Answered)
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
    (0..groups).step_by(GROUPS).flat_map(move |from| {
        (from..(from + GROUPS).min(groups))
            .into_par_iter()
            .map(&one)
            .collect::<Vec<_>>()
    })
}

fn text(result: &SimulateResult) -> String {
    let fake = result.influencers.iter().any(|i| i.fake.is_some());
    let mut header = vec!["influencer", "ideal point"];
    if fake {
        header.push("labels as");
    }
    header.extend(["pairs", "first preferred"]);
    let rows = result.influencers.iter().take(crate::words::ROWS).map(|i| {
        let mut row = vec![i.name.clone(), vector(&i.theta)];
        if fake {
            row.push(vector(i.fake.as_ref().unwrap_or(&i.theta)));
        }
        row.push(i.pairs.to_string());
        row.push(match i.pairs {
            0 => String::new(),
            pairs => format!(
                "{} %",
                number((1000 * i.first_preferred / pairs) as f64 / 10.0)
            ),
        });
        row
    });
    format!(
        "{} in {} written to {} (seed {}).\n\n{}",
        count(result.comparisons as usize, "comparison"),
        count(result.dimension, "dimension"),
        result.file,
        result.seed,
        table(&header, rows)
    )
}
