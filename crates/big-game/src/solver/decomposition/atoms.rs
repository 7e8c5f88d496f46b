//! Action sets seen as convex hulls of finitely many atoms.
//!
//! A box is a sum of segments, so each of its coordinates is a group of two atoms by itself; any other
//! polytope is one group whose atoms are its vertices. Balls and ellipsoids have no atoms: they are the
//! smooth part of the dual (see [`super::round`]).

use crate::action_space::{ActionSpace, ConvexSet, VertexGraph, VertexTable};
use crate::weight::Weight;

/// A set as groups of atoms.
pub(super) enum Atoms<'a> {
    /// One group of two atoms (0: lower, 1: upper) a coordinate.
    Box { lower: &'a [f64], upper: &'a [f64] },
    /// One group; atom `2k` is `center + radius e_k`, atom `2k + 1` is `center − radius e_k`.
    L1 { center: &'a [f64], radius: f64 },
    /// One group; atom `k` is `scale e_k`.
    Simplex { scale: f64 },
    /// One group; atom `v` is row `v`.
    List {
        vertices: &'a [f64],
        table: &'a VertexTable,
        graph: Option<&'a VertexGraph>,
        dim: usize,
        diameter: f64,
    },
    /// No groups.
    Round,
}

/// The best atom of a group for a direction.
pub(super) struct Best {
    /// Its number.
    pub(super) atom: u32,
    /// `⟨g, best⟩ − ⟨g, current⟩ ≥ 0`.
    pub(super) violation: f64,
    /// How far `g` is from a tie of its best atom with another, at least.
    pub(super) margin: f64,
}

impl<'a> Atoms<'a> {
    /// The atoms of a set; `None` when its vertices are too many to list.
    pub(super) fn of(space: &'a ActionSpace) -> Option<Self> {
        Some(match space {
            ActionSpace::Box(set) => Self::Box {
                lower: set.lower(),
                upper: set.upper(),
            },
            ActionSpace::L1Ball(set) => Self::L1 {
                center: set.center(),
                radius: set.radius(),
            },
            ActionSpace::Simplex(set) => Self::Simplex { scale: set.scale() },
            ActionSpace::Polytope(set) => {
                let (lower, upper) = set.bounding_box();
                let side: Vec<f64> = upper.iter().zip(&lower).map(|(u, l)| u - l).collect();
                Self::List {
                    vertices: set.vertices()?,
                    table: set.table()?,
                    graph: set.graph(),
                    dim: set.dim(),
                    diameter: big_numeric::norm(&side),
                }
            }
            // On a line all norms agree.
            ActionSpace::Ball(set) if set.dim() == 1 => Self::L1 {
                center: set.center(),
                radius: set.radius(),
            },
            ActionSpace::Ellipsoid(set) if set.dim() == 1 => Self::L1 {
                center: set.center(),
                radius: set.factor()[0],
            },
            ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_) => Self::Round,
        })
    }

    /// How many groups the set has.
    pub(super) fn groups(&self) -> usize {
        match self {
            Self::Box { lower, .. } => lower.len(),
            Self::Round => 0,
            _ => 1,
        }
    }

    /// The best atom of `group` in direction `g`, against atom `current`. Ties keep the current atom.
    #[inline]
    pub(super) fn best(&self, g: &[f64], group: usize, current: u32) -> Best {
        match self {
            Self::Box { lower, upper } => {
                let slope = g[group];
                let width = upper[group] - lower[group];
                let up = u32::from(slope > 0.0);
                let same = up == current || slope == 0.0 || width == 0.0;
                Best {
                    atom: if same { current } else { up },
                    violation: if same { 0.0 } else { slope.abs() * width },
                    margin: if width == 0.0 {
                        f64::INFINITY
                    } else {
                        slope.abs()
                    },
                }
            }
            Self::L1 { radius, .. } => {
                let (mut first, mut second, mut at) = (0.0, 0.0, 0);
                for (k, v) in g.iter().enumerate() {
                    let size = v.abs();
                    if size > first {
                        (second, first, at) = (first, size, k);
                    } else if size > second {
                        second = size;
                    }
                }
                let k = (current / 2) as usize;
                let now = if current.is_multiple_of(2) {
                    g[k]
                } else {
                    -g[k]
                };
                if *radius == 0.0 || first <= now {
                    return Best {
                        atom: current,
                        violation: 0.0,
                        margin: slack(*radius, first, second),
                    };
                }
                // Dimensions are far below 2³¹.
                let atom = 2 * at as u32 + u32::from(g[at] < 0.0);
                Best {
                    atom,
                    violation: radius * (first - now),
                    margin: slack(*radius, first, second),
                }
            }
            Self::Simplex { scale, .. } => {
                let (first, second, at) = top_two(g.iter().copied());
                let now = g[current as usize];
                let moved = *scale > 0.0 && first > now;
                Best {
                    atom: if moved { at } else { current },
                    violation: if moved { scale * (first - now) } else { 0.0 },
                    margin: slack(*scale, first, second) / std::f64::consts::SQRT_2,
                }
            }
            Self::List {
                vertices,
                table,
                graph,
                dim,
                diameter,
            } => {
                let best = match graph {
                    Some(graph) => graph.best_two(vertices, current as usize, g),
                    None => table.best_two(g),
                };
                let (first, second) = (best.first, best.second);
                // The vertices listed are far fewer than 2³².
                let at = best.at as u32;
                let from = &vertices[current as usize * dim..][..*dim];
                let to = &vertices[at as usize * dim..][..*dim];
                let gain: f64 = g
                    .iter()
                    .zip(to.iter().zip(from))
                    .map(|(gk, (a, b))| gk * (a - b))
                    .sum();
                Best {
                    atom: if gain > 0.0 { at } else { current },
                    violation: gain.max(0.0),
                    margin: if *diameter > 0.0 {
                        (first - second) / diameter
                    } else {
                        f64::INFINITY
                    },
                }
            }
            Self::Round => Best {
                atom: current,
                violation: 0.0,
                margin: f64::INFINITY,
            },
        }
    }

    /// Adds `share` times an atom to the action `x` (for a box: to one coordinate of it).
    pub(super) fn add_point(&self, group: usize, atom: u32, share: f64, x: &mut [f64]) {
        match self {
            Self::Box { lower, upper } => {
                x[group] += share
                    * if atom == 1 {
                        upper[group]
                    } else {
                        lower[group]
                    };
            }
            Self::L1 { center, radius } => {
                for (o, c) in x.iter_mut().zip(*center) {
                    *o += share * c;
                }
                let sign = if atom.is_multiple_of(2) { 1.0 } else { -1.0 };
                x[(atom / 2) as usize] += share * sign * radius;
            }
            Self::Simplex { scale, .. } => x[atom as usize] += share * scale,
            Self::List { vertices, dim, .. } => {
                let v = &vertices[atom as usize * dim..][..*dim];
                for (o, c) in x.iter_mut().zip(v) {
                    *o += share * c;
                }
            }
            Self::Round => {}
        }
    }

    /// Writes `to − from` into `difference` (length `m`): exact where the atoms are close.
    pub(super) fn difference(&self, group: usize, to: u32, from: u32, difference: &mut [f64]) {
        difference.fill(0.0);
        match self {
            Self::Box { lower, upper } => {
                let width = upper[group] - lower[group];
                difference[group] = width * (f64::from(to) - f64::from(from));
            }
            Self::L1 { radius, .. } => {
                for (atom, share) in [(to, *radius), (from, -*radius)] {
                    let sign = if atom.is_multiple_of(2) { 1.0 } else { -1.0 };
                    difference[(atom / 2) as usize] += share * sign;
                }
            }
            Self::Simplex { scale, .. } => {
                difference[to as usize] += scale;
                difference[from as usize] -= scale;
            }
            Self::List { vertices, dim, .. } => {
                let a = &vertices[to as usize * dim..][..*dim];
                let b = &vertices[from as usize * dim..][..*dim];
                for (o, (a, b)) in difference.iter_mut().zip(a.iter().zip(b)) {
                    *o = a - b;
                }
            }
            Self::Round => {}
        }
    }

    /// Adds `factor · W · atom` to `out` (length `d`).
    pub(super) fn add_image(
        &self,
        weight: Weight<'_>,
        group: usize,
        atom: u32,
        factor: f64,
        scratch: &mut [f64],
        out: &mut [f64],
    ) {
        scratch.fill(0.0);
        self.add_point(group, atom, factor, scratch);
        weight.add_image(scratch, out);
    }
}

/// The margin between the two best of equally distant atoms; a set of one point never ties.
fn slack(size: f64, first: f64, second: f64) -> f64 {
    if size > 0.0 {
        (first - second) / std::f64::consts::SQRT_2
    } else {
        f64::INFINITY
    }
}

fn top_two(values: impl Iterator<Item = f64>) -> (f64, f64, u32) {
    let (mut first, mut second, mut at) = (f64::NEG_INFINITY, f64::NEG_INFINITY, 0);
    for (k, value) in (0u32..).zip(values) {
        if value > first {
            (second, first, at) = (first, value, k);
        } else if value > second {
            second = value;
        }
    }
    (first, second, at)
}
