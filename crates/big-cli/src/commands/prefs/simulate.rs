//! `big prefs simulate`: pairs of responses, labelled by true or fake ideal points.

use big_answer::preference::SimulateResult;
use big_app::preference::simulate::{LinesError, Request, simulate, simulate_lines};
use big_io::Source;
use clap::Args;

use crate::failure::Failure;
use crate::options::{ResultOptions, Target};
use crate::output::{Outcome, put, stream};
use crate::progress::watched;
use crate::words::{count, number, table, vector};

/// What to simulate.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The experiment (TOML or JSON, see `big schema experiment`), or `-` for standard input: influencers with their ideal
    /// points `theta` (and `fake`, to label with another), `pairs`, `distribution`, `seed`
    spec: String,
    /// Write the comparisons to this .parquet, .jsonl or .csv file; `-`: JSON lines to standard output, and nothing else
    #[arg(short, long, value_name = "FILE")]
    output: Target,
    /// The seed of all draws, in place of the experiment's [default: 0]
    #[arg(long)]
    seed: Option<u64>,
    /// JSON for programs instead of text for people
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let experiment = Source::parse(&arguments.spec);
    let Target::File(output) = &arguments.output else {
        return lines(arguments, &experiment);
    };
    let request = Request {
        experiment,
        output: output.clone(),
        seed: arguments.seed,
    };
    let result = watched(|monitor| simulate(&request, monitor))?;
    let options = ResultOptions {
        json: arguments.json,
        output: None,
    };
    put(&options, &result, text)?;
    Ok(Outcome::Answered)
}

/// Simulates to standard output.
fn lines(arguments: &Arguments, experiment: &Source) -> Result<Outcome, Failure> {
    if arguments.json {
        return Err(Failure::usage(
            "standard output holds the comparisons, and cannot hold what --json tells of them too",
            "leave --json out, or name a file with --output",
        ));
    }
    let mut refused = None;
    stream(|out| {
        let found = watched(|monitor| simulate_lines(experiment, arguments.seed, out, monitor));
        match found {
            Err(LinesError::Stream(error)) => Err(error),
            Err(LinesError::App(error)) => {
                refused = Some(error);
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    })?;
    match refused {
        Some(error) => Err(error.into()),
        None => Ok(Outcome::Answered),
    }
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
