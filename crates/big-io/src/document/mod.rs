//! TOML and JSON in one tree whose every value knows where it was written.

mod from_json;
mod from_toml;

pub(crate) use from_json::{Reader, is_json_number};

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::error::InputError;

/// How deep lists and tables may be nested.
const MAX_DEPTH: usize = 64;
/// How many values a text may hold, so that the tree of it stays below about 2 GB: some 40 bytes a value in JSON, 150
/// in TOML.
const MAX_VALUES_JSON: usize = 50_000_000;
const MAX_VALUES_TOML: usize = 10_000_000;

/// A range of bytes of the text; a text has less than 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(range: Range<usize>) -> Self {
        Self {
            start: u32::try_from(range.start).unwrap_or(u32::MAX),
            end: u32::try_from(range.end).unwrap_or(u32::MAX),
        }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub(crate) span: Span,
    pub(crate) value: Value<'t>,
}

/// What was written.
#[derive(Clone, Debug)]
pub(crate) enum Value<'t> {
    Null,
    Bool(bool),
    /// A number, as it was written.
    Number(Cow<'t, str>),
    Text(Cow<'t, str>),
    /// TOML's dates and times, which no game needs.
    Date,
    List(Vec<Node<'t>>),
    /// In the order of the text, keys distinct.
    Table(Vec<Entry<'t>>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Cow<'t, str>,
    pub(crate) key_span: Span,
    pub(crate) node: Node<'t>,
}

impl<'t> Node<'t> {
    /// The value of a key, if this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    /// The element of a list, if this is a list that has it.
    pub(crate) fn item(&self, index: usize) -> Option<&Self> {
        match &self.value {
            Value::List(items) => items.get(index),
            _ => None,
        }
    }

    /// What a message calls the kind of value.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::Date => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// A document's name and text, to make errors with.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) text: Arc<str>,
}

impl Document {
    /// Is it JSON: does its extension say so, or does it start like JSON? Else it is TOML.
    pub(crate) fn is_json(&self, extension: Option<&str>) -> bool {
        let body = self.text.trim_start_matches('\u{feff}').trim_start();
        match extension {
            Some("json") => true,
            Some("toml") => false,
            _ => body.starts_with('{'),
        }
    }

    /// Reads the text as JSON or as TOML.
    pub(crate) fn parse(&self, extension: Option<&str>) -> Result<Node<'_>, InputError> {
        let json = self.is_json(extension);
        let limit = if json {
            MAX_VALUES_JSON
        } else {
            MAX_VALUES_TOML
        };
        let separators = self
            .text
            .bytes()
            .filter(|b| matches!(b, b',' | b'\n' | b'[' | b'{'));
        if self.text.len() > limit && separators.count() > limit {
            return Err(InputError::new(format!("holds more than {limit} values as text"))
                .with_help("put the influencers into a Parquet file: influencers = { file = \"influencers.parquet\" }")
                .in_file(&self.file));
        }
        let parsed = if json {
            from_json::parse(&self.text)
        } else {
            from_toml::parse(&self.text)
        };
        parsed.map_err(|(span, message)| self.refuse(span, message))
    }

    /// An error at a place of this document.
    pub(crate) fn refuse(&self, span: Span, message: impl Into<String>) -> InputError {
        InputError::new(message)
            .in_file(&self.file)
            .at(&self.text, span.range())
    }
}

/// Where a text stopped making sense, and why.
type Failure = (Span, String);

fn too_deep(span: Span) -> Failure {
    (span, format!("is nested deeper than {MAX_DEPTH} levels"))
}
