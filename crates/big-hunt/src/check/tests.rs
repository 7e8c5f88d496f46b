//! Answers that are wrong on purpose: every check sees its own.

use serde_json::{Value, json};

use super::Sheet;
use crate::answer::Answer;
use crate::case::Case;
use crate::door::Door;
use crate::geometry::listed;
use crate::read::{Game, game};

fn case(file: &Value) -> Case {
    match game(file).expect("a game") {
        Game::Continuous(case) => case,
        Game::Finite(_) => panic!("a finite game"),
    }
}

/// Which checks fail on an answer.
fn failing(case: &Case, answer: &Value) -> Vec<&'static str> {
    let Ok(answer) = Answer::read(answer, case) else {
        return vec!["no-number"];
    };
    let mut sheet = Sheet::new(&listed(case).expect("few half-spaces"), &answer);
    sheet.check_answer();
    sheet.check_welfare();
    sheet.check_set();
    sheet.findings().iter().map(|f| f.check).collect()
}

fn solved(file: &Value) -> (Case, Value) {
    let case = case(file);
    let door = Door::open(None).expect("a folder");
    let reply = door.run("solve", &case.json(), None, &["--json"]);
    assert_eq!(reply.code, Some(0), "{}", reply.message);
    (case, reply.answer)
}

/// The right answer passes, and the answer with one field changed fails this check.
fn sees(file: &Value, pointer: &str, value: Value, check: &str) {
    let (case, answer) = solved(file);
    assert_eq!(failing(&case, &answer), Vec::<&str>::new());
    let mut wrong = answer.clone();
    *wrong.pointer_mut(pointer).expect("a field") = value;
    let found = failing(&case, &wrong);
    assert!(
        found.contains(&check),
        "{pointer}: {found:?} where {check} is wrong"
    );
}

fn square() -> Value {
    json!({
        "action_space": {"type": "box", "lower": [-1, -1], "upper": [1, 1]},
        "influencers": [{"weight": 0.5, "target": [-0.5, 0]}, {"weight": 0.5, "target": [0.5, 0]}],
    })
}

fn apart() -> Value {
    json!({
        "action_space": {"type": "ball", "radius": 1, "center": [0, 0]},
        "influencers": [{"weight": 0.5, "target": [-3, 0]}, {"weight": 0.5, "target": [2, 4]}],
    })
}

#[test]
fn each_check_sees_its_fault() {
    for (pointer, value, check) in [
        ("/receiver/0", json!(1e-9), "receiver"),
        ("/influencers/0/action/0", json!(-1.001), "outside"),
        ("/influencers/1/loss", json!(0.2501), "loss"),
        ("/influencers/1/regret", json!(1e-6), "regret"),
        ("/potential", json!(-1.000001), "potential"),
        ("/winners", json!([0]), "winner"),
        ("/cardinality", json!("unique"), "cardinality"),
        ("/dimension", json!(2), "dimension"),
        ("/influencers/0/action_range/upper/1", json!(0.5), "range"),
        ("/influencers/0/extreme", json!(false), "extreme"),
        ("/influencers/0/exaggeration", json!(0.6), "exaggeration"),
        ("/influencers/0/truthful_action/0", json!(-0.51), "truthful"),
        ("/influencers/0/gain", json!(0.1), "gain"),
        ("/welfare/equilibrium_cost", json!(0.6), "cost"),
        ("/welfare/optimal_receiver/1", json!(0.1), "cost"),
        ("/certificate/max_regret", Value::Null, "no-number"),
    ] {
        sees(&square(), pointer, value, check);
    }
    for (pointer, value, check) in [
        (
            "/welfare/optimal_receiver/0",
            json!(-1.5),
            "optimum-out-of-reach",
        ),
        ("/welfare/optimal_cost", json!(6e-58), "optimum-too-good"),
        ("/welfare/optimal_cost", json!(40), "optimum-not-best"),
        ("/welfare/price_of_anarchy", json!(6e58), "price"),
    ] {
        sees(&apart(), pointer, value, check);
    }
}

/// What an earlier version of the program called solved: the receiver was pinned to the common target.
#[test]
fn a_receiver_that_is_pinned_where_it_is_not_is_seen() {
    let file = json!({
        "action_space": {"type": "ellipsoid", "shape": [[4, 2, -2], [2, 10, 2], [-2, 2, 3]]},
        "influencers": [
            {"weight": 1, "target": [0, -1, -3]},
            {"weight": 1, "target": [0, -1, -3], "action_space":
                {"type": "ellipsoid", "shape": [[4, -2, -2], [-2, 5, 1], [-2, 1, 2]], "center": [-1.5, 0, 0.25]}},
            {"weight": 0.5, "target": [0, -1, -3], "action_space":
                {"type": "ellipsoid", "shape": [[4, 0, 2], [0, 1, 0], [2, 0, 3]], "center": [1.5, -2, 0.75]}},
        ],
    });
    let (case, mut answer) = solved(&file);
    answer["receiver"] = json!([0, -1, -3]);
    answer["winners"] = json!([0, 1, 2]);
    assert!(failing(&case, &answer).contains(&"receiver"));
}
