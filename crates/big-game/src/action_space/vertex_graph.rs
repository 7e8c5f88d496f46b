//! The edges of a polytope, to walk along to its best vertex.

use big_numeric::{dot, wide};

use super::vertex_table::BestTwo;

/// The most vertices whose edges are looked for: every pair of them is.
const MOST: usize = 1 << 11;
/// The edges are of no use where a vertex is next to more than this share of the others.
const CROWDED: usize = 4;
/// A half-space with less room than this, relative to its terms, is taken to be tight.
const TIGHT: f64 = 1e-9;

/// Who may be next to whom among the vertices of a polytope: all edges, and maybe other pairs.
#[derive(Clone, Debug)]
pub(crate) struct VertexGraph {
    /// Where each vertex's neighbours begin.
    starts: Vec<usize>,
    neighbours: Vec<u32>,
}

impl VertexGraph {
    /// The pairs of vertices (by rows) that lie on `dim − 1` half-spaces `a x ≤ b` together, as the ends of every edge
    /// do; `None` where they would be of no use. `O(k²)` for `k` vertices.
    pub(super) fn new(vertices: &[f64], dim: usize, a: &[f64], b: &[f64]) -> Option<Self> {
        let count = vertices.len() / dim;
        if count > MOST {
            return None;
        }
        let words = b.len().div_ceil(64);
        let mut tight = vec![0_u64; count * words];
        for (x, tight) in vertices
            .chunks_exact(dim)
            .zip(tight.chunks_exact_mut(words))
        {
            for (i, (row, side)) in a.chunks_exact(dim).zip(b).enumerate() {
                let terms = row.iter().zip(x).map(|(a, x)| (a * x).abs());
                let size = side.abs() + terms.sum::<f64>();
                if side - dot(row, x) <= TIGHT * size {
                    tight[i / 64] |= 1 << (i % 64);
                }
            }
        }
        let on = |v: usize| &tight[v * words..(v + 1) * words];
        let mut starts = vec![0];
        let mut neighbours = Vec::new();
        for v in 0..count {
            for other in (0..count).filter(|&other| other != v) {
                let common = on(v)
                    .iter()
                    .zip(on(other))
                    .map(|(p, q)| (p & q).count_ones());
                if common.sum::<u32>() as usize + 1 >= dim {
                    // At most 2¹¹ vertices.
                    neighbours.push(other as u32);
                }
            }
            starts.push(neighbours.len());
        }
        (CROWDED * neighbours.len() <= count * count).then_some(Self { starts, neighbours })
    }

    /// The best two of the `vertices` (by rows) in direction `g`, by a walk from vertex `start` along edges that lead
    /// up. Of tied vertices any may be found.
    ///
    /// A vertex that no neighbour betters is the best, since the polytope is convex; the second best is among its
    /// neighbours, since a walk from there leads up. `O(m)` a neighbour and step.
    pub(crate) fn best_two(&self, vertices: &[f64], start: usize, g: &[f64]) -> BestTwo {
        let dim = g.len();
        wide(
            #[inline(always)]
            || {
                let value = |v: usize| dot(g, &vertices[v * dim..(v + 1) * dim]);
                let (mut at, mut first) = (start, value(start));
                loop {
                    let (mut next, mut second) = (at, f64::NEG_INFINITY);
                    for &v in &self.neighbours[self.starts[at]..self.starts[at + 1]] {
                        let there = value(v as usize);
                        if there > second {
                            (next, second) = (v as usize, there);
                        }
                    }
                    // The values rise, so that the walk ends.
                    if second > first {
                        (at, first) = (next, second);
                        continue;
                    }
                    return BestTwo { at, first, second };
                }
            },
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failed unwrap is a failed test
mod tests {
    use crate::action_space::{ActionSpace, ConvexSet};
    use crate::spec::SpaceSpec;
    use proptest::prelude::*;

    /// A cube around 0 with further half-spaces that keep 0: many corners where more than `dim` of them meet.
    fn cut_cube(dim: usize, cuts: &[(Vec<i32>, i32)]) -> ActionSpace {
        let unit =
            |k: usize, sign: f64| (0..dim).map(|i| if i == k { sign } else { 0.0 }).collect();
        let mut a: Vec<Vec<f64>> = Vec::new();
        for k in 0..dim {
            a.push(unit(k, 1.0));
            a.push(unit(k, -1.0));
        }
        let mut b = vec![1.0; a.len()];
        for (row, side) in cuts {
            a.push(row[..dim].iter().map(|&v| f64::from(v)).collect());
            b.push(f64::from(*side));
        }
        ActionSpace::new(&SpaceSpec::Halfspaces { a, b }).unwrap()
    }

    fn agrees(space: &ActionSpace, directions: &[Vec<i32>]) -> bool {
        let ActionSpace::Polytope(polytope) = space else {
            unreachable!("half-spaces make a polytope")
        };
        let (vertices, table) = (polytope.vertices().unwrap(), polytope.table().unwrap());
        let Some(graph) = polytope.graph() else {
            return false;
        };
        let dim = space.dim();
        for g in directions {
            let g: Vec<f64> = g[..dim].iter().map(|&v| f64::from(v)).collect();
            let scan = table.best_two(&g);
            for start in 0..vertices.len() / dim {
                let walk = graph.best_two(vertices, start, &g);
                assert!((walk.first - scan.first).abs() <= 1e-12 * (1.0 + scan.first.abs()));
                assert!((walk.second - scan.second).abs() <= 1e-12 * (1.0 + scan.second.abs()));
            }
        }
        true
    }

    proptest! {
        #[test]
        fn a_walk_finds_what_a_scan_finds(
            dim in 4_usize..7,
            cuts in prop::collection::vec((prop::collection::vec(-2_i32..3, 6), 0_i32..3), 0..4),
            directions in prop::collection::vec(prop::collection::vec(-5_i32..6, 6), 1..6),
        ) {
            agrees(&cut_cube(dim, &cuts), &directions);
        }
    }

    #[test]
    fn the_edges_of_a_cube_are_of_use() {
        assert!(agrees(
            &cut_cube(6, &[]),
            &[vec![1, -2, 3, -4, 5, -6], vec![0; 6]]
        ));
    }
}
