//! The claims for people.

use big_answer::reproduce::Reproduction;

use crate::words::table;

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
    let held = result.held();
    text += &table(
        &["", "claims"],
        [
            vec!["hold".to_owned(), held.to_string()],
            vec!["fail".to_owned(), (result.claims.len() - held).to_string()],
        ],
    );
    text
}
