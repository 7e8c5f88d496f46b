//! Linear maximisation over half-spaces whose vertices are too many to list: the simplex method.
//!
//! A vertex is held as `m` tight rows. Every step solves for the vertex afresh, so errors do not build up;
//! the rule of Bland (1977), from some number of steps on, excludes cycles.

use big_numeric::{Lu, dot, max_abs, multiplied, norm, residual};

/// `{x : a x ≤ b}` with rows of unit length, and one of its vertices.
#[derive(Clone, Debug)]
pub(super) struct LinearProgram {
    dim: usize,
    a: Vec<f64>,
    b: Vec<f64>,
    basis: Vec<usize>,
}

/// Why there is no linear program.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// No point satisfies all rows (up to `1e-11` of the size of their terms).
    Empty,
    /// The objective grows for ever along this direction.
    Unbounded(Vec<f64>),
}

/// Steps before the slower rule that cannot cycle takes over.
const FAST_STEPS: usize = 1_000;

impl LinearProgram {
    /// Normalises the rows (a zero row with a non-negative right-hand side says nothing) and finds a vertex.
    pub(super) fn new(a: &[f64], b: &[f64], dim: usize) -> Result<Self, Failure> {
        let mut rows = Vec::with_capacity(a.len());
        let mut sides = Vec::with_capacity(b.len());
        for (row, &side) in a.chunks_exact(dim).zip(b) {
            let length = norm(row);
            if length > 0.0 {
                rows.extend(row.iter().map(|v| v / length));
                sides.push(side / length);
            } else if side < 0.0 {
                return Err(Failure::Empty);
            }
        }
        let basis = independent_rows(&rows, dim).map_err(Failure::Unbounded)?;
        let mut program = Self {
            dim,
            a: rows,
            b: sides,
            basis,
        };
        program.find_vertex()?;
        Ok(program)
    }

    /// The same program with every length multiplied.
    pub(super) fn scaled(&self, by: f64) -> Self {
        Self {
            b: multiplied(&self.b, by),
            ..self.clone()
        }
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.a[i * self.dim..(i + 1) * self.dim]
    }

    /// Phase one: all rows outside the basis are relaxed by `t ≥ 0`, which is then minimised.
    fn find_vertex(&mut self) -> Result<(), Failure> {
        let (m, n) = (self.dim, self.dim + 1);
        let count = self.b.len();
        let Some(x) = self.vertex(&self.basis) else {
            return Err(Failure::Empty); // independent rows have a vertex
        };
        let worst = (0..count)
            .filter(|i| !self.basis.contains(i))
            .map(|i| (i, dot(self.row(i), &x) - self.b[i]))
            .max_by(|p, q| p.1.total_cmp(&q.1));
        let Some((row, violation)) = worst else {
            return Ok(());
        };
        if violation <= 0.0 {
            return Ok(());
        }
        let mut relaxed = Self {
            dim: n,
            a: Vec::with_capacity((count + 1) * n),
            b: self.b.clone(),
            basis: self.basis.clone(),
        };
        for i in 0..count {
            relaxed.a.extend_from_slice(self.row(i));
            relaxed
                .a
                .push(if self.basis.contains(&i) { 0.0 } else { -1.0 });
        }
        relaxed
            .a
            .extend((0..n).map(|k| if k == m { -1.0 } else { 0.0 }));
        relaxed.b.push(0.0);
        relaxed.basis.push(row);
        let mut objective = vec![0.0; n];
        objective[m] = -1.0;
        let (mut basis, point) = relaxed.climb(&objective)?;
        let size = max_abs(&point[..m]).max(max_abs(&self.b));
        if point[m] > 1e-11 * size {
            return Err(Failure::Empty);
        }
        // `t = 0` may hold without its row being in the basis, when the vertex is degenerate.
        match basis.iter().position(|&i| i == count) {
            Some(place) => {
                basis.swap_remove(place);
                self.basis = basis;
            }
            None => {
                let tight: Vec<f64> = basis.iter().flat_map(|&i| self.row(i).to_vec()).collect();
                let chosen = independent_rows(&tight, m).map_err(Failure::Unbounded)?;
                self.basis = chosen.iter().map(|&i| basis[i]).collect();
            }
        }
        Ok(())
    }

    fn vertex(&self, basis: &[usize]) -> Option<Vec<f64>> {
        let sides: Vec<f64> = basis.iter().map(|&i| self.b[i]).collect();
        self.factor(basis).map(|lu| lu.solve(&sides))
    }

    fn factor(&self, basis: &[usize]) -> Option<Lu> {
        let rows = basis.iter().flat_map(|&i| self.row(i).iter().copied());
        Lu::new(rows.collect(), self.dim)
    }

    /// Some vertex.
    pub(super) fn start(&self) -> Vec<f64> {
        self.vertex(&self.basis)
            .unwrap_or_else(|| vec![0.0; self.dim])
    }

    /// A vertex that maximises `⟨g, x⟩`.
    pub(super) fn maximise(&self, g: &[f64]) -> Result<Vec<f64>, Failure> {
        self.climb(g).map(|(_, x)| x)
    }

    /// A vertex that maximises `⟨g, x⟩`, and the largest slope `⟨g, u⟩` of the edges `u` (of length 1) of the cone that its
    /// tight rows span, which holds the polytope: no other point `x` is better than `v` by more than `slope ‖x − v‖`.
    pub(super) fn steepest(&self, g: &[f64]) -> Option<(Vec<f64>, f64)> {
        let (basis, vertex) = self.climb(g).ok()?;
        let lu = self.factor(&basis)?;
        let mut most = f64::NEG_INFINITY;
        for k in 0..self.dim {
            let mut unit = vec![0.0; self.dim];
            unit[k] = -1.0;
            let edge = lu.solve(&unit);
            most = most.max(dot(g, &edge) / norm(&edge));
        }
        Some((vertex, most))
    }

    /// The simplex method from the known vertex: the final tight rows and the vertex.
    fn climb(&self, g: &[f64]) -> Result<(Vec<usize>, Vec<f64>), Failure> {
        let count = self.b.len();
        let mut basis = self.basis.clone();
        let mut x = self.start();
        let size = max_abs(g);
        for step in 0.. {
            let Some(lu) = self.factor(&basis) else {
                break; // a nearly singular exchange: the last vertex stands
            };
            let multipliers = lu.solve_transposed(g);
            let careful = step >= FAST_STEPS;
            let negative = (0..self.dim).filter(|&k| multipliers[k] < -1e-12 * size);
            let leaving = if careful {
                negative.min_by_key(|&k| basis[k])
            } else {
                negative.min_by(|&p, &q| multipliers[p].total_cmp(&multipliers[q]))
            };
            let Some(leaving) = leaving else {
                break;
            };
            let mut unit = vec![0.0; self.dim];
            unit[leaving] = -1.0;
            let direction = lu.solve(&unit);
            let length = norm(&direction);
            let mut entering: Option<(usize, f64, f64)> = None;
            for i in (0..count).filter(|i| !basis.contains(i)) {
                let speed = dot(self.row(i), &direction) / length;
                if speed <= 1e-11 {
                    continue;
                }
                let time = residual(self.row(i), &x, self.b[i]).max(0.0) / speed;
                let better = entering.is_none_or(|(_, best, best_speed)| {
                    time < best || (time == best && !careful && speed > best_speed)
                });
                if better {
                    entering = Some((i, time, speed));
                }
            }
            let Some((row, _, _)) = entering else {
                return Err(Failure::Unbounded(direction));
            };
            let mut next = basis.clone();
            next[leaving] = row;
            let Some(vertex) = self.vertex(&next) else {
                break;
            };
            basis = next;
            x = vertex;
            if step > 100 * FAST_STEPS {
                break;
            }
        }
        Ok((basis, x))
    }
}

/// The first `dim` linearly independent rows; otherwise a direction orthogonal to all rows.
fn independent_rows(rows: &[f64], dim: usize) -> Result<Vec<usize>, Vec<f64>> {
    let mut basis: Vec<f64> = Vec::new();
    let mut chosen = Vec::new();
    let reduce = |basis: &[f64], vector: &mut [f64]| {
        for _ in 0..2 {
            for q in basis.chunks_exact(dim) {
                let overlap = dot(q, vector);
                for (v, q) in vector.iter_mut().zip(q) {
                    *v -= overlap * q;
                }
            }
        }
        norm(vector)
    };
    for (i, row) in rows.chunks_exact(dim).enumerate() {
        let mut rest = row.to_vec();
        let length = reduce(&basis, &mut rest);
        if chosen.len() < dim && length > 1e-9 {
            basis.extend(rest.iter().map(|v| v / length));
            chosen.push(i);
        }
    }
    if chosen.len() == dim {
        return Ok(chosen);
    }
    let mut best = (0.0, Vec::new());
    for k in 0..dim {
        let mut unit = vec![0.0; dim];
        unit[k] = 1.0;
        let length = reduce(&basis, &mut unit);
        if length > best.0 {
            best = (length, unit.iter().map(|v| v / length).collect());
        }
    }
    Err(best.1)
}
