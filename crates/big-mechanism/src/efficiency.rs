//! What a rule makes of honest noise.

use big_game::SolveError;
use big_game::action_space::ConvexSet;
use big_numeric::distance;
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::poll::Poll;
use crate::rule::Rule;

/// Electorates drawn at most; fewer of many voters.
const DRAWS: usize = 1000;
/// Numbers looked at, about.
const WORK: usize = 20_000_000;

/// The mean's mean squared error over the rule's, where everybody reports the middle of the range and Gaussian noise of a
/// twentieth of its side (on a simplex its middle and as much, or a quarter of what each coordinate has there if that is less, and
/// back to the simplex), with the poll's weights: 1 for the mean, less for who uses less of what is said. Measured on drawn
/// electorates, the same ones for the same poll; for large ones the known limits are 2/π for the median, π/4 and 8/(3π) for
/// the geometric median in two and three dimensions.
pub(crate) fn efficiency(poll: &Poll, rule: Rule) -> Result<f64, SolveError> {
    if matches!(rule, Rule::WeightedMean | Rule::Clarke) {
        return Ok(1.0);
    }
    let (n, d) = (poll.voters(), poll.dim());
    let (lower, upper) = poll.range();
    let voters = if rule == Rule::Krum { n * n } else { 16 * n };
    let draws = (WORK / (voters * d)).clamp(20, DRAWS);
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut uniform = move || ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let (mut errors, mut plain) = (0.0, 0.0);
    let middle: Vec<f64> = (0..d)
        .map(|k| match poll.simplex() {
            Some(scale) => scale / d as f64,
            None => 0.5 * (lower[k] + upper[k]),
        })
        .collect();
    for _ in 0..draws {
        let mut reports = Vec::with_capacity(n * d);
        for i in 0..n {
            let report = (0..d).map(|k| {
                // Box and Muller.
                let radius = (-2.0 * uniform().ln()).sqrt();
                let noise = radius * (std::f64::consts::TAU * uniform()).cos();
                let wide = 0.05 * (upper[k] - lower[k]);
                let wide = match poll.simplex() {
                    Some(_) => wide.min(0.25 * middle[k]),
                    None => wide,
                };
                middle[k] + wide * noise
            });
            let mut report: Vec<f64> = report.collect();
            if poll.simplex().is_some() {
                let outside = report.clone();
                poll.game().space(i).project(&outside, &mut report);
            }
            reports.extend(report);
        }
        let error = |outcome: Vec<f64>| distance(&outcome, &middle).powi(2);
        errors += error(rule.outcome(poll, &reports)?);
        plain += error(Rule::WeightedMean.outcome(poll, &reports)?);
    }
    Ok(if errors > 0.0 { plain / errors } else { 1.0 })
}
