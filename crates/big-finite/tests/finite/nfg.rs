//! Gambit's format: one game to the letter, and many read back.

use big_finite::{Budget, FiniteGame, NfgError, write_nfg};
use num_rational::BigRational;

use crate::brute::{Dice, choices_of, loss, random_game};
use crate::catalogue::example_5;

#[test]
fn a_small_game_to_the_letter() {
    let mut text = Vec::new();
    write_nfg(
        &example_5(1, 1),
        "two \"signs\"",
        100,
        &Budget::unlimited(),
        &mut text,
    )
    .unwrap();
    let expected = "NFG 1 R \"two \\\"signs\\\"\" { \"1\" \"2\" }\n\n{\n{ \"0\" \"1\" }\n{ \"0\" \"1\" }\n}\n\n\
                    -49/64 -81/64\n-1/64 -1/64\n-1/64 -1/64\n-81/64 -49/64\n";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[test]
fn a_table_that_is_too_large_is_not_begun() {
    let mut text = Vec::new();
    let error = write_nfg(&example_5(4, 4), "", 9799, &Budget::unlimited(), &mut text).unwrap_err();
    assert!(text.is_empty());
    assert!(error.to_string().contains("9800 numbers"), "{error}");
    assert!(matches!(error, NfgError::TooLarge { limit: 9799, .. }));
}

#[test]
fn what_is_written_can_be_read() {
    for seed in 0..200 {
        let n = 1 + seed as usize % 3;
        let (spec, game) = random_game(&mut Dice::new(seed), n, 8);
        let mut text = Vec::new();
        write_nfg(&game, "game", u64::MAX, &Budget::unlimited(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut lines = text.lines().skip(3);
        let labels: Vec<Vec<Vec<u32>>> = (0..n)
            .map(|_| {
                let line = lines.next().unwrap();
                line.split('"')
                    .skip(1)
                    .step_by(2)
                    .map(|label| label.split(',').map(|a| a.parse().unwrap()).collect())
                    .collect()
            })
            .collect();
        for i in 0..n {
            assert_eq!(labels[i], choices_of(&spec, i));
        }
        let payoffs: Vec<BigRational> = lines
            .skip(2)
            .flat_map(str::split_whitespace)
            .map(|payoff| payoff.parse().unwrap())
            .collect();
        let profiles: usize = labels.iter().map(Vec::len).product();
        assert_eq!(payoffs.len(), profiles * n);
        for (p, row) in payoffs.chunks(n).enumerate() {
            let mut rest = p;
            let profile: Vec<Vec<u32>> = labels
                .iter()
                .map(|own| {
                    let choice = own[rest % own.len()].clone();
                    rest /= own.len();
                    choice
                })
                .collect();
            for i in 0..n {
                assert_eq!(row[i], -loss(&spec, i, &profile));
            }
        }
    }
}

#[test]
fn names_are_distinct_for_those_who_read_one_line() {
    let mut spec = example_5(1, 1).spec().clone();
    let third = spec.influencers[0].clone();
    spec.influencers.push(third.clone());
    spec.influencers.push(third);
    for (influencer, name) in spec
        .influencers
        .iter_mut()
        .zip(["a\\b", "a/b", " \n", "a\n/b"])
    {
        influencer.name = Some(name.into());
    }
    spec.influencers[3].name = Some("a/b (2)".into());
    let game = FiniteGame::new(spec).unwrap();
    let mut text = Vec::new();
    write_nfg(&game, "x", 1000, &Budget::unlimited(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        r#"NFG 1 R "x" { "a/b" "a/b (2)" "3" "a/b (2) (2)" }"#
    );
}

#[test]
fn a_table_ends_with_its_budget_and_does_not_fill_memory_with_names() {
    let game = example_5(4, 4);
    let mut text = Vec::new();
    let error = write_nfg(&game, "", 9800, &Budget::until(&|| true), &mut text).unwrap_err();
    assert!(matches!(error, NfgError::Spent));
    let small = Budget::unlimited().with_memory(1000);
    let error = write_nfg(&game, "", 9800, &small, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, NfgError::TooLong { .. }));
}
