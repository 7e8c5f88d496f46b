//! Shards that are elsewhere: who reads one, and who asks all of them.
//!
//! Sums over all rows are made where the rows are. What is asked annotator by annotator has the rows gathered here, each of them sent
//! once with its sign; and helpers, where there are some, get portions of the annotators to compute on.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use big_answer::mechanisms::LabelMechanismsAnswer;
use big_answer::preference::FitAnswer;
use big_io::InputError;
use big_preference::data::{Comparisons, DataError, Helpers, Parts};
use big_preference::fit::{LARGEST_DENSE, Precision};
use big_preference::shards::{Answer, Beside, Elsewhere, Pass, Shards};

use super::audit::{self, Audited};
use super::fit::{Described, Errors, Request as FitRequest, pooled};
use super::groups::Groups;
use super::mechanisms;
use super::no_maximum::data_error;
use super::passes::Passes;
use super::receiver::{self, Implied};
use super::table::{Reader, Table};
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;

/// A part of a table, in memory.
#[derive(Debug)]
pub struct Shard {
    name: String,
    rows: Comparisons,
    beside: Beside,
}

impl Shard {
    /// Reads a shard; annotators are named by the column `by`, or by `annotator`, if there is one.
    ///
    /// # Errors
    /// As a fit of the table.
    pub fn read(table: &Table, by: Option<&str>) -> Result<Self, AppError> {
        let alone = [
            (table.standardize, "standardize="),
            (table.components.is_some(), "components="),
        ];
        if let Some((_, asked)) = alone.iter().find(|(is, _)| *is) {
            return Err(AppError::unfit(
                format!(
                    "a shard does not know the others' coordinates: there is no {asked} over shards"
                ),
                "measure the coordinates before they are written",
            ));
        }
        let reader = Reader::new(table, &Monitor::default())?;
        let (rows, columns) = reader.held(by)?;
        let (ties, ties_by) = reader.tied();
        Ok(Self {
            name: reader.name(),
            rows,
            beside: Beside {
                ties,
                ties_by,
                columns,
            },
        })
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> u64 {
        let wide = self.rows.dim() as u64 + 3;
        8 * wide * self.rows.rows() as u64
    }

    /// What its rows say to a pass.
    ///
    /// # Errors
    /// When that is no pass over rows of this dimension.
    pub fn answer(&self, pass: &[u8]) -> Result<Vec<u8>, AppError> {
        let Some(pass) = Pass::from_bytes(pass) else {
            return Err(AppError::Internal(format!(
                "{}: what is asked is no pass: do driver and workers have the same version?",
                self.name
            )));
        };
        let answer = pass
            .answer(&self.rows, &self.beside)
            .map_err(|e| data_error(e, &self.name))?;
        match answer {
            Some(answer) => Ok(answer.to_bytes()),
            None => Err(InputError::new(format!(
                "the embeddings have {} coordinates where other shards have another number",
                self.rows.dim()
            ))
            .in_file(self.name.clone())
            .into()),
        }
    }
}

/// Whoever reaches the shards.
pub trait Workers: Sync {
    /// The shards' names, in order.
    fn names(&self) -> &[String];

    /// Asks shards, by their numbers, a pass each; the answers are handed over in this order.
    ///
    /// # Errors
    /// The first of `receive`, or of a shard.
    fn ask(
        &self,
        asked: &[(usize, &[u8])],
        receive: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError>;

    /// Brings one shard, by its number.
    ///
    /// # Errors
    /// When it cannot be read.
    fn bring(&self, shard: usize, visit: &mut dyn FnMut(&Shard)) -> Result<(), DataError>;
}

/// What to fit.
#[derive(Clone, Debug)]
pub struct Request {
    /// What messages call the shards together.
    pub name: String,
    /// Is there a column that annotators have to be named by?
    pub by: bool,
    /// The precision `β` of the reward `−β‖a − θ‖²`.
    pub precision: Precision,
    /// The estimate is penalised by half of this times `‖θ‖²`.
    pub ridge: f64,
    /// Keep the estimate in this action space.
    pub bound: Option<String>,
    /// Report the covariance matrix too?
    pub covariance: bool,
    /// What standard errors are made from; `None`: clustered where annotators are named, else from the information.
    pub errors: Option<Errors>,
    /// Compare the ideal-point model with the vector model?
    pub compare: bool,
    /// Where passes are kept, and what tells this fit from others.
    pub state: Option<(PathBuf, String)>,
}

/// Fits shards.
///
/// # Errors
/// When a shard has no answer, or the question does not fit them.
pub fn fit(
    request: &Request,
    workers: &dyn Workers,
    monitor: &Monitor<'_>,
) -> Result<FitAnswer, AppError> {
    if request.errors == Some(Errors::Bootstrap) {
        return Err(AppError::unfit(
            "a bootstrap over shards would be as many fits",
            "leave errors= out for clustered ones, or fit the files without Ray",
        ));
    }
    let refused = |error| data_error(error, &request.name);
    let passes = match &request.state {
        Some((path, of)) => Some(Mutex::new(Passes::open(path, of)?)),
        None => None,
    };
    let asked = Asked::new(workers, passes, monitor);
    let shards = looked(&asked, &request.name)?;
    let look = shards.look();
    if request.by && !look.named && look.rows > 0 {
        return Err(AppError::advised(
            InputError::new("some shard does not name the annotators of its rows")
                .in_file(request.name.clone()),
            Advice::NameAnnotators,
        ));
    }
    let question = FitRequest {
        precision: request.precision,
        ridge: request.ridge,
        bound: request.bound.clone(),
        covariance: request.covariance,
        errors: request.errors,
        compare: request.compare,
        ..FitRequest::new(Table::new(&request.name))
    };
    let of = Whole {
        name: &request.name,
        ties: look.ties,
        ties_by: &[],
    };
    pooled(
        &question,
        &of,
        &shards,
        &|q| shards.scores(q).map_err(refused),
        None,
    )
}

/// Audits shards; `request.table` has the name that messages call them together by, and the memory in which annotators' rows are
/// held here. Helpers take parts of the work, and change no bit.
///
/// # Errors
/// When a shard has no answer, or the question does not fit them.
pub fn audit(
    request: &audit::Request,
    workers: &dyn Workers,
    helpers: Option<Arc<dyn Helpers>>,
    monitor: &Monitor<'_>,
) -> Result<Audited, AppError> {
    audit::refuse_bootstrap(request)?;
    if request.groups.is_some() {
        return Err(AppError::unfit(
            "which group annotators are in is not read from shards",
            "audit the groups in the annotators' place, or put the rows into one table",
        ));
    }
    by_annotator(
        &request.table,
        workers,
        helpers,
        monitor,
        |of, all, parts| audit::of_annotators(request, of, &Groups::default(), all, parts),
    )
}

/// Reads off the affine receiver that shards imply; `request.table` as in [`audit()`].
///
/// # Errors
/// When a shard has no answer, or the question does not fit them.
pub fn receiver(
    request: &receiver::Request,
    workers: &dyn Workers,
    helpers: Option<Arc<dyn Helpers>>,
    monitor: &Monitor<'_>,
) -> Result<Implied, AppError> {
    by_annotator(
        &request.table,
        workers,
        helpers,
        monitor,
        |of, all, parts| receiver::of_annotators(request, of, all, parts),
    )
}

/// Measures rules on shards; `request.table` as in [`audit()`].
///
/// # Errors
/// When a shard has no answer, the question does not fit them, or there is no rule of a name.
pub fn mechanisms(
    request: &mechanisms::Request,
    workers: &dyn Workers,
    helpers: Option<Arc<dyn Helpers>>,
    monitor: &Monitor<'_>,
) -> Result<LabelMechanismsAnswer, AppError> {
    let options = mechanisms::options(request)?;
    by_annotator(
        &request.table,
        workers,
        helpers,
        monitor,
        |of, all, parts| mechanisms::of_annotators(request, &options, of, all, parts),
    )
}

/// Looks at all shards.
fn looked<'a>(asked: &'a Asked<'_>, name: &str) -> Result<Shards<'a>, AppError> {
    let shards = Shards::new(asked).map_err(|e| data_error(e, name))?;
    let dim = shards.look().dim;
    match dim + 1 > LARGEST_DENSE {
        true => Err(AppError::unfit(
            format!(
                "{name}: the embeddings have {dim} coordinates, and sums over shards need a Hessian of them"
            ),
            format!("project them to fewer than {LARGEST_DENSE}, or ask the files without Ray"),
        )),
        false => Ok(shards),
    }
}

/// All shards, whose sums are asked for, and their rows annotator by annotator: gathered here, in memory where they fit twice, else in
/// a temporary file.
fn by_annotator<T>(
    table: &Table,
    workers: &dyn Workers,
    helpers: Option<Arc<dyn Helpers>>,
    monitor: &Monitor<'_>,
    then: impl FnOnce(&Whole<'_>, &Shards<'_>, &Parts) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let name = table.name();
    let refused = |error| data_error(error, &name);
    let asked = Asked::new(workers, None, monitor);
    let shards = looked(&asked, &name)?;
    let people = shards.people().map_err(refused)?;
    let memory = usize::try_from(table.memory).unwrap_or(usize::MAX);
    let mut parts = shards.gather(&people, memory).map_err(refused)?;
    if let Some(helpers) = helpers {
        parts.help(helpers).map_err(refused)?;
    }
    let of = Whole {
        name: &name,
        ties: shards.look().ties,
        ties_by: people.ties(),
    };
    then(&of, &shards, &parts)
}

/// All shards, in words.
struct Whole<'a> {
    name: &'a str,
    ties: u64,
    /// By annotator, where that matters.
    ties_by: &'a [u64],
}

impl Described for Whole<'_> {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn comparisons(&self, rows: u64) -> u64 {
        rows.saturating_sub(self.ties)
    }

    fn comparisons_of(&self, annotator: usize, rows: u64) -> u64 {
        rows.saturating_sub(self.ties_by.get(annotator).copied().unwrap_or(0))
    }

    fn units_in_words(&self) -> Option<String> {
        None
    }
}

/// Passes by workers, kept in a file where that is wanted.
struct Asked<'a> {
    workers: &'a dyn Workers,
    passes: Option<Mutex<Passes>>,
    monitor: &'a Monitor<'a>,
    /// Passes so far.
    made: Mutex<u64>,
}

impl<'a> Asked<'a> {
    fn new(
        workers: &'a dyn Workers,
        passes: Option<Mutex<Passes>>,
        monitor: &'a Monitor<'a>,
    ) -> Self {
        Self {
            workers,
            passes,
            monitor,
            made: Mutex::new(0),
        }
    }

    fn wrong(&self, shard: usize, what: String) -> DataError {
        let name = self.workers.names().get(shard).cloned();
        DataError::Shard {
            shard: name.unwrap_or_else(|| format!("shard {shard}")),
            what,
        }
    }

    /// What the shards say, added in their order.
    fn asked(&self, pass: &Pass, bytes: &[u8]) -> Result<Answer, DataError> {
        let shards = 0..self.workers.names().len();
        let asked: Vec<(usize, &[u8])> = shards.map(|shard| (shard, bytes)).collect();
        let mut all: Option<Answer> = None;
        self.heard(&asked, &|_| pass, &mut |shard, next| {
            match &mut all {
                None => all = Some(next),
                Some(all) => all.join(next).map_err(|what| self.wrong(shard, what))?,
            }
            Ok(())
        })?;
        all.ok_or_else(|| self.wrong(0, "there are no shards".to_owned()))
    }

    /// Asks shards; `pass` is what one of them is asked.
    fn heard<'p>(
        &self,
        asked: &[(usize, &[u8])],
        pass: &dyn Fn(usize) -> &'p Pass,
        receive: &mut dyn FnMut(usize, Answer) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut next = asked.iter().map(|(shard, _)| *shard).enumerate();
        self.workers.ask(asked, &mut |answer| {
            if self.monitor.is_cancelled() {
                return Err(DataError::Cancelled);
            }
            let Some((number, shard)) = next.next() else {
                return Err(self.wrong(0, "it answers what it was not asked".to_owned()));
            };
            match Answer::from_bytes(pass(number), answer) {
                Some(answer) => receive(shard, answer),
                None => Err(self.wrong(
                    shard,
                    "its answer does not fit what was asked: do driver and workers have the same version?".to_owned(),
                )),
            }
        })?;
        match next.next() {
            Some((_, shard)) => Err(self.wrong(shard, "it did not answer".to_owned())),
            None => Ok(()),
        }
    }
}

impl Elsewhere for Asked<'_> {
    fn pass(&self, pass: &Pass) -> Result<Answer, DataError> {
        if self.monitor.is_cancelled() {
            return Err(DataError::Cancelled);
        }
        if let Ok(mut made) = self.made.lock() {
            *made += 1;
            // How many there will be is not known.
            self.monitor.progress("passes", *made, 0);
        }
        let bytes = pass.to_bytes();
        let failed = |error: InputError| DataError::Reader(Box::new(error));
        let Some(passes) = &self.passes else {
            return self.asked(pass, &bytes);
        };
        let mut passes = passes.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(told) = passes.next(&bytes)
            && let Some(answer) = Answer::from_bytes(pass, &told)
        {
            return Ok(answer);
        }
        let answer = self.asked(pass, &bytes)?;
        passes.keep(&bytes, &answer.to_bytes()).map_err(failed)?;
        Ok(answer)
    }

    fn each(
        &self,
        asked: &[(usize, Pass)],
        receive: &mut dyn FnMut(Answer) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let bytes: Vec<Vec<u8>> = asked.iter().map(|(_, pass)| pass.to_bytes()).collect();
        let sent = asked.iter().zip(&bytes);
        let sent: Vec<(usize, &[u8])> = sent
            .map(|((shard, _), bytes)| (*shard, &bytes[..]))
            .collect();
        let (mut done, all) = (0, asked.len() as u64);
        self.heard(&sent, &|number| &asked[number].1, &mut |_, answer| {
            self.monitor.progress("gathering", done, all);
            done += 1;
            receive(answer)
        })
    }

    fn bring(&self, visit: &mut dyn FnMut(&Comparisons)) -> Result<(), DataError> {
        for shard in 0..self.workers.names().len() {
            if self.monitor.is_cancelled() {
                return Err(DataError::Cancelled);
            }
            self.workers.bring(shard, &mut |shard| visit(&shard.rows))?;
        }
        Ok(())
    }
}
