//! The same words and numbers wherever a game is told.

use big_answer::Answer;
use big_answer::words::{number, vector};
use big_app::Monitor;
use big_app::picture::{Subject, subject};
use big_io::Source;
use serde_json::{Value, json};

use crate::draw::{Door, Draws, convex, finite};

/// Of so many games one is drawn.
const DRAWN: usize = 25;

/// Text as a page has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The sentence at the top of a page.
fn lead(page: &str) -> &str {
    let (_, rest) = page.split_once("<p class=\"lead\">").unwrap();
    rest.split_once("</p>").unwrap().0
}

/// A number as a page sorts by it.
fn sorted_by(value: &Value) -> String {
    format!("data-v=\"{}\"", value.as_f64().unwrap())
}

/// What a figure says of where the receiver lands, as numbers in four digits.
fn told_by_caption(caption: &str) -> Option<Vec<f64>> {
    let (_, place) = caption.split_once("lands at ")?;
    let end = place.find(". ").unwrap_or(place.len() - 1);
    let place = place[..end].trim_matches(['(', ')', '.']);
    let number = |v: &str| v.trim().replace('−', "-").parse().ok();
    place.split(", ").map(number).collect()
}

/// Text, JSON, and the words and numbers of page and figure, which are not drawn.
fn one_story(door: &Door, game: &Value) -> Value {
    door.write("game.json", game);
    let text = door.answer(&["solve", "@game.json"]);
    let answer = door.json(&["solve", "@game.json"]);
    door.write("answer.json", &answer);
    let verdict = answer["verdict"].as_str().unwrap();
    assert!(text.contains(verdict), "{game}\n{text}");
    // Of games in fractions every regret is exact.
    let most = answer["certificate"]["max_regret"].as_f64();
    for influencer in answer["influencers"].as_array().unwrap() {
        if let Some(most) = most {
            assert!(influencer["regret"].as_f64().unwrap() <= most, "{game}");
            let gain = influencer["gain"].as_f64().unwrap().abs();
            assert!(gain == 0.0 || gain > 1e-20, "noise: {gain}: {game}");
        }
        let loss = number(influencer["loss"].as_f64().unwrap());
        assert!(text.contains(&loss), "{loss}: {game}\n{text}");
    }
    let receiver: Vec<f64> = serde_json::from_value(answer["receiver"].clone()).unwrap();
    assert!(verdict.contains(&vector(&receiver)));
    for file in ["game.json", "answer.json"] {
        let source = Source::Path(door.path(file).into());
        let (lead, figures) = match subject(source, &Monitor::default()).unwrap() {
            Subject::Equilibrium(pictured) => {
                let result = pictured.solved.result();
                assert_eq!(serde_json::to_value(&result).unwrap(), answer, "{game}");
                (result.verdict.clone(), pictured.figures())
            }
            Subject::Story(story) => (story.lead, story.figures),
        };
        assert_eq!(lead, verdict, "{game}");
        for told in figures.iter().filter_map(|f| told_by_caption(&f.caption())) {
            assert_eq!(told.len(), receiver.len(), "{game}");
            for (told, r) in told.iter().zip(&receiver) {
                assert!((told - r).abs() <= 6e-4 * r.abs(), "{told} {r}: {game}");
            }
        }
    }
    // What an answer says twice is the same, so that one without its game is not refused.
    Answer::from_json(&answer)
        .unwrap()
        .unwrap()
        .check()
        .unwrap();
    answer
}

/// The page and the figure as they are drawn, from the game and from its answer.
fn drawn(door: &Door, game: &Value, answer: &Value) {
    let verdict = answer["verdict"].as_str().unwrap();
    let page = door.answer(&["report", "@game.json"]);
    assert_eq!(lead(&page), escaped(verdict), "{game}");
    let again = door.answer(&["report", "@answer.json"]);
    assert_eq!(page, again, "{game}");
    let figure = door.answer(&["plot", "@game.json"]);
    assert_eq!(figure, door.answer(&["plot", "@answer.json"]), "{game}");
    for influencer in answer["influencers"].as_array().unwrap() {
        for key in ["loss", "regret"] {
            let shown = sorted_by(&influencer[key]);
            assert!(page.contains(&shown), "{key} {shown}: {game}");
        }
    }
    // Whoever wins in JSON wins in words and on the page.
    if let Some(winners) = answer["winners"].as_array() {
        let yes = "data-label=\"winner\" data-v=\"1\">yes</td>";
        assert_eq!(page.matches(yes).count(), winners.len(), "{game}");
        let inner = game["loss"] == "inner_product";
        let wins = verdict.contains(" wins") || verdict.contains(" win together");
        let undecided = verdict.contains("whether somebody wins");
        assert_eq!(
            wins && !undecided,
            !inner && !winners.is_empty(),
            "{game}: {verdict}"
        );
    }
}

fn many(seed: u64, games: usize, draw: fn(&mut Draws) -> Value) {
    let door = Door::open();
    let mut draws = Draws::new(seed);
    for k in 0..games {
        let game = draw(&mut draws);
        let answer = one_story(&door, &game);
        // Drawing takes its time.
        if k % DRAWN == 0 {
            drawn(&door, &game, &answer);
        }
    }
}

/// One test a seed, so that they run side by side.
macro_rules! seeds {
    ($($name:ident: $seed:expr, $games:expr, $draw:expr;)*) => {
        $(#[test]
        fn $name() {
            many($seed, $games, $draw);
        })*
    };
}

seeds! {
    convex_games_are_told_once_1: 1, 250, convex;
    convex_games_are_told_once_2: 2, 250, convex;
    convex_games_are_told_once_3: 3, 250, convex;
    convex_games_are_told_once_4: 4, 250, convex;
    convex_games_are_told_once_5: 5, 250, convex;
    convex_games_are_told_once_6: 6, 250, convex;
    convex_games_are_told_once_7: 7, 250, convex;
    convex_games_are_told_once_8: 8, 250, convex;
    finite_games_are_told_once: 9, 150, finite;
}

/// Whoever wins by playing its target to within the digits of an answer tells the truth, and that is said everywhere.
#[test]
fn a_winner_who_tells_the_truth_is_said_to() {
    let door = Door::open();
    door.write(
        "game.json",
        &json!({
            "receiver": { "bias": [-0.702] },
            "action_space": { "type": "ball", "radius": 1 },
            "influencers": [{ "weight": 0.1, "target": [-0.78] }],
        }),
    );
    let text = door.answer(&["solve", "@game.json"]);
    assert!(text.contains("wins by telling the truth"), "{text}");
    let page = door.answer(&["report", "@game.json"]);
    assert!(page.contains("wins by telling the truth"));
    assert!(!page.contains("by playing"));
}
