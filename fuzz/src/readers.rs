//! Everything that reads a file, a stream or another program.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use big_game::Game;
use big_io::preference::{ColumnNames, Format, PreferenceTable, TableFiles};
use big_io::{Content, InputError, Source, game_from_text};
use big_preference::command::Command;
use big_preference::receiver::Receiver;
use tempfile::TempDir;

use crate::signature;

/// A folder in memory, where there is one; one a thread.
pub(crate) fn folder<T>(use_it: impl FnOnce(&TempDir) -> T) -> T {
    thread_local! {
        static FOLDER: TempDir = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .expect("a temporary folder");
    }
    FOLDER.with(use_it)
}

/// A file with these bytes.
pub(crate) fn file(name: &str, data: &[u8]) -> PathBuf {
    folder(|folder| {
        let path = folder.path().join(name);
        fs::write(&path, data).expect("a temporary file");
        path
    })
}

fn told<T>(what: &str, result: Result<T, InputError>) -> String {
    match result {
        Ok(_) => format!("{what}: read"),
        Err(error) => format!("{what}: {}", signature(&error.message)),
    }
}

fn game(data: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(data) else {
        return told("bytes", Source::Path(file("game", data)).read_text());
    };
    match game_from_text("game", text) {
        Ok(game) => format!("game {}", kind(&game.content)),
        Err(error) => {
            // What is quoted lies in the text, and on borders of characters.
            if let (Some(span), Some(text)) = (&error.span, &error.text) {
                assert!(text.get(span.clone()).is_some(), "{span:?}");
            }
            signature(&error.message)
        }
    }
}

fn kind(content: &Content) -> String {
    match content {
        Content::Continuous(game) => format!("convex {}", game.influencers().min(4)),
        Content::Finite(_) => "finite".into(),
        Content::FiniteInnerProduct(_) => "dominant".into(),
    }
}

/// A game file in TOML.
pub fn game_toml(data: &[u8]) -> String {
    game(data)
}

/// A game file in JSON.
pub fn game_json(data: &[u8]) -> String {
    game(data)
}

fn table(name: &str, data: &[u8]) -> String {
    file(name, data);
    let text = format!(
        "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n[influencers]\nfile = \"{name}\"\n"
    );
    let path = file("game.toml", text.as_bytes());
    told(
        "table",
        big_io::read_game(&Source::Path(path), &mut |_, _| {}),
    )
}

/// A table of influencers in CSV.
pub fn game_table_csv(data: &[u8]) -> String {
    table("influencers.csv", data)
}

/// A table of influencers in Parquet.
pub fn game_table_parquet(data: &[u8]) -> String {
    table("influencers.parquet", data)
}

/// A game of Gambit's.
pub fn nfg(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    told("nfg", big_io::nfg_from_text("game", &text, 10_000))
}

fn fixed_game() -> Game {
    let text = "[action_space]\ntype = \"box\"\nlower = [-1, -1]\nupper = 1\n[[influencers]]\nname = \"left\"\nweight = 0.5\n\
                target = [-0.8, 0]\n[[influencers]]\nname = \"right\"\nweight = 0.5\ntarget = [-0.3, 0]\n";
    match game_from_text("game", text).expect("a game").content {
        Content::Continuous(game) => *game,
        _ => unreachable!("a box is convex"),
    }
}

/// A profile: TOML or JSON, or a table.
pub fn profile(data: &[u8]) -> String {
    let game = fixed_game();
    let table = Source::Path(file("profile.csv", data));
    let by_table = told("table", big_io::read_profile(&table, &game));
    let Ok(text) = std::str::from_utf8(data) else {
        return by_table;
    };
    let source = Source::text("profile", text);
    let points = told("points", big_io::read_profile(&source, &game));
    points + &told("choices", big_io::read_finite_play(&source)) + &by_table
}

/// An experiment.
pub fn experiment(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let source = Source::text("experiment", &text);
    told("experiment", big_io::experiment::read_experiment(&source))
}

fn labels(name: &str, format: Format, data: &[u8]) -> String {
    let path = file(name, data);
    let read = || -> Result<u64, InputError> {
        let files = TableFiles::find(std::slice::from_ref(&path), Some(format))?;
        let table = PreferenceTable::open(&files, &ColumnNames::default())?;
        let mut rows = 0;
        let mut count = |block: &big_io::preference::PreferenceBlock<'_>| {
            rows += block.labels.len() as u64;
            Ok::<(), InputError>(())
        };
        table.pass(&mut count)?;
        table.glimpse(10, &mut |_| Ok::<(), InputError>(()))?;
        Ok(rows)
    };
    told("labels", read())
}

/// A table of comparisons in CSV.
pub fn labels_csv(data: &[u8]) -> String {
    labels("labels.csv", Format::Csv, data)
}

/// A table of comparisons in JSON lines, or as an array.
pub fn labels_json(data: &[u8]) -> String {
    labels("labels.jsonl", Format::Json, data)
}

/// A table of comparisons in Parquet.
pub fn labels_parquet(data: &[u8]) -> String {
    labels("labels.parquet", Format::Parquet, data)
}

/// A table of comparisons in Arrow.
pub fn labels_arrow(data: &[u8]) -> String {
    labels("labels.arrow", Format::Arrow, data)
}

/// A program that answers with these bytes.
pub fn receiver(data: &[u8]) -> String {
    let path = file("answer", data);
    let script = format!("read line; cat '{}'; cat >/dev/null", path.display());
    let arguments = ["-c".to_owned(), script];
    let time = Duration::from_millis(300);
    let mut asked = match Command::start("sh", &arguments, 2, 1, time) {
        Ok(started) => started,
        Err(error) => return signature(&error.to_string()),
    };
    match asked.respond(&[vec![0.5], vec![-0.5]]) {
        Ok(theta) => {
            assert!(theta.len() == 1 && theta[0].abs() <= 1e150);
            "answered".into()
        }
        Err(error) => {
            let error = error.to_string();
            assert!(!error.contains('\u{1b}'), "{error:?}");
            signature(&error)
        }
    }
}
