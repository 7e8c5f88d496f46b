//! Questions to a [`Face`].

use big_numeric::norm;

use super::Face;
use super::polytope::affine_dim_of;

impl Face {
    /// The dimension of the affine hull; `None` for a face whose vertices are not listed.
    pub fn affine_dim(&self) -> Option<usize> {
        match self {
            Self::Point(_) => Some(0),
            Self::Box { lower, upper } => {
                Some(lower.iter().zip(upper).filter(|(l, u)| l < u).count())
            }
            Self::Hull { vertices, dim } => Some(affine_dim_of(vertices, *dim)),
            Self::Round { center, .. } => Some(center.len()),
            Self::Unlisted => None,
        }
    }

    /// The smallest box around the face: lower and upper bounds; `None` where vertices are not listed.
    pub fn bounds(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        match self {
            Self::Point(point) => Some((point.clone(), point.clone())),
            Self::Box { lower, upper } => Some((lower.clone(), upper.clone())),
            Self::Hull { vertices, dim } => {
                let mut lower = vertices[..*dim].to_vec();
                let mut upper = lower.clone();
                for vertex in vertices.chunks_exact(*dim) {
                    for k in 0..*dim {
                        lower[k] = lower[k].min(vertex[k]);
                        upper[k] = upper[k].max(vertex[k]);
                    }
                }
                Some((lower, upper))
            }
            Self::Round { center, factor } => {
                let extents = factor.chunks_exact(center.len()).map(norm);
                let extents: Vec<f64> = extents.collect();
                let lower = center.iter().zip(&extents).map(|(c, e)| c - e).collect();
                let upper = center.iter().zip(&extents).map(|(c, e)| c + e).collect();
                Some((lower, upper))
            }
            Self::Unlisted => None,
        }
    }

    /// The vertices, `k × m` by rows; `None` for a round face, or for more than `limit` vertices.
    pub fn vertices(&self, limit: usize) -> Option<Vec<f64>> {
        let vertices = match self {
            Self::Point(point) => point.clone(),
            Self::Box { lower, upper } => box_vertices(lower, upper, limit)?,
            Self::Hull { vertices, .. } => vertices.clone(),
            Self::Round { .. } | Self::Unlisted => return None,
        };
        let dim = self.dim()?;
        (vertices.len() / dim <= limit).then_some(vertices)
    }

    /// The dimension of the space around the face; `None` for a face whose vertices are not listed.
    pub fn dim(&self) -> Option<usize> {
        match self {
            Self::Point(point) => Some(point.len()),
            Self::Box { lower, .. } => Some(lower.len()),
            Self::Hull { dim, .. } => Some(*dim),
            Self::Round { center, .. } => Some(center.len()),
            Self::Unlisted => None,
        }
    }
}

/// All corners, the last free coordinate changing fastest.
fn box_vertices(lower: &[f64], upper: &[f64], limit: usize) -> Option<Vec<f64>> {
    let free: Vec<usize> = (0..lower.len()).filter(|&k| lower[k] < upper[k]).collect();
    let count = 1_usize.checked_shl(u32::try_from(free.len()).ok()?)?;
    if count > limit {
        return None;
    }
    let mut vertices = Vec::with_capacity(count * lower.len());
    for corner in 0..count {
        let start = vertices.len();
        vertices.extend_from_slice(lower);
        for (bit, &k) in free.iter().rev().enumerate() {
            if corner >> bit & 1 == 1 {
                vertices[start + k] = upper[k];
            }
        }
    }
    Some(vertices)
}
