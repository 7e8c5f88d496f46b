//! The potential, its dual, and the gap between them: the certificate (arXiv:2502.01127, Theorem 1).
//!
//! Sums over influencers are compensated and made in blocks of fixed size, joined in order: the same bits
//! whatever the number of threads.

use big_numeric::dot;
use big_numeric::parallel;

use crate::action_space::ConvexSet;
use crate::game::Game;
use crate::profile::Profile;
use crate::spec::Loss;

/// Influencers a block.
const BLOCK: usize = 4096;

/// A vector of compensated sums (Neumaier): the error is that of one rounding.
#[derive(Clone)]
pub(crate) struct Sums {
    high: Vec<f64>,
    low: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(length: usize) -> Self {
        Self {
            high: vec![0.0; length],
            low: vec![0.0; length],
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, values: &[f64]) {
        for ((high, low), &v) in self.high.iter_mut().zip(&mut self.low).zip(values) {
            let sum = *high + v;
            let shadow = sum - *high;
            *low += (*high - (sum - shadow)) + (v - shadow);
            *high = sum;
        }
    }

    /// Adds to one of the sums.
    #[inline(always)]
    pub(crate) fn add_to(&mut self, k: usize, value: f64) {
        let sum = self.high[k] + value;
        let shadow = sum - self.high[k];
        self.low[k] += (self.high[k] - (sum - shadow)) + (value - shadow);
        self.high[k] = sum;
    }

    pub(crate) fn join(mut self, other: &Self) -> Self {
        self.add(&other.high);
        self.add(&other.low);
        self
    }

    pub(crate) fn total(&self) -> Vec<f64> {
        self.high
            .iter()
            .zip(&self.low)
            .map(|(h, l)| h + l)
            .collect()
    }
}

/// Adds up `length` numbers that `block` finds for ranges of influencers, in parallel where there are many.
pub(crate) fn sum_blocks(
    game: &Game,
    length: usize,
    block: impl Fn(std::ops::Range<usize>, &mut Sums) + Sync,
) -> Vec<f64> {
    let parts = parallel::blocks(game.influencers(), BLOCK, 4, |range| {
        let mut sums = Sums::new(length);
        block(range, &mut sums);
        sums
    });
    parts
        .iter()
        .fold(Sums::new(length), |total, part| total.join(part))
        .total()
}

/// Where the receiver lands: `r(x) = b + Σ_i W_i x_i` (eq. 1). O(n·d·m).
///
/// ```
/// use big_game::potential::receiver;
/// use big_game::profile::Profile;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let truth = Profile::from_actions(&game, [&[-0.8][..], &[-0.3]]).unwrap();
/// assert!((receiver(&game, &truth)[0] + 0.55).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn receiver(game: &Game, profile: &Profile) -> Vec<f64> {
    let d = game.dim();
    let mut r = sum_blocks(game, d, |range, sums| {
        let mut image = vec![0.0; d];
        for i in range {
            image.fill(0.0);
            game.weight(i).add_image(profile.action(i), &mut image);
            sums.add(&image);
        }
    });
    for (r, b) in r.iter_mut().zip(game.bias()) {
        *r += b;
    }
    r
}

/// The exact potential: a change of one action alters it by what the mover's loss changes by. O(n·d·m).
///
/// `Φ(x) = ‖r(x)‖² − 2 Σ_i ⟨t_i, W_i x_i⟩` (eq. 5) under the squared loss, with `Σ_i λ_i ‖x_i − h_i‖²` where lies cost (ours), `Φ(x) = −Σ_i ⟨t_i, W_i x_i⟩` under the
/// inner product (ours: `ℓ_i` and `−⟨t_i, W_i x_i⟩` differ by what the others play).
///
/// ```
/// use big_game::equilibrium::loss;
/// use big_game::potential::{potential, receiver};
/// use big_game::profile::Profile;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let profile = |first: f64| Profile::from_actions(&game, [&[first][..], &[-0.3]]).unwrap();
/// let (truth, lie) = (profile(-0.8), profile(-1.0));
/// let saved = |of: &dyn Fn(&Profile) -> f64| of(&lie) - of(&truth);
/// let by_potential = saved(&|x| potential(&game, x));
/// let by_loss = saved(&|x| loss(&game, 0, &receiver(&game, x)));
/// assert!((by_potential - by_loss).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn potential(game: &Game, profile: &Profile) -> f64 {
    let d = game.dim();
    let pulls = sum_blocks(game, 1, |range, sums| {
        let mut image = vec![0.0; d];
        for i in range {
            image.fill(0.0);
            game.weight(i).add_image(profile.action(i), &mut image);
            sums.add(&[dot(game.target(i), &image)]);
        }
    });
    match game.loss() {
        // `0.0 −` and not `−`: nobody wants to read −0.
        Loss::InnerProduct => 0.0 - pulls[0],
        Loss::SquaredEuclidean => {
            let r = receiver(game, profile);
            dot(&r, &r) - 2.0 * pulls[0] + costs_of_lying(game, profile)
        }
    }
}

/// `Σ_i λ_i ‖x_i − h_i‖²`: what all lies cost together; part of the potential, since each is the liar's own (ours).
pub fn costs_of_lying(game: &Game, profile: &Profile) -> f64 {
    if !game.has_lying_costs() {
        return 0.0;
    }
    sum_blocks(game, 1, |range, sums| {
        for i in range {
            sums.add(&[game.cost_of_lying(i, profile.action(i))]);
        }
    })[0]
}

/// The dual bound `2⟨y, b⟩ − ‖y‖² − 2 Σ_i φ_i(W_iᵀ (t_i − y)) ≤ min Φ` (ours), for the squared loss: `φ_i` is the support
/// function `h_i`, and `φ_i(g) = max_{x ∈ X_i} ⟨g, x⟩ − (λ_i/2) ‖x − h_i‖²` where lies cost. O(n) support functions or
/// projections.
pub fn dual(game: &Game, y: &[f64]) -> f64 {
    let supports = sum_blocks(game, 1, |range, sums| {
        let mut pull = Pull::new(game, y);
        for i in range {
            let space = game.space(i);
            let g = pull.of(i);
            let Some(honest) = game.honest(i) else {
                sums.add(&[space.support(g)]);
                continue;
            };
            let factor = game.lying_cost(i);
            let wanted: Vec<f64> = g.iter().zip(honest).map(|(g, h)| h + g / factor).collect();
            let mut x = vec![0.0; g.len()];
            space.project(&wanted, &mut x);
            sums.add(&[dot(g, &x) - 0.5 * game.cost_of_lying(i, &x)]);
        }
    });
    2.0 * dot(y, game.bias()) - dot(y, y) - 2.0 * supports[0]
}

/// The gap `Φ(x) − dual(y) = ‖r(x) − y‖² + 2 Σ_i (h_i(g_i) − ⟨g_i, x_i⟩)`, `g_i = W_iᵀ (t_i − y)`, for the squared
/// loss (ours): a sum of non-negative terms, so that it is accurate when it is tiny.
///
/// Expand `‖r‖² − 2⟨y, b⟩ + ‖y‖²` with `b = r − Σ W_i x_i`: it is `‖r − y‖² + 2 Σ ⟨y, W_i x_i⟩`, and the rest collects
/// to `−⟨g_i, x_i⟩`. Both `Φ` in `r` and the dual in `y` are strongly convex, so the gap is at least
/// `‖r(x) − r*‖² + ‖y − r*‖²`.
///
/// ```
/// use big_game::potential::{dual, gap, potential};
/// use big_game::profile::Profile;
/// # use big_game::Game;
/// # use big_game::spec::SpaceSpec;
/// // Example 1 of the paper, both on one side.
/// let game = Game::builder()
///     .space(SpaceSpec::cube(1, -1.0, 1.0))
///     .influencer(0.5, [-0.8])
///     .influencer(0.5, [-0.3])
///     .build()?;
/// let profile = Profile::from_actions(&game, [&[-1.0][..], &[0.4]]).unwrap();
/// // A proof for this profile: no potential is lower.
/// assert!(gap(&game, &profile, &[-0.3]) < 1e-30);
/// assert!((potential(&game, &profile) - dual(&game, &[-0.3])).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gap(game: &Game, profile: &Profile, y: &[f64]) -> f64 {
    let r = receiver(game, profile);
    let square: f64 = r.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum();
    square + 2.0 * shortfalls(game, profile, y)
}

/// `Σ_i (h_i(g_i) − ⟨g_i, x_i⟩)`, and `Σ_i (φ_i(g_i) − ⟨g_i, x_i⟩ + (λ_i/2) ‖x_i − h_i‖²)` where lies cost.
pub(crate) fn shortfalls(game: &Game, profile: &Profile, y: &[f64]) -> f64 {
    sum_blocks(game, 1, |range, sums| {
        let mut pull = Pull::new(game, y);
        for i in range {
            let x = profile.action(i);
            let short = match game.honest(i) {
                None => game.space(i).shortfall(pull.of(i), x),
                Some(_) => Priced::default().of(game, i, pull.of(i), x),
            };
            sums.add(&[short]);
        }
    })[0]
}

/// What influencer `i`, whom lies cost something, falls short of, and how it came to be.
#[derive(Default)]
pub(crate) struct Priced {
    /// `q = h_i + g / λ_i`, what it would say without bounds.
    pub(crate) wanted: Vec<f64>,
    /// `p`, the point of its set nearest to that: its answer to the pull `g`.
    pub(crate) answer: Vec<f64>,
    normal: Vec<f64>,
}

impl Priced {
    /// `φ_i(g) − ⟨g, x⟩ + (λ/2) ‖x − h‖² = (h_X(v) − ⟨v, x⟩) + (λ/2) ‖x − p‖²`, `v = λ (q − p)` normal to the set at `p`
    /// (ours): non-negative terms, accurate when tiny. One projection and one support function.
    ///
    /// For any `p` whatever, with `v = g − λ (p − h)`, the right-hand side is an upper bound: a point that is not quite the
    /// projection proves less, never too much.
    pub(crate) fn of(&mut self, game: &Game, i: usize, g: &[f64], x: &[f64]) -> f64 {
        let (space, factor) = (game.space(i), game.lying_cost(i));
        self.wanted.clear();
        match game.honest(i) {
            Some(honest) => {
                let wanted = g.iter().zip(honest).map(|(g, h)| h + g / factor);
                self.wanted.extend(wanted);
            }
            None => self.wanted.extend_from_slice(x),
        }
        self.answer.resize(x.len(), 0.0);
        space.project(&self.wanted, &mut self.answer);
        self.normal.clear();
        let normal = self.wanted.iter().zip(&self.answer);
        self.normal.extend(normal.map(|(q, p)| factor * (q - p)));
        let apart: f64 = self
            .answer
            .iter()
            .zip(x)
            .map(|(p, x)| (x - p) * (x - p))
            .sum();
        let short = if apart == 0.0 {
            0.0
        } else {
            space.shortfall(&self.normal, x)
        };
        short + 0.5 * factor * apart
    }
}

/// Computes `g_i = W_iᵀ (t_i − y)` without allocating for each influencer.
pub(crate) struct Pull<'a> {
    game: &'a Game,
    y: &'a [f64],
    gap: Vec<f64>,
    g: Vec<f64>,
}

impl<'a> Pull<'a> {
    pub(crate) fn new(game: &'a Game, y: &'a [f64]) -> Self {
        Self {
            game,
            y,
            gap: vec![0.0; game.dim()],
            g: Vec::new(),
        }
    }

    pub(crate) fn of(&mut self, i: usize) -> &[f64] {
        let target = self.game.target(i);
        for (o, (t, v)) in self.gap.iter_mut().zip(target.iter().zip(self.y)) {
            *o = t - v;
        }
        self.g.resize(self.game.space(i).dim(), 0.0);
        self.game.weight(i).pull_back(&self.gap, &mut self.g);
        &self.g
    }
}
