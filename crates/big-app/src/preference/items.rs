//! Tables whose responses go by name: scores, and who can move them.

use big_answer::items::{ItemScore, ItemsAuditResult, ItemsResult, MoverResult, SwapResult};
use big_answer::preference::{AuditAnswer, FitAnswer, NoMaximumResult};
use big_answer::words::number;
use big_answer::{Kind, version};
use big_io::InputError;
use big_io::preference::AnnotatorColumn;
use big_preference::data::Preference;
use big_preference::items::audit::{ItemsAuditOptions, NoAudit};
use big_preference::items::{self, Builder, DENSE, ItemsFit, NoScores, Tally, Ties};

use super::table::{Reader, TieRule};
use crate::error::{Advice, AppError};

/// Items and components that a message names.
const NAMED: usize = 10;
/// Clusters below which their errors are known to be too small.
const FEW: usize = 10;

/// The comparisons of a table, and the names of its items and annotators.
struct Read {
    tally: Tally,
    items: Vec<String>,
    annotators: Vec<String>,
    /// Comparisons of an item with itself.
    with_itself: u64,
}

fn read(reader: &Reader<'_>, by: AnnotatorColumn) -> Result<Read, AppError> {
    let table = reader.open_any(by)?;
    let refuse = reader.asked().ties == Some(TieRule::Refuse);
    let total = table.rows().count();
    let mut builder = Builder::new();
    let mut with_itself = 0;
    table.pass::<AppError>(&mut |block| {
        if reader.monitor().is_cancelled() {
            return Err(AppError::Cancelled);
        }
        let so_far = block.first_row;
        reader
            .monitor()
            .progress("reading", so_far, total.max(so_far));
        let Some(rows) = block.names() else {
            return Ok(()); // the table was opened as one of names
        };
        for (r, label) in rows.labels.iter().enumerate() {
            if refuse && *label == Preference::Tie {
                let (file, row) = table.place(rows.first_row + r as u64);
                let error = InputError::new("a tie").at_row(row).in_file(file);
                return Err(AppError::advised(error, Advice::CountTies));
            }
            let (a, b) = (rows.a[r], rows.b[r]);
            with_itself += u64::from(a == b);
            let weight = rows.weights.map_or(1.0, |w| w[r]);
            let who = rows.annotators.map(|w| w[r]);
            builder.add(a, b, *label, weight, who);
        }
        Ok(())
    })?;
    Ok(Read {
        tally: builder.finish(),
        items: table.items(),
        annotators: table.annotators(),
        with_itself,
    })
}

/// Fits the scores.
pub(super) fn fit(
    reader: &Reader<'_>,
    by: AnnotatorColumn,
    ridge: f64,
    errors: items::Errors,
) -> Result<FitAnswer, AppError> {
    let read = read(reader, by)?;
    let ties = match reader.asked().ties {
        None | Some(TieRule::Half | TieRule::Refuse) => Ties::Half,
        Some(TieRule::Davidson) => Ties::Davidson,
        Some(TieRule::RaoKupper) => Ties::RaoKupper,
    };
    Ok(match items::fit(&read.tally, ties, ridge, errors) {
        Ok(found) => FitAnswer::Items(Box::new(result(&read, ties, found))),
        Err(none) => FitAnswer::None(no_scores(&read, &none)?.answering(Kind::PrefsFit)),
    })
}

fn result(read: &Read, ties: Ties, found: ItemsFit) -> ItemsResult {
    let mut notes = Vec::new();
    if read.with_itself > 0 {
        notes.push(format!(
            "{} comparisons of an item with itself say nothing, and do not count.",
            read.with_itself
        ));
    }
    if let Some(annotators) = found.clusters.filter(|n| *n < FEW) {
        notes.push(format!(
            "{annotators} annotators are few to cluster by: such errors come out too small."
        ));
    }
    if found.standard_errors.is_none() {
        notes.push(format!("Standard errors are made for up to {DENSE} items."));
    }
    if ties != Ties::Half && found.ties.is_none() {
        notes.push("There are no ties, so that all models of ties are the same.".into());
    }
    ItemsResult {
        kind: Kind::PrefsFit,
        version: version(),
        items: scores(read, &found.scores, found.standard_errors.as_deref()),
        ties: match ties {
            Ties::Half => "half",
            Ties::Davidson => "davidson",
            Ties::RaoKupper => "rao-kupper",
        }
        .into(),
        tie_parameter: found.ties.map(|ties| ties.value),
        tie_parameter_error: found.ties.and_then(|ties| ties.standard_error),
        standard_error_kind: match found.clusters {
            Some(_) => "clustered",
            None => "information",
        }
        .into(),
        clusters: found.clusters,
        log_likelihood: found.log_likelihood,
        comparisons: read.tally.rows(),
        tied: read.tally.ties(),
        iterations: found.iterations,
        gradient_norm: found.gradient,
        notes,
    }
}

/// The items by falling score; of equal ones the first to appear is first.
fn scores(read: &Read, scores: &[f64], errors: Option<&[f64]>) -> Vec<ItemScore> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order
        .into_iter()
        .map(|k| ItemScore {
            item: read.items[k].clone(),
            score: scores[k],
            standard_error: errors.map(|e| e[k]),
            comparisons: read.tally.comparisons()[k],
        })
        .collect()
}

/// Why there are no scores, as a result.
fn no_scores(read: &Read, none: &NoScores) -> Result<NoMaximumResult, AppError> {
    let told =
        |reason: &str, components: Option<Vec<Vec<String>>>, message: String| NoMaximumResult {
            kind: None,
            version: None,
            reason: reason.into(),
            direction: Vec::new(),
            complete: None,
            missing: None,
            components,
            message,
        };
    Ok(match none {
        NoScores::Components {
            components,
            connected,
        } => {
            let name = |item: &u32| read.items[*item as usize].clone();
            let shown: Vec<Vec<String>> = components
                .iter()
                .take(NAMED)
                .map(|items| items.iter().take(NAMED).map(name).collect())
                .collect();
            let message = components_in_words(components, &shown, *connected);
            told("components", Some(shown), message)
        }
        NoScores::OnlyTies => told(
            "ties",
            None,
            "every comparison is a tie, so that a model of ties has nothing to hold it; count ties as half a win each".into(),
        ),
        NoScores::Ordered => told(
            "ties",
            None,
            "the items can be put so far apart that every win is expected and every tie is between neighbours: the scores grow without \
             end along with the parameter of ties; count ties as half a win each"
                .into(),
        ),
        NoScores::TooFew => told(
            "too_few",
            None,
            "there are fewer than two items that are compared with others".into(),
        ),
        _ => return Err(AppError::Internal("the scores were not found, though they exist".into())),
    })
}

fn components_in_words(components: &[Vec<u32>], shown: &[Vec<String>], connected: bool) -> String {
    let names = |at: usize| {
        let more = components[at].len().saturating_sub(shown[at].len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{more}", shown[at].join(", "))
    };
    let last = components.len().min(shown.len()) - 1;
    match connected {
        true => format!(
            "the items fall into {} groups, of which none ever lost or drew against a later one, so that their scores grow apart without \
             end; the first is {}; the next is {}; compare them more, drop the items that always or never win, or hold the scores with \
             a ridge",
            components.len(),
            names(0),
            names(last.min(1))
        ),
        false => format!(
            "the items fall into {} groups that are not compared with each other (or only one way), so that their scores have no common \
             zero; one is {}; another is {}; compare across the groups, or fit each by itself",
            components.len(),
            names(0),
            names(last)
        ),
    }
}

/// Audits the scores: so many swaps of neighbours from the top, and one of two items more.
pub(super) fn audit(
    reader: &Reader<'_>,
    by: AnnotatorColumn,
    ridge: f64,
    swaps: usize,
    swap: Option<&(String, String)>,
) -> Result<AuditAnswer, AppError> {
    let read = read(reader, by)?;
    let pair = match swap {
        None => None,
        Some((a, b)) => {
            let find = |name: &String| {
                let at = read.items.iter().position(|item| item == name);
                let missing =
                    || InputError::new(format!("there is no item {name}")).in_file(reader.name());
                at.map(|at| at as u32).ok_or_else(missing)
            };
            Some((find(a)?, find(b)?))
        }
    };
    let options = ItemsAuditOptions {
        top: swaps,
        pair,
        ridge,
    };
    match items::audit::audit(&read.tally, &options) {
        Ok(found) => Ok(AuditAnswer::Items(Box::new(audited(&read, found)))),
        Err(NoAudit::NoScores(none)) => Ok(AuditAnswer::None(
            no_scores(&read, &none)?.answering(Kind::PrefsAudit),
        )),
        Err(_) => Err(AppError::unfit(
            format!(
                "{}: there are {} items, and an audit is for up to {DENSE}",
                reader.name(),
                read.items.len()
            ),
            "audit the comparisons of fewer items",
        )),
    }
}

fn audited(read: &Read, found: items::audit::ItemsAudit) -> ItemsAuditResult {
    let item = |at: u32| read.items[at as usize].clone();
    let who = |at: u32| read.annotators[at as usize].clone();
    let swaps: Vec<SwapResult> = found
        .swaps
        .iter()
        .map(|swap| SwapResult {
            above: item(swap.above),
            below: item(swap.below),
            gap: swap.gap,
            labels_at_least: swap.labels.at_least,
            labels_found: swap.labels.found,
            annotators_at_least: swap.annotators.as_ref().map(|needed| needed.at_least),
            annotators_found: swap.annotators.as_ref().and_then(|needed| {
                let found = needed.found.as_ref()?;
                Some(found.iter().map(|at| who(*at)).collect())
            }),
        })
        .collect();
    let annotators = read.tally.annotators().map(|_| {
        let mover = |mover: &items::audit::Mover| MoverResult {
            annotator: who(mover.annotator),
            labels: mover.labels,
            item: item(mover.item),
            change: mover.change,
            refit_change: mover.refitted,
            swaps: mover
                .swaps
                .iter()
                .map(|at| [swaps[*at].above.clone(), swaps[*at].below.clone()])
                .collect(),
        };
        found.annotators.iter().map(mover).collect::<Vec<_>>()
    });
    ItemsAuditResult {
        kind: Kind::PrefsAudit,
        version: version(),
        verdict: verdict(read.tally.rows(), &swaps, annotators.as_deref()),
        items: scores(read, &found.scores, None),
        swaps,
        annotators,
        comparisons: read.tally.rows(),
    }
}

/// The swap that takes least, and the annotator who moves most.
fn verdict(rows: u64, swaps: &[SwapResult], annotators: Option<&[MoverResult]>) -> String {
    let mut verdict = String::new();
    let first = swaps
        .first()
        .map(|swap| (swap, "The first place changes hands"));
    let easiest = swaps
        .iter()
        .min_by_key(|swap| swap.labels_found.unwrap_or(u64::MAX));
    let easiest = easiest.map(|swap| (swap, "The easiest swap"));
    let looked: Vec<(&SwapResult, &str)> = match (first, easiest) {
        (Some(first), Some(easiest)) if first.0 != easiest.0 => vec![first, easiest],
        (first, _) => first.into_iter().collect(),
    };
    for (swap, what) in looked {
        let (above, below) = (&swap.above, &swap.below);
        let found = match swap.labels_found {
            Some(1) => format!("1 of {rows} labels does it"),
            Some(found) => format!(
                "{found} of {rows} labels do it, fewer than {} cannot",
                swap.labels_at_least
            ),
            None => "not even all labels do it".into(),
        };
        verdict += &format!("{what} ({above} and {below}): {found}. ");
    }
    if let Some(mover) = annotators.and_then(<[MoverResult]>::first) {
        verdict += &format!(
            "The annotator {} can move {} by {} alone",
            mover.annotator,
            mover.item,
            number(mover.refit_change.unwrap_or(mover.change))
        );
        verdict += &match mover.swaps.len() {
            0 => ". ".to_owned(),
            1 => ", and swap one of these pairs. ".to_owned(),
            n => format!(", and swap {n} of these pairs. "),
        };
    }
    verdict.trim_end().to_owned()
}
