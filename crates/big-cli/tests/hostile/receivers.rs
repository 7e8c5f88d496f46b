//! Programs that play the receiver, and do not do as they should.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{big, folder, refused, text};

fn play(at: &Path, script: &str, more: &[&str]) -> std::process::Output {
    fs::write(at.join("receiver.sh"), script).unwrap();
    let mut line = vec!["prefs", "play", "e.toml", "--receiver", "sh receiver.sh"];
    line.extend(more);
    big(at, &line)
}

/// Does a process of this number run?
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // What has ended and was not waited for yet is a zombie.
    !status.is_empty() && !status.contains(") Z ")
}

fn ends_soon(process: &str) -> bool {
    let began = Instant::now();
    while runs(process) {
        if began.elapsed() > Duration::from_secs(10) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// A program that is stopped takes with it what it started.
#[test]
fn a_timeout_ends_the_whole_group() {
    let folder = folder();
    let script = "sleep 600 & echo $! > child\nwait\n";
    let output = play(folder.path(), script, &["--timeout", "1"]);
    refused(&output, &["no answer to evaluation 1 within 1 s"]);
    let child = fs::read_to_string(folder.path().join("child")).unwrap();
    assert!(ends_soon(child.trim()), "{child} runs on");
}

/// So does one whose asker is told to stop.
#[test]
fn an_interrupt_ends_the_whole_group() {
    let folder = folder();
    let at = folder.path();
    fs::write(
        at.join("receiver.sh"),
        "sleep 600 & echo $! > child.new\nmv child.new child\nwait\n",
    )
    .unwrap();
    for signal in ["INT", "TERM"] {
        let _ = fs::remove_file(at.join("child"));
        let mut asker = Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(at)
            .args(["prefs", "play", "e.toml", "--receiver", "sh receiver.sh"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while !at.join("child").exists() {
            assert!(began.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(20));
        }
        let told = Command::new("kill")
            .args([&format!("-{signal}"), &asker.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert_eq!(asker.wait().unwrap().code(), Some(130));
        let child = fs::read_to_string(at.join("child")).unwrap();
        assert!(ends_soon(child.trim()), "{child} runs on");
    }
}

#[test]
fn a_receiver_that_draws_its_answers_is_found_out() {
    let folder = folder();
    let script =
        "n=0; while read line; do n=$((n+1)); echo \"{\\\"theta_hat\\\": [0.$n]}\"; done\n";
    let output = play(folder.path(), script, &[]);
    refused(
        &output,
        &[
            "answered the same question twice, and differently",
            "[0.1]",
            "[0.2]",
            "fix its seed",
        ],
    );
    // What does not count as a gain does no harm.
    let script =
        "n=0; while read line; do n=$((n+1)); echo \"{\\\"theta_hat\\\": [0.0000000$n]}\"; done\n";
    let output = play(folder.path(), script, &["--max-iterations", "2"]);
    assert!(output.status.code() != Some(2), "{}", text(&output.stderr));
}

#[test]
fn answers_that_cannot_be_counted_with_are_refused() {
    let folder = folder();
    for (answer, words) in [
        ("[1e308]", "beyond what can be squared"),
        ("[-1e200]", "beyond what can be squared"),
        ("[NaN]", "which is not that"),
        ("[1e999]", "which is not that"),
        ("[null]", "which is not that"),
        ("[]", "0 numbers"),
    ] {
        let script = format!("while read line; do echo '{{\"theta_hat\": {answer}}}'; done\n");
        refused(
            &play(folder.path(), &script, &[]),
            &["answered evaluation 1", words],
        );
    }
}

#[test]
fn no_time_is_no_timeout() {
    let folder = folder();
    for time in ["0", "-1", "nan", "1e400"] {
        let output = play(folder.path(), "cat\n", &["--timeout", time]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("--timeout"),
            "{}",
            text(&output.stderr)
        );
    }
}
