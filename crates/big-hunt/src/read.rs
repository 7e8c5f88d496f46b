//! Game files back to what the search works on, for replays. Only what the search itself writes, and what small game
//! files written by hand use: JSON, numbers or fractions as text, no tables.

use serde_json::Value;

use crate::case::{Case, Influencer, Set, Weight};
use crate::finite::{FiniteCase, Player};
use crate::linear::Vector;

/// A game of either sort.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Game {
    /// On convex sets.
    Continuous(Case),
    /// On sets of items.
    Finite(FiniteCase),
}

impl Game {
    /// The game file.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Continuous(case) => case.json(),
            Self::Finite(case) => case.json(),
        }
    }
}

/// Reads a game; the message says what is missing.
pub(crate) fn game(file: &Value) -> Result<Game, String> {
    let influencers = file["influencers"]
        .as_array()
        .ok_or("`influencers` is not a list")?;
    let common = &file["action_space"];
    let first = influencers.first().ok_or("there are no influencers")?;
    let d = vector(&first["target"])?.len();
    let bias = match &file["receiver"]["bias"] {
        Value::Null => vec![0.0; d],
        bias => vector(bias)?,
    };
    let space = |one: &Value| match &one["action_space"] {
        Value::Null => common.clone(),
        own => own.clone(),
    };
    if influencers.iter().any(|one| space(one)["type"] == "finite") {
        return finite(influencers, &space, &bias).map(Game::Finite);
    }
    let one = |one: &Value| -> Result<Influencer, String> {
        let weight = match &one["weight"] {
            Value::Array(rows) => {
                Weight::Matrix(rows.iter().map(vector).collect::<Result<_, _>>()?)
            }
            w => Weight::Scalar(number(w)?),
        };
        let m = match &weight {
            Weight::Scalar(_) => d,
            Weight::Matrix(rows) => rows.first().map_or(0, Vec::len),
        };
        Ok(Influencer {
            target: vector(&one["target"])?,
            set: set(&space(one), m)?,
            weight,
        })
    };
    Ok(Game::Continuous(Case {
        inner_product: file["loss"] == "inner_product",
        bias,
        influencers: influencers.iter().map(one).collect::<Result<_, _>>()?,
    }))
}

fn finite(
    influencers: &[Value],
    space: &dyn Fn(&Value) -> Value,
    bias: &[f64],
) -> Result<FiniteCase, String> {
    let mut all = bias.to_vec();
    let mut parts = Vec::new();
    for one in influencers {
        let set = space(one);
        let items: Vec<Vector> = set["items"]
            .as_array()
            .ok_or("`items` is not a list")?
            .iter()
            .map(vector)
            .collect::<Result<_, _>>()?;
        let (weight, target) = (number(&one["weight"])?, vector(&one["target"])?);
        all.push(weight);
        all.extend(target.iter().chain(items.iter().flatten()));
        let choose = set["choose"].as_u64().ok_or("`choose` is not a number")? as usize;
        parts.push((weight, target, items, choose, set["repeats"] == true));
    }
    let unit = [1, 2, 4, 5, 8, 10, 16, 20, 100, 1000]
        .into_iter()
        .find(|&unit| all.iter().all(|v| (v * unit as f64).fract() == 0.0))
        .ok_or("a finite game is replayed when its numbers are multiples of 1/1000 or 1/16")?;
    let whole = |v: f64| (v * unit as f64) as i64;
    let wholes = |v: &[f64]| v.iter().map(|&v| whole(v)).collect();
    Ok(FiniteCase {
        unit,
        bias: wholes(bias),
        players: parts
            .iter()
            .map(|(weight, target, items, choose, repeats)| Player {
                weight: whole(*weight),
                target: wholes(target),
                items: items.iter().map(|item| wholes(item)).collect(),
                choose: *choose,
                repeats: *repeats,
            })
            .collect(),
    })
}

fn set(space: &Value, m: usize) -> Result<Set, String> {
    let rows = |v: &Value| -> Result<Vec<Vector>, String> {
        let rows = v.as_array().ok_or("a matrix is not a list of rows")?;
        rows.iter().map(vector).collect()
    };
    let long = |v: &Value, m: usize| match v {
        Value::Null => Ok(vec![0.0; m]),
        Value::Array(_) => vector(v),
        one => number(one).map(|v| vec![v; m]),
    };
    Ok(match space["type"].as_str().unwrap_or_default() {
        "box" => Set::Box {
            lower: long(&space["lower"], m)?,
            upper: long(&space["upper"], m)?,
        },
        "ball" => Set::Ball {
            center: long(&space["center"], m)?,
            radius: number(&space["radius"])?,
        },
        "l1_ball" => Set::L1Ball {
            center: long(&space["center"], m)?,
            radius: number(&space["radius"])?,
        },
        "simplex" => Set::Simplex {
            dim: m,
            scale: match &space["scale"] {
                Value::Null => 1.0,
                scale => number(scale)?,
            },
        },
        "ellipsoid" => {
            let shape = rows(&space["shape"])?;
            Set::Ellipsoid {
                center: long(&space["center"], shape.len())?,
                shape,
            }
        }
        "polytope" => match &space["halfspaces"] {
            Value::Null => Set::Vertices(rows(&space["vertices"])?),
            halfspaces => Set::Halfspaces {
                a: rows(&halfspaces["a"])?,
                b: vector(&halfspaces["b"])?,
            },
        },
        other => return Err(format!("there is no set of type '{other}'")),
    })
}

/// A list of numbers.
pub(crate) fn vector(value: &Value) -> Result<Vector, String> {
    let list = value.as_array().ok_or("a vector is not a list")?;
    list.iter().map(number).collect()
}

/// A number, or a fraction as text.
pub(crate) fn number(value: &Value) -> Result<f64, String> {
    let not = || format!("{value} is not a number");
    match value {
        Value::Number(v) => v.as_f64().ok_or_else(not),
        Value::String(text) => match text.split_once('/') {
            None => text.parse().map_err(|_| not()),
            Some((above, below)) => {
                let part = |text: &str| text.trim().parse::<f64>().map_err(|_| not());
                Ok(part(above)? / part(below)?)
            }
        },
        _ => Err(not()),
    }
}
