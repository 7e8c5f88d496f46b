//! The catalogue solves, and the schema says what the reader says.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use big_game::equilibrium::Cardinality;
use big_game::spec::{FiniteSpec, Rational, WeightSpec};
use big_game::{SolveOptions, solve};
use big_io::{Content, catalogue, game_from_text, schema_game};
use serde_json::{Value, json};

fn as_json(toml: &str) -> Value {
    toml::from_str(toml).unwrap()
}

#[test]
fn every_file_of_the_folder_is_an_entry_and_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let entries: BTreeSet<String> = catalogue::all().iter().map(|e| e.id.to_owned()).collect();
    assert_eq!(files, entries);
    for entry in catalogue::all() {
        let game = game_from_text(entry.id, entry.text).unwrap();
        assert!(
            game.name.is_some() && game.description.is_some(),
            "{}",
            entry.id
        );
        assert!(entry.text.starts_with("# "), "{}", entry.id);
        assert_eq!(catalogue::get(entry.id), Some(entry));
    }
    assert_eq!(catalogue::get("nowhere"), None);
}

/// Receiver, cardinality, dimension and winners of every continuous game, to the digits that its comments promise.
#[test]
fn the_continuous_games_have_the_equilibria_their_comments_promise() {
    use Cardinality::{Infinite, Unique};
    type Expected = (
        &'static str,
        &'static [f64],
        Cardinality,
        usize,
        &'static [usize],
    );
    let expected: [Expected; 17] = [
        ("example-1-opposite", &[0.0], Unique, 0, &[]),
        ("example-1-same-side", &[-0.3], Unique, 0, &[1]),
        ("example-2-continuum", &[0.0, 0.0], Infinite, 1, &[]),
        ("example-2-corner", &[0.0, 0.0], Unique, 0, &[]),
        ("example-3-diamond", &[0.5, -0.5], Unique, 0, &[]),
        ("example-4-diamond-face", &[0.25, -0.25], Infinite, 1, &[]),
        ("party-manifestos", &[0.05, 0.12], Unique, 0, &[]),
        ("advertisers-with-budgets", &[0.55, 0.10], Unique, 0, &[0]),
        ("vaccine-debate", &[0.65, 0.59], Unique, 0, &[]),
        (
            "annotators-matrix-weights",
            &[0.382_796, 0.342_476],
            Unique,
            0,
            &[],
        ),
        ("lobbying-simplex", &[0.45, 0.30, 0.25], Unique, 0, &[3]),
        ("sceptic-negative-weight", &[0.2, 0.2], Unique, 0, &[]),
        ("mixed-sets", &[0.1, -0.026_645], Unique, 0, &[]),
        ("exact-decimals", &[0.3], Unique, 0, &[2]),
        ("costly-lies", &[0.1], Unique, 0, &[2]),
        ("log-rolling-disc", &[0.035_532, 0.145_245], Unique, 0, &[]),
        ("alliance-disc", &[0.205_737, 0.280_307], Unique, 0, &[]),
    ];
    let mut continuous = 0;
    for entry in catalogue::all() {
        let Content::Continuous(game) = game_from_text(entry.id, entry.text).unwrap().content
        else {
            continue;
        };
        continuous += 1;
        let (_, receiver, cardinality, dimension, winners) = expected
            .iter()
            .find(|e| e.0 == entry.id)
            .unwrap_or_else(|| panic!("{} is not expected", entry.id));
        let found = solve(&game, &SolveOptions::default()).unwrap();
        assert!(found.certificate.holds(), "{}", entry.id);
        assert_eq!(found.cardinality, *cardinality, "{}", entry.id);
        assert_eq!(found.dimension, Some(*dimension), "{}", entry.id);
        assert_eq!(found.winners, *winners, "{}", entry.id);
        for (r, e) in found.receiver.iter().zip(*receiver) {
            assert!((r - e).abs() < 1e-6, "{}: {:?}", entry.id, found.receiver);
        }
    }
    assert_eq!(continuous, expected.len());
}

#[test]
fn the_matrix_weights_sum_to_the_identity() {
    let text = catalogue::get("annotators-matrix-weights").unwrap().text;
    let game = as_json(text);
    for (k, l) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let sum: f64 = game["influencers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["weight"][k][l].as_f64().unwrap())
            .sum();
        assert!((sum - f64::from(k == l)).abs() < 1e-12);
    }
}

#[test]
fn the_catalogue_is_valid_under_the_schema() {
    let schema = schema_game();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for entry in catalogue::all() {
        let game = as_json(entry.text);
        let errors: Vec<String> = validator
            .iter_errors(&game)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", entry.id);
    }
    let table = json!({
        "$schema": "big-game.json",
        "action_space": { "type": "ball", "radius": "1/3", "center": 0 },
        "influencers": { "file": "x.parquet" }
    });
    assert!(validator.is_valid(&table));
}

/// Edits of a valid game that make it invalid: the schema refuses them, and so does the reader.
#[test]
fn schema_and_reader_refuse_the_same_games() {
    let valid = json!({
        "name": "n", "loss": "inner_product", "receiver": { "bias": [0, "1/3"] },
        "action_space": { "type": "box", "lower": -1, "upper": [1, 1] },
        "influencers": [{ "name": "a", "weight": [[1, 0], [0, 1]], "target": [0.5, "-2/7"],
                          "action_space": { "type": "simplex" } }]
    });
    let validator = jsonschema::validator_for(&schema_game()).unwrap();
    let accepts = |game: &Value| game_from_text("g.json", &game.to_string()).is_ok();
    assert!(validator.is_valid(&valid) && accepts(&valid));
    let edits: Vec<(&str, Value)> = vec![
        ("/name", json!(3)),
        ("/name", json!(null)),
        ("/extra", json!(1)),
        ("/loss", json!("absolute")),
        ("/receiver/bias", json!([])),
        ("/receiver/bias", json!(0)),
        ("/receiver/bias", json!(["x", 0])),
        ("/receiver/extra", json!(1)),
        ("/receiver", json!(null)),
        ("/action_space/type", json!("sphere")),
        ("/action_space/lower", json!(true)),
        ("/action_space/extra", json!(1)),
        ("/action_space", json!({ "type": "box", "lower": 0 })),
        ("/action_space", json!({ "type": "ball" })),
        (
            "/action_space",
            json!({ "type": "ball", "radius": 1, "scale": 1 }),
        ),
        ("/action_space", json!({ "type": "polytope" })),
        (
            "/action_space",
            json!({ "type": "polytope", "vertices": [[0, 0]], "halfspaces": { "a": [[1, 0]], "b": [1] } }),
        ),
        (
            "/action_space",
            json!({ "type": "polytope", "halfspaces": { "a": [[1, 0]] } }),
        ),
        ("/influencers", json!([])),
        ("/influencers", json!({})),
        ("/influencers", json!({ "file": 3 })),
        ("/influencers", json!({ "file": "x.csv", "format": "csv" })),
        ("/influencers/0/weight", json!(true)),
        ("/influencers/0/weight", json!([1, 2])),
        ("/influencers/0/weight", json!(null)),
        ("/influencers/0/target", json!([])),
        ("/influencers/0/target", json!("0")),
        ("/influencers/0/target", json!(["1//3", 0])),
        ("/influencers/0/extra", json!(1)),
        (
            "/influencers/0/action_space",
            json!({ "type": "finite", "items": [[0, 0]], "choose": 0 }),
        ),
        (
            "/influencers/0/action_space",
            json!({ "type": "finite", "items": [], "choose": 1 }),
        ),
        (
            "/influencers/0/action_space",
            json!({ "type": "ellipsoid", "center": [0, 0] }),
        ),
    ];
    for (place, value) in edits {
        let mut game = valid.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        let whole = game.pointer_mut(parent).unwrap();
        match whole {
            Value::Object(map) => _ = map.insert(key.to_owned(), value.clone()),
            other => other[key] = value.clone(),
        }
        assert!(
            !validator.is_valid(&game),
            "the schema accepts {place} = {value}"
        );
        assert!(!accepts(&game), "the reader accepts {place} = {value}");
    }
}

/// All `choose`-subsets of `0..n`, in order.
fn subsets(n: usize, choose: usize) -> Vec<Vec<usize>> {
    let masks = (0_u32..1 << n).filter(|mask| mask.count_ones() as usize == choose);
    masks
        .map(|mask| (0..n).filter(|i| mask >> i & 1 == 1).collect())
        .collect()
}

/// The number of pure equilibria of a game of two with scalar weights and one set of items, by trying all
/// profiles in exact arithmetic.
fn pure_equilibria(game: &FiniteSpec) -> usize {
    let set = &game.sets[0];
    let size = Rational::from_integer(set.choose.into());
    let mean = |choice: &Vec<usize>, k: usize| {
        choice.iter().map(|&i| &set.items[i][k]).sum::<Rational>() / &size
    };
    let weight = |i: usize| match &game.influencers[i].weight {
        WeightSpec::Scalar(w) => w,
        WeightSpec::Matrix(_) => panic!("not a scalar"),
    };
    let choices = subsets(set.items.len(), set.choose);
    let loss = |i: usize, a: usize, b: usize| -> Rational {
        let coordinates = game.bias.iter().enumerate().map(|(k, bias)| {
            let receiver =
                bias + weight(0) * mean(&choices[a], k) + weight(1) * mean(&choices[b], k);
            let off = receiver - &game.influencers[i].target[k];
            &off * &off
        });
        coordinates.sum()
    };
    let all = 0..choices.len();
    let table = |i: usize| -> Vec<Vec<Rational>> {
        all.clone()
            .map(|a| all.clone().map(|b| loss(i, a, b)).collect())
            .collect()
    };
    let (first, second) = (table(0), table(1));
    let stays = |a: usize, b: usize| {
        all.clone()
            .all(|other| first[a][b] <= first[other][b] && second[a][b] <= second[a][other])
    };
    all.clone()
        .map(|a| all.clone().filter(|&b| stays(a, b)).count())
        .sum()
}

#[test]
fn the_finite_games_have_as_many_equilibria_as_their_comments_say() {
    for (id, expected) in [("example-5", 40), ("newsroom-finite", 2)] {
        let Content::Finite(game) = game_from_text(id, catalogue::get(id).unwrap().text)
            .unwrap()
            .content
        else {
            panic!("{id} is finite");
        };
        assert_eq!(pure_equilibria(&game), expected, "{id}");
    }
}
