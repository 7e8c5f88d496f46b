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
//! every margin rises, as a diverging fit runs along, that there is none. What the method cannot tell within its budget of
//! operations is [`Existence::Unknown`].
//!
//! All of this happens in a `Frame`: columns measured from amid the responses, in units of their own. A direction that is told
//! has been checked against every row there.

use crate::data::{DataError, Source};
use crate::frame::{Frame, Framed, Held};
use crate::kernel::{self, Scratch};
use crate::likelihood::{LARGEST_DENSE, Objective, Parameters, fold};
use crate::linalg::{self, Cholesky, dot, norm};

/// Products of unit vectors below this are zero: two roundings of a row, not a fact of the data.
const ZERO: f64 = 1e-9;
/// A projection this much shorter than what was projected is 0. One row among 10⁸ that stands alone leaves 1e-8.
const NOTHING: f64 = 1e-12;
/// Operations that one projection may take at most: some tens of seconds.
const BUDGET: f64 = 4e10;

/// What one may take: a few times what it takes when every column makes one row active, each of which is looked for among all.
fn budget(rows: f64, p: f64) -> f64 {
    (1e9 + 20.0 * rows * p * p + 0.25 * p.powi(4)).min(BUDGET)
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
    existence_near(source, joint, None)
}

/// The same, with a guess (in the columns' coefficients) of a direction in which every margin rises.
pub(crate) fn existence_near(
    source: &dyn Source,
    joint: bool,
    guess: Option<&[f64]>,
) -> Result<Existence, DataError> {
    let frame = Frame::of(source, joint)?;
    let framed = Framed {
        source,
        frame: &frame,
    };
    let p = source.dim() + usize::from(joint);
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
        Some(held) => decide(held, joint)?,
        None => decide(&framed, joint)?,
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
            let mut direction = frame.leave_direction(&direction);
            orient(&mut direction);
            Existence::RankDeficient { direction, missing }
        }
        other => other,
    })
}

/// A direction in the frame as one of unit length outside.
fn outside(frame: &Frame, direction: &[f64]) -> Vec<f64> {
    let mut out = frame.leave_direction(direction);
    let size = norm(&out);
    out.iter_mut().for_each(|v| *v /= size);
    out
}

fn decide(source: &dyn Source, joint: bool) -> Result<Existence, DataError> {
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
        None => recession(source, p),
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
    let Some((values, vectors)) = linalg::eigen(&gram, p) else {
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
    // Some fixed numbers between ½ and 1½ that solve no simple equation.
    let e: Vec<f64> = (0..p)
        .map(|k| 0.5 + (k as f64 * 0.618_033_988_749_894_9).fract())
        .collect();
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

/// A unit row `x̂`, the product `⟨u, x̂⟩`, and of how many rows it is the lowest.
struct Lowest {
    product: f64,
    row: Vec<f64>,
    rows: usize,
}

fn recession(source: &dyn Source, p: usize) -> Result<Existence, DataError> {
    let mean = mean_direction(source, p)?;
    let Some(mut direction) = project(source, p, &mean)? else {
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
    if let Some(mut widest) = project(source, p, &below)? {
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

/// The rows that hold a projection up, with their multipliers.
struct Active {
    rows: Vec<Vec<f64>>,
    multipliers: Vec<f64>,
    /// The rows' products with one another, by rows of the triangle, and with what is projected.
    gram: Vec<Vec<f64>>,
    wanted: Vec<f64>,
}

/// The point nearest to `c` of the cone of all `u` with `⟨u, x̂_r⟩ ≥ 0`; with `p + 1` numbers in `c`, each row has a 1 more.
/// `None` where the budget does not suffice.
fn project(source: &dyn Source, p: usize, c: &[f64]) -> Result<Option<Vec<f64>>, DataError> {
    let lifted = c.len() > p;
    let size = norm(c);
    let mut u = c.to_vec();
    let mut active = Active {
        rows: Vec::new(),
        multipliers: Vec::new(),
        gram: Vec::new(),
        wanted: Vec::new(),
    };
    let mut spent = 0.0;
    // Each exchange shortens u, so none repeats; the bound only stops a fight of roundings.
    for _ in 0..20 * p + 100 {
        if norm(&u) <= NOTHING * size {
            break;
        }
        let Some(Lowest {
            product,
            mut row,
            rows,
        }) = lowest(source, p, &u[..p])?
        else {
            break;
        };
        let mut product = product;
        if lifted {
            row.push(1.0);
            product += u[p];
        }
        if product >= -ZERO * norm(&u) || active.rows.contains(&row) {
            break;
        }
        active.push(row, c);
        let exchanges = active.shorten();
        let n = active.rows.len() as f64;
        spent += rows as f64 * p as f64 + exchanges as f64 * n * n * (n / 3.0 + 2.0);
        if spent > budget(rows as f64, p as f64) {
            return Ok(None);
        }
        u.copy_from_slice(c);
        for (row, l) in active.rows.iter().zip(&active.multipliers) {
            for (u, x) in u.iter_mut().zip(row) {
                *u += l * x;
            }
        }
    }
    Ok(Some(u))
}

impl Active {
    fn push(&mut self, row: Vec<f64>, c: &[f64]) {
        let mut products: Vec<f64> = self.rows.iter().map(|other| dot(other, &row)).collect();
        products.push(dot(&row, &row));
        self.gram.push(products);
        self.wanted.push(-dot(&row, c));
        self.rows.push(row);
        self.multipliers.push(0.0);
    }

    fn remove(&mut self, k: usize) {
        self.rows.remove(k);
        self.multipliers.remove(k);
        self.wanted.remove(k);
        self.gram.remove(k);
        for row in &mut self.gram[k..] {
            row.remove(k);
        }
    }

    /// The inner loop of Lawson and Hanson: the least-squares multipliers of the active rows, dropping those that would
    /// turn negative. Returns how many systems were solved.
    fn shorten(&mut self) -> usize {
        let mut solved = 0;
        while !self.rows.is_empty() {
            solved += 1;
            let n = self.rows.len();
            let mut gram = vec![0.0; n * n];
            for (j, row) in self.gram.iter().enumerate() {
                gram[j * n..j * n + j + 1].copy_from_slice(row);
            }
            let mut wanted = self.wanted.clone();
            match Cholesky::new(&gram, n) {
                Some(factor) => factor.solve(&mut wanted),
                None => {
                    // The newest row depends on the others.
                    self.remove(n - 1);
                    return solved;
                }
            }
            if wanted.iter().all(|l| *l > 0.0) {
                self.multipliers = wanted;
                return solved;
            }
            let mut step = 1.0_f64;
            for (l, w) in self.multipliers.iter().zip(&wanted) {
                if *w <= 0.0 {
                    step = step.min(l / (l - w).max(f64::MIN_POSITIVE));
                }
            }
            for (l, w) in self.multipliers.iter_mut().zip(&wanted) {
                *l += step * (w - *l);
            }
            for k in (0..n).rev() {
                if self.multipliers[k] <= 1e-15 && wanted[k] <= 0.0 {
                    self.remove(k);
                }
            }
            if self.rows.len() == n {
                return solved;
            }
        }
        solved
    }
}

/// The mean of the unit rows (a row of length 0 counts as nothing).
fn mean_direction(source: &dyn Source, p: usize) -> Result<Vec<f64>, DataError> {
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
        return Ok(vec![0.0; p]);
    };
    sum.iter_mut().for_each(|v| *v /= count.max(1) as f64);
    Ok(sum)
}

/// The unit row that makes the most obtuse angle with `u`, and their product; the first of equals.
fn lowest(source: &dyn Source, p: usize, u: &[f64]) -> Result<Option<Lowest>, DataError> {
    let mut q = vec![0.0; source.dim() + 1];
    q[..p].copy_from_slice(u);
    let mut best: Option<Lowest> = None;
    let mut norms = Vec::new();
    let mut wide = Vec::new();
    let mut scratch = Scratch::default();
    let mut rows = 0;
    source.visit(&mut |blocks| {
        for block in blocks {
            rows += block.rows();
            kernel::row_norms(block, p, &mut scratch, &mut norms);
            let margins = kernel::block_margins(block, &q, &mut scratch);
            for (r, (m, n)) in margins.iter().zip(&norms).enumerate() {
                if *n > 0.0 && best.as_ref().is_none_or(|b| m / n < b.product) {
                    let columns = kernel::widened(block, &mut wide);
                    let row = (0..p).map(|k| columns[k * block.rows() + r] / n).collect();
                    best = Some(Lowest {
                        product: m / n,
                        row,
                        rows: 0,
                    });
                }
            }
        }
    })?;
    Ok(best.map(|best| Lowest { rows, ..best }))
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
