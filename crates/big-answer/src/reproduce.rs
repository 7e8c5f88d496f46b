//! The claims of the paper and of the theory beyond it, and what we got.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::{Kind, version};

/// One claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Where the paper makes it, or what part of the theory beyond it.
    pub source: String,
    /// What is claimed.
    pub claim: String,
    /// What the paper says; beyond it, what is proved or cited.
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
    /// The paper's claims, in its order.
    pub claims: Vec<Claim>,
    /// Claims beyond the paper, by subject.
    #[serde(default)]
    pub beyond: Vec<Claim>,
}

impl Reproduction {
    /// Everything that was claimed.
    pub fn new(seed: u64, claims: Vec<Claim>, beyond: Vec<Claim>) -> Self {
        Self {
            kind: Kind::Reproduce,
            version: version(),
            seed,
            holds: claims.iter().chain(&beyond).all(|c| c.holds),
            claims,
            beyond,
        }
    }

    /// How many claims hold, in a sentence.
    pub fn lead(&self) -> String {
        let held = |claims: &[Claim]| claims.iter().filter(|c| c.holds).count();
        let (paper, beyond) = (&self.claims, &self.beyond);
        let of = |claims: &[Claim]| format!("{} of {} claims", held(claims), claims.len());
        let further = match beyond.is_empty() {
            true => String::new(),
            false => format!(", and {} beyond it", of(beyond)),
        };
        format!("{} of arXiv:2502.01127 hold{further}.", of(paper))
    }
}
