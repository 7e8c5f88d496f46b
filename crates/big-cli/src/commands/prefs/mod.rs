//! `big prefs`: preference data as the game.

mod audit;
mod audit_text;
mod check;
mod fit;
mod fit_text;
mod items_text;
mod mechanisms;
#[cfg(feature = "figures")]
mod picture;
mod play;
mod play_text;
mod precision;
mod receiver;
mod simulate;
mod table;
mod told;

use clap::{Args, Subcommand};

#[cfg(feature = "figures")]
pub(crate) use picture::Picturing;

use crate::failure::Failure;
use crate::output::Outcome;

/// Preference data.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What to know of a table before a fit: rows that say nothing, contradictions, favoured places, mixed units
    Check(check::Arguments),
    /// Draw pairs of responses and have them labelled by true or fake ideal points
    Simulate(simulate::Arguments),
    /// The maximum-likelihood ideal point of a table of comparisons, pooled and by annotator
    Fit(fit::Arguments),
    /// The affine receiver that a table implies: how much of the estimate is whose, before anyone plays
    Receiver(receiver::Arguments),
    /// Best responses against the real receiver: label again, fit again, until nobody can improve
    Play(play::Arguments),
    /// Who can move the estimate, and how far
    Audit(audit::Arguments),
    /// Rules in the place of the pooled estimate: what a lie still gains, and what honest accuracy they cost
    Mechanisms(mechanisms::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Fit(arguments) => fit::run(arguments),
        Command::Receiver(arguments) => receiver::run(arguments),
        Command::Play(arguments) => play::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
        Command::Mechanisms(arguments) => mechanisms::run(arguments),
    }
}
