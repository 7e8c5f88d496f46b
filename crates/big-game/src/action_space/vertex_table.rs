//! The vertices of a polytope, laid out for one question: which of them is best in a direction?

use pulp::{Simd, WithSimd};

/// Vertices side by side: a whole number of vectors on every processor.
const WIDTH: usize = 32;

/// Vertices in groups of [`WIDTH`]; within a group coordinate by coordinate.
#[derive(Clone, Debug, Default)]
pub(crate) struct VertexTable {
    dim: usize,
    count: usize,
    /// The last group is filled up with its last vertex.
    groups: Vec<f64>,
}

/// The best vertex in a direction, and how good the second best is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BestTwo {
    /// The first of the best.
    pub(crate) at: usize,
    /// `max_v ⟨g, v⟩`.
    pub(crate) first: f64,
    /// The same without that vertex; −∞ if there is no other.
    pub(crate) second: f64,
}

impl VertexTable {
    /// Of vertices by rows.
    pub(crate) fn new(vertices: &[f64], dim: usize) -> Self {
        let count = vertices.len().checked_div(dim).unwrap_or(0);
        let mut groups = Vec::with_capacity(count.next_multiple_of(WIDTH) * dim);
        for group in (0..count).step_by(WIDTH) {
            for k in 0..dim {
                groups.extend((group..group + WIDTH).map(|v| vertices[v.min(count - 1) * dim + k]));
            }
        }
        Self { dim, count, groups }
    }

    /// The best two vertices in direction `g`. `O(k m)`, no allocation; the same to the bit on every processor.
    #[inline]
    pub(crate) fn best_two(&self, g: &[f64]) -> BestTwo {
        pulp::Arch::new().dispatch(Scan { table: self, g })
    }
}

struct Scan<'a> {
    table: &'a VertexTable,
    g: &'a [f64],
}

impl WithSimd for Scan<'_> {
    type Output = BestTwo;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> BestTwo {
        let Self { table, g } = self;
        let mut best = BestTwo {
            at: 0,
            first: f64::NEG_INFINITY,
            second: f64::NEG_INFINITY,
        };
        let vectors = WIDTH / S::F64_LANES;
        for (number, group) in table.groups.chunks_exact(WIDTH * table.dim).enumerate() {
            let mut sums = [simd.splat_f64s(0.0); WIDTH];
            for (&g, row) in g.iter().zip(group.chunks_exact(WIDTH)) {
                let (row, _) = S::as_simd_f64s(row);
                let g = simd.splat_f64s(g);
                for q in 0..vectors {
                    sums[q] = simd.add_f64s(sums[q], simd.mul_f64s(g, row[q]));
                }
            }
            let mut most = sums[0];
            for &sum in &sums[1..vectors] {
                most = simd.max_f64s(most, sum);
            }
            // Most groups hold none of the best two.
            if simd.reduce_max_f64s(most) <= best.second {
                continue;
            }
            let mut values = [0.0; WIDTH];
            S::as_mut_simd_f64s(&mut values)
                .0
                .copy_from_slice(&sums[..vectors]);
            let from = number * WIDTH;
            for (at, &value) in (from..table.count).zip(&values) {
                if value > best.first {
                    best = BestTwo {
                        at,
                        first: value,
                        second: best.first,
                    };
                } else if value > best.second {
                    best.second = value;
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_scan(
            dim in 1_usize..6,
            rows in prop::collection::vec(prop::collection::vec(-3_i32..4, 6), 1..100),
            g in prop::collection::vec(-3_i32..4, 6),
        ) {
            // Small integers: every sum is exact, and there are ties.
            let vertices: Vec<f64> = rows.iter().flat_map(|r| r[..dim].iter().map(|&v| f64::from(v))).collect();
            let g: Vec<f64> = g[..dim].iter().map(|&v| f64::from(v)).collect();
            let values: Vec<f64> = vertices
                .chunks_exact(dim)
                .map(|v| v.iter().zip(&g).map(|(a, b)| a * b).sum())
                .collect();
            let first = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let at = values.iter().position(|&v| v == first).unwrap_or(0);
            let others = values.iter().enumerate().filter(|&(i, _)| i != at);
            let second = others.fold(f64::NEG_INFINITY, |s, (_, &v)| s.max(v));
            let found = VertexTable::new(&vertices, dim).best_two(&g);
            prop_assert_eq!(found, BestTwo { at, first, second });
        }
    }
}
