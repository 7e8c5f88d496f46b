//! What the layers promise: libraries do not speak of a command line, and files do not lean on each other in circles.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The Rust sources of a crate, with their text, by path below `src`.
fn sources(name: &str) -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(name)
        .join("src");
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                // Tests are not what is shipped.
                let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
                found.insert(path.strip_prefix(&root).unwrap().to_path_buf(), text);
            }
        }
    }
    assert!(!found.is_empty(), "{name}");
    found
}

/// The options that a line of code speaks of: two dashes and a letter, but for the variables of a style sheet.
fn options(line: &str) -> Vec<&str> {
    let code = line.split_once("//").map_or(line, |(code, _)| code);
    let starts = code.match_indices("--").map(|(at, _)| at);
    let option = |at: usize| {
        let before = code[..at].chars().next_back();
        let name = code[at + 2..].chars().next()?;
        let variable = ["var(", "{", ";", "\"", "dark;", "light;"]
            .iter()
            .any(|open| code[..at].ends_with(open) && code[at..].contains([':', ')', ',']));
        (name.is_ascii_lowercase() && before != Some('-') && !variable).then(|| &code[at..])
    };
    starts.filter_map(option).collect()
}

#[test]
fn options_are_found_where_they_are_spoken_of() {
    for line in [
        "\"and --a and --b, or --chosen and --rejected, name other columns\"",
        "format!(\"{n} rows; --limit allows more\")",
        "\"--json shows all\"",
    ] {
        assert!(!options(line).is_empty(), "{line}");
    }
    for line in [
        "// see --help",
        "\".n{color:var(--ink)}\"",
        "\"--ink:#1a1a1a;\"",
        "x - -y",
    ] {
        assert!(
            line == "let a = b--c;" || options(line).is_empty(),
            "{line}"
        );
    }
}

/// A library is used from other programs, where there are no options.
#[test]
fn libraries_do_not_speak_of_options() {
    for name in [
        "big-game",
        "big-io",
        "big-preference",
        "big-answer",
        "big-report",
        "big-app",
    ] {
        for (path, text) in sources(name) {
            for (at, line) in text.lines().enumerate() {
                let found = options(line);
                assert!(
                    found.is_empty(),
                    "{name}/src/{}:{}: {line}",
                    path.display(),
                    at + 1
                );
            }
        }
    }
}

/// The module that a file is: `commands/mod.rs` and `commands.rs` are `commands`, `lib.rs` is the root.
fn module(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(
        parts.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        parts.pop();
    }
    parts
}

/// The module paths that a file names, from the root of its crate.
fn named(module: &[String], text: &str) -> Vec<Vec<String>> {
    let code: String = text
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    for (open, base) in [
        ("crate::", Some(0)),
        ("super::", module.len().checked_sub(1)),
    ] {
        let Some(base) = base else { continue };
        for (at, _) in code.match_indices(open) {
            // `super::super::` starts with its first.
            if code[..at].ends_with("::") {
                continue;
            }
            let mut base = base;
            let mut rest = &code[at + open.len()..];
            while let Some(more) = rest.strip_prefix("super::") {
                (base, rest) = (base.saturating_sub(1), more);
            }
            let base = module[..base].to_vec();
            paths(base, rest, &mut found);
        }
    }
    found
}

/// Every path of a tree `a::{b, c::d}`.
fn paths(mut at: Vec<String>, text: &str, found: &mut Vec<Vec<String>>) {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    if let Some(inner) = text.strip_prefix('{') {
        let mut depth = 0;
        let mut start = 0;
        for (k, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    paths(at.clone(), inner[start..k].trim(), found);
                    start = k + 1;
                    if c == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    if end == 0 {
        return;
    }
    at.push(text[..end].to_owned());
    match text[end..].strip_prefix("::") {
        Some(rest) => paths(at, rest, found),
        None => found.push(at),
    }
}

/// A circle of files, where there is one.
fn circle(name: &str) -> Option<Vec<String>> {
    let sources = sources(name);
    let modules: BTreeMap<Vec<String>, String> = sources
        .iter()
        .map(|(path, text)| (module(path), text.clone()))
        .collect();
    let mut leans: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (module, text) in &modules {
        let on = leans.entry(module).or_default();
        for path in named(module, text) {
            // The longest part of the path that is a file.
            let file = (0..=path.len())
                .rev()
                .find_map(|k| modules.get_key_value(&path[..k]));
            on.extend(
                file.map(|(file, _)| file.as_slice())
                    .filter(|file| *file != module),
            );
        }
        // A file leans on the parts that it opens.
        for (part, _) in modules.range(module.clone()..) {
            let opens = text.contains(&format!("mod {};", part.last().map_or("", |p| p)));
            if part.len() == module.len() + 1 && part.starts_with(module) && opens {
                on.insert(part);
            }
        }
    }
    // What leans on nothing that is left is taken away, until nothing is.
    let mut left: BTreeSet<&[String]> = leans.keys().copied().collect();
    loop {
        let free: Vec<&[String]> = left
            .iter()
            .copied()
            .filter(|file| leans[file].iter().all(|on| !left.contains(on)))
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|file| !free.contains(file));
    }
    // Nor is what nothing that is left leans on part of a circle.
    loop {
        let used: BTreeSet<&[String]> = left
            .iter()
            .flat_map(|file| leans[file].iter().copied())
            .collect();
        let before = left.len();
        left.retain(|file| used.contains(file));
        if left.len() == before {
            break;
        }
    }
    (!left.is_empty()).then(|| left.iter().map(|file| file.join("::")).collect())
}

#[test]
fn files_do_not_lean_on_each_other_in_circles() {
    assert_eq!(circle("big-answer"), None);
    assert_eq!(circle("big-app"), None);
    assert_eq!(circle("big-cli"), None);
}

/// Nobody waits for the build of what is not used.
#[test]
fn every_dependency_is_used() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for entry in fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let mut code = String::new();
        let mut folders = vec![folder.clone()];
        while let Some(at) = folders.pop() {
            for entry in fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    code += &fs::read_to_string(&path).unwrap();
                }
            }
        }
        let mut wanted = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                wanted = line.ends_with("dependencies]");
            }
            let name = line.split(['.', ' ', '=']).next().unwrap();
            if wanted && !name.is_empty() && !line.starts_with(['[', '#']) {
                let path = name.replace('-', "_");
                let used = [format!("{path}::"), format!("use {path}")];
                let is_used = used.iter().any(|u| code.contains(u));
                assert!(is_used, "{}: nothing uses {name}", folder.display());
            }
        }
    }
}
