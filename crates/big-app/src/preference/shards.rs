//! A fit of shards that are elsewhere: who reads one, and who asks all of them.

use std::path::PathBuf;
use std::sync::Mutex;

use big_answer::preference::FitAnswer;
use big_io::InputError;
use big_preference::data::{Comparisons, DataError};
use big_preference::fit::{LARGEST_DENSE, Precision};
use big_preference::shards::{Answer, Columns, Elsewhere, Pass, Shards};

use super::fit::{Errors, Request as FitRequest, Told, pooled};
use super::no_maximum::data_error;
use super::passes::Passes;
use super::table::{Reader, Table};
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;

/// A part of a table, in memory.
#[derive(Debug)]
pub struct Shard {
    name: String,
    rows: Comparisons,
    ties: u64,
    columns: Columns,
}

impl Shard {
    /// Reads a shard; annotators are named by the column `by`, or by `annotator`, if there is one.
    ///
    /// # Errors
    /// As a fit of the table.
    pub fn read(table: &Table, by: Option<&str>) -> Result<Self, AppError> {
        if table.standardize {
            return Err(AppError::unfit(
                "a shard does not know the others' units: there is no standardize= over shards",
                "standardise the coordinates before they are written",
            ));
        }
        let reader = Reader::new(table, &Monitor::default())?;
        let (rows, columns) = reader.held(by)?;
        let all = rows.rows() as u64;
        Ok(Self {
            name: reader.name(),
            ties: all - reader.comparisons(all),
            rows,
            columns,
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
            .answer(&self.rows, self.ties, self.columns)
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

    /// Asks every shard; their answers are handed over in their order.
    ///
    /// # Errors
    /// The first of `hear`, or of a shard.
    fn ask(
        &self,
        pass: &[u8],
        hear: &mut dyn FnMut(&[u8]) -> Result<(), DataError>,
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
    let asked = Asked {
        workers,
        passes,
        monitor,
        made: Mutex::new(0),
    };
    let shards = Shards::new(&asked).map_err(refused)?;
    let look = shards.look();
    if look.dim + 1 > LARGEST_DENSE {
        return Err(AppError::unfit(
            format!(
                "{}: the embeddings have {} coordinates, and sums over shards need a Hessian of them",
                request.name, look.dim
            ),
            format!("project them to fewer than {LARGEST_DENSE}, or fit the files without Ray"),
        ));
    }
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
    };
    pooled(
        &question,
        &of,
        &shards,
        &|q| shards.scores(q).map_err(refused),
        None,
    )
}

/// All shards, in words.
struct Whole<'a> {
    name: &'a str,
    ties: u64,
}

impl Told for Whole<'_> {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn comparisons(&self, rows: u64) -> u64 {
        rows.saturating_sub(self.ties)
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

impl Asked<'_> {
    /// What the shards say, added in their order.
    fn asked(&self, pass: &Pass, bytes: &[u8]) -> Result<Answer, DataError> {
        let names = self.workers.names();
        let (mut all, mut heard): (Option<Answer>, usize) = (None, 0);
        let wrong = |shard: usize, what: String| DataError::Shard {
            shard: names
                .get(shard)
                .cloned()
                .unwrap_or_else(|| format!("shard {shard}")),
            what,
        };
        self.workers.ask(bytes, &mut |answer| {
            if self.monitor.is_cancelled() {
                return Err(DataError::Cancelled);
            }
            let Some(next) = Answer::from_bytes(pass, answer) else {
                let what = "its answer does not fit what was asked: do driver and workers have the same version?";
                return Err(wrong(heard, what.to_owned()));
            };
            match &mut all {
                None => all = Some(next),
                Some(all) => all.join(next).map_err(|what| wrong(heard, what))?,
            }
            heard += 1;
            Ok(())
        })?;
        if heard != names.len() {
            return Err(wrong(heard, "it did not answer".to_owned()));
        }
        all.ok_or_else(|| wrong(0, "there are no shards".to_owned()))
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
