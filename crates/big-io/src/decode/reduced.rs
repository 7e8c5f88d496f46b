//! Games with another loss or receiver: a power of the distance, a metric, a response, several audiences.

use big_game::reduction::{Reduced, ReductionError, Response, Terms};
use big_game::spec::{GameSpec, InfluencerSpec, WeightSpec};

use super::continuous::{
    no_coalitions, no_costs, place, require_influencers, shared_spaces, space_of, spec,
};
use super::{Decoded, Fields, influencers, name};
use crate::document::{Document, Node, Value};

/// Where a document says that something is not as in the usual game.
fn terms_of<'n, 't>(root: &'n Node<'t>) -> Option<&'n Node<'t>> {
    let loss = root.get("loss");
    let response = root.get("receiver").and_then(|r| r.get("response"));
    loss.filter(|loss| matches!(loss.value, Value::Table(_)))
        .or(root.get("metric"))
        .or(response)
        .or(root.get("audiences"))
}

/// Does it say so?
pub(crate) fn has_terms(root: &Node<'_>) -> bool {
    terms_of(root).is_some()
}

/// Refuses them where there can be none.
pub(crate) fn no_terms(doc: &Document, root: &Node<'_>, of: &str) -> Decoded<()> {
    match terms_of(root) {
        None => Ok(()),
        Some(node) => Err(doc
            .refuse(
                node.span,
                format!("{of} has no power of the distance, metric, response or audiences"),
            )
            .with_help("list influencers with `target` and convex sets, or leave it out")),
    }
}

/// The game that a document describes.
pub(crate) fn reduced(doc: &Document, root: &Node<'_>) -> Decoded<Reduced> {
    let list = require_influencers(doc, root)?;
    if let Value::Table(_) = list.value {
        return Err(doc
            .refuse(
                list.span,
                "such a game lists its influencers in the game file",
            )
            .with_help("write them as [[influencers]]"));
    }
    let mut terms = Terms {
        power: power(doc, root)?,
        metric: None,
        response: response(doc, root)?,
        audiences: Vec::new(),
    };
    if let Some(node) = root.get("metric") {
        terms.metric = Some(doc.matrix(node, "`metric`")?);
    }
    let at = terms_of(root).unwrap_or(root).span;
    let refused = |error: ReductionError| doc.refuse(at, error.to_string());
    if let Some(audiences) = root.get("audiences") {
        if let Some(node) = root.get("metric").or(root.get("receiver")) {
            return Err(doc
                .refuse(
                    node.span,
                    "audiences have a bias and an importance each, in place of this",
                )
                .with_help("write it into [[audiences]]"));
        }
        let stacked = stacked(doc, root, audiences, &mut terms)?;
        return Reduced::new(stacked, terms).map_err(refused);
    }
    let (spec, spaces) = spec::<f64>(doc, root)?;
    Reduced::new(spec, terms).map_err(|error| match error {
        ReductionError::Game(error) => place(doc, root, &spaces, &error),
        other => refused(other),
    })
}

/// `p` of the loss.
fn power(doc: &Document, root: &Node<'_>) -> Decoded<f64> {
    let Some(node) = root
        .get("loss")
        .filter(|n| matches!(n.value, Value::Table(_)))
    else {
        return Ok(2.0);
    };
    let fields = doc.table(node, "`loss`", &["type", "p"])?;
    let kind = fields.require("type", "`loss`")?;
    match doc.string(kind, "`type`")? {
        "distance_power" => doc.number(fields.require("p", "`loss`")?, "`p`"),
        other => {
            let shown = crate::error::shown(other, 60);
            Err(doc
                .refuse(kind.span, format!("there is no loss of the type \"{shown}\""))
                .with_help("{ type = \"distance_power\", p = 1 }, \"squared_euclidean\" or \"inner_product\""))
        }
    }
}

fn response(doc: &Document, root: &Node<'_>) -> Decoded<Option<Response>> {
    let Some(node) = root.get("receiver").and_then(|r| r.get("response")) else {
        return Ok(None);
    };
    if let Value::Table(_) = node.value {
        let fields = doc.table(node, "`response`", &["points"])?;
        let points: Vec<Vec<f64>> =
            doc.matrix(fields.require("points", "`response`")?, "`points`")?;
        let pair = |p: Vec<f64>| <[f64; 2]>::try_from(p);
        return match points.into_iter().map(pair).collect::<Result<_, _>>() {
            Ok(points) => Ok(Some(Response::Points(points))),
            Err(_) => Err(doc.refuse(node.span, "a point of a response is a pair of numbers")),
        };
    }
    match doc.string(node, "`response`")? {
        "logistic" => Ok(Some(Response::Logistic)),
        "tanh" => Ok(Some(Response::Tanh)),
        "exp" => Ok(Some(Response::Exp)),
        other => {
            let shown = crate::error::shown(other, 60);
            Err(doc
                .refuse(node.span, format!("there is no response \"{shown}\""))
                .with_help(
                    "it is \"logistic\", \"tanh\", \"exp\" or { points = [[0, 0], [1, 2]] }",
                ))
        }
    }
}

/// One audience.
struct Audience {
    bias: Vec<f64>,
    importance: f64,
    weights: Option<Vec<f64>>,
    listens: Option<Vec<f64>>,
}

/// The audiences' positions one after the other, as one receiver in a metric of their importance.
fn stacked(
    doc: &Document,
    root: &Node<'_>,
    list: &Node<'_>,
    terms: &mut Terms,
) -> Decoded<GameSpec<f64>> {
    no_coalitions(doc, root, "a game with audiences")?;
    let players = influencers(doc, require_influencers(doc, root)?)?;
    let items = doc.list(list, "`audiences`", "a list of tables")?;
    if items.is_empty() {
        return Err(doc.refuse(list.span, "a game with `audiences` needs at least one"));
    }
    let count = items.len();
    let targets: Vec<Vec<Vec<f64>>> = players
        .iter()
        .map(|fields| targets(doc, fields, count))
        .collect::<Decoded<_>>()?;
    let d = targets[0][0].len();
    let mut audiences = Vec::with_capacity(count);
    for (a, item) in items.iter().enumerate() {
        let (audience, name) = audience(doc, item, [players.len(), count, d])?;
        terms
            .audiences
            .push(name.unwrap_or_else(|| (a + 1).to_string()));
        audiences.push(audience);
    }
    let through = listening(&audiences).ok_or_else(|| {
        doc.refuse(
            list.span,
            "the audiences listen to each other so much that they never settle",
        )
        .with_help("make the numbers in `listens` smaller: each row's sum below 1 is enough")
    })?;
    let mut spaces = shared_spaces(doc);
    let mut described = Vec::with_capacity(players.len());
    for (i, (fields, targets)) in players.iter().zip(&targets).enumerate() {
        no_costs(doc, fields, "a game with audiences")?;
        let node = fields.require("weight", "the influencer")?;
        let own: f64 = doc.number(node, "`weight` (with audiences a number)")?;
        let weights: Vec<f64> = audiences
            .iter()
            .map(|audience| audience.weights.as_ref().map_or(own, |weights| weights[i]))
            .collect();
        let mut rows = vec![vec![0.0; d]; count * d];
        for (a, through) in through.iter().enumerate() {
            let sum: f64 = through.iter().zip(&weights).map(|(t, w)| t * w).sum();
            for k in 0..d {
                rows[a * d + k][k] = sum;
            }
        }
        described.push(InfluencerSpec {
            name: name(doc, fields)?,
            weight: WeightSpec::Matrix(rows),
            target: targets.concat(),
            space: spaces.index(space_of(doc, root, fields)?, d)?,
            cost: None,
        });
    }
    let mut bias = Vec::with_capacity(count * d);
    for through in &through {
        for k in 0..d {
            bias.push(
                through
                    .iter()
                    .zip(&audiences)
                    .map(|(t, a)| t * a.bias[k])
                    .sum(),
            );
        }
    }
    if audiences.iter().any(|a| a.importance != 1.0) {
        let entry = |j: usize, k: usize| {
            if j == k {
                audiences[j / d].importance
            } else {
                0.0
            }
        };
        let row = |j: usize| (0..count * d).map(|k| entry(j, k)).collect();
        terms.metric = Some((0..count * d).map(row).collect());
    }
    Ok(GameSpec {
        loss: super::continuous::loss(doc, root)?,
        bias,
        spaces: spaces.specs,
        coalitions: Vec::new(),
        influencers: described,
    })
}

/// Where an influencer wants each audience: one target for all, or one each.
fn targets(doc: &Document, fields: &Fields<'_, '_>, count: usize) -> Decoded<Vec<Vec<f64>>> {
    let node = fields.require("target", "the influencer")?;
    let items = doc.list(node, "`target`", "a list of numbers")?;
    let rows = match items.first().map(|first| &first.value) {
        Some(Value::List(_)) => doc.matrix(node, "`target`")?,
        _ => vec![doc.vector(node, "`target`")?; count],
    };
    doc.same_length(node, "`target`", rows.len(), count)?;
    match rows.iter().all(Vec::is_empty) {
        true => Err(doc.refuse(node.span, "`target` has no numbers")),
        false => Ok(rows),
    }
}

fn audience(
    doc: &Document,
    item: &Node<'_>,
    [players, count, d]: [usize; 3],
) -> Decoded<(Audience, Option<String>)> {
    let known = ["name", "bias", "importance", "weights", "listens"];
    let fields = doc.table(item, "an audience", &known)?;
    let numbers = |key: &str, expected: usize| -> Decoded<Option<Vec<f64>>> {
        let Some(node) = fields.get(key) else {
            return Ok(None);
        };
        let what = format!("`{key}`");
        let numbers: Vec<f64> = doc.vector(node, &what)?;
        doc.same_length(node, &what, numbers.len(), expected)?;
        Ok(Some(numbers))
    };
    let importance = match fields.get("importance") {
        None => 1.0,
        Some(node) => match doc.number(node, "`importance`")? {
            v if v > 0.0 => v,
            _ => return Err(doc.refuse(node.span, "an audience's `importance` is above 0")),
        },
    };
    let audience = Audience {
        bias: numbers("bias", d)?.unwrap_or_else(|| vec![0.0; d]),
        importance,
        weights: numbers("weights", players)?,
        listens: numbers("listens", count)?,
    };
    Ok((audience, name(doc, &fields)?))
}

/// `(I − A)⁻¹`, by rows: how much of what each audience hears by itself arrives at each. `None` where the powers of `A` do not vanish.
fn listening(audiences: &[Audience]) -> Option<Vec<Vec<f64>>> {
    let n = audiences.len();
    let product = |x: &[Vec<f64>], y: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let entry = |j: usize, k: usize| (0..n).map(|l| x[j][l] * y[l][k]).sum();
        (0..n)
            .map(|j| (0..n).map(|k| entry(j, k)).collect())
            .collect()
    };
    let mut power: Vec<Vec<f64>> = audiences
        .iter()
        .map(|a| a.listens.clone().unwrap_or_else(|| vec![0.0; n]))
        .collect();
    // I + A + A² + … = (I + A)(I + A²)(I + A⁴) …
    let mut sum: Vec<Vec<f64>> = (0..n)
        .map(|j| (0..n).map(|k| if j == k { 1.0 } else { 0.0 }).collect())
        .collect();
    for _ in 0..64 {
        let size = power.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
        if size == 0.0 {
            return Some(sum);
        }
        if size.is_nan() || size >= 1e100 {
            return None;
        }
        let more = product(&sum, &power);
        for (row, more) in sum.iter_mut().zip(more) {
            row.iter_mut().zip(more).for_each(|(s, m)| *s += m);
        }
        power = product(&power, &power);
    }
    None
}
