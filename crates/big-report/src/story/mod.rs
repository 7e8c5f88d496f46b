//! Answers, told by figures and tables: what a page says of each.

mod finite;
mod games;
mod items;
mod otherwise;
mod preference;
mod private;
mod remedies;
mod strategic;

use big_answer::Answer;
use big_answer::reproduce::{Claim, Reproduction};
use big_game::dynamics::Step;

pub use preference::{fit, no_maximum};

use crate::figure::{Figure, TrajectoryFigure};
use crate::html::{Cell, Report, ReportFigure, Section, Table};

/// The most rows of a table.
const MOST_ROWS: usize = 500;

/// What is told of an answer.
pub struct Story {
    /// What it is about.
    pub title: String,
    /// The verdict.
    pub lead: String,
    /// What the numbers mean, and what proves them.
    pub paragraphs: Vec<String>,
    /// The most telling first.
    pub figures: Vec<Box<dyn Figure>>,
    /// The numbers.
    pub tables: Vec<Table>,
}

impl Story {
    /// What is told of an answer by itself; `None` of one about which nothing is told yet.
    pub fn of(answer: &Answer) -> Option<Self> {
        Some(match answer {
            Answer::Solve(result) => games::solve(result),
            Answer::SolveFinite(result) => Self::finite(result, Vec::new()),
            Answer::SolveHybrid(result) => Self::hybrid(result, Vec::new()),
            Answer::VerifyHybrid(result) => finite::verify_hybrid(result),
            Answer::EnumerateHybrid(result) => finite::enumerate_hybrid(result),
            Answer::SolveDominant(result) => finite::dominant(result),
            Answer::Verify(result) => games::verify(result),
            Answer::VerifyFinite(result) => finite::verify(result),
            Answer::Dynamics(result) => games::dynamics(result),
            Answer::DynamicsFinite(result) => finite::dynamics(result),
            Answer::Enumerate(result) => finite::enumerate(result),
            Answer::Strategic(result) => strategic::strategic(result),
            Answer::Learn(result) => otherwise::learn(result),
            Answer::Commit(result) => otherwise::commit(result),
            Answer::Enter(result) => otherwise::enter(result),
            Answer::SolvePrivate(result) => private::solve(result),
            Answer::Coalitions(result) => remedies::coalitions(result),
            Answer::Mechanisms(result) => remedies::mechanisms(result),
            Answer::Simulate(result) => preference::simulate(result),
            Answer::Fit(result) => fit(result),
            Answer::Items(result) => items::scores(result),
            Answer::ItemsAudit(result) => items::audit(result),
            Answer::Check(result) => items::check(result),
            Answer::Receiver(result) => preference::receiver(result),
            Answer::Play(result) => preference::play(result),
            Answer::Audit(result) => preference::audit(result),
            Answer::NoMaximum(result) => no_maximum(result),
            Answer::Reproduce(result) => reproduction(result),
            _ => return None,
        })
    }

    /// The page.
    pub fn report(self, command: Option<String>, version: &str) -> Report {
        let figures = self.figures.iter();
        Report {
            title: self.title,
            lead: self.lead,
            sections: vec![Section {
                heading: "The answer".into(),
                paragraphs: self.paragraphs,
                figures: figures.map(|f| ReportFigure::new(f.as_ref())).collect(),
                // A head without rows says nothing.
                tables: (self.tables.into_iter())
                    .filter(|table| !table.rows.is_empty())
                    .collect(),
            }],
            command,
            version: version.into(),
        }
    }
}

/// A table of the first rows; its caption says in which order they are (nothing where none is meant), and when there
/// are more.
fn table(
    caption: &str,
    order: &str,
    columns: &[&str],
    rows: impl ExactSizeIterator<Item = Vec<Cell>>,
) -> Table {
    let all = rows.len();
    let mut caption = caption.to_owned();
    if !order.is_empty() && all > 1 {
        caption.push_str(", ");
        caption.push_str(order);
    }
    if all > MOST_ROWS {
        caption.push_str(&format!(": the first {MOST_ROWS} of {all}"));
    }
    Table {
        caption,
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

/// The claims of the paper and beyond it, without their figures.
pub fn reproduction(result: &Reproduction) -> Story {
    let mut tables = vec![claims(&result.claims)];
    if !result.beyond.is_empty() {
        tables.push(claims_beyond(&result.beyond));
    }
    Story {
        title: "The Battling Influencers Game, reproduced".into(),
        lead: result.lead(),
        paragraphs: Vec::new(),
        figures: Vec::new(),
        tables,
    }
}

/// The table of the paper's claims.
pub fn claims(claims: &[Claim]) -> Table {
    claimed(
        "What the paper says, and what came out",
        "in the paper's order",
        ["source", "the paper says"],
        claims,
    )
}

/// The table of the claims beyond it.
pub fn claims_beyond(claims: &[Claim]) -> Table {
    claimed(
        "What is proved beyond the paper, and what came out",
        "by subject",
        ["subject", "what is known"],
        claims,
    )
}

fn claimed(caption: &str, order: &str, [source, expected]: [&str; 2], claims: &[Claim]) -> Table {
    let rows = claims.iter().map(|c| {
        vec![
            Cell::Flag(c.holds),
            Cell::from(c.claim.as_str()),
            Cell::from(c.ours.as_str()),
            Cell::from(c.paper.as_str()),
            Cell::from(c.source.as_str()),
        ]
    });
    table(
        caption,
        order,
        &["holds", "claim", "we got", expected, source],
        rows,
    )
}
