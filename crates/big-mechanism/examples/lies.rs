//! Random lies to the rule that plays the battle for its voters, on boxes, where truth is proved best: how many pay?
//!
//! `cargo run --release -p big-mechanism --example lies -- 10000000 [SEED]` prints how many lies were told, how many moved the outcome, how many
//! gained beyond rounding, and the most that any gained; it fails if one did.

use std::io::Write;
use std::process::ExitCode;

use big_game::Game;
use big_game::spec::SpaceSpec;
use big_mechanism::{Poll, Rule};

/// Lies told in one game.
const EACH: u64 = 100;
/// A gain below this share of the loss and of the reports' size is rounding.
const ROUNDING: f64 = 1e-12;

/// Numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [-size, size]; every fourth on a grid, so that there are ties.
    fn within(&mut self, size: f64) -> f64 {
        let word = self.next();
        let unit = (word >> 11) as f64 / (1_u64 << 53) as f64;
        let v = size * (2.0 * unit - 1.0);
        if word & 3 == 0 {
            (4.0 * v).round() / 4.0
        } else {
            v
        }
    }
}

/// How many lies of one game moved the outcome, how many gained, and the most.
fn game(random: &mut Random) -> Result<(u64, u64, f64), Box<dyn std::error::Error>> {
    let d = 1 + (random.next() % 3) as usize;
    let n = 1 + (random.next() % 6) as usize;
    let mut builder = Game::builder().space(SpaceSpec::cube(d, -1.0, 1.0));
    let bias: Vec<f64> = (0..d).map(|_| random.within(0.5)).collect();
    builder = builder.bias(bias);
    for _ in 0..n {
        let target: Vec<f64> = (0..d).map(|_| random.within(2.0)).collect();
        builder = builder.influencer(random.within(1.0).abs() + 0.01, target);
    }
    let game = builder.build()?;
    let poll = Poll::of(&game)?;
    let mut reports = game.targets().to_vec();
    let honest = Rule::RegularizedMedian.outcome(&poll, &reports)?;
    let loss = |i: usize, r: &[f64]| -> f64 {
        r.iter()
            .zip(game.target(i))
            .map(|(r, t)| (r - t) * (r - t))
            .sum()
    };
    let (mut moved, mut gained, mut most) = (0, 0, 0.0_f64);
    for _ in 0..EACH {
        let i = (random.next() % n as u64) as usize;
        let told: Vec<f64> = (0..d).map(|_| random.within(4.0)).collect();
        reports[i * d..(i + 1) * d].copy_from_slice(&told);
        let reached = Rule::RegularizedMedian.outcome(&poll, &reports)?;
        reports[i * d..(i + 1) * d].copy_from_slice(game.target(i));
        moved += u64::from(reached != honest);
        let gain = loss(i, &honest) - loss(i, &reached);
        most = most.max(gain);
        gained += u64::from(gain > ROUNDING * (loss(i, &honest) + 1.0));
    }
    Ok((moved, gained, most))
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let lies: u64 = arguments.next().unwrap_or("100000".into()).parse()?;
    let seed: u64 = arguments.next().unwrap_or("1".into()).parse()?;
    let mut random = Random(seed);
    let (mut moved, mut gained, mut most) = (0, 0, 0.0_f64);
    let games = lies.div_ceil(EACH);
    for _ in 0..games {
        let (there, more, gain) = game(&mut random)?;
        moved += there;
        gained += more;
        most = most.max(gain);
    }
    writeln!(
        std::io::stdout(),
        "{} lies in {games} games: {moved} moved the outcome, {gained} gained beyond rounding, the most {most:e}",
        games * EACH
    )?;
    Ok(if gained == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
