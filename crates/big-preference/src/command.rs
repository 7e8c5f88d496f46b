//! Any program as the receiver: JSON lines on its standard input and output.
//!
//! One line an evaluation. To the program: `{"actions": [[…], …]}`, one action an influencer. From it:
//! `{"theta_hat": […]}`, `d` numbers, or `{"error": "…"}`. It is started once and asked until it is dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use big_game::action_space::MAX_MAGNITUDE;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::group::ProcessGroup;
pub use crate::group::end_commands;

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 1 << 26;
/// How much of the program's standard error is kept for messages, in bytes.
const REMEMBERED: usize = 2000;

/// Why an external receiver has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The program could not be started.
    #[error("could not start '{program}': {reason}")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The program ended, or closed its output.
    #[error("'{program}' ended without an answer to evaluation {evaluation}{}", said(.stderr))]
    Ended {
        /// The program.
        program: String,
        /// The evaluation, from 1.
        evaluation: usize,
        /// The end of its standard error.
        stderr: String,
    },
    /// The program took too long; it was stopped.
    #[error(
        "'{program}' gave no answer to evaluation {evaluation} within {} s{}", .timeout.as_secs_f64(), said(.stderr)
    )]
    Timeout {
        /// The program.
        program: String,
        /// The evaluation, from 1.
        evaluation: usize,
        /// The time it had.
        timeout: Duration,
        /// The end of its standard error.
        stderr: String,
    },
    /// The program said that it failed.
    #[error("'{program}' reports: {message}")]
    Reported {
        /// The program.
        program: String,
        /// What it says.
        message: String,
    },
    /// The answer is not what it should be.
    #[error(
        "'{program}' answered evaluation {evaluation} with {what}; expected one line {{\"theta_hat\": [{dim} numbers]}}"
    )]
    BadAnswer {
        /// The program.
        program: String,
        /// The evaluation, from 1.
        evaluation: usize,
        /// What is wrong with it.
        what: String,
        /// The length expected.
        dim: usize,
    },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!("; its last words: {stderr}")
    }
}

/// The coordinate of an answer whose square is no number, if there is one.
pub fn too_large(theta: &[f64]) -> Option<f64> {
    let usable = |v: f64| v.abs() <= MAX_MAGNITUDE;
    theta.iter().copied().find(|v| !usable(*v))
}

/// What a program says, without anything that a terminal would obey.
fn printable(text: &str) -> String {
    let harmless = |c: char| c == '\n' || !c.is_control();
    text.chars()
        .map(|c| if harmless(c) { c } else { '\u{fffd}' })
        .collect()
}

/// The beginning of an answer, for messages.
fn shown(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    printable(&text.trim_end().chars().take(120).collect::<String>())
}

#[derive(Serialize)]
struct Question<'a> {
    actions: &'a [Vec<f64>],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    theta_hat: Option<Vec<f64>>,
    error: Option<String>,
}

/// A running program.
#[derive(Debug)]
pub struct Command {
    program: String,
    group: ProcessGroup,
    questions: Sender<Vec<u8>>,
    answers: Inbox<Vec<u8>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    timeout: Duration,
    pub(crate) dim: usize,
    pub(crate) influencers: usize,
    evaluations: usize,
}

impl Command {
    /// Starts `program` with `arguments` (no shell in between). Each evaluation may take up to `timeout`.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(
        program: &str,
        arguments: &[String],
        influencers: usize,
        dim: usize,
        timeout: Duration,
    ) -> Result<Self, CommandError> {
        let failed = |reason: std::io::Error| CommandError::Start {
            program: program.to_owned(),
            reason,
        };
        let mut command = std::process::Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut group = ProcessGroup::spawn(&mut command).map_err(failed)?;
        let child = group.child();
        let missing = || failed(std::io::Error::other("its standard streams are not there"));
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let mut errors = child.stderr.take().ok_or_else(missing)?;
        // A program that does not read must not stop us beyond its time: a full pipe blocks this thread alone.
        let (questions, lines) = channel::<Vec<u8>>();
        std::thread::spawn(move || {
            let mut input = input;
            // A program that has ended breaks the pipe; that is seen where its answer is waited for.
            while let Ok(line) = lines.recv() {
                if input.write_all(&line).and_then(|()| input.flush()).is_err() {
                    return;
                }
            }
        });
        // A program that talks without being asked waits here, and fills no memory.
        let (sender, answers) = sync_channel(1);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(output);
            loop {
                let mut line = Vec::new();
                match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                    Ok(n) if n > 0 && sender.send(line).is_ok() => {}
                    _ => return,
                }
            }
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&stderr);
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(n) = errors.read(&mut buffer) {
                if n == 0 {
                    return;
                }
                let mut kept = kept.lock().unwrap_or_else(|e| e.into_inner());
                kept.extend_from_slice(&buffer[..n]);
                let excess = kept.len().saturating_sub(REMEMBERED);
                kept.drain(..excess);
            }
        });
        Ok(Self {
            program: program.to_owned(),
            group,
            questions,
            answers,
            stderr,
            timeout,
            dim,
            influencers,
            evaluations: 0,
        })
    }

    pub(crate) fn ask(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, CommandError> {
        self.evaluations += 1;
        let mut line = serde_json::to_vec(&Question { actions })
            .map_err(|e| self.bad(format!("actions that are no JSON ({e})")))?;
        line.push(b'\n');
        // An answer too many would be taken for the next one, and all after it would be off by one.
        if let Ok(early) = self.answers.try_recv() {
            return Err(self.bad(format!("'{}' before it was asked", shown(&early))));
        }
        if self.questions.send(line).is_err() {
            return Err(self.ended());
        }
        let answer = match self.answers.recv_timeout(self.timeout) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
            Err(RecvTimeoutError::Timeout) => {
                // Neither it nor what it started runs on.
                self.group.end();
                return Err(CommandError::Timeout {
                    program: self.program.clone(),
                    evaluation: self.evaluations,
                    timeout: self.timeout,
                    stderr: self.last_words(),
                });
            }
        };
        let shown = shown(&answer);
        let parsed: Answer = serde_json::from_slice(&answer)
            .map_err(|e| self.bad(format!("'{shown}', which is not that ({e})")))?;
        if let Some(message) = parsed.error {
            return Err(CommandError::Reported {
                program: self.program.clone(),
                message: printable(&message),
            });
        }
        match parsed.theta_hat {
            Some(theta) if theta.len() == self.dim => match too_large(&theta) {
                None => Ok(theta),
                Some(value) => Err(self.bad(format!(
                    "a coordinate of {value:e}, beyond what can be squared: '{shown}'"
                ))),
            },
            Some(theta) => Err(self.bad(format!("{} numbers: '{shown}'", theta.len()))),
            None => Err(self.bad(format!("'{shown}'"))),
        }
    }

    fn bad(&self, what: String) -> CommandError {
        CommandError::BadAnswer {
            program: self.program.clone(),
            evaluation: self.evaluations,
            what,
            dim: self.dim,
        }
    }

    fn ended(&mut self) -> CommandError {
        // Its standard error closes with it, a moment later.
        self.group.end();
        std::thread::sleep(Duration::from_millis(20));
        CommandError::Ended {
            program: self.program.clone(),
            evaluation: self.evaluations,
            stderr: self.last_words(),
        }
    }

    fn last_words(&self) -> String {
        let kept = self.stderr.lock().unwrap_or_else(|e| e.into_inner());
        printable(String::from_utf8_lossy(&kept).trim())
    }
}
