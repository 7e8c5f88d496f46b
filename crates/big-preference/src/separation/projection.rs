//! The projection onto the cone of directions along which no margin falls.

use big_numeric::{dot, norm};

use crate::data::{DataError, Source};
use crate::fold::fold;
use crate::kernel;

use super::{NOTHING, ZERO};

/// A new active row whose part outside the span of the others is shorter than this depends on them.
const DEPENDENT: f64 = 1e-12;

/// A unit row `x̂`, the product `⟨u, x̂⟩`, and of how many rows it is the lowest.
#[derive(Clone, Default)]
struct Lowest {
    product: f64,
    row: Vec<f64>,
    rows: usize,
}

/// The rows that hold a projection up, with their multipliers.
#[derive(Default)]
struct Active {
    rows: Vec<Vec<f64>>,
    multipliers: Vec<f64>,
    /// Minus the rows' products with what is projected.
    wanted: Vec<f64>,
    /// The Cholesky factor of the rows' products with one another, by rows of the triangle.
    lower: Vec<Vec<f64>>,
}

/// The point nearest to `c` of the cone of all `u` with `⟨u, x̂_r⟩ ≥ 0`; with `p + 1` numbers in `c`, each row has a 1 more.
/// `None` where `budget` operations do not suffice. Each row that becomes active costs a pass, O(N·p), and O(p²).
pub(super) fn project(
    source: &dyn Source,
    p: usize,
    c: &[f64],
    budget: f64,
) -> Result<Option<Vec<f64>>, DataError> {
    let lifted = c.len() > p;
    let size = norm(c);
    let mut u = c.to_vec();
    let mut active = Active::default();
    let mut spent = 0.0;
    // Each exchange shortens u, so none repeats; the bound only stops a fight of roundings.
    for _ in 0..20 * p + 100 {
        if norm(&u) <= NOTHING * size {
            break;
        }
        let Some(Lowest {
            mut product,
            mut row,
            rows,
        }) = lowest(source, p, &u[..p])?
        else {
            break;
        };
        if lifted {
            row.push(1.0);
            product += u[p];
        }
        let done = product >= -ZERO * norm(&u) || active.rows.contains(&row);
        if done || !active.push(row, c) {
            break;
        }
        let solved = active.shorten();
        let n = active.rows.len() as f64;
        spent += 2.0 * rows as f64 * p as f64 + solved as f64 * 4.0 * n * n + 2.0 * n * p as f64;
        if spent > budget {
            return Ok(None);
        }
        // So many independent rows leave nothing but roundings. That their multipliers have such as well does no harm: beside
        // these every row has its part in `c`.
        if active.rows.len() == c.len() {
            u.fill(0.0);
            break;
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
    /// Takes a row, and grows the factor by it: O(n·p). Not one that depends on the others.
    fn push(&mut self, row: Vec<f64>, c: &[f64]) -> bool {
        let mut last: Vec<f64> = self.rows.iter().map(|other| dot(other, &row)).collect();
        solve_lower(&self.lower, &mut last);
        let square = dot(&row, &row);
        let rest = square - dot(&last, &last);
        if rest.is_nan() || rest <= DEPENDENT * square {
            return false;
        }
        last.push(rest.sqrt());
        self.lower.push(last);
        self.wanted.push(-dot(&row, c));
        self.rows.push(row);
        self.multipliers.push(0.0);
        true
    }

    /// Lets a row go, and turns the factor of the others back into a triangle: O(n²).
    fn remove(&mut self, k: usize) {
        self.rows.remove(k);
        self.multipliers.remove(k);
        self.wanted.remove(k);
        self.lower.remove(k);
        // Row j behind it has one number too many, to be rotated away.
        for j in k..self.lower.len() {
            let (a, b) = (self.lower[j][j], self.lower[j][j + 1]);
            let size = a.hypot(b);
            let (cosine, sine) = (a / size, b / size);
            for row in &mut self.lower[j..] {
                let (x, y) = (row[j], row[j + 1]);
                row[j] = cosine * x + sine * y;
                row[j + 1] = cosine * y - sine * x;
            }
            self.lower[j].truncate(j + 1);
        }
    }

    /// The inner loop of Lawson and Hanson: the least-squares multipliers of the active rows, dropping those that would
    /// turn negative. Returns how many systems were solved.
    fn shorten(&mut self) -> usize {
        let mut solved = 0;
        while !self.rows.is_empty() {
            solved += 1;
            let n = self.rows.len();
            let mut wanted = self.wanted.clone();
            solve_lower(&self.lower, &mut wanted);
            solve_upper(&self.lower, &mut wanted);
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

/// `x ← L⁻¹ x`.
fn solve_lower(lower: &[Vec<f64>], x: &mut [f64]) {
    for (i, row) in lower.iter().enumerate() {
        x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
    }
}

/// `x ← L⁻ᵀ x`.
fn solve_upper(lower: &[Vec<f64>], x: &mut [f64]) {
    for (i, row) in lower.iter().enumerate().rev() {
        let value = x[i] / row[i];
        x[i] = value;
        for (x, l) in x.iter_mut().zip(&row[..i]) {
            *x -= l * value;
        }
    }
}

/// The unit row that makes the most obtuse angle with `u`, and their product; the first of equals in a fixed order.
fn lowest(source: &dyn Source, p: usize, u: &[f64]) -> Result<Option<Lowest>, DataError> {
    let mut q = vec![0.0; source.dim() + 1];
    q[..p].copy_from_slice(u);
    let sums = fold(
        source,
        16,
        3 * p,
        &|| (Lowest::default(), Vec::new(), Vec::new()),
        &|(best, norms, wide), block, scratch| {
            best.rows += block.rows();
            kernel::row_norms(block, p, scratch, norms);
            let margins = kernel::block_margins(block, &q, scratch);
            let mut found = None;
            for (r, (m, n)) in margins.iter().zip(norms.iter()).enumerate() {
                let least = found.map_or(best.product, |(_, product)| product);
                if *n > 0.0 && (m / n < least || best.row.is_empty() && found.is_none()) {
                    found = Some((r, m / n));
                }
            }
            if let Some((r, product)) = found {
                let columns = kernel::widened(block, wide);
                let entry = |k: usize| columns[k * block.rows() + r] / norms[r];
                best.row = (0..p).map(entry).collect();
                best.product = product;
            }
        },
        &|(a, ..), (b, ..)| {
            let rows = a.rows + b.rows;
            if !b.row.is_empty() && (a.row.is_empty() || b.product < a.product) {
                *a = b.clone();
            }
            a.rows = rows;
        },
    )?;
    Ok(sums
        .map(|(best, ..)| best)
        .filter(|best| !best.row.is_empty()))
}
