//! The equilibrium on a line, by bisection.
//!
//! Let the receiver's answer `R(x)` not fall in any action (the pooled maximum-likelihood estimate does not: a report farther up
//! turns labels only towards the larger response, which raises the score everywhere). Whoever has a target above the answer
//! then reports the upper end of their interval, whoever has one below it the lower end. With `x(y)` that profile for an answer `y`,
//! `R(x(y)) − y` falls strictly in `y`, so it changes its sign once: there is one place where the answer can be. It is between
//! two targets, or at one, whose owner then has an action that puts it there, up to the steps of the staircase that labels make.

use big_game::action_space::{ActionSpace, ConvexSet};

use crate::receiver::{Receiver, space_of};

use super::PlayError;

/// An equilibrium on a line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineEquilibrium {
    /// One action an influencer.
    pub actions: Vec<Vec<f64>>,
    /// The receiver's answer.
    pub theta_hat: Vec<f64>,
    /// How often the receiver was asked: about `log₂ n`, and for a winner's action some fifty times more.
    pub evaluations: usize,
}

/// The equilibrium of a game on a line against a receiver whose answer falls in no action. Of several owners of the target
/// that wins, all but one are at an end.
///
/// # Errors
/// [`PlayError::Shape`] unless everything is one-dimensional and fits, and what the receiver says.
pub fn on_the_line(
    receiver: &mut dyn Receiver,
    targets: &[Vec<f64>],
    spaces: &[ActionSpace],
) -> Result<LineEquilibrium, PlayError> {
    super::check(receiver, targets, spaces, None)?;
    if receiver.dim() != 1 {
        return Err(PlayError::Shape(
            "a bisection needs a game on a line".to_owned(),
        ));
    }
    let ends: Vec<[f64; 2]> = (0..targets.len())
        .map(|i| {
            let (lower, upper) = space_of(spaces, i).bounding_box();
            [lower[0], upper[0]]
        })
        .collect();
    let mut line = Line {
        receiver,
        targets: targets.iter().map(|t| t[0]).collect(),
        ends,
        evaluations: 0,
    };
    let mut sorted = line.targets.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    // Where all from a target on pull up and the others down, the answer falls from target to target. The first target that
    // it does not exceed:
    let (mut low, mut high) = (0, sorted.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if line.ask(line.profile(sorted[middle], 1.0))?.answer > sorted[middle] {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    // Behind the last one, all pull down.
    let profile = match sorted.get(low) {
        Some(target) => line.profile(*target, 1.0),
        None => line.profile(f64::INFINITY, 1.0),
    };
    let mut best = line.ask(profile)?;
    let winner = low.checked_sub(1).map(|before| sorted[before]);
    if let Some(target) = winner
        && best.answer < target
    {
        // With its owners down the answer is below that target, with them up above: somewhere between they meet it, or the
        // staircase steps over it.
        let (mut down, mut up) = (0.0_f64, 1.0_f64);
        for _ in 0..64 {
            let share = 0.5 * (down + up);
            if share <= down || share >= up || best.answer == target {
                break;
            }
            let tried = line.ask(line.profile(target, share))?;
            if tried.answer < target {
                down = share;
            } else {
                up = share;
            }
            if (tried.answer - target).abs() < (best.answer - target).abs() {
                best = tried;
            }
        }
    }
    Ok(LineEquilibrium {
        actions: best.actions.iter().map(|x| vec![*x]).collect(),
        theta_hat: vec![best.answer],
        evaluations: line.evaluations,
    })
}

struct Line<'r> {
    receiver: &'r mut dyn Receiver,
    targets: Vec<f64>,
    ends: Vec<[f64; 2]>,
    evaluations: usize,
}

/// A profile and the answer to it.
struct Asked {
    actions: Vec<f64>,
    answer: f64,
}

impl Line<'_> {
    /// All with a target above this one at their upper ends, all below at their lower ones, and a share of its owners (one of
    /// them partly) up.
    fn profile(&self, target: f64, share: f64) -> Vec<f64> {
        let owners = self.targets.iter().filter(|t| **t == target).count();
        let mut left = share * owners as f64;
        let each = self.targets.iter().zip(&self.ends);
        each.map(|(t, [lower, upper])| {
            let up = if *t == target {
                let part = left.clamp(0.0, 1.0);
                left -= part;
                part
            } else {
                f64::from(u8::from(*t > target))
            };
            // Exactly at the ends.
            if up == 1.0 {
                *upper
            } else {
                lower + up * (upper - lower)
            }
        })
        .collect()
    }

    fn ask(&mut self, actions: Vec<f64>) -> Result<Asked, PlayError> {
        self.evaluations += 1;
        let profile: Vec<Vec<f64>> = actions.iter().map(|x| vec![*x]).collect();
        match self.receiver.respond(&profile) {
            Ok(theta) => Ok(Asked {
                actions,
                answer: theta[0],
            }),
            Err(source) => Err(PlayError::Receiver {
                influencer: 0,
                action: profile.into_iter().next().unwrap_or_default(),
                source,
            }),
        }
    }
}
