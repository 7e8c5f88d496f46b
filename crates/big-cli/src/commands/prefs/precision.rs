//! A precision on the command line.

use big_preference::fit::Precision;

/// `1`, another number above 0, or `fit`.
pub(super) fn precision(text: &str) -> Result<Precision, String> {
    if text == "fit" {
        return Ok(Precision::Fit);
    }
    match text.parse::<f64>() {
        Ok(beta) if beta > 0.0 && beta.is_finite() => Ok(Precision::Fixed(beta)),
        _ => Err("give a number above 0, or `fit`".into()),
    }
}
