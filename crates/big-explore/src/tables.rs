//! The table that the page was started with: its audit, and what is asked of it afterwards.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use big_app::Monitor;
use big_app::preference::audit;
use big_app::preference::kept::{KeptTable, audit_and_keep};
use big_app::preference::{Table, TieRule};
use serde::Deserialize;
use serde_json::json;

use crate::answers::{Answered, written};

/// Audits that are kept, each by another column; the oldest goes first.
const KEPT: usize = 2;

/// What a table is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auditing {
    /// The column of annotators.
    #[serde(default = "annotator")]
    by: String,
}

fn annotator() -> String {
    "annotator".into()
}

/// A report, and who makes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reporting {
    /// The column of annotators that the table was audited by.
    #[serde(default = "annotator")]
    pub(crate) by: String,
    annotator: String,
    report: Vec<f64>,
    /// Coordinates of the report that the estimate is to be followed along.
    #[serde(default)]
    along: Vec<usize>,
}

/// A rule in the place of the estimate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneRule {
    /// The column of annotators that the table was audited by.
    #[serde(default = "annotator")]
    pub(crate) by: String,
    rule: String,
}

/// The audits that are kept, by their column of annotators.
#[derive(Debug, Default)]
pub(crate) struct Tables(Mutex<Vec<(String, Arc<KeptTable>)>>);

impl Tables {
    /// The audit that was made by this column.
    pub(crate) fn of(&self, by: &str) -> Option<Arc<KeptTable>> {
        // Who panicked while it held the lock left whole tables behind.
        let kept = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let found = kept.iter().find(|(name, _)| name == by);
        found.map(|(_, table)| Arc::clone(table))
    }

    /// Audits the table, and keeps it.
    pub(crate) fn audited(
        &self,
        table: PathBuf,
        asked: Auditing,
        cancel: &Arc<AtomicBool>,
    ) -> Answered {
        let monitor = Monitor::default().with_cancel(cancel);
        let request = audit::Request {
            by: asked.by.clone(),
            // A tie is half a preference each way: a page that refuses it would show nothing.
            ..audit::Request::new(Table {
                ties: Some(TieRule::Half),
                ..Table::new(table)
            })
        };
        let (answer, found) = audit_and_keep(&request, &monitor)?;
        let mut kept = self.0.lock().unwrap_or_else(|e| e.into_inner());
        kept.retain(|(by, _)| *by != asked.by);
        if let Some(found) = found {
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push((asked.by, Arc::new(found)));
        }
        written(&json!({ "audit": answer }))
    }
}

/// Where the estimate goes to first order if somebody reports this, and how it follows two coordinates of the report.
pub(crate) fn slope(table: &KeptTable, asked: &Reporting, _: &Arc<AtomicBool>) -> Answered {
    let found = table.slope(&asked.annotator, &asked.report, &asked.along)?;
    written(&json!({ "at": found.at, "along": found.along }))
}

/// Where it goes by a refit.
pub(crate) fn refit(table: &KeptTable, asked: &Reporting, cancel: &Arc<AtomicBool>) -> Answered {
    let monitor = Monitor::default().with_cancel(cancel);
    let refitted = table.refit(&asked.annotator, &asked.report, &monitor)?;
    let first = table.slope(&asked.annotator, &asked.report, &[])?.at;
    let apart = |a: &[f64], b: &[f64]| {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt()
    };
    written(&json!({
        "moved": apart(&refitted, table.position()),
        "from_first_order": apart(&refitted, &first),
        "first_order": first,
        "refitted": refitted,
    }))
}

/// A rule, measured on the labels.
pub(crate) fn mechanism(table: &KeptTable, asked: &OneRule, _: &Arc<AtomicBool>) -> Answered {
    written(&table.mechanism(&asked.rule)?)
}

/// The rules by name.
pub(crate) fn rules() -> Vec<&'static str> {
    let all = big_preference::rules::ALL.iter();
    all.map(|rule| rule.name()).collect()
}
