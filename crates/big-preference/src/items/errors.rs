//! Standard errors that know who answered.

use big_numeric::dot;

use super::fit::Maximum;
use super::model::Ties;
use super::{Tally, fit::is_bordered};

/// What standard errors are made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errors {
    /// The observed information: as if comparisons were independent.
    Information,
    /// The sandwich, clustered by annotator with the factor `G/(G − 1)`; where nobody or one annotator is named, the information.
    #[default]
    Clustered,
}

/// The diagonal of `C (Σ u_c u_cᵀ) C · G/(G − 1)`, and how many annotators there are; `u_c` is the derivative of an annotator's
/// likelihood by the scores, once the parameter of ties is free as well. O(n · E).
pub(super) fn clustered(
    tally: &Tally,
    ties: Ties,
    found: &Maximum,
    covariance: &[f64],
    profile: Option<Vec<f64>>,
) -> Option<(Vec<f64>, usize)> {
    let n = tally.items();
    tally.annotators()?;
    let model = match is_bordered(tally.entries(), ties) {
        true => ties,
        false => Ties::Half,
    };
    // C h / t: how the scores follow the parameter of ties.
    let following: Option<Vec<f64>> = profile.map(|profile| {
        let rows = covariance.chunks_exact(n);
        rows.map(|row| dot(row, &profile)).collect()
    });
    let mut meat = vec![0.0; n];
    let mut groups = 0;
    let mut moved = vec![0.0; n];
    for rows in tally.entries().chunk_by(|a, b| a.annotator == b.annotator) {
        groups += 1;
        moved.fill(0.0);
        let mut by_ties = 0.0;
        for pair in rows {
            let (a, b) = (pair.a as usize, pair.b as usize);
            let term = model.terms(pair, found.scores[a] - found.scores[b], found.t);
            by_ties += term.gt;
            for (k, moved) in moved.iter_mut().enumerate() {
                *moved += term.gx * (covariance[a * n + k] - covariance[b * n + k]);
            }
        }
        if let Some(following) = &following {
            for (moved, with) in moved.iter_mut().zip(following) {
                *moved -= by_ties * with;
            }
        }
        meat.iter_mut().zip(&moved).for_each(|(m, v)| *m += v * v);
    }
    if groups < 2 {
        return None;
    }
    let factor = groups as f64 / (groups as f64 - 1.0);
    meat.iter_mut().for_each(|m| *m *= factor);
    Some((meat, groups))
}
