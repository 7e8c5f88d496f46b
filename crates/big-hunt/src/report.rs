//! What is told of one game, and of a whole search.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::check::Finding;

/// What one game came to.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) index: u64,
    pub(crate) kind: String,
    pub(crate) scale: String,
    pub(crate) end: String,
    pub(crate) calls: u64,
    pub(crate) found: Vec<Found>,
}

/// One fault of one game.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) check: String,
    pub(crate) message: String,
    /// The game, made small; null when there have been enough of these.
    pub(crate) game: Value,
}

impl Found {
    pub(crate) fn new(finding: &Finding, game: Value) -> Self {
        Self {
            check: finding.check.into(),
            message: format!("{}: {}", finding.route, finding.message).replace('\n', " "),
            game,
        }
    }
}

impl Report {
    /// Did every check hold?
    pub fn clean(&self) -> bool {
        self.found.is_empty()
    }

    /// One line for another process.
    pub(crate) fn line(&self) -> String {
        let found: Vec<Value> = self
            .found
            .iter()
            .map(|f| json!({"check": f.check, "message": f.message, "game": f.game}))
            .collect();
        json!({
            "index": self.index, "kind": self.kind, "scale": self.scale, "end": self.end, "calls": self.calls,
            "found": found,
        })
        .to_string()
    }

    /// What such a line says.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let found = |f: &Value| {
            Some(Found {
                check: text(&f["check"])?,
                message: text(&f["message"])?,
                game: f["game"].clone(),
            })
        };
        Some(Self {
            index: value["index"].as_u64()?,
            kind: text(&value["kind"])?,
            scale: text(&value["scale"])?,
            end: text(&value["end"])?,
            calls: value["calls"].as_u64()?,
            found: value["found"]
                .as_array()?
                .iter()
                .map(found)
                .collect::<Option<_>>()?,
        })
    }
}

/// What a search came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Games.
    pub games: u64,
    /// Command lines.
    pub calls: u64,
    /// Games of each kind and scale.
    pub kinds: BTreeMap<String, u64>,
    /// Games of each ending: one equilibrium, many, unfinished, …
    pub ends: BTreeMap<String, u64>,
    /// Games in which a check failed, by check.
    pub findings: BTreeMap<String, u64>,
}

impl Summary {
    /// Adds a game.
    pub fn add(&mut self, report: &Report) {
        self.games += 1;
        self.calls += report.calls;
        let count = |map: &mut BTreeMap<String, u64>, key: &str| {
            *map.entry(key.to_owned()).or_default() += 1;
        };
        count(
            &mut self.kinds,
            &format!("{} {}", report.kind, report.scale),
        );
        count(&mut self.ends, &report.end);
        for found in &report.found {
            count(&mut self.findings, &found.check);
        }
    }

    /// Did every check hold?
    pub fn clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The counts, in a line each.
    pub fn counts(&self) -> String {
        let list = |map: &BTreeMap<String, u64>| {
            let parts: Vec<String> = map.iter().map(|(k, v)| format!("{k} {v}")).collect();
            parts.join(", ")
        };
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "kinds: {}", list(&self.kinds));
        let _ = writeln!(text, "ends: {}", list(&self.ends));
        let _ = writeln!(
            text,
            "findings: {}",
            if self.clean() {
                "none".into()
            } else {
                list(&self.findings)
            }
        );
        text
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings: u64 = self.findings.values().sum();
        write!(
            f,
            "{} games, {} command lines, {findings} findings",
            self.games, self.calls
        )
    }
}

/// Writes the games of a report into a folder, each beside a line that says what is wrong.
pub(crate) fn write(folder: &Path, seed: u64, report: &Report) -> std::io::Result<()> {
    for found in report.found.iter().filter(|f| !f.game.is_null()) {
        fs::create_dir_all(folder)?;
        let name = format!("{}-{seed}-{}", found.check, report.index);
        fs::write(
            folder.join(format!("{name}.json")),
            format!("{}\n", found.game),
        )?;
        let line = format!(
            "{} ({} {}): {}\n",
            found.check, report.kind, report.scale, found.message
        );
        fs::write(folder.join(format!("{name}.txt")), line)?;
    }
    Ok(())
}
