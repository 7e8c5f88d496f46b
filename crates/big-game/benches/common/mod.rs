//! What the benchmarks share: paired timing, the streaming pass they are measured by, peak memory and games.
//!
//! All contestants of a comparison run side by side, round by round, so that whatever else the machine does
//! meets all of them; a table gives the least and the median time and the ratio of each to the first.

#![allow(dead_code)] // each benchmark uses its part

pub(crate) mod games;
pub(crate) mod growth;
pub(crate) mod peers;

use std::time::Instant;

use rayon::prelude::*;

/// Was a smoke run asked for (`--quick`): small games, two rounds?
pub(crate) fn quick() -> bool {
    std::env::args().any(|a| a == "--quick")
}

/// Was only this section asked for (a word on the command line that is no option)?
pub(crate) fn wanted(section: &str) -> bool {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-') && !a.contains('='))
        .collect();
    words.is_empty() || words.iter().any(|w| section.contains(w.as_str()))
}

/// Does this contestant run? `only=NAME` on the command line, for profiles, leaves the others out.
fn runs(name: &str) -> bool {
    std::env::args().all(|a| a.strip_prefix("only=").is_none_or(|only| name == only))
}

/// `n`, or a hundredth of it in a smoke run.
pub(crate) fn size(n: usize) -> usize {
    if quick() { (n / 100).max(1) } else { n }
}

type Timed<'a> = Box<dyn FnMut(usize) -> (f64, String) + 'a>;

struct Contestant<'a> {
    name: String,
    run: Timed<'a>,
    times: Vec<f64>,
    repeats: usize,
    note: String,
}

/// A comparison.
pub(crate) struct Contest<'a> {
    title: String,
    contestants: Vec<Contestant<'a>>,
}

/// Runs shorter than this are repeated within a round, and the mean counts.
const SHORTEST: f64 = 2e-3;
/// A contestant that has taken so long does not run again.
const LONGEST: f64 = 3.0;

impl<'a> Contest<'a> {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            contestants: Vec::new(),
        }
    }

    /// Adds a contestant: what it does, which is timed, and what to say of its result, which is not. Results are
    /// dropped outside the clock.
    pub(crate) fn add<T>(
        &mut self,
        name: impl Into<String>,
        mut run: impl FnMut() -> T + 'a,
        note: impl Fn(&T) -> String + 'a,
    ) {
        let name = name.into();
        if !runs(&name) {
            return;
        }
        let timed = move |repeats: usize| {
            let mut kept = Vec::with_capacity(repeats);
            let start = Instant::now();
            for _ in 0..repeats {
                kept.push(std::hint::black_box(run()));
            }
            let time = start.elapsed().as_secs_f64() / repeats as f64;
            (time, kept.last().map_or(String::new(), &note))
        };
        self.contestants.push(Contestant {
            name,
            run: Box::new(timed),
            times: Vec::new(),
            repeats: 1,
            note: String::new(),
        });
    }

    /// Runs everybody and prints the table. Returns the least times in the order of adding.
    pub(crate) fn run(mut self) -> Vec<f64> {
        self.rounds(if quick() { 2 } else { 9 });
        println!("\n## {}", self.title);
        println!(
            "{:<52} {:>11} {:>11} {:>9} {:>9}  remarks",
            "", "least", "median", "ratio", "(median)"
        );
        let mut base = None;
        let mut all = Vec::new();
        for c in &mut self.contestants {
            c.times.sort_by(f64::total_cmp);
            let (least, median) = (c.times[0], c.times[c.times.len() / 2]);
            let (base_least, base_median) = *base.get_or_insert((least, median));
            println!(
                "{:<52} {:>11} {:>11} {:>9.2} {:>9.2}  {}",
                c.name,
                seconds(least),
                seconds(median),
                least / base_least,
                median / base_median,
                c.note
            );
            all.push(least);
        }
        all
    }

    /// Runs everybody: names, least times and notes, in the order of adding.
    pub(crate) fn measure(mut self) -> Vec<(String, f64, String)> {
        self.rounds(if quick() { 2 } else { 7 });
        let all = self.contestants.into_iter().map(|c| {
            let least = c.times.iter().copied().fold(f64::INFINITY, f64::min);
            (c.name, least, c.note)
        });
        all.collect()
    }

    fn rounds(&mut self, rounds: usize) {
        for round in 0..rounds {
            for c in &mut self.contestants {
                let spent: f64 = c.times.iter().sum();
                if round > 0 && spent > LONGEST {
                    continue;
                }
                let (time, note) = (c.run)(c.repeats);
                c.note = note;
                if round == 0 && time < SHORTEST {
                    // The first run, cold, only tells how often to repeat.
                    c.repeats = (SHORTEST / time).ceil().min(1000.0) as usize;
                    continue;
                }
                c.times.push(time);
            }
        }
    }
}

/// A time to be read.
pub(crate) fn seconds(t: f64) -> String {
    if t < 1e-3 {
        format!("{:.2} µs", t * 1e6)
    } else if t < 1.0 {
        format!("{:.2} ms", t * 1e3)
    } else {
        format!("{t:.2} s")
    }
}

fn sum(values: &[f64]) -> f64 {
    big_numeric::wide(
        #[inline(always)]
        || {
            let mut lanes = [0.0; 32];
            let chunks = values.chunks_exact(32);
            let rest: f64 = chunks.remainder().iter().sum();
            for chunk in chunks {
                for l in 0..32 {
                    lanes[l] += chunk[l];
                }
            }
            rest + lanes.iter().sum::<f64>()
        },
    )
}

/// The streaming pass on one thread: every target and weight is read once and added up.
pub(crate) fn stream_one(targets: &[f64], weights: &[f64]) -> f64 {
    sum(targets) + sum(weights)
}

/// The streaming pass on all threads.
pub(crate) fn stream_all(targets: &[f64], weights: &[f64]) -> f64 {
    let of = |values: &[f64]| -> f64 {
        if values.len() < 1 << 17 {
            return sum(values);
        }
        values.par_chunks(1 << 16).map(sum).sum()
    };
    of(targets) + of(weights)
}

/// Memory in bytes: what is resident now and the most since [`forget_peak`].
pub(crate) fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name));
        let number = line.and_then(|l| l.split_whitespace().nth(1));
        number
            .and_then(|v| v.parse::<f64>().ok())
            .map_or(f64::NAN, |kib| kib * 1024.0)
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// The peak starts anew at what is resident now.
pub(crate) fn forget_peak() {
    // Where that is not allowed the peak is that of the whole run, and said to be larger than it is.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Runs something and prints by how much the peak rose above what was resident before, as a share of `input`.
pub(crate) fn memory_of<T>(name: &str, input: f64, run: impl FnOnce() -> T) -> T {
    forget_peak();
    let before = memory().0;
    let result = run();
    let extra = memory().1 - before;
    println!(
        "memory of {name}: {:.1} MB beyond the game's {:.1} MB: {:.1} %",
        extra / 1e6,
        input / 1e6,
        100.0 * extra / input
    );
    result
}

/// One line that says what this was run on.
pub(crate) fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find(|l| l.starts_with("model name"))
        .and_then(|l| l.split(':').nth(1))
        .unwrap_or("unknown processor");
    println!("{} threads,{model}", rayon::current_num_threads());
}
