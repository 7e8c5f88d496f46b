//! Games whose targets are private: influencers with `types`, and the joint law of them, if it is given.

use big_game::private::{PrivateGame, Scenario, TargetType};
use big_game::spec::{GameSpec, InfluencerSpec};

use super::continuous::{
    loss, no_coalitions, no_costs, require_influencers, shared_spaces, space_of,
};
use super::{Decoded, Fields, bias, influencers, name, weight};
use crate::document::{Document, Node, Value};

/// Does an influencer have types, or the game scenarios?
pub(crate) fn has_types(root: &Node<'_>) -> bool {
    if root.get("scenarios").is_some() {
        return true;
    }
    let Some(Value::List(items)) = root.get("influencers").map(|list| &list.value) else {
        return false;
    };
    items.iter().any(|item| item.get("types").is_some())
}

/// Refuses private targets where there can be none.
pub(crate) fn no_types(doc: &Document, root: &Node<'_>, of: &str) -> Decoded<()> {
    if !has_types(root) {
        return Ok(());
    }
    let list = root.get("influencers").unwrap_or(root);
    let listed = (0..).map_while(|i| list.item(i));
    let node = root
        .get("scenarios")
        .or(listed.filter_map(|item| item.get("types")).next());
    Err(doc
        .refuse(
            node.unwrap_or(root).span,
            format!("{of} has no private targets"),
        )
        .with_help("leave `types` and `scenarios` out, or give the influencers convex sets"))
}

/// The game that a document describes.
pub(crate) fn private(doc: &Document, root: &Node<'_>) -> Decoded<PrivateGame> {
    let list = require_influencers(doc, root)?;
    let fields = influencers(doc, list)?;
    no_coalitions(doc, root, "a game with private targets")?;
    let given: Option<Vec<f64>> = bias(doc, root)?;
    let law = scenarios(doc, root)?;
    let mut types = Vec::with_capacity(fields.len());
    for (i, fields) in fields.iter().enumerate() {
        types.push(types_of(doc, fields, i, law.as_deref())?);
    }
    let d = match &given {
        Some(bias) => bias.len(),
        None => types[0][0].target.len(),
    };
    let mut spaces = shared_spaces(doc);
    let mut described = Vec::with_capacity(fields.len());
    for (fields, types) in fields.iter().zip(&types) {
        no_costs(doc, fields, "a game with private targets")?;
        let (weight, m) = weight(doc, fields, d)?;
        described.push(InfluencerSpec {
            cost: None,
            name: name(doc, fields)?,
            weight: weight.spec(),
            target: types[0].target.clone(),
            space: spaces.index(space_of(doc, root, fields)?, m)?,
        });
    }
    let spec = GameSpec {
        loss: loss(doc, root)?,
        bias: given.unwrap_or_else(|| vec![0.0; d]),
        spaces: spaces.specs,
        coalitions: Vec::new(),
        influencers: described,
    };
    PrivateGame::new(spec, types, law).map_err(|error| doc.refuse(list.span, error.to_string()))
}

/// The joint law of types, where it is given.
fn scenarios(doc: &Document, root: &Node<'_>) -> Decoded<Option<Vec<Scenario>>> {
    let Some(list) = root.get("scenarios") else {
        return Ok(None);
    };
    let items = doc.list(list, "`scenarios`", "a list of tables")?;
    let one = |item: &Node<'_>| {
        let fields = doc.table(item, "a scenario", &["probability", "types"])?;
        let node = fields.require("types", "the scenario")?;
        let types = doc.list(node, "`types`", "a list of indices, one an influencer")?;
        let index = |node| doc.index(node, "a type");
        Ok(Scenario {
            probability: doc.number(
                fields.require("probability", "the scenario")?,
                "`probability`",
            )?,
            types: types.iter().map(index).collect::<Decoded<_>>()?,
        })
    };
    items.iter().map(one).collect::<Decoded<_>>().map(Some)
}

/// An influencer's types: those that are listed, or its target as the only one.
fn types_of(
    doc: &Document,
    fields: &Fields<'_, '_>,
    influencer: usize,
    law: Option<&[Scenario]>,
) -> Decoded<Vec<TargetType>> {
    let Some(list) = fields.get("types") else {
        let node = fields.require("target", "the influencer")?;
        let target = doc.vector(node, "`target`")?;
        return Ok(vec![TargetType {
            probability: 1.0,
            target,
        }]);
    };
    if let Some(node) = fields.get("target") {
        return Err(doc
            .refuse(
                node.span,
                "an influencer with `types` has no other `target`",
            )
            .with_help("leave `target` out, or make it one of the types"));
    }
    let items = doc.list(list, "`types`", "a list of tables")?;
    if items.is_empty() {
        return Err(doc
            .refuse(list.span, "`types` has nothing in it")
            .with_help(
                "give each type a probability and a target: { probability = 0.5, target = [1.0] }",
            ));
    }
    let one = |(index, item): (usize, &Node<'_>)| {
        let fields = doc.table(item, "a type", &["probability", "target"])?;
        let target: Vec<f64> = doc.vector(fields.require("target", "the type")?, "`target`")?;
        let probability = match (fields.get("probability"), law) {
            (Some(node), _) => doc.number(node, "`probability`")?,
            // What the scenarios say.
            (None, Some(law)) => law
                .iter()
                .filter(|s| s.types.get(influencer) == Some(&index))
                .map(|s| s.probability)
                .sum(),
            (None, None) => {
                doc.number(fields.require("probability", "the type")?, "`probability`")?
            }
        };
        Ok(TargetType {
            probability,
            target,
        })
    };
    items.iter().enumerate().map(one).collect()
}
