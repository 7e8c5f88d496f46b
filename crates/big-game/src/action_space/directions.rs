//! Bases of the directions in which a face extends.

use big_numeric::{dot, norm};

use super::Face;

/// Independent directions of a face, `m` numbers each.
pub(crate) fn directions(face: &Face) -> Vec<Vec<f64>> {
    match face {
        Face::Point(_) | Face::Unlisted => Vec::new(),
        Face::Box { lower, upper } => (0..lower.len())
            .filter(|&k| lower[k] < upper[k])
            .map(|k| {
                let mut e = vec![0.0; lower.len()];
                e[k] = 1.0;
                e
            })
            .collect(),
        Face::Hull { vertices, dim } => {
            let mut rows = vertices.chunks_exact(*dim);
            let Some(base) = rows.next() else {
                return Vec::new();
            };
            let differences = rows.map(|v| v.iter().zip(base).map(|(a, b)| a - b).collect());
            independent(differences.collect())
        }
        Face::Round { factor, center } => {
            let m = center.len();
            (0..m)
                .map(|j| (0..m).map(|i| factor[i * m + j]).collect())
                .collect()
        }
    }
}

/// A maximal independent subset of vectors, made orthonormal.
pub(crate) fn independent(vectors: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in vectors {
        let length = norm(&vector);
        if length == 0.0 || vector.len() == basis.len() {
            continue;
        }
        let mut rest: Vec<f64> = vector.iter().map(|v| v / length).collect();
        for _ in 0..2 {
            for q in &basis {
                let share = dot(q, &rest);
                for (v, q) in rest.iter_mut().zip(q) {
                    *v -= share * q;
                }
            }
        }
        let outside = norm(&rest);
        if outside > 1e-9 {
            rest.iter_mut().for_each(|v| *v /= outside);
            basis.push(rest);
        }
    }
    basis
}
