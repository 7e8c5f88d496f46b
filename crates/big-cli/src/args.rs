//! What may be written on the command line.

use clap::{Args, Parser};
use tracing::level_filters::LevelFilter;

use crate::commands::Command;
use crate::terminal::{self, Colour};

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
    /// Say nothing on standard error but what went wrong: no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Use this many threads; the answer is the same to the byte
    #[arg(long, value_name = "N", global = true, env = "BIG_THREADS", hide_env_values = true,
          value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Colours in messages: on a terminal unless NO_COLOR is set, always or never
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        global = true,
        default_value = "auto"
    )]
    color: Colour,
}

impl Global {
    /// Sets up logging and threads.
    pub(crate) fn apply(&self) {
        terminal::choose(self.color, self.quiet);
        let level = match self.verbose {
            0 => LevelFilter::WARN,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        if self.verbose > 0 {
            tracing_subscriber::fmt()
                .with_writer(std::io::stderr)
                .with_max_level(level)
                .with_ansi(terminal::colour_on_stderr())
                .without_time()
                .with_target(false)
                .init();
        }
        // A build without the feature `parallel` has one thread, whatever is asked: the answer is the same.
        #[cfg(feature = "parallel")]
        if let Some(threads) = self.threads {
            // It fails only when a pool exists already, and nothing has run yet.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build_global();
        }
    }
}
