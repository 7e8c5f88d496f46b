//! Figures and reports from the command line.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::path::Path;
use std::process::{Command, Output};

fn big_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_big"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn games_results_and_trajectories_are_drawn_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(big_in(at, &["examples", "write"]).status.success());
    for id in [
        "example-1-same-side",
        "example-2-continuum",
        "example-4-diamond-face",
        "vaccine-debate",
        "lobbying-simplex",
    ] {
        let game = format!("{id}.toml");
        assert!(
            big_in(at, &["solve", &game, "--json", "-o", "result.json"])
                .status
                .success()
        );
        let played = big_in(at, &["dynamics", &game, "--json", "-o", "trace.json"]);
        assert!(played.status.code().unwrap() <= 1);
        for what in [game.as_str(), "result.json", "trace.json"] {
            for file in ["f.svg", "f.png", "dark.svg"] {
                let theme = if file == "dark.svg" { "dark" } else { "light" };
                let drawn = big_in(at, &["plot", what, "-o", file, "--theme", theme]);
                assert!(
                    drawn.status.success(),
                    "{id}, {what}: {}",
                    String::from_utf8_lossy(&drawn.stderr)
                );
            }
            let svg = std::fs::read_to_string(at.join("f.svg")).unwrap();
            assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"));
            assert!(
                std::fs::read(at.join("f.png"))
                    .unwrap()
                    .starts_with(b"\x89PNG")
            );
            assert!(
                big_in(at, &["report", what, "-o", "r.html"])
                    .status
                    .success()
            );
            let page = std::fs::read_to_string(at.join("r.html")).unwrap();
            assert!(page.contains("<svg") && page.ends_with("</html>\n"));
        }
        // The same bytes from the game and from its result.
        let of = |what: &str| big_in(at, &["plot", what]).stdout;
        assert_eq!(of(&game), of("result.json"), "{id}");
    }
    assert_eq!(
        big_in(at, &["plot", "vaccine-debate.toml", "-o", "f.pdf"])
            .status
            .code(),
        Some(2)
    );
    std::fs::write(
        at.join("odd.json"),
        "{ \"solution_concept\": \"pure_nash\", \"game\": {} }",
    )
    .unwrap();
    assert_eq!(big_in(at, &["plot", "odd.json"]).status.code(), Some(2));
}
