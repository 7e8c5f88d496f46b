//! Writing a game as a game file.

use big_game::private::{PrivateGame, Scenario};
use big_game::reduction::{Reduced, Response};
use big_game::spec::{
    CoalitionSpec, FiniteSpec, GameSpec, HybridSpace, HybridSpec, InfluencerSpec, ItemSet, Loss,
    Rational, SpaceSpec, WeightSpec,
};
use num_traits::ToPrimitive;
use serde_json::{Map, Value, json};

use crate::number::Scalar;

/// A game file (JSON) that says exactly these numbers.
pub fn game_file_of_exact(
    name: Option<&str>,
    description: Option<&str>,
    spec: &GameSpec<Rational>,
) -> Value {
    game_file(name, description, spec, &exact)
}

/// A game file (JSON) of these doubles.
pub fn game_file_of(name: Option<&str>, description: Option<&str>, spec: &GameSpec<f64>) -> Value {
    game_file(name, description, spec, &|v| Value::from(*v))
}

/// A number if its shortest decimal is the number; else the fraction, as text.
fn exact(q: &Rational) -> Value {
    let short = q
        .to_f64()
        .filter(|v| Rational::parse(&v.to_string()).is_ok_and(|parsed| parsed == *q));
    match short {
        Some(v) if v.fract() == 0.0 && v.abs() < 1e15 => Value::from(v as i64),
        Some(v) => Value::from(v),
        None => Value::from(q.to_string()),
    }
}

/// A game file (JSON) of a finite game that says exactly these numbers.
pub fn finite_file_of_exact(name: Option<&str>, spec: &FiniteSpec) -> Value {
    let mut file = header([("name", name)], &spec.bias, &exact);
    let sets: Vec<Value> = spec.sets.iter().map(item_set).collect();
    players(&mut file, &sets, &spec.influencers, &exact);
    Value::Object(file)
}

/// A game file (JSON) of a game of both kinds that says exactly these numbers.
pub fn hybrid_file_of_exact(name: Option<&str>, spec: &HybridSpec) -> Value {
    let mut file = header([("name", name)], &spec.bias, &exact);
    let spaces = spec.spaces.iter().map(|space| match space {
        HybridSpace::Items(set) => item_set(set),
        HybridSpace::Convex(set) => space_value(set, &exact),
    });
    players(
        &mut file,
        &spaces.collect::<Vec<_>>(),
        &spec.influencers,
        &exact,
    );
    Value::Object(file)
}

/// A game file (JSON) of a game with private targets.
pub fn private_file_of(name: Option<&str>, description: Option<&str>, game: &PrivateGame) -> Value {
    let mut file = game_file_of(name, description, game.spec());
    let players = file.get_mut("influencers").and_then(Value::as_array_mut);
    for (player, types) in players.into_iter().flatten().zip(game.types()) {
        let types = types
            .iter()
            .map(|of| json!({ "probability": of.probability, "target": of.target }));
        let types: Value = types.collect();
        if let Some(fields) = player.as_object_mut() {
            fields.remove("target");
            fields.insert("types".into(), types);
        }
    }
    if let Some(scenarios) = game.scenarios() {
        let one = |s: &Scenario| json!({ "probability": s.probability, "types": s.types });
        file["scenarios"] = scenarios.iter().map(one).collect();
    }
    file
}

/// A game file (JSON) of a game with another loss or receiver; audiences are written as the coordinates of one receiver.
pub fn reduced_file_of(name: Option<&str>, description: Option<&str>, game: &Reduced) -> Value {
    let mut file = game_file_of(name, description, game.spec());
    let terms = game.terms();
    // The square is said where nothing else says that the game is told in terms of its own.
    if terms.power != 2.0 || terms.metric.is_none() && terms.response.is_none() {
        file["loss"] = json!({ "type": "distance_power", "p": terms.power });
    }
    if let Some(metric) = &terms.metric {
        file["metric"] = json!(metric);
    }
    if let Some(response) = &terms.response {
        file["receiver"]["response"] = match response {
            Response::Logistic => json!("logistic"),
            Response::Tanh => json!("tanh"),
            Response::Exp => json!("exp"),
            Response::Points(points) => json!({ "points": points }),
        };
    }
    file
}

fn item_set(set: &ItemSet) -> Value {
    json!({
        "type": "finite",
        "choose": set.choose,
        "repeats": set.repeats,
        "items": rows(&set.items, &exact),
    })
}

fn game_file<T>(
    name: Option<&str>,
    description: Option<&str>,
    spec: &GameSpec<T>,
    number: &dyn Fn(&T) -> Value,
) -> Value {
    let loss = match spec.loss {
        Loss::SquaredEuclidean => "squared_euclidean",
        Loss::InnerProduct => "inner_product",
    };
    let texts = [
        ("name", name),
        ("description", description),
        ("loss", Some(loss)),
    ];
    let mut file = header(texts, &spec.bias, number);
    let spaces: Vec<Value> = spec.spaces.iter().map(|s| space_value(s, number)).collect();
    players(&mut file, &spaces, &spec.influencers, number);
    if !spec.coalitions.is_empty() {
        let coalition = |c: &CoalitionSpec<T>| {
            let mut entry = Map::new();
            entry.insert("members".into(), json!(c.members));
            if let Some(shares) = &c.shares {
                entry.insert("shares".into(), list(shares, number));
            }
            Value::Object(entry)
        };
        let all = spec.coalitions.iter().map(coalition).collect();
        file.insert("coalitions".into(), all);
    }
    Value::Object(file)
}

fn list<T>(values: &[T], number: &dyn Fn(&T) -> Value) -> Value {
    Value::Array(values.iter().map(number).collect())
}

fn rows<T>(rows: &[Vec<T>], number: &dyn Fn(&T) -> Value) -> Value {
    Value::Array(rows.iter().map(|row| list(row, number)).collect())
}

/// The keys before the influencers: those texts that there are, and the receiver.
fn header<'a, T>(
    texts: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    bias: &[T],
    number: &dyn Fn(&T) -> Value,
) -> Map<String, Value> {
    let mut file = Map::new();
    for (key, text) in texts {
        if let Some(text) = text {
            file.insert(key.into(), text.into());
        }
    }
    file.insert("receiver".into(), json!({ "bias": list(bias, number) }));
    file
}

/// The influencers, each with its action space unless there is but one.
fn players<T>(
    file: &mut Map<String, Value>,
    spaces: &[Value],
    influencers: &[InfluencerSpec<T>],
    number: &dyn Fn(&T) -> Value,
) {
    if let [only] = spaces {
        file.insert("action_space".into(), only.clone());
    }
    let influencers = influencers.iter().map(|influencer| {
        let mut entry = Map::new();
        if let Some(name) = &influencer.name {
            entry.insert("name".into(), name.as_str().into());
        }
        let weight = match &influencer.weight {
            WeightSpec::Scalar(w) => number(w),
            WeightSpec::Matrix(w) => rows(w, number),
        };
        entry.insert("weight".into(), weight);
        entry.insert("target".into(), list(&influencer.target, number));
        if let Some(cost) = &influencer.cost {
            entry.insert("lying_cost".into(), number(&cost.lying_cost));
            if let Some(honest) = &cost.honest {
                entry.insert("honest".into(), list(honest, number));
            }
        }
        if spaces.len() != 1 {
            entry.insert("action_space".into(), spaces[influencer.space].clone());
        }
        Value::Object(entry)
    });
    file.insert("influencers".into(), influencers.collect());
}

/// An action space as a game file writes it.
pub fn space_file_of(space: &SpaceSpec<f64>) -> Value {
    space_value(space, &|v| Value::from(*v))
}

fn space_value<T>(space: &SpaceSpec<T>, number: &dyn Fn(&T) -> Value) -> Value {
    let list = |values: &[T]| list(values, number);
    let rows = |vectors: &[Vec<T>]| rows(vectors, number);
    match space {
        SpaceSpec::Box { lower, upper } => {
            json!({ "type": "box", "lower": list(lower), "upper": list(upper) })
        }
        SpaceSpec::Ball { center, radius } => {
            json!({ "type": "ball", "radius": number(radius), "center": list(center) })
        }
        SpaceSpec::L1Ball { center, radius } => {
            json!({ "type": "l1_ball", "radius": number(radius), "center": list(center) })
        }
        SpaceSpec::Simplex { scale, .. } => json!({ "type": "simplex", "scale": number(scale) }),
        SpaceSpec::Ellipsoid { center, shape } => {
            json!({ "type": "ellipsoid", "center": list(center), "shape": rows(shape) })
        }
        SpaceSpec::Vertices(points) => json!({ "type": "polytope", "vertices": rows(points) }),
        SpaceSpec::Halfspaces { a, b } => {
            json!({ "type": "polytope", "halfspaces": { "a": rows(a), "b": list(b) } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::{Content, game_from_text};

    #[test]
    fn what_is_written_is_read_back_exactly() {
        let mut seen = 0;
        for entry in catalogue::all() {
            let read = |text: &str| match game_from_text(entry.id, text) {
                Ok(file) => match file.content {
                    Content::Continuous(game) => game.exact().cloned(),
                    _ => None,
                },
                Err(error) => panic!("{error}"),
            };
            let Some(spec) = read(entry.text) else {
                continue;
            };
            let written = game_file_of_exact(None, None, &spec).to_string();
            assert_eq!(read(&written), Some(spec), "{}", entry.id);
            seen += 1;
        }
        assert!(seen >= 10);
    }

    #[test]
    fn finite_games_are_read_back_exactly() {
        let mut seen = 0;
        for entry in catalogue::all() {
            let read = |text: &str| match game_from_text(entry.id, text) {
                Ok(file) => match file.content {
                    Content::Finite(spec) => Some(spec),
                    _ => None,
                },
                Err(error) => panic!("{error}"),
            };
            let Some(spec) = read(entry.text) else {
                continue;
            };
            let written = finite_file_of_exact(None, &spec).to_string();
            assert_eq!(read(&written), Some(spec), "{}", entry.id);
            seen += 1;
        }
        assert!(seen >= 2);
    }

    #[test]
    fn fractions_stay_fractions() {
        let third = Rational::new(1.into(), 3.into());
        assert_eq!(exact(&third), Value::from("1/3"));
        assert_eq!(exact(&Rational::new(1.into(), 10.into())), Value::from(0.1));
        assert_eq!(
            exact(&Rational::new((-4).into(), 2.into())),
            Value::from(-2)
        );
    }
}
