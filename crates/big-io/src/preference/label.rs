//! Who won, and the ways in which tables say so.

/// Who won a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The first response.
    A,
    /// The second.
    B,
    /// Neither.
    Tie,
}

/// What a number says as a label.
pub(super) fn label_of_number(column: &str, value: f64) -> Result<Label, String> {
    if value == 1.0 {
        Ok(Label::A)
    } else if value == 0.0 {
        Ok(Label::B)
    } else if value == 0.5 {
        Ok(Label::Tie)
    } else {
        Err(format!(
            "`{column}` is {value}: a label is 1 (a was preferred), 0 (b was), or 0.5 (a tie)"
        ))
    }
}

/// What a text says as a label.
pub(super) fn label_of_text(column: &str, text: &str) -> Result<Label, String> {
    match text {
        "1" => return Ok(Label::A),
        "0" => return Ok(Label::B),
        _ => {}
    }
    if text.eq_ignore_ascii_case("true") {
        Ok(Label::A)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(Label::B)
    } else if text.eq_ignore_ascii_case("tie") {
        Ok(Label::Tie)
    } else if let Ok(value) = text.parse::<f64>() {
        label_of_number(column, value)
    } else {
        Err(format!(
            "`{column}` is \"{}\": a label is 1 or true (a was preferred), 0 or false (b was), or 0.5 (a tie)",
            crate::error::shown(text, 24)
        ))
    }
}
