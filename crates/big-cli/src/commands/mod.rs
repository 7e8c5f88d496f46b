//! One file a command.

mod coalitions;
mod completions;
mod dynamics;
mod enumerate;
mod examples;
mod explore;
mod export;
mod finite;
mod hybrid;
#[cfg(not(feature = "figures"))]
mod left_out;
mod man;
mod mechanisms;
mod otherwise;
#[cfg(feature = "figures")]
mod plot;
mod prefs;
#[cfg(feature = "figures")]
mod report;
#[cfg(feature = "figures")]
mod reproduce;
mod schema;
mod solve;
mod solve_text;
mod strategic;
#[cfg(feature = "figures")]
mod subject;
mod verify;

use clap::Subcommand;
#[cfg(not(feature = "figures"))]
use left_out as plot;
#[cfg(not(feature = "figures"))]
use left_out as report;
#[cfg(not(feature = "figures"))]
use left_out as reproduce;

use crate::failure::Failure;
use crate::output::Outcome;

/// The commands.
#[derive(Subcommand)]
#[cfg_attr(not(feature = "figures"), allow(clippy::large_enum_variant))] // there is one of them
pub(crate) enum Command {
    /// Solve a game: the equilibrium, the whole set it belongs to, and the proof
    Solve(solve::Arguments),
    /// Is this profile an equilibrium? Every influencer's regret, by an exact best response
    Verify(verify::Arguments),
    /// Follow best-response dynamics step by step
    Dynamics(dynamics::Arguments),
    /// Every pure equilibrium of a game with finite action spaces
    Enumerate(enumerate::Arguments),
    /// A finite game in another program's format
    Export(export::Arguments),
    /// A small game by its payoff table: mixed, correlated and coarse equilibria, the response graph; reads .nfg
    Strategic(strategic::Arguments),
    /// Who gains by acting together: deviations and mergers, with witnesses
    Coalitions(coalitions::Arguments),
    /// Rules in place of the receiver that resist lies, and what they cost
    Mechanisms(mechanisms::Arguments),
    /// Everybody follows the slope of its own loss, round by round: where does that lead?
    Learn(otherwise::Learn),
    /// What moving first is worth
    Commit(otherwise::Commit),
    /// Who takes part where that costs something
    Enter(otherwise::Enter),
    /// A figure of a game, a table of comparisons, or an answer: SVG, PDF or PNG
    Plot(plot::Arguments),
    /// A self-contained HTML report of a game, a table of comparisons, or an answer
    Report(report::Arguments),
    /// Every example, figure and experiment of the paper: figures, a report, a table of claims
    Reproduce(reproduce::Arguments),
    /// Preference data: simulate, fit, play, audit
    Prefs(prefs::Arguments),
    /// A page on this machine: drag targets, and the answer follows
    Explore(explore::Arguments),
    /// The built-in catalogue of games
    Examples(examples::Arguments),
    /// JSON Schemas of what the program reads and writes
    Schema(schema::Arguments),
    /// Completions for a shell, to standard output
    Completions(completions::Arguments),
    /// Manual pages
    Man(man::Arguments),
}

/// Runs a command; `line` is the whole command line, which completions are made from.
pub(crate) fn run(command: &Command, line: clap::Command) -> Result<Outcome, Failure> {
    match command {
        Command::Solve(arguments) => solve::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Dynamics(arguments) => dynamics::run(arguments),
        Command::Enumerate(arguments) => enumerate::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Strategic(arguments) => strategic::run(arguments),
        Command::Coalitions(arguments) => coalitions::run(arguments),
        Command::Mechanisms(arguments) => mechanisms::run(arguments),
        Command::Learn(arguments) => otherwise::learn(arguments),
        Command::Commit(arguments) => otherwise::commit(arguments),
        Command::Enter(arguments) => otherwise::enter(arguments),
        Command::Plot(arguments) => plot::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Reproduce(arguments) => reproduce::run(arguments),
        Command::Prefs(arguments) => prefs::run(arguments),
        Command::Explore(arguments) => explore::run(arguments),
        Command::Examples(arguments) => examples::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Completions(arguments) => completions::run(arguments, line),
        Command::Man(arguments) => man::run(arguments, line),
    }
}
