//! Where a profile puts the receiver, and what is seen on the way: one pass.

use std::ops::Range;

use big_numeric::parallel;
use big_numeric::{dot, wide};

use crate::game::Game;
use crate::potential::Sums;
use crate::profile::Profile;

/// Influencers a block; blocks are joined in order, so that the threads do not matter.
const BLOCK: usize = 4096;
/// Influencers a task, of what takes longer.
const FACES: usize = 64;

/// Maps blocks of influencers, in parallel where there are many.
pub(super) fn blocks<T: Send>(n: usize, one: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    parallel::blocks(n, BLOCK, 4, one)
}

/// What there is to say of each influencer, where that takes longer than a sum: exposed faces.
pub(super) fn of_each<T: Send>(n: usize, one: impl Fn(usize) -> Option<T> + Sync) -> Vec<T> {
    let some = |some: Range<usize>| some.filter_map(&one).collect::<Vec<T>>();
    let parts = parallel::blocks(n, FACES, 1, some);
    parts.into_iter().flatten().collect()
}

/// Where a profile puts the receiver, and what is seen on the way.
pub(super) struct Landing {
    pub(super) receiver: Vec<f64>,
    /// `Σ_i ⟨t_i, W_i x_i⟩`.
    pub(super) pull: f64,
    /// `Σ_i ‖W_i‖ diam(X_i)`: how far the receiver can be moved.
    pub(super) spread: f64,
    /// The largest coordinate of a target.
    pub(super) wish: f64,
}

impl Landing {
    pub(super) fn of(game: &Game, profile: &Profile) -> Self {
        let d = game.dim();
        let one = |range: Range<usize>| {
            let mut sums = Sums::new(d + 1);
            let (mut spread, mut wish) = (0.0, 0.0_f64);
            wide(
                #[inline(always)]
                || {
                    let mut terms = vec![0.0; d + 1];
                    for i in range.clone() {
                        let (x, target, weight) =
                            (profile.action(i), game.target(i), game.weight(i));
                        let image = &mut terms[..d];
                        image.fill(0.0);
                        weight.add_image(x, image);
                        let pull = dot(target, image);
                        terms[d] = pull;
                        sums.add(&terms);
                        spread += weight.norm_bound() * game.diameter(i);
                        wish = target.iter().fold(wish, |w, t| w.max(t.abs()));
                    }
                },
            );
            (sums, spread, wish)
        };
        let (mut total, mut far, mut most) = (Sums::new(d + 1), 0.0, 0.0_f64);
        for (sums, spread, wish) in blocks(game.influencers(), one) {
            total = total.join(&sums);
            far += spread;
            most = most.max(wish);
        }
        Self::from_sums(game, &total, far, most)
    }

    /// From `Σ W_i x_i` with the pull as one more sum.
    pub(super) fn from_sums(game: &Game, sums: &Sums, spread: f64, wish: f64) -> Self {
        let mut receiver = sums.total();
        let pull = receiver.pop().unwrap_or(0.0);
        let shift = receiver.iter_mut().zip(game.bias());
        shift.for_each(|(r, b)| *r += b);
        Self {
            receiver,
            pull,
            spread,
            wish,
        }
    }
}
