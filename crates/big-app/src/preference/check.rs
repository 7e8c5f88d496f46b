//! What is there to know of a table before anything is fitted to it?

use big_answer::check::{CheckResult, ColumnsRead, FileRows, FindingResult, LabelCounts};
use big_answer::words::{error, number};
use big_answer::{Kind, version};
use big_io::preference::{AnnotatorColumn, PreferenceTable};
use big_preference::check::{Checker, Finding, Kind as Found, Report, Response, Row};
use big_preference::data::ResponseColumn;
use big_preference::items::{Builder, NoScores, Ties, existence};

use super::label_words::label_words;
use super::table::{Reader, Table};
use crate::error::AppError;
use crate::monitor::Monitor;

/// What to check.
#[derive(Clone, Debug)]
pub struct Request {
    /// The comparisons; ties are no reason to refuse them here.
    pub table: Table,
    /// The column that names the annotators; `None`: the usual one, if it is there.
    pub by: Option<String>,
}

/// Checks a table. One pass (two where labels are words), O(N·d), and 32 bytes a row of embeddings.
///
/// # Errors
/// When the table cannot be read.
pub fn check(request: &Request, monitor: &Monitor<'_>) -> Result<CheckResult, AppError> {
    let reader = Reader::new(&request.table, monitor)?;
    let by = match &request.by {
        Some(name) => AnnotatorColumn::Named(name.clone()),
        None => AnnotatorColumn::Usual,
    };
    let table = reader.open_any(by)?;
    let placed = table.label_column().is_some();
    let mut checker = Checker::new(table.dim(), placed);
    let mut items = Builder::new();
    let total = table.rows().count();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    table.pass::<AppError>(&mut |block| {
        if monitor.is_cancelled() {
            return Err(AppError::Cancelled);
        }
        let so_far = block.first_row;
        monitor.progress("reading", so_far, total.max(so_far));
        let d = table.dim();
        for (r, label) in block.labels.iter().enumerate() {
            let row = Row {
                a: response(block.a, r, d, &mut a),
                b: response(block.b, r, d, &mut b),
                label: *label,
                weight: block.weights.map_or(1.0, |w| w[r]),
                annotator: block.annotators.map(|who| who[r]),
            };
            if let (Response::Item(a), Response::Item(b)) = (row.a, row.b) {
                items.add(a, b, *label, row.weight, row.annotator);
            }
            checker.add(&row);
        }
        Ok(())
    })?;
    let report = checker.finish();
    let names = Names {
        annotators: table.annotators(),
        items: table.items(),
    };
    let mut findings: Vec<FindingResult> = report
        .findings
        .iter()
        .map(|finding| told(finding, &report, &names))
        .collect();
    if table.has_items()
        && let Err(NoScores::Components { components, .. }) = existence(&items.finish(), Ties::Half)
    {
        findings.insert(0, not_connected(&components, &names.items));
    }
    let words = match table.label_column() {
        Some(column) => label_words(&reader, column)?,
        None => Vec::new(),
    };
    Ok(CheckResult {
        label_words: words,
        ..result(&table, &report, findings)
    })
}

struct Names {
    annotators: Vec<String>,
    items: Vec<String>,
}

/// One response of a row; numbers are put into `into`.
fn response<'r>(
    column: ResponseColumn<'_>,
    row: usize,
    d: usize,
    into: &'r mut Vec<f64>,
) -> Response<'r> {
    match column {
        ResponseColumn::Names(names) => Response::Item(names[row]),
        ResponseColumn::Embeddings(v) => {
            into.clear();
            v.part(row * d, d).append_to(into);
            Response::Embedding(into)
        }
    }
}

fn result(table: &PreferenceTable, report: &Report, findings: Vec<FindingResult>) -> CheckResult {
    let [first, second, ties] = report.labels;
    let (a, b) = table.response_columns();
    let worst: Vec<String> = findings
        .iter()
        .filter(|finding| finding.kind != "ties")
        .take(3)
        .map(|finding| finding.kind.replace('_', " "))
        .collect();
    let verdict = match worst.is_empty() {
        true => "Nothing speaks against a fit.".to_owned(),
        false => format!("Look at {} before a fit.", worst.join(", ")),
    };
    CheckResult {
        kind: Kind::PrefsCheck,
        version: version(),
        verdict,
        rows: report.rows,
        annotators: report.annotators,
        dimension: (report.dim > 0).then_some(report.dim),
        items: (report.dim == 0).then_some(report.items),
        labels: LabelCounts {
            first,
            second,
            ties,
        },
        label_words: Vec::new(),
        weight: report.weight,
        columns: ColumnsRead {
            a,
            b,
            label: table.label_column().map(str::to_owned),
            annotator: table.annotator_column().map(str::to_owned),
            weight: table.weight_column().map(str::to_owned),
        },
        files: table
            .first_rows()
            .into_iter()
            .map(|(file, first_row)| FileRows {
                file: file.to_owned(),
                first_row,
            })
            .collect(),
        findings,
    }
}

/// A finding in words.
fn told(finding: &Finding, report: &Report, names: &Names) -> FindingResult {
    let n = finding.count;
    let share = format!("{} %", number((finding.share * 1000.0).round() / 10.0));
    let listed = |names: &[String]| {
        let shown = finding.of.iter().filter_map(|at| names.get(*at as usize));
        let shown: Vec<&str> = shown.take(5).map(String::as_str).collect();
        match n as usize > shown.len() {
            true => format!("{}, …", shown.join(", ")),
            false => shown.join(", "),
        }
    };
    let columns = || {
        let shown: Vec<String> = finding.of.iter().take(5).map(u32::to_string).collect();
        match n as usize > shown.len() {
            true => format!("{}, …", shown.join(", ")),
            false => shown.join(", "),
        }
    };
    let p = match finding.p_value {
        None => String::new(),
        Some(p) if p < 1e-300 => "p < 1e-300".to_owned(),
        Some(p) => format!("p = {}", error(p)),
    };
    let (kind, message) = match finding.kind {
        Found::IdenticalPair => (
            "identical_pair",
            format!(
                "{} a response with itself ({share}), which says nothing, whatever the label: to be dropped",
                rows_that(n, "compares", "compare")
            ),
        ),
        Found::DuplicateRow => (
            "duplicate_row",
            format!(
                "{} again what {} said of the same pair in the same order ({share}): to be dropped, unless it was asked twice",
                rows_that(n, "says", "say"),
                if report.annotators > 0 {
                    "the same annotator"
                } else {
                    "an earlier one"
                }
            ),
        ),
        Found::Contradiction => (
            "contradiction",
            format!(
                "on {} the same annotator preferred either response: a look at these people or pairs pays",
                pairs(n)
            ),
        ),
        Found::Disagreement => (
            "disagreement",
            format!(
                "on {} either response was preferred; nobody is named, so that it may be one person or two",
                pairs(n)
            ),
        ),
        Found::PositionBias => (
            "position_bias",
            format!(
                "the first response wins {share} of the decided rows ({p}, an exact binomial test): the place counts, or the better \
                 response was put there; show pairs in random order"
            ),
        ),
        Found::PositionBiasOfAnnotators => (
            "position_bias_of_annotators",
            format!(
                "{} one place more often than chance lets any of so many do ({p} for the worst, after correction): {}",
                match n {
                    1 => "1 annotator prefers".to_owned(),
                    n => format!("{n} annotators prefer"),
                },
                listed(&names.annotators)
            ),
        ),
        Found::Ties => (
            "ties",
            format!(
                "{} ({share}): a fit of embeddings refuses ties unless they are to count as half a preference each way",
                rows_that(n, "is a tie", "are ties")
            ),
        ),
        Found::ZeroWeight => (
            "zero_weight",
            format!(
                "{} ({share})",
                rows_that(
                    n,
                    "has weight 0 and does not count",
                    "have weight 0 and do not count"
                )
            ),
        ),
        Found::ConstantColumn => (
            "constant_column",
            format!(
                "no two compared responses differ in {} ({}): their estimate does not exist; leave them out",
                coordinates(n),
                columns()
            ),
        ),
        Found::MixedScales => (
            "mixed_scales",
            format!(
                "the differences in some coordinates are {} times those in others ({} are small: {}): distances hardly see these; standardise them",
                number(finding.share),
                coordinates(n),
                columns()
            ),
        ),
        Found::FewRows if report.dim == 0 => (
            "few_rows",
            format!(
                "{} fewer than 3 comparisons, so that scores hardly mean anything: {}",
                if n == 1 {
                    "1 item has".to_owned()
                } else {
                    format!("{n} items have")
                },
                listed(&names.items)
            ),
        ),
        Found::FewRows => (
            "few_rows",
            format!(
                "{n} of {} {} no more rows than coordinates ({}): no estimate of their own; pool them",
                plural(report.annotators, "annotator"),
                if n == 1 { "has" } else { "have" },
                report.dim
            ),
        ),
        Found::DominantAnnotator => (
            "dominant_annotator",
            format!(
                "{} gave {share} of all rows: the estimate is mostly theirs",
                listed(&names.annotators[..]).trim_end_matches(", …")
            ),
        ),
        _ => ("other", String::new()),
    };
    FindingResult {
        kind: kind.into(),
        count: n,
        rows: finding.rows.clone(),
        message,
        p_value: finding.p_value,
    }
}

fn not_connected(components: &[Vec<u32>], items: &[String]) -> FindingResult {
    let names: Vec<&str> = components[0]
        .iter()
        .take(5)
        .map(|item| &*items[*item as usize])
        .collect();
    FindingResult {
        kind: "not_connected".into(),
        count: components.len() as u64,
        rows: Vec::new(),
        message: format!(
            "the items fall into {} groups of which none lost against a later one, so that there are no scores; the first: {}",
            components.len(),
            names.join(", ")
        ),
        p_value: None,
    }
}

/// So many rows, and what they do.
fn rows_that(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", plural(n, "row"), if n == 1 { one } else { many })
}

fn pairs(n: u64) -> String {
    plural(n, "pair")
}

fn coordinates(n: u64) -> String {
    plural(n, "coordinate")
}

fn plural(n: u64, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
