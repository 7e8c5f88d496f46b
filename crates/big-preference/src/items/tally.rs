//! Comparisons of items, each pair once an annotator.

use crate::data::Preference;

/// Rows that are sorted at a time.
const BATCH: usize = 1 << 20;

/// What is known of two items, `a < b`: the weights of the rows in which either won, and in which neither did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Whose rows these are; 0 where nobody is named, and where all are taken together.
    pub annotator: u32,
    /// The item of the lower index.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// The weight of the rows in which `a` won.
    pub a_wins: f64,
    /// In which `b` did.
    pub b_wins: f64,
    /// In which neither did.
    pub ties: f64,
}

impl Pair {
    /// The weight of all of them.
    pub fn weight(&self) -> f64 {
        self.a_wins + self.b_wins + self.ties
    }

    fn key(&self) -> (u32, u32, u32) {
        (self.annotator, self.a, self.b)
    }
}

/// Comparisons of items: at most one [`Pair`] for two items and an annotator.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    items: usize,
    named: bool,
    annotators: usize,
    rows: u64,
    ties: u64,
    comparisons: Vec<u64>,
    entries: Vec<Pair>,
}

impl Tally {
    /// Items, `n`.
    pub fn items(&self) -> usize {
        self.items
    }

    /// Annotators; `None` where nobody is named.
    pub fn annotators(&self) -> Option<usize> {
        self.named.then_some(self.annotators)
    }

    /// Rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that are ties.
    pub fn ties(&self) -> u64 {
        self.ties
    }

    /// Rows item by item.
    pub fn comparisons(&self) -> &[u64] {
        &self.comparisons
    }

    /// Annotator by annotator, and each by pair.
    pub fn entries(&self) -> &[Pair] {
        &self.entries
    }

    /// All annotators taken together, by pair. O(E log E).
    pub fn pairs(&self) -> Vec<Pair> {
        let mut pairs = self.entries.clone();
        pairs.iter_mut().for_each(|pair| pair.annotator = 0);
        fold(pairs)
    }

    /// The same comparisons with other weights; entries of weight 0 go.
    pub(super) fn with_entries(&self, entries: Vec<Pair>) -> Self {
        Self {
            entries,
            ..self.clone()
        }
    }
}

/// Sorts pairs by annotator and items, and adds up those of the same, in the order in which they came.
fn fold(mut pairs: Vec<Pair>) -> Vec<Pair> {
    // A stable sort: sums do not depend on chance.
    pairs.sort_by_key(Pair::key);
    let mut out: Vec<Pair> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        match out.last_mut().filter(|last| last.key() == pair.key()) {
            Some(last) => {
                last.a_wins += pair.a_wins;
                last.b_wins += pair.b_wins;
                last.ties += pair.ties;
            }
            None => out.push(pair),
        }
    }
    out
}

/// Makes a [`Tally`] of rows that come one by one.
#[derive(Debug, Default)]
pub struct Builder {
    named: bool,
    annotators: usize,
    rows: u64,
    ties: u64,
    comparisons: Vec<u64>,
    fresh: Vec<Pair>,
    folded: Vec<Pair>,
}

impl Builder {
    /// Without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row: items `first` and `second` by their indices, who won, the row's weight, and the index of its annotator. A
    /// comparison of an item with itself says nothing, and is passed over.
    pub fn add(
        &mut self,
        first: u32,
        second: u32,
        label: Preference,
        weight: f64,
        annotator: Option<u32>,
    ) {
        let most = first.max(second) as usize;
        if self.comparisons.len() <= most {
            self.comparisons.resize(most + 1, 0);
        }
        if first == second {
            return;
        }
        self.rows += 1;
        self.ties += u64::from(label == Preference::Tie);
        self.comparisons[first as usize] += 1;
        self.comparisons[second as usize] += 1;
        let who = annotator.unwrap_or(0);
        self.named |= annotator.is_some();
        self.annotators = self.annotators.max(who as usize + 1);
        let mut pair = Pair {
            annotator: who,
            a: first.min(second),
            b: first.max(second),
            a_wins: 0.0,
            b_wins: 0.0,
            ties: 0.0,
        };
        match label {
            Preference::Tie => pair.ties = weight,
            Preference::Share(share) => {
                let (won, lost) = (weight * share, weight * (1.0 - share));
                let (a, b) = if first < second {
                    (won, lost)
                } else {
                    (lost, won)
                };
                (pair.a_wins, pair.b_wins) = (a, b);
            }
            label if (label == Preference::A) == (first < second) => pair.a_wins = weight,
            _ => pair.b_wins = weight,
        }
        self.fresh.push(pair);
        if self.fresh.len() >= BATCH {
            self.fold();
        }
    }

    fn fold(&mut self) {
        let mut all = std::mem::take(&mut self.folded);
        all.extend(fold(std::mem::take(&mut self.fresh)));
        self.folded = fold(all);
    }

    /// The comparisons. O(N log N) in all.
    pub fn finish(mut self) -> Tally {
        self.fold();
        Tally {
            items: self.comparisons.len(),
            named: self.named,
            annotators: self.annotators,
            rows: self.rows,
            ties: self.ties,
            comparisons: self.comparisons,
            entries: self.folded,
        }
    }
}
