//! `big schema`: JSON Schemas of what the program reads and writes.

use big_answer::check::CheckResult;
use big_answer::coalitions::CoalitionsResult;
use big_answer::dominant::DominantResult;
use big_answer::dynamics::DynamicsResult;
use big_answer::enumerate::EnumerateResult;
use big_answer::finite::{FiniteDynamicsResult, FiniteResult, FiniteVerifyResult};
use big_answer::hybrid::{HybridEnumerateResult, HybridResult, HybridVerifyResult};
use big_answer::mechanisms::{LabelMechanismsAnswer, MechanismsResult};
use big_answer::otherwise::{CommitResult, EnterResult, LearnResult};
use big_answer::preference::{AuditAnswer, FitAnswer, PlayAnswer, ReceiverAnswer, SimulateResult};
use big_answer::private::PrivateResult;
use big_answer::reproduce::Reproduction;
use big_answer::solve::SolveResult;
use big_answer::strategic::StrategicResult;
use big_answer::verify::VerifyResult;
use clap::{Args, ValueEnum};
use schemars::schema_for;

use crate::failure::Failure;
use crate::output::{Outcome, print_json};

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
    /// A profile for `big verify` and `big dynamics --start`
    Profile,
    /// The output of `big solve --json`
    Solve,
    /// The output of `big verify --json`
    Verify,
    /// The output of `big dynamics --json`
    Dynamics,
    /// The output of `big enumerate --json`
    Enumerate,
    /// The output of `big strategic --json`
    Strategic,
    /// The output of `big solve --json` for a finite game
    SolveFinite,
    /// The output of `big solve --json` for a finite game with the inner-product loss
    SolveFiniteDominant,
    /// The output of `big solve --json` for a game with finite and convex action spaces
    SolveHybrid,
    /// The output of `big solve --json` for a game with private targets
    SolvePrivate,
    /// The output of `big learn --json`
    Learn,
    /// The output of `big commit --json`
    Commit,
    /// The output of `big enter --json`
    Enter,
    /// The output of `big verify --json` for a finite game
    VerifyFinite,
    /// The output of `big verify --json` for a game with finite and convex action spaces
    VerifyHybrid,
    /// The output of `big enumerate --json` for a game with finite and convex action spaces
    EnumerateHybrid,
    /// The output of `big dynamics --json` for a finite game
    DynamicsFinite,
    /// The output of `big coalitions --json`
    Coalitions,
    /// The output of `big mechanisms --json`
    Mechanisms,
    /// An experiment for `big prefs simulate` and `big prefs play`
    Experiment,
    /// The output of `big prefs simulate --json`
    PrefsSimulate,
    /// The output of `big prefs fit --json`
    PrefsFit,
    /// The output of `big prefs receiver --json`
    PrefsReceiver,
    /// The output of `big prefs play --json`
    PrefsPlay,
    /// The output of `big prefs audit --json`
    PrefsAudit,
    /// The output of `big prefs mechanisms --json`
    PrefsMechanisms,
    /// The output of `big prefs check --json`
    PrefsCheck,
    /// The file that `big prefs play --state` keeps
    State,
    /// The output of `big reproduce --json`
    Reproduce,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let schema = match arguments.what {
        What::Game => big_io::schema_game(),
        What::Profile => big_io::schema_profile(),
        What::Solve => schema_for!(SolveResult).into(),
        What::Verify => schema_for!(VerifyResult).into(),
        What::Dynamics => schema_for!(DynamicsResult).into(),
        What::Enumerate => schema_for!(EnumerateResult).into(),
        What::Strategic => schema_for!(StrategicResult).into(),
        What::SolveFinite => schema_for!(FiniteResult).into(),
        What::SolveFiniteDominant => schema_for!(DominantResult).into(),
        What::SolveHybrid => schema_for!(HybridResult).into(),
        What::VerifyHybrid => schema_for!(HybridVerifyResult).into(),
        What::EnumerateHybrid => schema_for!(HybridEnumerateResult).into(),
        What::SolvePrivate => schema_for!(PrivateResult).into(),
        What::Learn => schema_for!(LearnResult).into(),
        What::Commit => schema_for!(CommitResult).into(),
        What::Enter => schema_for!(EnterResult).into(),
        What::VerifyFinite => schema_for!(FiniteVerifyResult).into(),
        What::DynamicsFinite => schema_for!(FiniteDynamicsResult).into(),
        What::Coalitions => schema_for!(CoalitionsResult).into(),
        What::Mechanisms => schema_for!(MechanismsResult).into(),
        What::Experiment => big_io::experiment::schema_experiment(),
        What::PrefsSimulate => schema_for!(SimulateResult).into(),
        What::PrefsFit => schema_for!(FitAnswer).into(),
        What::PrefsReceiver => schema_for!(ReceiverAnswer).into(),
        What::PrefsPlay => schema_for!(PlayAnswer).into(),
        What::PrefsAudit => schema_for!(AuditAnswer).into(),
        What::PrefsMechanisms => schema_for!(LabelMechanismsAnswer).into(),
        What::PrefsCheck => schema_for!(CheckResult).into(),
        What::State => big_app::preference::play::schema_state(),
        What::Reproduce => schema_for!(Reproduction).into(),
    };
    print_json(&schema)?;
    Ok(Outcome::Answered)
}
