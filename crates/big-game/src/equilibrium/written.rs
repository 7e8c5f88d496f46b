//! The checker's pass over actions as they are written: what they add up to and who does not play its maximiser is seen
//! while a block of them is still in the cache, so that nobody's action is read again but of those few.

use std::ops::Range;

use big_numeric::norm;
use big_numeric::parallel;

use super::certify::{Proof, Proved, conclude, prove};
use super::landing::Landing;
use super::uniform::{Part, Uniform};
use crate::game::Game;
use crate::potential::Sums;
use crate::profile::{Profile, rows_together};

/// From so many numbers on several threads write.
const PARALLEL: usize = 1 << 15;

/// Has everybody's action written and proves what [`prove`] does, with the dual point `y`. `write` is given influencers
/// and room for their actions, one after the other.
///
/// Where everybody has the same box or ball and a scalar weight, one pass does it all. Among balls the regret is then a
/// bound, and the gap is that at `y`.
pub(super) fn prove_written(
    game: &Game,
    y: &[f64],
    write: &(dyn Fn(Range<usize>, &mut [f64]) + Sync),
) -> (Profile, Proved) {
    let uniform = Uniform::new(game, y);
    let see = |rows: Range<usize>, actions: &[f64]| Some(uniform.as_ref()?.see(rows, actions));
    let (profile, parts) = written_and_seen(game, write, see);
    let joined = uniform.zip(parts).and_then(|(uniform, parts)| {
        let joined = Joined::of(game, parts);
        let few = joined.exceptional.len() <= game.influencers() / 8 + rows_together(game.dim());
        (few && uniform.reaches(&joined.landing.receiver)).then_some(joined)
    });
    let proved = match joined {
        Some(joined) => joined.prove(game, &profile, y),
        None => prove(game, &profile, Some(y)),
    };
    (profile, proved)
}

/// Has everybody's action written, and looks at each block of rows while it is in the cache; `None` beside the actions where nothing is
/// seen of some.
pub(super) fn written_and_seen<P: Send>(
    game: &Game,
    write: &(dyn Fn(Range<usize>, &mut [f64]) + Sync),
    see: impl Fn(Range<usize>, &[f64]) -> Option<P> + Sync,
) -> (Profile, Option<Vec<P>>) {
    let mut profile = Profile::zeros(game);
    let d = game.dim();
    let rows = rows_together(d);
    let one = |(block, actions): (usize, &mut [f64])| {
        let first = block * rows;
        let range = first..first + actions.len() / d;
        write(range.clone(), actions);
        see(range, actions)
    };
    let values = profile.values_mut();
    // All are written, whatever is seen.
    let parts: Vec<Option<P>> = if values.len() < PARALLEL {
        values.chunks_mut(rows * d).enumerate().map(one).collect()
    } else {
        parallel::map(values.chunks_mut(rows * d).enumerate(), one)
    };
    (profile, parts.into_iter().collect())
}

/// All blocks together.
struct Joined {
    landing: Landing,
    missing: f64,
    short: f64,
    shortest: f64,
    bend: f64,
    exceptional: Vec<usize>,
}

impl Joined {
    fn of(game: &Game, parts: Vec<Part>) -> Self {
        let d = game.dim();
        let mut sums = Sums::new(d + 1);
        let mut plain = Sums::new(3);
        let (mut shortest, mut bend, mut wish) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut exceptional = Vec::new();
        for mut part in parts {
            sums = sums.join(&part.landing);
            plain.add(&[part.missing, part.short, part.weight]);
            shortest = shortest.max(part.shortest);
            bend = bend.max(part.bend);
            wish = wish.max(part.wish);
            exceptional.append(&mut part.exceptional);
        }
        let plain = plain.total();
        Self {
            landing: Landing::from_sums(game, &sums, plain[2] * game.diameter(0), wish),
            missing: plain[0],
            short: plain[1],
            shortest,
            bend,
            exceptional,
        }
    }

    fn prove(self, game: &Game, profile: &Profile, y: &[f64]) -> Proved {
        let d = game.dim();
        let r = &self.landing.receiver;
        let away: Vec<f64> = r.iter().zip(y).map(|(r, y)| r - y).collect();
        let away = norm(&away);
        // Everybody's maximisers at y: what is played, but for the exceptional.
        let mut others = Sums::new(d);
        let mut image = vec![0.0; d];
        for &i in &self.exceptional {
            image.fill(0.0);
            game.weight(i).add_image(profile.action(i), &mut image);
            image.iter_mut().for_each(|x| *x = -*x);
            others.add(&image);
        }
        let landing: Vec<f64> = r.iter().zip(game.bias()).map(|(r, b)| r - b).collect();
        others.add(&landing);
        let mut proof = Proof::of(game, profile, r, y, &self.exceptional, &others.total());
        if self.short > 0.0 || self.bend > 0.0 {
            // ‖u − v‖ at r is at most ‖u − v‖ at y and 2 ‖r − y‖ / ‖t − y‖; the lengths of the pulls differ by an eighth.
            proof.at_receiver = f64::INFINITY;
            proof.at_dual += self.short;
            let bound = 5.0 * self.shortest + 9.0 * (away * away) * self.bend;
            proof.regret = proof.regret.max(bound);
            proof.missing = self.missing;
        }
        conclude(game, profile, &self.landing, &proof, y)
    }
}
