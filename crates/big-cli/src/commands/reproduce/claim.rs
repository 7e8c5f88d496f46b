//! A claim of the paper, and what we got.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::table;

/// One claim.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Claim {
    /// Where the paper makes it.
    pub(crate) source: String,
    /// What is claimed.
    pub(crate) claim: String,
    /// What the paper says.
    pub(crate) paper: String,
    /// What we got.
    pub(crate) ours: String,
    /// Does it hold?
    pub(crate) holds: bool,
}

impl Claim {
    /// A claim that holds or does not.
    pub(crate) fn new(source: &str, claim: &str, paper: &str, ours: String, holds: bool) -> Self {
        Self {
            source: source.into(),
            claim: claim.into(),
            paper: paper.into(),
            ours,
            holds,
        }
    }
}

/// All claims: the answer of `big reproduce --json`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Reproduction {
    /// The seed of everything random.
    pub(crate) seed: u64,
    /// Do all claims hold?
    pub(crate) holds: bool,
    /// The claims, in the paper's order.
    pub(crate) claims: Vec<Claim>,
}

/// The table for people.
pub(crate) fn text(result: &Reproduction) -> String {
    let mut text = String::new();
    for claim in &result.claims {
        let mark = if claim.holds { "holds" } else { "FAILS" };
        text += &format!("{mark}  {}: {}\n", claim.source, claim.claim);
        text += &format!(
            "       the paper: {}\n       we got:    {}\n",
            claim.paper, claim.ours
        );
    }
    let held = result.claims.iter().filter(|c| c.holds).count();
    text += &table(
        &["", "claims"],
        [
            vec!["hold".to_owned(), held.to_string()],
            vec!["fail".to_owned(), (result.claims.len() - held).to_string()],
        ],
    );
    text
}
