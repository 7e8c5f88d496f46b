//! Reading a game: from a file, from standard input, from text.

use std::path::Path;
use std::sync::Arc;

use big_game::spec::Loss;

use crate::crowd::Crowd;
use crate::decode::{self, WithItems};
use crate::document::{Document, Node};
use crate::error::InputError;
use crate::game_content::{Content, GameFile};
use crate::source::Source;
use crate::table::{self, Columns};

/// The keys of a game file. `$schema` is for editors.
const KEYS: [&str; 11] = [
    "$schema",
    "name",
    "description",
    "loss",
    "receiver",
    "action_space",
    "influencers",
    "coalitions",
    "scenarios",
    "metric",
    "audiences",
];

/// Reads a game. A game of at most 20,000 numbers keeps them exactly as they were written; a larger one, and every table, is read
/// in double precision.
///
/// While a table of influencers is being read, `progress` is called now and then with what has been read and
/// what there is: rows of Parquet, bytes of CSV.
///
/// # Errors
/// Whatever is wrong, and where.
pub fn read_game(
    source: &Source,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GameFile, InputError> {
    if let Source::Game(held) = source {
        return Ok(held.game.clone());
    }
    let doc = Document {
        file: source.name(),
        text: source.read_text()?,
    };
    decode_game(
        &doc,
        source.extension().as_deref(),
        source.folder(),
        progress,
    )
}

/// Reads a game from its text. A table it names is looked for in the current folder.
///
/// # Errors
/// As [`read_game`]; messages call the text `name_for_errors`.
pub fn game_from_text(name_for_errors: &str, text: &str) -> Result<GameFile, InputError> {
    let doc = Document {
        file: name_for_errors.to_owned(),
        text: Arc::from(text),
    };
    decode_game(&doc, None, Path::new(""), &mut |_, _| {})
}

/// The same, without the quick way.
#[cfg(test)]
pub(crate) fn game_by_tree(name_for_errors: &str, text: &str) -> Result<GameFile, InputError> {
    let doc = Document {
        file: name_for_errors.to_owned(),
        text: Arc::from(text),
    };
    decode_tree(&doc, None, Path::new(""), &mut |_, _| {})
}

/// A game whose influencers are in memory: `text` (TOML or JSON) has everything else, and says `influencers = { file = … }` with any
/// name, by which messages call them. `targets` are by rows; `names` may be empty.
///
/// # Errors
/// Whatever is wrong, and where: the row, from 1, of an influencer.
pub fn game_of_columns(
    name_for_errors: &str,
    text: &str,
    weights: Vec<f64>,
    targets: Vec<f64>,
    names: Vec<Option<String>>,
) -> Result<GameFile, InputError> {
    let doc = Document {
        file: name_for_errors.to_owned(),
        text: Arc::from(text),
    };
    let root = doc.parse(None)?;
    let (name, description) = told(&doc, &root)?;
    let Some(tabular) = decode::tabular(&doc, &root)? else {
        return Err(
            InputError::new("lists influencers beside those in columns").in_file(name_for_errors)
        );
    };
    let n = weights.len();
    if n == 0 || !targets.len().is_multiple_of(n) || !(names.is_empty() || names.len() == n) {
        return Err(InputError::new(
            "there are not as many weights, targets and names as each other",
        )
        .in_file(name_for_errors));
    }
    let dim = targets.len() / n;
    let rows = weights.iter().zip(targets.chunks_exact(dim.max(1)));
    for (row, (weight, target)) in rows.enumerate() {
        if !(weight.is_finite() && target.iter().all(|v| v.is_finite())) {
            let error = InputError::new("a weight or a target is not finite");
            return Err(error.in_file(name_for_errors).at_row(row as u64 + 1));
        }
    }
    let columns = Columns {
        weights,
        targets,
        names,
        dim,
        costs: Vec::new(),
        honest: Vec::new(),
    };
    let table = tabular.file.clone();
    let game = tabular.game(&doc, &root, &table, columns)?;
    Ok(GameFile {
        name,
        description,
        content: Content::Continuous(Box::new(game)),
    })
}

fn decode_game(
    doc: &Document,
    extension: Option<&str>,
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GameFile, InputError> {
    let crowd = Crowd::of(&doc.text, doc.is_json(extension));
    let quick = crowd.and_then(|crowd| decode_crowd(doc, extension, crowd));
    match quick {
        Some(game) => Ok(game),
        None => decode_tree(doc, extension, folder, progress),
    }
}

/// A game whose influencers are in columns already; `None` where something is wrong with it.
fn decode_crowd(doc: &Document, extension: Option<&str>, crowd: Crowd) -> Option<GameFile> {
    let rest = Document {
        file: doc.file.clone(),
        text: Arc::from(crowd.rest),
    };
    let root = rest.parse(extension).ok()?;
    if decode::has_finite_space(&root) || decode::has_terms(&root) {
        return None;
    }
    let (name, description) = told(&rest, &root).ok()?;
    let tabular = decode::tabular(&rest, &root).ok()??;
    let game = tabular.game(&rest, &root, "", crowd.columns).ok()?;
    Some(GameFile {
        name,
        description,
        content: Content::Continuous(Box::new(game)),
    })
}

/// What the author calls the game and says about it; the keys of a game are known.
fn told(doc: &Document, root: &Node<'_>) -> Result<(Option<String>, Option<String>), InputError> {
    let fields = doc.table(root, "the game", &KEYS)?;
    let name = fields.get("name").map(|node| doc.name(node)).transpose()?;
    let description = fields
        .get("description")
        .map(|node| doc.string(node, "`description`").map(str::to_owned));
    Ok((name, description.transpose()?))
}

fn decode_tree(
    doc: &Document,
    extension: Option<&str>,
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GameFile, InputError> {
    let root = doc.parse(extension)?;
    let (name, description) = told(doc, &root)?;
    let content = if decode::has_finite_space(&root) {
        decode::no_types(doc, &root, "a game with finite action spaces")?;
        decode::no_terms(doc, &root, "a game with finite action spaces")?;
        match decode::with_items(doc, &root)? {
            (WithItems::Finite(spec), Loss::SquaredEuclidean) => Content::Finite(spec),
            (WithItems::Finite(spec), Loss::InnerProduct) => Content::FiniteInnerProduct(spec),
            (WithItems::Hybrid(spec), Loss::SquaredEuclidean) => Content::Hybrid(spec),
            (WithItems::Hybrid(_), Loss::InnerProduct) => {
                let node = root.get("loss").unwrap_or(&root);
                return Err(doc
                    .refuse(
                        node.span,
                        "under the inner-product loss finite and convex action spaces are not in one game",
                    )
                    .with_help(
                        "nobody's best action depends on the others there: write two games, each with one kind of action spaces",
                    ));
            }
        }
    } else if decode::has_types(&root) {
        decode::no_terms(doc, &root, "a game with private targets")?;
        Content::Private(Box::new(decode::private(doc, &root)?))
    } else if decode::has_terms(&root) {
        Content::Reduced(Box::new(decode::reduced(doc, &root)?))
    } else if let Some(tabular) = decode::tabular(doc, &root)? {
        let path = folder.join(&tabular.file);
        let dim = tabular.bias.as_ref().map(Vec::len);
        // The mistakes that can be found without the table come before the long wait for it.
        tabular.space(doc, &root, dim.unwrap_or(1))?;
        let columns = table::read_influencers(&path, dim, progress)?;
        let table = path.display().to_string();
        Content::Continuous(Box::new(tabular.game(doc, &root, &table, columns)?))
    } else {
        Content::Continuous(Box::new(decode::game(doc, &root)?))
    };
    Ok(GameFile {
        name,
        description,
        content,
    })
}
