//! Everything else, mixed freely: an exact active-set method on the `d`-dimensional dual.
//!
//! The dual `D(y) = ½‖y − b‖² + Σ_i h_i(W_iᵀ (t_i − y))` is strongly convex. Its polyhedral part is handled
//! exactly by `active` (finite on polytopes); balls and ellipsoids are norms, smooth but for their kinks,
//! and are handled by Newton's method with the polyhedral part exact in every step, and by pinning the
//! influencer whose kink the step crosses (a winner). A pass costs one support function an influencer.

mod active;
mod atoms;
mod basis;
pub(crate) mod metric;
mod round;

use active::{Active, Blocks};
use metric::Metric;
use round::Round;

use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::profile::Profile;
use crate::weight::norm;

/// What the solver found: a profile, and the dual point that goes with it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where the receiver lands (length `d`).
    pub y: Vec<f64>,
    /// The actions.
    pub actions: Profile,
    /// Passes over the influencers.
    pub passes: usize,
}

/// Passes over all members of one polyhedral problem before giving up on it.
const SWEEPS: usize = 200;
/// Newton steps before giving up.
const NEWTON_STEPS: usize = 100;
/// A stretch below this share of what it is the difference of is a rounding error.
const KINK: f64 = 1e-13;
/// Above this number of members the start comes from a sample of an eighth of them.
const SAMPLE_ABOVE: usize = 2000;

/// Solves a game with squared loss. `None` when some polytope's vertices are too many to list.
pub fn solve(game: &Game) -> Option<Found> {
    let blocks = Blocks::new(game)?;
    let mut passes = 0.0;
    let start = warm_start(&blocks, &mut passes)?;
    let solution = Newton::new(&blocks).run(&start, &mut passes);
    let mut actions = Profile::zeros(game);
    for i in 0..game.influencers() {
        // Idle influencers are truthful; single points and round sets at their kink start from here too. Those who
        // play atoms are written below.
        let space = game.space(i);
        let round = matches!(space, ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_));
        if !round && !game.weight(i).is_zero() {
            continue;
        }
        let target = (game.space(i).dim() == game.dim()).then(|| game.target(i));
        let origin = vec![0.0; game.space(i).dim()];
        game.space(i)
            .project(target.unwrap_or(&origin), actions.action_mut(i));
    }
    blocks.write_actions(&solution.active, &mut actions);
    solution.write_rounds(&blocks, &mut actions);
    Some(Found {
        y: solution.active.y,
        actions,
        passes: passes.ceil() as usize,
    })
}

/// A point near the solution: the solution of a sample, each of whose members stands for many.
fn warm_start(blocks: &Blocks<'_>, passes: &mut f64) -> Option<Vec<f64>> {
    let n = blocks.len();
    if n <= SAMPLE_ABOVE {
        return Some(blocks.game.bias().to_vec());
    }
    // A stride that shares no factor with n would meet periodic inputs; a hash of the stratum does not.
    let strata = n / 8;
    let members: Vec<u32> = (0..strata)
        .map(|s| {
            let hash = (s as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            let (from, to) = (s * n / strata, (s + 1) * n / strata);
            blocks.members[from + hash as usize % (to - from)]
        })
        .collect();
    let factor = blocks.factor * n as f64 / strata as f64;
    let sample = Blocks::subset(blocks.game, members, factor)?;
    let start = warm_start(&sample, passes)?;
    let mut spent = 0.0;
    let solution = Newton::new(&sample).run(&start, &mut spent);
    *passes += spent * strata as f64 / n as f64;
    Some(solution.active.y)
}

/// Newton's method on the dual, the polyhedral part exact.
struct Newton<'a, 'b> {
    blocks: &'b Blocks<'a>,
    rounds: Vec<Round<'a>>,
    /// `b` plus the images of the round members' centres.
    base: Vec<f64>,
    scale: f64,
}

/// Round members that were let go from their kink, while the position is still there.
struct Loose {
    members: Vec<usize>,
    /// How far off the kink the model expects them, as a share of the numbers involved.
    stretch: f64,
}

struct Solution<'a> {
    active: Active,
    rounds: Vec<Round<'a>>,
}

impl Solution<'_> {
    fn write_rounds(&self, blocks: &Blocks<'_>, actions: &mut Profile) {
        for round in &self.rounds {
            let x = actions.action_mut(blocks.influencer(round.member));
            match self
                .active
                .pinned()
                .iter()
                .find(|p| p.member == round.member)
            {
                Some(pinned) => round.write_offset(&pinned.offset(), pinned.depth(), x),
                None => round.write_action(&round.stretch(blocks.game, &self.active.y), x),
            }
        }
    }
}

impl<'a, 'b> Newton<'a, 'b> {
    fn new(blocks: &'b Blocks<'a>) -> Self {
        let game = blocks.game;
        let rounds: Vec<Round<'a>> = (0..blocks.len())
            .filter_map(|member| Round::of(game, member, blocks.influencer(member)))
            .collect();
        let mut centers = vec![0.0; game.dim()];
        for round in &rounds {
            round.add_center(game, &mut centers);
        }
        // Single points (balls of radius 0) are no round sets and have no atoms: their image is fixed.
        for member in (0..blocks.len()).filter(|&member| blocks.is_round(member)) {
            if rounds.binary_search_by_key(&member, |r| r.member).is_err() {
                let i = blocks.influencer(member);
                let mut point = vec![0.0; game.space(i).dim()];
                game.space(i).maximiser(&vec![0.0; point.len()], &mut point);
                game.weight(i).add_image(&point, &mut centers);
            }
        }
        let base = game
            .bias()
            .iter()
            .zip(&centers)
            .map(|(b, c)| b + blocks.factor * c)
            .collect();
        Self {
            blocks,
            rounds,
            base,
            scale: game.unit(),
        }
    }

    fn run(self, start: &[f64], passes: &mut f64) -> Solution<'a> {
        let d = self.base.len();
        let (mut active, watch) = self.blocks.start_at(start);
        if self.rounds.is_empty() {
            let (spent, _) = self.blocks.minimise(
                &mut active,
                Some(watch),
                &Metric::identity(d),
                &self.base,
                SWEEPS,
            );
            *passes += spent;
            return Solution {
                active,
                rounds: self.rounds,
            };
        }
        let mut value = self.dual(&active.y);
        let mut loose = Loose {
            members: Vec::new(),
            stretch: 1.0,
        };
        for _ in 0..NEWTON_STEPS {
            let from = active.y.clone();
            let mut trial = active.clone();
            self.pin_at_kink(&mut trial, &from, &loose.members);
            let (mut next, mut reached) = self.advance(trial, &from, value, &mut loose, passes);
            let unpinned = next.clone();
            for member in self.crossed(&next, &from, &loose.members) {
                let mut pinned = unpinned.clone();
                self.pin(&mut pinned, member);
                let (other, at) = self.advance(pinned, &from, value, &mut loose, passes);
                // Beside others its kink may be out of reach: then it is not pinned, whatever the dual.
                if at < reached && self.at_kink(member, &other.y) {
                    (next, reached) = (other, at);
                }
            }
            let moved = distance(&next.y, &from);
            active = next;
            let noise = 1e-15 * (value.abs() + self.scale * self.scale);
            let stalled = value - reached <= noise;

            value = reached.min(value);
            if moved > 1e-9 * self.scale {
                loose.members.clear();
                continue;
            }
            // The pulls of the others are those at `from`: they judge who stays pinned only near there.
            // Whoever was let go stays so until the position moves: several may share one kink.
            match self.release(&mut active) {
                Some(released) => loose.members.push(released),
                None if stalled || moved <= 1e-14 * self.scale => break,
                None => {}
            }
        }
        if loose.members.is_empty() {
            self.polish(&mut active, passes);
        }
        Solution {
            active,
            rounds: self.rounds,
        }
    }

    /// Newton steps that the dual's value is too coarse to judge, for as long as they contract: descent that double
    /// precision can see ends at the root of its precision.
    fn polish(&self, active: &mut Active, passes: &mut f64) {
        let pure = Loose {
            members: Vec::new(),
            stretch: 1.0,
        };
        let mut last = 1e-5 * self.scale;
        while last > 1e-16 * self.scale {
            let mut trial = active.clone();
            *passes += self.step(&mut trial, &active.y, &pure);
            let moved = distance(&trial.y, &active.y);
            // A NaN is no contraction either.
            let contracts = moved < 0.5 * last;
            if !contracts {
                break;
            }
            *active = trial;
            last = moved;
        }
    }

    /// The dual objective at `y`.
    fn dual(&self, y: &[f64]) -> f64 {
        let game = self.blocks.game;
        let mut gap = vec![0.0; game.dim()];
        let mut g = Vec::new();
        let mut total = 0.0;
        for member in 0..self.blocks.len() {
            let i = self.blocks.influencer(member);
            for (o, (t, v)) in gap.iter_mut().zip(game.target(i).iter().zip(y)) {
                *o = t - v;
            }
            g.resize(game.space(i).dim(), 0.0);
            game.weight(i).pull_back(&gap, &mut g);
            total += game.space(i).support(&g);
        }
        let square: f64 = y
            .iter()
            .zip(game.bias())
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        0.5 * square + self.blocks.factor * total
    }

    /// Minimises the model at `from`; `active` ends at its minimiser. Returns the passes.
    fn step(&self, active: &mut Active, from: &[f64], loose: &Loose) -> f64 {
        let (metric, q) = self.model(active, from, loose);
        self.blocks.minimise(active, None, &metric, &q, SWEEPS).0 + 1.0
    }

    /// Curvature and linear term of the smooth part at `from`.
    fn model(&self, active: &Active, from: &[f64], loose: &Loose) -> (Metric, Vec<f64>) {
        let d = self.base.len();
        let game = self.blocks.game;
        let (mut pull, mut h) = (vec![0.0; d], vec![0.0; d * d]);
        for round in &self.rounds {
            if loose.members.contains(&round.member) {
                // ‖s‖ ≤ ‖s‖²/2δ + δ/2, with equality at ‖s‖ = δ.
                let expected = loose.stretch * round.unit_of_stretch(game, from);
                round.add_square(game, 1.0 / expected, &mut h);
            } else if active.pinned().iter().all(|p| p.member != round.member) {
                round.add_model(game, &round.stretch(game, from), &mut pull, &mut h);
            }
        }
        for v in h.iter_mut().chain(pull.iter_mut()) {
            *v *= self.blocks.factor;
        }
        let mut q = self.base.clone();
        for i in 0..d {
            q[i] += pull[i];
            for j in 0..d {
                q[i] += h[i.max(j) * d + i.min(j)] * from[j];
            }
        }
        for i in 0..d {
            h[i * d + i] += 1.0;
        }
        (Metric::new(h, d), q)
    }

    /// Steps to the model's minimiser, or as far towards it as the dual falls; returns where, and the dual.
    fn advance(
        &self,
        mut trial: Active,
        from: &[f64],
        value: f64,
        loose: &mut Loose,
        passes: &mut f64,
    ) -> (Active, f64) {
        loose.stretch = 1.0;
        if !loose.members.is_empty() {
            // The model bounds the kinks from above, so it falls below `value` when it expects the right
            // stretch or a shorter one.
            while loose.stretch > KINK {
                *passes += self.step(&mut trial, from, loose) + 1.0;
                let reached = self.dual(&trial.y);
                if reached < value {
                    return (trial, reached);
                }
                loose.stretch *= 0.125;
            }
            trial.y.copy_from_slice(from);
            return (trial, value);
        }
        *passes += self.step(&mut trial, from, loose);
        let to = trial.y.clone();
        let mut length = 1.0;
        for _ in 0..40 {
            for ((v, a), b) in trial.y.iter_mut().zip(from).zip(&to) {
                *v = a + length * (b - a);
            }
            let reached = self.dual(&trial.y);
            *passes += 1.0;
            if reached <= value + 1e-16 * value.abs() {
                return (trial, reached);
            }
            length *= 0.5;
        }
        // No descent that double precision can see.
        trial.y.copy_from_slice(from);
        (trial, value)
    }

    /// Pins round members whose kink is at `y` already, up to rounding.
    fn pin_at_kink(&self, active: &mut Active, y: &[f64], loose: &[usize]) {
        for round in &self.rounds {
            let free = !loose.contains(&round.member)
                && active.pinned().iter().all(|p| p.member != round.member);
            let stretch = norm(&round.stretch(self.blocks.game, y));
            if free && stretch <= KINK * round.unit_of_stretch(self.blocks.game, y) {
                self.pin(active, round.member);
            }
        }
    }

    fn at_kink(&self, member: usize, y: &[f64]) -> bool {
        let game = self.blocks.game;
        self.rounds.iter().any(|r| {
            r.member == member
                && norm(&r.stretch(game, y)) <= 1e3 * KINK * r.unit_of_stretch(game, y)
        })
    }

    fn pin(&self, active: &mut Active, member: usize) {
        if let Some(round) = self.rounds.iter().find(|r| r.member == member) {
            Blocks::pin(active, member, round.directions(self.blocks.game));
        }
    }

    /// The round members, at most three and the nearest, whose kink the step from `from` crosses or nears.
    fn crossed(&self, trial: &Active, from: &[f64], loose: &[usize]) -> Vec<usize> {
        let game = self.blocks.game;
        let mut found: Vec<(f64, usize)> = Vec::new();
        for round in &self.rounds {
            if loose.contains(&round.member)
                || trial.pinned().iter().any(|p| p.member == round.member)
            {
                continue;
            }
            let before = round.stretch(game, from);
            let after = round.stretch(game, &trial.y);
            let turn: f64 = before.iter().zip(&after).map(|(a, b)| a * b).sum();
            let (old, new) = (norm(&before), norm(&after));
            if turn <= 0.5 * old * new || new <= 0.5 * old {
                found.push((new / old, round.member));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.truncate(3);
        found.into_iter().map(|(_, member)| member).collect()
    }

    /// Lets go of the pinned member that is furthest outside its set, if one is outside.
    fn release(&self, active: &mut Active) -> Option<usize> {
        let worst = active
            .pinned()
            .iter()
            .max_by(|a, b| a.depth().total_cmp(&b.depth()))
            .filter(|p| p.depth() > 1.0 + 1e-12)?;
        let member = worst.member;
        active.unpin(|p| p.member != member);
        Some(member)
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).collect();
    norm(&difference)
}
