//! A table that stays open after its audit, to be asked again and again: where does the estimate go if somebody reports this?

use std::collections::HashMap;

use big_answer::Kind;
use big_answer::mechanisms::LabelMechanismsAnswer;
use big_answer::preference::AuditAnswer;
use big_io::InputError;
use big_preference::audit::{Kept, Slope};
use big_preference::data::{DataError, Parts};
use big_preference::fit::FitError;

use super::audit::{self, Request, audited};
use super::fit::Described;
use super::groups::Groups;
use super::mechanisms;
use super::no_maximum::{data_error, no_maximum};
use super::table::{Reader, Table};
use crate::error::AppError;
use crate::monitor::Monitor;

/// An audited table: its rows by annotator, in memory or in a temporary file, and its estimate.
#[derive(Debug)]
pub struct KeptTable {
    kept: Kept,
    /// What was asked of it.
    table: Table,
    by: String,
    indices: HashMap<String, usize>,
    /// Ties, in all and by annotator.
    ties: (u64, Vec<u64>),
}

/// Audits a table, and keeps it; `None` where there is no estimate of embeddings that reports could move.
///
/// # Errors
/// When the table cannot be read, or the question does not fit it.
pub fn audit_and_keep(
    request: &Request,
    monitor: &Monitor<'_>,
) -> Result<(AuditAnswer, Option<KeptTable>), AppError> {
    audit::refuse_bootstrap(request)?;
    let reader = Reader::new(&request.table, monitor)?;
    if reader.has_items()? {
        return Ok((audit::of_items(request, &reader)?.answer, None));
    }
    let groups = Groups::read(&reader, &request.by, request.groups.as_deref())?;
    reader.with_parts(&request.by, |all, parts| {
        let name = Described::name(&reader);
        let found = match audited(request, &groups, all, &parts)? {
            Ok(found) => found,
            Err(error) => {
                let none = no_maximum(error, &name)?.answering(Kind::PrefsAudit);
                return Ok((AuditAnswer::None(none), None));
            }
        };
        let indices = parts.names().iter().cloned().zip(0..).collect();
        let kept = Kept::new(parts, &found, request.ridge).map_err(|e| ended(e, &name))?;
        let kept = KeptTable {
            kept,
            table: request.table.clone(),
            by: request.by.clone(),
            indices,
            ties: reader.tied(),
        };
        let answer = audit::result(request, &reader, found);
        Ok((AuditAnswer::Audit(Box::new(answer)), Some(kept)))
    })
}

/// Why a fit of a table that has an estimate failed.
fn ended(error: FitError, file: &str) -> AppError {
    match error {
        FitError::Data(DataError::Cancelled) => AppError::Cancelled,
        FitError::Data(error) => data_error(error, file),
        other => InputError::new(other.to_string()).in_file(file).into(),
    }
}

impl KeptTable {
    /// The dimension of reports.
    pub fn dim(&self) -> usize {
        self.kept.position().len()
    }

    /// The estimate as it is.
    pub fn position(&self) -> &[f64] {
        self.kept.position()
    }

    fn asked(&self, annotator: &str, report: &[f64]) -> Result<usize, AppError> {
        let d = self.dim();
        if report.len() != d {
            return Err(InputError::new(format!("a report has {d} numbers")).into());
        }
        if !report.iter().all(|v| v.is_finite()) {
            return Err(InputError::new("numbers are finite").into());
        }
        let index = self.indices.get(annotator).copied();
        index.ok_or_else(|| InputError::new(format!("there is no annotator '{annotator}'")).into())
    }

    /// Where the estimate goes to first order if somebody reports this, and how it follows some of the report's coordinates.
    ///
    /// # Errors
    /// When there is nobody of that name, no such coordinate, or the rows cannot be read again.
    pub fn slope(
        &self,
        annotator: &str,
        report: &[f64],
        along: &[usize],
    ) -> Result<Slope, AppError> {
        let i = self.asked(annotator, report)?;
        if along.iter().any(|k| *k >= self.dim()) {
            return Err(
                InputError::new(format!("coordinates are from 0 to {}", self.dim() - 1)).into(),
            );
        }
        let found = self.kept.slope(i, report, along);
        found.map_err(|e| ended(e, &self.table.name()))
    }

    /// Where the estimate goes if somebody's labels are replaced by those that this report gives, in proportion to their probabilities:
    /// by a fit of all labels.
    ///
    /// # Errors
    /// When there is nobody of that name, the rows cannot be read again, or the call was ended.
    pub fn refit(
        &self,
        annotator: &str,
        report: &[f64],
        monitor: &Monitor<'_>,
    ) -> Result<Vec<f64>, AppError> {
        let i = self.asked(annotator, report)?;
        let found = self.kept.refit(i, report, &|| monitor.is_cancelled());
        found.map_err(|e| ended(e, &self.table.name()))
    }

    /// Measures a rule in the place of the estimate.
    ///
    /// # Errors
    /// When there is no rule of that name, or the rows cannot be read again.
    pub fn mechanism(&self, rule: &str) -> Result<LabelMechanismsAnswer, AppError> {
        let request = mechanisms::Request {
            by: self.by.clone(),
            only: vec![rule.to_owned()],
            ..mechanisms::Request::new(self.table.clone())
        };
        let options = mechanisms::options(&request)?;
        let parts: &Parts = self.kept.parts();
        mechanisms::of_annotators(&request, &options, self, parts, parts)
    }
}

impl Described for KeptTable {
    fn name(&self) -> String {
        self.table.name()
    }

    fn comparisons(&self, rows: u64) -> u64 {
        rows.saturating_sub(self.ties.0)
    }

    fn comparisons_of(&self, annotator: usize, rows: u64) -> u64 {
        rows.saturating_sub(self.ties.1.get(annotator).copied().unwrap_or(0))
    }

    fn units_in_words(&self) -> Option<String> {
        None
    }
}
