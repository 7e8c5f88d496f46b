//! Figures and reports from the command line.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod program;

use std::path::Path;

use program::{big, big_on};
use serde_json::Value;

/// The standard output of a command that answered, perhaps with a valid 'no'.
fn answer(folder: &Path, arguments: &[&str]) -> String {
    let output = big(folder, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code().is_some_and(|code| code <= 1),
        "{arguments:?}: {told}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What is said of a command that is refused.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = big(folder, arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    // Lines are broken where they are long.
    told.replace("\n        ", " ").replace("\n  │ ", " ")
}

/// The caption of a figure, which is its description.
fn caption(svg: &str) -> &str {
    let start = svg.find("<desc>").unwrap() + "<desc>".len();
    &svg[start..start + svg[start..].find("</desc>").unwrap()]
}

const EXPERIMENT: &str = r#"{ "pairs": 300, "distribution": "normal", "seed": 4,
    "action_space": { "type": "box", "lower": -1, "upper": 1 },
    "influencers": [{ "name": "left", "theta": [-0.2] }, { "name": "right", "theta": [0.3] }] }"#;
const PLANE: &str = r#"{ "pairs": 300, "distribution": "normal", "seed": 4,
    "action_space": { "type": "box", "lower": -1, "upper": 1 },
    "influencers": [{ "name": "left", "theta": [-0.2, 0.1] }, { "name": "right", "theta": [0.3, 0.5] }] }"#;

/// A finite game of two with two choices each.
const SMALL: &str = r#"{ "action_space": { "type": "finite", "items": [[-1], [1]], "choose": 1 },
    "influencers": [{ "weight": 0.5, "target": [-0.8] }, { "weight": 0.5, "target": [0.3] }] }"#;

/// A folder with the catalogue and two experiments, the tables drawn from them.
fn stocked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    answer(at, &["examples", "write"]);
    std::fs::write(at.join("line.json"), EXPERIMENT).unwrap();
    std::fs::write(at.join("plane.json"), PLANE).unwrap();
    for name in ["line", "plane"] {
        let (experiment, table) = (format!("{name}.json"), format!("{name}.csv"));
        answer(at, &["prefs", "simulate", &experiment, "-o", &table]);
    }
    folder
}

#[test]
fn games_results_and_runs_are_drawn_and_reported() {
    let folder = stocked();
    let at = folder.path();
    let games: Vec<String> = std::fs::read_dir(at)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    assert!(games.len() >= 16);
    let named = refusal(at, &["report", &games[0], "-o", "r.pdf"]);
    assert!(named.contains("is a page") && !at.join("r.pdf").exists());
    for game in games {
        answer(at, &["solve", &game, "--json", "-o", "result.json"]);
        let text = std::fs::read_to_string(at.join(&game)).unwrap();
        let mut subjects = vec![game.as_str(), "result.json"];
        // There everybody has a dominant action; and where only some choose items there are no runs.
        if !text.contains("inner_product") && game != "newsroom-and-campaign.toml" {
            answer(at, &["dynamics", &game, "--json", "-o", "run.json"]);
            subjects.push("run.json");
        }
        if game == "example-5.toml" {
            // Nobody moves there, and the run does not carry its game.
            subjects.pop();
            assert!(refusal(at, &["plot", "run.json"]).contains("after 0 rounds"));
        }
        for what in subjects {
            let light = answer(at, &["plot", what]);
            let dark = answer(at, &["plot", what, "--theme", "dark", "--width", "360"]);
            assert!(
                light.starts_with("<svg") && dark.starts_with("<svg"),
                "{game}"
            );
            assert_ne!(light, dark);
            answer(at, &["plot", what, "-o", "f.png"]);
            let png = std::fs::read(at.join("f.png")).unwrap();
            assert!(png.starts_with(b"\x89PNG"));
            answer(at, &["plot", what, "-o", "f.pdf"]);
            let pdf = std::fs::read(at.join("f.pdf")).unwrap();
            assert!(pdf.starts_with(b"%PDF-1.") && pdf.ends_with(b"%%EOF"));
            answer(at, &["report", what, "-o", "r.html"]);
            let page = std::fs::read_to_string(at.join("r.html")).unwrap();
            assert!(
                page.contains("<svg") && page.ends_with("</html>\n"),
                "{game}"
            );
            let made = format!("big report {what} -o r.html");
            assert!(page.contains(&made), "{game}: the command is in the page");
        }
        // The same bytes from the game and from its result.
        let of = |what: &str| answer(at, &["plot", what]);
        assert_eq!(of(&game), of("result.json"), "{game}");
    }
}

/// Every answer that has JSON has a report, with what it says in words and its numbers in a table.
#[test]
fn every_answer_has_a_report() {
    let folder = stocked();
    let at = folder.path();
    std::fs::write(at.join("moved.json"), r#"{ "actions": [[-1], [0.3]] }"#).unwrap();
    std::fs::write(
        at.join("choices.json"),
        r#"{ "choices": [[0, 1], [2, 3]] }"#,
    )
    .unwrap();
    std::fs::write(at.join("same.csv"), "a_0,b_0,label\n0,1,1\n1,2,1\n").unwrap();
    std::fs::write(at.join("small.json"), SMALL).unwrap();
    let same_side = "example-1-same-side.toml";
    let cases: [(&[&str], &str); 20] = [
        (&["solve", same_side], "by playing 0.4"),
        (&["dynamics", same_side], "Best-response dynamics"),
        (
            &["verify", same_side, "moved.json"],
            "Not an equilibrium: &#39;centre left&#39; gains 0.0025",
        ),
        (&["solve", "newsroom-finite.toml"], "exact fractions"),
        (
            &["dynamics", "newsroom-finite.toml"],
            "nobody gains, exactly",
        ),
        (
            &["verify", "newsroom-finite.toml", "choices.json"],
            "Not an equilibrium",
        ),
        (
            &["enumerate", "newsroom-finite.toml"],
            "2 pure equilibria in all",
        ),
        (
            &["enumerate", "example-5.toml", "--count"],
            "40 pure equilibria",
        ),
        (
            &["enumerate", "example-5.toml", "--limit", "5"],
            "At least 5",
        ),
        (
            &["strategic", "newsroom-finite.toml"],
            "2 pure equilibria among",
        ),
        (
            &["strategic", "small.json", "--concept", "mixed"],
            "whose supports determine them",
        ),
        (
            &["strategic", "newsroom-finite.toml", "--concept", "coarse"],
            "The coarse correlated equilibrium with the greatest sum",
        ),
        (
            &["prefs", "simulate", "line.json", "-o", "again.csv"],
            "600 comparisons",
        ),
        (
            &["prefs", "fit", "line.csv", "--by", "annotator"],
            "ideal point of 600 comparisons",
        ),
        (&["prefs", "fit", "same.csv"], "No estimate"),
        (&["prefs", "receiver", "line.csv"], "share an estimate"),
        (&["prefs", "play", "line.json"], "Nobody can improve"),
        (
            &["prefs", "play", "plane.json"],
            "No search found anybody who can improve",
        ),
        (
            &["prefs", "audit", "line.csv"],
            "manipulability of these 600",
        ),
        (
            &["reproduce", "--out", "paper"],
            "claims of arXiv:2502.01127 hold",
        ),
    ];
    for (command, words) in cases {
        let json = answer(at, &[command, &["--json"]].concat());
        std::fs::write(at.join("answer.json"), json).unwrap();
        let page = answer(at, &["report", "answer.json"]);
        assert!(page.contains(words), "{command:?}: {words}");
        assert!(page.contains("<tbody>") && page.ends_with("</html>\n"));
    }
}

/// Results of large games do not carry them, and are told all the same.
#[test]
fn large_results_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let rows: String = (0..1500)
        .map(|k| format!("0.001,{}\n", f64::from(k * 617 % 1500) / 750.0 - 1.0))
        .collect();
    std::fs::write(
        at.join("influencers.csv"),
        format!("weight,target_0\n{rows}"),
    )
    .unwrap();
    std::fs::write(
        at.join("large.toml"),
        "influencers = { file = \"influencers.csv\" }\n[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n",
    )
    .unwrap();
    answer(at, &["solve", "large.toml", "--json", "-o", "solved.json"]);
    answer(
        at,
        &[
            "dynamics",
            "large.toml",
            "--json",
            "-o",
            "run.json",
            "--max-rounds",
            "1",
        ],
    );
    for file in ["solved.json", "run.json"] {
        let value: Value = serde_json::from_slice(&std::fs::read(at.join(file)).unwrap()).unwrap();
        assert!(value.get("game").is_none(), "{file} is small");
        assert!(answer(at, &["plot", file]).starts_with("<svg"));
        let page = answer(at, &["report", file]);
        assert!(
            page.contains("<svg") && page.contains("The receiver"),
            "{file}"
        );
    }
    assert!(answer(at, &["report", "solved.json"]).contains("the first 500 of 1500"));
    // Without the influencers there are words and no figure.
    let command = [
        "solve",
        "large.toml",
        "--actions",
        "a.csv",
        "--json",
        "-o",
        "bare.json",
    ];
    answer(at, &command);
    assert!(answer(at, &["report", "bare.json"]).contains("The receiver lands at"));
    assert!(refusal(at, &["plot", "bare.json"]).contains("nothing to draw"));
    // A crowd on a line is a histogram first.
    let crowd = answer(at, &["plot", "large.toml"]);
    assert!(caption(&crowd).starts_with("Exaggeration"));
    let rows = answer(at, &["plot", "large.toml", "--figure", "game"]);
    assert!(caption(&rows).contains("1470 more are not"));
}

#[test]
fn figures_are_chosen_by_name() {
    let folder = stocked();
    let at = folder.path();
    let run = [
        "dynamics",
        "example-1-same-side.toml",
        "--json",
        "-o",
        "run.json",
    ];
    answer(at, &run);
    let cases = [
        ("run.json", "auto", "How far the potential"),
        ("run.json", "trajectory", "How far the potential"),
        ("run.json", "game", "What each influencer wants"),
        ("run.json", "potential", "The potential in a slice"),
        ("vaccine-debate.toml", "auto", "Arrows lead"),
        (
            "vaccine-debate.toml",
            "potential",
            "The potential in a slice",
        ),
        ("vaccine-debate.toml", "ranking", "Exaggeration"),
        ("line.csv", "auto", "The log-likelihood"),
        ("line.csv", "likelihood", "The log-likelihood"),
        ("line.csv", "pairs", "One point a pair"),
        (
            "line.csv",
            "estimates",
            "Estimates (dots) with their 95 % intervals",
        ),
        ("plane.csv", "auto", "The log-likelihood"),
    ];
    for (what, figure, words) in cases {
        let svg = answer(at, &["plot", what, "--figure", figure]);
        assert!(
            caption(&svg).starts_with(words),
            "{what}, {figure}: {}",
            caption(&svg)
        );
    }
    // The run lies in the slice of two influencers on a line.
    let slice = answer(at, &["plot", "run.json", "--figure", "potential"]);
    assert!(caption(&slice).contains("best-response dynamics"));
    let told = refusal(at, &["plot", "plane.csv", "--figure", "pairs"]);
    assert!(
        told.contains("it has --figure likelihood, estimates"),
        "{told}"
    );
}

/// The likelihood's summit is the estimate of `big prefs fit`, at the same precision.
#[test]
fn tables_are_drawn_at_their_estimate() {
    let folder = stocked();
    let at = folder.path();
    for precision in ["1", "fit"] {
        let options = ["--precision", precision];
        let json = answer(
            at,
            &[["prefs", "fit", "line.csv", "--json"].as_slice(), &options].concat(),
        );
        let found: Value = serde_json::from_str(&json).unwrap();
        let theta = found["theta"][0].as_f64().unwrap();
        let svg = answer(at, &[["plot", "line.csv"].as_slice(), &options].concat());
        // In four significant digits.
        let (_, rest) = caption(&svg).split_once("its maximiser, ").unwrap();
        let shown: f64 = rest
            .split_once(',')
            .unwrap()
            .0
            .replace('−', "-")
            .parse()
            .unwrap();
        assert!(
            (shown - theta).abs() <= 6e-4 * theta.abs(),
            "{shown} {theta}"
        );
        let held = caption(&svg).contains("The precision is held at its estimate");
        assert_eq!(held, precision == "fit");
    }
    let surface = answer(at, &["plot", "plane.csv"]);
    assert!(caption(&surface).contains("with its 95 % confidence ellipse"));
    // The same bytes whatever the threads.
    let one = answer(at, &["plot", "plane.csv", "--threads", "1"]);
    assert_eq!(surface, one);
    // Of a fit alone there is no likelihood, and none is made up.
    answer(
        at,
        &["prefs", "fit", "line.csv", "--json", "-o", "fit.json"],
    );
    let told = refusal(at, &["plot", "fit.json", "--figure", "likelihood"]);
    assert!(told.contains("it has --figure estimates"), "{told}");
    let svg = answer(at, &["plot", "fit.json"]);
    assert!(caption(&svg).starts_with("Estimates"));
}

/// The picture of the README is what the program draws.
#[test]
fn the_picture_of_the_readme_is_up_to_date() {
    let folder = stocked();
    let drawn = answer(folder.path(), &["plot", "example-1-same-side.toml"]);
    assert_eq!(drawn, include_str!("../../../docs/same-side.svg"));
}

#[test]
fn standard_input_is_read() {
    let folder = stocked();
    let at = folder.path();
    let game = std::fs::read(at.join("party-manifestos.toml")).unwrap();
    let result = answer(at, &["solve", "party-manifestos.toml", "--json"]);
    let expected = answer(at, &["plot", "party-manifestos.toml"]);
    for input in [game, result.into_bytes()] {
        let output = big_on(at, &input, &["plot", "-"]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = stocked();
    let at = folder.path();
    let game = "example-1-same-side.toml";
    let write = |name: &str, text: &str| std::fs::write(at.join(name), text).unwrap();
    write("empty.json", "");
    write("deep.json", &"[".repeat(100_000));
    write(
        "deep-result.json",
        &format!("{{\"solution_concept\": {}", "[".repeat(100_000)),
    );
    write("list.json", "[1, 2]");
    write("other.json", r#"{ "hello": 1 }"#);
    write("profile.json", r#"{ "actions": [[-1], [0.3]] }"#);
    write(
        "odd.json",
        r#"{ "solution_concept": "pure_nash", "influencers": [], "game": {} }"#,
    );
    write("audit.json", r#"{ "manipulability": 3 }"#);
    write("empty.csv", "");
    write("influencers.csv", "weight,target_0\n1,2\n");
    write("ties.csv", "a_0,b_0,label\n1,2,0.5\n2,1,1\n");
    let cases = [
        ("empty.json", "is empty"),
        ("deep.json", "nested deeper"),
        ("deep-result.json", "nested deeper"),
        ("list.json", "must be a table"),
        ("other.json", "a game may have"),
        ("profile.json", "a profile is no game"),
        ("line.json", "an experiment is no game"),
        ("odd.json", "`influencers`"),
        ("audit.json", "is no result of this program"),
        ("empty.csv", "is empty"),
        ("influencers.csv", "is named in a game file"),
        ("ties.csv", "--ties half"),
        ("missing.json", "no such file"),
        (".", "is a folder"),
    ];
    for (file, words) in cases {
        for command in ["plot", "report"] {
            let told = refusal(at, &[command, file]);
            assert!(told.contains(words), "{command} {file}: {told}");
        }
    }
    let outputs: [(&[&str], &str); 7] = [
        (
            &["plot", game, "-o", "f.eps"],
            "none of .svg, .pdf and .png",
        ),
        (
            &["plot", game, "-o", "no/such/folder.svg"],
            "cannot be written",
        ),
        (
            &["report", game, "-o", "no/such/folder.html"],
            "cannot be written",
        ),
        (&["plot", game, "--width", "10"], "from 320 to 4000"),
        (
            &["plot", game, "-o", "f.png", "--scale", "1e9"],
            "choose another",
        ),
        (
            &["plot", game, "--precision", "2"],
            "for tables of comparisons",
        ),
        (&["plot", "line.csv", "--precision", "0"], "above 0"),
    ];
    for (command, words) in outputs {
        let told = refusal(at, command);
        assert!(told.contains(words), "{command:?}: {told}");
    }
    assert!(!at.join("f.eps").exists() && !at.join("f.png").exists());
    // An equilibrium has nothing to draw of a verification, and says so.
    answer(at, &["solve", game, "--json", "-o", "solved.json"]);
    answer(
        at,
        &[
            "verify",
            game,
            "solved.json",
            "--json",
            "-o",
            "verified.json",
        ],
    );
    assert!(refusal(at, &["plot", "verified.json"]).contains("An equilibrium: nobody gains"));
}

/// An SVG may ask its reader; a picture cannot, and is light.
#[test]
fn figures_and_pages_follow_their_reader() {
    let folder = stocked();
    let at = folder.path();
    let game = "example-1-same-side.toml";
    let asks = "@media (prefers-color-scheme:dark)";
    assert!(answer(at, &["plot", game, "--theme", "auto"]).contains(asks));
    assert!(!answer(at, &["plot", game]).contains(asks));
    for theme in ["auto", "light", "dark"] {
        let file = format!("{theme}.png");
        answer(at, &["plot", game, "--theme", theme, "-o", &file]);
        let page = answer(at, &["report", game, "--theme", theme]);
        assert_eq!(page.contains(asks), theme == "auto", "{theme}");
    }
    let picture = |theme: &str| std::fs::read(at.join(format!("{theme}.png"))).unwrap();
    assert_eq!(picture("auto"), picture("light"));
    assert_ne!(picture("auto"), picture("dark"));
    assert!(answer(at, &["report", game]).contains(asks));
}
