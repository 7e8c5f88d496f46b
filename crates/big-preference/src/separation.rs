//! Does a maximum of the likelihood exist, is it unique, and if not, along which direction not?
//!
//! With signed rows `x_r`, the log-likelihood `Σ log σ(⟨q, x_r⟩ + c_r)` never falls along `u` iff `⟨u, x_r⟩ ≥ 0` for every
//! row. If such a `u` moves no margin at all, the maximum is not unique (the rows do not span the space); if it raises
//! some, there is none (the data are separable: completely if it raises all, quasi-completely if some stay).
//!
//! The second question is one projection: with unit rows `x̂_r` and `c` their mean, the point of the cone
//! `C = {u : ⟨u, x_r⟩ ≥ 0}` nearest to `c` is `c + Σ λ_r x̂_r` for the `λ ≥ 0` that make it shortest (Moreau). It is 0 iff
//! `Σ (1/N + λ_r) x̂_r = 0` has a solution, which is Stiemke's condition for no `u` to raise anything. The `λ` come from the
//! active-set method of Lawson and Hanson (Solving Least Squares Problems, 1974, ch. 23), which is finite. It is asked last:
//! a Newton step that moves no margin by 1 proves that a maximum exists (see `newton`), and a direction in which
//! every margin rises, as a diverging fit runs along, that there is none; fewer rows than parameters cannot span the space.
//! What the method cannot tell within its budget of operations is [`Existence::Unknown`].
//!
//! All of this happens in a `Frame`: columns measured from amid the responses, in units of their own. A direction that is told
//! has been checked against every row there.

mod projection;

use big_numeric::{dot, matrix, norm};

use crate::data::{DataError, Source};
use crate::fold::fold;
use crate::frame::{Frame, Framed, Held};
use crate::kernel;
use crate::likelihood::{LARGEST_DENSE, Objective, Parameters};

use projection::project;

/// Products of unit vectors below this are zero: two roundings of a row, not a fact of the data.
const ZERO: f64 = 1e-9;
/// A projection this much shorter than what was projected is 0. One row among 10⁸ that stands alone leaves 1e-8.
const NOTHING: f64 = 1e-12;
/// Operations that one projection may take at most: some tens of seconds.
pub(crate) const BUDGET: f64 = 4e10;

/// What one may take: a few times what it takes when every column makes one row active, each of which is looked for among all.
fn budget(rows: f64, p: f64, most: f64) -> f64 {
    (1e9 + 20.0 * rows * p * p + 40.0 * p.powi(3)).min(most)
}

/// What is known about the maximum of a likelihood.
#[derive(Clone, Debug, PartialEq)]
pub enum Existence {
    /// There is exactly one.
    Unique,
    /// There is none: the likelihood rises for ever along this direction (of unit length).
    Separable {
        /// `d` numbers, or `d + 1` with the precision's last.
        direction: Vec<f64>,
        /// Does every comparison of two different responses agree with it, so that its margin rises? Otherwise some
        /// only do not disagree.
        complete: bool,
    },
    /// The likelihood does not change at all along this direction (of unit length): the rows do not span the space. This
    /// is asked first; such data may be separable as well.
    RankDeficient {
        /// `d` numbers, or `d + 1` with the precision's last.
        direction: Vec<f64>,
        /// How many independent such directions there are; at least so many where the coordinates are more than
        /// [`LARGEST_DENSE`].
        missing: usize,
    },
    /// The rows span the space, and neither a direction nor its absence was proved within the budget.
    Unknown,
}

/// Decides by two kinds of passes: one for the rank, O(N·d²), and one for each row that becomes active, O(N·d).
///
/// `joint`: is the precision free as well, so that the offset is a column like the others?
///
/// # Errors
/// What the source says.
pub fn existence(source: &dyn Source, joint: bool) -> Result<Existence, DataError> {
    existence_within(source, joint, BUDGET)
}

/// The same with a budget of about so many floating-point operations for each of the two projections that it may take, beyond
/// which the answer is [`Existence::Unknown`].
///
/// # Errors
/// What the source says.
pub fn existence_within(
    source: &dyn Source,
    joint: bool,
    operations: f64,
) -> Result<Existence, DataError> {
    existence_near(source, joint, None, operations)
}

/// The same, with a guess (in the columns' coefficients) of a direction in which every margin rises.
pub(crate) fn existence_near(
    source: &dyn Source,
    joint: bool,
    guess: Option<&[f64]>,
    operations: f64,
) -> Result<Existence, DataError> {
    let p = source.dim() + usize::from(joint);
    if let Some(found) = too_few_rows(source, p)? {
        return Ok(found);
    }
    let frame = Frame::of(source, joint)?;
    let framed = Framed {
        source,
        frame: &frame,
    };
    if let Some(guess) = guess {
        let direction = frame.enter_direction(&guess[..p]);
        if let Some(direction) = rises_everywhere(&framed, p, &direction)? {
            return Ok(Existence::Separable {
                direction: outside(&frame, &direction),
                complete: true,
            });
        }
    }
    let held = Held::of(&framed)?;
    let found = match &held {
        Some(held) => decide(held, joint, operations)?,
        None => decide(&framed, joint, operations)?,
    };
    Ok(match found {
        Existence::Separable {
            direction,
            complete,
        } => Existence::Separable {
            direction: outside(&frame, &direction),
            complete,
        },
        Existence::RankDeficient { direction, missing } => {
            squares_are_seen(source)?;
            let mut direction = frame.leave_direction(&direction);
            orient(&mut direction);
            Existence::RankDeficient { direction, missing }
        }
        other => other,
    })
}

/// Refuses coordinates that differ, but by so little that no product of two differences is a number with all its digits: what
/// is decided by products would be said of rows that are all the same. O(N·d).
fn squares_are_seen(source: &dyn Source) -> Result<(), DataError> {
    let mut largest = vec![0.0_f64; source.dim()];
    let mut wide = Vec::new();
    source.visit(&mut |blocks| {
        for block in blocks {
            let columns = kernel::widened(block, &mut wide).chunks_exact(block.rows().max(1));
            for (largest, column) in largest.iter_mut().zip(columns) {
                *largest = column.iter().fold(*largest, |l, v| l.max(v.abs()));
            }
        }
    })?;
    let tiny = |v: &f64| *v > 0.0 && v * v < f64::MIN_POSITIVE;
    match largest.iter().position(tiny) {
        Some(coordinate) => Err(DataError::TooSmall {
            coordinate,
            largest: 0.5 * largest[coordinate],
        }),
        None => Ok(()),
    }
}

/// Fewer rows than parameters do not span the space: which direction they leave out, and how many. O(n²·p) for `n` rows; `None`
/// where there are enough.
pub(crate) fn too_few_rows(source: &dyn Source, p: usize) -> Result<Option<Existence>, DataError> {
    let mut n = 0;
    source.visit(&mut |blocks| n += blocks.iter().map(|block| block.rows()).sum::<usize>())?;
    if n >= p {
        return Ok(None);
    }
    // By rows, columns in their own units.
    let mut rows = Vec::with_capacity(n * p);
    let mut wide = Vec::new();
    source.visit(&mut |blocks| {
        for block in blocks {
            let columns = kernel::widened(block, &mut wide);
            let entry = |r: usize, k: usize| columns[k * block.rows() + r];
            rows.extend((0..block.rows()).flat_map(|r| (0..p).map(move |k| entry(r, k))));
        }
    })?;
    let mut unit = vec![0.0_f64; p];
    for row in rows.chunks_exact(p) {
        for (unit, x) in unit.iter_mut().zip(row) {
            *unit += x * x;
        }
    }
    for unit in &mut unit {
        *unit = match unit.sqrt() {
            size if size > 0.0 => size,
            _ => 1.0,
        };
    }
    for row in rows.chunks_exact_mut(p) {
        row.iter_mut().zip(&unit).for_each(|(x, unit)| *x /= unit);
    }
    let gram = matrix::outer_gram(&rows, n, p);
    let (values, vectors) = match n {
        0 => (Vec::new(), Vec::new()),
        _ => matrix::eigen(&gram, n).unwrap_or_default(),
    };
    // What the rows see of a vector in general position, axis by axis of their span; the rest they do not see.
    let mut unseen = general_position(p);
    let images = matrix::times(&rows, &unseen);
    let mut rank = 0;
    let mut seen = vec![0.0; n];
    for (value, vector) in values.iter().zip(vectors.chunks_exact(n.max(1))) {
        if *value > 1e-13 * p as f64 {
            rank += 1;
            let along = dot(vector, &images) / value;
            seen.iter_mut()
                .zip(vector)
                .for_each(|(s, v)| *s += along * v);
        }
    }
    for (row, along) in rows.chunks_exact(p).zip(&seen) {
        unseen
            .iter_mut()
            .zip(row)
            .for_each(|(u, x)| *u -= along * x);
    }
    unseen
        .iter_mut()
        .zip(&unit)
        .for_each(|(u, unit)| *u /= unit);
    orient(&mut unseen);
    Ok(Some(Existence::RankDeficient {
        direction: unseen,
        missing: p - rank,
    }))
}

/// Fixed numbers between ½ and 1½ that solve no simple equation: a vector with a part in every null space.
fn general_position(p: usize) -> Vec<f64> {
    (0..p)
        .map(|k| 0.5 + (k as f64 * 0.618_033_988_749_894_9).fract())
        .collect()
}

/// A direction in the frame as one of unit length outside.
fn outside(frame: &Frame, direction: &[f64]) -> Vec<f64> {
    let mut out = frame.leave_direction(direction);
    let size = norm(&out);
    out.iter_mut().for_each(|v| *v /= size);
    out
}

fn decide(source: &dyn Source, joint: bool, operations: f64) -> Result<Existence, DataError> {
    let parameters = if joint {
        Parameters::Joint
    } else {
        Parameters::Position(crate::likelihood::Model {
            gain: 0.5,
            offset: 0.0,
        })
    };
    let objective = Objective {
        source,
        parameters,
        prior: None,
    };
    let p = objective.count();
    let missing = if p > LARGEST_DENSE {
        rank_deficiency_matrix_free(&objective, p)?
    } else {
        rank_deficiency(&objective, p)?
    };
    match missing {
        Some(found) => Ok(found),
        None => recession(source, p, operations),
    }
}

/// The direction at unit length, where every row of two different responses rises along it by more than roundings.
pub(crate) fn rises_everywhere(
    source: &dyn Source,
    p: usize,
    direction: &[f64],
) -> Result<Option<Vec<f64>>, DataError> {
    let size = norm(direction);
    if !(size.is_finite() && size > 0.0) {
        return Ok(None);
    }
    let unit: Vec<f64> = direction.iter().map(|v| v / size).collect();
    let lowest = lowest_product(source, p, &unit)?;
    Ok((lowest > ZERO && lowest.is_finite()).then_some(unit))
}

fn rank_deficiency(objective: &Objective<'_>, p: usize) -> Result<Option<Existence>, DataError> {
    let mut gram = objective.gram()?;
    // Columns in their own units.
    let unit: Vec<f64> = (0..p)
        .map(|k| match gram[k * p + k].sqrt() {
            size if size > 0.0 => size,
            _ => 1.0,
        })
        .collect();
    for j in 0..p {
        for k in 0..p {
            gram[j * p + k] /= unit[j] * unit[k];
        }
    }
    let Some((values, vectors)) = matrix::eigen(&gram, p) else {
        return Ok(None);
    };
    let missing = values.iter().filter(|v| **v <= 1e-13 * p as f64).count();
    if missing == 0 {
        return Ok(None);
    }
    let mut direction: Vec<f64> = vectors[..p]
        .iter()
        .zip(&unit)
        .map(|(v, unit)| v / unit)
        .collect();
    orient(&mut direction);
    Ok(Some(Existence::RankDeficient { direction, missing }))
}

/// The same without a matrix: what the rows see of a vector `e` is `v` with `XᵀX v = XᵀX e`, by conjugate gradients; `e − v`
/// is what they do not see. A vector in general position has a part in every null space.
fn rank_deficiency_matrix_free(
    objective: &Objective<'_>,
    p: usize,
) -> Result<Option<Existence>, DataError> {
    let origin = vec![0.0; p];
    let e = general_position(p);
    let mut unseen = e.clone();
    let mut residual = objective.hessian_times(&origin, &e)?;
    let mut direction = residual.clone();
    let mut rho = dot(&residual, &residual);
    let goal = 1e-24 * rho;
    let mut rounds = 0;
    while rho > goal && rounds < 2 * p {
        let image = objective.hessian_times(&origin, &direction)?;
        let curvature = dot(&direction, &image);
        if curvature <= 0.0 || curvature.is_nan() {
            break;
        }
        let alpha = rho / curvature;
        for k in 0..p {
            unseen[k] -= alpha * direction[k];
            residual[k] -= alpha * image[k];
        }
        let next = dot(&residual, &residual);
        for k in 0..p {
            direction[k] = residual[k] + next / rho * direction[k];
        }
        rho = next;
        rounds += 1;
    }
    let share = norm(&unseen) / norm(&e);
    orient(&mut unseen);
    // Ill-conditioned rows leave something unseen as well; in a null space nothing moves.
    if share > 1e-6 && objective.longest_move(&unseen)? <= 1e-9 * objective.longest_move(&e)? {
        return Ok(Some(Existence::RankDeficient {
            direction: unseen,
            missing: 1,
        }));
    }
    Ok(None)
}

/// Unit length, the largest entry positive: one of the two signs of a line, always the same.
fn orient(direction: &mut [f64]) {
    let size = norm(direction);
    let largest = direction
        .iter()
        .fold(0.0_f64, |m, v| if v.abs() > m.abs() { *v } else { m });
    for v in direction {
        *v /= size * largest.signum();
    }
}

fn recession(source: &dyn Source, p: usize, operations: f64) -> Result<Existence, DataError> {
    let (mean, rows) = mean_direction(source, p)?;
    let budget = budget(rows as f64, p as f64, operations);
    let Some(mut direction) = project(source, p, &mean, budget)? else {
        return Ok(Existence::Unknown);
    };
    let length = norm(&direction);
    if length <= NOTHING * norm(&mean) {
        return Ok(Existence::Unique);
    }
    direction.iter_mut().for_each(|v| *v /= length);
    if lowest_product(source, p, &direction)? < -ZERO {
        return Ok(Existence::Unknown);
    }
    // Some direction raises something; does one raise everything? The direction of largest margin does: with rows
    // (x̂_r, 1) the projection of (0, −1) is (v, −τ), ⟨v, x̂_r⟩ ≥ τ (Lawson and Hanson's least distance programming).
    let mut below = vec![0.0; p + 1];
    below[p] = -1.0;
    if let Some(mut widest) = project(source, p, &below, budget)? {
        widest.pop();
        if let Some(direction) = rises_everywhere(source, p, &widest)? {
            return Ok(Existence::Separable {
                direction,
                complete: true,
            });
        }
    }
    Ok(Existence::Separable {
        direction,
        complete: false,
    })
}

/// The mean of the unit rows (a row of length 0 counts as nothing), and how many rows there are.
fn mean_direction(source: &dyn Source, p: usize) -> Result<(Vec<f64>, u64), DataError> {
    type Part = (Vec<f64>, u64, Vec<f64>, Vec<f64>);
    let sum = fold(
        source,
        16,
        2 * p,
        &|| -> Part { (vec![0.0; p], 0, Vec::new(), Vec::new()) },
        &|(sum, count, norms, wide), block, scratch| {
            kernel::row_norms(block, p, scratch, norms);
            let columns = kernel::widened(block, wide);
            for (column, sum) in columns.chunks_exact(block.rows()).zip(sum.iter_mut()) {
                for (x, n) in column.iter().zip(norms.iter()) {
                    if *n > 0.0 {
                        *sum += x / n;
                    }
                }
            }
            *count += block.rows() as u64;
        },
        &|a, b| {
            for (a, b) in a.0.iter_mut().zip(&b.0) {
                *a += b;
            }
            a.1 += b.1;
        },
    )?;
    let Some((mut sum, count, ..)) = sum else {
        return Ok((vec![0.0; p], 0));
    };
    sum.iter_mut().for_each(|v| *v /= count.max(1) as f64);
    Ok((sum, count))
}

/// The least product of a direction with a unit row; infinite where no row differs from 0.
fn lowest_product(source: &dyn Source, p: usize, u: &[f64]) -> Result<f64, DataError> {
    let mut q = vec![0.0; source.dim() + 1];
    q[..p].copy_from_slice(u);
    let least = fold(
        source,
        16,
        3 * p,
        &|| (f64::INFINITY, Vec::new()),
        &|(least, norms), block, scratch| {
            kernel::row_norms(block, p, scratch, norms);
            for (m, n) in kernel::block_margins(block, &q, scratch)
                .iter()
                .zip(norms.iter())
            {
                if *n > 0.0 {
                    // What is no number is no proof.
                    let product = if m.is_nan() { f64::NEG_INFINITY } else { m / n };
                    *least = least.min(product);
                }
            }
        },
        &|a, b| a.0 = a.0.min(b.0),
    )?;
    Ok(least.map_or(f64::INFINITY, |(least, _)| least))
}
