//! Vectors as text: `[0.1, 0.2]`, as pandas writes lists into CSV, and `[0.1 0.2]`, as NumPy prints arrays.

/// Is it a list?
pub(super) fn is_list(text: &str) -> bool {
    text.starts_with(['[', '(']) && text.ends_with([']', ')'])
}

/// Adds the numbers of a list.
///
/// # Errors
/// The part that is no number.
pub(super) fn read_list(text: &str, out: &mut Vec<f64>) -> Result<(), String> {
    let inside = &text[1..text.len() - 1];
    for part in inside.split(|c: char| c == ',' || c.is_whitespace()) {
        if part.is_empty() {
            continue;
        }
        match part.parse::<f64>() {
            Ok(value) if value.is_finite() => out.push(value),
            Ok(value) => return Err(format!("holds {value}: every number must be finite")),
            Err(_) if part == "..." || part == "…" => {
                return Err(
                    "was cut short when it was printed (\"...\"): write the whole vector"
                        .to_owned(),
                );
            }
            Err(_) => {
                let shown = crate::error::shown(part, 24);
                return Err(format!("holds {shown}, which is not a number"));
            }
        }
    }
    Ok(())
}
