//! Where the search for a maximum begins, how it goes about it, and where it ends.

use crate::data::{Block, Source};
use crate::fit_error::FitError;
use crate::kernel::BY_HAND;
use crate::likelihood::{LARGEST_DENSE, Objective};
use crate::matrix_free;
use crate::newton::{self, FIRST_LOOK, Minimum, Settings, Status};
use crate::origin::{MANY, Origin};
use crate::separation::{Existence, too_few_rows};
use crate::warm_start::{NOTHING, is_long, warm_start};

/// How close to the maximum the last Hessian of a fit with a good start is made.
const FRESH: f64 = 3e-4;
/// The same where a gradient costs little beside it.
const FRESH_OF_MANY: f64 = 1e-5;
/// Up to so many parameters a pass over a table that is not in memory costs more than its Hessian.
const EXPENSIVE: usize = 1024;

/// Where the search for a maximum ends.
pub(crate) fn search(
    objective: &Objective<'_>,
    start: Option<&[f64]>,
) -> Result<Minimum, FitError> {
    enough_rows(objective)?;
    if objective.count() > LARGEST_DENSE {
        let mut y = start.map_or_else(Vec::new, <[f64]>::to_vec);
        y.resize(objective.count(), 0.0);
        return Ok(matrix_free::minimise(objective, &y, 1e-10)?);
    }
    let origin = origin(objective.source, objective.count(), start)?;
    let (y, settings) = beginning(objective, start, origin.as_ref())?;
    Ok(newton::minimise(objective, &y, &settings)?)
}

/// Where rows are at hand, a search with fewer of them than parameters need not begin.
fn enough_rows(objective: &Objective<'_>) -> Result<(), FitError> {
    if objective.prior.is_none()
        && objective.source.in_memory()
        && let Some(existence) = too_few_rows(objective.source, objective.count())?
        // No rows are another fault.
        && !matches!(existence, Existence::RankDeficient { missing, .. } if missing == objective.count())
    {
        return Err(FitError::NoMaximum(existence));
    }
    Ok(())
}

/// Where the searches for the maxima of several likelihoods of the same rows end, whose passes serve them all. Those that `follow` have a
/// maximum if the others have one, and need no Hessian: where there are many parameters they make none.
pub(crate) fn searches(
    objectives: &[(Objective<'_>, bool)],
    known: Option<&Origin>,
) -> Result<Vec<Minimum>, FitError> {
    if objectives.iter().any(|(o, _)| o.count() > LARGEST_DENSE) {
        return objectives.iter().map(|(o, _)| search(o, None)).collect();
    }
    for (objective, _) in objectives {
        enough_rows(objective)?;
    }
    let Some((first, _)) = objectives.first() else {
        return Ok(Vec::new());
    };
    let made = match known {
        Some(_) => None,
        None => origin(first.source, first.count(), None)?,
    };
    let mut tasks = Vec::with_capacity(objectives.len());
    for (objective, follows) in objectives {
        let (y, mut settings) = beginning(objective, None, known.or(made.as_ref()))?;
        settings.exists = *follows && settings.cheap > 0;
        tasks.push((objective, y, settings));
    }
    let mut found = newton::minimise_together(&tasks)?;
    let led = |(found, (_, follows)): (&Minimum, &(Objective<'_>, bool))| {
        *follows || (found.status == Status::Converged && !suspicious(found))
    };
    let exist = found.iter().zip(objectives).all(led);
    for (found, (.., settings)) in found.iter_mut().zip(&tasks) {
        found.exists = exist && settings.exists;
    }
    Ok(found)
}

/// Does a fit of so many parameters begin with the curvature at the origin? From [`MANY`] parameters on, unless samples of the rows are
/// a better start.
fn origin(
    source: &dyn Source,
    p: usize,
    start: Option<&[f64]>,
) -> Result<Option<Origin>, FitError> {
    if p < MANY || source.shards().is_some() || (start.is_none() && is_long(source, p)?) {
        return Ok(None);
    }
    Ok(Origin::of(source)?)
}

/// How a search with many parameters goes about it.
pub(crate) fn settings_of_many(objective: &Objective<'_>) -> Result<Settings, FitError> {
    let p = objective.count();
    let source = objective.source;
    // A reader of files knows about how many there are.
    let rows = match source.peek(&NOTHING, &mut |_| ()) {
        Some(rows) => usize::try_from(rows).unwrap_or(usize::MAX),
        None => {
            let mut rows = 0;
            source.visit(&mut |blocks| rows += blocks.iter().map(Block::rows).sum::<usize>())?;
            rows
        }
    };
    let held = source.in_memory();
    Ok(Settings {
        done: done(rows),
        fresh: FRESH_OF_MANY,
        single: true,
        // A pass that reads a table costs several that do not.
        cheap: p / if held { 128 } else { 512 },
        expensive_passes: !held && p <= EXPENSIVE,
        ..Settings::default()
    })
}

/// The steps at which a fit of so many rows ends: θ is still right to 1e-5 of its standard errors and better, and these to 1e-5 of themselves.
fn done(rows: usize) -> f64 {
    3e-9_f64.min(1e-5 / (rows.max(1) as f64).sqrt())
}

/// Where the search for a maximum begins, and how it goes about it.
fn beginning(
    objective: &Objective<'_>,
    start: Option<&[f64]>,
    origin: Option<&Origin>,
) -> Result<(Vec<f64>, Settings), FitError> {
    let p = objective.count();
    let mut y = start.map_or_else(Vec::new, <[f64]>::to_vec);
    y.resize(p, 0.0);
    let mut settings = Settings {
        hessians: FIRST_LOOK,
        ..Settings::default()
    };
    if objective.source.shards().is_some() {
        // No rows to take a sample of; and a pass costs so much beside its products that each makes a Hessian.
        settings.single = p > BY_HAND;
        settings.expensive_passes = true;
        return Ok((y, settings));
    }
    if let Some(origin) = origin {
        let factor = origin.factor(objective);
        if factor.is_some() {
            settings = Settings {
                factor,
                hessians: FIRST_LOOK,
                ..settings_of_many(objective)?
            };
            return Ok((y, settings));
        }
    }
    // A start that somebody gives is better than a sample's.
    if start.is_none()
        && let Some(warm) = warm_start(objective)?
    {
        y = warm.y;
        settings.factor = Some(warm.factor);
        if warm.all_rows * p > 1 << 20 {
            settings.done = done(warm.all_rows);
            settings.fresh = FRESH;
            settings.single = warm.single;
            settings.expensive_passes = !objective.source.in_memory();
        }
    }
    Ok((y, settings))
}

/// Does a Hessian look as if it had no inverse? A pivot that is this small beside its diagonal entry: a column that depends on
/// others. A larger one than that entry: something had to be added to the diagonal. Without a factor nothing is known of that.
pub(crate) fn suspicious(found: &Minimum) -> bool {
    let p = found.y.len();
    found.factor.as_ref().is_none_or(|factor| {
        (0..p).any(|k| {
            let (pivot, entry) = (
                factor.lower()[k * p + k].powi(2),
                found.at.hessian[k * p + k],
            );
            pivot <= 1e-9 * entry || pivot > (1.0 + 1e-6) * entry
        })
    })
}
