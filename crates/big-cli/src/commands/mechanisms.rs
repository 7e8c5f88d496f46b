//! `big mechanisms`: rules in place of the receiver that resist lies.

use big_answer::mechanisms::{MechanismResult, MechanismsResult, Strategyproof};
use big_app::mechanisms::{Request, mechanisms};
use big_io::Source;
use clap::Args;

use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::output::{Outcome, put};
use crate::progress::watched;
use crate::words::{number, table, vector};

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// Only these rules: weighted_mean, coordinate_median, generalized_median, moving_phantoms, geometric_median,
    /// regularized_median, lipschitz_mean, trimmed_mean, centered_clipping, krum, clarke
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only: Vec<String>,
    #[command(flatten)]
    result: ResultOptions,
}

/// Where the column of what two gain stands.
const TOGETHER: usize = 5;

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let request = Request {
        game: Source::game(&arguments.game),
        only: arguments.only.clone(),
    };
    let result = watched(|monitor| mechanisms(&request, monitor))?;
    put(&arguments.result, &result, text)?;
    Ok(Outcome::Answered)
}

pub(super) fn text(result: &MechanismsResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &format!("{}\n\n", result.verdict);
    let or_unknown = |v: Option<f64>| v.map_or("unknown".to_owned(), number);
    let row = |m: &MechanismResult| {
        let gain = match (m.largest_gain.found, m.largest_gain.bound) {
            (found, Some(bound)) if bound > found => {
                format!("{} to {}", number(found), number(bound))
            }
            (found, Some(_)) => number(found),
            (found, None) => format!("at least {}", number(found)),
        };
        let together = match &m.coalition_gain {
            Some(two) if two.bound > two.found => {
                format!("{} to {}", number(two.found), number(two.bound))
            }
            Some(two) => number(two.found),
            None => "unknown".into(),
        };
        let who = m.largest_gain.influencer.and_then(|i| result.names.get(i));
        let mut row = vec![
            m.name.clone(),
            vector(&m.outcome),
            match m.strategyproof {
                Strategyproof::Proved => "proved".into(),
                Strategyproof::No => "no".into(),
                Strategyproof::Unknown => "unknown".into(),
            },
            gain,
            who.cloned().unwrap_or_default(),
            or_unknown(m.distortion),
            or_unknown(m.resilience),
            number(m.breakdown),
            m.efficiency
                .map_or("unknown".to_owned(), |e| format!("{e:.3}")),
        ];
        if result.labels.is_none() {
            row.insert(TOGETHER, together);
        }
        row
    };
    let mut columns = vec![
        "rule",
        "honest outcome",
        "truth is best",
        "a lie gains",
        "who",
        "distortion",
        "resilience",
        "breakdown",
        "efficiency",
    ];
    // Two labellers' joint lies are not looked for.
    if result.labels.is_none() {
        columns.insert(TOGETHER, "two gain");
    }
    text += &table(&columns, result.mechanisms.iter().map(row));
    for m in &result.mechanisms {
        if let (Some(paid), Some(budget)) = (&m.payments, m.budget) {
            let most = paid.iter().copied().fold(0.0, f64::max);
            text += &format!(
                "Under '{}' payments take in {}, at most {} from one; there is no deficit.\n",
                m.name,
                number(budget),
                number(most)
            );
        }
    }
    for remark in result.remarks() {
        text += &format!("{remark}\n");
    }
    text
}
