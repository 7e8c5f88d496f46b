//! Nodes and weights for expectations under a normal distribution.

use big_numeric::matrix;

/// The rule of Gauss and Hermite for `E f(Z)`, `Z ~ N(0, I_d)`, on the grid of `points^d` nodes: exact for polynomials of degree
/// `2·points − 1` in each coordinate.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Nodes, `d` numbers each.
    pub(crate) nodes: Vec<f64>,
    /// The logarithms of their weights.
    pub(crate) log_weights: Vec<f64>,
}

impl Rule {
    /// The nodes on a line are the eigenvalues of the Jacobi matrix of the Hermite polynomials, the weights the squares of the
    /// first components of its eigenvectors (Golub and Welsch, Mathematics of Computation 23, 1969).
    pub(crate) fn new(points: usize, dim: usize) -> Self {
        let mut jacobi = vec![0.0; points * points];
        for k in 1..points {
            jacobi[k * points + k - 1] = (k as f64).sqrt();
        }
        let Some((line, vectors)) = matrix::eigen(&jacobi, points) else {
            // One node is the mean: never wrong, and never needed, since the matrix is finite.
            return Self {
                nodes: vec![0.0; dim],
                log_weights: vec![0.0],
            };
        };
        let weights: Vec<f64> = (0..points)
            .map(|k| 2.0 * vectors[k * points].abs().ln())
            .collect();
        let count = points.pow(dim as u32);
        let mut nodes = Vec::with_capacity(count * dim);
        let mut log_weights = Vec::with_capacity(count);
        for index in 0..count {
            let (mut rest, mut weight) = (index, 0.0);
            for _ in 0..dim {
                nodes.push(line[rest % points]);
                weight += weights[rest % points];
                rest /= points;
            }
            log_weights.push(weight);
        }
        Self { nodes, log_weights }
    }
}

/// Nodes on a line in `d` dimensions; 1 (Laplace's approximation) where a grid would be too large.
pub(crate) fn points_for(dim: usize) -> usize {
    match dim {
        0 | 1 => 21,
        2 => 11,
        3 => 7,
        4 => 5,
        5 | 6 => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_distribution_are_exact() {
        for (points, dim) in [(1, 2), (3, 1), (5, 2), (7, 3), (21, 1)] {
            let rule = Rule::new(points, dim);
            let mean = |f: &dyn Fn(&[f64]) -> f64| -> f64 {
                let nodes = rule.nodes.chunks(dim).zip(&rule.log_weights);
                nodes.map(|(z, w)| w.exp() * f(z)).sum()
            };
            assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-12);
            assert!(mean(&|z| z[0]).abs() < 1e-12);
            if points > 2 {
                assert!((mean(&|z| z[0] * z[0]) - 1.0).abs() < 1e-12);
                assert!((mean(&|z| z[dim - 1].powi(4)) - 3.0).abs() < 1e-11);
            }
            if points > 3 && dim > 1 {
                assert!((mean(&|z| z[0].powi(6) * z[1] * z[1]) - 15.0).abs() < 1e-10);
            }
        }
    }
}
