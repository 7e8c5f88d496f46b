//! Growth in the dimension: the whole certified answer for a few influencers, every set, up to as many dimensions as its
//! description permits.
//!
//! `cargo bench -p big-game --bench dimension [-- --quick] [SECTION]`, sections: vectors, matrices, ellipsoids.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark prints, and stops where it is wrong

mod common;

use std::time::Instant;

use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};
use common::games::{Dice, Kind, game};
use common::{quick, wanted};

/// Solves until a tenth of a second is spent, three times at least; the least time in seconds, and the error bound as a
/// share of the game's scale: `None` where the answer is not proved.
fn timed(game: &Game) -> (f64, Option<f64>) {
    let (mut least, mut spent, mut rounds) = (f64::INFINITY, 0.0, 0);
    let mut error = None;
    while rounds < 3 || (spent < 0.1 && rounds < 1000) {
        let start = Instant::now();
        let answer = std::hint::black_box(solve(game, &SolveOptions::default()).unwrap());
        let time = start.elapsed().as_secs_f64();
        (least, spent, rounds) = (f64::min(least, time), spent + time, rounds + 1);
        let proof = &answer.certificate;
        error = (proof.holds()).then(|| proof.receiver_error_bound / game.scale());
        if spent > 5.0 {
            break;
        }
    }
    (least, error)
}

/// One row a dimension: the time, the time by the numbers of the input, the growth of the time since the last row against
/// that of the input.
fn table(title: &str, dims: &[usize], input: impl Fn(usize) -> usize, of: impl Fn(usize) -> Game) {
    println!("\n{title}");
    println!(
        "{:>7} {:>12} {:>14} {:>16} {:>9}",
        "d", "time", "ns a number", "time : input", "error ≤"
    );
    let mut last: Option<(f64, usize)> = None;
    for &d in dims {
        if quick() && d > 128 {
            break;
        }
        let (time, error) = timed(&of(d));
        let size = input(d);
        let growth = last.map_or(String::new(), |(before, smaller)| {
            format!("{:.2}", (time / before) / (size as f64 / smaller as f64))
        });
        let each = 1e9 * time / size as f64;
        let error = error.map_or("unfinished".into(), |error| format!("{error:.0e}"));
        println!(
            "{d:>7} {:>9.3} ms {each:>14.1} {growth:>16} {error:>9}",
            1e3 * time
        );
        last = Some((time, size));
    }
}

/// A random ellipsoid, all axes between ½ and 2.
fn shape(d: usize, dice: &mut Dice) -> Vec<Vec<f64>> {
    // D + v vᵀ is positive definite whatever v is.
    let v: Vec<f64> = (0..d).map(|_| dice.normal() / (d as f64).sqrt()).collect();
    let mut rows: Vec<Vec<f64>> = v
        .iter()
        .map(|a| v.iter().map(|b| a * b).collect())
        .collect();
    for (k, row) in rows.iter_mut().enumerate() {
        row[k] += 0.25 + 3.0 * dice.unit();
    }
    rows
}

/// `n` influencers with ellipsoids: all the same, or each its own.
fn ellipsoids(n: usize, d: usize, common: bool) -> Game {
    let mut dice = Dice(7);
    let count = if common { 1 } else { n };
    let spaces = (0..count)
        .map(|_| SpaceSpec::Ellipsoid {
            center: vec![0.0; d],
            shape: shape(d, &mut dice),
        })
        .collect();
    let influencers = (0..n)
        .map(|i| InfluencerSpec {
            cost: None,
            name: None,
            weight: WeightSpec::Scalar((0.5 + dice.unit()) / n as f64),
            target: (0..d)
                .map(|_| 0.5 / (d as f64).sqrt() + dice.normal())
                .collect(),
            space: if common { 0 } else { i },
        })
        .collect();
    let spec = GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0; d],
        spaces,
        influencers,
    };
    spec.check().unwrap()
}

fn main() {
    common::machine();
    if wanted("vectors") {
        for kind in [Kind::Box, Kind::Ball, Kind::L1, Kind::Simplex] {
            for n in [2, 50] {
                let title = format!("{}, n = {n}", kind.name());
                let dims = [2, 8, 32, 128, 512, 2048, 10_000, 100_000];
                table(
                    &title,
                    &dims[..if n == 2 { 8 } else { 7 }],
                    |d| n * d,
                    |d| game(kind, n, d, None, 6),
                );
            }
        }
    }
    if wanted("matrices") {
        let dims = [2, 4, 8, 12];
        table(
            "polytope of d + 4 half-spaces, n = 8",
            &dims,
            |d| 8 * d + (d + 4) * d,
            |d| game(Kind::Polytope, 8, d, None, 6),
        );
    }
    if wanted("ellipsoids") {
        let dims = [2, 4, 8, 16, 32, 64, 128, 256, 512];
        for (n, common) in [(2, true), (200, true), (8, false)] {
            let what = if common { "one shape" } else { "a shape each" };
            let shapes = if common { 1 } else { n };
            table(
                &format!("ellipsoid, n = {n}, {what}"),
                &dims,
                |d| n * d + shapes * d * d,
                |d| ellipsoids(n, d, common),
            );
        }
    }
}
