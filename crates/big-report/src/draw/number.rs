//! Numbers as people and SVG files read them: rounded sensibly, with nice ticks.

/// A coordinate of an SVG file: two decimals at most, no trailing zeros, never `-0`.
pub(crate) fn px(v: f64) -> String {
    let v = if v.is_finite() {
        v.clamp(-1e6, 1e6)
    } else {
        0.0
    };
    let mut text = format!("{v:.2}");
    trim_zeros(&mut text);
    if text == "-0" { "0".into() } else { text }
}

fn trim_zeros(text: &mut String) {
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
}

/// A number for people: at most `digits` significant digits, a real minus sign, scientific notation where
/// plain digits would mislead.
pub fn number(v: f64, digits: usize) -> String {
    if v.is_nan() {
        return "not a number".into();
    }
    if v.is_infinite() {
        return if v > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let digits = digits.clamp(1, 17);
    let scientific = format!("{v:.*e}", digits - 1);
    // `{:e}` always writes an exponent.
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut text = if v == 0.0 {
        "0".to_owned()
    } else if (-4..7).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let mut plain = format!("{v:.decimals$}");
        trim_zeros(&mut plain);
        plain
    } else {
        let mut mantissa = mantissa.to_owned();
        trim_zeros(&mut mantissa);
        format!("{mantissa}e{exponent}")
    };
    if text.starts_with('-') {
        text.replace_range(..1, "−");
    }
    text.replace("e-", "e−")
}

/// Coordinates of a point that are shown within a text.
const COORDINATES: usize = 4;

/// Numbers of one column, all with the same decimals: as many as the largest needs for `digits` significant ones, less
/// the zeros that all would end in. Where all are tiny each has an exponent of its own, and four digits at most.
pub(crate) fn column(values: &[f64], digits: usize) -> Vec<String> {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let largest = finite().fold(0.0_f64, |m, v| m.max(v.abs()));
    if !(1e-4..1e7).contains(&largest) {
        let digits = if largest < 1.0 { digits.min(4) } else { digits };
        return values.iter().map(|&v| number(v, digits)).collect();
    }
    let most = (digits as i32 - 1 - largest.log10().floor() as i32).clamp(0, 9) as usize;
    let needed = |v: f64| {
        let mut text = format!("{v:.most$}");
        trim_zeros(&mut text);
        text.split_once('.')
            .map_or(0, |(_, decimals)| decimals.len())
    };
    let places = finite().map(needed).max().unwrap_or(0);
    values
        .iter()
        .map(|&v| {
            if !v.is_finite() {
                return number(v, digits);
            }
            // Without the sign of a zero.
            let text = format!("{:.places$}", v + 0.0);
            // What rounds to nothing is still something.
            if v != 0.0 && text.bytes().all(|b| matches!(b, b'0' | b'.' | b'-')) {
                number(v, 1)
            } else {
                text.replace('-', "−")
            }
        })
        .collect()
}

/// A point for people: a number in one dimension, `(x, y, …)` in more;
/// no more than [`COORDINATES`] of them are written.
pub(crate) fn point(v: &[f64]) -> String {
    if let [x] = v {
        return number(*x, 4);
    }
    let shown: Vec<String> = v.iter().take(COORDINATES).map(|x| number(*x, 4)).collect();
    let more = if v.len() > COORDINATES { ", …" } else { "" };
    format!("({}{more})", shown.join(", "))
}

/// How many significant digits tell `v` within a span, when `digits` are enough for the span itself.
pub(crate) fn digits_within(v: f64, span: f64, digits: usize) -> usize {
    let more = (v.abs() / span).log10().floor();
    digits
        + if more.is_finite() {
            more.clamp(0.0, 12.0) as usize
        } else {
            0
        }
}

/// A whole number with thin spaces between groups of three digits.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// Ticks of an axis and their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// Where.
    pub at: Vec<f64>,
    /// What is written there.
    pub labels: Vec<String>,
}

/// About `count` ticks at multiples of 1, 2 or 5 times a power of ten within `[lo, hi]`, all labels with the
/// same number of decimals.
pub fn ticks(lo: f64, hi: f64, count: usize) -> Ticks {
    let none = Ticks {
        at: Vec::new(),
        labels: Vec::new(),
    };
    let span = hi - lo;
    if !(span.is_finite() && span > 0.0) {
        return none;
    }
    let slack = 1e-9 * span;
    let within = |step: f64| ((hi + slack) / step).floor() - ((lo - slack) / step).ceil() + 1.0;
    let power = (span / count.max(1) as f64).log10().floor();
    // As near as possible to the number wanted, but three where that can be.
    let wanted = count.max(3) as f64;
    let miss = |step: f64| {
        let found = within(step).max(0.1);
        (found / wanted).ln().abs() + if found < 2.5 { 10.0 } else { 0.0 }
    };
    let step = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * 10_f64.powf(power))
        .min_by(|a, b| miss(*a).total_cmp(&miss(*b)))
        .unwrap_or(span);
    // Of a range of a few subnormal numbers nothing can be said.
    if step <= 0.0 || span / step > 1e3 {
        return none;
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = ((lo - slack) / step).ceil();
    let last = ((hi + slack) / step).floor();
    let largest = lo.abs().max(hi.abs());
    let mut at = Vec::new();
    let mut labels = Vec::new();
    let mut k = first;
    while k <= last {
        // Multiplying, not adding up: no drift.
        let value = if k == 0.0 { 0.0 } else { k * step };
        at.push(value);
        labels.push(if !(1e-4..1e7).contains(&largest) {
            number(value, 3)
        } else {
            format!("{value:.decimals$}").replace('-', "−")
        });
        k += 1.0;
    }
    Ticks { at, labels }
}

/// Ticks at powers of ten for a logarithmic axis over `[lo, hi]`, both positive; at most `count` of them.
pub(crate) fn log_ticks(lo: f64, hi: f64, count: usize) -> Ticks {
    let (from, to) = (
        (lo.log10() - 1e-9).ceil() as i32,
        (hi.log10() + 1e-9).floor() as i32,
    );
    let every = ((to - from).max(0) as usize / count.max(3) + 1) as i32;
    let powers: Vec<i32> = (from..=to).filter(|p| p.rem_euclid(every) == 0).collect();
    Ticks {
        at: powers.iter().map(|&p| 10_f64.powi(p)).collect(),
        labels: powers
            .iter()
            .map(|p| format!("$10^{{{}}}$", p.to_string().replace('-', "−")))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!(px(1.0), "1");
        assert_eq!(px(-0.001), "0");
        assert_eq!(px(12.345), "12.35");
        assert_eq!(px(f64::NAN), "0");
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(number(-0.30000000000000004, 6), "−0.3");
        assert_eq!(number(1.0 / 3.0, 4), "0.3333");
        assert_eq!(number(1234567.0, 3), "1234567");
        assert_eq!(number(1.5e-9, 3), "1.5e−9");
        assert_eq!(number(0.0, 3), "0");
        assert_eq!(count(1_000_000), "1\u{2009}000\u{2009}000");
        assert_eq!(count(1000), "1000");
    }

    #[test]
    fn columns_have_the_same_decimals() {
        assert_eq!(column(&[0.5, -0.25, 0.0], 6), ["0.50", "−0.25", "0.00"]);
        assert_eq!(column(&[1.0, 12.0, -0.0], 6), ["1", "12", "0"]);
        let thirds = column(&[1.0 / 3.0, 200.0, 2e-17], 6);
        assert_eq!(thirds, ["0.333", "200.000", "2e−17"]);
        let odd = column(&[f64::NAN, f64::INFINITY, 1.5], 3);
        assert_eq!(odd, ["not a number", "∞", "1.5"]);
        assert_eq!(column(&[1e9, 0.1], 3), ["1e9", "0.1"]);
    }

    #[test]
    fn ticks_are_nice_and_inside() {
        let t = ticks(-1.0, 1.0, 5);
        assert_eq!(t.at, [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(t.labels, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert!(ticks(1.0, 1.0, 5).at.is_empty());
        for (lo, hi) in [(0.013, 0.0177), (-1e9, 3e9), (1e-12, 2e-12), (-3.0, 1e3)] {
            let t = ticks(lo, hi, 6);
            assert!((3..=8).contains(&t.at.len()), "{t:?}");
            assert!(
                t.at.iter()
                    .all(|&v| v >= lo - 1e-9 * (hi - lo) && v <= hi + 1e-9 * (hi - lo))
            );
        }
    }
}
