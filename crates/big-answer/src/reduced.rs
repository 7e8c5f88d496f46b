//! Games with another loss or receiver, told in their own terms.

use big_game::equilibrium::{Equilibrium, Selection};
use big_game::reduction::{Reduced, Restated};
use big_io::reduced_file_of;

use crate::influencers::{InfluencerResult, WeightValue};
use crate::solve::{CertificateResult, SolveResult};
use crate::terms::TermsResult;

/// Games with more influencers than this are not repeated in their results.
const EMBEDDED: usize = 1000;

/// The game as a game file, for a result that has to stand by itself; `None` where it has more than 1000 influencers, or audiences, whose
/// names a stacked receiver does not have.
pub(crate) fn embedded_reduced(name: Option<&str>, game: &Reduced) -> Option<serde_json::Value> {
    let small = game.own().influencers() <= EMBEDDED && game.terms().audiences.is_empty();
    small.then(|| reduced_file_of(name, None, game))
}

/// The answer about a game in terms of its own.
pub fn reduced(
    name: Option<String>,
    game: &Reduced,
    found: &Equilibrium,
    told: &Restated,
    selection: Selection,
    embed: bool,
) -> SolveResult {
    let plain = SolveResult::new(name, game.game(), found, &told.welfare, selection);
    let own = game.own();
    let shifted = game.terms().metric.is_some() || game.terms().response.is_some();
    let mut rows: Vec<InfluencerResult> = plain
        .influencers
        .iter()
        .flat_map(|all| all.rows())
        .collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row.weight = WeightValue::of(own.weight(i));
        row.target = own.target(i).to_vec();
        row.loss = told.standing.losses[i];
        row.regret = told.standing.regrets[i];
        if shifted {
            let off = row.action.iter().zip(&row.truthful_action);
            row.exaggeration = off.map(|(x, t)| (x - t) * (x - t)).sum::<f64>().sqrt();
        }
    }
    SolveResult {
        kind: plain.kind,
        version: plain.version,
        verdict: String::new(),
        status: plain.status,
        solution_concept: plain.solution_concept,
        receiver: told.standing.receiver.clone(),
        potential: plain.potential,
        cardinality: plain.cardinality,
        dimension: plain.dimension,
        winners: plain.winners,
        undecided: plain.undecided,
        influencers: Some(rows),
        coalitions: Vec::new(),
        welfare: plain.welfare,
        certificate: CertificateResult {
            duality_gap: plain.certificate.duality_gap,
            receiver_error_bound: game.error_bound(found, plain.certificate.receiver_error_bound),
            max_regret: told.standing.regrets.iter().copied().fold(0.0, f64::max),
            action_error_bound: None,
        },
        vertices: None,
        sensitivity: None,
        honesty: None,
        terms: Some(TermsResult::new(game, told)),
        solver: plain.solver,
        game: embed
            .then(|| embedded_reduced(plain.name.as_deref(), game))
            .flatten(),
        name: plain.name,
    }
    .worded()
}
