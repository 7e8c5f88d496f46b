//! Which ideal point do the labels speak for? The maximum-likelihood estimate, pooled and by annotator.

use big_answer::preference::{
    AnnotatorResult, BootstrapResult, FitAnswer, FitResult, PositionBiasResult,
};
use big_answer::{Kind, version};
use big_game::action_space::ActionSpace;
use big_io::InputError;
use big_io::experiment::space_argument;
use big_io::preference::AnnotatorColumn;
use big_preference::annotators::{People, Position};
use big_preference::data::{Parts, Source};
use big_preference::errors::{Scores, bootstrap};
use big_preference::fit::{self, ErrorKind, Fit, FitError, FitOptions, Precision};
use big_preference::hierarchy::{self, Family, pool};
use big_preference::likelihood::Model;
use big_preference::model_check::{ModelCheck, fit_and_check};
use big_preference::statistics::chi_squared_1_tail;

use super::items;
use super::model::{check_result, population};
use super::no_maximum::{data_error, no_maximum, none};
use super::table::{Reader, ScoresAt, Table};
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;
use big_answer::words::number;

/// What to fit.
#[derive(Clone, Debug)]
pub struct Request {
    /// The comparisons.
    pub table: Table,
    /// Fit each annotator as well, as this column names them.
    pub by: Option<String>,
    /// Partially pooled estimates in place of the annotators' own.
    pub pool: bool,
    /// The precision `β` of the reward `−β‖a − θ‖²`.
    pub precision: Precision,
    /// The estimate is penalised by half of this times `‖θ‖²` (times `‖βθ‖²` with a fitted precision).
    pub ridge: f64,
    /// Keep the estimate in this action space: as in a game file, or the name of a game file whose space is meant.
    pub bound: Option<String>,
    /// Report the covariance matrix too?
    pub covariance: bool,
    /// What standard errors are made from; `None`: clustered where annotators are named, else from the information.
    pub errors: Option<Errors>,
    /// Samples of the bootstrap.
    pub replicates: usize,
    /// The seed of the bootstrap.
    pub seed: u64,
    /// Compare the ideal-point model with the vector model?
    pub compare: bool,
    /// Estimate how much the first place counts, with one ideal point for all?
    pub position_bias: bool,
}

impl Request {
    /// The plain fit of a table: the paper's model, everybody pooled.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            by: None,
            pool: false,
            precision: Precision::Fixed(1.0),
            ridge: 0.0,
            bound: None,
            covariance: false,
            errors: None,
            replicates: 200,
            seed: 0,
            compare: true,
            position_bias: false,
        }
    }
}

/// What standard errors are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errors {
    /// The sandwich, clustered by annotator.
    Clustered,
    /// The observed information: as if comparisons were independent.
    Information,
    /// Estimates from annotators drawn with replacement.
    Bootstrap,
}

/// Fits a table.
///
/// ```
/// use big_app::Monitor;
/// use big_app::preference::{Table, fit};
///
/// let rows = "a_0,b_0,label\n0,1,1\n1,2,1\n1,0,1\n2,0,0\n0.2,0.9,0\n";
/// let file = std::env::temp_dir().join(format!("big-doc-{}.csv", std::process::id()));
/// std::fs::write(&file, rows)?;
/// let found = fit::fit(&fit::Request::new(Table::new(&file)), &Monitor::default());
/// std::fs::remove_file(&file)?;
/// println!("{:?}", found?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the table cannot be read, or the question does not fit it.
pub fn fit(request: &Request, monitor: &Monitor<'_>) -> Result<FitAnswer, AppError> {
    if request.errors == Some(Errors::Bootstrap) && request.by.is_none() {
        return Err(AppError::advised(
            InputError::new("a bootstrap draws annotators, and nothing says who they are"),
            Advice::BootstrapByAnnotator,
        ));
    }
    let reader = Reader::new(&request.table, monitor)?;
    if reader.has_items()? {
        return scores(request, &reader);
    }
    if request.position_bias {
        return placed(request, &reader);
    }
    let Some(by) = &request.by else {
        return reader.with_scores(|source, scores| pooled(request, &reader, source, scores, None));
    };
    reader.with_annotators(by, |all: &dyn Source, parts: &Parts| {
        let scores = |q: &[f64]| {
            let scores = Scores::of_parts(parts, q);
            scores.map(Some).map_err(|e| data_error(e, &reader.name()))
        };
        match pooled(request, &reader, all, &scores, Some(parts))? {
            FitAnswer::Estimate(mut result) => {
                annotators(request, &reader, parts, &mut result)?;
                Ok(FitAnswer::Estimate(result))
            }
            none => Ok(none),
        }
    })
}

/// The scores of items, which have no embeddings.
fn scores(request: &Request, reader: &Reader<'_>) -> Result<FitAnswer, AppError> {
    let unfit = [
        (request.pool, "partial pooling"),
        (request.bound.is_some(), "bound"),
        (request.covariance, "covariance matrix"),
        (request.position_bias, "term for the place"),
        (request.errors == Some(Errors::Bootstrap), "bootstrap"),
    ];
    if let Some((_, what)) = unfit.iter().find(|(asked, _)| *asked) {
        return Err(AppError::unfit(
            format!(
                "{}: its responses go by name, and scores of items have no {what}",
                reader.name()
            ),
            "leave it out, or fit embeddings",
        ));
    }
    let by = match &request.by {
        Some(name) => AnnotatorColumn::Named(name.clone()),
        None => AnnotatorColumn::Usual,
    };
    let errors = match request.errors {
        Some(Errors::Information) => big_preference::items::Errors::Information,
        _ => big_preference::items::Errors::Clustered,
    };
    items::fit(reader, by, request.ridge, errors)
}

/// The fit with the place of a response as one more coordinate, and the likelihood ratio against the fit without.
fn placed(request: &Request, reader: &Reader<'_>) -> Result<FitAnswer, AppError> {
    let table = reader.open_any(AnnotatorColumn::Ignored)?;
    let unfit = if table.label_column().is_none() {
        "its columns say who was preferred, not who was shown first: nothing is known of places"
    } else if request.by.is_some() || request.bound.is_some() {
        "how much the place counts is estimated with one ideal point for all, and without a bound"
    } else {
        ""
    };
    if !unfit.is_empty() {
        let error = InputError::new(unfit).with_help("fit without it");
        return Err(error.in_file(reader.name()).into());
    }
    let with = reader.with_places();
    let found = with.with_scores(|source, scores| pooled(request, &with, source, scores, None))?;
    let FitAnswer::Estimate(mut result) = found else {
        return Ok(found);
    };
    let options = FitOptions {
        precision: request.precision,
        ridge: request.ridge,
        bound: None,
        start: None,
    };
    let without = reader.with_source(|source| fitted(source, &options, false, &reader.name()))?;
    let p_value = match without {
        Ok((without, _)) if request.ridge == 0.0 => {
            let ratio = 2.0 * (result.log_likelihood - without.log_likelihood);
            Some(chi_squared_1_tail(ratio))
        }
        _ => None,
    };
    // The last coordinate is the place's.
    let place = result.theta.pop().unwrap_or(0.0);
    let error = result.standard_errors.as_mut().and_then(Vec::pop);
    if let Some(attraction) = &mut result.attraction {
        attraction.pop();
    }
    if let Some(covariance) = &mut result.covariance {
        covariance.pop();
        for row in covariance {
            row.pop();
        }
    }
    let slope = 2.0 * result.precision;
    result.position_bias = Some(PositionBiasResult {
        logit: slope * place,
        // With a fitted precision the two go together.
        standard_error: error
            .filter(|_| request.precision != Precision::Fit)
            .map(|e| slope.abs() * e),
        p_value,
    });
    Ok(FitAnswer::Estimate(result))
}

/// What is fitted, in words and numbers.
pub(super) trait Described {
    /// What messages call it.
    fn name(&self) -> String;
    /// The number of comparisons in so many rows.
    fn comparisons(&self, rows: u64) -> u64;
    /// The same of one annotator.
    fn comparisons_of(&self, annotator: usize, rows: u64) -> u64;
    /// What was made of the coordinates, in a sentence.
    fn units_in_words(&self) -> Option<String>;
}

impl Described for Reader<'_> {
    fn name(&self) -> String {
        Reader::name(self)
    }

    fn comparisons(&self, rows: u64) -> u64 {
        Reader::comparisons(self, rows)
    }

    fn comparisons_of(&self, annotator: usize, rows: u64) -> u64 {
        Reader::comparisons_of(self, annotator, rows)
    }

    fn units_in_words(&self) -> Option<String> {
        Reader::units_in_words(self)
    }
}

/// The pooled estimate; `parts` are what a bootstrap draws from.
pub(super) fn pooled(
    request: &Request,
    of: &dyn Described,
    source: &dyn Source,
    scores: &ScoresAt<'_>,
    parts: Option<&Parts>,
) -> Result<FitAnswer, AppError> {
    let bound = match &request.bound {
        Some(space) => Some(action_space(space, source.dim())?),
        None => None,
    };
    let options = FitOptions {
        precision: request.precision,
        ridge: request.ridge,
        bound: bound.as_ref(),
        start: None,
    };
    let file = of.name();
    let (mut found, check) = match fitted(source, &options, request.compare, &file)? {
        Ok(fitted) => fitted,
        Err(error) => {
            return Ok(FitAnswer::None(
                no_maximum(error, &file)?.answering(Kind::PrefsFit),
            ));
        }
    };
    tracing::info!(passes = found.passes, "fitted");
    match (request.errors, parts) {
        (Some(Errors::Information), _) => {}
        (Some(Errors::Bootstrap), Some(parts)) => {
            let made = bootstrap(
                &mut found,
                parts,
                &options,
                request.replicates,
                request.seed,
            );
            if let Err(error) = made {
                return Ok(FitAnswer::None(
                    no_maximum(error, &file)?.answering(Kind::PrefsFit),
                ));
            }
        }
        (wanted, _) => match scores(&found.coefficients())? {
            Some(scores) => found.cluster(&scores),
            None if wanted.is_some() => {
                return Err(AppError::advised(
                    InputError::new("there is no column `annotator` to cluster by").in_file(file),
                    Advice::NameAnnotators,
                ));
            }
            None => {}
        },
    }
    let covariance = match request.covariance {
        true => covariance(&found),
        false => None,
    };
    let mut notes = notes(&found);
    notes.extend(of.units_in_words());
    let comparisons = of.comparisons(found.rows);
    let mut result = FitResult {
        covariance,
        comparisons,
        notes,
        ridge: (request.ridge > 0.0).then_some(request.ridge),
        model_check: check.as_ref().map(check_result),
        ..result(found, request.precision)
    };
    if let Some(bootstrap) = &mut result.bootstrap {
        bootstrap.seed = request.seed;
    }
    Ok(FitAnswer::Estimate(Box::new(result)))
}

/// Columns whose differences are this many times longer than others' are in other units.
const MIXED: f64 = 1e3;
/// Clusters below which their errors are known to be too small.
const FEW: usize = 10;

/// What to know of an estimate.
fn notes(found: &Fit) -> Vec<String> {
    let mut notes = Vec::new();
    let sizes = found.column_reach.iter().filter(|r| **r > 0.0);
    let (least, most) = sizes.fold((f64::INFINITY, 0.0_f64), |(l, m), r| (l.min(*r), m.max(*r)));
    if most > MIXED * least {
        notes.push(format!(
            "The embeddings' coordinates have mixed scales: the largest differences are from {} to {}. Distances are almost those \
             of the longest alone; measure the coordinates in comparable units.",
            number(least),
            number(most)
        ));
    }
    if let ErrorKind::Clustered { annotators } = found.error_kind
        && annotators < FEW.max(2 * found.theta.len())
    {
        notes.push(format!(
            "{annotators} annotators are few to cluster by: such errors come out too small. Errors from the information \
             take comparisons as independent."
        ));
    }
    notes
}

/// The estimate as a result, without what has to be asked for.
pub(super) fn result(found: Fit, precision: Precision) -> FitResult {
    FitResult {
        kind: Kind::PrefsFit,
        version: version(),
        covariance: None,
        attraction: (precision == Precision::Fit).then_some(found.attraction),
        theta: found.theta,
        standard_errors: found.standard_errors,
        standard_error_kind: found.error_kind.name().into(),
        clusters: match found.error_kind {
            ErrorKind::Clustered { annotators } => Some(annotators),
            _ => None,
        },
        bootstrap: match found.error_kind {
            ErrorKind::Bootstrap { replicates, failed } => Some(BootstrapResult {
                replicates,
                failed,
                seed: 0,
            }),
            _ => None,
        },
        precision: found.precision,
        precision_error: found.precision_error,
        precision_standard_error: found.precision_error,
        pooled_precision: None,
        log_likelihood: found.log_likelihood,
        comparisons: found.rows,
        weight: found.weight,
        iterations: found.iterations,
        gradient_norm: found.gradient_norm,
        ridge: None,
        model_check: None,
        annotators: None,
        scatter: None,
        population: None,
        notes: Vec::new(),
        position_bias: None,
    }
}

/// The fit, and the comparison of the models if that is wanted and the fits that it needs exist.
#[allow(clippy::type_complexity)] // two kinds of failure: no maximum is an answer
pub(super) fn fitted(
    source: &dyn Source,
    options: &FitOptions<'_>,
    compared: bool,
    file: &str,
) -> Result<Result<(Fit, Option<ModelCheck>), FitError>, AppError> {
    if !compared {
        return Ok(fit::fit(source, options).map(|found| (found, None)));
    }
    match fit_and_check(source, options) {
        Ok((found, Ok(check))) => Ok(Ok((found, Some(check)))),
        Ok((_, Err(FitError::Data(error)))) => Err(data_error(error, file)),
        Ok((found, Err(error))) => {
            tracing::info!(%error, "the models are not compared");
            Ok(Ok((found, None)))
        }
        Err(error) => Ok(Err(error)),
    }
}

fn covariance(found: &Fit) -> Option<Vec<Vec<f64>>> {
    let d = found.theta.len();
    let all = found.covariance.as_ref()?;
    Some(all.chunks(d).map(<[f64]>::to_vec).collect())
}

/// An action space that a command line names.
pub(super) fn action_space(argument: &str, dim: usize) -> Result<ActionSpace, AppError> {
    let spec = space_argument(argument, dim)?;
    ActionSpace::new(&spec)
        .map_err(|error| AppError::unfit(error.to_string(), "describe another space"))
}

/// Adds the annotators' estimates.
fn annotators(
    request: &Request,
    reader: &Reader<'_>,
    parts: &Parts,
    result: &mut FitResult,
) -> Result<(), AppError> {
    let failed = |error: FitError| match no_maximum(error, &reader.name()) {
        Ok(none) => AppError::Internal(none.message),
        Err(failure) => failure,
    };
    let row = |i: usize| AnnotatorResult {
        annotator: parts.names()[i].clone(),
        theta: None,
        standard_errors: None,
        log_likelihood: None,
        comparisons: reader.comparisons_of(i, parts.rows(i)),
        none: None,
    };
    let mut rows: Vec<AnnotatorResult> = (0..parts.len()).map(row).collect();
    let mut set = |i: usize, found: Position| {
        rows[i].theta = Some(found.point);
        rows[i].standard_errors = Some(found.standard_errors);
        rows[i].log_likelihood = Some(found.log_likelihood);
    };
    let pooled = result.precision;
    if request.pool {
        let family = match request.precision {
            Precision::Fixed(beta) => Family::known(Model::ideal_point(beta)),
            Precision::Fit => Family::estimated(hierarchy::Kind::IdealPoints, pooled),
        };
        let found = pool(parts, family).map_err(failed)?;
        result.scatter = Some(found.population.variance());
        result.population = Some(population(&found.population));
        joint(
            result,
            found.population.precision,
            found.population.precision_error,
        );
        for (i, position) in found.positions.into_iter().enumerate() {
            set(i, position);
        }
        result.annotators = Some(rows);
        return Ok(());
    }
    let found = People::fit(parts, request.precision, pooled).map_err(failed)?;
    let Some(precision) = found.precision else {
        let unidentified = format!(
            "the fitted precision is {pooled}, and with a position for each annotator none is identified: there are no ideal \
             points to tell annotators by"
        );
        return Err(AppError::advised(
            InputError::new(unidentified).in_file(reader.name()),
            Advice::FixPrecisionOrPool,
        ));
    };
    if request.precision == Precision::Fit {
        joint(result, precision, found.precision_error);
        if found.few_rows {
            result.notes.push(
                "With few comparisons an annotator a joint fit overestimates the precision; partial pooling does not.".into(),
            );
        }
    }
    let mut missing = Vec::new();
    for (i, found) in found.positions.into_iter().enumerate() {
        match found {
            Ok(position) => set(i, position),
            Err(existence) => missing.push((i, existence)),
        }
    }
    for (i, existence) in missing {
        let message = FitError::NoMaximum(existence.clone()).to_string();
        rows[i].none = Some(none(existence, message));
    }
    result.annotators = Some(rows);
    Ok(())
}

/// Puts the precision of everybody's own positions in place of the pooled one, which stays beside it.
fn joint(result: &mut FitResult, precision: f64, error: Option<f64>) {
    if precision != result.precision {
        result.pooled_precision = Some(result.precision);
    }
    result.precision = precision;
    result.precision_error = error;
    result.precision_standard_error = error;
}
