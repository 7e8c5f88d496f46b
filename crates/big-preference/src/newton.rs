//! Newton's method with a safeguarded step for the likelihood, with as few passes over the data as it can.
//!
//! Away from the maximum, and where a factorised Hessian of a sample is at hand, a pass makes a gradient only and the
//! step uses that factor, corrected by the steps before (its error shrinks the distance by `O(√(p / sample))` a pass); the
//! Hessian of all rows is made once, close to the maximum, where one step with it squares the distance.
//!
//! **When does a maximum exist?** If a Newton step `s` of a positive definite Hessian moves no margin by 1 or more, it
//! does: `λ_r = w_r σ(−m_r)(1 − σ(m_r)·⟨x_r, s⟩)` are then positive numbers with `Σ λ_r x_r = 0`, and no direction in which
//! no margin falls can exist beside them (Stiemke). So a fit is called converged only behind such a step.

use crate::data::DataError;
use crate::kernel::Curvature;
use crate::likelihood::{Evaluation, Objective};
use crate::linalg::{self, Cholesky, dot};

/// Hessians that a fit may make before it counts as not converging: a step moves a margin by about 1 where the
/// likelihood is flat, so even margins of ±100 are reached.
pub(crate) const MOST_HESSIANS: usize = 120;
/// Passes of any kind.
const MOST_PASSES: usize = 400;

/// How a minimisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// At the minimum, which exists and is unique.
    Converged,
    /// The steps stay as long as they are where there is no minimum.
    Diverging,
}

/// Where a minimisation ended.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    pub(crate) y: Vec<f64>,
    /// Value and gradient at `y`; the Hessian is from `y` or a point whose margins differ by less than
    /// [`Settings::fresh`], root mean square.
    pub(crate) at: Evaluation,
    pub(crate) factor: Option<Cholesky>,
    /// Did single precision do for the Hessians?
    pub(crate) single: bool,
    /// The norm of the gradient at `y`, or a bound on it where the last step was not followed by a pass.
    pub(crate) gradient_norm: f64,
    /// The Newton steps, of any kind.
    pub(crate) iterations: usize,
    /// The passes over all rows.
    pub(crate) passes: usize,
    pub(crate) status: Status,
}

/// What the method may do.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// A factor to start with, of a Hessian scaled to all rows.
    pub(crate) factor: Option<Cholesky>,
    /// The length (root mean square change of a margin, in its own standard deviations) of the steps that end it.
    pub(crate) done: f64,
    /// How close to the minimum the last Hessian has to be made.
    pub(crate) fresh: f64,
    /// The most Hessians.
    pub(crate) hessians: usize,
    /// May Hessians be made in single precision, as long as their inverses keep their digits?
    pub(crate) single: bool,
    /// Does reading the rows cost so much that a Hessian comes with every pass, and no pass is made to confirm what is known?
    pub(crate) dear: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            factor: None,
            done: 1e-11,
            fresh: 1e-9,
            hessians: MOST_HESSIANS,
            single: false,
            dear: false,
        }
    }
}

struct State {
    y: Vec<f64>,
    at: Evaluation,
    factor: Cholesky,
    /// Was the factor's Hessian made at `y`, of all rows?
    exact: bool,
    hessian: Vec<f64>,
    reach: Vec<f64>,
    /// The step length at which the last Hessian of all rows was made.
    made_at: f64,
    /// What the steps have shown of the Hessian before the first of all rows.
    secants: Vec<Secant>,
    single: bool,
    passes: usize,
    hessians: usize,
}

/// A step `s`, the change `y` of the gradient over it, and `⟨s, y⟩`.
struct Secant {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

impl State {
    fn curvature(&self, wanted: bool) -> Curvature {
        if wanted {
            Curvature::of(self.single)
        } else {
            Curvature::None
        }
    }

    /// Goes to a point.
    fn arrive(
        &mut self,
        objective: &Objective<'_>,
        y: Vec<f64>,
        at: Evaluation,
    ) -> Result<(), DataError> {
        let minus =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        self.exact = !at.hessian.is_empty();
        if !self.exact && self.hessians == 0 && !self.y.is_empty() {
            let step = minus(&y, &self.y);
            let change = minus(&at.gradient, &self.at.gradient);
            let product = dot(&step, &change);
            if product > 0.0 {
                self.secants.push(Secant {
                    step,
                    change,
                    product,
                });
            }
        }
        self.y = y;
        self.at = at;
        if !self.exact {
            return Ok(());
        }
        self.secants.clear();
        self.hessians += 1;
        self.hessian = std::mem::take(&mut self.at.hessian);
        self.reach = std::mem::take(&mut self.at.reach);
        self.factor = factorise(&self.hessian, self.y.len());
        if self.single && !keeps_digits(&self.hessian, &self.factor, &self.at) {
            self.single = false;
            self.refresh(objective)?;
        }
        Ok(())
    }

    /// Makes the Hessian here.
    fn refresh(&mut self, objective: &Objective<'_>) -> Result<(), DataError> {
        let y = std::mem::take(&mut self.y);
        let at = objective.evaluate_with(&y, self.curvature(true))?;
        self.passes += 1;
        self.arrive(objective, y, at)
    }
}

/// Are single precision's errors in a Hessian (`1e-7` of its entries) small in its inverse too? Each diagonal entry of
/// the inverse has to be within 100 of what it were if the parameters did not correlate, nothing near the ends of single
/// precision's range, and what the rows left out may add no more than those errors.
fn keeps_digits(hessian: &[f64], factor: &Cholesky, at: &Evaluation) -> bool {
    let inverse = factor.inverse();
    let p = hessian.len().isqrt();
    let holds = |kk: usize| {
        let (curve, inflation) = (hessian[kk] / at.weight, hessian[kk] * inverse[kk]);
        inflation <= 100.0 && (1e-24..=1e24).contains(&curve)
    };
    at.missing <= 1e-7 && (0..p).all(|k| holds(k * p + k))
}

/// Minimises from `start`.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    settings: &Settings,
) -> Result<Minimum, DataError> {
    let p = start.len();
    let given = settings.factor.is_some();
    let mut state = State {
        y: Vec::new(),
        at: Evaluation::default(),
        // Without one that is given, that of the first Hessian.
        factor: match &settings.factor {
            Some(factor) => factor.clone(),
            None => Cholesky::identity(p),
        },
        exact: false,
        hessian: Vec::new(),
        reach: Vec::new(),
        made_at: f64::INFINITY,
        secants: Vec::new(),
        single: settings.single,
        passes: 1,
        hessians: 0,
    };
    let at = objective.evaluate_with(start, state.curvature(!given || settings.dear))?;
    state.arrive(objective, start.to_vec(), at)?;
    let mut iterations = 0;
    let mut rate: f64 = if given { 0.1 } else { 1.0 };
    let mut before = f64::INFINITY;
    loop {
        let (step, length) = step_of(&state);
        if state.exact {
            state.made_at = length;
        }
        if before.is_finite() && before > 0.0 && !state.exact {
            rate = (length / before).min(1.0);
        }
        // A step as short as rounding makes it: it does not get shorter.
        let floor = length < 1e-8 && length > 0.3 * before;
        let close = length <= settings.done || floor;
        let near = exists(&state, &step);
        if close && near && state.made_at <= settings.fresh {
            return Ok(finished(state, iterations, Status::Converged));
        }
        if settings.dear && near && state.exact && length <= settings.fresh {
            let rest = left_over(&state, &step);
            if rest * length <= settings.done {
                return Ok(stepped(
                    objective,
                    state,
                    &step,
                    rest * length,
                    iterations + 1,
                ));
            }
        }
        let spent = state.hessians >= settings.hessians || state.passes >= MOST_PASSES;
        if spent || !length.is_finite() || length == 0.0 {
            return Ok(finished(state, iterations, Status::Diverging));
        }
        if close && !state.exact {
            // Nowhere to go, but the Hessian is not from here.
            state.refresh(objective)?;
            before = f64::INFINITY;
            continue;
        }
        // After this step, will the Hessian be wanted? Not while cheap steps do well, and not behind a fresh one.
        let next = length * if state.exact { length.min(1.0) } else { rate };
        let fresh_enough = near && state.exact && length <= settings.fresh;
        let known_enough = near && state.made_at <= settings.fresh;
        let wants = if settings.dear {
            true
        } else if known_enough || fresh_enough {
            false
        } else if given && rate <= 0.25 {
            next <= settings.fresh
        } else {
            true
        };
        let (y, at) = advance(objective, &mut state, &step, near && length < 1e-7, wants)?;
        iterations += 1;
        before = length;
        state.arrive(objective, y, at)?;
    }
}

/// A bound on how much of the distance to the minimum a Newton step leaves, with the Hessian of all rows from where it starts.
///
/// Where no margin moves by more than `δ`, no row's curvature changes by more than a factor `e^δ`, so that the gradient
/// behind the step is at most `(e^δ − 1 − δ)/δ` times that before it, in the norm of the inverse Hessian; and the distance to
/// the minimum, which moves margins far less than `δ`, is at most `e^{2δ}` times that. Single precision's errors come on top.
fn left_over(state: &State, step: &[f64]) -> f64 {
    let delta = furthest(state, step);
    let single = if state.single { 1e-4 } else { 1e-12 };
    // (e^δ − 1 − δ)/δ ≤ δ/2 · e^δ.
    (0.5 * delta * delta.exp() + single) * (2.0 * delta).exp()
}

/// Where a Newton step ends that leaves at most `rest` (in the lengths of [`Settings::done`]), without a pass there.
fn stepped(
    objective: &Objective<'_>,
    mut state: State,
    step: &[f64],
    rest: f64,
    iterations: usize,
) -> Minimum {
    state.y.iter_mut().zip(step).for_each(|(y, s)| *y += s);
    // By the quadratic model, whose error is of the third order.
    state.at.value += 0.5 * dot(step, &state.at.gradient);
    state.at.loss = state.at.value - objective.prior_value(&state.y);
    let p = step.len();
    let trace: f64 = (0..p).map(|k| state.hessian[k * p + k]).sum();
    let gradient_norm = rest * (trace * state.at.weight).sqrt();
    Minimum {
        gradient_norm,
        ..finished(state, iterations, Status::Converged)
    }
}

/// Minimises where margins are so large that the likelihood is all kinks and flats: first with all margins divided by a
/// temperature that makes them moderate, then colder by steps, each from the last one's minimum, down to 1.
pub(crate) fn minimise_by_cooling(
    objective: &Objective<'_>,
    start: &[f64],
) -> Result<Minimum, DataError> {
    let largest = objective.largest_margin(&objective.parameters.coefficients(start))?;
    let mut temperature = largest.clamp(1.0, 1e300);
    let mut y = start.to_vec();
    let (mut iterations, mut passes) = (0, 1);
    loop {
        let warm = temperature > 1.0;
        let settings = if warm {
            Settings {
                done: 1e-3,
                fresh: 1e-1,
                ..Settings::default()
            }
        } else {
            Settings::default()
        };
        let found = minimise(&objective.at_temperature(temperature), &y, &settings)?;
        iterations += found.iterations;
        passes += found.passes;
        if !warm {
            return Ok(Minimum {
                iterations,
                passes,
                ..found
            });
        }
        y = found.y;
        temperature = (temperature / 3.0).max(1.0);
    }
}

fn finished(state: State, iterations: usize, status: Status) -> Minimum {
    Minimum {
        gradient_norm: linalg::norm(&state.at.gradient),
        passes: state.passes,
        y: state.y,
        at: Evaluation {
            hessian: state.hessian,
            reach: state.reach,
            ..state.at
        },
        factor: Some(state.factor),
        single: state.single,
        iterations,
        status,
    }
}

/// The step and its length: `√(gᵀ B g / Σ w)`, `B` the factor's inverse as the secants correct it (the two loops of
/// L-BFGS).
fn step_of(state: &State) -> (Vec<f64>, f64) {
    let mut step: Vec<f64> = state.at.gradient.iter().map(|g| -g).collect();
    let mut shares = vec![0.0; state.secants.len()];
    for (secant, share) in state.secants.iter().zip(&mut shares).rev() {
        *share = dot(&secant.step, &step) / secant.product;
        add(&mut step, -*share, &secant.change);
    }
    state.factor.solve(&mut step);
    for (secant, share) in state.secants.iter().zip(&shares) {
        let back = dot(&secant.change, &step) / secant.product;
        add(&mut step, share - back, &secant.step);
    }
    let square = -dot(&step, &state.at.gradient) / state.at.weight.max(f64::MIN_POSITIVE);
    (step, square.max(0.0).sqrt())
}

/// `x ← x + a y`.
fn add(x: &mut [f64], a: f64, y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += a * y;
    }
}

/// Does the step move every margin by clearly less than 1, so that a maximum exists?
fn exists(state: &State, step: &[f64]) -> bool {
    furthest(state, step) < 0.5
}

/// A bound on how far the step moves any margin.
fn furthest(state: &State, step: &[f64]) -> f64 {
    let moves = step.iter().zip(&state.reach);
    moves.map(|(s, reach)| s.abs() * reach).sum()
}

/// Walks along the step until the value falls enough; returns the new point.
fn advance(
    objective: &Objective<'_>,
    state: &mut State,
    step: &[f64],
    near: bool,
    hessian: bool,
) -> Result<(Vec<f64>, Evaluation), DataError> {
    let slope = dot(step, &state.at.gradient);
    let mut factor = 1.0;
    let mut tried = 0;
    loop {
        let y: Vec<f64> = state
            .y
            .iter()
            .zip(step)
            .map(|(y, s)| y + factor * s)
            .collect();
        let at = objective.evaluate_with(&y, state.curvature(hessian))?;
        state.passes += 1;
        tried += 1;
        // Values carry rounding errors; below them only the gradient tells, and a full step is right.
        let noise = 1e-13 * state.at.value.abs();
        let falls = at.value <= state.at.value + 1e-4 * factor * slope + noise;
        if falls || near || tried > 60 {
            return Ok((y, at));
        }
        factor *= 0.5;
    }
}

/// The Cholesky factor, with as much of the identity added as it takes.
fn factorise(hessian: &[f64], p: usize) -> Cholesky {
    if let Some(factor) = Cholesky::new(hessian, p) {
        return factor;
    }
    let trace: f64 = (0..p).map(|k| hessian[k * p + k]).sum::<f64>() / p as f64;
    let unit = if trace.is_finite() && trace > 0.0 {
        trace
    } else {
        1.0
    };
    // Beside a trace that almost underflows, the product would be 0, and stay it.
    let mut shift = (1e-12 * unit).max(f64::MIN_POSITIVE);
    let mut usable = hessian.iter().all(|h| h.is_finite());
    loop {
        let mut shifted = if usable {
            hessian.to_vec()
        } else {
            vec![0.0; p * p]
        };
        for k in 0..p {
            shifted[k * p + k] += shift;
        }
        if let Some(factor) = Cholesky::new(&shifted, p) {
            return factor;
        }
        // In the end the identity dominates, and the loop stops; at the latest when it is all that is left.
        shift *= 100.0;
        if !shift.is_finite() {
            (usable, shift) = (false, 1.0);
        }
    }
}

/// Minimises without ever forming a Hessian: Newton's steps by conjugate gradients, preconditioned by the diagonal.
/// O(N·d) a pass, and as many passes as the conjugate gradients take.
pub(crate) fn minimise_matrix_free(
    objective: &Objective<'_>,
    start: &[f64],
    done: f64,
) -> Result<Minimum, DataError> {
    let mut y = start.to_vec();
    let mut at = objective.evaluate(&y, false)?;
    let (mut passes, mut iterations) = (1, 0);
    let first = linalg::norm(&at.gradient);
    let status = loop {
        let diagonal = objective.hessian_diagonal(&y)?;
        passes += 1;
        let forcing = (linalg::norm(&at.gradient) / first.max(f64::MIN_POSITIVE))
            .sqrt()
            .min(0.1);
        let (step, made) = conjugate_gradients(objective, &y, &at.gradient, &diagonal, forcing)?;
        passes += made;
        let slope = dot(&step, &at.gradient);
        let length = (-slope / at.weight.max(f64::MIN_POSITIVE)).max(0.0).sqrt();
        if length <= done {
            passes += 1;
            // As for the dense method: behind a step that moves no margin much, a maximum exists.
            break if objective.longest_move(&step)? < 0.5 {
                Status::Converged
            } else {
                Status::Diverging
            };
        }
        if iterations >= MOST_HESSIANS || !length.is_finite() {
            break Status::Diverging;
        }
        let mut factor = 1.0;
        let (next, next_at) = loop {
            let next: Vec<f64> = y.iter().zip(&step).map(|(y, s)| y + factor * s).collect();
            let trial = objective.evaluate(&next, false)?;
            passes += 1;
            let falls = trial.value <= at.value + 1e-4 * factor * slope + 1e-13 * at.value.abs();
            if falls || length < 1e-7 || factor < 1e-12 {
                break (next, trial);
            }
            factor *= 0.5;
        };
        (y, at) = (next, next_at);
        iterations += 1;
    };
    Ok(Minimum {
        gradient_norm: linalg::norm(&at.gradient),
        y,
        at,
        factor: None,
        single: false,
        iterations,
        passes,
        status,
    })
}

/// Solves `H s = −g` to a relative residual of `forcing`; returns the passes made.
fn conjugate_gradients(
    objective: &Objective<'_>,
    y: &[f64],
    gradient: &[f64],
    diagonal: &[f64],
    forcing: f64,
) -> Result<(Vec<f64>, usize), DataError> {
    let p = y.len();
    let apply = |r: &[f64]| -> Vec<f64> {
        r.iter()
            .zip(diagonal)
            .map(|(r, d)| r / d.max(f64::MIN_POSITIVE))
            .collect()
    };
    let mut step = vec![0.0; p];
    let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut z = apply(&residual);
    let mut direction = z.clone();
    let mut rho = dot(&residual, &z);
    let goal = forcing * forcing * rho;
    let mut passes = 0;
    while rho > goal && passes < p.min(500) {
        let image = objective.hessian_times(y, &direction)?;
        passes += 1;
        let curvature = dot(&direction, &image);
        if curvature <= 0.0 || curvature.is_nan() {
            break;
        }
        let alpha = rho / curvature;
        for k in 0..p {
            step[k] += alpha * direction[k];
            residual[k] -= alpha * image[k];
        }
        z = apply(&residual);
        let next = dot(&residual, &z);
        let beta = next / rho;
        rho = next;
        for k in 0..p {
            direction[k] = z[k] + beta * direction[k];
        }
    }
    Ok((step, passes))
}
