//! Nothing that is read is written over, whatever it is called.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::{GAME, LABELS, big, folder, refused};

/// Every option that writes a file, on the file that the command reads.
#[test]
fn no_option_writes_over_what_is_read() {
    let folder = folder();
    let at = folder.path();
    let answer = big(at, &["solve", "g.toml", "--json", "-o", "answer.json"]);
    assert!(answer.status.success());
    fs::write(at.join("table.csv"), "name,weight,target_0\nx,1,0.5\n").unwrap();
    fs::write(
        at.join("large.toml"),
        "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n[influencers]\nfile = \"table.csv\"\n",
    )
    .unwrap();
    fs::copy(at.join("answer.json"), at.join("answer.svg")).unwrap();
    fs::copy(at.join("g.toml"), at.join("g.parquet")).unwrap();
    fs::copy(at.join("e.toml"), at.join("e.csv")).unwrap();
    let cases: &[(&[&str], &str, &str)] = &[
        (&["solve", "g.toml"], "-o", "g.toml"),
        (&["solve", "g.parquet"], "--actions", "g.parquet"),
        (&["solve", "large.toml"], "--actions", "table.csv"),
        (&["solve", "large.toml"], "--output", "table.csv"),
        (&["verify", "g.toml", "answer.json"], "-o", "g.toml"),
        (&["verify", "g.toml", "answer.json"], "-o", "answer.json"),
        (&["dynamics", "g.toml"], "-o", "g.toml"),
        (
            &["dynamics", "g.toml", "--start", "answer.json"],
            "-o",
            "answer.json",
        ),
        (&["coalitions", "g.toml"], "-o", "g.toml"),
        (&["mechanisms", "g.toml"], "-o", "g.toml"),
        (&["enumerate", "finite.toml"], "-o", "finite.toml"),
        (&["strategic", "finite.toml"], "-o", "finite.toml"),
        (&["strategic", "finite.toml"], "--graph", "finite.toml"),
        (
            &["export", "finite.toml", "--format", "nfg"],
            "-o",
            "finite.toml",
        ),
        (&["plot", "answer.svg"], "-o", "answer.svg"),
        (&["report", "answer.json"], "-o", "answer.json"),
        (&["report", "l.csv"], "-o", "l.csv"),
        (&["prefs", "fit", "l.csv"], "-o", "l.csv"),
        (&["prefs", "check", "l.csv"], "-o", "l.csv"),
        (&["prefs", "receiver", "l.csv"], "-o", "l.csv"),
        (&["prefs", "receiver", "l.csv"], "--game", "l.csv"),
        (
            &["prefs", "receiver", "l.csv", "--space", "g.toml"],
            "--game",
            "g.toml",
        ),
        (&["prefs", "audit", "l.csv"], "-o", "l.csv"),
        (&["prefs", "audit", "l.csv"], "--game", "l.csv"),
        (&["prefs", "simulate", "e.csv"], "-o", "e.csv"),
        (&["prefs", "play", "e.toml"], "-o", "e.toml"),
        (&["prefs", "play", "e.toml"], "--state", "e.toml"),
    ];
    for (command, option, file) in cases {
        let path = at.join(file);
        let before = fs::read(&path).unwrap();
        let mut line = command.to_vec();
        line.extend([*option, *file]);
        let output = big(at, &line);
        let long = if *option == "-o" { "--output" } else { *option };
        refused(&output, &[file, long, "would write over it"]);
        assert_eq!(fs::read(&path).unwrap(), before, "{line:?}");
    }
    let litter = |name: &str| name.contains("partial");
    let names = fs::read_dir(at).unwrap().map(|e| e.unwrap().file_name());
    assert_eq!(names.filter(|n| litter(n.to_str().unwrap())).count(), 0);
}

#[test]
fn a_file_is_known_through_links_and_other_spellings() {
    let folder = folder();
    let at = folder.path();
    fs::create_dir(at.join("below")).unwrap();
    symlink(at.join("g.toml"), at.join("soft.toml")).unwrap();
    symlink(at, at.join("round")).unwrap();
    fs::hard_link(at.join("g.toml"), at.join("hard.toml")).unwrap();
    let whole = at.join("g.toml");
    for name in [
        "./g.toml",
        "below/../g.toml",
        "soft.toml",
        "hard.toml",
        "round/g.toml",
        whole.to_str().unwrap(),
    ] {
        let output = big(at, &["solve", "g.toml", "-o", name]);
        refused(&output, &["g.toml: is an input", "--output", name]);
        let output = big(at, &["solve", name, "-o", "g.toml"]);
        refused(&output, &["is an input", "--output", "g.toml"]);
        assert_eq!(fs::read_to_string(&whole).unwrap(), GAME);
    }
}

#[test]
fn standard_input_and_folders_are_inputs_too() {
    let folder = folder();
    let at = folder.path();
    let on = |file: &str, arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(at)
            .args(arguments)
            .stdin(Stdio::from(fs::File::open(at.join(file)).unwrap()))
            .output()
            .unwrap()
    };
    refused(
        &on("g.toml", &["solve", "-", "-o", "g.toml"]),
        &["standard input: is an input", "g.toml"],
    );
    refused(
        &on("l.csv", &["prefs", "fit", "-", "-o", "l.csv"]),
        &["standard input: is an input", "l.csv"],
    );
    fs::create_dir(at.join("tables")).unwrap();
    fs::copy(at.join("l.csv"), at.join("tables/one.csv")).unwrap();
    for table in ["tables", "tables/*.csv"] {
        let output = big(at, &["prefs", "fit", table, "-o", "tables/one.csv"]);
        refused(&output, &["tables/one.csv: is an input"]);
    }
    assert_eq!(
        fs::read_to_string(at.join("tables/one.csv")).unwrap(),
        LABELS
    );
}

#[test]
fn two_options_do_not_write_one_file() {
    let folder = folder();
    let at = folder.path();
    let twice = ["solve", "g.toml", "--actions", "x.csv", "-o", "./x.csv"];
    refused(
        &big(at, &twice),
        &["x.csv", "--actions", "--output", "named twice"],
    );
    fs::write(at.join("x.csv"), "old").unwrap();
    fs::hard_link(at.join("x.csv"), at.join("y.csv")).unwrap();
    let twice = ["solve", "g.toml", "--actions", "x.csv", "-o", "y.csv"];
    refused(&big(at, &twice), &["x.csv", "y.csv", "same file"]);
    assert_eq!(fs::read_to_string(at.join("x.csv")).unwrap(), "old");
    refused(&big(at, &["solve", "g.toml", "-o", "."]), &["is a folder"]);
}

/// A link that is an output stays one; what it leads to is replaced.
#[test]
fn a_link_stays_a_link() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("there.json"), "old").unwrap();
    symlink("there.json", at.join("link.json")).unwrap();
    let output = big(at, &["solve", "g.toml", "--json", "-o", "link.json"]);
    assert!(output.status.success());
    assert!(
        fs::symlink_metadata(at.join("link.json"))
            .unwrap()
            .is_symlink()
    );
    assert!(
        fs::read_to_string(at.join("there.json"))
            .unwrap()
            .contains("\"solve\"")
    );
}

/// A program that is killed leaves a file that is not complete; the next one that writes there removes it, and no others.
#[test]
fn what_a_killed_program_left_is_swept() {
    let folder = folder();
    let at = folder.path();
    // No process has this number: they end below 2^22.
    let dead = "out.json.4194999-0.partial";
    let alive = format!("out.json.{}-0.partial", std::process::id());
    let kept = [
        alive.as_str(),
        "other.json.4194999-0.partial",
        "out.json.partial",
        "out.json.x-0.partial",
    ];
    fs::write(at.join(dead), "half").unwrap();
    for name in kept {
        fs::write(at.join(name), "half").unwrap();
    }
    assert!(
        big(at, &["solve", "g.toml", "-o", "out.json"])
            .status
            .success()
    );
    assert!(!at.join(dead).exists());
    for name in kept {
        assert!(at.join(name).exists(), "{name}");
    }
}
