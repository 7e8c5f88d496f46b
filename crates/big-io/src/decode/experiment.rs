//! Experiments with simulated preference data: who labels how many pairs of what, and what they may report.

use std::path::{Path, PathBuf};

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::SpaceSpec;

use super::space::space;
use super::{Decoded, Fields, name};
use crate::document::{Document, Node, Value};
use crate::error::shown;
use crate::experiment::{Experiment, Labeller, Responses};

/// The keys of an experiment. `$schema` is for editors.
const KEYS: [&str; 10] = [
    "$schema",
    "name",
    "description",
    "dimension",
    "pairs",
    "distribution",
    "precision",
    "seed",
    "action_space",
    "influencers",
];
const INFLUENCER: [&str; 5] = ["name", "theta", "fake", "pairs", "action_space"];
const DISTRIBUTIONS: [&str; 3] = ["normal", "uniform", "file"];

/// The experiment that a document describes. A file of embeddings is named relative to `folder`.
pub(crate) fn experiment(doc: &Document, root: &Node<'_>, folder: &Path) -> Decoded<Experiment> {
    let fields = doc.table(root, "the experiment", &KEYS)?;
    let title = fields.get("name").map(|node| doc.name(node)).transpose()?;
    let node = fields.require("influencers", "the experiment")?;
    let items = doc.list(node, "`influencers`", "a list of tables")?;
    if items.is_empty() {
        return Err(doc
            .refuse(node.span, "an experiment needs at least one influencer")
            .with_help("add [[influencers]] with a `theta`"));
    }
    let influencers = items
        .iter()
        .map(|item| doc.table(item, "an influencer", &INFLUENCER))
        .collect::<Decoded<Vec<_>>>()?;
    let dim = match fields.get("dimension") {
        Some(node) => match whole(doc, node, "`dimension`")? {
            0 => return Err(doc.refuse(node.span, "`dimension` is 0: it must be at least 1")),
            d => d as usize,
        },
        None => {
            let node = influencers[0].require("theta", "the influencer")?;
            match doc.list(node, "`theta`", "a list of numbers")?.len() {
                0 => return Err(doc.refuse(node.span, "`theta` has no numbers")),
                d => d,
            }
        }
    };
    let common = fields.get("action_space");
    let mut labellers = Vec::with_capacity(influencers.len());
    let mut spaces = Vec::new();
    for (i, influencer) in influencers.iter().enumerate() {
        labellers.push(labeller(doc, &fields, influencer, i, dim)?);
        if let Some(own) = influencer.get("action_space") {
            spaces.push(Some(valid(doc, own, dim)?));
        } else {
            spaces.push(None);
        }
    }
    for (i, one) in labellers.iter().enumerate() {
        if labellers[..i].iter().any(|other| other.name == one.name) {
            let shown = shown(&one.name, 60);
            return Err(doc
                .refuse(
                    influencers[i].span,
                    format!("two influencers are called '{shown}'"),
                )
                .with_help("give each its own name"));
        }
    }
    let common = common.map(|node| valid(doc, node, dim)).transpose()?;
    let spaces = if spaces.iter().all(Option::is_none) {
        common.into_iter().collect()
    } else {
        let missing = spaces.iter().position(Option::is_none);
        match (missing, &common) {
            (Some(i), None) => {
                return Err(doc
                    .refuse(influencers[i].span, "the influencer has no action space")
                    .with_help("add `action_space` to it, or to the experiment for all"));
            }
            _ => spaces
                .into_iter()
                .filter_map(|own| own.or_else(|| common.clone()))
                .collect(),
        }
    };
    Ok(Experiment {
        name: title,
        dim,
        labellers,
        spaces,
        responses: match fields.get("distribution") {
            Some(node) => responses(doc, node, folder)?,
            None => STANDARD_NORMAL,
        },
        precision: match fields.get("precision") {
            Some(node) => match doc.number::<f64>(node, "`precision`")? {
                beta if beta > 0.0 => beta,
                _ => return Err(doc.refuse(node.span, "`precision` must be above 0")),
            },
            None => 1.0,
        },
        seed: match fields.get("seed") {
            Some(node) => Some(whole(doc, node, "`seed`")?),
            None => None,
        },
    })
}

const STANDARD_NORMAL: Responses = Responses::Normal {
    mean: 0.0,
    deviation: 1.0,
};

fn labeller(
    doc: &Document,
    experiment: &Fields<'_, '_>,
    fields: &Fields<'_, '_>,
    index: usize,
    dim: usize,
) -> Decoded<Labeller> {
    let point = |node: &Node<'_>, what: &str| -> Decoded<Vec<f64>> {
        let point: Vec<f64> = doc.vector(node, what)?;
        doc.same_length(node, what, point.len(), dim)?;
        Ok(point)
    };
    let pairs = fields.get("pairs").or(experiment.get("pairs"));
    let pairs = pairs.map(|node| whole(doc, node, "`pairs`")).transpose()?;
    Ok(Labeller {
        name: name(doc, fields)?.unwrap_or_else(|| (index + 1).to_string()),
        theta: point(fields.require("theta", "the influencer")?, "`theta`")?,
        fake: match fields.get("fake") {
            Some(node) => Some(point(node, "`fake`")?),
            None => None,
        },
        pairs,
    })
}

/// An action space that is one.
fn valid(doc: &Document, node: &Node<'_>, dim: usize) -> Decoded<SpaceSpec<f64>> {
    let spec = space::<f64>(doc, node, dim)?;
    let built = ActionSpace::new(&spec)
        .map_err(|e| doc.refuse(node.span, format!("the action space: {e}")))?;
    if built.dim() != dim {
        return Err(doc.refuse(
            node.span,
            format!(
                "the action space has dimension {}, the responses have {dim}",
                built.dim()
            ),
        ));
    }
    Ok(spec)
}

fn responses(doc: &Document, node: &Node<'_>, folder: &Path) -> Decoded<Responses> {
    let kind = match &node.value {
        Value::Table(_) => node.get("type").ok_or_else(|| {
            doc.refuse(node.span, "the distribution has no `type`")
                .with_help(format!("one of: {}", DISTRIBUTIONS.join(", ")))
        })?,
        _ => node,
    };
    let optional = |fields: &Fields<'_, '_>, key: &str, default: f64| match fields.get(key) {
        Some(node) => doc.number(node, &format!("`{key}`")),
        None => Ok(default),
    };
    let fields = |known: &[&str]| match &node.value {
        Value::Table(_) => doc.table(node, "the distribution", known).map(Some),
        _ => Ok(None),
    };
    match doc.string(kind, "`distribution`")? {
        "normal" => match fields(&["type", "mean", "deviation"])? {
            None => Ok(STANDARD_NORMAL),
            Some(fields) => Ok(Responses::Normal {
                mean: optional(&fields, "mean", 0.0)?,
                deviation: optional(&fields, "deviation", 1.0)?,
            }),
        },
        "uniform" => match fields(&["type", "lower", "upper"])? {
            None => Ok(Responses::Uniform {
                lower: -1.0,
                upper: 1.0,
            }),
            Some(fields) => Ok(Responses::Uniform {
                lower: optional(&fields, "lower", -1.0)?,
                upper: optional(&fields, "upper", 1.0)?,
            }),
        },
        "file" => {
            let Some(fields) = fields(&["type", "file"])? else {
                return Err(doc
                    .refuse(node.span, "the distribution names no file")
                    .with_help(
                        "distribution = { type = \"file\", file = \"embeddings.parquet\" }",
                    ));
            };
            let file = doc.string(fields.require("file", "the distribution")?, "`file`")?;
            Ok(Responses::File(folder.join(PathBuf::from(file))))
        }
        other => Err(doc
            .refuse(
                kind.span,
                format!("there is no distribution \"{}\"", shown(other, 60)),
            )
            .with_help(format!("one of: {}", DISTRIBUTIONS.join(", ")))),
    }
}

/// A whole number that is not negative.
fn whole(doc: &Document, node: &Node<'_>, what: &str) -> Decoded<u64> {
    let Value::Number(text) = &node.value else {
        return Err(doc.wrong_kind(node, what, "a whole number"));
    };
    text.replace('_', "").parse().map_err(|_| {
        let shown = shown(text, 24);
        doc.refuse(
            node.span,
            format!("{what} is {shown}: it must be a whole number of at least 0"),
        )
    })
}

/// The action space that a text describes: `{ type = "ball", radius = 1 }`, or the `action_space` of a whole file.
pub(crate) fn lone_space(doc: &Document, root: &Node<'_>, dim: usize) -> Decoded<SpaceSpec<f64>> {
    match root.get("action_space") {
        Some(node) => valid(doc, node, dim),
        None => Err(doc
            .refuse(root.span, "has no `action_space`")
            .with_help("for instance action_space = { type = \"box\", lower = -1, upper = 1 }")),
    }
}
