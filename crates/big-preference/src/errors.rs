//! Standard errors: from the information, clustered by annotator, or by a bootstrap over annotators.
//!
//! One annotator's comparisons are not independent: the model leaves out what makes them differ from the others. So where
//! annotators are named the covariance is the sandwich `H⁻¹ B H⁻¹` with `B = G/(G − 1) Σ_i s_i s_iᵀ`, `s_i` annotator `i`'s score at the
//! estimate and `G` their number (Liang and Zeger, Biometrika 73, 1986; the factor is that of Stata and statsmodels without
//! the one for parameters). It does not ask what weights mean: multiplied by a constant they give the same errors. The
//! information `H` alone does: a weight of 2 counts there as two comparisons (frequencies).

use big_numeric::parallel;
use big_numeric::{Cholesky, matrix};
use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::bytes::{Reader, Writer};
use crate::data::{Block, Comparisons, DataError, OwnedBlock, Parts, Source};
use crate::errand::Errand;
use crate::fit::{Fit, FitError, FitOptions, Precision, maximum, objective_of};
use crate::frame::Frame;
use crate::kernel::{self, Curvature, LikelihoodSums, Scratch};
use crate::likelihood::{Model, Parameters};
use crate::newton::Minimum;
use crate::wire::{Wire, wired};

/// What standard errors are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The observed information: right if comparisons are independent, and weights are frequencies.
    Information,
    /// The sandwich clustered by annotator.
    Clustered {
        /// How many annotators have a score.
        annotators: usize,
    },
    /// The spread of estimates from annotators drawn with replacement.
    Bootstrap {
        /// How many were drawn.
        replicates: usize,
        /// Of how many of these no estimate exists: they are left out.
        failed: usize,
    },
}

impl ErrorKind {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Clustered { .. } => "clustered",
            Self::Bootstrap { .. } => "bootstrap",
        }
    }
}

/// The factor of the Hessian where an estimate was found, and how to leave that frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bread {
    parameters: Parameters,
    frame: Frame,
    /// The estimate in the frame.
    z: Vec<f64>,
    factor: Cholesky,
}

/// The covariance of a position (`d × d`), and the standard error of a fitted precision.
pub(crate) struct Errors {
    pub(crate) covariance: Vec<f64>,
    pub(crate) precision: Option<f64>,
}

impl Bread {
    /// `None` where no Hessian was formed.
    pub(crate) fn of(parameters: Parameters, found: &Minimum) -> Option<Self> {
        let (frame, z, factor) = match &found.inside {
            Some(inside) => (inside.frame.clone(), &inside.z, inside.factor.as_ref()?),
            None => {
                let dim = match parameters {
                    Parameters::Position(_) => found.y.len(),
                    Parameters::Joint => found.y.len() - 1,
                };
                (Frame::identity(dim), &found.y, found.factor.as_ref()?)
            }
        };
        Some(Self {
            parameters,
            frame,
            z: z.clone(),
            factor: factor.clone(),
        })
    }

    /// What the information alone says.
    pub(crate) fn informed(&self) -> Errors {
        self.errors(&self.factor.inverse())
    }

    /// The factor of the Hessian of positions under a model with the estimate's precision, where the estimate is one of a precision as
    /// well and was found in the columns as they are.
    pub(crate) fn positions(&self, model: Model) -> Option<Cholesky> {
        let dim = self.frame.center.len();
        let plain = self.parameters == Parameters::Joint && self.frame == Frame::identity(dim);
        plain.then(|| self.factor.leading(dim, model.gain))
    }

    /// What a covariance of the parameters in the frame says of the position and the precision: by the delta method where
    /// the position is a ratio.
    pub(crate) fn errors(&self, inner: &[f64]) -> Errors {
        let d = self.frame.center.len();
        let unit = &self.frame.unit;
        match self.parameters {
            Parameters::Position(_) => Errors {
                covariance: (0..d * d)
                    .map(|at| inner[at] / (unit[at / d] * unit[at % d]))
                    .collect(),
                precision: None,
            },
            Parameters::Joint => {
                let beta = self.z[d];
                let ratio: Vec<f64> = self.z[..d].iter().map(|v| v / beta).collect();
                let p = d + 1;
                let entry = |j: usize, k: usize| {
                    let sum = inner[j * p + k]
                        - ratio[j] * inner[d * p + k]
                        - ratio[k] * inner[j * p + d]
                        + ratio[j] * ratio[k] * inner[p * p - 1];
                    sum / (beta * beta) * (unit[d] / unit[j]) * (unit[d] / unit[k])
                };
                Errors {
                    covariance: (0..d * d).map(|at| entry(at / d, at % d)).collect(),
                    precision: Some(inner[p * p - 1].max(0.0).sqrt() / unit[d]),
                }
            }
        }
    }

    /// The sandwich; `None` with fewer than two annotators.
    pub(crate) fn clustered(&self, scores: &Scores) -> Option<(Errors, ErrorKind)> {
        let scores = &scores.sums;
        if scores.len() < 2 {
            return None;
        }
        let p = self.z.len();
        let mut steps: Vec<f64> = scores
            .iter()
            .flat_map(|columns| self.score(columns))
            .collect();
        self.factor.solve_lower_each(&mut steps);
        self.factor.solve_upper_each(&mut steps);
        let mut covariance = matrix::gram_band(&steps, p, 0, p);
        let groups = scores.len() as f64;
        covariance
            .iter_mut()
            .for_each(|c| *c *= groups / (groups - 1.0));
        let errors = self.errors(&covariance);
        let kind = ErrorKind::Clustered {
            annotators: scores.len(),
        };
        Some((errors, kind))
    }

    /// A score in the frame's parameters from column sums.
    fn score(&self, columns: &[f64]) -> Vec<f64> {
        let d = self.frame.center.len();
        let Frame { center, unit } = &self.frame;
        let inside = |k: usize| {
            if k < d {
                return columns[k] / unit[k];
            }
            let along: f64 = columns.iter().zip(center).map(|(x, c)| 2.0 * x * c).sum();
            (columns[d] + along) / unit[d]
        };
        (0..self.z.len())
            .map(|k| self.parameters.scale(k, d) * inside(k))
            .collect()
    }
}

impl Fit {
    /// The coefficients of a row's columns at the estimate: `(2φ̂, β̂)`.
    pub fn coefficients(&self) -> Vec<f64> {
        let mut q: Vec<f64> = self.attraction.iter().map(|v| 2.0 * v).collect();
        q.push(self.precision);
        q
    }

    /// Replaces the standard errors by clustered ones, from the annotators' [`Scores`] at the
    /// [coefficients](Self::coefficients). With fewer than two annotators, or without errors, all stays as it is.
    pub fn cluster(&mut self, scores: &Scores) {
        let clustered = self.bread.as_ref().and_then(|b| b.clustered(scores));
        if let Some((errors, kind)) = clustered {
            self.set_errors(errors, kind);
        }
    }

    fn set_errors(&mut self, errors: Errors, kind: ErrorKind) {
        let d = self.theta.len();
        let spread = |k: usize| errors.covariance[k * d + k].max(0.0).sqrt();
        self.standard_errors = Some((0..d).map(spread).collect());
        self.covariance = Some(errors.covariance);
        self.precision_error = errors.precision;
        self.error_kind = kind;
    }
}

/// Annotator by annotator the sums `Σ w σ(−m) x` over the `d + 1` columns, at given coefficients; annotators without rows
/// have none.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    sums: Vec<Vec<f64>>,
}

impl Scores {
    /// Of everybody in `parts`: one pass, O(N·d).
    ///
    /// # Errors
    /// What the rows' source says.
    pub fn of_parts(parts: &Parts, q: &[f64]) -> Result<Self, DataError> {
        let sums = parts.ask(&ColumnSums { q: q.to_vec() });
        let sums = sums.map_err(|error| match error {
            FitError::Data(error) => error,
            other => DataError::Reader(Box::new(other)),
        })?;
        let rows = (0..parts.len()).map(|i| parts.rows(i));
        Ok(Self {
            sums: sums
                .into_iter()
                .zip(rows)
                .filter(|(_, rows)| *rows > 0)
                .map(|(sums, _)| sums)
                .collect(),
        })
    }

    /// Of everybody whom rows in the order of a table are by, handed over in pieces: one pass, O(N·d), and `d + 1` numbers an
    /// annotator. `None` where a piece names nobody.
    ///
    /// # Errors
    /// What `pieces` says.
    #[allow(clippy::type_complexity)] // a function that calls one
    pub fn of_rows(
        pieces: &dyn Fn(&mut dyn FnMut(&Comparisons)) -> Result<(), DataError>,
        q: &[f64],
    ) -> Result<Option<Self>, DataError> {
        let mut sums = Some(Vec::new());
        pieces(&mut |piece| {
            if let Some(all) = &mut sums
                && !add_by_annotator(piece, q, all)
            {
                sums = None;
            }
        })?;
        Ok(sums.map(|sums| Self::of_sums(sums.into_iter().flatten().collect())))
    }

    /// Of everybody whose sums these are.
    pub(crate) fn of_sums(sums: Vec<Vec<f64>>) -> Self {
        Self { sums }
    }

    /// How many annotators there are.
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Is there nobody?
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }
}

/// Adds `Σ w σ(−m) x` over all columns to each annotator's sums, which begin with the first row; `false` where nobody is named.
pub(crate) fn add_by_annotator(
    piece: &Comparisons,
    q: &[f64],
    sums: &mut Vec<Option<Vec<f64>>>,
) -> bool {
    let annotators = piece.annotators();
    if annotators.len() != piece.rows() {
        return false;
    }
    let mut scratch = Scratch::default();
    let mut wide = Vec::new();
    let mut first = 0;
    for block in piece.blocks() {
        let slope = slopes(&block, q, &mut scratch);
        let columns = kernel::widened(&block, &mut wide);
        let rows = block.rows();
        for (r, &who) in annotators[first..first + rows].iter().enumerate() {
            let who = who as usize;
            if sums.len() <= who {
                sums.resize(who + 1, None);
            }
            let sum = sums[who].get_or_insert_with(|| vec![0.0; q.len()]);
            for (k, sum) in sum.iter_mut().enumerate() {
                *sum += slope[r] * columns[k * rows + r];
            }
        }
        first += rows;
    }
    true
}

/// `w σ(−m)` row by row.
fn slopes(block: &Block<'_>, q: &[f64], scratch: &mut Scratch) -> Vec<f64> {
    let margins = kernel::block_margins(block, q, scratch);
    let weight = |r: usize| block.weights().map_or(1.0, |w| w[r]);
    let margins = margins.iter().enumerate();
    margins.map(|(r, m)| weight(r) / (1.0 + m.exp())).collect()
}

/// An annotator's sums `Σ w σ(−m) x` over all columns, at these coefficients.
pub(crate) struct ColumnSums {
    q: Vec<f64>,
}

wired!(ColumnSums { q });

impl Errand for ColumnSums {
    const KIND: u8 = 3;
    type Output = Vec<f64>;

    fn one(&self, _: usize, part: &dyn Source) -> Result<Vec<f64>, FitError> {
        Ok(column_sums(part, &self.q)?)
    }

    fn shared(&self, out: &mut Writer) {
        self.write(out);
    }

    fn read(shared: &mut Reader<'_>, _: &mut Reader<'_>) -> Option<Self> {
        Wire::read(shared)
    }
}

/// `Σ w σ(−m) x` over all columns.
fn column_sums(source: &dyn Source, q: &[f64]) -> Result<Vec<f64>, DataError> {
    let mut sums = LikelihoodSums::new(q.len(), false);
    let mut scratch = Scratch::default();
    source.visit(&mut |blocks| {
        for block in blocks {
            kernel::add_block(block, q, Curvature::None, &mut sums, &mut scratch);
        }
    })?;
    Ok(sums.slope)
}

/// Replaces a fit's standard errors by those of a bootstrap: annotators are drawn with replacement, as many as there are,
/// and everything is fitted again. `options` are those of the fit, which must have no bound. Parallel within the fits.
///
/// # Errors
/// When fewer than half of the replicates (or fewer than 2) have an estimate, or the rows cannot be read.
pub fn bootstrap(
    fit: &mut Fit,
    parts: &Parts,
    options: &FitOptions<'_>,
    replicates: usize,
    seed: u64,
) -> Result<(), FitError> {
    if options.bound.is_some() {
        return Err(FitError::BadOption(
            "an estimate within a bound has no bootstrap errors: leave one of the two out"
                .to_owned(),
        ));
    }
    let (d, n) = (fit.theta.len(), parts.len());
    let mut start = fit.attraction.clone();
    match options.precision {
        Precision::Fixed(_) => start.clone_from(&fit.theta),
        Precision::Fit => start.push(fit.precision),
    }
    let mut estimates: Vec<(Vec<f64>, f64)> = Vec::new();
    for replicate in 0..replicates {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(replicate as u64);
        let mut times = vec![0_u32; n];
        for _ in 0..n {
            // 64 random bits times n: the bias is of the order n / 2⁶⁴.
            let drawn = (u128::from(rng.next_u64()) * n as u128) >> 64;
            times[drawn as usize] += 1;
        }
        let source = Repeated {
            parts,
            times: &times,
        };
        let found = maximum(&objective_of(&source, options), Some(&start));
        match found {
            Ok(found) => estimates.push(crate::fit::point(&found, options.precision, d)),
            Err(FitError::NoMaximum(_) | FitError::NotConverged { .. } | FitError::Empty) => {}
            Err(other) => return Err(other),
        }
    }
    let made = estimates.len();
    if made < 2 || 2 * made < replicates {
        return Err(FitError::BadOption(format!(
            "only {made} of {replicates} bootstrap samples of the annotators have an estimate: use clustered errors, or add a ridge"
        )));
    }
    // Numbers of one sample: the position, and last the precision.
    let samples: Vec<Vec<f64>> = estimates
        .into_iter()
        .map(|(mut theta, beta)| {
            theta.push(beta);
            theta
        })
        .collect();
    let mean = |of: &dyn Fn(&[f64]) -> f64| -> f64 {
        samples.iter().map(|sample| of(sample)).sum::<f64>() / made as f64
    };
    let means: Vec<f64> = (0..=d).map(|k| mean(&|e| e[k])).collect();
    let freedom = made as f64 / (made as f64 - 1.0);
    let covariance = (0..d * d)
        .map(|at| {
            let (j, k) = (at / d, at % d);
            freedom * mean(&|e| (e[j] - means[j]) * (e[k] - means[k]))
        })
        .collect();
    let precision = (freedom * mean(&|e| (e[d] - means[d]).powi(2))).sqrt();
    let errors = Errors {
        covariance,
        precision: (options.precision == Precision::Fit).then_some(precision),
    };
    let kind = ErrorKind::Bootstrap {
        replicates,
        failed: replicates - made,
    };
    fit.set_errors(errors, kind);
    Ok(())
}

/// Everybody's rows, as often as they were drawn.
struct Repeated<'a> {
    parts: &'a Parts,
    times: &'a [u32],
}

impl Source for Repeated<'_> {
    fn dim(&self) -> usize {
        self.parts.dim()
    }

    fn visit(&self, batch: &mut dyn FnMut(&[Block<'_>])) -> Result<(), DataError> {
        self.parts.blocks(&mut |blocks| {
            let drawn = blocks.iter().filter(|part| self.times[part.annotator] > 0);
            let drawn: Vec<OwnedBlock> = parallel::map(drawn, |part| {
                let times = f64::from(self.times[part.annotator]);
                let mut block = OwnedBlock::copy(&part.block);
                match &mut block.weights {
                    Some(weights) => weights.iter_mut().for_each(|w| *w *= times),
                    None => block.weights = Some(vec![times; block.rows]),
                }
                block
            });
            batch(&drawn.iter().map(OwnedBlock::block).collect::<Vec<_>>());
        })
    }
}
