//! Answers of the program, told by figures and tables.

mod finite;
mod games;
mod preference;

use big_game::dynamics::Step;
use big_io::InputError;
use big_report::Figure;
use big_report::figure::TrajectoryFigure;
use big_report::html::{Cell, Table};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use preference::{fit, no_maximum};

use super::reproduce::Reproduction;
use crate::failure::Failure;

/// The most rows of a table.
const MOST_ROWS: usize = 500;

/// What is told of an answer.
pub(crate) struct Answer {
    pub(crate) title: String,
    /// The verdict.
    pub(crate) lead: String,
    /// What the numbers mean, and what proves them.
    pub(crate) paragraphs: Vec<String>,
    /// The most telling first.
    pub(crate) figures: Vec<Box<dyn Figure>>,
    pub(crate) tables: Vec<Table>,
}

impl Answer {
    /// The answer in a JSON value; `None` when it is of no kind that this program writes.
    pub(crate) fn of(value: &Value, file: &str) -> Result<Option<Self>, Failure> {
        let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
        Ok(Some(if has(&["solution_concept", "potential_minimum"]) {
            finite::solve(&read(value, file)?, file)?
        } else if has(&["solution_concept"]) {
            games::solve(&read(value, file)?)
        } else if has(&["steps", "choices"]) {
            finite::dynamics(read(value, file)?)
        } else if has(&["steps", "actions"]) {
            games::dynamics(read(value, file)?)
        } else if has(&["count", "distinct"]) {
            finite::enumerate(&read(value, file)?)
        } else if has(&["equilibrium", "max_regret", "receiver"]) {
            games::verify(&read(value, file)?)
        } else if has(&["equilibrium", "max_regret"]) {
            finite::verify(&read(value, file)?)
        } else if has(&["manipulability"]) {
            preference::audit(&read(value, file)?)
        } else if has(&["iterations", "equilibrium"]) {
            preference::play(&read(value, file)?)
        } else if has(&["theta", "log_likelihood"]) {
            preference::fit(&read(value, file)?)
        } else if has(&["bias", "positions"]) {
            preference::receiver(&read(value, file)?)
        } else if has(&["reason", "direction"]) {
            preference::no_maximum(&read(value, file)?)
        } else if has(&["file", "comparisons"]) {
            preference::simulate(&read(value, file)?)
        } else if has(&["claims"]) {
            reproduction(&read(value, file)?)
        } else {
            return Ok(None);
        }))
    }
}

/// The value as what its keys say it is.
pub(crate) fn read<T: DeserializeOwned>(value: &Value, file: &str) -> Result<T, InputError> {
    T::deserialize(value).map_err(|error| {
        InputError::new(format!("is no result of this program: {error}"))
            .with_help("make it again with --json")
            .in_file(file)
    })
}

/// A table of the first rows; its caption says when there are more.
fn table(caption: &str, columns: &[&str], rows: impl ExactSizeIterator<Item = Vec<Cell>>) -> Table {
    let all = rows.len();
    Table {
        caption: if all > MOST_ROWS {
            format!("{caption}: the first {MOST_ROWS} of {all}")
        } else {
            caption.into()
        },
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        rows: rows.take(MOST_ROWS).collect(),
    }
}

/// A row of the table of moves.
fn move_row(step: (usize, Option<usize>), to: Cell, receiver: &[f64], potential: f64) -> Vec<Cell> {
    let (round, influencer) = step;
    vec![
        Cell::Number(round as f64),
        influencer.map_or_else(
            || Cell::from("everybody"),
            |i| Cell::Text(format!("influencer {}", i + 1)),
        ),
        to,
        Cell::Point(receiver.to_vec()),
        Cell::Number(potential),
    ]
}

/// The course of a run; none where the receivers' lengths differ.
fn course(steps: &[Step]) -> Option<Box<dyn Figure>> {
    let d = steps.first()?.receiver.len();
    if steps.iter().any(|step| step.receiver.len() != d) {
        return None;
    }
    let figure = TrajectoryFigure::new(Some("Best-response dynamics"), steps, None)?;
    Some(Box::new(figure))
}

fn reproduction(result: &Reproduction) -> Answer {
    let held = result.claims.iter().filter(|c| c.holds).count();
    Answer {
        title: "The Battling Influencers Game, reproduced".into(),
        lead: format!(
            "{held} of {} claims of arXiv:2502.01127 hold.",
            result.claims.len()
        ),
        paragraphs: vec![
            "`big reproduce` puts the nine figures beside these claims, into a page of its own."
                .into(),
        ],
        figures: Vec::new(),
        tables: vec![super::reproduce::table_of(&result.claims)],
    }
}
