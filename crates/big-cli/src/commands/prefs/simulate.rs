//! `big prefs simulate`: pairs of responses, labelled by true or fake ideal points.

use std::path::PathBuf;

use big_answer::preference::SimulateResult;
use big_app::preference::simulate::{Request, simulate};
use big_io::Source;
use clap::Args;

use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{count, number, table, vector};

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
    let request = Request {
        experiment: Source::parse(&arguments.spec),
        output: arguments.output.clone(),
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
