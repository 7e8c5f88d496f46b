//! What is proved beyond the paper, tried on random games by losses that are computed from the actions alone.

mod costs;
mod figures;
mod losses;
mod otherwise;
mod receivers;
mod rules;
mod statement;
mod together;

use big_answer::reproduce::Claim;

pub(super) use figures::figures;

/// All of them, by subject.
pub(super) fn claims(seed: u64) -> Vec<Claim> {
    let parts = [
        losses::claims(seed.wrapping_add(100)),
        receivers::claims(seed.wrapping_add(600)),
        costs::claims(seed.wrapping_add(200)),
        together::claims(seed.wrapping_add(300)),
        rules::claims(seed.wrapping_add(400)),
        otherwise::claims(seed.wrapping_add(500)),
    ];
    parts.into_iter().flatten().collect()
}
