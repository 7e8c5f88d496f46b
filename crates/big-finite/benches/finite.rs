//! Finite games: enumeration against a payoff table, alone where no table fits, and best responses.
//!
//! `cargo bench -p big-finite --bench finite [-- table|example5|plane|three|reach|line|space|highs]`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::ops::ControlFlow;
use std::time::Instant;

use big_finite::{
    Budget, Choice, EnumerateOptions, FiniteGame, FoundEquilibrium, choice::binomial,
};
use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
use chacha20::ChaCha8Rng;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use rand_core::{Rng, SeedableRng};

fn rational(numerator: i64, denominator: i64) -> Rational {
    BigRational::new(BigInt::from(numerator), BigInt::from(denominator))
}

/// Decimals in [−1, 1].
fn decimals(rng: &mut ChaCha8Rng, count: usize, d: usize, digits: u32) -> Vec<Vec<Rational>> {
    let size = 10u64.pow(digits);
    let draw = |rng: &mut ChaCha8Rng| {
        rational(
            (rng.next_u64() % (2 * size + 1)) as i64 - size as i64,
            size as i64,
        )
    };
    (0..count)
        .map(|_| (0..d).map(|_| draw(rng)).collect())
        .collect()
}

fn game(
    items: Vec<Vec<Rational>>,
    choose: usize,
    weight: Rational,
    targets: Vec<Vec<Rational>>,
) -> FiniteGame {
    let d = items[0].len();
    FiniteGame::new(FiniteSpec {
        bias: vec![rational(0, 1); d],
        sets: vec![ItemSet {
            items,
            choose,
            repeats: false,
        }],
        influencers: targets
            .into_iter()
            .map(|target| InfluencerSpec {
                cost: None,
                name: None,
                weight: WeightSpec::Scalar(weight.clone()),
                target,
                space: 0,
            })
            .collect(),
    })
    .unwrap()
}

/// A random game of `n` influencers who share a set.
fn random(seed: u64, n: usize, m: usize, k: usize, d: usize, digits: u32) -> FiniteGame {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let items = decimals(rng, m, d, digits);
    let targets = decimals(rng, n, d, digits);
    game(items, k, rational(1, n as i64), targets)
}

fn example_5(q: u32, k: usize) -> FiniteGame {
    let items = (0..q).flat_map(|j| [-1, 1].map(|sign| vec![rational(sign << j, 1)]));
    let targets = [-1, 1].map(|sign| vec![rational(sign, 8 * k as i64)]);
    game(items.collect(), k, rational(1, 2), targets.to_vec())
}

fn timed<R>(mut run: impl FnMut() -> R) -> (f64, R) {
    let start = Instant::now();
    let result = run();
    (start.elapsed().as_secs_f64(), result)
}

/// The least of some runs.
fn least<R>(runs: usize, mut run: impl FnMut() -> R) -> (f64, R) {
    let mut best = timed(&mut run);
    for _ in 1..runs {
        let next = timed(&mut run);
        if next.0 < best.0 {
            best = next;
        }
    }
    best
}

fn count(game: &FiniteGame) -> big_finite::Enumeration {
    let options = EnumerateOptions::default();
    big_finite::count(game, &options, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn list(game: &FiniteGame) -> u64 {
    let mut listed = 0;
    let mut found = |_: FoundEquilibrium<'_>| {
        listed += 1;
        ControlFlow::Continue(())
    };
    let options = EnumerateOptions::default();
    big_finite::enumerate(game, &options, &mut found, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    listed
}

/// Every pair's two losses in doubles, the least of every row and column, and who attains both within `1e-12`.
fn payoff_table(game: &FiniteGame) -> usize {
    let (m, k, d) = (game.items(0).len(), game.choose(0), game.dim());
    let mut means: Vec<Vec<f64>> = vec![Vec::new(); d];
    let items: Vec<Vec<f64>> = game
        .items(0)
        .iter()
        .map(|item| {
            item.iter()
                .map(|v| v.to_f64().unwrap() / (2 * k) as f64)
                .collect()
        })
        .collect();
    let mut choice: Vec<usize> = (0..k).collect();
    loop {
        for x in 0..d {
            means[x].push(choice.iter().map(|&a| items[a][x]).sum());
        }
        let Some(p) = (0..k).rev().find(|&p| choice[p] < m - k + p) else {
            break;
        };
        choice[p] += 1;
        for q in p + 1..k {
            choice[q] = choice[q - 1] + 1;
        }
    }
    let target: Vec<Vec<f64>> = (0..2)
        .map(|i| game.target(i).iter().map(|v| v.to_f64().unwrap()).collect())
        .collect();
    let n = means[0].len();
    let mut losses = [vec![0.0; n * n], vec![0.0; n * n]];
    for i in 0..2 {
        for u in 0..n {
            let row = &mut losses[i][u * n..(u + 1) * n];
            for x in 0..d {
                let from = means[x][u] - target[i][x];
                for (loss, v) in row.iter_mut().zip(&means[x]) {
                    *loss += (from + v) * (from + v);
                }
            }
        }
    }
    let mut columns = vec![f64::INFINITY; n];
    for row in losses[0].chunks_exact(n) {
        for (least, &loss) in columns.iter_mut().zip(row) {
            *least = f64::min(*least, loss);
        }
    }
    let mut found = 0;
    for (first, second) in losses[0].chunks_exact(n).zip(losses[1].chunks_exact(n)) {
        let least = second.iter().copied().fold(f64::INFINITY, f64::min) + 1e-12;
        for v in 0..n {
            found += usize::from(first[v] <= columns[v] + 1e-12 && second[v] <= least);
        }
    }
    found
}

fn respond(name: &str, game: &FiniteGame) {
    let start: Choice = (0..game.choose(0) as u32).collect();
    let deadline = Instant::now() + std::time::Duration::from_secs(60);
    let interrupt = || Instant::now() > deadline;
    let (seconds, best) = timed(|| {
        big_finite::best_response(
            game,
            0,
            std::slice::from_ref(&start),
            &Budget::until(&interrupt),
        )
    });
    let distance = best.loss.to_f64().unwrap().sqrt();
    let word = if best.proven { "proven" } else { "NOT PROVEN" };
    println!("{name:<40} {seconds:>9.4} s   distance {distance:.3e}   {word}");
}

/// One step of splitmix64.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An instance of the grid that `best_response_peers.py` draws as well: integer items of so many digits, and a target
/// a fifth as far out (inside the hull) or three times (outside).
fn instance(m: usize, k: usize, d: usize, digits: u32, outside: bool) -> FiniteGame {
    let size = 10i64.pow(digits);
    let mut state = (m * 1_000_000 + k * 10_000 + d * 1000) as u64
        + u64::from(digits) * 10
        + u64::from(outside);
    let mut draw = || (split_mix(&mut state) % (2 * size as u64 + 1)) as i64 - size;
    let items = (0..m).map(|_| (0..d).map(|_| rational(draw(), 1)).collect());
    let items: Vec<Vec<Rational>> = items.collect();
    let far = |v: i64| {
        if outside {
            v / 2 + size / 3 * v.signum()
        } else {
            v / 5
        }
    };
    let target = (0..d).map(|_| rational(far(draw()), 1)).collect();
    game(items, k, rational(1, 1), vec![target])
}

/// Best responses on the grid: the squared distance `‖Σ a − k t‖²`.
fn grid(seconds: f64, only: Option<&str>) {
    println!("\n# grid: instance, squared distance of the sum from k t, proven, seconds");
    for (m, k, d, digits, outside) in GRID {
        let place = if *outside { "outside" } else { "inside" };
        let name = format!("{m}-{k}-{d}-{digits}-{place}");
        if only.is_some_and(|only| !name.starts_with(only)) {
            continue;
        }
        let game = instance(*m, *k, *d, *digits, *outside);
        let start: Choice = (0..*k as u32).collect();
        let deadline = Instant::now() + std::time::Duration::from_secs_f64(seconds);
        let interrupt = || Instant::now() > deadline;
        let profile = std::slice::from_ref(&start);
        let (took, best) =
            timed(|| big_finite::best_response(&game, 0, profile, &Budget::until(&interrupt)));
        let square = best.loss * rational((k * k) as i64, 1);
        println!(
            "{name} {square} {} {took:.3}",
            if best.proven { "proven" } else { "open" }
        );
    }
}

/// `m`, `k`, `d`, digits, target outside the hull?
const GRID: &[(usize, usize, usize, u32, bool)] = &[
    (20, 5, 2, 6, false),
    (20, 10, 3, 3, false),
    (20, 10, 8, 3, true),
    (40, 10, 2, 6, true),
    (40, 20, 2, 6, false),
    (40, 20, 4, 3, false),
    (40, 12, 8, 3, true),
    (60, 20, 3, 3, false),
    (60, 20, 3, 9, false),
    (60, 20, 3, 6, true),
    (60, 30, 8, 3, false),
    (60, 30, 8, 1, false),
    (60, 3, 8, 6, false),
    (100, 30, 2, 17, false),
    (100, 10, 5, 6, false),
    (100, 30, 8, 3, true),
    (200, 60, 2, 6, false),
    (200, 60, 4, 6, false),
    (200, 60, 8, 3, false),
    (200, 20, 6, 3, false),
    (200, 60, 3, 6, true),
    (200, 10, 2, 17, false),
    (60, 30, 1, 17, false),
    (200, 8, 1, 17, false),
    (200, 10, 1, 17, false),
    (200, 12, 1, 17, false),
    (200, 60, 1, 17, false),
];

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    if asked.first().is_some_and(|part| part == "grid") {
        let seconds = asked.get(1).and_then(|v| v.parse().ok()).unwrap_or(1.0);
        grid(seconds, asked.get(2).map(String::as_str));
        return;
    }
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|a| a == part);
    if wanted("table") {
        println!(
            "\n# n = 2, C(14, 4) = 1001 choices each: enumeration against the payoff table in doubles"
        );
        for d in [1, 2, 3] {
            let game = random(d as u64, 2, 14, 4, d, 6);
            let (brute, found) = least(5, || payoff_table(&game));
            let (ours, listed) = least(5, || list(&game));
            println!(
                "d = {d}: table {:.3} ms ({found} found), ours {:.3} ms ({listed} found), ratio {:.1}",
                brute * 1e3,
                ours * 1e3,
                brute / ours
            );
        }
    }
    if wanted("example5") {
        println!("\n# Example 5: pure equilibria against C(2q, k)");
        println!(
            "{:>3} {:>3} {:>12} {:>16} {:>10} {:>9}",
            "q", "k", "C(2q, k)", "equilibria", "distinct", "seconds"
        );
        let cases = (2..=12)
            .map(|q| (q, q as usize))
            .chain([(4, 2), (8, 4), (12, 6), (20, 5)]);
        for (q, k) in cases {
            let game = example_5(q, k);
            let (seconds, all) = timed(|| count(&game));
            let subsets = binomial(2 * q as usize, k);
            println!(
                "{q:>3} {k:>3} {:>12} {:>16} {:>10} {seconds:>9.4}",
                subsets.to_string(),
                all.count.to_string(),
                all.distinct.map_or_else(String::new, |d| d.to_string())
            );
        }
        println!("and with 2.7 million distinct means (24 random items of 9 digits, 12 chosen):");
        let game = random(5, 2, 24, 12, 1, 9);
        let (seconds, all) = timed(|| count(&game));
        println!("{} equilibria, {seconds:.3} s", all.count);
    }
    if wanted("plane") {
        println!("\n# alone: C(86, 3) = 102340 distinct means each");
        for (d, digits) in [(1, 6), (2, 3), (2, 6), (2, 15), (3, 6), (8, 6)] {
            let game = random(7, 2, 86, 3, d, digits);
            let (seconds, all) = timed(|| count(&game));
            println!(
                "d = {d}, {digits} digits: {} equilibria, {seconds:.3} s",
                all.count
            );
        }
    }
    if wanted("three") {
        println!("\n# n = 3, C(14, 3) = 364 choices each (4.8e7 profiles)");
        for d in [1, 2] {
            let game = random(9, 3, 14, 3, d, 6);
            let (seconds, all) = timed(|| count(&game));
            println!("d = {d}: {} equilibria, {seconds:.3} s", all.count);
        }
    }
    if wanted("reach") {
        println!(
            "\n# enumeration of random games (6 digits, weights 1/n): what ends within a minute"
        );
        let cases = [
            (2, 86, 3, 4),
            (2, 86, 3, 6),
            (2, 86, 3, 8),
            (2, 86, 3, 12),
            (3, 14, 3, 2),
            (3, 20, 6, 1),
            (3, 20, 6, 2),
            (3, 20, 6, 3),
            (3, 20, 6, 4),
            (3, 24, 8, 2),
            (4, 16, 4, 1),
            (4, 16, 4, 2),
            (4, 16, 4, 3),
            (4, 16, 4, 4),
            (5, 16, 4, 2),
            (6, 16, 4, 2),
            (8, 16, 4, 2),
            (12, 16, 4, 2),
        ];
        for (n, m, k, d) in cases {
            let game = random(11, n, m, k, d, 6);
            let end = Instant::now() + std::time::Duration::from_secs(60);
            let mut watch = |_: big_finite::Progress<'_>| {
                if Instant::now() > end {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let (seconds, all) = timed(|| {
                big_finite::count(&game, &EnumerateOptions::default(), &mut watch).unwrap()
            });
            let word = if all.complete { "" } else { " NOT COMPLETE" };
            println!(
                "n = {n}, m = {m}, k = {k}, d = {d}: {} equilibria, {seconds:.3} s{word}",
                all.count
            );
        }
    }
    if wanted("line") {
        println!("\n# best response, d = 1");
        for m in [20, 50, 100, 200] {
            for digits in [6, 16] {
                let name = format!("m = {m}, k = 3, {digits} digits");
                respond(&name, &random(u64::from(digits), 1, m, 3, 1, digits));
            }
        }
        for k in [5, 6, 7, 20] {
            for digits in [6, 9, 12, 17] {
                let name = format!("m = 200, k = {k}, {digits} digits");
                respond(&name, &random(u64::from(digits), 1, 200, k, 1, digits));
            }
        }
    }
    if wanted("space") {
        println!("\n# best response, d > 1: targets inside the hull, and mostly outside it");
        let cases = [
            (200, 4, 2),
            (60, 6, 3),
            (60, 4, 8),
            (60, 6, 8),
            (60, 8, 8),
            (200, 5, 16),
        ];
        for (m, k, d) in cases {
            for (place, share) in [("inside", 5), ("outside", 1)] {
                let rng = &mut ChaCha8Rng::seed_from_u64(3);
                let items = decimals(rng, m, d, 6);
                let mut target = decimals(rng, 1, d, 6);
                target[0].iter_mut().for_each(|v| *v /= rational(share, 1));
                let name = format!("m = {m}, k = {k}, d = {d}, 6 digits, {place}");
                respond(&name, &game(items, k, rational(1, 1), target));
            }
        }
    }
    if wanted("highs") {
        println!("\n# the instances of best_response_highs.py: d = 1, k = 3, 9 digits");
        let size = 1_000_000_000;
        for m in [20, 50, 100, 200] {
            let items = (1..=m)
                .map(|j: i64| vec![rational(2 * ((j * j * 2_654_435_761) % size) - size, size)]);
            let target = vec![vec![rational(123_456_789, size)]];
            let game = game(items.collect(), 3, rational(1, 1), target);
            respond(&format!("m = {m}, k = 3"), &game);
        }
    }
}
