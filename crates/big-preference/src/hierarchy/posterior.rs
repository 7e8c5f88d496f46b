//! What an annotator's labels leave unknown of their position, in matrices of the coordinates or of the rows.
//!
//! With the curvature `H` at the posterior's mode and the prior's variances `D`, `V = (H + D⁻¹)⁻¹` is the posterior's covariance
//! and `R = (D + H⁻¹)⁻¹ = D⁻¹ V H` what is known of the centre. Whoever has fewer rows than there are coordinates has `R = ZᵀZ` and
//! `V = D − D ZᵀZ D` with one row of `Z` for each of theirs ([`dual`](super::dual)), and no `d × d` matrix is made of them alone.

use big_numeric::parallel;

use big_numeric::matrix;

use super::moments::Moments;
use super::scatter::Scatter;
use super::scoring::Population;

/// Columns of a sum that are made together.
const BAND: usize = 64;

/// `V` and `R`.
pub(super) enum Posterior {
    /// By rows of `d`.
    Matrices {
        /// `V`.
        laplace: Vec<f64>,
        /// `R`.
        information: Vec<f64>,
    },
    /// By `Z` and the prior's variances.
    Rows {
        /// `Z`, by rows of `d`.
        z: Vec<f64>,
        /// `D`.
        variance: Vec<f64>,
    },
}

impl Posterior {
    /// `V x`.
    pub(super) fn covariance_times(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Matrices { laplace, .. } => matrix::times(laplace, x),
            Self::Rows { z, variance } => {
                let moved: Vec<f64> = variance.iter().zip(x).map(|(v, x)| v * x).collect();
                let told = matrix::transposed_times(z, x.len(), &matrix::times(z, &moved));
                (0..x.len())
                    .map(|k| moved[k] - variance[k] * told[k])
                    .collect()
            }
        }
    }

    /// The diagonal of `R`.
    pub(super) fn known(&self, d: usize) -> Vec<f64> {
        match self {
            Self::Matrices { information, .. } => (0..d).map(|k| information[k * d + k]).collect(),
            Self::Rows { z, .. } => {
                let mut out = vec![0.0; d];
                for row in z.chunks_exact(d) {
                    out.iter_mut().zip(row).for_each(|(o, z)| *o += z * z);
                }
                out
            }
        }
    }

    /// `Σ_jk s_j s_k R_jk²`.
    fn length(&self, shape: &[f64]) -> f64 {
        let d = shape.len();
        match self {
            Self::Matrices { information, .. } => (0..d * d)
                .map(|at| shape[at / d] * shape[at % d] * information[at].powi(2))
                .sum(),
            Self::Rows { z, .. } => {
                let n = z.len() / d;
                let scaled: Vec<f64> = (0..n * d).map(|at| z[at] * shape[at % d]).collect();
                let gram = matrix::products(&scaled, n, z, n, d);
                gram.iter().map(|g| g * g).sum()
            }
        }
    }

    /// The rows `from..to` of `R` up to column `to`.
    fn band(&self, d: usize, from: usize, to: usize) -> Band<'_> {
        match self {
            Self::Matrices { information, .. } => Band {
                numbers: information[from * d..to * d].into(),
                width: d,
            },
            Self::Rows { z, .. } => Band {
                numbers: matrix::gram_band(z, d, from, to).into(),
                width: to,
            },
        }
    }
}

struct Band<'a> {
    numbers: std::borrow::Cow<'a, [f64]>,
    width: usize,
}

/// `Σ R_i` (`d × d`), and what is known of the variances: `½ Σ R_i ∘ R_i` of one a coordinate, `½ Σ ‖S^½ R_i S^½‖²` of the one that `S`
/// is multiplied by.
pub(super) struct Known<'a> {
    pub(super) centre: Vec<f64>,
    pub(super) variances: Vec<f64>,
    d: usize,
    scatter: &'a Scatter,
}

impl<'a> Known<'a> {
    pub(super) fn new(d: usize, scatter: &'a Scatter) -> Self {
        let numbers = match scatter {
            Scatter::Each => d * d,
            Scatter::Common(_) => 1,
        };
        Self {
            centre: vec![0.0; d * d],
            variances: vec![0.0; numbers],
            d,
            scatter,
        }
    }

    /// Adds some annotators' parts in order: parallel over bands of the sums, so that threads do not change a bit. O(Σ r_i·d²)
    /// for `r_i` rows or coordinates.
    pub(super) fn add(&mut self, some: &[Moments]) {
        let d = self.d;
        let bands = self.centre.chunks_mut(BAND * d).enumerate();
        // The lower triangle of the rows of a band.
        let each = |number: usize, add: &mut dyn FnMut(usize, &[f64])| {
            let from = number * BAND;
            let to = (from + BAND).min(d);
            for made in some {
                let band = made.posterior.band(d, from, to);
                for (row, numbers) in band.numbers.chunks_exact(band.width).enumerate() {
                    add(row, &numbers[..to]);
                }
            }
        };
        match self.scatter {
            Scatter::Each => {
                let bands = bands.zip(self.variances.chunks_mut(BAND * d));
                parallel::map(bands, |((number, centre), variances)| {
                    each(number, &mut |row, numbers| {
                        let sums = centre[row * d..].iter_mut().zip(&mut variances[row * d..]);
                        for (r, (c, v)) in numbers.iter().zip(sums) {
                            *c += r;
                            *v += 0.5 * r * r;
                        }
                    });
                });
            }
            Scatter::Common(shape) => {
                parallel::map(bands, |(number, centre)| {
                    each(number, &mut |row, numbers| {
                        let sums = centre[row * d..].iter_mut();
                        sums.zip(numbers).for_each(|(c, r)| *c += r);
                    });
                });
                let lengths = parallel::map(some, |made| made.posterior.length(shape));
                // One by one: the same bits however many come together.
                lengths
                    .iter()
                    .for_each(|length| self.variances[0] += 0.5 * length);
            }
        }
    }

    /// The upper triangles too.
    pub(super) fn finish(&mut self) {
        matrix::mirror(&mut self.centre, self.d);
        if let Scatter::Each = self.scatter {
            matrix::mirror(&mut self.variances, self.d);
        }
    }
}

/// What is not known of the population: the covariance of the centre and the precision, and, where they are known apart, that of the
/// variances.
pub(super) struct Unknown {
    /// Of the centre, `d × d`.
    centre: Vec<f64>,
    /// Of the centre with the precision, and of the precision; none if that is given.
    mixed: Option<(Vec<f64>, f64)>,
    variances: Variances,
}

/// What is not known of the variances.
pub(super) enum Variances {
    /// Of one a coordinate, `d × d`; 0 for one that is at an end of its range.
    Each(Vec<f64>),
    /// Of the one that these are multiplied by.
    Common(Vec<f64>, f64),
}

impl Unknown {
    /// From two blocks of information; `None` where these are not apart. O(d³).
    pub(super) fn of(found: &Population) -> Option<Self> {
        let d = found.hyper.center.len();
        let [means, inner] = &*found.information.blocks else {
            return None;
        };
        let (inner, n) = (inner.inverse(), found.inside.len());
        let variances = match &found.scatter {
            Scatter::Common(shape) => {
                Variances::Common(shape.clone(), inner.first().copied().unwrap_or(0.0))
            }
            Scatter::Each => {
                let mut wide = vec![0.0; d * d];
                for (j, &a) in found.inside.iter().enumerate() {
                    for (k, &b) in found.inside.iter().enumerate() {
                        wide[a * d + b] = inner[j * n + k];
                    }
                }
                Variances::Each(wide)
            }
        };
        let unknown = Self::new(&means.inverse(), found.free, variances, d);
        Some(unknown.widened(&found.above))
    }

    /// From the covariances of the centre, with the precision last if it is free, and of the variances.
    pub(super) fn new(means: &[f64], free: bool, variances: Variances, d: usize) -> Self {
        let p = d + usize::from(free);
        Self {
            centre: (0..d * d).map(|at| means[at / d * p + at % d]).collect(),
            mixed: free.then(|| (means[d * p..d * p + d].to_vec(), means[p * p - 1])),
            variances,
        }
    }

    /// With variances that are, on the mean, larger by so much: they widen `V` by `V D⁻¹ diag(above) D⁻¹ V` to first order, as what is
    /// not known of the centre does.
    fn widened(mut self, above: &[f64]) -> Self {
        let d = above.len();
        for (k, more) in above.iter().enumerate() {
            self.centre[k * (d + 1)] += more;
        }
        self
    }

    /// By how much it widens the posterior of somebody with few rows, as variances: the diagonals of `J C Jᵀ`, with the derivatives `J` of
    /// the mode, `V D⁻¹ = I − D ZᵀZ` by the centre, `along` by the precision, `V diag(b) D⁻¹` by the variances, `b = D⁻¹ (φ̂ − m)`.
    /// O(n·d²) for `n` rows of `z`.
    pub(super) fn spread(&self, z: &[f64], variance: &[f64], along: &[f64], b: &[f64]) -> Vec<f64> {
        let d = variance.len();
        let one = vec![1.0; d];
        let mut out = through(z, variance, &one, &self.centre);
        if let Some((mixed, own)) = &self.mixed {
            let told = matrix::transposed_times(z, d, &matrix::times(z, mixed));
            for k in 0..d {
                let moved = mixed[k] - variance[k] * told[k];
                out[k] += along[k] * (2.0 * moved + along[k] * own);
            }
        }
        let more = match &self.variances {
            Variances::Each(covariance) => through(z, variance, b, covariance),
            Variances::Common(shape, own) => {
                let by: Vec<f64> = b.iter().zip(shape).map(|(b, s)| b * s).collect();
                let told = matrix::transposed_times(z, d, &matrix::times(z, &by));
                let moved = (0..d).map(|k| by[k] - variance[k] * told[k]);
                moved.map(|m| own * m * m).collect()
            }
        };
        out.iter_mut()
            .zip(more)
            .for_each(|(o, m)| *o = (*o + m).max(0.0));
        out
    }
}

/// The diagonal of `J C Jᵀ`, `J = (I − D ZᵀZ) diag(b)`.
fn through(z: &[f64], variance: &[f64], b: &[f64], covariance: &[f64]) -> Vec<f64> {
    let d = variance.len();
    let n = z.len() / d;
    let scaled: Vec<f64> = (0..n * d).map(|at| z[at] * b[at % d]).collect();
    // C is symmetric.
    let told = matrix::products(&scaled, n, covariance, d, d);
    let both = matrix::products(&told, n, &scaled, n, d);
    let mut out: Vec<f64> = (0..d)
        .map(|k| b[k] * b[k] * covariance[k * d + k])
        .collect();
    for (r, told) in told.chunks_exact(d).enumerate() {
        let image = matrix::transposed_times(z, d, &both[r * n..(r + 1) * n]);
        for k in 0..d {
            let pulled = variance[k] * z[r * d + k];
            out[k] += pulled * (variance[k] * image[k] - 2.0 * b[k] * told[k]);
        }
    }
    out
}

/// The same for anybody, row by row of `V`. O(d·p²) for a population of `p` numbers.
pub(super) fn by_rows(
    posterior: &Posterior,
    made: &Moments,
    found: &Population,
    along: &[f64],
) -> Vec<f64> {
    let d = made.mode.len();
    let hyper = &found.hyper;
    let away = |k: usize| (made.mode[k] - hyper.center[k]) / hyper.variance[k];
    let mut rows = Vec::with_capacity(d * found.information.size());
    let mut above = Vec::with_capacity(d);
    for (j, along) in along.iter().enumerate() {
        let mut unit = vec![0.0; d];
        unit[j] = 1.0;
        let row = match posterior {
            Posterior::Matrices { laplace, .. } => laplace[j * d..(j + 1) * d].to_vec(),
            Posterior::Rows { .. } => posterior.covariance_times(&unit),
        };
        let by: Vec<f64> = row
            .iter()
            .zip(&hyper.variance)
            .map(|(r, v)| r / v)
            .collect();
        let wider = by.iter().zip(&found.above);
        above.push(wider.map(|(b, more)| b * b * more).sum::<f64>());
        rows.extend(&by);
        if found.free {
            rows.push(*along);
        }
        let moved = found.scatter.gathered((0..d).map(|k| by[k] * away(k)));
        rows.extend(found.inside.iter().map(|&k| moved[k]));
    }
    let unknown = found.information.deviations(&rows);
    let both = unknown.iter().zip(above);
    both.map(|(s, above)| s * s + above).collect()
}

/// How a position moves with the precision: the mode by `−V H_φβ`, and by `along` what a position is made of it.
pub(super) fn by_precision(made: &Moments, along: impl Fn(usize) -> f64) -> Vec<f64> {
    let pulled = made.posterior.covariance_times(&made.mixed);
    pulled
        .iter()
        .enumerate()
        .map(|(k, p)| along(k) - p)
        .collect()
}
