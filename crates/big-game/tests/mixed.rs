//! Mixed games with ties and shared targets: several round sets at their kinks at once, in up to five dimensions.

// Tests may panic.
#![allow(clippy::unwrap_used)]

mod common;

use big_game::action_space::ConvexSet;
use big_game::equilibrium::{Cardinality, Equilibrium, Method, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, SolveOptions, solve};

/// SplitMix64: the same games on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Between −`size` and `size`; a multiple of ¼ in a game of `grid` numbers.
    fn number(&mut self, size: f64, grid: bool) -> f64 {
        let value = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let value = size * (2.0 * value - 1.0);
        if grid {
            (4.0 * value).round() / 4.0
        } else {
            value
        }
    }

    fn vector(&mut self, m: usize, size: f64, grid: bool) -> Vec<f64> {
        (0..m).map(|_| self.number(size, grid)).collect()
    }
}

/// A positive definite matrix `B Bᵀ + I`, of whole numbers on the grid.
fn shape(random: &mut Random, m: usize, grid: bool) -> Vec<Vec<f64>> {
    let b: Vec<Vec<f64>> = (0..m)
        .map(|_| {
            let row = random.vector(m, 1.5, grid);
            if grid {
                row.iter().map(|v| v.round()).collect()
            } else {
                row
            }
        })
        .collect();
    let dot = |i: usize, j: usize| -> f64 { (0..m).map(|k| b[i][k] * b[j][k]).sum() };
    let entry = |i: usize, j: usize| dot(i, j) + f64::from(u8::from(i == j));
    (0..m)
        .map(|i| (0..m).map(|j| entry(i.max(j), i.min(j))).collect())
        .collect()
}

fn space(random: &mut Random, m: usize, grid: bool, round: bool) -> SpaceSpec<f64> {
    let kind = if round {
        random.below(2)
    } else {
        random.below(7)
    };
    let center = random.vector(m, 2.0, grid);
    let size = random.number(1.0, grid).abs() + 0.25;
    match kind {
        0 => SpaceSpec::Ellipsoid {
            center: if random.below(3) == 0 {
                vec![0.0; m]
            } else {
                center
            },
            shape: shape(random, m, grid),
        },
        1 => SpaceSpec::Ball {
            center,
            radius: size,
        },
        2 => SpaceSpec::Box {
            upper: center.iter().map(|c| c + size).collect(),
            lower: center,
        },
        3 => SpaceSpec::L1Ball {
            center,
            radius: size,
        },
        4 => SpaceSpec::Simplex {
            dim: m,
            scale: size,
        },
        5 => SpaceSpec::Vertices(
            (0..2 + random.below(6))
                .map(|_| random.vector(m, 2.0, grid))
                .collect(),
        ),
        _ => {
            let mut a: Vec<Vec<f64>> = Vec::new();
            let mut b = Vec::new();
            for k in 0..m {
                for sign in [1.0, -1.0] {
                    a.push((0..m).map(|j| if j == k { sign } else { 0.0 }).collect());
                    b.push(random.number(1.0, grid).abs() + 0.25);
                }
            }
            for _ in 0..random.below(4) {
                a.push(random.vector(m, 2.0, true));
                b.push(random.number(1.0, grid).abs() + 0.5);
            }
            SpaceSpec::Halfspaces { a, b }
        }
    }
}

fn weight(random: &mut Random, d: usize, m: usize) -> WeightSpec<f64> {
    if m == d && random.below(4) > 0 {
        return WeightSpec::Scalar(match random.below(12) {
            0 => 0.0,
            1 | 2 => -0.5,
            3 => random.number(1.0, false),
            4..=6 => 1.0,
            _ => 0.5,
        });
    }
    let grid = random.below(2) == 0;
    let mut rows: Vec<Vec<f64>> = (0..d).map(|_| random.vector(m, 1.0, grid)).collect();
    if random.below(4) == 0 {
        rows[d - 1] = rows[0].clone();
    }
    WeightSpec::Matrix(rows)
}

/// A game in `d` dimensions (of the number of `seed`, where none is given).
fn game(seed: u64, d: Option<usize>) -> GameSpec<f64> {
    let mut random = Random(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ 0x5DEE_CE66);
    let d = d.unwrap_or(1 + random.below(5));
    let grid = random.below(4) > 0;
    let scalar = random.below(3) > 0;
    let n = 1 + random.below(8);
    let mostly_round = random.below(2) == 0;
    let common: Vec<Vec<f64>> = (0..2).map(|_| random.vector(d, 3.0, grid)).collect();
    let (mut spaces, mut influencers) = (Vec::new(), Vec::<InfluencerSpec<f64>>::new());
    let mut dims = Vec::new();
    for i in 0..n {
        if i > 0 && random.below(8) == 0 {
            // The same influencer twice.
            let twin = influencers[random.below(i)].clone();
            influencers.push(twin);
            continue;
        }
        let again = !dims.is_empty() && random.below(4) == 0;
        let space_of = if again {
            random.below(dims.len())
        } else {
            dims.len()
        };
        if !again {
            let m = if scalar || random.below(3) > 0 {
                d
            } else {
                1 + random.below(4)
            };
            spaces.push(space(&mut random, m, grid, mostly_round));
            dims.push(m);
        }
        influencers.push(InfluencerSpec {
            cost: None,
            name: None,
            weight: if scalar && dims[space_of] == d && random.below(5) > 0 {
                WeightSpec::Scalar([0.5, 1.0, -0.5, 0.25][random.below(4)])
            } else {
                weight(&mut random, d, dims[space_of])
            },
            target: if random.below(2) == 0 {
                common[random.below(2)].clone()
            } else {
                random.vector(d, 3.0, grid)
            },
            space: space_of,
        });
    }
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: if random.below(2) == 0 {
            vec![0.0; d]
        } else {
            random.vector(d, 1.0, grid)
        },
        spaces,
        influencers,
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y) * (x - y))
        .sum::<f64>()
        .sqrt()
}

/// `b + Σ W x`, added up plainly.
fn landing(game: &Game, answer: &Equilibrium) -> Vec<f64> {
    let mut r = game.bias().to_vec();
    for i in 0..game.influencers() {
        game.weight(i).add_image(answer.actions.action(i), &mut r);
    }
    r
}

/// What was seen over many games.
#[derive(Debug, Default)]
struct Seen {
    games: usize,
    unfinished: Vec<u64>,
    conic: Vec<u64>,
    blunt: Vec<u64>,
    dull: Vec<u64>,
    /// Games whose reference proves nothing.
    mute: usize,
    wrong: Vec<String>,
    widest: f64,
}

impl Seen {
    /// Was every statement right and every game solved, by its own solver and to rounding, and hardly one without a witness?
    fn good(&self) -> bool {
        let none = self.unfinished.is_empty() && self.conic.is_empty() && self.dull.is_empty();
        none && self.wrong.is_empty() && self.mute <= self.games / 40
    }

    fn expect(&mut self, seed: u64, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(format!("game {seed}: {}", what()));
        }
    }
}

/// Solves a game and checks everything that is said of it; conclusions that are no errors are counted.
fn check(seed: u64, game: &Game, seen: &mut Seen) {
    let answer = solve(game, &SolveOptions::default()).unwrap();
    let unit = game.scale() + answer.receiver.iter().map(|v| v.abs()).sum::<f64>();
    let bound = answer.certificate.receiver_error_bound;
    seen.games += 1;
    if !answer.certificate.holds() {
        seen.unfinished.push(seed);
        return;
    }
    if answer.method == Method::Reference {
        seen.conic.push(seed);
    }
    if bound > 1e-13 * unit {
        seen.blunt.push(seed);
    }
    if bound > 1e-11 * unit {
        seen.dull.push(seed);
    }
    seen.widest = seen.widest.max(bound / unit);
    let away = distance(&landing(game, &answer), &answer.receiver);
    seen.expect(seed, away <= 16.0 * f64::EPSILON * unit, || {
        format!("the receiver is {away:e} from its actions")
    });
    let options = SolveOptions {
        method: Method::Reference,
        ..SolveOptions::default()
    };
    let reference = solve(game, &options).unwrap();
    let apart = distance(&answer.receiver, &reference.receiver);
    let allowed = bound + reference.certificate.receiver_error_bound;
    // A reference that proves nothing of itself is no witness, but for its bound.
    let witness = reference.certificate.holds();
    seen.mute += usize::from(!witness);
    seen.expect(
        seed,
        apart <= allowed && (!witness || apart <= 1e-3 * unit),
        || format!("{apart:e} from the reference, {allowed:e} allowed"),
    );
    let assessment = assess(game, &answer.actions);
    for i in 0..game.influencers() {
        let x = answer.actions.action(i);
        let (lower, upper) = answer.action_range(i);
        let far = distance(game.target(i), &answer.receiver);
        let regret = assessment.regrets[i];
        let errors = 1e-14 * (unit + far) * (unit + far);
        seen.expect(
            seed,
            regret <= 2.0 * answer.certificate.duality_gap + errors,
            || {
                format!(
                    "{i} gains {regret:e}, the gap is {:e}",
                    answer.certificate.duality_gap
                )
            },
        );
        seen.expect(
            seed,
            game.space(i).contains(x, 1e-13 * (1.0 + unit)),
            || format!("{i} is outside its set"),
        );
        seen.expect(
            seed,
            (0..x.len()).all(|k| lower[k] <= x[k] && x[k] <= upper[k]),
            || format!("{i} is outside its range"),
        );
        let wins = answer.winners.contains(&i);
        seen.expect(
            seed,
            !wins || far <= bound && !game.weight(i).is_zero(),
            || format!("{i} wins from {far:e}, the bound is {bound:e}"),
        );
    }
    let unique = answer.cardinality == Cardinality::Unique;
    seen.expect(seed, unique == (answer.dimension == Some(0)), || {
        "unique, and of a dimension".into()
    });
}

fn many(seeds: std::ops::Range<u64>, d: Option<usize>) -> Seen {
    let mut seen = Seen::default();
    for seed in seeds {
        check(seed, &common::checked(game(seed, d)), &mut seen);
    }
    seen
}

#[test]
fn receivers_are_those_of_the_actions_and_of_the_reference() {
    let seen = many(0..1500, None);
    assert!(seen.good(), "{seen:?}");
}

#[test]
fn round_sets_in_three_dimensions_share_kinks() {
    let seen = many(10_000..11_500, Some(3));
    assert!(seen.good(), "{seen:?}");
}

/// As many games as `BIG_GAMES` says, from the seed `BIG_SEED` on.
#[test]
#[ignore = "for long runs by hand"]
fn long_run() {
    let read = |name: &str| std::env::var(name).ok().and_then(|v| v.parse().ok());
    let (games, from): (u64, u64) = (
        read("BIG_GAMES").unwrap_or(1000),
        read("BIG_SEED").unwrap_or(0),
    );
    let d = read("BIG_DIMENSION").map(|d: u64| d as usize);
    let seen = many(from..from + games, d);
    assert!(seen.good(), "{seen:?}");
}

/// Whoever hardly moves the receiver may do anything that others can make up for, however little that is.
#[test]
fn next_to_nothing_is_free_as_a_whole() {
    let target = [0.25, 0.25];
    let corner = |radius| SpaceSpec::L1Ball {
        center: vec![-0.75, -0.75],
        radius,
    };
    for small in [1e-6, 1e-8, 1e-10, 1e-12, -1e-12] {
        let game = Game::builder()
            .space(corner(0.25))
            .influencer(0.5, target)
            .influencer(0.001, target)
            .space(SpaceSpec::cube(2, -1.0, 1.0))
            .influencer(1.0, target)
            .space(SpaceSpec::ball(2, 1.75))
            .influencer(0.5, target)
            .space(SpaceSpec::cube(2, -1.0, -0.5))
            .influencer(small, target)
            .build()
            .unwrap();
        let found = solve(&game, &SolveOptions::default()).unwrap();
        assert_eq!(found.cardinality, Cardinality::Infinite);
        let last = found.free.iter().find(|f| f.influencer == 4).unwrap();
        assert_eq!(last.lower, [-1.0, -1.0], "{small}");
        assert_eq!(last.upper, [-0.5, -0.5], "{small}");
    }
}
