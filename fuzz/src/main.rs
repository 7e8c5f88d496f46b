//! `mutate TARGET SECONDS [SEED]`: changes the inputs of `corpus/TARGET` at random and gives them to the target, on any compiler. An input
//! that ends in a way that was not seen before is changed further. `mutate TARGET FILE`: gives it one input.
//!
//! What panics, is slow or never ends is kept in `findings/`, and the exit code is 1. An input that ends the process is in
//! `findings/TARGET.now`.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use big_fuzz::{Random, TARGETS, mutated};

/// An input that takes longer is a finding, in seconds.
const SLOW: u64 = 10;
/// One that takes longer ends the search: it may take for ever.
const HUNG: u64 = 120;

/// Panics of any thread: of the page's and of those that share work too.
static PANICS: AtomicU64 = AtomicU64::new(0);
static WORDS: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = || {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!(
            "mutate TARGET SECONDS [SEED] | mutate TARGET FILE; targets: {}",
            names.join(" ")
        );
        ExitCode::from(2)
    };
    let [name, what, rest @ ..] = &*arguments else {
        return usage();
    };
    let Some((name, target)) = TARGETS.iter().find(|(known, _)| known == name) else {
        return usage();
    };
    let Ok(seconds) = what.parse::<u64>() else {
        return match fs::read(what) {
            Ok(data) => {
                if *name == "questions" {
                    println!("{}", big_fuzz::game_of(&data));
                }
                println!("{}", target(&data));
                ExitCode::SUCCESS
            }
            Err(_) => usage(),
        };
    };
    let seed = rest.first().and_then(|s| s.parse().ok()).unwrap_or(1);
    search(name, *target, Duration::from_secs(seconds), seed)
}

fn search(name: &str, target: fn(&[u8]) -> String, time: Duration, seed: u64) -> ExitCode {
    panic::set_hook(Box::new(|info| {
        // Told as a damaged file.
        if big_io::is_guarded() {
            return;
        }
        PANICS.fetch_add(1, Ordering::Relaxed);
        *WORDS.lock().unwrap_or_else(|e| e.into_inner()) = info.to_string();
    }));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let findings = here.join("findings");
    fs::create_dir_all(&findings).expect("a folder for findings");
    let mut pool = corpus(&here.join("corpus").join(name));
    let now = findings.join(format!("{name}.now"));
    let begun = Instant::now();
    let since = Arc::new(AtomicU64::new(u64::MAX));
    watch(begun, Arc::clone(&since));
    let mut random = Random::new(seed);
    let (mut seen, mut told) = (BTreeSet::new(), BTreeSet::new());
    let (mut inputs, mut found) = (0_u64, 0);
    let mut waiting: Vec<Vec<u8>> = pool.clone();
    while begun.elapsed() < time {
        let input = waiting.pop().unwrap_or_else(|| {
            // The newest half the time: it is the farthest from what is known.
            let at = match random.below(2) {
                0 => random.below(pool.len()),
                _ => pool.len() - 1 - random.below(pool.len().min(20)),
            };
            let other = random.below(pool.len());
            mutated(&pool[at], &pool[other], &mut random)
        });
        fs::write(&now, &input).expect("a file for the input");
        let start = Instant::now();
        since.store(begun.elapsed().as_secs(), Ordering::Relaxed);
        let before = PANICS.load(Ordering::Relaxed);
        let ended = panic::catch_unwind(AssertUnwindSafe(|| target(&input)));
        since.store(u64::MAX, Ordering::Relaxed);
        inputs += 1;
        let slow = start.elapsed().as_secs() >= SLOW;
        let panicked = PANICS.load(Ordering::Relaxed) != before || ended.is_err();
        if panicked || slow {
            let words = match panicked {
                true => WORDS.lock().unwrap_or_else(|e| e.into_inner()).clone(),
                false => format!("took {} s", start.elapsed().as_secs()),
            };
            // One of a kind: by its first line, which has the place of the panic.
            if told.insert(words.lines().next().unwrap_or_default().to_owned()) {
                found += 1;
                let path = findings.join(format!("{name}-{seed}-{found}"));
                fs::write(&path, &input).expect("a file for the finding");
                eprintln!("{name}: {}: {words}", path.display());
            }
        } else if let Ok(ending) = ended
            && seen.insert(ending)
            && pool.len() < 4000
        {
            pool.push(input);
        }
    }
    let _ = fs::remove_file(&now);
    println!(
        "{name}: {inputs} inputs, {} endings, {found} findings",
        seen.len()
    );
    ExitCode::from(u8::from(found > 0))
}

/// The seeds of a target, by name; an empty one where there are none.
fn corpus(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let seeds = paths.iter().filter_map(|path| fs::read(path).ok());
    let mut pool: Vec<Vec<u8>> = seeds.collect();
    if pool.is_empty() {
        pool.push(Vec::new());
    }
    pool
}

/// Ends the process when an input takes for ever; `findings/TARGET.now` has it.
fn watch(begun: Instant, since: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let at = since.load(Ordering::Relaxed);
            if at != u64::MAX && begun.elapsed().as_secs() > at + HUNG {
                eprintln!("an input does not end within {HUNG} s: findings/*.now has it");
                std::process::exit(1);
            }
        }
    });
}
