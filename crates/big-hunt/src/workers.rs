//! A search in several processes, so that one that hangs, crashes or takes all memory is a finding and not the end.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::door::seconds_of;
use crate::report::{Found, Report, Summary, write};
use crate::search::{Options, drawn, search};

/// Processor seconds after which a game is given up, the making small of what it shows included.
const PATIENCE: f64 = 240.0;
/// Kilobytes of address space that a worker may use.
const MEMORY: u32 = 12_000_000;
/// How often the workers are looked after.
const LOOK: Duration = Duration::from_secs(2);
/// How often there is a word on how it goes.
const PROGRESS: Duration = Duration::from_secs(30);

/// The worker's part: searches and writes its reports to standard output.
///
/// # Errors
/// When there is no temporary folder to be had.
pub fn work(options: &Options, first: u64, step: u64) -> io::Result<()> {
    let numbers = (0..).map(|k| first + k * step);
    // Whoever has nobody to listen to it stops.
    let say = |text: String| {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).is_ok()
    };
    search(
        options,
        numbers,
        &mut |index| {
            say(format!("begin {index}"));
        },
        &mut |report| say(format!("done {}", report.line())),
    )?;
    Ok(())
}

/// A worker as its master sees it.
struct Worker {
    child: Child,
    /// The game that it is at.
    game: u64,
    /// The game that it was at when it was last looked at, and the processor time when it was first seen there.
    seen: (u64, f64),
}

enum Said {
    Begin(u64),
    Done(Box<Report>),
    End,
}

/// Searches in `jobs` processes until so many games or minutes are over. `line` are the arguments that make a worker
/// of this program, but for its first game and its step.
///
/// # Errors
/// When a process cannot be started or a file not be written.
pub fn many(
    options: &Options,
    line: &[OsString],
    jobs: u64,
    games: Option<u64>,
    time: Option<Duration>,
    folder: &Path,
) -> io::Result<Summary> {
    let (sender, receiver) = mpsc::channel();
    let clock = Instant::now();
    let (mut spoken, mut looked) = (Instant::now(), Instant::now());
    let mut summary = Summary::default();
    let mut workers: BTreeMap<u64, Worker> = BTreeMap::new();
    // Each start of a worker has a number of its own, so that late words of one that is gone are not mistaken.
    let mut starts = 0;
    let mut start = |first: u64, workers: &mut BTreeMap<u64, Worker>| -> io::Result<()> {
        starts += 1;
        workers.insert(starts, begin(line, first, jobs, starts, sender.clone())?);
        Ok(())
    };
    for first in 0..jobs {
        start(first, &mut workers)?;
    }
    while !workers.is_empty() {
        let over = time.is_some_and(|time| clock.elapsed() >= time);
        let word = receiver.recv_timeout(Duration::from_millis(500)).ok();
        let mut lost: Vec<(u64, &str)> = Vec::new();
        match word {
            Some((id, Said::Begin(game))) => {
                if let Some(worker) = workers.get_mut(&id) {
                    worker.game = game;
                    if games.is_some_and(|games| game >= games) {
                        stop(workers.remove(&id));
                    }
                }
            }
            Some((id, Said::Done(report))) if workers.contains_key(&id) => {
                summary.add(&report);
                write(folder, options.seed, &report)?;
                for found in &report.found {
                    tell(&format!(
                        "{} in game {}: {}",
                        found.check, report.index, found.message
                    ));
                }
            }
            Some((id, Said::End)) if workers.contains_key(&id) => lost.push((id, "crash")),
            _ => {}
        }
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            for (&id, worker) in &mut workers {
                let Some(now) = seconds_of(&worker.child.id().to_string()) else {
                    continue;
                };
                if worker.seen.0 != worker.game {
                    worker.seen = (worker.game, now);
                } else if now - worker.seen.1 > PATIENCE {
                    lost.push((id, "hang"));
                }
            }
        }
        for (id, check) in lost {
            let Some(worker) = workers.remove(&id) else {
                continue;
            };
            let game = worker.game;
            stop(Some(worker));
            let report = given_up(options, game, check);
            tell(&format!("{check} in game {game}"));
            summary.add(&report);
            write(folder, options.seed, &report)?;
            start(game + jobs, &mut workers)?;
        }
        if over {
            for (_, worker) in std::mem::take(&mut workers) {
                stop(Some(worker));
            }
        }
        if spoken.elapsed() >= PROGRESS {
            spoken = Instant::now();
            let rate = summary.games as f64 / clock.elapsed().as_secs_f64();
            tell(&format!(
                "{summary}, {rate:.0} games a second\n{}",
                summary.counts().trim_end()
            ));
        }
    }
    Ok(summary)
}

/// A game that its worker did not survive.
fn given_up(options: &Options, index: u64, check: &str) -> Report {
    let (kind, scale, game, _) = drawn(options, index);
    let found = Found {
        check: check.into(),
        message: format!("the worker had to be given up ({check})"),
        game: game.json(),
    };
    Report {
        index,
        kind: kind.into(),
        scale: scale.into(),
        end: check.into(),
        calls: 1,
        found: vec![found],
    }
}

fn begin(
    line: &[OsString],
    first: u64,
    jobs: u64,
    id: u64,
    sender: Sender<(u64, Said)>,
) -> io::Result<Worker> {
    let program = env::current_exe()?;
    let mut command = if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\""))
            .arg(program);
        shell
    } else {
        Command::new(program)
    };
    command
        .args(line)
        .arg("--worker")
        .arg(first.to_string())
        .arg("--step")
        .arg(jobs.to_string());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = child.stdout.take();
    thread::spawn(move || {
        for line in out
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
            .map_while(Result::ok)
        {
            let said = match line.split_once(' ') {
                Some(("begin", number)) => number.parse().ok().map(Said::Begin),
                Some(("done", report)) => {
                    Report::read(report).map(|report| Said::Done(Box::new(report)))
                }
                _ => None,
            };
            // A master that is gone hears nothing, and needs nothing.
            if let Some(said) = said
                && sender.send((id, said)).is_err()
            {
                return;
            }
        }
        let _ = sender.send((id, Said::End));
    });
    Ok(Worker {
        child,
        game: first,
        seen: (first, 0.0),
    })
}

/// Ends a worker; one that has ended already is as good.
fn stop(worker: Option<Worker>) {
    if let Some(mut worker) = worker {
        let _ = worker.child.kill();
        let _ = worker.child.wait();
    }
}

/// A word on standard error, where there may be nobody.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
