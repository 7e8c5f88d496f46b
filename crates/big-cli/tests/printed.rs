//! What prints is what was proved: receiver, losses, potential and costs recomputed from the printed actions.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Four influencers who want the same, each able to hold the receiver there by itself, and not all together.
const TIE: &str = r#"{"action_space":{"type":"ellipsoid","shape":[[4,2,-2],[2,10,2],[-2,2,3]]},"influencers":[
 {"weight":0.5,"target":[0,-0.75,-3]},
 {"action_space":{"type":"ellipsoid","shape":[[4,-2,-2],[-2,5,1],[-2,1,2]],"center":[-1.5,-0.25,0.25]},"weight":1,"target":[0,-0.75,-3]},
 {"action_space":{"type":"ellipsoid","shape":[[4,0,2],[0,1,-1],[2,-1,3]],"center":[1.5,-2,0.75]},"weight":0.5,"target":[0,-0.75,-3]},
 {"weight":0.5,"target":[0,-0.75,-3]}]}"#;

/// Three who win together, one of them at the end of its set.
const TOGETHER: &str = r#"{"action_space":{"type":"ellipsoid","shape":[[4,2,-2],[2,10,2],[-2,2,3]]},"influencers":[
 {"weight":1,"target":[0,-1,-3]},
 {"action_space":{"type":"ellipsoid","shape":[[4,-2,-2],[-2,5,1],[-2,1,2]],"center":[-1.5,0,0.25]},"weight":1,"target":[0,-1,-3]},
 {"action_space":{"type":"ellipsoid","shape":[[4,0,2],[0,1,0],[2,0,3]],"center":[1.5,-2,0.75]},"weight":0.5,"target":[0,-1,-3]}]}"#;

/// A polytope, balls and ellipsoids; the mean target is out of reach.
const BEYOND: &str = r#"{"action_space":{"type":"ellipsoid","shape":[[3.500503776330085,3.0471022962902903,3.4686759006224936],[3.0471022962902903,5.8047859952343535,1.2719699944245788],[3.4686759006224936,1.2719699944245788,4.654949164781526]],"center":[-1.7697020910059873,1.9537266262977528,-1.5998949284218549]},"influencers":[
 {"action_space":{"type":"polytope","halfspaces":{"a":[[1,0,0],[-1,0,0],[0,1,0],[0,-1,0],[0,0,1],[0,0,-1],[1,2,-2],[2,2,-1],[0,2,2]],"b":[0.8284069870176808,0.3958624000756993,0.30931342579649385,0.2386613544381058,0.8405227898460742,1.5556794953931532,1.750071496254541,0.5475081456344626,1.2618513066968982]}},"weight":0.525343783474512,"target":[-0.5259469204725034,-0.5414209364576985,-1.531146849300891]},
 {"action_space":{"type":"ball","radius":0.8900367619789455,"center":[-1.9482315812827609,0.8171693504156439,0.29209944692555645]},"weight":0.3571675202664494,"target":[0,0,0]},
 {"weight":0.5,"target":[1.1229768969002873,0.0973300626599225,-1.1789283831823933]},
 {"action_space":{"type":"ball","radius":0.5304660781211328,"center":[-1.1670626034182185,1.3557486363488622,0.39227749654587596]},"weight":0.5,"target":[1.1229768969002873,0.0973300626599225,-1.1789283831823933]},
 {"weight":-0.9686187614239482,"target":[-1.757842066203093,1.8216818731097941,-1.6359900731365538]}]}"#;

/// Three equal discs around a point that all want: infinitely many ways.
const DISCS: &str = r#"{"action_space":{"type":"ball","radius":1},"receiver":{"bias":[0.25,0]},"influencers":[
 {"weight":0.5,"target":[0.5,0.25]},
 {"action_space":{"type":"box","lower":[-1,-1],"upper":[1,1]},"weight":0.5,"target":[0.5,0.25]},
 {"weight":[[0.5,0],[0.5,0.5]],"target":[0.5,0.25]}]}"#;

/// Polytopes whose vertices share their pulls where no double ties them.
const SHARED: &str = r#"{"action_space":{"type":"polytope","vertices":[[0,0],[1,0.3],[0.7,1.1],[-0.3,0.9]]},"influencers":[
 {"weight":0.7,"target":[0.6,0.5]},{"weight":0.9,"target":[-0.3,0.7]},{"weight":0.4,"target":[0.9,0.1]},
 {"action_space":{"type":"simplex"},"weight":0.3,"target":[0.31,0.47]}]}"#;

fn solved(game: &str) -> Value {
    let mut child = Command::new(env!("CARGO_BIN_EXE_big"))
        .args(["solve", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(game.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn vector(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

/// `W x` of a weight as it is printed.
fn image(weight: &Value, x: &[f64]) -> Vec<f64> {
    match weight.as_f64() {
        Some(w) => x.iter().map(|v| w * v).collect(),
        None => {
            let rows = weight.as_array().unwrap().iter().map(vector);
            rows.map(|row| dot(&row, x)).collect()
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y) * (x - y))
        .sum::<f64>()
        .sqrt()
}

fn close(a: f64, b: f64, size: f64) {
    assert!((a - b).abs() <= 1e-13 * (1.0 + size), "{a} is not {b}");
}

/// Recomputes what is printed from the actions; returns the answer.
fn consistent(game: &str) -> Value {
    let answer = solved(game);
    let file: Value = serde_json::from_str(game).unwrap();
    assert_eq!(answer["status"], "solved");
    assert_eq!(answer["solver"]["method"], "decomposition");
    let receiver = vector(&answer["receiver"]);
    let bias = &file["receiver"]["bias"];
    let mut r = if bias.is_null() {
        vec![0.0; receiver.len()]
    } else {
        vector(bias)
    };
    let (mut pull, mut cost, mut size) = (0.0, 0.0, 0.0);
    let influencers = answer["influencers"].as_array().unwrap();
    let bound = answer["certificate"]["receiver_error_bound"]
        .as_f64()
        .unwrap();
    assert!(bound <= 2e-14, "{bound:e}");
    for (i, one) in influencers.iter().enumerate() {
        let (x, target) = (vector(&one["action"]), vector(&one["target"]));
        let moved = image(&one["weight"], &x);
        r.iter_mut().zip(&moved).for_each(|(r, v)| *r += v);
        pull += dot(&target, &moved);
        let loss = distance(&receiver, &target).powi(2);
        close(one["loss"].as_f64().unwrap(), loss, loss);
        cost += loss;
        size += dot(&target, &target);
        assert!(one["regret"].as_f64().unwrap() <= 1e-13);
        let range = &one["action_range"];
        let (lower, upper) = (vector(&range["lower"]), vector(&range["upper"]));
        for k in 0..x.len() {
            assert!(lower[k] <= x[k] && x[k] <= upper[k]);
            assert!(x[k] == 0.0 || x[k].abs() > 1e-18, "noise: {}", x[k]);
        }
        let wins = answer["winners"].as_array().unwrap().contains(&i.into());
        assert_eq!(wins, distance(&receiver, &target) <= bound, "{i}");
    }
    assert!(
        distance(&r, &receiver) <= 1e-14,
        "{r:?} is not {receiver:?}"
    );
    let potential = dot(&r, &r) - 2.0 * pull;
    close(answer["potential"].as_f64().unwrap(), potential, size);
    close(
        answer["welfare"]["equilibrium_cost"].as_f64().unwrap(),
        cost,
        cost,
    );
    assert!(receiver.iter().all(|v| *v == 0.0 || v.abs() > 1e-18));
    answer
}

#[test]
fn four_who_cannot_hold_it_together() {
    let answer = consistent(TIE);
    let expected = [0.01387, -0.76062, -2.95009];
    assert!(distance(&vector(&answer["receiver"]), &expected) <= 1e-5);
    assert_eq!(answer["winners"], serde_json::json!([]));
    assert_eq!(answer["cardinality"], "unique");
}

#[test]
fn three_at_the_end_of_their_sets() {
    consistent(TOGETHER);
}

#[test]
fn a_mixed_game() {
    let answer = consistent(BEYOND);
    // By a simplex search on the dual, to the digits that its values tell apart.
    let expected = [-0.47780922, 0.60194186, -0.53868631];
    assert!(distance(&vector(&answer["receiver"]), &expected) <= 3e-8);
    let welfare = &answer["welfare"];
    let best = [-0.11365433, 0.33153872, -1.02936429];
    assert!(distance(&vector(&welfare["optimal_receiver"]), &best) <= 3e-8);
    assert!(welfare["optimum_error_bound"].as_f64().unwrap() <= 1e-13);
    assert!((welfare["price_of_anarchy"].as_f64().unwrap() - 1.2841247611577598).abs() <= 1e-12);
}

#[test]
fn winners_who_share() {
    let answer = consistent(DISCS);
    assert_eq!(vector(&answer["receiver"]), [0.5, 0.25]);
    assert_eq!(answer["winners"], serde_json::json!([0, 1, 2]));
    assert_eq!(answer["cardinality"], "infinite");
}

#[test]
fn vertices_that_share() {
    consistent(SHARED);
}
