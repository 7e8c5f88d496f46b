//! Empirical best responses: the paper's trajectory, going on after a kill, programs as receivers.

use serde_json::json;

use super::{big, close, folder, json_of, refused, write};

#[test]
fn the_papers_trajectory() {
    let folder = folder();
    let mut as_in_the_paper = 0;
    for seed in 0..10 {
        let seed = seed.to_string();
        let found = big(
            folder.path(),
            &["prefs", "play", "paper.toml", "--json", "--seed", &seed],
        );
        let found = json_of(&found, 0);
        assert_eq!(found["converged"], true);
        let moves = found["iterations"].as_array().unwrap();
        let who: Vec<u64> = moves
            .iter()
            .map(|m| m["influencer"].as_u64().unwrap())
            .collect();
        let action = |i: usize| moves[i]["action"][0].as_f64().unwrap();
        // The left one moves the estimate onto its target from within X; the right one goes to the maximum and the left
        // one to the minimum.
        if who == [0, 1, 0]
            && (-0.95..-0.45).contains(&action(0))
            && moves[0]["loss"].as_f64().unwrap() < 1e-4
            && action(1) == 1.0
            && action(2) == -1.0
        {
            as_in_the_paper += 1;
            let predicted = &found["affine_prediction"];
            assert_eq!(predicted["actions"], json!([[-1.0], [1.0]]));
            close(
                &predicted["receiver"],
                &found["equilibrium"]["theta_hat"],
                0.1,
            );
        }
    }
    assert!(as_in_the_paper >= 8, "{as_in_the_paper} of 10");
}

#[test]
fn a_run_that_was_killed_goes_on_as_it_would_have() {
    let folder = folder();
    let whole = big(folder.path(), &["prefs", "play", "three.toml", "--json"]);
    let whole_found = json_of(&whole, 0);
    let turns = whole_found["iterations"].as_array().unwrap().len();
    assert!(turns > 2);
    for stop in ["1", "2", "3"] {
        let name = format!("{stop}.json");
        let part = [
            "prefs",
            "play",
            "three.toml",
            "--json",
            "--state",
            &name,
            "--max-iterations",
            stop,
        ];
        let found = json_of(&big(folder.path(), &part), 1);
        assert_eq!(found["converged"], false);
        let rest = [
            "prefs",
            "play",
            "three.toml",
            "--json",
            "--state",
            &name,
            "--threads",
            "2",
        ];
        let rest = big(folder.path(), &rest);
        assert_eq!(rest.status.code(), Some(0));
        assert_eq!(rest.stdout, whole.stdout, "after {stop}");
    }
    let other = [
        "prefs",
        "play",
        "three.toml",
        "--state",
        "1.json",
        "--seed",
        "9",
    ];
    refused(
        &big(folder.path(), &other),
        &["1.json", "another run", "`seed`"],
    );
    write(&folder, "bad.json", "{}");
    let bad = ["prefs", "play", "three.toml", "--state", "bad.json"];
    refused(&big(folder.path(), &bad), &["bad.json", "not the state"]);
}

#[cfg(unix)]
#[test]
fn any_program_can_be_the_receiver() {
    let folder = folder();
    // The mean of two one-dimensional actions, in a shell.
    write(
        &folder,
        "mean.sh",
        r#"while IFS= read -r line; do
  echo "$line" | sed 's/[^-0-9.eE,]//g; s/^[eE,]*//' | awk -F, '{ printf "{\"theta_hat\": [%.17g]}\n", ($1 + $2) / 2 }'
done
"#,
    );
    let play = |more: &[&str]| {
        let mut arguments = vec!["prefs", "play", "paper.toml", "--json"];
        arguments.extend(more);
        big(folder.path(), &arguments)
    };
    let found = json_of(&play(&["--receiver", "sh mean.sh"]), 0);
    assert_eq!(found["receiver"], "sh mean.sh");
    close(&found["iterations"][0]["action"], &json!([-0.7]), 1e-4);
    assert_eq!(found["equilibrium"]["actions"], json!([[-1.0], [1.0]]));
    assert_eq!(found["equilibrium"]["theta_hat"], json!([0.0]));
    let affine = json_of(&play(&["--receiver", "affine"]), 0);
    assert_eq!(
        affine["equilibrium"]["actions"],
        affine["affine_prediction"]["actions"]
    );
    close(
        &affine["equilibrium"]["theta_hat"],
        &affine["affine_prediction"]["receiver"],
        1e-12,
    );
    refused(
        &play(&["--receiver", "/nowhere/at-all"]),
        &["could not start '/nowhere/at-all'"],
    );
    refused(
        &play(&["--receiver", "echo nonsense"]),
        &["'echo' answered", "theta_hat"],
    );
    refused(
        &play(&["--receiver", "sh -c 'echo oops >&2; exit 1'"]),
        &["ended without an answer", "oops"],
    );
    refused(
        &play(&["--receiver", "sleep 5", "--timeout", "0.2"]),
        &["no answer to evaluation 1 within 0.2 s"],
    );
}
