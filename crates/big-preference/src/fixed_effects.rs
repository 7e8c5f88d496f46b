//! One precision for all annotators, each with a position of their own: the joint maximum.
//!
//! The log-likelihood `Σ_i ℓ_i(φ_i, β)` in the attractions `φ_i = βθ_i` and the precision `β` is concave. Its Hessian is an arrow: a
//! Newton step takes the positions out one annotator at a time, `s = Σ_i (H_ββ − H_βφ H_i⁻¹ H_φβ)` for the precision, and holds no
//! matrix of anybody.
//!
//! With few rows an annotator the precision comes out too large (incidental parameters: about by a factor
//! `1/(1 − d/rows)`); the [`hierarchy`](crate::hierarchy) does not have that bias.

use std::ops::Range;

use big_numeric::{Cholesky, dot};

use crate::bytes::{Reader, Writer};
use crate::data::{Parts, Source};
use crate::errand::Errand;
use crate::fit::FitError;
use crate::frame::{Frame, Framed};
use crate::likelihood::{Objective, Parameters};
use crate::position::Position;
use crate::wire::{Wire, wired};

/// The joint maximum.
#[derive(Clone, Debug, PartialEq)]
pub struct JointFit {
    /// `β̂`.
    pub precision: f64,
    /// Its standard error, from the information.
    pub precision_error: f64,
    /// The log-likelihood of the annotators that take part.
    pub log_likelihood: f64,
    /// The annotators' ideal points; `None` for those who do not take part.
    pub positions: Vec<Option<Position>>,
}

/// What a pass says of one annotator.
struct Part {
    loss: f64,
    /// `H_i⁻¹ g_i` and `H_i⁻¹ H_φβ`.
    step: Vec<f64>,
    along: Vec<f64>,
    /// The gradient's and the Hessian's part along β when the position follows.
    slope: f64,
    curvature: f64,
    whole: f64,
    /// A bound on how far a margin moves, by the step at fixed β, and by a unit of β.
    reach: [f64; 2],
    weight: f64,
}

/// Fits one precision and a position for each annotator that takes part: who has an estimate of their own at a fixed
/// `precision`, where Newton's method starts. O(N·d² + n·d³) a step. Parallel over annotators.
///
/// # Errors
/// [`FitError::PrecisionNotIdentified`] where the offset is a sum of the differences (binary columns), or the likelihood has no
/// joint maximum; [`FitError::Empty`] where nobody takes part.
pub fn fit_jointly(
    parts: &Parts,
    starts: &[Option<&[f64]>],
    precision: f64,
) -> Result<JointFit, FitError> {
    let d = parts.dim();
    let takes_part: Vec<bool> = starts.iter().map(Option::is_some).collect();
    let takes_part = &*takes_part;
    if !takes_part.contains(&true) {
        return Err(FitError::Empty);
    }
    let frame = Frame::of(parts, true)?;
    let unit = frame.unit[d];
    let mut beta = precision * unit;
    let mut phi: Vec<Vec<f64>> = starts
        .iter()
        .map(|start| match start {
            Some(point) => (0..d)
                .map(|k| precision * frame.unit[k] * (point[k] - frame.center[k]))
                .collect(),
            None => vec![0.0; d],
        })
        .collect();
    let mut at = pass(parts, &frame, takes_part, &phi, beta, false)?
        .ok_or(FitError::PrecisionNotIdentified)?;
    for _ in 0..100 {
        let known = sum(&at, |part| part.curvature);
        if known <= 1e-9 * sum(&at, |part| part.whole) {
            return Err(FitError::PrecisionNotIdentified);
        }
        let change = -sum(&at, |part| part.slope) / known;
        let mut square = change * change * known;
        let mut furthest = 0.0_f64;
        for part in at.iter().flatten() {
            square += part.step_square;
            furthest = furthest.max(part.part.reach[0] + change.abs() * part.part.reach[1]);
        }
        let weight = sum(&at, |part| part.weight);
        let length = (square / weight).sqrt();
        // As for one position: behind a step that moves no margin much, a maximum exists.
        if length <= 1e-9 && furthest < 0.5 {
            let last = pass(parts, &frame, takes_part, &phi, beta, true)?;
            let last = last.ok_or(FitError::PrecisionNotIdentified)?;
            return Ok(told(parts, &frame, &last, &phi, beta, known));
        }
        let value = sum(&at, |part| part.loss);
        let mut share = 1.0;
        loop {
            let next: Vec<Vec<f64>> = phi
                .iter()
                .zip(&at)
                .map(|(phi, part)| match part {
                    Some(Stepped { part, .. }) => (0..d)
                        .map(|k| phi[k] - share * (part.step[k] + change * part.along[k]))
                        .collect(),
                    None => phi.clone(),
                })
                .collect();
            // Where margins are so large that nothing curves, the step was too far.
            if let Some(there) = pass(
                parts,
                &frame,
                takes_part,
                &next,
                beta + share * change,
                false,
            )? {
                let fell = value - sum(&there, |part| part.loss);
                if fell >= 1e-4 * share * square - 1e-12 * value.abs() || length < 1e-7 {
                    (phi, at) = (next, there);
                    beta += share * change;
                    break;
                }
            }
            share *= 0.5;
            if share < 1e-10 {
                return Err(FitError::PrecisionNotIdentified);
            }
        }
        if !beta.is_finite() || beta.abs() > 1e12 {
            return Err(FitError::PrecisionNotIdentified);
        }
    }
    Err(FitError::PrecisionNotIdentified)
}

/// A part with the square of its step at fixed β, in the information's metric, and (in the last pass) the diagonal of `H_i⁻¹`.
pub(crate) struct Stepped {
    part: Part,
    step_square: f64,
    inverse: Vec<f64>,
}

fn sum(at: &[Option<Stepped>], of: impl Fn(&Part) -> f64) -> f64 {
    at.iter().flatten().map(|stepped| of(&stepped.part)).sum()
}

/// Everybody who takes part; `None` where somebody's likelihood does not curve in all directions.
fn pass(
    parts: &Parts,
    frame: &Frame,
    takes_part: &[bool],
    phi: &[Vec<f64>],
    beta: f64,
    errors: bool,
) -> Result<Option<Vec<Option<Stepped>>>, FitError> {
    let positions = phi.iter().zip(takes_part);
    let made = parts.ask(&Steps {
        frame: frame.clone(),
        phi: positions
            .map(|(phi, takes)| takes.then(|| phi.clone()))
            .collect(),
        beta,
        errors,
    })?;
    let whole = made
        .iter()
        .zip(takes_part)
        .all(|(m, takes)| m.is_some() == *takes);
    Ok(whole.then_some(made))
}

/// The Newton steps of everybody who takes part, and so has a position.
pub(crate) struct Steps {
    frame: Frame,
    phi: Vec<Option<Vec<f64>>>,
    beta: f64,
    errors: bool,
}

wired!(Stepped {
    part,
    step_square,
    inverse
});
wired!(Part {
    loss,
    step,
    along,
    slope,
    curvature,
    whole,
    reach,
    weight
});

impl Errand for Steps {
    const KIND: u8 = 1;
    type Output = Option<Stepped>;

    fn one(&self, annotator: usize, part: &dyn Source) -> Result<Self::Output, FitError> {
        match &self.phi[annotator] {
            Some(phi) => stepped(part, &self.frame, phi, self.beta, self.errors),
            None => Ok(None),
        }
    }

    fn shared(&self, out: &mut Writer) {
        self.frame.write(out);
        self.beta.write(out);
        self.errors.write(out);
    }

    fn each(&self, some: Range<usize>, out: &mut Writer) {
        self.phi[some].to_vec().write(out);
    }

    fn read(shared: &mut Reader<'_>, each: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            frame: Wire::read(shared)?,
            beta: Wire::read(shared)?,
            errors: Wire::read(shared)?,
            phi: Wire::read(each)?,
        })
    }
}

fn stepped(
    part: &dyn Source,
    frame: &Frame,
    phi: &[f64],
    beta: f64,
    errors: bool,
) -> Result<Option<Stepped>, FitError> {
    let d = phi.len();
    let framed = Framed {
        source: part,
        frame,
    };
    let objective = Objective {
        source: &framed,
        parameters: Parameters::Joint,
        prior: None,
    };
    let mut y = phi.to_vec();
    y.push(beta);
    let found = objective.evaluate(&y, true)?;
    let p = d + 1;
    let own: Vec<f64> = (0..d * d)
        .map(|at| found.hessian[at / d * p + at % d])
        .collect();
    let Some(factor) = Cholesky::new(&own, d) else {
        return Ok(None);
    };
    let mixed: Vec<f64> = (0..d).map(|k| found.hessian[d * p + k]).collect();
    let (mut step, mut along) = (found.gradient[..d].to_vec(), mixed.clone());
    factor.solve(&mut step);
    factor.solve(&mut along);
    let bound = |x: &[f64]| -> f64 {
        x.iter()
            .zip(&found.reach)
            .map(|(x, reach)| x.abs() * reach)
            .sum()
    };
    let whole = found.hessian[p * p - 1];
    let inverse = match errors {
        true => factor.inverse(),
        false => Vec::new(),
    };
    Ok(Some(Stepped {
        step_square: dot(&step, &found.gradient[..d]),
        inverse: inverse.iter().copied().step_by(d + 1).collect(),
        part: Part {
            loss: found.loss,
            slope: found.gradient[d] - dot(&along, &found.gradient[..d]),
            curvature: whole - dot(&along, &mixed),
            whole,
            reach: [bound(&step), bound(&along) + found.reach[d]],
            weight: found.weight,
            step,
            along,
        },
    }))
}

fn told(
    parts: &Parts,
    frame: &Frame,
    at: &[Option<Stepped>],
    phi: &[Vec<f64>],
    beta: f64,
    known: f64,
) -> JointFit {
    let d = parts.dim();
    let unit = frame.unit[d];
    let positions = at.iter().zip(phi).map(|(stepped, phi)| {
        stepped.as_ref().map(|stepped| Position {
            point: (0..d)
                .map(|k| frame.center[k] + phi[k] / beta * (unit / frame.unit[k]))
                .collect(),
            standard_errors: (0..d)
                .map(|k| {
                    // φ/β, of which φ follows β by −H⁻¹H_φβ.
                    let follows = stepped.part.along[k] + phi[k] / beta;
                    let square = stepped.inverse[k] + follows * follows / known;
                    square.sqrt() / beta.abs() * (unit / frame.unit[k])
                })
                .collect(),
            log_likelihood: -stepped.part.loss,
        })
    });
    JointFit {
        precision: beta / unit,
        precision_error: known.sqrt().recip() / unit,
        log_likelihood: -sum(at, |part| part.loss),
        positions: positions.collect(),
    }
}
