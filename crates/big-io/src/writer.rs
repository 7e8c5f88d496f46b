//! Writing a game as a game file.

use big_game::spec::{GameSpec, Loss, Rational, SpaceSpec, WeightSpec};
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

fn game_file<T>(
    name: Option<&str>,
    description: Option<&str>,
    spec: &GameSpec<T>,
    number: &dyn Fn(&T) -> Value,
) -> Value {
    let list = |values: &[T]| Value::Array(values.iter().map(number).collect());
    let rows = |rows: &[Vec<T>]| Value::Array(rows.iter().map(|row| list(row)).collect());
    let space = |space: &SpaceSpec<T>| space_value(space, number);
    let mut file = Map::new();
    if let Some(name) = name {
        file.insert("name".into(), name.into());
    }
    if let Some(description) = description {
        file.insert("description".into(), description.into());
    }
    let loss = match spec.loss {
        Loss::SquaredEuclidean => "squared_euclidean",
        Loss::InnerProduct => "inner_product",
    };
    file.insert("loss".into(), loss.into());
    file.insert("receiver".into(), json!({ "bias": list(&spec.bias) }));
    let common = match spec.spaces.as_slice() {
        [only] => {
            file.insert("action_space".into(), space(only));
            true
        }
        _ => false,
    };
    let influencers = spec.influencers.iter().map(|influencer| {
        let mut entry = Map::new();
        if let Some(name) = &influencer.name {
            entry.insert("name".into(), name.as_str().into());
        }
        let weight = match &influencer.weight {
            WeightSpec::Scalar(w) => number(w),
            WeightSpec::Matrix(w) => rows(w),
        };
        entry.insert("weight".into(), weight);
        entry.insert("target".into(), list(&influencer.target));
        if !common {
            entry.insert("action_space".into(), space(&spec.spaces[influencer.space]));
        }
        Value::Object(entry)
    });
    file.insert("influencers".into(), influencers.collect());
    Value::Object(file)
}

/// An action space as a game file writes it.
pub fn space_file_of(space: &SpaceSpec<f64>) -> Value {
    space_value(space, &|v| Value::from(*v))
}

fn space_value<T>(space: &SpaceSpec<T>, number: &dyn Fn(&T) -> Value) -> Value {
    let list = |values: &[T]| Value::Array(values.iter().map(number).collect());
    let rows = |rows: &[Vec<T>]| Value::Array(rows.iter().map(|row| list(row)).collect());
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
                    Content::Finite(_) => None,
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
