//! The scores of the highest likelihood.

use super::errors::{Errors, clustered};
use super::existence::{NoScores, existence};
use super::model::{Terms, Ties};
use super::system::{System, center};
use super::{DENSE, Pair, Tally};

/// Newton steps at most.
const STEPS: usize = 200;
/// A step so small, beside the scores, is the last.
const SMALL: f64 = 1e-12;

/// Scores, and how sure they are.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemsFit {
    /// The scores, with mean 0.
    pub scores: Vec<f64>,
    /// Their standard errors; `None` with more items than [`DENSE`].
    pub standard_errors: Option<Vec<f64>>,
    /// By how many annotators they are clustered; `None`: from the information.
    pub clusters: Option<usize>,
    /// The parameter of ties, where it is one of the model's and there are any.
    pub ties: Option<TieEstimate>,
    /// The log-likelihood, without a ridge.
    pub log_likelihood: f64,
    /// Newton steps.
    pub iterations: usize,
    /// The largest derivative of the log-likelihood there.
    pub gradient: f64,
}

/// `ν` (Davidson) or the threshold `η` (Rao and Kupper).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TieEstimate {
    /// The parameter.
    pub value: f64,
    /// Its standard error by the information; `None` with more items than [`DENSE`].
    pub standard_error: Option<f64>,
}

/// Where the likelihood is highest, and its terms there.
pub(super) struct Maximum {
    pub(super) scores: Vec<f64>,
    /// The parameter of ties, as the model has it.
    pub(super) t: f64,
    pub(super) terms: Vec<Terms>,
    iterations: usize,
    gradient: f64,
}

/// Fits the scores of items, of which half the `ridge` times `‖s‖²` is taken from the log-likelihood (0: none), by Newton's method:
/// O(n³) a step up to [`DENSE`] items, conjugate gradients at O(E) a turn above. A step of which the likelihood does not gain is
/// halved; it is concave, so there is one maximum (Rao and Kupper's by Pratt 1981).
///
/// # Errors
/// Why there is none.
pub fn fit(tally: &Tally, ties: Ties, ridge: f64, errors: Errors) -> Result<ItemsFit, NoScores> {
    exists(tally, ties, ridge)?;
    let pairs = tally.pairs();
    let bordered = is_bordered(&pairs, ties);
    let found = maximise(tally.items(), &pairs, ties, ridge, None).ok_or(NoScores::NotConverged)?;
    let system = System::new(tally.items(), &pairs, &found.terms, ridge, bordered);
    let system = system.ok_or(NoScores::NotConverged)?;
    let (mut standard_errors, mut tie_error, mut clusters) = (None, None, None);
    if let Some((covariance, variance)) = system.covariance() {
        let n = tally.items();
        let diagonal: Vec<f64> = (0..n).map(|k| covariance[k * n + k]).collect();
        let sandwich = match errors {
            Errors::Clustered => clustered(tally, ties, &found, &covariance, system.profile()),
            Errors::Information => None,
        };
        clusters = sandwich.as_ref().map(|(_, annotators)| *annotators);
        let diagonal = sandwich.map_or(diagonal, |(diagonal, _)| diagonal);
        standard_errors = Some(diagonal.iter().map(|v| v.max(0.0).sqrt()).collect());
        tie_error = variance.map(f64::sqrt);
    }
    let ties = bordered.then(|| match ties {
        // The delta method: ν = e^t.
        Ties::Davidson => TieEstimate {
            value: found.t.exp(),
            standard_error: tie_error.map(|e| e * found.t.exp()),
        },
        _ => TieEstimate {
            value: found.t,
            standard_error: tie_error,
        },
    });
    debug_assert_eq!(standard_errors.is_some(), tally.items() <= DENSE);
    Ok(ItemsFit {
        scores: rounded(found.scores),
        standard_errors,
        clusters,
        ties,
        log_likelihood: found.terms.iter().map(|term| term.value).sum(),
        iterations: found.iterations,
        gradient: found.gradient,
    })
}

/// A score below the rounding of the others is 0.
fn rounded(mut scores: Vec<f64>) -> Vec<f64> {
    let noise = 1e-15 * scores.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
    scores
        .iter_mut()
        .filter(|v| v.abs() < noise)
        .for_each(|v| *v = 0.0);
    scores
}

/// Is there a maximum? With a ridge scores cannot run away, but a parameter of ties can where there is nothing else.
pub(super) fn exists(tally: &Tally, ties: Ties, ridge: f64) -> Result<(), NoScores> {
    match existence(tally, ties) {
        Err(NoScores::Components { .. } | NoScores::Ordered) if ridge > 0.0 => Ok(()),
        found => found,
    }
}

/// Is there a parameter of ties? Without any its estimate is at the end of its range, and the model is Bradley and Terry's.
pub(super) fn is_bordered(pairs: &[Pair], ties: Ties) -> bool {
    ties.has_parameter() && pairs.iter().any(|pair| pair.ties > 0.0)
}

/// The maximum, which is known to exist, from `start` or from equal scores; `None` where it was not reached.
pub(super) fn maximise(
    n: usize,
    pairs: &[Pair],
    ties: Ties,
    ridge: f64,
    start: Option<&[f64]>,
) -> Option<Maximum> {
    let bordered = is_bordered(pairs, ties);
    let model = if bordered { ties } else { Ties::Half };
    let mut scores = start.map_or_else(|| vec![0.0; n], <[f64]>::to_vec);
    let weight: f64 = pairs.iter().map(Pair::weight).sum();
    let drawn: f64 = pairs.iter().map(|pair| pair.ties).sum();
    let mut t = model.start(drawn / weight);
    let terms_at = |scores: &[f64], t: f64| -> (Vec<Terms>, f64) {
        let terms: Vec<Terms> = pairs
            .iter()
            .map(|pair| model.terms(pair, scores[pair.a as usize] - scores[pair.b as usize], t))
            .collect();
        let value: f64 = terms.iter().map(|term| term.value).sum();
        let penalty: f64 = scores.iter().map(|s| s * s).sum();
        (terms, value - 0.5 * ridge * penalty)
    };
    let (mut terms, mut value) = terms_at(&scores, t);
    let mut last = f64::INFINITY;
    for iterations in 1..=STEPS {
        let mut g: Vec<f64> = scores.iter().map(|s| -ridge * s).collect();
        for (pair, term) in pairs.iter().zip(&terms) {
            g[pair.a as usize] += term.gx;
            g[pair.b as usize] -= term.gx;
        }
        let gt: f64 = terms.iter().map(|term| term.gt).sum();
        let gradient = g
            .iter()
            .fold(gt.abs() * f64::from(u8::from(bordered)), |m, v| {
                m.max(v.abs())
            });
        let (step, turn) = System::new(n, pairs, &terms, ridge, bordered)?.solve(&g, gt)?;
        let size = step.iter().fold(turn.abs(), |m, v| m.max(v.abs()));
        let scale = scores.iter().fold(1.0, |m: f64, v| m.max(v.abs()));
        // At the end steps shrink no more: rounding.
        if size <= SMALL * scale || (size < 1e-8 * scale && size >= 0.5 * last) {
            return Some(Maximum {
                scores,
                t,
                terms,
                iterations,
                gradient,
            });
        }
        last = size;
        let mut share = 1.0;
        loop {
            let next: Vec<f64> = scores
                .iter()
                .zip(&step)
                .map(|(s, d)| s + share * d)
                .collect();
            let ahead = t + share * turn;
            if model.allows(ahead) || !bordered {
                let (trial, gained) = terms_at(&next, ahead);
                // Near the top the gain is below the rounding of the sum.
                let near = size < 1e-4 * scale && gained.is_finite();
                if gained >= value || near {
                    (scores, t, terms, value) = (next, ahead, trial, gained);
                    center(&mut scores);
                    break;
                }
            }
            share *= 0.5;
            if share < 1e-12 {
                return None;
            }
        }
    }
    None
}
