//! `big schema`: JSON Schemas of what the program reads and writes.

use big_io::result::{DynamicsResult, SolveResult, VerifyResult};
use clap::{Args, ValueEnum};
use schemars::schema_for;

use crate::failure::Failure;
use crate::json;
use crate::output::{Outcome, print};

/// Which schema.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Of what
    #[arg(value_enum)]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// A game file
    Game,
    /// The output of `big solve --json`
    Solve,
    /// The output of `big verify --json`
    Verify,
    /// The output of `big dynamics --json`
    Dynamics,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let schema = match arguments.what {
        What::Game => big_io::schema_game(),
        What::Solve => schema_for!(SolveResult).into(),
        What::Verify => schema_for!(VerifyResult).into(),
        What::Dynamics => schema_for!(DynamicsResult).into(),
    };
    print(&json::pretty(&schema).map_err(|e| Failure::Internal(e.to_string()))?)?;
    Ok(Outcome::Answered)
}
