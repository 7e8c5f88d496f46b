//! Action spaces: from the tree to a description, and from a mistake in the description back to the tree.

use big_game::action_space::SpaceError;
use big_game::spec::SpaceSpec;

use super::{Decoded, count};
use crate::document::{Document, Node, Value};
use crate::error::{InputError, did_you_mean, shown};
use crate::number::Scalar;

/// The types of action spaces.
pub(super) const TYPES: [&str; 7] = [
    "box",
    "ball",
    "l1_ball",
    "simplex",
    "ellipsoid",
    "polytope",
    "finite",
];

/// The `type` of an action space.
pub(super) fn type_of<'n>(doc: &Document, node: &'n Node<'_>) -> Decoded<&'n str> {
    let Value::Table(_) = &node.value else {
        return Err(doc
            .wrong_kind(node, "`action_space`", "a table")
            .with_help("for instance { type = \"box\", lower = -1, upper = 1 }"));
    };
    let one_of = || format!("one of: {}", TYPES.join(", "));
    let Some(kind) = node.get("type") else {
        return Err(doc
            .refuse(node.span, "the action space has no `type`")
            .with_help(one_of()));
    };
    let found = doc.string(kind, "`type`")?;
    if TYPES.contains(&found) {
        return Ok(found);
    }
    let shown = shown(found, 60);
    let help = did_you_mean(found, &TYPES)
        .map_or_else(one_of, |known| format!("did you mean \"{known}\"?"));
    Err(doc
        .refuse(
            kind.span,
            format!("there is no action space of type \"{shown}\""),
        )
        .with_help(help))
}

/// A convex action space; `m` is the dimension that the weight asks for, where the description leaves it open.
pub(super) fn space<T: Scalar>(doc: &Document, node: &Node<'_>, m: usize) -> Decoded<SpaceSpec<T>> {
    match type_of(doc, node)? {
        "box" => boxed(doc, node, m),
        "ball" => {
            let (center, radius) = centred(doc, node, m, "a ball")?;
            Ok(SpaceSpec::Ball { center, radius })
        }
        "l1_ball" => {
            let (center, radius) = centred(doc, node, m, "an l1 ball")?;
            Ok(SpaceSpec::L1Ball { center, radius })
        }
        "simplex" => {
            let fields = doc.table(node, "a simplex", &["type", "scale"])?;
            let scale = match fields.get("scale") {
                Some(scale) => size(doc, scale, "`scale`")?,
                None => T::parse("1").unwrap_or_else(|_| T::zero()),
            };
            Ok(SpaceSpec::Simplex { dim: m, scale })
        }
        "ellipsoid" => ellipsoid(doc, node),
        "polytope" => polytope(doc, node),
        _ => Err(doc
            .refuse(
                node.span,
                "this action space must be convex: a finite one is for influencers that a game file lists",
            )
            .with_help("give it the polytope of the items as `vertices`")),
    }
}

fn boxed<T: Scalar>(doc: &Document, node: &Node<'_>, m: usize) -> Decoded<SpaceSpec<T>> {
    let fields = doc.table(node, "a box", &["type", "lower", "upper"])?;
    let (low, high) = (
        fields.require("lower", "the box")?,
        fields.require("upper", "the box")?,
    );
    let length = |node: &Node<'_>| match &node.value {
        Value::List(items) => Some(items.len()),
        _ => None,
    };
    let dim = length(low).or(length(high)).unwrap_or(m);
    let bounds = |node: &Node<'_>, what: &str| -> Decoded<Vec<T>> {
        match &node.value {
            Value::List(items) => {
                doc.same_length(node, what, items.len(), dim)?;
                doc.vector(node, what)
            }
            _ => Ok(vec![doc.number(node, what)?; dim]),
        }
    };
    let (lower, upper) = (bounds(low, "`lower`")?, bounds(high, "`upper`")?);
    if let Some(k) = (0..dim).find(|&k| lower[k] > upper[k]) {
        let at = low.item(k).unwrap_or(low);
        return Err(doc
            .refuse(
                at.span,
                format!("`lower` is above `upper` in coordinate {k}"),
            )
            .with_help("swap them"));
    }
    Ok(SpaceSpec::Box { lower, upper })
}

fn centred<T: Scalar>(
    doc: &Document,
    node: &Node<'_>,
    m: usize,
    what: &str,
) -> Decoded<(Vec<T>, T)> {
    let fields = doc.table(node, what, &["type", "radius", "center"])?;
    let radius = size(doc, fields.require("radius", what)?, "`radius`")?;
    Ok((center(doc, fields.get("center"), m)?, radius))
}

/// A centre: a list; or one number for all coordinates; or nothing for the origin.
fn center<T: Scalar>(doc: &Document, node: Option<&Node<'_>>, m: usize) -> Decoded<Vec<T>> {
    match node {
        None => Ok(vec![T::zero(); m]),
        Some(node) if matches!(node.value, Value::List(_)) => doc.vector(node, "`center`"),
        Some(node) => Ok(vec![doc.number(node, "`center`")?; m]),
    }
}

/// A number that must not be negative.
fn size<T: Scalar>(doc: &Document, node: &Node<'_>, what: &str) -> Decoded<T> {
    let value: T = doc.number(node, what)?;
    if value < T::zero() {
        return Err(doc.refuse(
            node.span,
            format!("{what} is negative; it must be at least 0"),
        ));
    }
    Ok(value)
}

fn ellipsoid<T: Scalar>(doc: &Document, node: &Node<'_>) -> Decoded<SpaceSpec<T>> {
    let fields = doc.table(node, "an ellipsoid", &["type", "center", "shape"])?;
    let rows = fields.require("shape", "the ellipsoid")?;
    let shape: Vec<Vec<T>> = doc.matrix(rows, "`shape`")?;
    let dim = shape.len();
    if let (Some(row), Some(first)) = (rows.item(0), shape.first()) {
        doc.same_length(row, "a row of `shape`", first.len(), dim)?;
    }
    let center = center(doc, fields.get("center"), dim)?;
    if let Some(node) = fields.get("center") {
        doc.same_length(node, "`center`", center.len(), dim)?;
    }
    Ok(SpaceSpec::Ellipsoid { center, shape })
}

fn polytope<T: Scalar>(doc: &Document, node: &Node<'_>) -> Decoded<SpaceSpec<T>> {
    let fields = doc.table(node, "a polytope", &["type", "vertices", "halfspaces"])?;
    match (fields.get("vertices"), fields.get("halfspaces")) {
        (Some(vertices), None) => Ok(SpaceSpec::Vertices(doc.matrix(vertices, "`vertices`")?)),
        (None, Some(halfspaces)) => {
            let fields = doc.table(halfspaces, "half-spaces", &["a", "b"])?;
            let a = doc.matrix(fields.require("a", "`halfspaces`")?, "`a`")?;
            let right = fields.require("b", "`halfspaces`")?;
            let b: Vec<T> = doc.vector(right, "`b`")?;
            if b.len() != a.len() {
                let (found, rows) = (count(b.len(), "number"), count(a.len(), "row"));
                return Err(doc.refuse(right.span, format!("`b` has {found} where `a` has {rows}")));
            }
            Ok(SpaceSpec::Halfspaces { a, b })
        }
        _ => Err(doc
            .refuse(
                node.span,
                "a polytope has either `vertices` or `halfspaces`",
            )
            .with_help(
                "vertices = [[..]..], or halfspaces = { a = [[..]..], b = [..] } for a x <= b",
            )),
    }
}

/// The place of a mistake that the game found in a set.
pub(super) fn locate(doc: &Document, node: &Node<'_>, error: &SpaceError) -> InputError {
    let part = |what: &str| {
        let inside = node.get("halfspaces").unwrap_or(node);
        inside.get(what).unwrap_or(node)
    };
    let item = |node, index: usize| Node::item(node, index).unwrap_or(node);
    let at = match error {
        SpaceError::Length { what, .. } | SpaceError::Negative { what, .. } => part(what),
        SpaceError::RowLength { what, row, .. } => item(part(what), *row),
        SpaceError::OutOfRange {
            what,
            row,
            coordinate,
            ..
        } => {
            let whole = part(what);
            let row = row.map_or(whole, |row| item(whole, row));
            coordinate.map_or(row, |k| item(row, k))
        }
        SpaceError::CrossedBounds { coordinate, .. } => item(part("lower"), *coordinate),
        SpaceError::Empty { .. } | SpaceError::Unbounded { .. } => node
            .get("halfspaces")
            .or(node.get("vertices"))
            .unwrap_or(node),
        SpaceError::NotSymmetric { row, column, .. } => item(item(part("shape"), *row), *column),
        SpaceError::NotPositiveDefinite { row, .. } => item(part("shape"), *row),
        SpaceError::ZeroDimension => ["vertices", "shape", "center", "lower", "upper"]
            .into_iter()
            .find_map(|key| node.get(key))
            .unwrap_or(node),
    };
    doc.refuse(at.span, error.to_string())
}
