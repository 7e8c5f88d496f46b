//! How times grow with the number of influencers: one line an `n`, all contestants side by side.

use super::{Contest, quick, seconds};

/// What a contestant is: the yardstick, ours, or a script that ours is held against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The streaming pass.
    Pass,
    /// Finds the receiver only: held against the scripts.
    Receiver,
    /// Ours, with more to do than a script.
    More,
    /// A script.
    Script,
}

/// A table of one game over `n`, as Markdown.
pub(crate) struct Growth {
    titled: bool,
    title: String,
    /// How many contestants the first line has; later ones may leave out the last.
    columns: usize,
}

impl Growth {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            titled: false,
            title: title.into(),
            columns: 0,
        }
    }

    /// Adds the line of one `n`; `roles` are those of the contestants, in their order. Ratios are of least times: of
    /// the receiver to the fastest script, and of everything of ours to the pass.
    pub(crate) fn line(&mut self, n: usize, contest: Contest<'_>, roles: &[Role]) {
        let times = contest.measure();
        if !self.titled {
            self.titled = true;
            println!("\n## {}\n", self.title);
            let names: Vec<&str> = times.iter().map(|(name, ..)| name.as_str()).collect();
            self.columns = names.len();
            println!("| n | {} | receiver / best script |", names.join(" | "));
            println!("| ---{} | --- |", " | ---".repeat(names.len()));
        }
        let of = |role: Role| times.iter().zip(roles).filter(move |(_, r)| **r == role);
        let pass = of(Role::Pass).next().map(|((_, least, _), _)| *least);
        let script = (of(Role::Script).map(|((_, least, _), _)| *least)).min_by(f64::total_cmp);
        let receiver = of(Role::Receiver).next().map(|((_, least, _), _)| *least);
        let mut cells: Vec<String> = (times.iter().zip(roles))
            .map(|((_, least, note), role)| match (role, pass) {
                (Role::Receiver | Role::More, Some(pass)) if n >= 10_000 => {
                    format!("{} ({:.1} passes)", seconds(*least), least / pass)
                }
                (Role::Script, _) if !note.is_empty() => format!("{} ({note})", seconds(*least)),
                _ => seconds(*least),
            })
            .collect();
        cells.resize(self.columns, "–".into());
        let ratio = match (receiver, script) {
            (Some(receiver), Some(script)) => format!("{:.2}", receiver / script),
            _ => "–".into(),
        };
        println!("| {n} | {} | {ratio} |", cells.join(" | "));
    }
}

/// The numbers of influencers: 2, and the powers of ten up to `most` (to a thousandth of it in a smoke run); `n=NUMBER`
/// on the command line leaves the others out.
pub(crate) fn sizes(most: usize) -> Vec<usize> {
    let most = if quick() { most / 1000 } else { most };
    let powers = (1..8).map(|e| 10_usize.pow(e)).filter(|&n| n <= most);
    let all = std::iter::once(2).chain(powers);
    let asked = |n: &usize| {
        let mut words = std::env::args().filter_map(|a| a.strip_prefix("n=").map(str::to_owned));
        words.next().is_none_or(|word| word == n.to_string())
    };
    all.filter(asked).collect()
}
