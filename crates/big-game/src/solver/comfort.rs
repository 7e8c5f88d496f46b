//! Games whose numbers are of very different sizes, in numbers that are comfortable to calculate with.
//!
//! The general solvers square what they are given and compare it with rounding errors. Four changes, each undone in
//! the answer, keep their numbers near 1, whatever a game is measured in:
//!
//! - a background far larger than the influencers' reach becomes the origin;
//! - lengths are measured in a power of two near the game's scale;
//! - a weight far from 1 gives its binary order to its action set, `w x = (w 2⁻ᵉ) (2ᵉ x)`;
//! - who cannot move the receiver by as much as its rounding error is left out of the search, and plays its best action
//!   where the others put the receiver.

use big_numeric::{norm, times_power_of_two};

use crate::action_space::{ActionSpace, ConvexSet, Face};
use crate::equilibrium::{Cardinality, FreeInfluencer};
use crate::game::{Frame, Game, Rescaled};
use crate::profile::Profile;
use crate::solver::solved::Solved;
use crate::weight::Weight;

/// Lengths and weights between `2^-8` and `2^8` are left as they are: a conic program is solved to absolute errors, and a range over
/// the set of equilibria rests on it.
const COMFORTABLE: i32 = 8;
/// Targets up to this many units away too.
const NEAR: f64 = 1e30;
/// A background beyond this many times the influencers' reach becomes the origin.
const OFFSET: f64 = 1024.0;
/// All who are left out move the receiver by less than this share of its scale together.
const NEGLIGIBLE: f64 = 1.0 / (1_u64 << 56) as f64;
/// Pulls whose difference over a face is below this share of the numbers that they come from may be tied.
const DOUBTFUL: f64 = 1e-12;

/// A game in comfortable numbers.
pub(super) struct Comfort {
    /// The influencers that count; none where nobody moves the receiver.
    pub(super) game: Option<Game>,
    power: i32,
    kept: Vec<Rescaled>,
    /// Those that cannot move the receiver, in increasing order.
    small: Vec<usize>,
    /// Where they put the receiver, each at some member of its set.
    others: Vec<f64>,
    /// What was taken off the receiver's positions.
    origin: Vec<f64>,
}

impl Comfort {
    /// `None` for a game that is comfortable as it is. O(n).
    pub(super) fn of(game: &Game) -> Option<Self> {
        let n = game.influencers();
        let extents: Vec<f64> = game.spaces().iter().map(ActionSpace::extent).collect();
        let reach: f64 = (0..n)
            .map(|i| game.weight(i).norm_bound() * extents[game.space_index(i)])
            .sum();
        let centred = reach > 0.0 && norm(game.bias()) > OFFSET * reach;
        let origin = if centred {
            game.bias().to_vec()
        } else {
            vec![0.0; game.dim()]
        };
        let scale = if centred { reach } else { game.scale() };
        let unit = if scale > 0.0 { scale } else { 1.0 };
        let power = unit.log2().round() as i32;
        let negligible = NEGLIGIBLE * (unit / n as f64);
        let wish = game.targets().iter().fold(0.0_f64, |w, t| w.max(t.abs()));
        let mut plain = !centred && power.abs() <= COMFORTABLE && wish / NEAR <= unit;
        let (mut kept, mut small) = (Vec::new(), Vec::new());
        for i in 0..n {
            let size = game.weight(i).norm_bound();
            let width = game.diameter(i);
            let order = if size > 0.0 {
                size.log2().floor() as i32
            } else {
                0
            };
            let exponent = if order.abs() > COMFORTABLE { order } else { 0 };
            plain &= exponent == 0;
            // The product of two tiny numbers is 0 as a double. Single points are as good as any set.
            if size > 0.0 && width > 0.0 && size * width < negligible {
                small.push(i);
            } else {
                kept.push(Rescaled {
                    influencer: i,
                    exponent,
                });
            }
        }
        if plain && small.is_empty() {
            return None;
        }
        let mut others = vec![0.0; game.dim()];
        for &i in &small {
            let mut x = vec![0.0; game.space(i).dim()];
            game.space(i).maximiser(&vec![0.0; x.len()], &mut x);
            game.weight(i).add_image(&x, &mut others);
        }
        let frame = Frame {
            origin: centred.then_some(origin.as_slice()),
            others: (!small.is_empty()).then_some(others.as_slice()),
            scale,
        };
        Some(Self {
            game: (!kept.is_empty()).then(|| game.rescaled(power, &kept, &frame)),
            power,
            kept,
            small,
            others,
            origin,
        })
    }

    /// The answer for the game that counts, put into the old units, with the actions of those who were left out.
    /// `None` stands for the answer of nobody.
    pub(super) fn back(&self, original: &Game, solved: Option<Solved>) -> Solved {
        let stretched = |values: &mut [f64], power: i32| {
            values
                .iter_mut()
                .for_each(|v| *v = times_power_of_two(*v, power));
        };
        let mut answer = Solved {
            receiver: original
                .bias()
                .iter()
                .zip(&self.others)
                .map(|(b, v)| b + v)
                .collect(),
            actions: Profile::zeros(original),
            cardinality: Cardinality::Unique,
            dimension: Some(0),
            winners: Vec::new(),
            free: Vec::new(),
            passes: 1,
        };
        if let Some(mut found) = solved {
            stretched(&mut found.receiver, self.power);
            answer.receiver = found
                .receiver
                .iter()
                .zip(&self.origin)
                .map(|(r, o)| r + o)
                .collect();
            answer.cardinality = found.cardinality;
            answer.dimension = found.dimension;
            answer.passes = found.passes;
            answer.winners = found
                .winners
                .iter()
                .map(|&j| self.kept[j].influencer)
                .collect();
            for (j, of) in self.kept.iter().enumerate() {
                let x = answer.actions.action_mut(of.influencer);
                x.copy_from_slice(found.actions.action(j));
                stretched(x, self.power - of.exponent);
            }
            for mut free in found.free {
                let of = self.kept[free.influencer];
                free.influencer = of.influencer;
                stretched(&mut free.lower, self.power - of.exponent);
                stretched(&mut free.upper, self.power - of.exponent);
                answer.free.push(free);
            }
        }
        for &i in &self.small {
            self.respond(original, i, &mut answer);
        }
        answer.winners.sort_unstable();
        answer.free.sort_by_key(|f| f.influencer);
        answer
    }

    /// Lets an influencer that cannot move the receiver play its best action. Where several are as good up to rounding
    /// errors, how many equilibria there are stays open.
    fn respond(&self, game: &Game, i: usize, answer: &mut Solved) {
        let (space, target) = (game.space(i), game.target(i));
        let y = &answer.receiver;
        let size = target
            .iter()
            .chain(y)
            .fold(game.scale(), |s, v| s.max(v.abs()));
        // Near 1, whatever the numbers are: only the direction matters.
        let shift = if size > 0.0 {
            -(size.log2().floor() as i32)
        } else {
            0
        };
        let gap: Vec<f64> = target
            .iter()
            .zip(y)
            .map(|(t, v)| times_power_of_two(t - v, shift))
            .collect();
        let mut g = vec![0.0; space.dim()];
        let norm_bound = match game.weight(i) {
            Weight::Scalar(w) => {
                for (g, v) in g.iter_mut().zip(&gap) {
                    *g = v * w.signum();
                }
                1.0
            }
            Weight::Matrix(w) => {
                let mut matrix = w.clone();
                matrix.times_power_of_two(-(norm(w.entries()).log2().floor() as i32));
                let weight = Weight::Matrix(&matrix);
                weight.pull_back(&gap, &mut g);
                weight.norm_bound()
            }
        };
        space.maximiser(&g, answer.actions.action_mut(i));
        // Who wants what a winner wants wins, whatever the last digit of the receiver is.
        let won = |&j: &usize| game.target(j) == target;
        if gap.iter().all(|&v| v == 0.0) || answer.winners.iter().any(won) {
            answer.winners.push(i);
        }
        let tolerance = DOUBTFUL * norm_bound * (gap.len() as f64).sqrt();
        let largest = g.iter().fold(0.0_f64, |s, v| s.max(v.abs()));
        let bounds = if largest <= tolerance {
            // Everything may be as good; in many dimensions the vertices of everything are too many to list.
            Some(space.bounding_box())
        } else {
            match space.exposed_face(&g, tolerance) {
                Face::Point(_) => return,
                face => face.bounds(),
            }
        };
        answer
            .free
            .extend(bounds.map(|(lower, upper)| FreeInfluencer {
                influencer: i,
                lower,
                upper,
            }));
        if answer.cardinality == Cardinality::Unique {
            answer.cardinality = Cardinality::Unknown;
        }
        answer.dimension = None;
    }
}
