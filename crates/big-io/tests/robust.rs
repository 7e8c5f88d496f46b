//! No input makes the reader panic; TOML and JSON say the same; large texts are read in doubles.
#![allow(clippy::unwrap_used)]

use big_io::{Content, GameFile, catalogue, game_from_text};
use proptest::prelude::*;

fn same(a: &GameFile, b: &GameFile) -> bool {
    let contents = match (&a.content, &b.content) {
        (Content::Continuous(a), Content::Continuous(b)) => {
            a.exact() == b.exact() && a.targets() == b.targets() && a.bias() == b.bias()
        }
        (Content::Finite(a), Content::Finite(b)) => a == b,
        (Content::Hybrid(a), Content::Hybrid(b)) => a == b,
        (Content::Private(a), Content::Private(b)) => {
            (a.spec(), a.types(), a.scenarios()) == (b.spec(), b.types(), b.scenarios())
        }
        (Content::Reduced(a), Content::Reduced(b)) => {
            (a.spec(), a.terms()) == (b.spec(), b.terms())
        }
        _ => false,
    };
    contents && a.name == b.name && a.description == b.description
}

/// The numbers of a TOML file as JSON texts, so that none is rounded on the way.
fn as_json(toml: &str) -> String {
    let value: serde_json::Value = toml::from_str(toml).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

#[test]
fn toml_and_json_of_one_game_are_the_same() {
    for entry in catalogue::all() {
        let toml = game_from_text("g.toml", entry.text).unwrap();
        let json = game_from_text("g.json", &as_json(entry.text)).unwrap();
        assert!(same(&toml, &json), "{}", entry.id);
    }
}

#[test]
fn the_numbers_of_a_small_game_are_exact_and_of_a_large_one_rounded() {
    let game = |n: usize| {
        let mut text =
            "{ \"action_space\": { \"type\": \"ball\", \"radius\": \"1/3\" }, \"influencers\": ["
                .to_owned();
        for i in 0..n {
            text += &format!(
                "{}{{ \"weight\": 0.1, \"target\": [0.{}, 1] }}",
                if i > 0 { ", " } else { "" },
                i + 1
            );
        }
        match game_from_text("g", &(text + "] }")).unwrap().content {
            Content::Continuous(game) => game,
            _ => panic!("not finite"),
        }
    };
    let (small, large) = (game(1_000), game(7_000));
    assert!(small.exact().is_some() && large.exact().is_none());
    assert_eq!(small.targets(), &large.targets()[..2_000]);
    assert_eq!(large.influencers(), 7_000);
}

#[test]
fn identical_spaces_are_shared() {
    let text = "[[influencers]]\nweight = 1\ntarget = [0]\naction_space = { type = \"box\", lower = -1, upper = 1 }\n\
                [[influencers]]\nweight = 1\ntarget = [0]\naction_space = { type = \"box\", upper = [\"1.0\"], lower = [-1] }\n\
                [[influencers]]\nweight = [[1, 2]]\ntarget = [0]\n\
                [[influencers]]\nweight = [[2, 1]]\ntarget = [0]\n\
                [action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n";
    let Content::Continuous(game) = game_from_text("g", text).unwrap().content else {
        panic!()
    };
    let of: Vec<usize> = (0..4).map(|i| game.space_index(i)).collect();
    assert_eq!((of, game.spaces().len()), (vec![0, 0, 1, 1], 2));
}

#[test]
fn toml_numbers_of_every_form_are_read() {
    let text = "receiver.bias = [0x10, 1_000, +1.5e1, 0b11, 0o7]\naction_space = { type = \"ball\", radius = 1 }\n\
                influencers = [{ weight = 1, target = [1, 2, 3, 4, 5] }]\n";
    let Content::Continuous(game) = game_from_text("g", text).unwrap().content else {
        panic!()
    };
    assert_eq!(game.bias(), [16.0, 1000.0, 15.0, 3.0, 7.0]);
}

#[test]
fn json_texts_may_be_escaped() {
    let text = r#"{ "name": "\u00fc\ud83d\ude00\"", "description": "\t\r\n\b\f\/\\", "action_space": { "type": "b\u0061ll", "radius": 1 },
                    "influencers": [{ "weight": 1, "target": [0] }] }"#;
    let game = game_from_text("g", text).unwrap();
    assert_eq!(game.name.as_deref(), Some("ü😀\""));
    assert_eq!(game.description.as_deref(), Some("\t\r\n\u{8}\u{c}/\\"));
}

/// A valid file with a few of its bytes changed, dropped or doubled.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (
        0_usize..5_000,
        prop::sample::select(b"[]{}\",.=:-e0195nN#'\n \\/x\xc3\xff".to_vec()),
        0_u8..4,
    );
    (
        0..catalogue::all().len(),
        any::<bool>(),
        prop::collection::vec(edit, 1..8),
    )
        .prop_map(|(which, json, edits)| {
            let text = catalogue::all()[which].text;
            let mut bytes = if json { as_json(text) } else { text.to_owned() }.into_bytes();
            for (at, byte, how) in edits {
                let at = at % bytes.len();
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    2 => _ = bytes.remove(at),
                    _ => bytes.extend_from_within(at..(at + 40).min(bytes.len())),
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn mutated_games_are_read_or_refused(text in mutated()) {
        if let Err(error) = game_from_text("g", &text) {
            prop_assert!(!error.message.is_empty() && !error.to_string().contains('\n'), "{}", error);
            if let Some(span) = &error.span {
                prop_assert!(error.text.as_ref().unwrap().get(span.clone()).is_some());
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = game_from_text("g", &text);
    }

    #[test]
    fn texts_of_the_alphabet_are_read_or_refused(text in "[\\[\\]{}\",:=.a0-9 \\n\\\\#'-]{0,60}") {
        let _ = game_from_text("g", &text);
        let _ = game_from_text("g", &format!("{{{text}"));
    }
}
