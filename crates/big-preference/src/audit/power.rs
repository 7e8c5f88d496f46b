//! How far one annotator can move an estimate.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::SpaceSpec;

use big_numeric::{matrix, norm};

/// Up to this dimension a search starts at both ends of every axis.
pub(super) const MANY: usize = 32;
/// Up to this one the direction that a matrix stretches most is computed exactly.
const DENSE: usize = 128;
/// Up to this dimension the search for the worst report starts in every orthant: exact for boxes.
const ORTHANTS: usize = 10;

/// `‖A Y v − h‖` as a function of a step `v`, by the form `AᵀA` (`r × r`), `Aᵀh` and `‖h‖²`.
pub(super) struct Lever<'a> {
    /// `Y`, by rows of `d`; the identity if it is none.
    pub(super) reads: Option<&'a [f64]>,
    /// `AᵀA`; the identity if it is none.
    pub(super) form: Option<&'a [f64]>,
    /// `Aᵀh`; empty for 0.
    pub(super) pulled: Vec<f64>,
    /// `‖h‖²`.
    pub(super) square: f64,
    pub(super) d: usize,
}

impl<'a> Lever<'a> {
    /// `‖Y v‖`.
    pub(super) fn new(reads: &'a [f64], d: usize) -> Self {
        Self {
            reads: Some(reads),
            ..Self::plain(d)
        }
    }

    /// `‖v‖`.
    pub(super) fn plain(d: usize) -> Self {
        Self {
            reads: None,
            form: None,
            pulled: Vec::new(),
            square: 0.0,
            d,
        }
    }

    fn read(&self, step: &[f64]) -> Vec<f64> {
        match self.reads {
            Some(reads) => matrix::times(reads, step),
            None => step.to_vec(),
        }
    }

    fn formed(&self, z: &[f64]) -> Vec<f64> {
        match self.form {
            Some(_) if z.is_empty() => Vec::new(),
            Some(form) => matrix::times(form, z),
            None => z.to_vec(),
        }
    }

    fn back(&self, z: &[f64]) -> Vec<f64> {
        match self.reads {
            Some(reads) => matrix::transposed_times(reads, self.d, z),
            None => z.to_vec(),
        }
    }

    fn pulled(&self, k: usize) -> f64 {
        self.pulled.get(k).copied().unwrap_or(0.0)
    }

    /// The length at a step.
    pub(super) fn length(&self, step: &[f64]) -> f64 {
        let z = self.read(step);
        self.length_of(&z, &self.formed(&z))
    }

    fn length_of(&self, z: &[f64], formed: &[f64]) -> f64 {
        let rows = z.iter().zip(formed).enumerate();
        let square: f64 = rows.map(|(k, (z, f))| z * (f - 2.0 * self.pulled(k))).sum();
        (square + self.square).max(0.0).sqrt()
    }

    /// The length, and in which direction it grows: half the gradient of its square.
    fn climb(&self, step: &[f64]) -> (f64, Vec<f64>) {
        let z = self.read(step);
        let mut formed = self.formed(&z);
        let length = self.length_of(&z, &formed);
        for (k, f) in formed.iter_mut().enumerate() {
            *f -= self.pulled(k);
        }
        (length, self.back(&formed))
    }

    /// `YᵀAᵀA Y v`.
    fn stretched(&self, v: &[f64]) -> Vec<f64> {
        self.back(&self.formed(&self.read(v)))
    }
}

/// The largest length of a lever at `x − from` over the space, and an `x` that attains it: the norm is convex, so each linear
/// maximisation climbs. It starts from the extreme points along both ends of every axis (of the first 32) and, up to
/// [`ORTHANTS`] dimensions, along every diagonal; in more than [`MANY`] from the direction that is stretched most, and along what
/// the shift pulls, both ways.
pub(super) fn farthest_shift(
    space: &ActionSpace,
    lever: &Lever<'_>,
    from: &[f64],
) -> (f64, Vec<f64>) {
    let d = from.len();
    let starts = if d <= MANY {
        directions(d)
    } else {
        let pulled: Vec<f64> = match lever.pulled.is_empty() {
            true => vec![0.0; d],
            false => lever.back(&lever.pulled),
        };
        [most_stretched(lever), pulled]
            .into_iter()
            .flat_map(|u| [u.iter().map(|v| -v).collect(), u])
            .collect()
    };
    let mut best = (f64::NEG_INFINITY, from.to_vec());
    let mut x = vec![0.0; d];
    for start in &starts {
        space.maximiser(start, &mut x);
        let mut reached = f64::NEG_INFINITY;
        // Each round climbs; faces of a polytope are finite, and round sets converge fast.
        for _ in 0..100 {
            let step: Vec<f64> = x.iter().zip(from).map(|(x, f)| x - f).collect();
            let (length, direction) = lever.climb(&step);
            if length <= reached * (1.0 + settled(d)) {
                break;
            }
            reached = length;
            if reached > best.0 {
                best = (reached, x.clone());
            }
            space.maximiser(&direction, &mut x);
        }
    }
    best
}

/// A search that grows by less than this part has arrived. In many dimensions, where it is no exact answer, digits cost.
fn settled(d: usize) -> f64 {
    if d <= MANY { 1e-12 } else { 1e-6 }
}

/// Both ends of every axis and, up to [`ORTHANTS`] dimensions, all diagonals.
fn directions(d: usize) -> Vec<Vec<f64>> {
    let axes = (0..d).flat_map(|k| {
        [1.0, -1.0].map(|sign| {
            let mut u = vec![0.0; d];
            u[k] = sign;
            u
        })
    });
    let orthants = if d <= ORTHANTS { 1 << d } else { 0 };
    let diagonals = (0..orthants).map(|bits: usize| {
        (0..d)
            .map(|k| if bits >> k & 1 == 1 { 1.0 } else { -1.0 })
            .collect()
    });
    axes.chain(diagonals).collect()
}

/// About the direction that a lever stretches most, by products until it stretches no more.
fn most_stretched(lever: &Lever<'_>) -> Vec<f64> {
    // Numbers that solve no simple equation have a part in every direction.
    let mut u: Vec<f64> = (0..lever.d)
        .map(|k| 0.5 + (k as f64 * 0.618_033_988_749_894_9).fract())
        .collect();
    let mut before = 0.0;
    for _ in 0..300 {
        let next = lever.stretched(&u);
        let size = norm(&next);
        if size == 0.0 || !size.is_finite() {
            break;
        }
        u = next.iter().map(|v| v / size).collect();
        if size <= before * (1.0 + 1e-6) {
            break;
        }
        before = size;
    }
    u
}

/// The largest length of a lever without a shift at `x − y` over two points of the space, and the points: exact over balls, over intervals and over boxes of
/// up to [`ORTHANTS`] dimensions; elsewhere, and over balls in more than [`DENSE`] dimensions, at least this.
pub(super) fn widest(
    space: &ActionSpace,
    spec: &SpaceSpec<f64>,
    lever: &Lever<'_>,
) -> (f64, Vec<f64>, Vec<f64>) {
    let (lower, _) = space.bounding_box();
    let d = lower.len();
    let between =
        |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x - y).collect() };
    if let SpaceSpec::Ball { center, radius } = spec {
        let at = |top: &[f64], sign: f64| -> Vec<f64> {
            let size = norm(top).max(f64::MIN_POSITIVE);
            let ends = center.iter().zip(top);
            ends.map(|(c, u)| c + sign * radius * u / size).collect()
        };
        if d > DENSE {
            let top = most_stretched(lever);
            let (x, y) = (at(&top, 1.0), at(&top, -1.0));
            return (lever.length(&between(&x, &y)), x, y);
        }
        let gram: Vec<f64> = (0..d)
            .flat_map(|k| {
                let axis: Vec<f64> = (0..d).map(|j| f64::from(u8::from(j == k))).collect();
                lever.stretched(&axis)
            })
            .collect();
        if let Some((_, vectors)) = matrix::eigen(&gram, d) {
            let top = &vectors[(d - 1) * d..];
            let (x, y) = (at(top, 1.0), at(top, -1.0));
            return (lever.length(&between(&x, &y)), x, y);
        }
    }
    let starts = match d <= MANY {
        true => directions(d),
        false => vec![most_stretched(lever)],
    };
    let mut best = (0.0, lower.clone(), lower);
    space.maximiser(&vec![1.0; d], &mut best.1);
    best.2.clone_from(&best.1);
    let (mut x, mut y) = (vec![0.0; d], vec![0.0; d]);
    for start in &starts {
        let mut pulled = start.clone();
        let mut reached = f64::NEG_INFINITY;
        for _ in 0..100 {
            space.maximiser(&pulled, &mut x);
            let back: Vec<f64> = pulled.iter().map(|v| -v).collect();
            space.maximiser(&back, &mut y);
            let (length, direction) = lever.climb(&between(&x, &y));
            if length <= reached * (1.0 + settled(d)) {
                break;
            }
            reached = length;
            if reached > best.0 {
                best = (reached, x.clone(), y.clone());
            }
            pulled = direction;
        }
    }
    best
}
