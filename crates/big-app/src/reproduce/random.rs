//! Random games of every kind, small numbers often, so that ties and coincidences are common.

use big_game::action_space::ConvexSet;
use big_game::profile::Profile;
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::{Game, GameError};
use big_numeric::parallel;
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// Trials in order, in parallel; a game that could not be made or solved counts as a failure.
pub(super) fn trials<T: Send>(
    seed: u64,
    count: u64,
    one: impl Fn(&mut Dice) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    parallel::map(0..count, |trial| one(&mut Dice::new(seed, trial)))
}

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
    pub(super) fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Half the time a multiple of ¼, in [−1, 1].
    pub(super) fn number(&mut self) -> f64 {
        if self.below(2) == 0 {
            self.below(9) as f64 / 4.0 - 1.0
        } else {
            2.0 * self.share() - 1.0
        }
    }

    pub(super) fn vector(&mut self, m: usize) -> Vec<f64> {
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
        self.spec(loss, most).check()
    }

    /// Its description.
    pub(super) fn spec(&mut self, loss: Loss, most: usize) -> GameSpec<f64> {
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

    /// A game of boxes and scalar weights of both signs.
    pub(super) fn boxes(&mut self, most: usize) -> Result<Game, GameError> {
        let d = 1 + self.below(3);
        self.of_boxes(d, most)
    }

    /// The same on a line.
    pub(super) fn on_a_line(&mut self, most: usize) -> Result<Game, GameError> {
        self.of_boxes(1, most)
    }

    fn of_boxes(&mut self, d: usize, most: usize) -> Result<Game, GameError> {
        let mut builder = Game::builder().bias(self.vector(d));
        for _ in 0..1 + self.below(most) {
            let lower = self.vector(d);
            let upper = lower.iter().map(|l| l + self.size()).collect();
            let weight = self.number();
            builder = builder
                .space(SpaceSpec::Box { lower, upper })
                .influencer(weight, self.vector(d));
        }
        builder.build()
    }

    /// Positive weights and targets on the interval [−1, 1].
    pub(super) fn poll_on_a_line(&mut self, most: usize) -> Result<Game, GameError> {
        let mut builder = Game::builder()
            .space(SpaceSpec::cube(1, -1.0, 1.0))
            .bias(self.vector(1));
        for _ in 0..1 + self.below(most) {
            builder = builder.influencer(0.05 + self.number().abs(), self.vector(1));
        }
        builder.build()
    }

    /// Several who share two targets, in one box or ball: often they have a pull to share out.
    pub(super) fn crowd(&mut self) -> Result<Game, GameError> {
        let d = 1 + self.below(2);
        let space = match self.below(2) {
            0 => SpaceSpec::cube(d, -1.0, 1.0),
            _ => SpaceSpec::ball(d, 1.0),
        };
        let targets = [self.vector(d), self.vector(d)];
        let mut builder = Game::builder().space(space).bias(self.vector(d));
        for _ in 0..2 + self.below(4) {
            let weight = 0.1 + self.number().abs();
            builder = builder.influencer(weight, targets[self.below(2)].clone());
        }
        builder.build()
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
