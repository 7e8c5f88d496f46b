//! The checker's pass over actions as they are written, where everybody pays for lies and has the same box or ball and a scalar
//! weight (ours).
//!
//! A block is seen from a dual point `y` while it is in the cache. Whoever plays its answer to `y`, to the bit, falls short of nothing there
//! and is in its set; everybody else is *exceptional*, and questioned one by one. What anybody could still gain follows from how far the receiver
//! is from `y`: whose answer is to `y` gains by another one at most `‖W(r − y) + λ δ‖²/λ`, `δ` the rounding of its action, since its loss and
//! cost bend by `λ` at least.

use std::ops::Range;

use big_numeric::{norm, wide_rows};

use super::certify::Proved;
use super::costly::{ROUNDING, Seen, Views, conclude, prove};
use super::landing::Landing;
use super::written::written_and_seen;
use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::potential::Sums;
use crate::profile::Profile;

/// Rows of which what is not a position is added up plainly.
const RUN: usize = 256;

/// Has everybody's action written and proves what [`prove`] does, with the dual point `y`.
pub(super) fn prove_written(
    game: &Game,
    y: &[f64],
    write: &(dyn Fn(Range<usize>, &mut [f64]) + Sync),
) -> (Profile, Proved) {
    let alike = Alike::of(game, y);
    let see = |rows: Range<usize>, actions: &[f64]| Some(alike.as_ref()?.see(rows, actions));
    let (profile, parts) = written_and_seen(game, write, see);
    let proved = parts.and_then(|parts| Joined::of(game, parts).prove(game, &profile, y));
    let proved = proved.unwrap_or_else(|| prove(game, &profile, Some(y)));
    (profile, proved)
}

/// A game in which all are alike, as seen from a dual point.
struct Alike<'a> {
    weights: &'a [f64],
    factors: &'a [f64],
    honest: &'a [f64],
    targets: &'a [f64],
    space: &'a ActionSpace,
    y: &'a [f64],
}

/// What a block of rows adds.
struct Part {
    /// `Σ w x`, and `Σ w ⟨t, x⟩` last.
    landing: Sums,
    /// `Σ λ ‖x − h‖²`, `Σ |w|`, and with `δ` the rounding of an action `Σ λ δ²` and `Σ |w| δ`.
    plain: Sums,
    /// The largest coordinate of a target.
    wish: f64,
    /// The largest `δ`, `|w|/λ`, `w²/λ` and `λ δ²`.
    blur: f64,
    steep: f64,
    bend: f64,
    slack: f64,
    exceptional: Vec<usize>,
}

impl Part {
    fn new(d: usize) -> Self {
        Self {
            landing: Sums::new(d + 1),
            plain: Sums::new(4),
            wish: 0.0,
            blur: 0.0,
            steep: 0.0,
            bend: 0.0,
            slack: 0.0,
            exceptional: Vec::new(),
        }
    }
}

impl<'a> Alike<'a> {
    /// `None` where they are not.
    fn of(game: &'a Game, y: &'a [f64]) -> Option<Self> {
        let (costs, weights) = (game.costs()?, game.scalar_weights()?);
        let space = game.common_space()?;
        let known = matches!(space, ActionSpace::Box(_) | ActionSpace::Ball(_));
        let pays = costs.factors.iter().all(|factor| *factor > 0.0);
        (known && pays).then_some(Self {
            weights,
            factors: &costs.factors,
            honest: costs.honest.values(),
            targets: game.targets(),
            space,
            y,
        })
    }

    fn see(&self, rows: Range<usize>, actions: &[f64]) -> Part {
        let mut part = Part::new(self.y.len());
        match self.space {
            ActionSpace::Box(set) => self.questioned(rows, actions, set, &mut part),
            ActionSpace::Ball(set) => self.questioned(rows, actions, set, &mut part),
            // `of` has seen that it is one of the two.
            _ => part.exceptional.extend(rows),
        }
        part
    }

    fn questioned(
        &self,
        rows: Range<usize>,
        actions: &[f64],
        set: &impl ConvexSet,
        part: &mut Part,
    ) {
        let d = self.y.len();
        let (mut wanted, mut answer, mut terms) = (vec![0.0; d], vec![0.0; d], vec![0.0; d + 1]);
        wide_rows(
            d,
            #[inline(always)]
            |d| {
                let y = &self.y[..d];
                let (wanted, answer) = (&mut wanted[..d], &mut answer[..d]);
                let mut plain = [0.0; 4];
                for (at, (i, x)) in rows.clone().zip(actions.chunks_exact(d)).enumerate() {
                    if at.is_multiple_of(RUN) {
                        part.plain.add(&std::mem::take(&mut plain));
                    }
                    let (w, factor) = (self.weights[i], self.factors[i]);
                    let t = &self.targets[i * d..i * d + d];
                    let h = &self.honest[i * d..i * d + d];
                    for k in 0..d {
                        wanted[k] = h[k] + w * (t[k] - y[k]) / factor;
                    }
                    set.project(wanted, answer);
                    let (mut there, mut size, mut lie, mut pull) = (true, 0.0, 0.0, 0.0);
                    for k in 0..d {
                        there &= answer[k] == x[k];
                        let both = answer[k].abs() + h[k].abs();
                        size += both * both;
                        lie += (x[k] - h[k]) * (x[k] - h[k]);
                        terms[k] = w * x[k];
                        pull += t[k] * terms[k];
                        part.wish = part.wish.max(t[k].abs());
                    }
                    terms[d] = pull;
                    part.landing.add(&terms[..d + 1]);
                    let (blur, reach) = (ROUNDING * size.sqrt(), w.abs());
                    let slack = factor * blur * blur;
                    let terms = [factor * lie, reach, slack, reach * blur];
                    plain.iter_mut().zip(terms).for_each(|(p, v)| *p += v);
                    part.blur = part.blur.max(blur);
                    part.steep = part.steep.max(reach / factor);
                    part.bend = part.bend.max(w * w / factor);
                    part.slack = part.slack.max(slack);
                    if !there {
                        part.exceptional.push(i);
                    }
                }
                part.plain.add(&plain);
            },
        );
    }
}

/// All blocks together.
struct Joined {
    landing: Landing,
    all: Part,
}

impl Joined {
    fn of(game: &Game, parts: Vec<Part>) -> Self {
        let mut all = Part::new(game.dim());
        for mut part in parts {
            all.landing = all.landing.join(&part.landing);
            all.plain = all.plain.join(&part.plain);
            all.wish = all.wish.max(part.wish);
            all.blur = all.blur.max(part.blur);
            all.steep = all.steep.max(part.steep);
            all.bend = all.bend.max(part.bend);
            all.slack = all.slack.max(part.slack);
            all.exceptional.append(&mut part.exceptional);
        }
        let spread = all.plain.total()[1] * game.diameter(0);
        Self {
            landing: Landing::from_sums(game, &all.landing, spread, all.wish),
            all,
        }
    }

    /// `None` where too many are exceptional: two passes over everybody are quicker.
    fn prove(self, game: &Game, profile: &Profile, y: &[f64]) -> Option<Proved> {
        let (all, r, d) = (&self.all, &self.landing.receiver, game.dim());
        if all.exceptional.len() > game.influencers() / 8 {
            return None;
        }
        let plain = all.plain.total();
        // Everybody's answers to y: what is played, but for the exceptional.
        let mut known = Sums::new(d + 3);
        let mut terms = vec![0.0; d + 3];
        for k in 0..d {
            terms[k] = r[k] - game.bias()[k];
        }
        terms[d + 1] = plain[2];
        terms[d + 2] = plain[3];
        known.add(&terms);
        for &i in &all.exceptional {
            terms.fill(0.0);
            game.weight(i).add_image(profile.action(i), &mut terms[..d]);
            terms.iter_mut().for_each(|v| *v = -*v);
            known.add(&terms);
        }
        let mut seen = Seen::of(game, profile, y, r, &all.exceptional, known);
        seen.apart = seen.apart.max(all.blur);
        seen.steep = seen.steep.max(all.steep);
        let exceptional = Seen::of(game, profile, r, r, &all.exceptional, Sums::new(d + 3));
        let away: Vec<f64> = r.iter().zip(y).map(|(r, y)| r - y).collect();
        let away = norm(&away);
        let views = Views {
            at_receiver: None,
            regret: exceptional
                .regret
                .max(2.0 * (all.bend * away * away + all.slack)),
            outside: exceptional.outside,
            costs: plain[0],
            at_dual: Some(seen),
        };
        Some(conclude(game, &self.landing, y, &views))
    }
}
