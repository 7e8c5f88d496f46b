//! `hunt`: searches for games that the program `big` answers wrongly.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use big_hunt::{KINDS, Options, SCALES, keep_panics, many, replay, work};
use clap::Parser;

/// Draws random games, takes each through the program along several routes, checks every number by other means, and
/// writes down the games with which something is wrong, made small.
///
/// Exit codes: 0 nothing was found; 1 something was; 2 bad usage or input.
#[derive(Parser)]
#[command(name = "hunt")]
struct Arguments {
    /// Kinds of games, with commas between them
    #[arg(long, value_delimiter = ',', value_parser = one_of(&KINDS))]
    kinds: Vec<String>,
    /// Scales of games, with commas between them
    #[arg(long, value_delimiter = ',', value_parser = one_of(&SCALES))]
    scales: Vec<String>,
    /// Same seed, same games
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Stop after so many minutes
    #[arg(long)]
    minutes: Option<f64>,
    /// Stop after so many games
    #[arg(long)]
    games: Option<u64>,
    /// So many processes at a time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    jobs: u64,
    /// Search this program instead of the one that is linked in (a process for each command line: slower)
    #[arg(long)]
    program: Option<PathBuf>,
    /// Compare the bytes of this program on three threads with those of the one that is linked in, for a sample
    #[arg(long)]
    sample: Option<PathBuf>,
    /// A command on a small game that takes longer is a finding; 0 for no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    limit: f64,
    /// Time for making one game small
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0)]
    minimise: f64,
    /// Where the games go
    #[arg(long, default_value = "target/hunt")]
    findings: PathBuf,
    /// Only this game, along every route
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    #[arg(long, hide = true)]
    worker: Option<u64>,
    #[arg(long, hide = true, default_value_t = 1)]
    step: u64,
}

fn one_of(names: &'static [&'static str]) -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(names.iter().copied())
}

/// The names that were given, all when none were.
fn chosen(names: &[&'static str], given: &[String]) -> Vec<&'static str> {
    let all = names.iter().copied();
    all.filter(|&name| given.is_empty() || given.iter().any(|g| g == name))
        .collect()
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            say(&mut io::stderr(), &message);
            ExitCode::from(2)
        }
    }
}

/// Was nothing found?
fn run(arguments: &Arguments) -> Result<bool, String> {
    let options = Options {
        seed: arguments.seed,
        kinds: chosen(&KINDS, &arguments.kinds),
        scales: chosen(&SCALES, &arguments.scales),
        program: arguments.program.clone(),
        sample: arguments.sample.clone(),
        limit: (arguments.limit > 0.0).then_some(arguments.limit),
        minimise: arguments.minimise.max(0.0),
    };
    if let Some(path) = &arguments.replay {
        keep_panics();
        let unreadable = |e: String| format!("{}: {e}", path.display());
        let text = fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
        let file = serde_json::from_str(&text).map_err(|e| unreadable(e.to_string()))?;
        let found = on_one_thread(|| replay(&options, &file))??;
        for line in &found {
            say(&mut io::stdout(), line);
        }
        say(
            &mut io::stdout(),
            &format!("hunt: 1 game, {} findings", found.len()),
        );
        return Ok(found.is_empty());
    }
    if let Some(first) = arguments.worker {
        keep_panics();
        on_one_thread(|| work(&options, first, arguments.step))?.map_err(|e| e.to_string())?;
        return Ok(true);
    }
    let clock = Instant::now();
    let line: Vec<OsString> = std::env::args_os().skip(1).collect();
    let time = match (arguments.minutes, arguments.games) {
        (Some(minutes), _) => {
            Some(Duration::try_from_secs_f64(60.0 * minutes).map_err(|e| e.to_string())?)
        }
        (None, Some(_)) => None,
        (None, None) => Some(Duration::from_secs(60)),
    };
    let summary = many(
        &options,
        &line,
        arguments.jobs,
        arguments.games,
        time,
        &arguments.findings,
    )
    .map_err(|e| e.to_string())?;
    say(&mut io::stdout(), summary.counts().trim_end());
    let seconds = clock.elapsed().as_secs();
    say(
        &mut io::stdout(),
        &format!("hunt: {summary}, seed {}, {seconds} s", arguments.seed),
    );
    Ok(summary.clean())
}

/// The processes of a search keep to one thread each, so that they do not wait for each other.
fn on_one_thread<T: Send>(what: impl FnOnce() -> T + Send) -> Result<T, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    Ok(pool.map_err(|e| e.to_string())?.install(what))
}

/// A line, to where there may be nobody.
fn say(out: &mut dyn Write, text: &str) {
    let _ = writeln!(out, "{text}");
}
