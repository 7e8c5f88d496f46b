//! Newton's method with a safeguarded step for the likelihood, with as few passes over the data as it can.
//!
//! Away from the maximum, and where a factorised Hessian of a sample is at hand, a pass makes a gradient only and the
//! step uses that factor, corrected by the steps before (its error shrinks the distance by `O(√(p / sample))` a pass); the
//! Hessian of all rows is made once, close to the maximum, where one step with it squares the distance.
//!
//! **When does a maximum exist?** If a Newton step `s` of a positive definite Hessian moves no margin by 1 or more, it
//! does: `λ_r = w_r σ(−m_r)(1 − σ(m_r)·⟨x_r, s⟩)` are then positive numbers with `Σ λ_r x_r = 0`, and no direction in which
//! no margin falls can exist beside them (Stiemke). So a fit is called converged only behind such a step.

use big_numeric::{Cholesky, dot};

use crate::data::DataError;
use crate::frame::Frame;
use crate::kernel::Curvature;
use crate::likelihood::{self, Asked, Evaluation, Objective};

/// Hessians that a fit may make before it counts as not converging: a step moves a margin by about 1 where the
/// likelihood is flat, so even margins of ±100 are reached.
pub(crate) const MOST_HESSIANS: usize = 120;
/// Hessians after which a fit that has not converged asks whether there is a maximum at all.
pub(crate) const PATIENCE: usize = 20;
/// Hessians after which it looks whether all margins rise along the way that it goes: then there is none.
pub(crate) const FIRST_LOOK: usize = 9;
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
    /// Is it known from elsewhere that there is a minimum?
    pub(crate) exists: bool,
    /// The norm of the gradient at `y`, or a bound on it where the last step was not followed by a pass.
    pub(crate) gradient_norm: f64,
    /// The Newton steps, of any kind.
    pub(crate) iterations: usize,
    /// The passes over all rows.
    pub(crate) passes: usize,
    pub(crate) status: Status,
    /// The same point in the frame where it was found, if that is another one than the columns as they are. Then the
    /// factor is that of a position, and none of a joint model.
    pub(crate) inside: Option<Box<Inside>>,
}

/// A point in a frame.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    pub(crate) frame: Frame,
    pub(crate) z: Vec<f64>,
    pub(crate) factor: Option<Cholesky>,
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
    pub(crate) expensive_passes: bool,
    /// So many passes that make a gradient cost no more than a Hessian: beside a factor that is given, no Hessian is made while the steps
    /// promise to need fewer. 0: while each leaves a quarter of the distance.
    pub(crate) cheap: usize,
    /// Is it known that there is a minimum? Then no Hessian has to show that.
    pub(crate) exists: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            factor: None,
            done: 1e-11,
            fresh: 1e-9,
            hessians: MOST_HESSIANS,
            single: false,
            expensive_passes: false,
            cheap: 0,
            exists: false,
        }
    }
}

/// A minimisation between passes: it asks for what is wanted of the next one, and goes on by that.
pub(crate) struct Descent<'a> {
    objective: &'a Objective<'a>,
    settings: &'a Settings,
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
    iterations: usize,
    /// What a cheap step leaves of the distance.
    rate: f64,
    /// The length of the step before; infinite if there was none.
    before: f64,
    /// The length of the first of the cheap steps in a row, and how many there were.
    cheap: Option<(f64, usize)>,
    next: Next,
}

/// What comes next.
enum Next {
    /// An evaluation here, with this curvature; the walk that leads here, if it is one.
    Ask(Vec<f64>, Curvature, Option<Walk>),
    /// Nothing, with a bound on the gradient's norm where it is not known.
    End(Status, Option<f64>),
}

/// A walk along a step until the value falls enough.
struct Walk {
    step: Vec<f64>,
    length: f64,
    factor: f64,
    tried: usize,
    /// So near that values no longer tell, and a full step is right.
    near: bool,
}

/// A step `s`, the change `y` of the gradient over it, and `⟨s, y⟩`.
struct Secant {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

impl<'a> Descent<'a> {
    pub(crate) fn new(objective: &'a Objective<'a>, start: &[f64], settings: &'a Settings) -> Self {
        let given = settings.factor.is_some();
        let curvature = match !given || settings.expensive_passes {
            true => Curvature::of(settings.single),
            false => Curvature::None,
        };
        Self {
            objective,
            settings,
            y: Vec::new(),
            at: Evaluation::default(),
            // Without one that is given, that of the first Hessian.
            factor: match &settings.factor {
                Some(factor) => factor.clone(),
                None => Cholesky::identity(start.len()),
            },
            exact: false,
            hessian: Vec::new(),
            reach: Vec::new(),
            made_at: f64::INFINITY,
            secants: Vec::new(),
            single: settings.single,
            passes: 0,
            hessians: 0,
            iterations: 0,
            rate: if given { 0.1 } else { 1.0 },
            before: f64::INFINITY,
            cheap: None,
            next: Next::Ask(start.to_vec(), curvature, None),
        }
    }

    /// Where the next evaluation is wanted, and with which curvature; `None` at the end.
    pub(crate) fn asks(&self) -> Option<(&[f64], Curvature)> {
        match &self.next {
            Next::Ask(y, curvature, _) => Some((y, *curvature)),
            Next::End(..) => None,
        }
    }

    /// Goes on with the evaluation that was asked for.
    pub(crate) fn evaluated(&mut self, at: Evaluation) {
        let end = Next::End(Status::Diverging, None);
        let Next::Ask(y, curvature, walk) = std::mem::replace(&mut self.next, end) else {
            return;
        };
        self.passes += 1;
        if let Some(mut walk) = walk {
            walk.tried += 1;
            let slope = dot(&walk.step, &self.at.gradient);
            // Values carry rounding errors; below them only the gradient tells, and a full step is right.
            let noise = 1e-13 * self.at.value.abs();
            let falls = at.value <= self.at.value + 1e-4 * walk.factor * slope + noise;
            if !(falls || walk.near || walk.tried > 60) {
                walk.factor *= 0.5;
                self.next = self.along(walk, curvature);
                return;
            }
            self.iterations += 1;
            self.before = walk.length;
        }
        if self.arrive(y, at) {
            self.next = self.decide();
        }
    }

    /// A point on a walk.
    fn along(&self, walk: Walk, curvature: Curvature) -> Next {
        let mut y = self.y.clone();
        add(&mut y, walk.factor, &walk.step);
        Next::Ask(y, curvature, Some(walk))
    }

    /// Takes a point; not if the Hessian has to be made once more there, in double precision.
    fn arrive(&mut self, y: Vec<f64>, at: Evaluation) -> bool {
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
            return true;
        }
        self.secants.clear();
        self.hessians += 1;
        self.hessian = std::mem::take(&mut self.at.hessian);
        self.reach = std::mem::take(&mut self.at.reach);
        self.factor = factorise(&self.hessian, self.y.len());
        if self.single && !keeps_digits(&self.hessian, &self.factor, &self.at) {
            self.single = false;
            self.next = Next::Ask(self.y.clone(), Curvature::Double, None);
            return false;
        }
        true
    }

    /// What to do at the point reached.
    fn decide(&mut self) -> Next {
        let settings = self.settings;
        let (step, length) = self.step();
        if self.exact {
            self.made_at = length;
        }
        if self.before.is_finite() && self.before > 0.0 && !self.exact {
            self.rate = (length / self.before).min(1.0);
        }
        self.cheap = match (self.exact, self.cheap) {
            (true, _) => None,
            (false, None) => Some((length, 0)),
            (false, Some((first, steps))) => Some((first, steps + 1)),
        };
        // A step as short as rounding makes it: it does not get shorter.
        let floor = length < 1e-8 && length > 0.3 * self.before;
        let close = length <= settings.done || floor;
        let near = self.furthest(&step) < EXISTS;
        if close && near && (settings.exists || self.made_at <= settings.fresh) {
            return Next::End(Status::Converged, None);
        }
        if settings.expensive_passes && near && self.exact && length <= settings.fresh {
            let rest = self.left_over(&step) * length;
            if rest <= settings.done {
                return self.last(&step, rest);
            }
        }
        let spent = self.hessians >= settings.hessians || self.passes >= MOST_PASSES;
        if spent || !length.is_finite() || length == 0.0 {
            return Next::End(Status::Diverging, None);
        }
        if close && !self.exact {
            // Nowhere to go, but the Hessian is not from here.
            self.before = f64::INFINITY;
            return Next::Ask(self.y.clone(), Curvature::of(self.single), None);
        }
        // After this step, will the Hessian be wanted? Not while cheap steps do well, and not behind a fresh one.
        let next = length
            * if self.exact {
                length.min(1.0)
            } else {
                self.rate
            };
        let fresh_enough = near && self.exact && length <= settings.fresh;
        let known_enough = near && self.made_at <= settings.fresh;
        let wanted = if settings.expensive_passes {
            true
        } else if known_enough || fresh_enough {
            false
        } else if settings.factor.is_some() && (self.rate <= 0.25 || self.promises(length)) {
            next <= settings.fresh && !settings.exists
        } else {
            true
        };
        let curvature = match wanted {
            true => Curvature::of(self.single),
            false => Curvature::None,
        };
        let walk = Walk {
            step,
            length,
            factor: 1.0,
            tried: 0,
            near: near && length < 1e-7,
        };
        self.along(walk, curvature)
    }

    /// Will the cheap steps need no more passes than a Hessian costs, if they go on as they did?
    fn promises(&self, length: f64) -> bool {
        let settings = self.settings;
        let goal = match settings.exists {
            true => settings.done,
            false => settings.fresh,
        };
        match self.cheap {
            // The first ones show how it goes.
            Some((_, steps)) if steps < 3 => settings.cheap > steps,
            Some((first, steps)) => {
                let each = (length / first).ln() / steps as f64;
                let left = (goal / length).ln() / each;
                each < 0.0 && left <= settings.cheap as f64
            }
            None => settings.cheap > 0 && self.hessians > 0 && length <= 0.1,
        }
    }

    /// Takes a Newton step that leaves at most `rest` (in the lengths of [`Settings::done`]), without a pass behind it.
    fn last(&mut self, step: &[f64], rest: f64) -> Next {
        // By the quadratic model, whose error is of the third order.
        self.at.value += 0.5 * dot(step, &self.at.gradient);
        add(&mut self.y, 1.0, step);
        self.at.loss = self.at.value - self.objective.prior_value(&self.y);
        self.iterations += 1;
        let p = step.len();
        let trace: f64 = (0..p).map(|k| self.hessian[k * p + k]).sum();
        Next::End(
            Status::Converged,
            Some(rest * (trace * self.at.weight).sqrt()),
        )
    }

    /// A bound on how much of the distance to the minimum a Newton step leaves, with the Hessian of all rows from where it
    /// starts.
    ///
    /// Where no margin moves by more than `δ`, no row's curvature changes by more than a factor `e^δ`, so that the gradient
    /// behind the step is at most `(e^δ − 1 − δ)/δ` times that before it, in the norm of the inverse Hessian; and the distance
    /// to the minimum, which moves margins far less than `δ`, is at most `e^{2δ}` times that. Single precision's errors come on
    /// top.
    fn left_over(&self, step: &[f64]) -> f64 {
        let delta = self.furthest(step);
        let single = if self.single { 1e-4 } else { 1e-12 };
        // (e^δ − 1 − δ)/δ ≤ δ/2 · e^δ.
        (0.5 * delta * delta.exp() + single) * (2.0 * delta).exp()
    }

    /// The step and its length: `√(gᵀ B g / Σ w)`, `B` the factor's inverse as the secants correct it (the two loops of
    /// L-BFGS).
    fn step(&self) -> (Vec<f64>, f64) {
        let mut step: Vec<f64> = self.at.gradient.iter().map(|g| -g).collect();
        let mut shares = vec![0.0; self.secants.len()];
        for (secant, share) in self.secants.iter().zip(&mut shares).rev() {
            *share = dot(&secant.step, &step) / secant.product;
            add(&mut step, -*share, &secant.change);
        }
        self.factor.solve(&mut step);
        if self.settings.cheap > 0
            && let Some(last) = self.secants.last()
        {
            // A factor from afar has the curvature's shape rather than its size.
            let mut image = last.change.clone();
            self.factor.solve(&mut image);
            let size = last.product / dot(&last.change, &image);
            step.iter_mut().for_each(|s| *s *= size);
        }
        for (secant, share) in self.secants.iter().zip(&shares) {
            let back = dot(&secant.change, &step) / secant.product;
            add(&mut step, share - back, &secant.step);
        }
        let square = -dot(&step, &self.at.gradient) / self.at.weight.max(f64::MIN_POSITIVE);
        (step, square.max(0.0).sqrt())
    }

    /// A bound on how far the step moves any margin.
    fn furthest(&self, step: &[f64]) -> f64 {
        let moves = step.iter().zip(&self.reach);
        moves.map(|(s, reach)| s.abs() * reach).sum()
    }

    /// Where it ended.
    pub(crate) fn finish(self) -> Minimum {
        let (status, bound) = match self.next {
            Next::End(status, bound) => (status, bound),
            Next::Ask(..) => (Status::Diverging, None),
        };
        Minimum {
            gradient_norm: bound.unwrap_or_else(|| big_numeric::norm(&self.at.gradient)),
            passes: self.passes,
            y: self.y,
            at: Evaluation {
                hessian: self.hessian,
                reach: self.reach,
                ..self.at
            },
            // One that was given is not that of a Hessian of all rows.
            factor: (self.hessians > 0 || self.settings.cheap == 0).then_some(self.factor),
            single: self.single,
            exists: false,
            iterations: self.iterations,
            status,
            inside: None,
        }
    }
}

/// A step that moves every margin by clearly less than 1 shows that a maximum exists.
const EXISTS: f64 = 0.5;

/// Minimises from `start`.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    settings: &Settings,
) -> Result<Minimum, DataError> {
    let mut descent = Descent::new(objective, start, settings);
    while let Some((y, curvature)) = descent.asks() {
        let at = objective.evaluate_with(y, curvature)?;
        descent.evaluated(at);
    }
    Ok(descent.finish())
}

/// Minimises several objectives over the same rows, which every pass reads once for all that still go on.
pub(crate) fn minimise_together(
    tasks: &[(&Objective<'_>, Vec<f64>, Settings)],
) -> Result<Vec<Minimum>, DataError> {
    let start = |(objective, start, settings)| Descent::new(objective, start, settings);
    let mut all: Vec<Descent<'_>> = tasks.iter().map(|(o, y, s)| start((o, y, s))).collect();
    loop {
        let going: Vec<usize> = (0..all.len())
            .filter(|&i| all[i].asks().is_some())
            .collect();
        let asked: Vec<Asked<'_>> = going
            .iter()
            .filter_map(|&i| {
                let (y, curvature) = all[i].asks()?;
                Some((tasks[i].0, y, curvature))
            })
            .collect();
        if asked.is_empty() {
            return Ok(all.into_iter().map(Descent::finish).collect());
        }
        let heard = likelihood::evaluate_all(&asked)?;
        for (i, at) in going.into_iter().zip(heard) {
            all[i].evaluated(at);
        }
    }
}

/// `x ← x + a y`.
fn add(x: &mut [f64], a: f64, y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += a * y;
    }
}

/// Are single precision's errors in a Hessian (`1e-7` of its entries) small in its inverse too? Each diagonal entry of
/// the inverse has to be within 100 of what it were if the parameters did not correlate, nothing near the ends of single
/// precision's range, and what the rows left out may add no more than those errors.
fn keeps_digits(hessian: &[f64], factor: &Cholesky, at: &Evaluation) -> bool {
    let inverse = factor.inverse_diagonal();
    let p = inverse.len();
    let holds = |k: usize| {
        let entry = hessian[k * p + k];
        let (curve, inflation) = (entry / at.weight, entry * inverse[k]);
        inflation <= 100.0 && (1e-24..=1e24).contains(&curve)
    };
    at.missing <= 1e-7 && (0..p).all(holds)
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
