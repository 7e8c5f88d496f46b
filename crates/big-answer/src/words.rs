//! Numbers, vectors and counts as people read them.

/// A number in at most six significant digits.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{}", if value == 0.0 { 0.0 } else { value });
    }
    let size = value.abs();
    if (1e-4..1e7).contains(&size) {
        let decimals = (5 - size.log10().floor() as i32).clamp(0, 9) as usize;
        let text = format!("{value:.decimals$}");
        let text = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        // Rounding may have left a zero with a sign.
        return if text == "-0" {
            "0".into()
        } else {
            text.into()
        };
    }
    let text = format!("{value:.5e}");
    match text.split_once('e') {
        Some((digits, power)) => {
            let digits = if digits.contains('.') {
                digits.trim_end_matches('0').trim_end_matches('.')
            } else {
                digits
            };
            format!("{digits}e{power}")
        }
        None => text,
    }
}

/// A small error, in two digits.
pub fn error(value: f64) -> String {
    if value == 0.0 {
        "0".into()
    } else {
        format!("{value:.1e}")
    }
}

/// A vector: bare in one dimension, shortened in many.
pub fn vector(values: &[f64]) -> String {
    const SHOWN: usize = 6;
    match values {
        [value] => number(*value),
        _ => {
            let mut parts: Vec<String> = values.iter().take(SHOWN).map(|v| number(*v)).collect();
            if values.len() > SHOWN {
                parts.push(format!("… {} more", values.len() - SHOWN));
            }
            format!("({})", parts.join(", "))
        }
    }
}

/// A range of vectors, coordinate by coordinate.
pub fn range(lower: &[f64], upper: &[f64]) -> String {
    const SHOWN: usize = 4;
    let one = |(l, u): (&f64, &f64)| {
        if l == u {
            number(*l)
        } else {
            format!("[{}, {}]", number(*l), number(*u))
        }
    };
    let mut parts: Vec<String> = lower.iter().zip(upper).take(SHOWN).map(one).collect();
    if lower.len() > SHOWN {
        parts.push("…".into());
    }
    parts.join(" × ")
}

/// "1 more influencer", "3 more influencers".
pub fn count(n: usize, what: &str) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let s = if n == 1 { "" } else { "s" };
    format!("{grouped} {what}{s}")
}

/// A choice of items: `{0, 3, 5}`.
pub fn choice(items: &[u32]) -> String {
    const SHOWN: usize = 12;
    let mut parts: Vec<String> = items.iter().take(SHOWN).map(u32::to_string).collect();
    if items.len() > SHOWN {
        parts.push(format!("… {} more", items.len() - SHOWN));
    }
    format!("{{{}}}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_right() {
        let shown = [
            (0.0, "0"),
            (-0.0, "0"),
            (-0.3, "-0.3"),
            (0.1 + 0.2, "0.3"),
            (1234.5678, "1234.57"),
            (1e-5, "1e-5"),
            (123_456_789.0, "1.23457e8"),
            (-1.0, "-1"),
            (100.0, "100"),
        ];
        for (value, text) in shown {
            assert_eq!(number(value), text);
        }
        assert_eq!(vector(&[1.0]), "1");
        assert_eq!(vector(&[1.0, -0.5]), "(1, -0.5)");
        assert_eq!(range(&[-1.0, 2.0], &[1.0, 2.0]), "[-1, 1] × 2");
        assert_eq!(count(1_234_567, "influencer"), "1,234,567 influencers");
    }
}
