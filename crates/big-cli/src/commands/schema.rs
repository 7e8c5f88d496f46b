//! `big schema`: JSON Schemas of what the program reads and writes.

use big_io::result::{DynamicsResult, SolveResult, VerifyResult};
use big_io::result_finite::{
    EnumerateResult, FiniteDynamicsResult, FiniteResult, FiniteVerifyResult,
};
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
    /// The output of `big enumerate --json`
    Enumerate,
    /// The output of `big solve --json` for a finite game
    SolveFinite,
    /// The output of `big verify --json` for a finite game
    VerifyFinite,
    /// The output of `big dynamics --json` for a finite game
    DynamicsFinite,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let schema = match arguments.what {
        What::Game => big_io::schema_game(),
        What::Solve => schema_for!(SolveResult).into(),
        What::Verify => schema_for!(VerifyResult).into(),
        What::Dynamics => schema_for!(DynamicsResult).into(),
        What::Enumerate => schema_for!(EnumerateResult).into(),
        What::SolveFinite => schema_for!(FiniteResult).into(),
        What::VerifyFinite => schema_for!(FiniteVerifyResult).into(),
        What::DynamicsFinite => schema_for!(FiniteDynamicsResult).into(),
    };
    print(&json::pretty(&schema).map_err(|e| Failure::Internal(e.to_string()))?)?;
    Ok(Outcome::Answered)
}
