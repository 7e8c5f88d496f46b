//! Receivers that are not ours: a function of the caller's, a program.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use big_io::InputError;
use big_io::experiment::Experiment;
use big_preference::command::{Command, too_large};
use big_preference::play::PlayState;
use big_preference::receiver::{Receiver, ReceiverError};

use crate::error::{Advice, AppError};

/// Everybody's actions in, a position out, or why there is none.
pub type Answer = dyn Fn(&[Vec<f64>]) -> Result<Vec<f64>, String> + Send + Sync;

/// A receiver that the caller computes.
#[derive(Clone)]
pub struct Own {
    /// What the answer calls it.
    pub name: String,
    /// Its answers. The same actions have to give the same position for play to settle.
    pub answer: Arc<Answer>,
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Own").field(&self.name).finish()
    }
}

impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.answer, &other.answer)
    }
}

/// The same as the library asks it.
pub(super) struct Asked {
    pub(super) own: Own,
    pub(super) influencers: usize,
    pub(super) dim: usize,
}

impl Receiver for Asked {
    fn dim(&self) -> usize {
        self.dim
    }

    fn influencers(&self) -> usize {
        self.influencers
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        let answer = (self.own.answer)(actions).map_err(ReceiverError::Call)?;
        let wrong = if answer.len() != self.dim {
            format!("{} numbers where {} are needed", answer.len(), self.dim)
        } else if let Some(value) = too_large(&answer) {
            match value.is_finite() {
                true => format!("{value:e}, which cannot be squared"),
                false => "a number that is not finite".to_owned(),
            }
        } else {
            return Ok(answer);
        };
        let name = &self.own.name;
        Err(ReceiverError::Call(format!("{name} answered {wrong}")))
    }
}

/// Starts a program that is the receiver.
pub(super) fn command(
    line: &str,
    timeout: Duration,
    experiment: &Experiment,
) -> Result<Command, AppError> {
    let unfit = |message: String| AppError::advised(InputError::new(message), Advice::NameReceiver);
    let words = words(line).map_err(unfit)?;
    let Some((program, rest)) = words.split_first() else {
        return Err(unfit("the receiver's command is empty".into()));
    };
    let influencers = experiment.labellers.len();
    Command::start(program, rest, influencers, experiment.dim, timeout)
        .map_err(|error| unfit(error.to_string()))
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
            "the receiver's command has a quote that is not closed: {command}"
        ));
    }
    words.extend(word);
    Ok(words)
}

/// What somebody else's receiver is asked twice: play compares its answers, and means nothing where they are drawn.
pub(super) struct Repeated {
    actions: Vec<Vec<f64>>,
    answer: Vec<f64>,
}

impl Repeated {
    /// Asks for what play begins with, or goes on from.
    pub(super) fn ask(
        receiver: &mut dyn Receiver,
        actions: Vec<Vec<f64>>,
    ) -> Result<Self, ReceiverError> {
        let answer = receiver.respond(&actions)?;
        Ok(Self { actions, answer })
    }

    /// Refuses a receiver whose answers differ by more than counts as a gain.
    pub(super) fn check(
        &self,
        state: &PlayState,
        targets: &[Vec<f64>],
        name: &str,
        tolerance: f64,
    ) -> Result<(), AppError> {
        if state.actions != self.actions {
            return Ok(());
        }
        let loss = |theta: &[f64], target: &[f64]| -> f64 {
            theta.iter().zip(target).map(|(v, t)| (v - t).powi(2)).sum()
        };
        let again = &state.theta_hat;
        let differ = |t: &Vec<f64>| (loss(&self.answer, t) - loss(again, t)).abs();
        let noise = targets.iter().map(differ).fold(0.0, f64::max);
        if noise <= tolerance {
            return Ok(());
        }
        Err(AppError::unfit(
            format!(
                "'{}' answered the same question twice, and differently: {:?} and {:?}; somebody's loss differs by {noise:e}, more \
                 than the gain of {:e} that counts",
                name, self.answer, again, tolerance
            ),
            "fix its seed, so that the same actions have the same answer, or count only gains above its noise as gains (the tolerance)",
        ))
    }
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
