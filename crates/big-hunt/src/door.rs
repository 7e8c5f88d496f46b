//! The front door: a command line and a game file in, an exit code and the text of a JSON answer out.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

/// What a command line came to.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The exit code; `None` when the program ended by a panic or a signal.
    pub(crate) code: Option<u8>,
    /// The text of the answer; empty when there was none.
    pub(crate) text: String,
    /// The JSON answer; null when there was none.
    pub(crate) answer: Value,
    /// What the program said about a failure.
    pub(crate) message: String,
    /// Processor time where the system tells it, else time, in seconds.
    pub(crate) seconds: f64,
}

/// A way into the program: in this process, or as a program of its own.
#[derive(Debug)]
pub(crate) struct Door {
    program: Option<PathBuf>,
    folder: TempDir,
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the words of panics instead of printing them. To be called once, by a program that hunts.
pub fn keep_panics() {
    panic::set_hook(Box::new(|info| {
        PANIC.with_borrow_mut(|last| *last = Some(info.to_string()));
    }));
}

impl Door {
    /// Opens the door: the program at this path, or the library that the search is linked with.
    ///
    /// # Errors
    /// When there is no temporary folder to be had.
    pub(crate) fn open(program: Option<&Path>) -> io::Result<Self> {
        // Files in memory, where there are some.
        let memory = Path::new("/dev/shm");
        let folder = match tempfile::Builder::new().prefix("hunt-").tempdir_in(memory) {
            Ok(folder) => folder,
            Err(_) => tempfile::Builder::new().prefix("hunt-").tempdir()?,
        };
        Ok(Self {
            program: program.map(Path::to_path_buf),
            folder,
        })
    }

    /// Runs `big COMMAND GAME [PROFILE] OPTIONS`.
    pub(crate) fn run(
        &self,
        command: &str,
        game: &Value,
        profile: Option<&Value>,
        options: &[&str],
    ) -> Reply {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        let mut line = vec![command.to_owned()];
        for (name, content) in [("game.json", Some(game)), ("profile.json", profile)] {
            if let Some(content) = content {
                line.push(place(name));
                if let Err(error) = fs::write(place(name), content.to_string()) {
                    return Reply::failed(format!("{name} cannot be written: {error}"));
                }
            }
        }
        line.extend(options.iter().map(|&o| o.to_owned()));
        let output = place("answer");
        // It may not be there.
        let _ = fs::remove_file(&output);
        line.extend(["--output".to_owned(), output.clone()]);
        let (clock, processor) = (Instant::now(), processor_seconds());
        let mut reply = match &self.program {
            None => inside(&line),
            Some(program) => outside(program, &line),
        };
        reply.seconds = match (self.program.is_none(), processor, processor_seconds()) {
            (true, Some(before), Some(after)) => after - before,
            _ => clock.elapsed().as_secs_f64(),
        };
        reply.text = fs::read_to_string(&output).unwrap_or_default();
        reply.answer = serde_json::from_str(&reply.text).unwrap_or(Value::Null);
        reply
    }
}

impl Reply {
    fn failed(message: String) -> Self {
        Self {
            code: None,
            text: String::new(),
            answer: Value::Null,
            message,
            seconds: 0.0,
        }
    }
}

fn inside(line: &[String]) -> Reply {
    match panic::catch_unwind(AssertUnwindSafe(|| big_cli::run(line))) {
        Ok(ended) => Reply {
            code: Some(ended.code),
            ..Reply::failed(ended.message.unwrap_or_default())
        },
        Err(_) => {
            let words = PANIC.with_borrow_mut(Option::take);
            Reply::failed(words.unwrap_or_else(|| "panicked".into()))
        }
    }
}

fn outside(program: &Path, line: &[String]) -> Reply {
    let output = Command::new(program)
        .args(line)
        .stdin(Stdio::null())
        .output();
    match output {
        Err(error) => Reply::failed(format!("{} cannot be run: {error}", program.display())),
        Ok(output) => Reply {
            // A panic of the program ends it with 101.
            code: output
                .status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .filter(|&code| code != 101),
            ..Reply::failed(String::from_utf8_lossy(&output.stderr).into_owned())
        },
    }
}

/// The processor time of this process so far; `None` where the system does not tell it the way Linux does.
fn processor_seconds() -> Option<f64> {
    seconds_of("self")
}

/// The processor time of a process, in steps of 10 ms.
pub(crate) fn seconds_of(process: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold blanks; user and system time are fields 14 and 15.
    let rest = &text[text.rfind(')')? + 1..];
    let mut fields = rest.split_whitespace().skip(11);
    let ticks = |field: Option<&str>| field?.parse::<f64>().ok();
    Some((ticks(fields.next())? + ticks(fields.next())?) / 100.0)
}
