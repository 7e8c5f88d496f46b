//! JSON for programs that people can read too: what fits on a line stays on it.

use serde::Serialize;
use serde_json::Value;

/// Columns that a value may take on one line.
const WIDTH: usize = 110;

/// A value with a closing newline.
pub(crate) fn pretty<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let mut text = String::new();
    write(&serde_json::to_value(value)?, 0, &mut text);
    text.push('\n');
    Ok(text)
}

fn write(value: &Value, indent: usize, text: &mut String) {
    let start = text.len();
    if on_one_line(value, WIDTH.saturating_sub(indent), text) {
        return;
    }
    text.truncate(start);
    let (open, close, length) = match value {
        Value::Array(items) => ('[', ']', items.len()),
        Value::Object(fields) => ('{', '}', fields.len()),
        scalar => {
            text.push_str(&scalar.to_string());
            return;
        }
    };
    let line = |text: &mut String, indent: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent));
    };
    text.push(open);
    let mut each = |at: usize, key: Option<&String>, value: &Value| {
        line(text, indent + 2);
        if let Some(key) = key {
            text.push_str(&Value::from(key.as_str()).to_string());
            text.push_str(": ");
        }
        write(value, indent + 2, text);
        if at + 1 < length {
            text.push(',');
        }
    };
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, v)| each(at, None, v)),
        Value::Object(fields) => {
            fields
                .iter()
                .enumerate()
                .for_each(|(at, (key, v))| each(at, Some(key), v));
        }
        _ => {}
    }
    line(text, indent);
    text.push(close);
}

/// Writes the value on one line; gives up (leaving a part) beyond `width`.
fn on_one_line(value: &Value, width: usize, text: &mut String) -> bool {
    let limit = text.len() + width;
    let (open, close) = match value {
        Value::Array(_) => ('[', ']'),
        Value::Object(_) => ('{', '}'),
        scalar => {
            text.push_str(&scalar.to_string());
            return text.len() <= limit;
        }
    };
    text.push(open);
    let mut first = true;
    let mut each = |key: Option<&String>, value: &Value| {
        if !std::mem::replace(&mut first, false) {
            text.push_str(", ");
        }
        if let Some(key) = key {
            text.push_str(&Value::from(key.as_str()).to_string());
            text.push_str(": ");
        }
        text.len() <= limit && on_one_line(value, limit - text.len(), text)
    };
    let fits = match value {
        Value::Array(items) => items.iter().all(|v| each(None, v)),
        Value::Object(fields) => fields.iter().all(|(key, v)| each(Some(key), v)),
        _ => true,
    };
    text.push(close);
    fits && text.len() <= limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_short_lists_stay_on_a_line() {
        let value = serde_json::json!({
            "name": "a \"quoted\" name", "empty": [], "nothing": {},
            "receiver": [-0.3, 1e-300, 7], "long": vec![0.123_456_789; 40], "nested": [[1], [2, [3]]],
        });
        let text = pretty(&value).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
        assert!(text.contains("\"receiver\": [-0.3, 1e-300, 7]"));
        assert!(text.lines().all(|line| line.len() <= WIDTH));
    }
}
