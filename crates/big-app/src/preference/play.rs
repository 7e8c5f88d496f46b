//! Empirical best-response dynamics against the real receiver.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use big_answer::preference::{
    AffinePrediction, AffinityResult, PlayAnswer, PlayInfluencer, PlayIteration, PlayProfile,
    PlayResult,
};
use big_answer::solve::actions;
use big_answer::{Kind, version};
use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::{SolveOptions, solve};
use big_io::experiment::{Experiment, read_experiment};
use big_io::{InputError, Source, space_file_of};
use big_preference::affinity::{Affinity, Record, Recorded};
use big_preference::data::Parts;
use big_preference::fit::FitError;
use big_preference::likelihood::Model;
use big_preference::play::{LineEquilibrium, Play, PlayError, PlayOptions, on_the_line};
use big_preference::receiver::{AffineReceiver, Mle, Receiver, ReceiverError};

use super::experiment::simulation;
use super::no_maximum::no_maximum;
pub use super::outside::{Answer, Own};
use super::outside::{Asked, Repeated, command};
pub use super::saved::schema_state;
use super::saved::{Settings, identity, load, save};
use crate::error::{Advice, AppError};
use crate::monitor::Monitor;

/// How to play.
#[derive(Clone, Debug)]
pub struct Request {
    /// The experiment: influencers with their targets, how many pairs, their distribution, what may be reported.
    pub experiment: Source,
    /// Who answers.
    pub receiver: Answering,
    /// Keep the run in this file after every turn, and go on from it if it is there.
    pub state: Option<PathBuf>,
    /// Stop after so many turns, passed ones included.
    pub max_iterations: usize,
    /// Moves that lower the loss by no more are not made.
    pub tolerance: f64,
    /// Evaluations of the receiver that one best response may take.
    pub evaluations: usize,
    /// In two and more dimensions: from how many points all over the space each influencer looks for something better, before
    /// play counts as converged; `None`: 128, and 0 for a command.
    pub starts: Option<usize>,
    /// How the equilibrium is found.
    pub method: Method,
    /// The seed of the simulated pairs, in place of the experiment's.
    pub seed: Option<u64>,
}

impl Request {
    /// Best responses against the maximum-likelihood estimate of an experiment.
    pub fn new(experiment: Source) -> Self {
        Self {
            experiment,
            receiver: Answering::Mle,
            state: None,
            max_iterations: 1000,
            tolerance: 1e-6,
            evaluations: 60,
            starts: None,
            method: Method::Responses,
            seed: None,
        }
    }

    /// From how many points everybody looks again. Asking a command is training a model.
    fn starts(&self) -> usize {
        let usual = match self.receiver {
            Answering::Command { .. } | Answering::Own(_) => 0,
            Answering::Mle | Answering::Affine => PlayOptions::default().starts,
        };
        self.starts.unwrap_or(usual)
    }
}

/// Who answers the influencers' reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Answering {
    /// The simulated pairs are labelled and fitted again.
    Mle,
    /// The linearisation of that.
    Affine,
    /// A program, started once: it gets `{"actions": [[..]..]}` on a line and answers `{"theta_hat": [..]}` on a line.
    Command {
        /// The program and its arguments, as a shell takes them.
        line: String,
        /// How long it may take to answer.
        timeout: Duration,
    },
    /// A function of the caller's.
    Own(Own),
}

impl Answering {
    /// Its name: `mle`, `affine`, or the command.
    pub fn name(&self) -> &str {
        match self {
            Self::Mle => "mle",
            Self::Affine => "affine",
            Self::Command { line, .. } => line,
            Self::Own(own) => &own.name,
        }
    }

    /// Is it somebody else's, of which nothing is known?
    fn is_external(&self) -> bool {
        matches!(self, Self::Command { .. } | Self::Own(_))
    }
}

/// How an equilibrium is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Best responses, one after the other.
    Responses,
    /// On a line: one bisection, for any number of influencers.
    Bisection,
}

/// Plays an experiment.
///
/// # Errors
/// When the experiment or the state of a run cannot be read, the question does not fit, or a command fails.
pub fn play(request: &Request, monitor: &Monitor<'_>) -> Result<PlayAnswer, AppError> {
    let source = &request.experiment;
    let file = source.name();
    let experiment = read_experiment(source)?;
    if experiment.spaces.is_empty() {
        return Err(AppError::advised(
            InputError::new("nobody has an action space").in_file(file),
            Advice::SaySpace,
        ));
    }
    let seed = request.seed.or(experiment.seed).unwrap_or(0);
    match played(request, &experiment, &file, seed, monitor) {
        Ok(result) => Ok(PlayAnswer::Play(Box::new(result))),
        Err(Stopped::Refused(error)) => Err(error),
        Err(Stopped::Fit(error, message)) => {
            let mut none = no_maximum(error, &file)?;
            none.message = message;
            Ok(PlayAnswer::None(none.answering(Kind::PrefsPlay)))
        }
    }
}

/// Why a run has no result.
enum Stopped {
    Refused(AppError),
    /// An estimate failed, and in which situation.
    Fit(FitError, String),
}

impl From<AppError> for Stopped {
    fn from(error: AppError) -> Self {
        Self::Refused(error)
    }
}

fn stopped(error: ReceiverError, message: String) -> Stopped {
    match error {
        ReceiverError::Fit(error) => Stopped::Fit(error, message),
        ReceiverError::Command(_) => {
            AppError::advised(InputError::new(message), Advice::TryCommand).into()
        }
        ReceiverError::Call(_) => AppError::Unfit {
            message,
            help: None,
        }
        .into(),
        ReceiverError::Shape(_) => AppError::Internal(message).into(),
    }
}

fn played(
    request: &Request,
    experiment: &Experiment,
    file: &str,
    seed: u64,
    monitor: &Monitor<'_>,
) -> Result<PlayResult, Stopped> {
    let targets: Vec<Vec<f64>> = experiment
        .labellers
        .iter()
        .map(|l| l.theta.clone())
        .collect();
    let spaces = experiment
        .spaces
        .iter()
        .map(ActionSpace::new)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unfit_units(file, &error))?;
    let external = request.receiver.is_external();
    let simulated = if external && experiment.labellers.iter().any(|l| l.pairs.is_none()) {
        None
    } else {
        Some(simulated(experiment, file, seed, &targets)?)
    };
    let affine = simulated.as_ref().map(|(affine, _)| affine.clone());
    let mut receiver: Box<dyn Receiver> = match (&request.receiver, simulated) {
        (Answering::Command { line, timeout }, _) => Box::new(command(line, *timeout, experiment)?),
        (Answering::Own(own), _) => Box::new(Asked {
            own: own.clone(),
            influencers: experiment.labellers.len(),
            dim: experiment.dim,
        }),
        (Answering::Affine, Some((affine, _))) => Box::new(affine),
        (_, Some((_, mle))) => Box::new(mle),
        // Only for others' receivers are no pairs simulated.
        (_, None) => return Err(AppError::Internal("no pairs".into()).into()),
    };
    let settings = Settings {
        receiver: request.receiver.name(),
        seed,
        tolerance: request.tolerance,
        evaluations: request.evaluations,
        starts: request.starts(),
    };
    let identity = identity(experiment, &settings);
    let (saved, before) = match &request.state {
        Some(path) => load(path, &identity, experiment)?.unzip(),
        None => (None, None),
    };
    // A function of the caller's has promised to be one.
    let repeated = match request.receiver {
        Answering::Command { .. } => {
            let actions = match &saved {
                Some(state) => state.actions.clone(),
                None => truthful(&targets, &spaces),
            };
            Some(Repeated::ask(&mut *receiver, actions).map_err(|error| {
                let message = error.to_string();
                stopped(error, message)
            })?)
        }
        _ => None,
    };
    let met = Record::default();
    let mut receiver = Recorded::new(receiver, &met);
    let options = PlayOptions {
        tolerance: request.tolerance,
        evaluations: request.evaluations,
        turns: request.max_iterations,
        starts: request.starts(),
    };
    // No action moves the pooled estimate backwards, nor its linearisation: an own command may do anything.
    let line = match experiment.dim == 1 && !external {
        true => match on_the_line(&mut receiver, &targets, &spaces) {
            Ok(line) => Some(line),
            Err(error) if request.method == Method::Bisection => return Err(explained(error)),
            // Everybody at an end may leave no estimate where best responses never come.
            Err(error) => {
                tracing::info!(%error, "no bisection");
                None
            }
        },
        false => None,
    };
    let affine_prediction = match &affine {
        Some(affine) => Some(predict(affine, experiment, file, &targets)?),
        None => None,
    };
    if request.method == Method::Bisection {
        let Some(line) = line else {
            let unfit =
                "bisection is for experiments on a line, against the estimate or its linearisation";
            return Err(AppError::advised(InputError::new(unfit), Advice::UseResponses).into());
        };
        let start = truthful(&targets, &spaces);
        let theta_hat = receiver
            .respond(&start)
            .map_err(|error| stopped(error, format!("{file}: with everybody truthful")))?;
        return Ok(PlayResult {
            start: PlayProfile {
                actions: start,
                theta_hat,
            },
            equilibrium: PlayProfile {
                actions: line.actions.clone(),
                theta_hat: line.theta_hat.clone(),
            },
            evaluations: line.evaluations + 1,
            method: "bisection".into(),
            converged: true,
            bisection: Some(profile(line)),
            affinity: receiver.affinity().map(affinity),
            ..empty(request, experiment, affine_prediction, seed)
        });
    }
    let begun = match saved {
        Some(state) => Play::resume(
            &mut receiver,
            &targets,
            &spaces,
            affine.as_ref(),
            options,
            state,
        ),
        None => Play::new(&mut receiver, &targets, &spaces, affine.as_ref(), options),
    };
    let mut run = begun.map_err(explained)?;
    if let Some(repeated) = repeated {
        repeated.check(
            run.state(),
            &targets,
            request.receiver.name(),
            request.tolerance,
        )?;
    }
    if let Some(before) = before {
        // What was met before the run was stopped, and not what is asked to go on.
        met.replace(before);
    }
    while !run.state().converged(options.starts) && run.state().turns < request.max_iterations {
        if monitor.is_cancelled() {
            return Err(AppError::Cancelled.into());
        }
        monitor.progress(
            "playing",
            run.state().turns as u64,
            request.max_iterations as u64,
        );
        if let Some(moved) = run.turn().map_err(explained)? {
            tracing::info!(
                iteration = moved.iteration,
                influencer = moved.influencer,
                loss = moved.loss,
                "moved"
            );
        }
        if let Some(path) = &request.state {
            save(path, &identity, run.state(), &met.borrow())?;
        }
    }
    let state = run.into_state();
    Ok(PlayResult {
        converged: state.converged(options.starts),
        start: PlayProfile {
            actions: state.start,
            theta_hat: state.start_theta_hat,
        },
        iterations: state
            .moves
            .into_iter()
            .map(|m| PlayIteration {
                iteration: m.iteration,
                influencer: m.influencer,
                name: experiment.labellers[m.influencer].name.clone(),
                action: m.action,
                theta_hat: m.theta_hat,
                loss: m.loss,
                evaluations: m.evaluations,
            })
            .collect(),
        equilibrium: PlayProfile {
            actions: state.actions,
            theta_hat: state.theta_hat,
        },
        evaluations: state.evaluations,
        bisection: line.map(profile),
        affinity: receiver.affinity().map(affinity),
        ..empty(request, experiment, affine_prediction, seed)
    })
}

fn explained(error: PlayError) -> Stopped {
    let message = error.to_string();
    match error {
        PlayError::Receiver { source, .. } => stopped(source, message),
        PlayError::Shape(_) => {
            AppError::advised(InputError::new(message), Advice::OtherState).into()
        }
    }
}

fn profile(line: LineEquilibrium) -> PlayProfile {
    PlayProfile {
        actions: line.actions,
        theta_hat: line.theta_hat,
    }
}

fn affinity(found: Affinity) -> AffinityResult {
    AffinityResult {
        profiles: found.profiles,
        shrinkage: found.shrinkage(),
        weights: found.weights,
        bias: found.bias,
        r_squared: found.r_squared,
    }
}

/// Everybody's target, or what comes closest to it.
fn truthful(targets: &[Vec<f64>], spaces: &[ActionSpace]) -> Vec<Vec<f64>> {
    let spaces = spaces.iter().cycle();
    let project = |(target, space): (&Vec<f64>, &ActionSpace)| {
        let mut action = target.clone();
        space.project(target, &mut action);
        action
    };
    targets.iter().zip(spaces).map(project).collect()
}

/// What is known of a run before it is played.
fn empty(
    request: &Request,
    experiment: &Experiment,
    affine_prediction: Option<AffinePrediction>,
    seed: u64,
) -> PlayResult {
    let nowhere = || PlayProfile {
        actions: Vec::new(),
        theta_hat: Vec::new(),
    };
    PlayResult {
        kind: Kind::PrefsPlay,
        version: version(),
        converged: false,
        influencers: experiment
            .labellers
            .iter()
            .zip(experiment.spaces.iter().cycle())
            .map(|(labeller, space)| PlayInfluencer {
                name: labeller.name.clone(),
                target: Some(labeller.theta.clone()),
                action_space: space_file_of(space),
            })
            .collect(),
        start: nowhere(),
        iterations: Vec::new(),
        equilibrium: nowhere(),
        affine_prediction,
        bisection: None,
        affinity: None,
        evaluations: 0,
        tolerance: request.tolerance,
        starts: if experiment.dim == 1 {
            0
        } else {
            request.starts()
        },
        method: "responses".into(),
        receiver: request.receiver.name().to_owned(),
        seed,
    }
}

/// The real receiver of the simulated pairs, and its linearisation at the truth.
fn simulated(
    experiment: &Experiment,
    file: &str,
    seed: u64,
    targets: &[Vec<f64>],
) -> Result<(AffineReceiver, Mle), Stopped> {
    let drawn = simulation(experiment, file, seed, false)?.draw();
    let parts = Parts::held(drawn.iter().map(|l| l.comparisons().clone()).collect())
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let model = Model::ideal_point(experiment.precision);
    let mut mle = Mle::new(drawn, model, None);
    let truthful = mle.respond(targets).map_err(|error| {
        let message = format!("{file}: with everybody truthful, {error}");
        stopped(error, message)
    })?;
    let affine = AffineReceiver::implied(&parts, model, &truthful, 0.0).map_err(|error| {
        let message = format!("{file}: with everybody truthful, {error}");
        Stopped::Fit(error, message)
    })?;
    Ok((affine.through(targets, &truthful), mle))
}

/// An experiment whose numbers make no game, though each is one by itself.
fn unfit_units(file: &str, error: &dyn fmt::Display) -> AppError {
    let error = InputError::new(format!("makes no game that can be played: {error}"));
    error.in_file(file).into()
}

/// The equilibrium of the game that the affine receiver makes.
fn predict(
    affine: &AffineReceiver,
    experiment: &Experiment,
    file: &str,
    targets: &[Vec<f64>],
) -> Result<AffinePrediction, AppError> {
    let names: Vec<String> = experiment
        .labellers
        .iter()
        .map(|l| l.name.clone())
        .collect();
    let game = affine
        .game(&names, targets, &experiment.spaces)
        .check()
        .map_err(|error| unfit_units(file, &error))?;
    let found = solve(&game, &SolveOptions::default())?;
    Ok(AffinePrediction {
        actions: actions(&found.actions),
        receiver: found.receiver,
    })
}
