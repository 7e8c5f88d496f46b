//! The claims of the paper, and what we got.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};

/// One claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Where the paper makes it.
    pub source: String,
    /// What is claimed.
    pub claim: String,
    /// What the paper says.
    pub paper: String,
    /// What we got.
    pub ours: String,
    /// Does it hold?
    pub holds: bool,
}

impl Claim {
    /// A claim that holds or does not.
    pub fn new(source: &str, claim: &str, paper: &str, ours: String, holds: bool) -> Self {
        Self {
            source: source.into(),
            claim: claim.into(),
            paper: paper.into(),
            ours,
            holds,
        }
    }
}

/// All claims: the answer of `big reproduce`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduction {
    /// `reproduce`.
    pub kind: Kind,
    /// The program's version.
    pub version: String,
    /// The seed of everything random.
    pub seed: u64,
    /// Do all claims hold?
    pub holds: bool,
    /// The claims, in the paper's order.
    pub claims: Vec<Claim>,
}

impl Reproduction {
    /// Everything that was claimed.
    pub fn new(seed: u64, claims: Vec<Claim>) -> Self {
        Self {
            kind: Kind::Reproduce,
            version: version(),
            seed,
            holds: claims.iter().all(|c| c.holds),
            claims,
        }
    }

    /// How many claims hold.
    pub fn held(&self) -> usize {
        self.claims.iter().filter(|c| c.holds).count()
    }
}
