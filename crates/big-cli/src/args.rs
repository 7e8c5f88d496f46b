//! What may be written on the command line.

use clap::{Args, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::commands::{
    completions, dynamics, enumerate, examples, export, plot, prefs, report, reproduce, schema,
    solve, strategic, verify,
};

/// Equilibria of the battle for influence: several parties push one receiver towards different ends.
#[derive(Parser)]
#[command(
    name = "big",
    version,
    max_term_width = 100,
    after_help = "Start with:\n  big examples write example-1-same-side && big solve example-1-same-side.toml\n\n\
                  Exit codes: 0 answered; 1 a valid 'no'; 2 bad usage or input; 3 a failure of the program."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Args)]
pub(crate) struct Global {
    /// Say on standard error what is being done; twice for more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Use this many threads; the answer is the same to the byte
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Global {
    /// Sets up logging and threads.
    pub(crate) fn apply(&self) {
        let level = match self.verbose {
            0 => LevelFilter::WARN,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        if self.verbose > 0 {
            tracing_subscriber::fmt()
                .with_writer(std::io::stderr)
                .with_max_level(level)
                .with_ansi(crate::output::colour_on_stderr())
                .without_time()
                .with_target(false)
                .init();
        }
        if let Some(threads) = self.threads {
            // It fails only when a pool exists already, and nothing has run yet.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build_global();
        }
    }
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Solve a game: the equilibrium, the whole set it belongs to, and the proof
    Solve(solve::Arguments),
    /// Is this profile an equilibrium? Every influencer's regret, by an exact best response
    Verify(verify::Arguments),
    /// Follow best-response dynamics step by step
    Dynamics(dynamics::Arguments),
    /// Every pure equilibrium of a finite game
    Enumerate(enumerate::Arguments),
    /// A finite game in another program's format
    Export(export::Arguments),
    /// A small game by its payoff table: mixed, correlated and coarse equilibria, the response graph; reads .nfg
    Strategic(strategic::Arguments),
    /// A figure of a game, a table of comparisons, or an answer: SVG or PNG
    Plot(plot::Arguments),
    /// A self-contained HTML report of a game, a table of comparisons, or an answer
    Report(report::Arguments),
    /// Every example, figure and experiment of the paper: figures, a report, a table of claims
    Reproduce(reproduce::Arguments),
    /// Preference data: simulate, fit, play, audit
    Prefs(prefs::Arguments),
    /// The built-in catalogue of games
    Examples(examples::Arguments),
    /// JSON Schemas of what the program reads and writes
    Schema(schema::Arguments),
    /// Completions for a shell, to standard output
    Completions(completions::Arguments),
}
