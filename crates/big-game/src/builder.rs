//! Games written down in a program, influencer by influencer.

use crate::game::{Game, GameError};
use crate::spec::{CostSpec, GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};

impl Game {
    /// A game, to be described influencer by influencer.
    ///
    /// ```
    /// use big_game::spec::SpaceSpec;
    /// use big_game::{Game, solve};
    ///
    /// // Example 1 of arXiv:2502.01127: both want the receiver to the left of the middle.
    /// let game = Game::builder()
    ///     .space(SpaceSpec::cube(1, -1.0, 1.0))
    ///     .influencer(0.5, [-0.8])
    ///     .influencer(0.5, [-0.3])
    ///     .build()?;
    /// let equilibrium = solve(&game, &Default::default())?;
    /// assert_eq!(equilibrium.receiver, [-0.3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> GameBuilder {
        GameBuilder {
            spec: GameSpec {
                coalitions: Vec::new(),
                loss: Loss::default(),
                bias: Vec::new(),
                spaces: Vec::new(),
                influencers: Vec::new(),
            },
        }
    }
}

/// A game that is being described; see [`Game::builder`]. Nothing is checked before [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use = "a description is no game before it is built"]
pub struct GameBuilder {
    spec: GameSpec<f64>,
}

impl GameBuilder {
    /// The action space of the influencers that follow, until another one is given.
    ///
    /// ```
    /// use big_game::Game;
    /// use big_game::spec::SpaceSpec;
    ///
    /// let game = Game::builder()
    ///     .space(SpaceSpec::cube(2, -1.0, 1.0))
    ///     .influencer(0.5, [0.3, 0.1])
    ///     .space(SpaceSpec::ball(2, 1.0))
    ///     .influencer(0.5, [-0.3, 0.4])
    ///     .named("round")
    ///     .build()?;
    /// assert_eq!((game.influencers(), game.dim()), (2, 2));
    /// assert_eq!(game.name(1), "round");
    /// # Ok::<(), big_game::GameError>(())
    /// ```
    pub fn space(mut self, space: SpaceSpec<f64>) -> Self {
        self.spec.spaces.push(space);
        self
    }

    /// One more influencer: how its action moves the receiver (a number `w_i`, or the rows of a `d × m` matrix `W_i`), and
    /// where it wants the receiver (length `d`).
    pub fn influencer(
        mut self,
        weight: impl Into<WeightSpec<f64>>,
        target: impl Into<Vec<f64>>,
    ) -> Self {
        self.spec.influencers.push(InfluencerSpec {
            cost: None,
            name: None,
            weight: weight.into(),
            target: target.into(),
            space: self.spec.spaces.len().saturating_sub(1),
        });
        self
    }

    /// The name of the influencer that was added last; without one it is called by its number, from 1.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        if let Some(last) = self.spec.influencers.last_mut() {
            last.name = Some(name.into());
        }
        self
    }

    /// What lying costs the influencer that was added last: `lying_cost ‖x − h‖²` on top of its loss, `h` its honest action
    /// (the truthful one unless it is [given](Self::honest)).
    pub fn lying_cost(mut self, lying_cost: f64) -> Self {
        if let Some(last) = self.spec.influencers.last_mut() {
            let honest = last.cost.take().and_then(|cost| cost.honest);
            last.cost = Some(CostSpec { lying_cost, honest });
        }
        self
    }

    /// What the influencer that was added last would honestly say (length `m`), in its action space.
    pub fn honest(mut self, honest: impl Into<Vec<f64>>) -> Self {
        if let Some(last) = self.spec.influencers.last_mut() {
            let lying_cost = last.cost.take().map_or(0.0, |cost| cost.lying_cost);
            last.cost = Some(CostSpec {
                lying_cost,
                honest: Some(honest.into()),
            });
        }
        self
    }

    /// Where the receiver lands by itself, `b` (length `d`); zeros unless it is given.
    pub fn bias(mut self, bias: impl Into<Vec<f64>>) -> Self {
        self.spec.bias = bias.into();
        self
    }

    /// What influencers minimise; the squared Euclidean distance unless it is given.
    pub fn loss(mut self, loss: Loss) -> Self {
        self.spec.loss = loss;
        self
    }

    /// Checks the description.
    ///
    /// # Errors
    /// The first thing that is wrong, and where; the place's indices count influencers and spaces in the order in which they
    /// were added.
    ///
    /// ```
    /// use big_game::{Game, Place};
    /// use big_game::spec::SpaceSpec;
    ///
    /// let short = Game::builder()
    ///     .space(SpaceSpec::cube(2, -1.0, 1.0))
    ///     .influencer(0.5, [0.3, 0.1])
    ///     .influencer(0.5, [0.3]);
    /// assert_eq!(short.build().unwrap_err().place, Place::Target(1));
    /// ```
    pub fn build(mut self) -> Result<Game, GameError> {
        if self.spec.bias.is_empty()
            && let Some(first) = self.spec.influencers.first()
        {
            self.spec.bias = vec![0.0; first.target.len()];
        }
        self.spec.check()
    }
}

impl SpaceSpec<f64> {
    /// The box `lower ≤ x ≤ upper` with the same bounds in each of `dim` coordinates.
    pub fn cube(dim: usize, lower: f64, upper: f64) -> Self {
        Self::Box {
            lower: vec![lower; dim],
            upper: vec![upper; dim],
        }
    }

    /// The Euclidean ball around the origin of `R^dim`.
    pub fn ball(dim: usize, radius: f64) -> Self {
        Self::Ball {
            center: vec![0.0; dim],
            radius,
        }
    }

    /// The ball of the `l1` norm around the origin of `R^dim`: for `dim` 2 the diamond of the paper's Examples 3 and 4.
    pub fn l1_ball(dim: usize, radius: f64) -> Self {
        Self::L1Ball {
            center: vec![0.0; dim],
            radius,
        }
    }

    /// The probability simplex of `R^dim`.
    pub fn simplex(dim: usize) -> Self {
        Self::Simplex { dim, scale: 1.0 }
    }
}

impl From<f64> for WeightSpec<f64> {
    fn from(weight: f64) -> Self {
        Self::Scalar(weight)
    }
}

impl From<Vec<Vec<f64>>> for WeightSpec<f64> {
    fn from(rows: Vec<Vec<f64>>) -> Self {
        Self::Matrix(rows)
    }
}
