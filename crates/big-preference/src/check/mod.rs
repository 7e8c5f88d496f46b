//! What to know of a table of comparisons before anything is fitted to it: rows that say nothing, rows that say a thing twice,
//! people who contradict themselves, first places that win too often, columns in other units.
//!
//! One pass; beside sums it keeps 32 bytes a row of embeddings, by which equal pairs are found (their 64-bit hashes: two different
//! responses are taken for one with a probability below `N²/2^64`). Items are compared again and again, so pairs of names are not
//! kept.

mod tally;

use std::hash::{DefaultHasher, Hasher};

use big_numeric::parallel;

use crate::data::Preference;
use crate::statistics::fair_coin_p_value;
use tally::{Columns, Counts};

/// Row numbers that a finding carries: the first.
pub const ROWS: usize = 10;

/// Differences of one column this many times those of another are in other units.
const MIXED: f64 = 1e3;
/// Who gave more than this share of the rows dominates them.
const MOST: f64 = 0.5;
/// Items with fewer comparisons have hardly a score.
const FEW_COMPARISONS: u64 = 3;
/// What happens less often than this by chance is told.
const SIGNIFICANT: f64 = 0.01;

/// A response of one row.
#[derive(Clone, Copy, Debug)]
pub enum Response<'a> {
    /// Its embedding.
    Embedding(&'a [f64]),
    /// The index of its name.
    Item(u32),
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The first response.
    pub a: Response<'a>,
    /// The second.
    pub b: Response<'a>,
    /// Who won.
    pub label: Preference,
    /// Its weight.
    pub weight: f64,
    /// The index of its annotator's name, where it has one.
    pub annotator: Option<u32>,
}

/// What is found in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Both responses are the same.
    IdenticalPair,
    /// The same annotator said the same of the same pair in the same order before.
    DuplicateRow,
    /// The same annotator preferred either of the same two responses.
    Contradiction,
    /// Nobody is named, and either of the same two responses was preferred.
    Disagreement,
    /// One place wins more often than the other.
    PositionBias,
    /// Annotators who prefer one place more often than by chance.
    PositionBiasOfAnnotators,
    /// Neither response was preferred.
    Ties,
    /// Rows that count for nothing.
    ZeroWeight,
    /// Coordinates in which no two compared responses differ.
    ConstantColumn,
    /// Coordinates whose differences are of other sizes than others'.
    MixedScales,
    /// Annotators with fewer rows than coordinates: no position of their own; or items with fewer than three comparisons.
    FewRows,
    /// One annotator gave most of the rows.
    DominantAnnotator,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// How many rows, pairs, coordinates, annotators or items it is about.
    pub count: u64,
    /// The first few rows, from 1.
    pub rows: Vec<u64>,
    /// The first few annotators, items or coordinates, by their indices.
    pub of: Vec<u32>,
    /// Of what it is a share: for ties and the place of the first, of rows; for a dominant annotator, theirs; for mixed scales, the
    /// ratio of the largest to the smallest.
    pub share: f64,
    /// How often chance does as much.
    pub p_value: Option<f64>,
}

/// What was found, and how much there is.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Rows.
    pub rows: u64,
    /// Annotators; 0 where nobody is named.
    pub annotators: u64,
    /// Coordinates; 0 for items.
    pub dim: usize,
    /// Items; 0 for embeddings.
    pub items: u64,
    /// Rows in which the first was preferred, the second, and neither.
    pub labels: [u64; 3],
    /// The sum of the weights.
    pub weight: f64,
    /// What there is to know, the worst first.
    pub findings: Vec<Finding>,
}

/// A pair, and who said what of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    annotator: u32,
    low: u64,
    high: u64,
    /// The row, times 8; and 4 where the response of the lower hash came second; and the label, 0 (first), 1 or 2 (a tie).
    row: u64,
}

impl Said {
    fn row(&self) -> u64 {
        self.row >> 3
    }

    /// The place and the label.
    fn exactly(&self) -> u64 {
        self.row & 7
    }

    /// Was the response of the lower hash preferred? None at a tie.
    fn lower_won(&self) -> Option<bool> {
        match self.row & 3 {
            2 => None,
            label => Some((label == 0) == (self.row & 4 == 0)),
        }
    }
}

/// A pass over a table.
#[derive(Debug)]
pub struct Checker {
    /// Does a table whose first responses are the preferred ones have places?
    placed: bool,
    dim: usize,
    rows: u64,
    labels: [u64; 3],
    weight: f64,
    named: bool,
    identical: Few,
    ties: Few,
    weightless: Few,
    columns: Columns,
    people: Vec<Counts>,
    items: Vec<u64>,
    said: Vec<Said>,
}

/// How many, and the first few of them.
#[derive(Clone, Debug, Default)]
struct Few {
    count: u64,
    rows: Vec<u64>,
}

impl Few {
    fn add(&mut self, row: u64) {
        self.count += 1;
        if self.rows.len() < ROWS {
            self.rows.push(row);
        }
    }
}

impl Checker {
    /// For responses of `dim` coordinates, or items (0). Where the label says who was preferred it is `placed`; where the columns do,
    /// nothing is known of the places in which they were shown.
    pub fn new(dim: usize, placed: bool) -> Self {
        Self {
            placed,
            dim,
            rows: 0,
            labels: [0; 3],
            weight: 0.0,
            named: false,
            identical: Few::default(),
            ties: Few::default(),
            weightless: Few::default(),
            columns: Columns::new(dim),
            people: Vec::new(),
            items: Vec::new(),
            said: Vec::new(),
        }
    }

    /// Takes the next row. O(d).
    pub fn add(&mut self, row: &Row<'_>) {
        self.rows += 1;
        let number = self.rows;
        let label = match row.label {
            Preference::A => 0,
            Preference::B => 1,
            Preference::Share(share) if share > 0.5 => 0,
            Preference::Share(share) if share < 0.5 => 1,
            Preference::Tie | Preference::Share(_) => 2,
        };
        self.labels[label] += 1;
        self.weight += row.weight;
        if label == 2 {
            self.ties.add(number);
        }
        if row.weight == 0.0 {
            self.weightless.add(number);
        }
        if let Some(who) = row.annotator {
            self.named = true;
            let who = who as usize;
            if self.people.len() <= who {
                self.people.resize(who + 1, Counts::default());
            }
            self.people[who].add(label);
        }
        match (row.a, row.b) {
            (Response::Embedding(a), Response::Embedding(b)) => {
                self.columns.add(a, b);
                if a == b {
                    self.identical.add(number);
                    return;
                }
                let (first, second) = (hash(a), hash(b));
                let swapped = first > second;
                self.said.push(Said {
                    annotator: row.annotator.unwrap_or(u32::MAX),
                    low: first.min(second),
                    high: first.max(second),
                    row: number << 3 | u64::from(swapped) << 2 | label as u64,
                });
            }
            (Response::Item(a), Response::Item(b)) => {
                let most = a.max(b) as usize;
                if self.items.len() <= most {
                    self.items.resize(most + 1, 0);
                }
                self.items[a as usize] += 1;
                self.items[b as usize] += 1;
                if a == b {
                    self.identical.add(number);
                }
            }
            _ => {} // a table has one or the other
        }
    }

    /// What was found. O(N log N).
    pub fn finish(mut self) -> Report {
        let mut findings = Vec::new();
        let few = |kind: Kind, few: &Few, of: u64| Finding {
            kind,
            count: few.count,
            rows: few.rows.clone(),
            of: Vec::new(),
            share: few.count as f64 / of.max(1) as f64,
            p_value: None,
        };
        findings.extend(
            (self.identical.count > 0)
                .then(|| few(Kind::IdenticalPair, &self.identical, self.rows)),
        );
        let (twice, both) = self.repeated();
        let opposed = match self.named {
            true => Kind::Contradiction,
            false => Kind::Disagreement,
        };
        findings.extend((both.count > 0).then(|| few(opposed, &both, self.rows)));
        findings.extend((twice.count > 0).then(|| few(Kind::DuplicateRow, &twice, self.rows)));
        if self.placed {
            findings.extend(self.places());
        }
        findings.extend(self.columns.findings());
        findings.extend(self.scarce());
        findings.extend(
            (self.weightless.count > 0).then(|| few(Kind::ZeroWeight, &self.weightless, self.rows)),
        );
        findings.extend((self.ties.count > 0).then(|| few(Kind::Ties, &self.ties, self.rows)));
        Report {
            rows: self.rows,
            annotators: self.people.len() as u64,
            dim: self.dim,
            items: self.items.len() as u64,
            labels: self.labels,
            weight: self.weight,
            findings,
        }
    }

    /// Rows that say what was said before, and pairs of which both was said.
    fn repeated(&mut self) -> (Few, Few) {
        parallel::sort(&mut self.said);
        let (mut twice, mut both) = (Vec::new(), Vec::new());
        let same =
            |a: &Said, b: &Said| (a.annotator, a.low, a.high) == (b.annotator, b.low, b.high);
        for group in self.said.chunk_by(same) {
            if group.len() == 1 {
                continue;
            }
            // Of each of the six things that can be said of a pair, the first does not repeat anything.
            let mut known = 0_u8;
            let mut winner = None;
            let mut contradicted = false;
            for said in group {
                let bit = 1 << said.exactly();
                if known & bit != 0 {
                    twice.push(said.row());
                }
                known |= bit;
                let won = said.lower_won();
                if winner.is_some() && won.is_some() && won != winner && !contradicted {
                    contradicted = true;
                    both.push(said.row());
                }
                winner = winner.or(won);
            }
        }
        let first = |mut rows: Vec<u64>| {
            rows.sort_unstable();
            let count = rows.len() as u64;
            rows.truncate(ROWS);
            Few { count, rows }
        };
        (first(twice), first(both))
    }

    /// Does one place win more often?
    fn places(&self) -> Vec<Finding> {
        let [first, second, _] = self.labels;
        let mut findings = Vec::new();
        let finding = |kind, count, of, share, p_value| Finding {
            kind,
            count,
            rows: Vec::new(),
            of,
            share,
            p_value: Some(p_value),
        };
        let p = fair_coin_p_value(first, first + second);
        if p < SIGNIFICANT {
            let share = first as f64 / (first + second) as f64;
            findings.push(finding(
                Kind::PositionBias,
                first.max(second),
                Vec::new(),
                share,
                p,
            ));
        }
        // So many annotators are looked at that one of them is likely to stand out by chance.
        let looked = self.people.iter().filter(|who| who.decided() > 0).count() as f64;
        let mut odd: Vec<(f64, u32)> = (0..)
            .zip(&self.people)
            .map(|(who, counts)| (counts.p_value(), who))
            .filter(|(p, _)| p * looked < SIGNIFICANT)
            .collect();
        odd.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let (Some((p, _)), true) = (odd.first(), looked > 1.0) {
            let share = odd.len() as f64 / looked;
            let p = (p * looked).min(1.0);
            let of = odd.iter().take(ROWS).map(|(_, who)| *who).collect();
            findings.push(finding(
                Kind::PositionBiasOfAnnotators,
                odd.len() as u64,
                of,
                share,
                p,
            ));
        }
        findings
    }

    /// Who or what has too few rows, or too many.
    fn scarce(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let finding = |kind, count, of: Vec<u32>, share| Finding {
            kind,
            count,
            rows: Vec::new(),
            of,
            share,
            p_value: None,
        };
        let below = |counts: &mut dyn Iterator<Item = u64>, least: u64| -> Vec<u32> {
            let few = (0..).zip(counts).filter(|(_, n)| *n < least);
            few.map(|(who, _)| who).collect()
        };
        let (few, all) = match self.dim {
            0 => (
                below(&mut self.items.iter().copied(), FEW_COMPARISONS),
                self.items.len(),
            ),
            d => (
                below(&mut self.people.iter().map(Counts::rows), d as u64 + 1),
                self.people.len(),
            ),
        };
        if !few.is_empty() {
            let first = few.iter().take(ROWS).copied().collect();
            findings.push(finding(
                Kind::FewRows,
                few.len() as u64,
                first,
                few.len() as f64 / all as f64,
            ));
        }
        let most = (0..)
            .zip(&self.people)
            .max_by_key(|(who, counts)| (counts.rows(), u32::MAX - who));
        if let Some((who, counts)) = most
            && self.people.len() > 2
            && counts.rows() as f64 > MOST * self.rows as f64
        {
            let share = counts.rows() as f64 / self.rows as f64;
            findings.push(finding(
                Kind::DominantAnnotator,
                counts.rows(),
                vec![who],
                share,
            ));
        }
        findings
    }
}

/// The same for equal numbers: the two zeros are one.
fn hash(numbers: &[f64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for number in numbers {
        hasher.write_u64((number + 0.0).to_bits());
    }
    hasher.finish()
}
