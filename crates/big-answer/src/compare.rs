//! An answer as it was read beside the same answer made again.

use serde_json::Value;

/// Numbers that agree to this share of the game's scale are the same: on another machine a sum may round otherwise.
const SAME: f64 = 1e-9;

/// Numbers in units of the loss.
const SQUARES: [&str; 13] = [
    "potential",
    "potential_lower_bound",
    "loss",
    "regret",
    "max_regret",
    "regret_bound",
    "gain",
    "tolerance",
    "equilibrium_cost",
    "optimal_cost",
    "duality_gap",
    "cost",
    "lower_bound",
];
/// Numbers whose unit is not the game's.
const PLAIN: [&str; 7] = [
    "price_of_anarchy",
    "price_of_anarchy_at_least",
    "price_of_stability",
    "increase",
    "decrease",
    "value_of_weight",
    "damping",
];
/// What says nothing about the game.
const ASIDE: [&str; 2] = ["version", "seconds"];

/// Where two answers disagree first.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{field}` is {told}, but the game gives {made}")]
pub struct Disagreement {
    /// The field, as `influencers[0].action[1]`.
    pub field: String,
    /// Its value as it was read.
    pub told: String,
    /// Its value as it was made again.
    pub made: String,
}

/// Compares everything that was read with what was made again, but for the fields named in `but`. A field that is not there
/// is missed where both say that the same version made them; another may not have known it.
///
/// `scale` is the length that positions are measured by; losses are measured by its square.
///
/// # Errors
/// The first field that disagrees.
pub fn agree(told: &Value, made: &Value, scale: f64, but: &[&str]) -> Result<(), Disagreement> {
    let mut path = String::new();
    let rules = Rules {
        scale,
        but,
        whole: told.get("version") == made.get("version"),
    };
    values(told, made, &mut path, "", &rules)
}

struct Rules<'a> {
    scale: f64,
    but: &'a [&'a str],
    whole: bool,
}

impl Rules<'_> {
    fn passes_over(&self, key: &str) -> bool {
        ASIDE.contains(&key) || self.but.contains(&key)
    }

    fn unit(&self, key: &str) -> f64 {
        if SQUARES.contains(&key) {
            self.scale * self.scale
        } else if PLAIN.contains(&key) {
            1.0
        } else {
            self.scale
        }
    }

    fn same(&self, key: &str, told: f64, made: f64) -> bool {
        let unit = self.unit(key).max(told.abs()).max(made.abs());
        // Below the smallest normal number there are no digits to compare.
        told == made || (told - made).abs() <= SAME * unit + f64::MIN_POSITIVE
    }
}

fn values(
    told: &Value,
    made: &Value,
    path: &mut String,
    key: &str,
    rules: &Rules<'_>,
) -> Result<(), Disagreement> {
    let whole = |v: &Value| v.is_u64() || v.is_i64();
    let same = match (told, made) {
        (Value::Object(told), Value::Object(made)) => {
            for (key, told) in told {
                if rules.passes_over(key) {
                    continue;
                }
                let length = step(path, key);
                let made = made.get(key).unwrap_or(&Value::Null);
                values(told, made, path, key, rules)?;
                path.truncate(length);
            }
            let missing = |(key, made): &(&String, &Value)| {
                rules.whole
                    && !made.is_null()
                    && !told.contains_key(*key)
                    && !rules.passes_over(key)
            };
            if let Some((key, made)) = made.iter().find(missing) {
                step(path, key);
                return Err(Disagreement {
                    field: path.clone(),
                    told: "missing".to_owned(),
                    made: short(made),
                });
            }
            return Ok(());
        }
        (Value::Array(told), Value::Array(made)) if told.len() == made.len() => {
            for (at, (told, made)) in told.iter().zip(made).enumerate() {
                let length = path.len();
                path.push_str(&format!("[{at}]"));
                values(told, made, path, key, rules)?;
                path.truncate(length);
            }
            return Ok(());
        }
        (Value::Number(a), Value::Number(b)) if !(whole(told) && whole(made)) => {
            match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) => rules.same(key, a, b),
                _ => a == b,
            }
        }
        _ => told == made,
    };
    if same {
        return Ok(());
    }
    Err(Disagreement {
        field: path.clone(),
        told: short(told),
        made: short(made),
    })
}

/// The path one key on; gives its length before.
fn step(path: &mut String, key: &str) -> usize {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(key);
    length
}

/// A value in a few characters.
fn short(value: &Value) -> String {
    const SHOWN: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // in tests a panic is the report
mod tests {
    use serde_json::json;

    use super::agree;

    #[test]
    fn what_differs_is_named_and_what_rounding_does_is_not() {
        let made = json!({ "version": "1", "receiver": [1.0, -2.0], "max_regret": 0.0, "winners": [1], "inner": { "name": "a" } });
        let field = |told| agree(&told, &made, 10.0, &[]).err().map(|d| d.field);
        assert_eq!(field(made.clone()), None);
        assert_eq!(field(json!({ "receiver": [1, -2.0 + 1e-9] })), None);
        assert_eq!(
            field(json!({ "receiver": [1, -2.001] })).unwrap(),
            "receiver[1]"
        );
        assert_eq!(field(json!({ "receiver": [1] })).unwrap(), "receiver");
        // Losses are measured by the square of the scale.
        assert_eq!(field(json!({ "max_regret": 9e-8 })), None);
        assert_eq!(field(json!({ "max_regret": 2e-7 })).unwrap(), "max_regret");
        // Whole numbers are counts and places.
        assert_eq!(field(json!({ "winners": [0] })).unwrap(), "winners[0]");
        assert_eq!(
            field(json!({ "inner": { "name": "b" } })).unwrap(),
            "inner.name"
        );
        assert_eq!(field(json!({ "more": 1 })).unwrap(), "more");
        // Numbers without digits have no digits that differ.
        let tiny = |v: f64| json!({ "loss": v });
        assert!(agree(&tiny(5e-324), &tiny(1.5e-323), 1e-160, &[]).is_ok());
        assert!(agree(&tiny(1e-300), &tiny(2e-300), 1e-160, &[]).is_err());
        assert_eq!(field(json!({ "version": "0.0.1", "more": null })), None);
        assert!(agree(&json!({ "inner": { "name": "b" } }), &made, 1.0, &["inner"]).is_ok());
    }

    #[test]
    fn what_the_same_version_would_have_said_is_missed() {
        let made =
            json!({ "version": "2", "inner": { "a": 1, "b": 2 }, "none": null, "seconds": 1 });
        let told = |told| agree(&told, &made, 1.0, &[]).map_err(|d| d.to_string());
        assert_eq!(
            told(json!({ "version": "2", "inner": { "a": 1, "b": 2 } })),
            Ok(())
        );
        assert_eq!(
            told(json!({ "version": "2", "inner": { "a": 1 } })).unwrap_err(),
            "`inner.b` is missing, but the game gives 2"
        );
        assert_eq!(told(json!({ "version": "1", "inner": { "a": 1 } })), Ok(()));
        let inner = json!({ "version": "2" });
        assert!(agree(&inner, &made, 1.0, &["inner"]).is_ok());
    }
}
