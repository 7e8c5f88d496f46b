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

/// The best lie that was found for a voter.
pub(crate) struct Lie {
    pub(crate) gain: f64,
    pub(crate) report: Vec<f64>,
}

/// Looks for voter `i`'s best lie while all others are honest; `None` where none was found to gain. The same for the same
/// poll.
pub(crate) fn best_lie(poll: &Poll, rule: Rule, i: usize) -> Result<Option<Lie>, SolveError> {
    let d = poll.dim();
    let mut reports = honest(poll, rule);
    let own = reports[i * d..(i + 1) * d].to_vec();
    let before = bears(poll, rule, i, &reports)?;
    let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
    // 53 random bits: uniform on [−1, 1).
    let mut draw = move || 2.0 * ((rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64) - 1.0;
    let space = poll.game().space(i);
    let (lower, upper) = poll.range();
    let sides: Vec<f64> = lower.iter().zip(upper).map(|(l, u)| u - l).collect();
    let size = sides.iter().fold(0.0_f64, |m, s| m.max(*s));
    let allowed = |point: &[f64]| -> Vec<f64> {
        let mut inside = point.to_vec();
        if !rule.asks_for_targets() {
            space.project(point, &mut inside);
        }
        inside
    };
    let mut best: Option<Lie> = None;
    let mut attempt = |report: Vec<f64>, best: &mut Option<Lie>| -> Result<(), SolveError> {
        reports[i * d..(i + 1) * d].copy_from_slice(&report);
        let gain = before - bears(poll, rule, i, &reports)?;
        if gain > best.as_ref().map_or(0.0, |lie| lie.gain) {
            *best = Some(Lie { gain, report });
        }
        Ok(())
    };
    let outcome = rule.outcome(poll, &honest(poll, rule))?;
    let towards: Vec<f64> = (0..d).map(|k| poll.target(i)[k] - outcome[k]).collect();
    let mut directions = vec![towards.clone(), towards.iter().map(|v| -v).collect()];
    for k in 0..d {
        for sign in [1.0, -1.0] {
            let mut e = vec![0.0; d];
            e[k] = sign;
            directions.push(e);
        }
    }
    for _ in 0..DRAWN {
        directions.push((0..d).map(|_| draw()).collect());
    }
    for direction in &directions {
        let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length == 0.0 {
            continue;
        }
        for far in [0.25, 1.0, 4.0] {
            let by = far * size / length;
            let point: Vec<f64> = own.iter().zip(direction).map(|(x, v)| x + by * v).collect();
            attempt(allowed(&point), &mut best)?;
        }
    }
    let mut reach = 0.5 * size;
    for round in 0..ROUNDS {
        let Some(center) = best.as_ref().map(|lie| lie.report.clone()) else {
            // Nothing gains yet: small steps around the truth.
            let point: Vec<f64> = own.iter().map(|x| x + reach * draw()).collect();
            attempt(allowed(&point), &mut best)?;
            reach *= if round % 4 == 3 { 0.5 } else { 1.0 };
            continue;
        };
        let held = best.as_ref().map_or(0.0, |lie| lie.gain);
        for k in 0..d {
            for sign in [1.0, -1.0] {
                let mut point = center.clone();
                point[k] += sign * reach;
                attempt(allowed(&point), &mut best)?;
            }
        }
        if best.as_ref().is_none_or(|lie| lie.gain <= held) {
            reach *= 0.5;
        }
    }
    // What rounding may account for is no gain.
    let noise = 1e-11 * (before + size * size);
    Ok(best.filter(|lie| lie.gain > noise))
}

/// What everybody reports in honesty.
pub(crate) fn honest(poll: &Poll, rule: Rule) -> Vec<f64> {
    if rule.asks_for_targets() {
        poll.game().targets().to_vec()
    } else {
        poll.honest().to_vec()
    }
}

/// Loss, and payment where there is one.
fn bears(poll: &Poll, rule: Rule, i: usize, reports: &[f64]) -> Result<f64, SolveError> {
    let outcome = rule.outcome(poll, reports)?;
    let paid = match rule {
        Rule::Clarke => clarke(reports, poll.weights(), poll.dim())[i],
        _ => 0.0,
    };
    Ok(poll.loss(i, &outcome) + paid)
}
