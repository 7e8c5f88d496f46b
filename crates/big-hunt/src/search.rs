//! One game after the other.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::door::Door;
use crate::draw;
use crate::finite;
use crate::minimise;
use crate::random::Random;
use crate::read::{self, Game};
use crate::report::{Found, Report, Summary};
use crate::route::{self, Route};
use crate::routes::{Bench, Outcome, examine};

/// Games made small and kept of each check, by each worker.
const KEPT: usize = 6;

/// What to search, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The games are the same for the same seed.
    pub seed: u64,
    /// Names out of [`KINDS`](crate::KINDS).
    pub kinds: Vec<&'static str>,
    /// Names out of [`SCALES`](crate::SCALES).
    pub scales: Vec<&'static str>,
    /// The program to search; the one that this search is linked with when there is none.
    pub program: Option<PathBuf>,
    /// A program whose bytes are compared with the linked one's, for a sample of the games.
    pub sample: Option<PathBuf>,
    /// Seconds that a command may take for a small game.
    pub limit: Option<f64>,
    /// Seconds spent on making one game small.
    pub minimise: f64,
}

impl Options {
    fn bench(&self) -> io::Result<Bench> {
        Ok(Bench {
            door: Door::open(self.program.as_deref())?,
            sample: self
                .sample
                .as_ref()
                .map(|path| Door::open(Some(path.as_path())))
                .transpose()?,
            limit: self.limit,
        })
    }
}

/// Draws the game of a number.
pub(crate) fn drawn(options: &Options, index: u64) -> (&'static str, &'static str, Game, Random) {
    let mut random = Random::new(options.seed, index);
    let (kind, scale, game) = draw::game(&mut random, &options.kinds, &options.scales);
    (kind, scale, game, random)
}

/// Searches games `first, first + step, …`, telling the number of each before it begins and the report after it; until
/// there are no more or the report's hearer says stop.
///
/// # Errors
/// When there is no temporary folder to be had.
pub fn search(
    options: &Options,
    numbers: impl Iterator<Item = u64>,
    begin: &mut dyn FnMut(u64),
    receive: &mut dyn FnMut(&Report) -> bool,
) -> io::Result<Summary> {
    let bench = options.bench()?;
    let mut summary = Summary::default();
    let mut kept: BTreeMap<&'static str, usize> = BTreeMap::new();
    for index in numbers {
        begin(index);
        let report = one(&bench, options, index, &mut kept);
        summary.add(&report);
        if !receive(&report) {
            break;
        }
    }
    Ok(summary)
}

fn one(
    bench: &Bench,
    options: &Options,
    index: u64,
    kept: &mut BTreeMap<&'static str, usize>,
) -> Report {
    let (kind, scale, game, mut random) = drawn(options, index);
    let (outcome, routes) = match &game {
        Game::Continuous(case) => {
            let routes = route::draw(&mut random, case, bench.sample.is_some());
            (examine(bench, case, &routes), routes)
        }
        Game::Finite(case) => (finite::examine(bench, case), Vec::new()),
    };
    let mut found: Vec<Found> = Vec::new();
    for finding in &outcome.findings {
        // One of each sort in a game.
        if found.iter().any(|f| f.check == finding.check) {
            continue;
        }
        let count = kept.entry(finding.check).or_default();
        *count += 1;
        let small = if *count > KEPT {
            Value::Null
        } else {
            small(bench, options, &game, &routes, finding.check).json()
        };
        found.push(Found::new(finding, small));
    }
    Report {
        index,
        kind: kind.into(),
        scale: scale.into(),
        end: outcome.end.into(),
        calls: outcome.calls as u64,
        found,
    }
}

/// The game made small, as long as this check fails.
fn small(bench: &Bench, options: &Options, game: &Game, routes: &[Route], check: &str) -> Game {
    let time = Duration::from_secs_f64(options.minimise);
    if time.is_zero() {
        return game.clone();
    }
    match game {
        Game::Continuous(case) => {
            let guilty = routes.iter().find(|&route| {
                let one = std::slice::from_ref(route);
                examine(bench, case, one)
                    .findings
                    .iter()
                    .any(|f| f.check == check)
            });
            match guilty {
                Some(route) => {
                    let route = std::slice::from_ref(route);
                    Game::Continuous(minimise::continuous(bench, case, route, check, time))
                }
                None => game.clone(),
            }
        }
        Game::Finite(case) => Game::Finite(minimise::finite(bench, case, check, time)),
    }
}

/// Takes one game along every route, and tells what is wrong with it, a line each.
///
/// # Errors
/// What cannot be read.
pub fn replay(options: &Options, file: &Value) -> Result<Vec<String>, String> {
    let bench = options.bench().map_err(|e| e.to_string())?;
    let outcome: Outcome = match read::game(file)? {
        Game::Continuous(case) => {
            examine(&bench, &case, &route::all(&case, bench.sample.is_some()))
        }
        Game::Finite(case) => finite::examine(&bench, &case),
    };
    let line = |f: &crate::check::Finding| format!("{} ({}): {}", f.check, f.route, f.message);
    Ok(outcome.findings.iter().map(line).collect())
}
