//! Random games, the same for the same seed.

use big_game::Game;
use big_game::spec::{Loss, SpaceSpec};

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// The sets of the benchmarks, in `d` dimensions.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `[−1, 1]^d`.
    Box,
    /// The unit ball.
    Ball,
    /// The l1 ball of radius `d / 4`.
    L1,
    /// The simplex of scale 4.
    Simplex,
    /// A polytope of `d + 4` facets.
    Polytope,
    /// An ellipsoid with half-axes between ½ and 1½, turned a little.
    Ellipsoid,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::Ball => "ball",
            Self::L1 => "l1 ball",
            Self::Simplex => "simplex",
            Self::Polytope => "polytope",
            Self::Ellipsoid => "ellipsoid",
        }
    }

    pub(crate) fn spec(self, d: usize) -> SpaceSpec<f64> {
        match self {
            Self::Box => SpaceSpec::Box {
                lower: vec![-1.0; d],
                upper: vec![1.0; d],
            },
            Self::Ball => SpaceSpec::Ball {
                center: vec![0.0; d],
                radius: 1.0,
            },
            Self::L1 => SpaceSpec::L1Ball {
                center: vec![0.0; d],
                radius: d as f64 / 4.0,
            },
            Self::Simplex => SpaceSpec::Simplex { dim: d, scale: 4.0 },
            Self::Ellipsoid => {
                // A diagonal and a rank-one term: positive definite.
                let axis = |k: usize| 0.5 + (k as f64 + 0.5) / d as f64;
                let turn = |k: usize| 0.3 * ((k % 5) as f64 - 2.0) / (d as f64).sqrt();
                let entry = |k: usize, l: usize| {
                    let square = if k == l { axis(k) * axis(k) } else { 0.0 };
                    square + turn(k) * turn(l)
                };
                SpaceSpec::Ellipsoid {
                    center: vec![0.0; d],
                    shape: (0..d)
                        .map(|k| (0..d).map(|l| entry(k, l)).collect())
                        .collect(),
                }
            }
            Self::Polytope => {
                // A corner at −1, closed by Σ x ≤ d / 4, with three oblique cuts: d + 4 facets.
                let mut a: Vec<Vec<f64>> = Vec::new();
                let mut b = Vec::new();
                for k in 0..d {
                    let mut row = vec![0.0; d];
                    row[k] = -1.0;
                    a.push(row);
                    b.push(1.0);
                }
                a.push(vec![1.0; d]);
                b.push(d as f64 / 4.0);
                for cut in 0..3 {
                    a.push(
                        (0..d)
                            .map(|k| ((k * 7 + cut * 5) % 8) as f64 - 3.0)
                            .collect(),
                    );
                    b.push(d as f64 / 2.0);
                }
                SpaceSpec::Halfspaces { a, b }
            }
        }
    }
}

/// Weights between `½/n` and `1½/n`; targets normal around a point off the origin: `eps` times as far from it as
/// usual, where `eps` is given. The receiver lands among the targets: everybody together could carry it further.
pub(crate) fn game(kind: Kind, n: usize, d: usize, eps: Option<f64>, seed: u64) -> Game {
    let mut dice = Dice(seed);
    let weights: Vec<f64> = (0..n).map(|_| (0.5 + dice.unit()) / n as f64).collect();
    let centre = match kind {
        Kind::Simplex => 4.0 / d as f64,
        _ => 0.5 / (d as f64).sqrt(),
    };
    let spread = eps.unwrap_or(1.0);
    let targets: Vec<f64> = (0..n * d)
        .map(|_| centre + spread * dice.normal())
        .collect();
    Game::from_columns(
        Loss::SquaredEuclidean,
        vec![0.0; d],
        &kind.spec(d),
        weights,
        targets,
        Vec::new(),
    )
    .unwrap()
}
