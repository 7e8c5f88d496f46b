//! Reading a game: from a file, from standard input, from text.

use std::path::Path;
use std::sync::Arc;

use big_game::Game;
use big_game::spec::{FiniteSpec, Loss};

use crate::decode;
use crate::document::Document;
use crate::error::InputError;
use crate::source::Source;
use crate::table;

/// The keys of a game file. `$schema` is for editors.
const KEYS: [&str; 8] = [
    "$schema",
    "name",
    "description",
    "loss",
    "receiver",
    "action_space",
    "influencers",
    "coalitions",
];

/// A game file that has been read and checked.
#[derive(Clone, Debug)]
pub struct GameFile {
    /// What the author calls the game.
    pub name: Option<String>,
    /// What the author says about it.
    pub description: Option<String>,
    /// The game.
    pub content: Content,
}

/// The two kinds of games.
#[derive(Clone, Debug)]
pub enum Content {
    /// Actions are points of convex sets.
    Continuous(Box<Game>),
    /// Actions are means of `k` items of a list (arXiv:2502.01127, Definition 5).
    Finite(FiniteSpec),
    /// The same under the inner-product loss: everybody has weakly dominant choices.
    FiniteInnerProduct(FiniteSpec),
}

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

fn decode_game(
    doc: &Document,
    extension: Option<&str>,
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GameFile, InputError> {
    let root = doc.parse(extension)?;
    let fields = doc.table(&root, "the game", &KEYS)?;
    let name = fields.get("name").map(|node| doc.name(node)).transpose()?;
    let description = fields
        .get("description")
        .map(|node| doc.string(node, "`description`").map(str::to_owned));
    let description = description.transpose()?;
    let content = if decode::has_finite_space(&root) {
        match decode::finite(doc, &root)? {
            (spec, Loss::SquaredEuclidean) => Content::Finite(spec),
            (spec, Loss::InnerProduct) => Content::FiniteInnerProduct(spec),
        }
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
