//! Profiles come back from every form in which they are written, and bad ones are refused at their place.
#![allow(clippy::unwrap_used)]

use big_game::profile::Profile;
use big_game::{Game, SolveOptions, solve};
use big_io::{Content, Source, game_from_text, read_profile, write_actions};
use proptest::prelude::*;

fn game(text: &str) -> Game {
    match game_from_text("g", text).unwrap().content {
        Content::Continuous(game) => *game,
        _ => panic!("not finite"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tables_of_actions_come_back(
        d in 1_usize..4,
        numbers in prop::collection::vec(-2.0..2.0_f64, 4..60),
        ragged in any::<bool>(),
    ) {
        let n = numbers.len() / (d + 1);
        prop_assume!(n > 1);
        let mut text = String::new();
        for i in 0..n {
            let target = &numbers[n + i * d..n + (i + 1) * d];
            // A ragged game has a 1-D action for every other influencer.
            let weight = match ragged && i % 2 == 1 {
                true => format!("{:?}", vec![[numbers[i]]; d]),
                false => format!("{}", numbers[i]),
            };
            text += &format!("[[influencers]]\nname = \"a, {i}\"\nweight = {weight}\ntarget = {target:?}\n");
        }
        text += "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n";
        let game = game(&text);
        let mut profile = Profile::zeros(&game);
        for (i, value) in profile.values_mut().iter_mut().enumerate() {
            *value = numbers[i % numbers.len()] / 2.0;
        }
        let folder = tempfile::tempdir().unwrap();
        for file in ["a.parquet", "a.csv"] {
            let path = folder.path().join(file);
            write_actions(&path, &game, &profile).unwrap();
            // Written again over itself: the same bytes.
            let bytes = std::fs::read(&path).unwrap();
            write_actions(&path, &game, &profile).unwrap();
            prop_assert_eq!(&bytes, &std::fs::read(&path).unwrap());
            prop_assert_eq!(&read_profile(&Source::Path(path), &game).unwrap(), &profile);
        }
        prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left behind");
    }
}

#[test]
fn profiles_are_read_from_every_form() {
    let text = "[[influencers]]\nname = \"a\"\nweight = 0.5\ntarget = [-0.8]\n[[influencers]]\nweight = 0.5\ntarget = [-0.3]\n\
                [action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n";
    let game = game(text);
    let solved = solve(&game, &SolveOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let from = |file: &str, text: &str| {
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        read_profile(&Source::Path(path), &game)
    };
    for (file, text) in [
        ("p.json", "{ \"actions\": [[-1], [\"2/5\"]] }"),
        ("p.toml", "actions = [[-1.0], [0.4]]"),
        (
            "p",
            "{ \"receiver\": [-0.3], \"influencers\": [{ \"name\": \"a\", \"action\": [-1.0] }, { \"action\": [4e-1] }] }",
        ),
        ("p.csv", "name,action_0\na,-1\n2,0.4\n"),
        ("q.csv", "loss,action\n0,-1\n0,0.4\n"),
    ] {
        assert_eq!(from(file, text).unwrap(), solved.actions, "{file}");
    }
    for (file, text, message, place) in [
        (
            "p.json",
            "{ \"actions\": [[-1]] }",
            "the profile has 1 action where the game has 2 influencers",
            (Some(14), None),
        ),
        (
            "p.json",
            "{ \"actions\": [[-1], [1, 2]] }",
            "the action of '2' has 2 numbers",
            (Some(21), None),
        ),
        (
            "p.json",
            "{ \"actions\": [[-1], [NaN]] }",
            "is not finite",
            (Some(22), None),
        ),
        (
            "p.json",
            "{ \"actions\": 3 }",
            "must be a list with one action an influencer",
            (Some(14), None),
        ),
        (
            "p.json",
            "{ \"action\": [] }",
            "the profile has no `actions`",
            (Some(1), None),
        ),
        (
            "p.json",
            "{ \"influencers\": [{}, {}] }",
            "the influencer has no `action`",
            (Some(19), None),
        ),
        (
            "p.csv",
            "name,action\nb,1\n2,3\n",
            "this is the action of 'b' where the game has 'a'",
            (None, Some(1)),
        ),
        (
            "p.csv",
            "action\n1\n2\n3\n",
            "the game has only 2 influencers",
            (None, Some(3)),
        ),
        (
            "p.csv",
            "action\n1\n",
            "the profile has 1 action where the game has 2 influencers",
            (None, None),
        ),
        (
            "p.csv",
            "action_0,action_1\n1,\n1,2\n",
            "the action of '2' has 2 numbers",
            (None, Some(2)),
        ),
    ] {
        let error = from(file, text).unwrap_err();
        assert!(
            error.message.contains(message),
            "wanted {message}, got {error}"
        );
        assert_eq!((error.column, error.row), place, "{error}");
    }
    for (file, message) in [
        ("a.xlsx", "neither .parquet nor .csv"),
        ("nowhere/a.csv", "cannot be written"),
    ] {
        let refused = write_actions(&folder.path().join(file), &game, &solved.actions).unwrap_err();
        assert!(refused.message.contains(message), "{refused}");
    }
}
