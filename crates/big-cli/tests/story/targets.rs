//! The targets in a figure of play are what the influencers want, wherever they may report from.

use serde_json::{Value, json};

use crate::draw::{Door, Draws};

/// The heights of the level lines with these dashes.
fn levels(svg: &str, dashes: &str) -> Vec<f64> {
    let dashes = format!("stroke-dasharray=\"{dashes}\"");
    let paths = svg.split("<path d=\"M").filter_map(|p| p.split_once("/>"));
    let ends = paths.filter(|(p, _)| p.contains(&dashes)).map(|(p, _)| {
        let (line, _) = p.split_once('"').unwrap();
        let numbers = line.split([' ', 'L']).map(|v| v.parse().unwrap());
        numbers.collect::<Vec<f64>>()
    });
    // A key of the legend is short.
    let level = ends.filter(|p| p.len() == 4 && p[1] == p[3] && p[2] - p[0] > 100.0);
    level.map(|p| p[1]).collect()
}

/// The targets that a figure draws, by the scale of the bounds −1 and 1.
fn drawn(svg: &str) -> Vec<f64> {
    let bounds = levels(svg, "6 3");
    assert_eq!(bounds.len(), 2, "{svg}");
    let (low, high) = (bounds[0].max(bounds[1]), bounds[0].min(bounds[1]));
    let value = |y: f64| -1.0 + 2.0 * (y - low) / (high - low);
    levels(svg, "1.5 3").into_iter().map(value).collect()
}

fn played(door: &Door, targets: [f64; 2]) -> Value {
    door.write(
        "spec.json",
        &json!({
            "pairs": 200, "distribution": "normal", "seed": 4,
            "action_space": { "type": "box", "lower": -1, "upper": 1 },
            "influencers": [{ "theta": [targets[0]] }, { "theta": [targets[1]] }],
        }),
    );
    door.json(&["prefs", "play", "@spec.json"])
}

#[test]
fn targets_beyond_what_may_be_reported_are_drawn_where_they_are() {
    let door = Door::open();
    let mut draws = Draws::new(8);
    let random = (0..6).map(|_| [draws.number(), draws.number()]);
    for targets in random.chain([[-1.6, 0.3], [0.3, 1.6]]) {
        let answer = played(&door, targets);
        for (told, target) in answer["influencers"]
            .as_array()
            .unwrap()
            .iter()
            .zip(targets)
        {
            assert_eq!(told["target"], json!([target]));
        }
        door.write("answer.json", &answer);
        let figure = door.answer(&["plot", "@answer.json"]);
        let page = door.answer(&["report", "@answer.json"]);
        for svg in [&figure, &page] {
            let drawn = drawn(svg);
            assert_eq!(drawn.len(), 2);
            for (drawn, target) in drawn.iter().zip(targets) {
                assert!((drawn - target).abs() <= 0.02, "{drawn} is no {target}");
            }
        }
    }
}

/// Of an answer that does not say the targets, none are made up.
#[test]
fn targets_that_are_not_known_are_not_drawn() {
    let door = Door::open();
    let mut answer = played(&door, [-1.6, 0.3]);
    for influencer in answer["influencers"].as_array_mut().unwrap() {
        influencer.as_object_mut().unwrap().remove("target");
    }
    door.write("answer.json", &answer);
    let figure = door.answer(&["plot", "@answer.json"]);
    assert!(drawn(&figure).is_empty());
    assert!(!figure.contains("targets"));
}
