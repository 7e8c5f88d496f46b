//! `big prefs play`: empirical best-response dynamics against the real receiver.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use big_answer::preference::{
    AffinePrediction, PlayAnswer, PlayInfluencer, PlayIteration, PlayProfile, PlayResult,
};
use big_answer::solve::actions;
use big_answer::{Kind, version};
use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::{SolveOptions, solve};
use big_io::experiment::{Experiment, Responses, read_experiment};
use big_io::{InputError, Source, space_file_of};
use big_preference::command::Command;
use big_preference::data::Parts;
use big_preference::fit::FitError;
use big_preference::likelihood::Model;
use big_preference::play::{LineEquilibrium, Play, PlayError, PlayOptions, PlayState, on_the_line};
use big_preference::receiver::{AffineReceiver, Mle, Receiver, ReceiverError};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::experiment::simulation;
use super::{no_maximum, none_text, play_text};
use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::options::non_negative;
use crate::output::{Outcome, put, write_file};

/// How to play.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The experiment (TOML or JSON, see `big schema experiment`), or `-` for standard input: influencers with their targets
    /// `theta`, `pairs`, `action_space`, `distribution`, `seed`
    spec: String,
    /// Who answers: `mle` labels the simulated pairs again and fits them again, `affine` is its linearisation, anything else is
    /// a command that is started once and gets {"actions": [[..]..]} on a line and answers {"theta_hat": [..]} on a line
    #[arg(long, value_name = "mle|affine|COMMAND", default_value = "mle")]
    receiver: String,
    /// Keep the run in this file after every turn, and go on from it if it is there
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Stop after so many turns, passed ones included
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_iterations: usize,
    /// Moves that lower the loss by no more are not made
    #[arg(long, value_name = "GAIN", default_value_t = 1e-6, value_parser = non_negative, allow_negative_numbers = true)]
    tolerance: f64,
    /// Evaluations of the receiver that one best response may take
    #[arg(long, value_name = "N", default_value_t = 60)]
    evaluations: usize,
    /// In two and more dimensions: from how many points all over the space each influencer looks for something better, before play
    /// counts as converged [default: 128; 0 for a command]
    #[arg(long, value_name = "N")]
    starts: Option<usize>,
    /// How the equilibrium is found
    #[arg(long, value_enum, default_value = "responses")]
    method: Method,
    /// Seconds that a command may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = non_negative, allow_negative_numbers = true)]
    timeout: f64,
    /// The seed of the simulated pairs, in place of the experiment's [default: 0]
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    result: ResultOptions,
}

/// How an equilibrium is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Best responses, one after the other
    Responses,
    /// On a line: one bisection, for any number of influencers
    Bisection,
}

/// A run on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// What it is a run of: a state is not continued under another experiment.
    experiment: Value,
    state: PlayState,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let source = Source::parse(&arguments.spec);
    let file = source.name();
    let experiment = read_experiment(&source)?;
    if experiment.spaces.is_empty() {
        return Err(Failure::usage(
            format!("{file}: nobody has an action space"),
            "say what may be reported: action_space = { type = \"box\", lower = -1, upper = 1 }",
        ));
    }
    let seed = arguments.seed.or(experiment.seed).unwrap_or(0);
    let answer = match play(arguments, &experiment, &file, seed) {
        Ok(result) => PlayAnswer::Play(Box::new(result)),
        Err(Stopped::Failure(failure)) => return Err(failure),
        Err(Stopped::Fit(error, message)) => {
            let mut none = no_maximum(error, &file)?;
            none.message = message;
            PlayAnswer::None(none.answering(Kind::PrefsPlay))
        }
    };
    put(&arguments.result, &answer, |answer| match answer {
        PlayAnswer::Play(result) => play_text::text(&experiment, result),
        PlayAnswer::None(none) => none_text(none),
    })?;
    Ok(match answer {
        PlayAnswer::Play(result) if result.converged => Outcome::Answered,
        _ => Outcome::No,
    })
}

/// Why a run has no result.
enum Stopped {
    Failure(Failure),
    /// An estimate failed, and in which situation.
    Fit(FitError, String),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn stopped(error: ReceiverError, message: String) -> Stopped {
    match error {
        ReceiverError::Fit(error) => Stopped::Fit(error, message),
        ReceiverError::Command(_) => Stopped::Failure(Failure::usage(
            message,
            "try the command by hand: one line {\"actions\": [[..]..]} in, one line {\"theta_hat\": [..]} out",
        )),
        ReceiverError::Shape(_) => Stopped::Failure(Failure::Internal(message)),
    }
}

fn play(
    arguments: &Arguments,
    experiment: &Experiment,
    file: &str,
    seed: u64,
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
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let external = !matches!(arguments.receiver.as_str(), "mle" | "affine");
    let simulated = if external && experiment.labellers.iter().any(|l| l.pairs.is_none()) {
        None
    } else {
        Some(simulated(experiment, file, seed, &targets)?)
    };
    let affine = simulated.as_ref().map(|(affine, _)| affine.clone());
    let mut receiver: Box<dyn Receiver> = match (&*arguments.receiver, simulated) {
        ("affine", Some((affine, _))) => Box::new(affine),
        ("mle", Some((_, mle))) => Box::new(mle),
        _ => Box::new(command(arguments, experiment)?),
    };
    let options = PlayOptions {
        tolerance: arguments.tolerance,
        evaluations: arguments.evaluations,
        turns: arguments.max_iterations,
        starts: starts(arguments),
    };
    // No action moves the pooled estimate backwards, nor its linearisation: an own command may do anything.
    let line = match experiment.dim == 1 && !external {
        true => match on_the_line(&mut *receiver, &targets, &spaces) {
            Ok(line) => Some(line),
            Err(error) if arguments.method == Method::Bisection => return Err(explained(error)),
            // Everybody at an end may leave no estimate where best responses never come.
            Err(error) => {
                tracing::info!(%error, "no bisection");
                None
            }
        },
        false => None,
    };
    let affine_prediction = match &affine {
        Some(affine) => Some(predict(affine, experiment, &targets)?),
        None => None,
    };
    if arguments.method == Method::Bisection {
        let Some(line) = line else {
            return Err(Stopped::Failure(Failure::usage(
                "--method bisection is for experiments on a line, with --receiver mle or affine",
                "leave it out: best responses are for all of them",
            )));
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
            ..empty(arguments, experiment, affine_prediction, seed)
        });
    }
    let identity = identity(arguments, experiment, seed);
    let saved = match &arguments.state {
        Some(path) => load(path, &identity)?,
        None => None,
    };
    let begun = match saved {
        Some(state) => Play::resume(
            &mut *receiver,
            &targets,
            &spaces,
            affine.as_ref(),
            options,
            state,
        ),
        None => Play::new(&mut *receiver, &targets, &spaces, affine.as_ref(), options),
    };
    let mut run = begun.map_err(explained)?;
    while !run.state().converged(options.starts) && run.state().turns < arguments.max_iterations {
        if let Some(moved) = run.turn().map_err(explained)? {
            tracing::info!(
                iteration = moved.iteration,
                influencer = moved.influencer,
                loss = moved.loss,
                "moved"
            );
        }
        if let Some(path) = &arguments.state {
            save(path, &identity, run.state())?;
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
        ..empty(arguments, experiment, affine_prediction, seed)
    })
}

fn explained(error: PlayError) -> Stopped {
    let message = error.to_string();
    match error {
        PlayError::Receiver { source, .. } => stopped(source, message),
        PlayError::Shape(_) => Stopped::Failure(Failure::usage(
            message,
            "the state may be of another run: name another --state file",
        )),
    }
}

/// From how many points everybody looks again. Asking a command is training a model.
fn starts(arguments: &Arguments) -> usize {
    let external = !matches!(arguments.receiver.as_str(), "mle" | "affine");
    let usual = if external {
        0
    } else {
        PlayOptions::default().starts
    };
    arguments.starts.unwrap_or(usual)
}

fn profile(line: LineEquilibrium) -> PlayProfile {
    PlayProfile {
        actions: line.actions,
        theta_hat: line.theta_hat,
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
    arguments: &Arguments,
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
        evaluations: 0,
        tolerance: arguments.tolerance,
        starts: if experiment.dim == 1 {
            0
        } else {
            starts(arguments)
        },
        method: "responses".into(),
        receiver: arguments.receiver.clone(),
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
        .map_err(|error| Failure::Internal(error.to_string()))?;
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

fn command(arguments: &Arguments, experiment: &Experiment) -> Result<Command, Failure> {
    let words = words(&arguments.receiver)
        .map_err(|what| Failure::usage(what, "--receiver 'python3 receiver.py --fast'"))?;
    let Some((program, rest)) = words.split_first() else {
        return Err(Failure::usage(
            "--receiver is empty",
            "it is mle, affine, or a command",
        ));
    };
    let timeout = Duration::try_from_secs_f64(arguments.timeout)
        .map_err(|_| Failure::usage("--timeout is too long", "give it in seconds"))?;
    let influencers = experiment.labellers.len();
    Command::start(program, rest, influencers, experiment.dim, timeout)
        .map_err(|error| Failure::usage(error.to_string(), "it is mle, affine, or a command"))
}

/// The words of a command: separated by blanks, unless they are in quotes.
fn words(command: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in command.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(format!(
            "--receiver has a quote that is not closed: {command}"
        ));
    }
    words.extend(word);
    Ok(words)
}

/// Everything that a run depends on.
fn identity(arguments: &Arguments, experiment: &Experiment, seed: u64) -> Value {
    let responses = match &experiment.responses {
        Responses::Normal { mean, deviation } => json!({ "mean": mean, "deviation": deviation }),
        Responses::Uniform { lower, upper } => json!({ "lower": lower, "upper": upper }),
        Responses::File(path) => json!({ "file": path.display().to_string() }),
    };
    let influencers: Vec<Value> = experiment
        .labellers
        .iter()
        .map(|l| json!({ "name": l.name, "theta": l.theta, "pairs": l.pairs }))
        .collect();
    let spaces: Vec<Value> = experiment.spaces.iter().map(space_file_of).collect();
    json!({
        "receiver": arguments.receiver, "seed": seed, "precision": experiment.precision,
        "tolerance": arguments.tolerance, "evaluations": arguments.evaluations, "starts": starts(arguments),
        "distribution": responses, "action_spaces": spaces, "influencers": influencers,
    })
}

/// The state of a run, if there is one.
fn load(path: &Path, identity: &Value) -> Result<Option<PlayState>, Failure> {
    let file = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let refused = InputError::new(format!("cannot be read: {error}")).in_file(file);
            return Err(Failure::Input(refused));
        }
    };
    let saved: Saved = serde_json::from_str(&text).map_err(|error| {
        let refused = InputError::new(format!("is not the state of a run: {error}"))
            .with_help("name another file, or remove it to begin again");
        Failure::Input(refused.in_file(file.clone()))
    })?;
    if saved.experiment != *identity {
        let differs = identity.as_object().and_then(|now| {
            now.iter()
                .find(|(key, value)| saved.experiment.get(key) != Some(value))
                .map(|(key, _)| key.clone())
        });
        let refused = InputError::new(format!(
            "is the state of another run: its `{}` is not the same",
            differs.unwrap_or_default()
        ));
        let refused = refused.with_help("name another file, or remove it to begin again");
        return Err(Failure::Input(refused.in_file(file)));
    }
    Ok(Some(saved.state))
}

fn save(path: &Path, identity: &Value, state: &PlayState) -> Result<(), Failure> {
    let saved = Saved {
        experiment: identity.clone(),
        state: state.clone(),
    };
    let text = serde_json::to_vec(&saved).map_err(|e| Failure::Internal(e.to_string()))?;
    write_file(path, &text)
}

/// The equilibrium of the game that the affine receiver makes.
fn predict(
    affine: &AffineReceiver,
    experiment: &Experiment,
    targets: &[Vec<f64>],
) -> Result<AffinePrediction, Failure> {
    let names: Vec<String> = experiment
        .labellers
        .iter()
        .map(|l| l.name.clone())
        .collect();
    let game = affine
        .game(&names, targets, &experiment.spaces)
        .check()
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let found = solve(&game, &SolveOptions::default())?;
    Ok(AffinePrediction {
        actions: actions(&found.actions),
        receiver: found.receiver,
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn commands_are_split_into_words() {
        let split = |text: &str| words(text).unwrap_or_default();
        assert_eq!(split("python3 a.py  -x"), ["python3", "a.py", "-x"]);
        assert_eq!(
            split("sh -c 'a \"b\" c' \"\""),
            ["sh", "-c", "a \"b\" c", ""]
        );
        assert!(split("  ").is_empty());
        assert!(words("a 'b").is_err());
    }
}
