//! How often intervals of 95 % hold the truth, and how far estimates are off on the mean: the hierarchy, the joint fit and the
//! pooled fit on simulated people. The table is in docs/preference-data.md.
//!
//!     cargo bench -p big-preference --bench coverage
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/uniform/mod.rs"]
mod uniform;

use big_preference::annotators::People;
use big_preference::data::{Builder, Comparisons, Parts, Preference, Storage, Ties};
use big_preference::fit::{FitOptions, Precision, fit};
use big_preference::hierarchy::{Family, Kind, pool};
use uniform::Uniform;

/// People, and their comparisons.
struct Study {
    people: usize,
    pairs: usize,
    center: Vec<f64>,
    deviation: Vec<f64>,
    precision: f64,
}

impl Uniform {
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.next()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.next()).cos()
    }
}

fn draw(study: &Study, seed: u64) -> (Vec<Vec<f64>>, Comparisons) {
    let mut uniform = Uniform(seed);
    let d = study.center.len();
    let names = (0..study.people).map(|i| i.to_string()).collect();
    let mut builder = Builder::new(d, Storage::Double, Ties::Refuse)
        .unwrap()
        .named(names);
    let mut truth = Vec::new();
    for i in 0..study.people {
        let ideal: Vec<f64> = (0..d)
            .map(|k| study.center[k] + study.deviation[k] * uniform.normal())
            .collect();
        for _ in 0..study.pairs {
            let [a, b] = [0, 1].map(|_| (0..d).map(|_| uniform.normal()).collect::<Vec<f64>>());
            let off =
                |x: &[f64]| -> f64 { x.iter().zip(&ideal).map(|(x, t)| (x - t) * (x - t)).sum() };
            let margin = study.precision * (off(&b) - off(&a));
            let label = match uniform.next() < 1.0 / (1.0 + (-margin).exp()) {
                true => Preference::A,
                false => Preference::B,
            };
            builder.push(&a, &b, label, 1.0, Some(i as u32), 1).unwrap();
        }
        truth.push(ideal);
    }
    (truth, builder.finish())
}

fn main() {
    println!(
        "| people × pairs, d | covered: positions | centre | precision | bias of β: hierarchy | joint | pooled |"
    );
    println!("|---|---|---|---|---|---|---|");
    let one = |people, pairs, deviation: &[f64], precision| Study {
        people,
        pairs,
        center: deviation
            .iter()
            .enumerate()
            .map(|(k, _)| [0.5, -0.3, 0.2, 0.0][k])
            .collect(),
        deviation: deviation.to_vec(),
        precision,
    };
    let studies = [
        (one(20, 200, &[0.8], 1.0), 600),
        (one(100, 12, &[0.8], 1.0), 600),
        (one(60, 30, &[0.8, 0.4], 0.7), 600),
        (one(200, 12, &[0.8, 0.4, 0.2, 0.6], 0.7), 300),
        (one(40, 60, &[0.8, 0.4, 0.2, 0.6], 0.7), 600),
    ];
    let options = FitOptions {
        precision: Precision::Fit,
        ..FitOptions::default()
    };
    for (study, replicates) in studies {
        let d = study.center.len();
        let mut held = [[0usize; 2]; 3];
        let mut bias = [0.0; 3];
        let mut joints = 0;
        for seed in 0..replicates {
            let (truth, data) = draw(&study, seed);
            let parts = Parts::held(data.split()).unwrap();
            let pooled = fit(&data, &options).unwrap();
            let found = pool(
                &parts,
                Family::estimated(Kind::IdealPoints, pooled.precision),
            )
            .unwrap();
            let mut count = |kind: usize, estimate: f64, truth: f64, error: f64| {
                held[kind][0] += usize::from((estimate - truth).abs() < 1.96 * error);
                held[kind][1] += 1;
            };
            for (position, truth) in found.positions.iter().zip(&truth) {
                for k in 0..d {
                    count(0, position.point[k], truth[k], position.standard_errors[k]);
                }
            }
            for k in 0..d {
                count(
                    1,
                    found.population.center[k],
                    study.center[k],
                    found.population.center_errors[k],
                );
            }
            count(
                2,
                found.population.precision,
                study.precision,
                found.population.precision_error.unwrap(),
            );
            bias[0] += (found.population.precision / study.precision - 1.0) / replicates as f64;
            bias[2] += (pooled.precision / study.precision - 1.0) / replicates as f64;
            let joint = People::fit(&parts, Precision::Fit, pooled.precision).unwrap();
            if let (Some(beta), Some(_)) = (joint.precision, joint.precision_error) {
                bias[1] += beta / study.precision - 1.0;
                joints += 1;
            }
        }
        let share = |kind: usize| 100.0 * held[kind][0] as f64 / held[kind][1] as f64;
        println!(
            "| {} × {}, {d} | {:.1} % | {:.1} % | {:.1} % | {:+.1} % | {:+.1} % | {:+.1} % |",
            study.people,
            study.pairs,
            share(0),
            share(1),
            share(2),
            100.0 * bias[0],
            100.0 * bias[1] / f64::from(joints.max(1)),
            100.0 * bias[2]
        );
    }
}
