//! What a careless or hostile user, file or program does to `big`, and what becomes of it.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

#[path = "../program/mod.rs"]
mod program;

mod limits;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod receivers;
mod shown;
#[cfg(unix)]
mod streams;
mod values;

use std::fs;

use program::{big, big_on, refused, text};
use tempfile::TempDir;

const GAME: &str = r#"
name = "g"
[action_space]
type = "box"
lower = -1
upper = 1
[[influencers]]
name = "left"
weight = 0.5
target = [-0.8]
[[influencers]]
name = "right"
weight = 0.5
target = [-0.3]
"#;

const FINITE: &str = r#"
[action_space]
type = "finite"
items = [[0.0], [1.0]]
choose = 1
[[influencers]]
weight = 1.0
target = [0.4]
"#;

const LABELS: &str = "annotator,a_0,b_0,label\n\
    x,0.1,0.5,1\nx,0.7,0.2,1\nx,0.3,0.9,0\nx,-0.4,0.4,0\ny,0.2,0.8,1\ny,0.6,-0.1,1\ny,0.9,0.3,0\ny,0.5,-0.5,0\n";

const EXPERIMENT: &str = r#"
pairs = 60
distribution = "normal"
action_space = { type = "box", lower = -1, upper = 1 }
influencers = [ { name = "left", theta = [-0.2] }, { name = "right", theta = [0.3] } ]
"#;

/// A folder with a file of each kind.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("g.toml", GAME),
        ("finite.toml", FINITE),
        ("l.csv", LABELS),
        ("e.toml", EXPERIMENT),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}
