//! What the checks ask of a set, by routes of their own: linear maximisation, distances that a hyperplane proves, faces.

use crate::case::{Case, Set, scaled};
use crate::linear::{Vector, distance, dot, minus, norm, plus, solve};

impl Set {
    /// A point of the set of greatest `⟨g, x⟩`. Half-spaces have to be [listed](listed) first.
    pub(crate) fn maximiser(&self, g: &[f64]) -> Vector {
        match self {
            Self::Box { lower, upper } => (0..g.len())
                .map(|k| if g[k] > 0.0 { upper[k] } else { lower[k] })
                .collect(),
            Self::Ball { center, radius } => match norm(g) {
                0.0 => center.clone(),
                // A radius over a length next to nothing may overflow.
                length => {
                    let unit: Vector = g.iter().map(|v| v / length).collect();
                    plus(center, &scaled(&unit, *radius))
                }
            },
            Self::L1Ball { center, radius } => {
                let mut x = center.clone();
                if let Some(k) = (0..g.len()).max_by(|&i, &j| g[i].abs().total_cmp(&g[j].abs())) {
                    x[k] += radius * g[k].signum();
                }
                x
            }
            Self::Simplex { dim, scale } => {
                let mut x = vec![0.0; *dim];
                if let Some(k) = (0..g.len()).max_by(|&i, &j| g[i].total_cmp(&g[j])) {
                    x[k] = *scale;
                }
                x
            }
            Self::Ellipsoid { center, shape } => {
                let most = g.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
                if most == 0.0 {
                    return center.clone();
                }
                let g = scaled(g, 1.0 / most);
                let image: Vector = shape.iter().map(|row| dot(row, &g)).collect();
                let length = dot(&g, &image).max(0.0).sqrt();
                if length == 0.0 {
                    return center.clone();
                }
                plus(center, &scaled(&image, 1.0 / length))
            }
            Self::Vertices(points) => {
                let best = points.iter().max_by(|p, q| dot(g, p).total_cmp(&dot(g, q)));
                best.cloned().unwrap_or_default()
            }
            Self::Halfspaces { b, .. } => vec![f64::NAN; b.len()],
        }
    }

    /// A number that the size of its points does not exceed.
    pub(crate) fn extent(&self) -> f64 {
        match self {
            Self::Box { lower, upper } => norm(lower) + norm(upper),
            Self::Ball { center, radius } | Self::L1Ball { center, radius } => {
                norm(center) + radius.abs()
            }
            Self::Simplex { scale, .. } => scale.abs(),
            Self::Ellipsoid { center, shape } => {
                let trace: f64 = (0..shape.len()).map(|i| shape[i][i].sqrt().powi(2)).sum();
                norm(center) + trace.max(0.0).sqrt()
            }
            Self::Vertices(points) => points.iter().map(|p| norm(p)).fold(0.0, f64::max),
            Self::Halfspaces { .. } => f64::NAN,
        }
    }

    /// A distance that `x` certainly has from the set, up to rounding; at most 0 inside.
    pub(crate) fn outside(&self, x: &[f64]) -> f64 {
        match self {
            Self::Box { lower, upper } => (0..x.len())
                .map(|k| (lower[k] - x[k]).max(x[k] - upper[k]))
                .fold(f64::NEG_INFINITY, f64::max),
            Self::Ball { center, radius } => distance(x, center) - radius,
            Self::L1Ball { center, radius } => {
                let sum: f64 = minus(x, center).iter().map(|v| v.abs()).sum();
                (sum - radius) / (x.len() as f64).sqrt()
            }
            Self::Simplex { scale, .. } => {
                let low = x.iter().map(|v| -v).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = x.iter().sum();
                low.max((sum - scale).abs() / (x.len() as f64).sqrt())
            }
            Self::Ellipsoid { center, shape } => {
                // With shape z = x − c, ⟨z, x − c⟩ = q and the support in the direction z is √q.
                let away = minus(x, center);
                let size = shape.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
                let even: Vec<Vector> = shape.iter().map(|row| scaled(row, 1.0 / size)).collect();
                match solve(&even, &away) {
                    Some(z) => {
                        let z = scaled(&z, 1.0 / size);
                        let q = dot(&z, &away).max(0.0);
                        (q - q.sqrt()) / norm(&z).max(f64::MIN_POSITIVE)
                    }
                    None => f64::NEG_INFINITY,
                }
            }
            Self::Vertices(points) => {
                // The search squares lengths.
                let most = points
                    .iter()
                    .flatten()
                    .chain(x)
                    .fold(0.0_f64, |m, v| m.max(v.abs()));
                let unit = if most > 0.0 { most } else { 1.0 };
                let even = |v: &[f64]| -> Vector { v.iter().map(|v| v / unit).collect() };
                nearest(&even(x), &mut |g| even(&self.maximiser(g))).proven * unit
            }
            Self::Halfspaces { a, b } => a
                .iter()
                .zip(b)
                .map(|(row, b)| (dot(row, x) - b) / norm(row).max(f64::MIN_POSITIVE))
                .fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// How deep inside the set `x` lies, where that has a formula.
    pub(crate) fn depth(&self, x: &[f64]) -> Option<f64> {
        match self {
            Self::Box { lower, upper } => Some(
                (0..x.len())
                    .map(|k| (x[k] - lower[k]).min(upper[k] - x[k]))
                    .fold(f64::INFINITY, f64::min),
            ),
            Self::Ball { .. } | Self::L1Ball { .. } | Self::Halfspaces { .. } => {
                Some(-self.outside(x))
            }
            Self::Simplex { .. } => Some(0.0),
            Self::Ellipsoid { .. } | Self::Vertices(_) => None,
        }
    }
}

/// The point of a convex set nearest to `p`, as far as the search came.
#[derive(Clone, Debug)]
pub(crate) struct Nearest {
    /// A point of the set.
    pub(crate) point: Vector,
    /// A distance that no point of the set is nearer than, by a separating hyperplane; at least 0.
    pub(crate) proven: f64,
}

/// Looks for the point nearest to `p` by linear maximisation alone (Wolfe 1976, on as many points as are needed).
pub(crate) fn nearest(p: &[f64], maximiser: &mut dyn FnMut(&[f64]) -> Vector) -> Nearest {
    let mut corral = vec![maximiser(&vec![0.0; p.len()])];
    let mut shares = vec![1.0];
    let mut x = corral[0].clone();
    let mut proven = 0.0_f64;
    for _ in 0..60 + 10 * p.len() {
        let g = minus(p, &x);
        let length = norm(&g);
        if length == 0.0 {
            break;
        }
        let far = maximiser(&g);
        let size = norm(p) + norm(&far) + norm(&x);
        proven = proven.max(dot(&g, &minus(p, &far)) / length);
        if dot(&g, &minus(&far, &x)) <= 1e-16 * size * length || corral.contains(&far) {
            break;
        }
        corral.push(far);
        shares.push(0.0);
        loop {
            let Some(best) = affine_nearest(&corral, p) else {
                corral.pop();
                shares.pop();
                break;
            };
            if best.iter().all(|&s| s >= 0.0) {
                shares = best;
                break;
            }
            let step = (0..best.len())
                .filter(|&i| best[i] < 0.0)
                .map(|i| shares[i] / (shares[i] - best[i]))
                .fold(1.0, f64::min);
            for i in 0..best.len() {
                shares[i] += step * (best[i] - shares[i]);
            }
            let drop = (0..shares.len())
                .filter(|&i| best[i] < 0.0)
                .min_by(|&i, &j| shares[i].total_cmp(&shares[j]));
            let Some(drop) = drop else { break };
            corral.remove(drop);
            shares.remove(drop);
            let sum: f64 = shares.iter().sum();
            shares.iter_mut().for_each(|s| *s = s.max(0.0) / sum);
        }
        let sum: f64 = shares.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            // Products of next to nothing have vanished.
            break;
        }
        shares.iter_mut().for_each(|s| *s /= sum);
        x = vec![0.0; p.len()];
        for (point, share) in corral.iter().zip(&shares) {
            x = plus(&x, &scaled(point, *share));
        }
    }
    Nearest { point: x, proven }
}

/// The shares of the point of the affine hull nearest to `p`; `None` when the points are dependent.
fn affine_nearest(points: &[Vector], p: &[f64]) -> Option<Vector> {
    let base = &points[0];
    let edges: Vec<Vector> = points[1..].iter().map(|q| minus(q, base)).collect();
    let gram: Vec<Vector> = edges
        .iter()
        .map(|a| edges.iter().map(|b| dot(a, b)).collect())
        .collect();
    let to = minus(p, base);
    let right: Vector = edges.iter().map(|a| dot(a, &to)).collect();
    let rest = solve(&gram, &right)?;
    let mut shares = vec![1.0 - rest.iter().sum::<f64>()];
    shares.extend(rest);
    Some(shares)
}

/// The game with its half-spaces as vertices, found by trying every system of `m` of them; `None` where they are too
/// many to try.
pub(crate) fn listed(case: &Case) -> Option<Case> {
    let mut listed = case.clone();
    for one in &mut listed.influencers {
        if let Set::Halfspaces { a, b } = &one.set {
            one.set = Set::Vertices(vertices(a, b)?);
        }
    }
    Some(listed)
}

/// Systems of equations that are tried at most.
const SYSTEMS: usize = 20_000;

fn vertices(a: &[Vector], b: &[f64]) -> Option<Vec<Vector>> {
    let (rows, m) = (a.len(), a.first()?.len());
    let mut systems = 1_usize;
    for k in 0..m {
        systems = systems.checked_mul(rows.saturating_sub(k))? / (k + 1);
    }
    if systems > SYSTEMS || rows < m {
        return None;
    }
    // Rows of next to nothing say as much as others.
    let most = |row: &Vector| row.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let sizes: Vec<f64> = a
        .iter()
        .map(most)
        .map(|m| if m > 0.0 { m } else { 1.0 })
        .collect();
    let even = |row: &Vector, size: f64| -> Vector { row.iter().map(|v| v / size).collect() };
    let a: Vec<Vector> = a.iter().zip(&sizes).map(|(row, s)| even(row, *s)).collect();
    let b: Vec<f64> = b.iter().zip(&sizes).map(|(b, s)| b / s).collect();
    let mut found: Vec<Vector> = Vec::new();
    let mut chosen: Vec<usize> = (0..m).collect();
    loop {
        let matrix: Vec<Vector> = chosen.iter().map(|&i| a[i].clone()).collect();
        let right: Vector = chosen.iter().map(|&i| b[i]).collect();
        if let Some(x) = solve(&matrix, &right) {
            // Its rounding is that of the rows that meet in it, and of those that it is compared with.
            let size = right.iter().fold(0.0_f64, |s, v| s.max(v.abs()));
            let inside = a.iter().zip(&b).all(|(row, &b)| {
                dot(row, &x) - b <= 1e-12 * (norm(row) * norm(&x) + size + b.abs())
            });
            let close = 1e-12 * (norm(&x) + size);
            if inside && found.iter().all(|p| distance(p, &x) > close) {
                found.push(x);
            }
        }
        // The next choice of m rows, in the order of the dictionary.
        let Some(k) = (0..m).rev().find(|&k| chosen[k] < rows - m + k) else {
            break;
        };
        chosen[k] += 1;
        for j in k + 1..m {
            chosen[j] = chosen[j - 1] + 1;
        }
    }
    (!found.is_empty()).then_some(found)
}

impl Case {
    /// The reachable position of greatest `⟨g, r⟩`. Half-spaces have to be [listed](listed) first.
    pub(crate) fn reach(&self, g: &[f64]) -> Vector {
        let mut r = self.bias.clone();
        for one in &self.influencers {
            let pull = one.weight.pull_back(g, one.set.dim());
            r = plus(&r, &one.weight.image(&one.set.maximiser(&pull)));
        }
        r
    }

    /// `b + Σ W x`.
    pub(crate) fn receiver(&self, actions: &[Vector]) -> Vector {
        let mut r = self.bias.clone();
        for (one, x) in self.influencers.iter().zip(actions) {
            r = plus(&r, &one.weight.image(x));
        }
        r
    }

    /// A number that no position in the game exceeds: reachable, or a target.
    pub(crate) fn size(&self) -> f64 {
        let mut reach = norm(&self.bias);
        let mut wish = 0.0_f64;
        for one in &self.influencers {
            reach += one.weight.size() * one.set.extent();
            wish = wish.max(norm(&one.target));
        }
        reach.max(wish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_nearest_point_of_a_hull_is_proved_to_be_nearest() {
        for index in 0..500 {
            let mut random = Random::new(7, index);
            let m = random.between(1, 4) as usize;
            let mut point = || -> Vector { (0..m).map(|_| random.normal()).collect() };
            let set = Set::Vertices((0..m + 3).map(|_| point()).collect());
            let p = scaled(&point(), 2.0);
            let found = nearest(&p, &mut |g| set.maximiser(g));
            assert!((distance(&p, &found.point) - found.proven).abs() < 1e-9);
        }
    }

    #[test]
    fn a_cube_in_half_spaces_has_its_corners() {
        let mut a = Vec::new();
        for k in 0..3 {
            for sign in [1.0, -1.0] {
                let mut row = vec![0.0; 3];
                row[k] = sign;
                a.push(row);
            }
        }
        let found = vertices(&a, &[1.0; 6]).expect("few systems");
        assert_eq!(found.len(), 8);
        assert!(found.iter().flatten().all(|v| v.abs() == 1.0));
    }

    #[test]
    fn what_is_outside_is_further_than_nothing() {
        let ellipsoid = Set::Ellipsoid {
            center: vec![1.0, 0.0],
            shape: vec![vec![4.0, 0.0], vec![0.0, 1.0]],
        };
        assert!(ellipsoid.outside(&[3.0, 0.0]).abs() < 1e-15);
        assert!((ellipsoid.outside(&[4.0, 0.0]) - 1.0).abs() < 1e-12);
        assert!(ellipsoid.outside(&[1.5, 0.5]) < 0.0);
    }
}
