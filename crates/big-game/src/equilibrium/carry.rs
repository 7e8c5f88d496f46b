//! Members of faces that carry a pull exactly, near members that nearly do.
//!
//! An interior-point method ends within `1e-9` or so of the point that it is after. The receiver's position is known far
//! better: the point is moved, in its faces, by as little as makes the sum right to rounding.

use big_numeric::{least_change, norm};

use crate::action_space::Face;
use crate::weight::Weight;

/// Shares and distances from a bound below this share of the whole are nothing.
const NOTHING: f64 = 1e-8;
/// How far rounding may put a share outside.
const OUTSIDE: f64 = 1e-14;

/// A point of a face, in coordinates that its room can be told in.
#[derive(Clone)]
pub(super) struct Carrier<'a> {
    face: &'a Face,
    weight: Weight<'a>,
    /// Of a box the point, of a hull the vertices' shares, of a round set `u` in `c + F u`.
    at: Vec<f64>,
}

impl<'a> Carrier<'a> {
    /// The carrier near the point `x`, of a hull with the given shares.
    pub(super) fn new(
        face: &'a Face,
        weight: Weight<'a>,
        x: &[f64],
        shares: Option<&[f64]>,
    ) -> Option<Self> {
        let at = match face {
            Face::Point(_) => Vec::new(),
            Face::Unlisted => return None,
            Face::Box { lower, upper } => (0..x.len())
                .map(|k| {
                    let near = NOTHING * (upper[k] - lower[k]);
                    match x[k] {
                        v if v <= lower[k] + near => lower[k],
                        v if v >= upper[k] - near => upper[k],
                        v => v,
                    }
                })
                .collect(),
            Face::Hull { vertices, dim } => {
                let shares = shares?.get(..vertices.len() / dim)?;
                let kept = shares.iter().map(|&s| if s <= NOTHING { 0.0 } else { s });
                let total: f64 = kept.clone().sum();
                kept.map(|s| s / total).collect()
            }
            Face::Round { center, factor } => {
                let m = center.len();
                let mut u = vec![0.0; m];
                for i in 0..m {
                    let sum: f64 = (0..i).map(|j| factor[i * m + j] * u[j]).sum();
                    u[i] = (x[i] - center[i] - sum) / factor[i * m + i];
                }
                let length = norm(&u);
                if length > 1.0 - NOTHING {
                    u.iter_mut().for_each(|v| *v /= length);
                }
                u
            }
        };
        at.iter()
            .all(|v| v.is_finite())
            .then_some(Self { face, weight, at })
    }

    /// The ways in which the point can move: its coordinate, the room, and the image of a unit of it.
    fn columns(&self, d: usize) -> Vec<(usize, f64, Vec<f64>)> {
        let image = |step: &[f64]| {
            let mut image = vec![0.0; d];
            self.weight.add_image(step, &mut image);
            image
        };
        let unit = |m: usize, k: usize| -> Vec<f64> {
            (0..m).map(|j| f64::from(u8::from(j == k))).collect()
        };
        match self.face {
            Face::Point(_) | Face::Unlisted => Vec::new(),
            Face::Box { lower, upper } => (0..self.at.len())
                .map(|k| (k, (self.at[k] - lower[k]).min(upper[k] - self.at[k])))
                .filter(|&(_, room)| room > 0.0)
                .map(|(k, room)| (k, room, image(&unit(self.at.len(), k))))
                .collect(),
            Face::Hull { vertices, dim } => {
                let first = self.first();
                let base = &vertices[first * dim..][..*dim];
                (0..self.at.len())
                    .filter(|&v| v != first && self.at[v] > 0.0)
                    .map(|v| {
                        let vertex = &vertices[v * dim..][..*dim];
                        let step: Vec<f64> = vertex.iter().zip(base).map(|(a, b)| a - b).collect();
                        (v, self.at[v], image(&step))
                    })
                    .collect()
            }
            Face::Round { factor, center } => {
                let m = center.len();
                let room = 1.0 - norm(&self.at);
                let column = |j: usize| (0..m).map(|i| factor[i * m + j]).collect::<Vec<_>>();
                (0..m)
                    .filter(|_| room > 0.0)
                    .map(|j| (j, room, image(&column(j))))
                    .collect()
            }
        }
    }

    /// The vertex of the largest share.
    fn first(&self) -> usize {
        (0..self.at.len())
            .max_by(|&a, &b| self.at[a].total_cmp(&self.at[b]))
            .unwrap_or(0)
    }

    fn change(&mut self, coordinate: usize, by: f64, first: usize) {
        self.at[coordinate] += by;
        if matches!(self.face, Face::Hull { .. }) {
            self.at[first] -= by;
        }
    }

    /// Is the point in its face, up to rounding? Brings it back from there.
    fn settle(&mut self) -> bool {
        match self.face {
            Face::Point(_) | Face::Unlisted => true,
            Face::Box { lower, upper } => {
                let bounds = lower.iter().zip(upper);
                self.at
                    .iter()
                    .zip(bounds)
                    .all(|(x, (l, u))| *x >= *l && *x <= *u)
            }
            Face::Hull { .. } => {
                let inside = self.at.iter().all(|&s| s >= -OUTSIDE);
                self.at.iter_mut().for_each(|s| *s = s.max(0.0));
                inside
            }
            Face::Round { .. } => {
                let length = norm(&self.at);
                if length > 1.0 {
                    self.at.iter_mut().for_each(|v| *v /= length);
                }
                length <= 1.0 + OUTSIDE
            }
        }
    }

    /// Writes the point.
    pub(super) fn write(&self, out: &mut [f64]) {
        match self.face {
            Face::Point(p) => out.copy_from_slice(p),
            Face::Unlisted => {}
            Face::Box { .. } => out.copy_from_slice(&self.at),
            Face::Hull { vertices, dim } => {
                out.fill(0.0);
                for (v, share) in vertices.chunks_exact(*dim).zip(&self.at) {
                    out.iter_mut().zip(v).for_each(|(o, v)| *o += share * v);
                }
            }
            Face::Round { center, factor } => {
                let m = center.len();
                for i in 0..m {
                    let sum: f64 = (0..=i).map(|j| factor[i * m + j] * self.at[j]).sum();
                    out[i] = center[i] + sum;
                }
            }
        }
    }

    /// A point of the face where coordinate `c` ends, below or above.
    fn end(&self, c: usize, above: bool) -> Option<Vec<f64>> {
        let sign = if above { 1.0 } else { -1.0 };
        match self.face {
            Face::Point(_) | Face::Unlisted => None,
            Face::Box { lower, upper } => {
                let mut point = self.at.clone();
                point[c] = if above { upper[c] } else { lower[c] };
                Some(point)
            }
            Face::Hull { vertices, dim } => {
                let value = |v: &&[f64]| sign * v[c];
                let vertices = vertices.chunks_exact(*dim);
                let last = vertices.max_by(|a, b| value(a).total_cmp(&value(b)))?;
                Some(last.to_vec())
            }
            Face::Round { center, factor } => {
                let m = center.len();
                let row = &factor[c * m..(c + 1) * m];
                let length = norm(row);
                let at = row.iter().map(|v| sign * v / length).collect();
                let mut point = vec![0.0; m];
                Self { at, ..self.clone() }.write(&mut point);
                Some(point)
            }
        }
    }

    fn add_image(&self, out: &mut [f64]) {
        let m = match self.face {
            Face::Point(p) => p.len(),
            Face::Box { lower, .. } => lower.len(),
            Face::Hull { dim, .. } => *dim,
            Face::Round { center, .. } => center.len(),
            Face::Unlisted => return,
        };
        let mut x = vec![0.0; m];
        self.write(&mut x);
        self.weight.add_image(&x, out);
    }
}

/// Moves the carriers so that their images add up to `sum`, up to `rounding`; false when they cannot near where they are.
pub(super) fn carry(carriers: &mut [Carrier<'_>], sum: &[f64], rounding: f64) -> bool {
    for _ in 0..4 {
        let mut rest = vec![0.0; sum.len()];
        for carrier in carriers.iter() {
            carrier.add_image(&mut rest);
        }
        rest.iter_mut().zip(sum).for_each(|(r, s)| *r = s - *r);
        if norm(&rest) <= rounding {
            return true;
        }
        let mut owners = Vec::new();
        let mut columns = Vec::new();
        for (at, carrier) in carriers.iter().enumerate() {
            for (coordinate, room, image) in carrier.columns(sum.len()) {
                owners.push((at, coordinate, carrier.first()));
                columns.push((room, image));
            }
        }
        let Some(changes) = least_change(&columns, &rest) else {
            return false;
        };
        for (&(at, coordinate, first), change) in owners.iter().zip(changes) {
            carriers[at].change(coordinate, change, first);
        }
        if !carriers.iter_mut().all(Carrier::settle) {
            return false;
        }
    }
    false
}

/// An equilibrium from which others make up for what one of them does instead: in the relative interior of the set.
pub(super) struct Inside<'a> {
    pub(super) carriers: Vec<Carrier<'a>>,
    /// What they add up to.
    pub(super) sum: Vec<f64>,
    pub(super) rounding: f64,
}

impl Inside<'_> {
    /// Is there an equilibrium in which coordinate `c` of one is where its face ends, below or above? Found by the others' room alone, so
    /// that `false` says nothing.
    pub(super) fn reaches(&self, one: usize, c: usize, above: bool) -> bool {
        let mut others = self.carriers.clone();
        let moved = others.remove(one);
        let Some(point) = moved.end(c, above) else {
            return false;
        };
        let mut rest = vec![0.0; self.sum.len()];
        moved.weight.add_image(&point, &mut rest);
        rest.iter_mut()
            .zip(&self.sum)
            .for_each(|(r, s)| *r = s - *r);
        carry(&mut others, &rest, self.rounding)
    }
}
