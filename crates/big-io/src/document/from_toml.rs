//! TOML to the tree. The toml crate does the reading, and limits the depth of values and keys itself.

use std::borrow::Cow;

use num_bigint::BigInt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Failure, MAX_DEPTH, Node, Span, Value, too_deep};
use crate::number::MAX_DIGITS;

pub(super) fn parse(text: &str) -> Result<Node<'_>, Failure> {
    let root = DeTable::parse(text).map_err(|error| {
        let span = Span::new(error.span().unwrap_or(0..0));
        let message = error.message().trim();
        if message.contains("recurs") {
            return too_deep(span);
        }
        let message = message.lines().collect::<Vec<_>>().join(", ");
        (span, format!("is not valid TOML here: {message}"))
    })?;
    let span = Span::new(root.span());
    Ok(Node {
        span,
        value: table(text, root.into_inner(), span, 1)?,
    })
}

fn table<'t>(
    text: &'t str,
    table: DeTable<'t>,
    span: Span,
    depth: usize,
) -> Result<Value<'t>, Failure> {
    if depth > MAX_DEPTH {
        return Err(too_deep(span));
    }
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        entries.push(Entry {
            key_span: Span::new(key.span()),
            key: key.into_inner(),
            node: node(text, value, depth)?,
        });
    }
    // The map sorts by key; the reader of a message expects the first mistake of the text.
    entries.sort_by_key(|entry| entry.key_span.start);
    Ok(Value::Table(entries))
}

fn node<'t>(text: &'t str, value: Spanned<DeValue<'t>>, depth: usize) -> Result<Node<'t>, Failure> {
    let range = value.span();
    let span = Span::new(range.clone());
    let written = text.get(range).unwrap_or("");
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Float(number) => Value::Number(borrowed(written, number.as_str())),
        DeValue::Integer(number) => match number.radix() {
            10 => Value::Number(borrowed(written, number.as_str())),
            _ if number.as_str().len() > MAX_DIGITS => {
                return Err((span, format!("has more than {MAX_DIGITS} digits: round it")));
            }
            radix => match BigInt::parse_bytes(number.as_str().as_bytes(), radix) {
                Some(value) => Value::Number(Cow::Owned(value.to_string())),
                None => return Err((span, "is not a number".to_owned())),
            },
        },
        DeValue::Array(items) => {
            if depth >= MAX_DEPTH {
                return Err(too_deep(span));
            }
            let items = items.into_iter().map(|item| node(text, item, depth + 1));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        DeValue::Table(entries) => table(text, entries, span, depth + 1)?,
    };
    Ok(Node { span, value })
}

/// The number as it stands in the text where that is all there is to it (no `_` between the digits).
fn borrowed<'t>(written: &'t str, number: &str) -> Cow<'t, str> {
    if written == number {
        Cow::Borrowed(written)
    } else {
        Cow::Owned(number.to_owned())
    }
}
