//! The search for a lie that pays: a lower bound on what lies gain, with a witness.

use big_game::SolveError;
use big_game::action_space::ConvexSet;
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::payment::clarke;
use crate::poll::Poll;
use crate::rule::Rule;

/// Directions and points that are drawn for everybody.
const DRAWN: usize = 12;
/// Rounds of refinement of the best lie.
const ROUNDS: usize = 24;
/// Directions that a group is tried along in a round, beside those of the coordinates.
const ALONG: usize = 4;
/// In so many coordinates a group is tried at every corner between two targets.
const CORNERS: usize = 3;

/// A lie of one voter, or of several together.
#[derive(Clone, Debug)]
pub(crate) struct Lie {
    /// What each of them gains, in the order of the members.
    pub(crate) gains: Vec<f64>,
    /// What each of them says.
    pub(crate) reports: Vec<Vec<f64>>,
}

impl Lie {
    /// What who gains least gains.
    pub(crate) fn least(&self) -> f64 {
        self.gains.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// Outcomes of a rule that a search for a lie of so many members asks for, about.
pub(crate) fn outcomes(d: usize, members: usize) -> usize {
    let tried = 3 * (2 + 2 * d + DRAWN + 9) + ROUNDS * (2 * d * members + ALONG);
    tried.max(120)
}

/// Looks for the lie of these members (one, or several) at which the one who gains least gains most, where the others say what is in
/// `profile`; `None` where none was found to gain. The same for the same question.
pub(crate) fn best_lie(
    poll: &Poll,
    rule: Rule,
    members: &[usize],
    profile: &[f64],
) -> Result<Option<Lie>, SolveError> {
    let mut search = Search::new(poll, rule, members, profile)?;
    search.first_tries()?;
    search.refine()?;
    Ok(search.found())
}

struct Search<'a> {
    poll: &'a Poll,
    rule: Rule,
    members: &'a [usize],
    /// What everybody says, the members' lie in it.
    reports: Vec<f64>,
    /// What the members say without a lie.
    own: Vec<Vec<f64>>,
    /// What each of them bears then.
    before: Vec<f64>,
    outcome: Vec<f64>,
    /// The longest side of the range.
    size: f64,
    rng: ChaCha8Rng,
    best: Option<Lie>,
}

impl<'a> Search<'a> {
    fn new(
        poll: &'a Poll,
        rule: Rule,
        members: &'a [usize],
        profile: &[f64],
    ) -> Result<Self, SolveError> {
        let d = poll.dim();
        let (lower, upper) = poll.range();
        let sides = lower.iter().zip(upper).map(|(l, u)| u - l);
        let seed = members
            .iter()
            .rev()
            .fold(0, |s, i| s * 0x1_0000 + *i as u64);
        Ok(Self {
            own: members
                .iter()
                .map(|i| profile[i * d..(i + 1) * d].to_vec())
                .collect(),
            before: bear(poll, rule, members, profile)?,
            outcome: rule.outcome(poll, profile)?,
            size: sides.fold(0.0_f64, f64::max),
            reports: profile.to_vec(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            best: None,
            poll,
            rule,
            members,
        })
    }

    /// 53 random bits: uniform on [−1, 1).
    fn draw(&mut self) -> f64 {
        2.0 * ((self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64) - 1.0
    }

    fn direction(&mut self) -> Vec<f64> {
        (0..self.poll.dim()).map(|_| self.draw()).collect()
    }

    fn least(&self) -> f64 {
        self.best.as_ref().map_or(0.0, Lie::least)
    }

    /// Tries what the members would like to say, within what they may.
    fn attempt(&mut self, wished: &[Vec<f64>]) -> Result<(), SolveError> {
        let d = self.poll.dim();
        let mut told = Vec::with_capacity(wished.len());
        for (&i, wish) in self.members.iter().zip(wished) {
            let mut report = wish.clone();
            if !self.rule.asks_for_targets() {
                self.poll.game().space(i).project(wish, &mut report);
            }
            self.reports[i * d..(i + 1) * d].copy_from_slice(&report);
            told.push(report);
        }
        let after = bear(self.poll, self.rule, self.members, &self.reports)?;
        let gains = self.before.iter().zip(&after).map(|(b, a)| b - a);
        let lie = Lie {
            gains: gains.collect(),
            reports: told,
        };
        if lie.least() > self.least() {
            self.best = Some(lie);
        }
        Ok(())
    }

    /// From what the members say without a lie, each along its direction.
    fn attempt_along(&mut self, directions: &[Vec<f64>]) -> Result<(), SolveError> {
        let length = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        if directions.iter().any(|v| length(v) == 0.0) {
            return Ok(());
        }
        for far in [0.25, 1.0, 4.0] {
            let points = self.own.iter().zip(directions).map(|(x, v)| {
                let by = far * self.size / length(v);
                x.iter().zip(v).map(|(x, v)| x + by * v).collect()
            });
            let points: Vec<Vec<f64>> = points.collect();
            self.attempt(&points)?;
        }
        Ok(())
    }

    fn first_tries(&mut self) -> Result<(), SolveError> {
        if let [_, _, ..] = self.members {
            return self.first_tries_together();
        }
        let (d, i) = (self.poll.dim(), self.members[0]);
        let target = self.poll.target(i);
        let towards: Vec<f64> = (0..d).map(|k| target[k] - self.outcome[k]).collect();
        let mut directions = vec![towards.clone(), towards.iter().map(|v| -v).collect()];
        for k in 0..d {
            for sign in [1.0, -1.0] {
                let mut e = vec![0.0; d];
                e[k] = sign;
                directions.push(e);
            }
        }
        for _ in 0..DRAWN {
            directions.push(self.direction());
        }
        for direction in directions {
            self.attempt_along(&[direction])?;
        }
        Ok(())
    }

    /// All say what lies between the targets of the first and the last: on the way, or at corners, where each gives way in some
    /// coordinates; and beyond it, seen from where the outcome is.
    fn first_tries_together(&mut self) -> Result<(), SolveError> {
        let (d, poll) = (self.poll.dim(), self.poll);
        let count = self.members.len();
        let (a, b) = (
            poll.target(self.members[0]),
            poll.target(self.members[count - 1]),
        );
        let mut points: Vec<Vec<f64>> = [0.25, 0.5, 0.75]
            .into_iter()
            .map(|share| (0..d).map(|k| a[k] + share * (b[k] - a[k])).collect())
            .collect();
        if d <= CORNERS {
            for corner in 0..1_usize << d {
                let of = |k: usize| if corner >> k & 1 == 1 { a[k] } else { b[k] };
                points.push((0..d).map(of).collect());
            }
        }
        for point in points {
            let apart: f64 = point
                .iter()
                .zip(&self.outcome)
                .map(|(p, r)| (p - r) * (p - r))
                .sum();
            let beyond = if apart > 0.0 {
                self.size / apart.sqrt()
            } else {
                0.0
            };
            for far in [0.0, 0.25 * beyond, beyond, 4.0 * beyond] {
                let there: Vec<f64> = point
                    .iter()
                    .zip(&self.outcome)
                    .map(|(p, r)| p + far * (p - r))
                    .collect();
                self.attempt(&vec![there; count])?;
            }
        }
        for _ in 0..DRAWN {
            let directions: Vec<Vec<f64>> = (0..count).map(|_| self.direction()).collect();
            self.attempt_along(&directions)?;
        }
        Ok(())
    }

    /// Steps around the best lie, or around the truth while none gains.
    fn refine(&mut self) -> Result<(), SolveError> {
        let (d, count) = (self.poll.dim(), self.members.len());
        let mut reach = 0.5 * self.size;
        for round in 0..ROUNDS {
            let Some(center) = self.best.as_ref().map(|lie| lie.reports.clone()) else {
                let mut points = self.own.clone();
                for x in points.iter_mut().flatten() {
                    *x += reach * self.draw();
                }
                self.attempt(&points)?;
                reach *= if round % 4 == 3 { 0.5 } else { 1.0 };
                continue;
            };
            let held = self.least();
            for at in 0..d * count {
                for sign in [1.0, -1.0] {
                    let mut points = center.clone();
                    points[at / d][at % d] += sign * reach;
                    self.attempt(&points)?;
                }
            }
            for _ in 0..if count > 1 { ALONG } else { 0 } {
                let mut points = center.clone();
                for x in points.iter_mut().flatten() {
                    *x += reach * self.draw();
                }
                self.attempt(&points)?;
            }
            if self.least() <= held {
                reach *= 0.5;
            }
        }
        Ok(())
    }

    /// What rounding may account for is no gain.
    fn found(self) -> Option<Lie> {
        let noise = |before: &f64| 1e-11 * (before + self.size * self.size);
        let beyond = |lie: &Lie| {
            let mut both = lie.gains.iter().zip(&self.before);
            both.all(|(gain, before)| *gain > noise(before))
        };
        self.best.filter(beyond)
    }
}

/// What everybody reports in honesty.
pub(crate) fn honest(poll: &Poll, rule: Rule) -> Vec<f64> {
    if rule.asks_for_targets() {
        poll.game().targets().to_vec()
    } else {
        poll.honest().to_vec()
    }
}

/// Loss, and payment where there is one, of each of these voters.
pub(crate) fn bear(
    poll: &Poll,
    rule: Rule,
    members: &[usize],
    reports: &[f64],
) -> Result<Vec<f64>, SolveError> {
    let outcome = rule.outcome(poll, reports)?;
    let paid = match rule {
        Rule::Clarke => clarke(reports, poll.weights(), poll.dim()),
        _ => Vec::new(),
    };
    let one = |&i: &usize| poll.loss(i, &outcome) + paid.get(i).copied().unwrap_or(0.0);
    Ok(members.iter().map(one).collect())
}
