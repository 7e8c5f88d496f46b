//! Rows that are elsewhere, in shards: passes over them are asked for, and what the shards answer is added up in their order.
//!
//! A [`Pass`] and an [`Answer`] are bytes between processes (little-endian, so that all machines read the same numbers). A shard's
//! sums do not depend on who makes them, on how many threads, or when; and the shards' are added in the shards' order: the same
//! bits whatever is where. What only blocks of rows can tell (whether a maximum exists, where that is in doubt) has the rows
//! brought, shard by shard.

use crate::bytes::{Reader, Writer};
use crate::data::{Block, Comparisons, DataError, Source};
use crate::errors::{Scores, add_by_annotator};
use crate::kernel::{Curvature, LikelihoodSums};
use crate::likelihood::{Wanted, sums_of};

mod named;
mod people;

pub use named::NamedScores;
pub use people::{People, SomeRows};

/// What is asked of every shard.
#[derive(Clone, Debug, PartialEq)]
pub enum Pass {
    /// How many coordinates and rows there are.
    Look,
    /// The likelihood's sums.
    Sums(AllWanted),
    /// The annotators' scores at these coefficients of the columns.
    Scores(Vec<f64>),
    /// Who is named.
    People,
    /// So many rows from one on (counted from 0), of one shard.
    Rows {
        /// The first.
        from: u64,
        /// Their number.
        rows: u64,
    },
}

/// The likelihood's sums at one or several points.
#[derive(Clone, Debug, PartialEq)]
pub struct AllWanted(Vec<Wanted>);

/// What a shard is, or all of them are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The dimension `d`.
    pub dim: usize,
    /// Rows (a tie counted as half each way makes two).
    pub rows: u64,
    /// Ties.
    pub ties: u64,
    /// Does every row name its annotator?
    pub named: bool,
    /// Which columns there are.
    pub columns: Columns,
}

/// Columns that a table may lack, but not some of its shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Weights.
    pub weights: bool,
    /// Annotators.
    pub annotators: bool,
}

/// What a shard's table says of its rows beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Ties, each of which makes two rows.
    pub ties: u64,
    /// The same by annotator.
    pub ties_by: Vec<u64>,
    /// The table's columns.
    pub columns: Columns,
}

/// What one shard, or all of them together, say to a pass.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Pass::Look`].
    Look(Look),
    /// To [`Pass::Sums`].
    Sums(AllSums),
    /// To [`Pass::Scores`].
    Scores(NamedScores),
    /// To [`Pass::People`].
    People(People),
    /// To [`Pass::Rows`].
    Rows(SomeRows),
}

/// The likelihood's sums at one or several points.
#[derive(Clone, Debug)]
pub struct AllSums(Vec<LikelihoodSums>);

impl Pass {
    /// For another process.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        match self {
            Self::Look => out.byte(0),
            Self::Sums(AllWanted(all)) => {
                out.byte(1);
                out.count(all.len());
                for wanted in all {
                    out.byte(match wanted.curvature {
                        Curvature::None => 0,
                        Curvature::Single => 1,
                        Curvature::Double => 2,
                    });
                    out.count(wanted.free);
                    out.count(wanted.q.len());
                    out.numbers(&wanted.q);
                }
            }
            Self::Scores(q) => {
                out.byte(2);
                out.count(q.len());
                out.numbers(q);
            }
            Self::People => out.byte(3),
            Self::Rows { from, rows } => {
                out.byte(4);
                out.whole(*from);
                out.whole(*rows);
            }
        }
        out.done()
    }

    /// From another process; `None` where it is no pass.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let pass = match from.byte()? {
            0 => Self::Look,
            1 => {
                let mut all = Vec::new();
                for _ in 0..from.count()? {
                    let curvature = match from.byte()? {
                        0 => Curvature::None,
                        1 => Curvature::Single,
                        2 => Curvature::Double,
                        _ => return None,
                    };
                    let free = from.count()?;
                    let columns = from.count()?;
                    let q = from.numbers(columns)?;
                    if free > columns {
                        return None;
                    }
                    all.push(Wanted { q, free, curvature });
                }
                Self::Sums(AllWanted(all))
            }
            2 => {
                let columns = from.count()?;
                Self::Scores(from.numbers(columns)?)
            }
            3 => Self::People,
            4 => Self::Rows {
                from: from.whole()?,
                rows: from.whole()?,
            },
            _ => return None,
        };
        from.is_done().then_some(pass)
    }

    /// What rows say to it; `None` where they have another dimension.
    ///
    /// # Errors
    /// What the rows' source says.
    pub fn answer(&self, rows: &Comparisons, beside: &Beside) -> Result<Option<Answer>, DataError> {
        let columns = rows.dim() + 1;
        Ok(match self {
            Self::Look => Some(Answer::Look(Look {
                dim: rows.dim(),
                rows: rows.rows() as u64,
                ties: beside.ties,
                named: rows.annotators().len() == rows.rows(),
                columns: beside.columns,
            })),
            Self::Sums(AllWanted(all)) if all.iter().all(|wanted| wanted.q.len() == columns) => {
                Some(Answer::Sums(AllSums(sums_of(rows, all)?)))
            }
            Self::Scores(q) if q.len() == columns => {
                let mut sums = Vec::new();
                add_by_annotator(rows, q, &mut sums);
                let mut scores = NamedScores::default();
                for (name, sums) in rows.names().iter().zip(sums) {
                    if let Some(sums) = sums {
                        scores.add(name, sums);
                    }
                }
                Some(Answer::Scores(scores))
            }
            Self::People => Some(Answer::People(People::of(rows, &beside.ties_by))),
            Self::Rows { from, rows: count } => {
                Some(Answer::Rows(SomeRows::of(rows, *from, *count)))
            }
            Self::Sums(_) | Self::Scores(_) => None,
        })
    }
}

impl Answer {
    /// For another process.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        match self {
            Self::Look(look) => {
                out.count(look.dim);
                out.whole(look.rows);
                out.whole(look.ties);
                let Columns {
                    weights,
                    annotators,
                } = look.columns;
                for flag in [look.named, weights, annotators] {
                    out.byte(u8::from(flag));
                }
            }
            Self::Sums(AllSums(all)) => {
                for sums in all {
                    out.numbers(&[sums.value, sums.left_out, sums.weight]);
                    out.whole(sums.rows);
                    out.numbers(&sums.slope);
                    out.numbers(&sums.reach);
                    // The lower triangle by rows: that is all there is.
                    let free = sums.reach.len();
                    for j in 0..free {
                        out.numbers(&sums.curvature[j * free..=j * free + j]);
                    }
                }
            }
            Self::Scores(scores) => scores.write(&mut out),
            Self::People(people) => people.write(&mut out),
            Self::Rows(rows) => rows.write(&mut out),
        }
        out.done()
    }

    /// From another process, to a pass; `None` where it is no answer to that.
    pub fn from_bytes(pass: &Pass, bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let answer = match pass {
            Pass::Look => Self::Look(Look {
                dim: from.count()?,
                rows: from.whole()?,
                ties: from.whole()?,
                named: from.byte()? != 0,
                columns: Columns {
                    weights: from.byte()? != 0,
                    annotators: from.byte()? != 0,
                },
            }),
            Pass::Sums(AllWanted(all)) => {
                let mut made = Vec::with_capacity(all.len());
                for wanted in all {
                    let mut sums = wanted.sums();
                    let few = from.numbers(3)?;
                    (sums.value, sums.left_out, sums.weight) = (few[0], few[1], few[2]);
                    sums.rows = from.whole()?;
                    sums.slope = from.numbers(wanted.free)?;
                    let free = sums.reach.len();
                    sums.reach = from.numbers(free)?;
                    for j in 0..free {
                        let row = from.numbers(j + 1)?;
                        sums.curvature[j * free..=j * free + j].copy_from_slice(&row);
                    }
                    made.push(sums);
                }
                Self::Sums(AllSums(made))
            }
            Pass::Scores(q) => Self::Scores(NamedScores::read(&mut from, q.len())?),
            Pass::People => Self::People(People::read(&mut from)?),
            Pass::Rows { .. } => Self::Rows(SomeRows::read(&mut from)?),
        };
        from.is_done().then_some(answer)
    }

    /// Adds what the next shard says; why it cannot be, where that does not fit.
    ///
    /// # Errors
    /// In words, where the shards' dimensions differ or they answer different questions.
    pub fn join(&mut self, next: Self) -> Result<(), String> {
        match (self, next) {
            (Self::Look(all), Self::Look(next)) => {
                if next.dim != all.dim {
                    return Err(format!(
                        "the embeddings have {} coordinates where those before have {}",
                        next.dim, all.dim
                    ));
                }
                let (there, here) = (all.columns, next.columns);
                for (what, there, here) in [
                    ("weights", there.weights, here.weights),
                    ("annotators", there.annotators, here.annotators),
                ] {
                    if there != here {
                        let (has, before) = match here {
                            true => ("has", "have none"),
                            false => ("lacks", "have it"),
                        };
                        return Err(format!(
                            "{has} a column of {what}, and those before {before}"
                        ));
                    }
                }
                all.rows += next.rows;
                all.ties += next.ties;
                all.named &= next.named;
            }
            (Self::Sums(AllSums(all)), Self::Sums(AllSums(next))) => {
                for (sums, next) in all.iter_mut().zip(&next) {
                    sums.join(next);
                }
            }
            (Self::Scores(all), Self::Scores(next)) => all.join(next),
            (Self::People(all), Self::People(next)) => all.join(next),
            _ => return Err("it answers another question".to_owned()),
        }
        Ok(())
    }
}

/// Whoever makes passes over shards.
pub trait Elsewhere: Sync {
    /// What all shards together say, added in their order.
    ///
    /// # Errors
    /// When a shard has no answer.
    fn pass(&self, pass: &Pass) -> Result<Answer, DataError>;

    /// What single shards, by their number, say to a pass each, handed over in the order in which they are asked.
    ///
    /// # Errors
    /// The first of `receive`, or of a shard that has no answer.
    fn each(
        &self,
        asked: &[(usize, Pass)],
        receive: &mut dyn FnMut(Answer) -> Result<(), DataError>,
    ) -> Result<(), DataError>;

    /// Brings the rows, shard by shard in their order.
    ///
    /// # Errors
    /// When a shard cannot be brought.
    fn bring(&self, visit: &mut dyn FnMut(&Comparisons)) -> Result<(), DataError>;
}

/// All shards as one source of rows.
pub struct Shards<'a> {
    elsewhere: &'a dyn Elsewhere,
    look: Look,
}

impl<'a> Shards<'a> {
    /// Looks at all of them: one pass.
    ///
    /// # Errors
    /// What the shards say.
    pub fn new(elsewhere: &'a dyn Elsewhere) -> Result<Self, DataError> {
        match elsewhere.pass(&Pass::Look)? {
            Answer::Look(look) => Ok(Self { elsewhere, look }),
            _ => Err(mismatch()),
        }
    }

    /// What they are.
    pub fn look(&self) -> Look {
        self.look
    }

    /// The annotators' scores at coefficients of the columns; `None` where rows name nobody.
    ///
    /// # Errors
    /// What the shards say.
    pub fn scores(&self, q: &[f64]) -> Result<Option<Scores>, DataError> {
        if !self.look.named {
            return Ok(None);
        }
        match self.elsewhere.pass(&Pass::Scores(q.to_vec()))? {
            Answer::Scores(scores) => Ok(Some(Scores::of_sums(scores.into_sums()))),
            _ => Err(mismatch()),
        }
    }

    pub(crate) fn sums(&self, wanted: Vec<Wanted>) -> Result<Vec<LikelihoodSums>, DataError> {
        match self.elsewhere.pass(&Pass::Sums(AllWanted(wanted)))? {
            Answer::Sums(AllSums(sums)) => Ok(sums),
            _ => Err(mismatch()),
        }
    }
}

fn mismatch() -> DataError {
    DataError::Shard {
        shard: "the shards".to_owned(),
        what: "they answer another question than was asked".to_owned(),
    }
}

impl Source for Shards<'_> {
    fn dim(&self) -> usize {
        self.look.dim
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        self.elsewhere
            .bring(&mut |rows| batch(&rows.blocks().collect::<Vec<_>>()))
    }

    fn shards(&self) -> Option<&Shards<'_>> {
        Some(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Builder, Preference, Storage, Ties};
    use crate::fit::{FitOptions, Precision, fit};

    /// Shards in memory, whose passes go through bytes.
    struct Near(Vec<Comparisons>);

    /// What a shard says, through bytes.
    fn told(sent: &Pass, pass: &Pass, shard: &Comparisons) -> Result<Answer, DataError> {
        let answer = sent.answer(shard, &Beside::default())?.unwrap();
        Ok(Answer::from_bytes(pass, &answer.to_bytes()).unwrap())
    }

    impl Elsewhere for Near {
        fn pass(&self, pass: &Pass) -> Result<Answer, DataError> {
            let sent = Pass::from_bytes(&pass.to_bytes()).unwrap();
            let mut all: Option<Answer> = None;
            for shard in &self.0 {
                let next = told(&sent, pass, shard)?;
                match &mut all {
                    Some(all) => all.join(next).unwrap(),
                    None => all = Some(next),
                }
            }
            Ok(all.unwrap())
        }

        fn each(
            &self,
            asked: &[(usize, Pass)],
            receive: &mut dyn FnMut(Answer) -> Result<(), DataError>,
        ) -> Result<(), DataError> {
            asked.iter().try_for_each(|(shard, pass)| {
                let sent = Pass::from_bytes(&pass.to_bytes()).unwrap();
                receive(told(&sent, pass, &self.0[*shard])?)
            })
        }

        fn bring(&self, visit: &mut dyn FnMut(&Comparisons)) -> Result<(), DataError> {
            self.0.iter().for_each(visit);
            Ok(())
        }
    }

    fn rows(dim: usize, from: usize, rows: usize, apart: bool) -> Comparisons {
        let mut builder = Builder::new(dim, Storage::Double, Ties::Half).unwrap();
        let number = |k: usize| ((k as f64 * 0.754_877_666_246_692_7).fract() - 0.5) * 3.0;
        for r in from..from + rows {
            let a: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k))).collect();
            let b: Vec<f64> = (0..dim).map(|k| number(2 * (r * dim + k) + 1)).collect();
            let label = match (apart, r % 3) {
                (true, _) if a[0] > b[0] => Preference::A,
                (true, _) | (_, 1) => Preference::B,
                (_, 2) => Preference::Tie,
                _ => Preference::A,
            };
            let weight = 0.5 + (r % 4) as f64;
            builder.push(&a, &b, label, weight, None, 1).unwrap();
        }
        builder.finish()
    }

    #[test]
    fn a_fit_of_shards_is_that_of_all_rows() {
        for (dim, precision) in [
            (1, Precision::Fixed(1.0)),
            (3, Precision::Fit),
            (20, Precision::Fixed(0.5)),
        ] {
            let whole = rows(dim, 0, 1500, false);
            let parts = [(0, 700), (700, 1), (701, 799)];
            let near = Near(parts.map(|(from, n)| rows(dim, from, n, false)).to_vec());
            let options = FitOptions {
                precision,
                ..FitOptions::default()
            };
            let one = fit(&whole, &options).unwrap();
            let many = fit(&Shards::new(&near).unwrap(), &options).unwrap();
            assert_eq!((one.rows, one.weight), (many.rows, many.weight));
            let scale = one.theta.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
            for (a, b) in one.theta.iter().zip(&many.theta) {
                assert!((a - b).abs() < 1e-10 * scale, "{a} {b}");
            }
            let (a, b) = (one.standard_errors.unwrap(), many.standard_errors.unwrap());
            for (a, b) in a.iter().zip(&b) {
                assert!((a - b).abs() < 1e-6 * a, "{a} {b}");
            }
        }
    }

    #[test]
    fn shards_without_a_maximum_are_told_apart() {
        let near = Near(
            [(0, 300), (300, 300)]
                .map(|(f, n)| rows(2, f, n, true))
                .to_vec(),
        );
        let vector = crate::model_check::check_model(&Shards::new(&near).unwrap());
        assert!(vector.is_err());
    }

    #[test]
    fn bytes_that_are_cut_or_too_long_are_no_answer() {
        let shard = rows(2, 0, 50, false);
        let wanted = Wanted {
            q: vec![0.1, 0.2, 1.0],
            free: 2,
            curvature: Curvature::Double,
        };
        let passes = [
            Pass::Look,
            Pass::Sums(AllWanted(vec![wanted])),
            Pass::Scores(vec![0.1, 0.2, 1.0]),
            Pass::People,
            Pass::Rows { from: 10, rows: 7 },
        ];
        for pass in passes {
            let asked = pass.to_bytes();
            let told = pass
                .answer(&shard, &Beside::default())
                .unwrap()
                .unwrap()
                .to_bytes();
            for cut in 0..told.len() {
                assert!(Answer::from_bytes(&pass, &told[..cut]).is_none(), "{cut}");
            }
            for cut in 0..asked.len() {
                assert!(Pass::from_bytes(&asked[..cut]).is_none());
            }
            assert!(Answer::from_bytes(&pass, &[told, vec![0]].concat()).is_none());
            assert!(Pass::from_bytes(&[asked, vec![0]].concat()).is_none());
        }
        assert!(Pass::from_bytes(&[9]).is_none());
        let other = Pass::Scores(vec![0.0; 9]);
        assert!(other.answer(&shard, &Beside::default()).unwrap().is_none());
    }
}
