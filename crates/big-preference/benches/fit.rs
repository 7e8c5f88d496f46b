//! Fits, simulation and best responses, timed.
//!
//!     cargo bench -p big-preference --bench fit       # or: ... --bench fit -- fit|simulate|respond
//!     python crates/big-preference/benches/fit.py     # the fits beside NumPy's Newton and SciPy's L-BFGS, in one run
//!
//! Prints least and median of several runs, in seconds of wall clock; `RAYON_NUM_THREADS` says on how many cores.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use big_game::action_space::ActionSpace;
use big_game::spec::SpaceSpec;
use big_preference::data::Comparisons;
use big_preference::fit::{FitOptions, fit};
use big_preference::likelihood::Model;
use big_preference::play::{Play, PlayOptions};
use big_preference::receiver::Mle;
use big_preference::simulate::{Labeller, Responses, Simulation, SimulationSpec};

fn simulation(dim: usize, ideals: &[f64], pairs: usize) -> Simulation {
    SimulationSpec {
        dim,
        labellers: ideals
            .iter()
            .enumerate()
            .map(|(i, ideal)| Labeller {
                name: (i + 1).to_string(),
                pairs,
                ideal: (0..dim)
                    .map(|k| ideal * (k as f64 + 1.0).cos() / (dim as f64).sqrt())
                    .collect(),
            })
            .collect(),
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision: 1.0,
        seed: 1,
    }
    .check()
    .unwrap()
}

/// The processor time of this process so far, on Linux; else 0.
fn cpu_seconds() -> f64 {
    let ticks = std::fs::read_to_string("/proc/self/stat").map_or(0.0, |stat| {
        let after = stat.rsplit(')').next().unwrap_or("");
        let fields: Vec<&str> = after.split_whitespace().collect();
        let field = |k: usize| fields.get(k).and_then(|f| f.parse().ok()).unwrap_or(0.0);
        field(11) + field(12)
    });
    ticks / 100.0
}

/// Timings of several runs.
struct Timed<T> {
    /// Seconds of wall clock, in increasing order.
    seconds: Vec<f64>,
    /// The mean processor time of a run.
    cpu: f64,
    /// The last result.
    last: T,
}

impl<T> Timed<T> {
    fn least(&self) -> f64 {
        self.seconds[0]
    }

    fn median(&self) -> f64 {
        self.seconds[self.seconds.len() / 2]
    }
}

fn timed<T>(runs: usize, mut f: impl FnMut() -> T) -> Timed<T> {
    let mut seconds = Vec::new();
    let mut last = None;
    let cpu = cpu_seconds();
    for _ in 0..runs {
        let begun = Instant::now();
        let result = f();
        seconds.push(begun.elapsed().as_secs_f64());
        last = Some(result);
    }
    seconds.sort_by(f64::total_cmp);
    Timed {
        seconds,
        cpu: (cpu_seconds() - cpu) / runs as f64,
        last: last.unwrap(),
    }
}

/// Passes over the memory of the rows: what no fit can undercut.
fn stream(data: &Comparisons) -> f64 {
    timed(5, || {
        data.blocks()
            .map(|block| match block.values() {
                big_preference::data::Floats::Double(v) => {
                    let (chunks, _) = v.as_chunks::<8>();
                    let mut sums = [0.0; 8];
                    for chunk in chunks {
                        for (s, x) in sums.iter_mut().zip(chunk) {
                            *s += x;
                        }
                    }
                    sums.iter().sum::<f64>()
                }
                big_preference::data::Floats::Single(v) => v.iter().map(|x| f64::from(*x)).sum(),
            })
            .sum::<f64>()
    })
    .least()
}

fn main() {
    // An argument names the part to run.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let runs = |part: &str| wanted.is_empty() || wanted.iter().any(|w| w == part);
    println!("threads {}", rayon::current_num_threads());
    if runs("fit") {
        fits();
    }
    if runs("simulate") {
        labels();
    }
    if runs("respond") {
        best_response();
    }
}

fn fits() {
    for (dim, runs) in [(16, 15), (128, 9)] {
        let data = simulation(dim, &[1.0], 1_000_000)
            .draw()
            .remove(0)
            .into_comparisons();
        let read = stream(&data);
        let fits = timed(runs, || fit(&data, &FitOptions::default()).unwrap());
        // What benches/fit.py reads.
        println!(
            "fit N = 1e6, d = {dim}: least {:.4} s, median {:.4} s, CPU {:.4} s",
            fits.least(),
            fits.median(),
            fits.cpu,
        );
        let found = fits.last;
        println!(
            "    {} passes; one thread reads the rows in {read:.4} s; gradient {:.1e}",
            found.passes, found.gradient_norm
        );
        let far = vec![0.0; dim];
        let options = FitOptions {
            start: Some(&far),
            ..FitOptions::default()
        };
        let plain = timed(1, || fit(&data, &options).unwrap());
        let reference = &plain.last;
        let error: f64 = found
            .theta
            .iter()
            .zip(&reference.theta)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        let errors = |fit: &big_preference::fit::Fit| fit.standard_errors.clone().unwrap();
        let relative: f64 = errors(&found)
            .iter()
            .zip(&errors(reference))
            .map(|(a, b)| (a / b - 1.0).abs())
            .fold(0.0, f64::max);
        println!(
            "    Newton from 0, a Hessian every step: {:.4} s; the two differ by {error:.1e}, their standard errors by \
             {relative:.1e} of themselves",
            plain.least()
        );
    }
}

fn labels() {
    let labels = 20_000_000;
    let one = simulation(1, &[0.3], labels);
    let mut drawn = timed(9, || one.draw());
    println!(
        "draw and label d = 1: {:.1} million labels/s, median {:.1}, {:.1} ns CPU a label",
        labels as f64 / drawn.least() / 1e6,
        labels as f64 / drawn.median() / 1e6,
        drawn.cpu / labels as f64 * 1e9
    );
    let mut ideal = 0.3;
    let again = timed(9, || {
        ideal = -ideal;
        drawn.last[0].relabel(&[ideal])
    });
    println!(
        "label again d = 1: {:.1} million labels/s, median {:.1}",
        labels as f64 / again.least() / 1e6,
        labels as f64 / again.median() / 1e6
    );
}

fn best_response() {
    let targets = vec![vec![-0.2], vec![0.3]];
    let spaces = [ActionSpace::new(&SpaceSpec::Box {
        lower: vec![-1.0],
        upper: vec![1.0],
    })
    .unwrap()];
    let pairs = SimulationSpec {
        labellers: targets
            .iter()
            .enumerate()
            .map(|(i, ideal)| Labeller {
                name: i.to_string(),
                pairs: 1000,
                ideal: ideal.clone(),
            })
            .collect(),
        ..simulation(1, &[0.3], 1).spec().clone()
    }
    .check()
    .unwrap();
    let mut receiver = Mle::new(pairs.draw(), Model::ideal_point(1.0), None);
    let turns = timed(200, || {
        let mut play = Play::new(
            &mut receiver,
            &targets,
            &spaces,
            None,
            PlayOptions::default(),
        )
        .unwrap();
        play.turn().unwrap();
        play.state().evaluations
    });
    println!(
        "one best response, 2 × 1000 pairs: {:.3} ms, median {:.3} ms ({} refits)",
        turns.least() * 1e3,
        turns.median() * 1e3,
        turns.last
    );
}
