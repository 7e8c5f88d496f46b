//! The checker: it computes the proof of an answer, and does not know who found it.

use big_numeric::{dot, norm, wide};

use super::Certificate;
use super::assess::best_response;
use super::landing::{Landing, blocks};
use super::refine::refine;
use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::potential::Sums;
use crate::profile::Profile;

/// Relative gap at which an answer counts as solved.
const RELATIVE_GAP: f64 = 1e-10;
/// Actions may be this share of their set's size outside it.
const OUTSIDE: f64 = 1e-11;
/// A position and the sum of the actions' pulls may differ by this share of the game's scale.
pub(super) const DISAGREEMENT: f64 = 1e-11;

/// What the checker says of a profile.
pub(crate) struct Proved {
    pub(crate) certificate: Certificate,
    /// `Φ(x)`.
    pub(crate) potential: f64,
    /// Where the profile puts the receiver: the dual point itself where the two differ by no more than the rounding of
    /// the sum (its coordinates may be known better than the sum can tell), else `r(x)`.
    pub(crate) receiver: Vec<f64>,
}

/// The certificate with the potential and the receiver, which its first pass finds too, in a game whose squares neither
/// vanish nor overflow.
pub(super) fn prove(game: &Game, profile: &Profile, y: Option<&[f64]>) -> Proved {
    let landing = Landing::of(game, profile);
    let y = y.unwrap_or(&landing.receiver);
    let proof = Proof::at(game, profile, &landing.receiver, y);
    conclude(game, profile, &landing, &proof, y)
}

/// What follows from both passes.
pub(super) fn conclude(
    game: &Game,
    profile: &Profile,
    landing: &Landing,
    proof: &Proof,
    y: &[f64],
) -> Proved {
    let r = &landing.receiver;
    let away: Vec<f64> = r.iter().zip(y).map(|(a, b)| a - b).collect();
    let away = norm(&away);
    let mut duality_gap = (2.0 * proof.at_receiver).min(away * away + 2.0 * proof.at_dual);
    let mut receiver_error_bound = duality_gap
        .sqrt()
        .min(away + norm(&proof.residual) + proof.missing);
    // What one rounding of the numbers added up makes of the sum.
    let rounding = 4.0 * f64::EPSILON * game.scale();
    if receiver_error_bound > rounding
        && away <= DISAGREEMENT * game.scale()
        && let Some(refined) = refine(game, profile, r, y)
    {
        duality_gap = duality_gap.min(refined.gap);
        receiver_error_bound = receiver_error_bound.min(refined.error);
    }
    let same = away <= rounding;
    let certificate = Certificate {
        duality_gap,
        // Of the receiver as it is reported.
        receiver_error_bound: receiver_error_bound + rounding + if same { away } else { 0.0 },
        max_regret: proof.regret,
        infeasibility: proof.infeasibility,
        allowed_gap: allowed_gap(game, landing),
        allowed_infeasibility: allowed_infeasibility(game),
        disagreement: away,
        allowed_disagreement: DISAGREEMENT * game.scale(),
        action_error_bound: None,
    };
    Proved {
        certificate,
        potential: dot(r, r) - 2.0 * landing.pull,
        receiver: if same { y } else { r }.to_vec(),
    }
}

/// Runs an expression with `$of` the sets of the influencers: of the one type where all have the same one, so that
/// nobody has to ask which type it is.
macro_rules! for_sets {
    ($game:expr, $of:ident => $body:expr) => {
        match $game.common_space() {
            Some(ActionSpace::Box(set)) => {
                let $of = |_: usize| set;
                $body
            }
            Some(ActionSpace::Ball(set)) => {
                let $of = |_: usize| set;
                $body
            }
            _ => {
                let $of = |i: usize| $game.space(i);
                $body
            }
        }
    };
}

/// How far outside its set an action is; a NaN is as far as can be.
#[cold]
pub(super) fn distance_to(game: &Game, i: usize, x: &[f64]) -> f64 {
    let mut projection = vec![0.0; x.len()];
    game.space(i).project(x, &mut projection);
    let away: Vec<f64> = x.iter().zip(&projection).map(|(a, b)| a - b).collect();
    let away = norm(&away);
    if away.is_nan() { f64::INFINITY } else { away }
}

/// What the second pass proves.
pub(super) struct Proof {
    /// `Σ_i (h_i(g_i) − ⟨g_i, x_i⟩)` for the pulls at `r(x)`, and for those at `y`.
    pub(super) at_receiver: f64,
    pub(super) at_dual: f64,
    /// `y − r(x̂(y))`: a subgradient of the dual at `y`.
    pub(super) residual: Vec<f64>,
    /// A bound on how far off that is.
    pub(super) missing: f64,
    /// The largest gain from an exact best response.
    pub(super) regret: f64,
    /// The largest distance of an action from its set.
    pub(super) infeasibility: f64,
}

impl Proof {
    /// Asks everybody.
    fn at(game: &Game, profile: &Profile, r: &[f64], y: &[f64]) -> Self {
        let answers = blocks(game.influencers(), |range| {
            Answers::of(game, profile, r, y, range)
        });
        Self::joined(game, y, answers, Sums::new(game.dim() + 2))
    }

    /// Asks those of whom the answers are not known: the maximisers of all others at `y` add up to `others`, and they
    /// fall short of nothing.
    pub(super) fn of(
        game: &Game,
        profile: &Profile,
        r: &[f64],
        y: &[f64],
        influencers: &[usize],
        others: &[f64],
    ) -> Self {
        let answers = blocks(influencers.len(), |range| {
            Answers::of(game, profile, r, y, influencers[range].iter().copied())
        });
        let mut known = Sums::new(game.dim() + 2);
        known.add(&[others, &[0.0, 0.0][..]].concat());
        Self::joined(game, y, answers, known)
    }

    fn joined(game: &Game, y: &[f64], answers: Vec<Answers>, known: Sums) -> Self {
        let d = game.dim();
        let mut total = known;
        let (mut regret, mut infeasibility) = (0.0_f64, 0.0_f64);
        for answers in answers {
            total = total.join(&answers.sums);
            regret = regret.max(answers.regret);
            infeasibility = infeasibility.max(answers.outside);
        }
        let total = total.total();
        Self {
            at_receiver: total[d],
            at_dual: total[d + 1],
            residual: (0..d).map(|k| y[k] - (total[k] + game.bias()[k])).collect(),
            missing: 0.0,
            regret,
            infeasibility,
        }
    }
}

/// What some influencers answer.
struct Answers {
    /// The images of their maximisers at `y`; what they fall short of at `r(x)`, and at `y`.
    sums: Sums,
    regret: f64,
    outside: f64,
}

impl Answers {
    fn of(
        game: &Game,
        profile: &Profile,
        r: &[f64],
        y: &[f64],
        influencers: impl Iterator<Item = usize> + Clone,
    ) -> Self {
        let d = game.dim();
        let same = r == y;
        let mut sums = Sums::new(d + 2);
        let (mut regret, mut outside) = (0.0_f64, 0.0_f64);
        let mut response = Vec::new();
        for_sets!(game, space => wide(
            #[inline(always)]
            || {
                let (mut gap, mut g, mut best) = (vec![0.0; d], Vec::new(), Vec::new());
                let mut terms = vec![0.0; d + 2];
                for i in influencers.clone() {
                    let (x, target, weight, set) =
                        (profile.action(i), game.target(i), game.weight(i), space(i));
                    g.resize(x.len(), 0.0);
                    for k in 0..d {
                        gap[k] = target[k] - y[k];
                    }
                    weight.pull_back(&gap, &mut g);
                    best.resize(x.len(), 0.0);
                    set.maximiser(&g, &mut best);
                    terms[..d].fill(0.0);
                    weight.add_image(&best, &mut terms[..d]);
                    // Who plays the maximiser falls short of nothing, and is in its set.
                    let there = best == x;
                    let short = if there { 0.0 } else { set.shortfall(&g, x) };
                    terms[d + 1] = short;
                    if !there && !set.contains(x, 0.0) {
                        outside = outside.max(distance_to(game, i, x));
                    }
                    if !same {
                        for k in 0..d {
                            gap[k] = target[k] - r[k];
                        }
                        weight.pull_back(&gap, &mut g);
                    }
                    let short = if same { short } else { set.shortfall(&g, x) };
                    terms[d] = short;
                    sums.add(&terms);
                    // Nobody gains more than twice its shortfall at r(x).
                    if 2.0 * short > regret {
                        let gain = best_response(game, i, x, r, &mut response);
                        regret = regret.max(gain.min(2.0 * short));
                    }
                }
            }
        ));
        Self {
            sums,
            regret,
            outside,
        }
    }
}

/// The largest corner of an action set's bounding box.
fn extent(game: &Game) -> f64 {
    game.spaces().iter().fold(0.0_f64, |extent, space| {
        let (lower, upper) = space.bounding_box();
        extent.max(norm(&lower)).max(norm(&upper))
    })
}

/// How far outside its set an action may be.
pub(super) fn allowed_infeasibility(game: &Game) -> f64 {
    OUTSIDE * extent(game)
}

/// What [`negligible_gap`] is for this game.
pub(super) fn allowed_gap(game: &Game, landing: &Landing) -> f64 {
    negligible_gap(landing.spread, game.scale() + landing.wish)
}

/// `1e-10 D²` for a receiver that can be moved by `D`, and what the rounding of numbers as large as `size` causes in any
/// answer.
pub(crate) fn negligible_gap(spread: f64, size: f64) -> f64 {
    let rounding = f64::EPSILON * size;
    let allowed =
        RELATIVE_GAP * spread * spread + 16.0 * spread * rounding + 4096.0 * rounding * rounding;
    // Targets may be so far away that the square of their rounding error is no double.
    allowed.min(f64::MAX)
}
