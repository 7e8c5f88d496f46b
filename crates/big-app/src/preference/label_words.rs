//! Which words of a column of labels were read as what.

use std::collections::BTreeMap;

use big_answer::check::{LabelReading, LabelWord};
use big_io::InputError;
use big_io::preference::AnnotatorColumn;
use big_preference::data::Preference;

use super::table::Reader;
use crate::error::AppError;

/// Words that are told, from the most frequent.
const TOLD: usize = 20;
/// A column with more different ones holds names or grades, and no words.
const MOST: usize = 10_000;

/// Why a pass ended early.
enum Ended {
    /// There is nothing to tell.
    Plain,
    Failed(AppError),
}

impl From<InputError> for Ended {
    fn from(_: InputError) -> Self {
        // What is no name on one line is no word either; what is wrong with the table has been told before.
        Self::Plain
    }
}

/// The words of a column whose labels have been read, with how often each was read as what, the most frequent first; nothing of
/// numbers, which mean what they say. One pass, whose first block decides whether it goes on.
pub(super) fn label_words(reader: &Reader<'_>, column: &str) -> Result<Vec<LabelWord>, AppError> {
    let Ok(table) = reader.open_any(AnnotatorColumn::Named(column.to_owned())) else {
        return Ok(Vec::new());
    };
    let mut counts: BTreeMap<(u32, LabelReading), u64> = BTreeMap::new();
    let mut first = true;
    let passed = table.pass(&mut |block| {
        if reader.monitor().is_cancelled() {
            return Err(Ended::Failed(AppError::Cancelled));
        }
        if std::mem::take(&mut first) && table.annotators().iter().all(|word| is_plain(word)) {
            return Err(Ended::Plain);
        }
        for (word, label) in block
            .annotators
            .unwrap_or_default()
            .iter()
            .zip(block.labels)
        {
            let read_as = match label {
                Preference::A => LabelReading::First,
                Preference::B => LabelReading::Second,
                Preference::Tie => LabelReading::Tie,
                Preference::Share(_) => return Err(Ended::Plain),
            };
            *counts.entry((*word, read_as)).or_default() += 1;
        }
        match counts.len() > MOST {
            true => Err(Ended::Plain),
            false => Ok(()),
        }
    });
    match passed {
        Ok(()) => {}
        Err(Ended::Plain) => return Ok(Vec::new()),
        Err(Ended::Failed(error)) => return Err(error),
    }
    let words = table.annotators();
    let mut told: Vec<LabelWord> = counts
        .into_iter()
        .map(|((word, read_as), count)| LabelWord {
            word: words[word as usize].clone(),
            read_as,
            count,
        })
        .collect();
    // Stable: of equals the one that came first in the table.
    told.sort_by_key(|word| std::cmp::Reverse(word.count));
    told.truncate(TOLD);
    Ok(told)
}

/// Is it a number or a truth value?
fn is_plain(word: &str) -> bool {
    word.parse::<f64>().is_ok() || matches!(word, "true" | "false")
}
