//! `big prefs check`: what to know of a table before a fit.

use big_answer::check::{CheckResult, FindingResult, LabelReading, LabelWord};
use big_app::preference::check::{Request, check};
use clap::Args;

use super::table::TableOptions;
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{count, number};

/// What to check.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    table: TableOptions,
    /// The column that names the annotators [default: the usual one, if it is there]
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        table: arguments.table.table(),
        by: arguments.by.clone(),
    };
    let answer = watched(|monitor| check(&request, monitor))?;
    put(&arguments.result, &answer, |answer| {
        text(&request.table.name(), answer)
    })?;
    Ok(Outcome::Answered)
}

fn text(name: &str, result: &CheckResult) -> String {
    let what = match (result.dimension, result.items) {
        (Some(d), _) => format!("embeddings in {}", count(d, "dimension")),
        (None, items) => count(items.unwrap_or(0) as usize, "item"),
    };
    let by = match result.annotators {
        0 => "nobody is named".to_owned(),
        n => format!("by {}", count(n as usize, "annotator")),
    };
    let columns = &result.columns;
    let mut read = format!("{} and {}", columns.a, columns.b);
    for (role, column) in [
        ("who won", &columns.label),
        ("annotators", &columns.annotator),
        ("weights", &columns.weight),
    ] {
        if let Some(column) = column {
            read += &format!(", {role}: {column}");
        }
    }
    let labels = &result.labels;
    let words: Vec<String> = result.label_words.iter().map(word).collect();
    let words = match words.is_empty() {
        true => String::new(),
        false => format!("Labels: {}.\n", words.join(", ")),
    };
    let mut text = format!(
        "{name}: {} of {what}, {by}\nRead as {read}. The first was preferred {} times, the second {}, neither {}.\n{words}\n{}\n",
        count(result.rows as usize, "row"),
        labels.first,
        labels.second,
        labels.ties,
        result.verdict
    );
    for finding in &result.findings {
        text += &format!(
            "\n{} ({})\n  {}.\n",
            finding.kind.replace('_', " "),
            number(finding.count as f64),
            finding.message
        );
        text += &places(result, finding);
    }
    text
}

/// A label's word, what it was read as, and how often.
fn word(word: &LabelWord) -> String {
    let said = match word.read_as {
        LabelReading::First => "the first",
        LabelReading::Second => "the second",
        LabelReading::Tie => "neither",
    };
    format!("\"{}\" is {said} ({})", word.word, word.count)
}

/// Where the first rows are.
fn places(result: &CheckResult, finding: &FindingResult) -> String {
    if finding.rows.is_empty() {
        return String::new();
    }
    let place = |row: &u64| {
        let file = result
            .files
            .iter()
            .rev()
            .find(|file| file.first_row <= *row);
        match file {
            Some(file) if result.files.len() > 1 => {
                format!("{} row {}", file.file, row - file.first_row + 1)
            }
            _ => row.to_string(),
        }
    };
    let mut rows: Vec<String> = finding.rows.iter().map(place).collect();
    if finding.count > finding.rows.len() as u64 {
        rows.push("…".into());
    }
    let what = if rows.len() == 1 { "Row" } else { "Rows" };
    format!("  {what}: {}\n", rows.join(", "))
}
