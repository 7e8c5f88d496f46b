//! Random games of every kind, small numbers often, so that ties and coincidences are common.

use big_game::action_space::ConvexSet;
use big_game::profile::Profile;
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, GameError};
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A source of random games and profiles.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The source for trial number `trial`.
    pub(super) fn new(seed: u64, trial: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(trial);
        Self(rng)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    /// Uniform on [0, 1).
    fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Half the time a multiple of ¼, in [−1, 1].
    fn number(&mut self) -> f64 {
        if self.below(2) == 0 {
            self.below(9) as f64 / 4.0 - 1.0
        } else {
            2.0 * self.share() - 1.0
        }
    }

    fn vector(&mut self, m: usize) -> Vec<f64> {
        (0..m).map(|_| self.number()).collect()
    }

    fn size(&mut self) -> f64 {
        [1.0, 0.5, 0.25 + self.share()][self.below(3)]
    }

    fn space(&mut self, m: usize) -> SpaceSpec<f64> {
        match self.below(6) {
            0 => {
                let lower = self.vector(m);
                let upper = lower.iter().map(|l| l + self.size()).collect();
                SpaceSpec::Box { lower, upper }
            }
            1 => SpaceSpec::Ball {
                center: self.vector(m),
                radius: self.size(),
            },
            2 => SpaceSpec::L1Ball {
                center: self.vector(m),
                radius: self.size(),
            },
            3 => SpaceSpec::Simplex {
                dim: m,
                scale: self.size(),
            },
            4 => {
                let (center, v, ridge) = (self.vector(m), self.vector(m), 0.1 + self.share());
                let entry = |i: usize, j: usize| v[i] * v[j] + if i == j { ridge } else { 0.0 };
                let shape = (0..m)
                    .map(|i| (0..m).map(|j| entry(i, j)).collect())
                    .collect();
                SpaceSpec::Ellipsoid { center, shape }
            }
            _ => SpaceSpec::Vertices((0..1 + self.below(5)).map(|_| self.vector(m)).collect()),
        }
    }

    fn weight(&mut self, d: usize, m: usize) -> WeightSpec<f64> {
        if d == m && self.below(2) == 0 {
            WeightSpec::Scalar(self.number())
        } else {
            WeightSpec::Matrix((0..d).map(|_| self.vector(m)).collect())
        }
    }

    /// A game with up to `most` influencers.
    pub(super) fn game(&mut self, loss: Loss, most: usize) -> Result<Game, GameError> {
        let d = 1 + self.below(3);
        let n = 1 + self.below(most);
        let mut spaces = Vec::new();
        let mut influencers = Vec::new();
        for space in 0..n {
            let m = if self.below(2) == 0 {
                d
            } else {
                1 + self.below(3)
            };
            spaces.push(self.space(m));
            influencers.push(InfluencerSpec {
                cost: None,
                name: None,
                weight: self.weight(d, m),
                target: self.vector(d),
                space,
            });
        }
        GameSpec {
            coalitions: Vec::new(),
            loss,
            bias: self.vector(d),
            spaces,
            influencers,
        }
        .check()
    }

    /// A game of scalar weights that are not zero, and distinct targets: what Theorem 4 asks for.
    pub(super) fn distinct(&mut self, most: usize) -> Result<Game, GameError> {
        let d = 1 + self.below(3);
        let mut influencers: Vec<InfluencerSpec<f64>> = Vec::new();
        let mut spaces = Vec::new();
        for _ in 0..1 + self.below(most) {
            let target = self.vector(d);
            if influencers.iter().all(|i| i.target != target) {
                let weight = self.number();
                influencers.push(InfluencerSpec {
                    cost: None,
                    name: None,
                    weight: WeightSpec::Scalar(if weight == 0.0 { 0.5 } else { weight }),
                    target,
                    space: spaces.len(),
                });
                spaces.push(self.space(d));
            }
        }
        let bias = self.vector(d);
        GameSpec {
            coalitions: Vec::new(),
            loss: Loss::SquaredEuclidean,
            bias,
            spaces,
            influencers,
        }
        .check()
    }

    /// A feasible profile.
    pub(super) fn profile(&mut self, game: &Game) -> Profile {
        let mut profile = Profile::zeros(game);
        for i in 0..game.influencers() {
            let wish: Vec<f64> = (0..game.space(i).dim())
                .map(|_| 2.0 * self.number())
                .collect();
            game.space(i).project(&wish, profile.action_mut(i));
        }
        profile
    }
}
