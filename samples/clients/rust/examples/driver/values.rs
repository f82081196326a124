//! Values of the cases: short forms, and the comparison with what is expected (docs/conformance.md).

use serde_json::{json, Map, Value};

pub fn pattern(size: u64) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}

/// Bytes of a short form.
pub fn bytes(value: &Value) -> Option<Vec<u8>> {
    if let Some(size) = value.get("$pattern").and_then(Value::as_u64) {
        return Some(pattern(size));
    }
    let text = value.get("$bytes")?.as_str()?;
    Some((0..text.len() / 2).filter_map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()).collect())
}

pub fn base64(bytes: &[u8]) -> String {
    agentsocket::Payload::Bytes(bytes.to_vec()).into_value().as_str().unwrap_or_default().to_owned()
}

/// Replaces the short forms of a value; bytes become base64 text.
pub fn expand(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(expand).collect(),
        Value::Object(map) => {
            if let Some(text) = map.get("$repeat").and_then(Value::as_str) {
                return text.repeat(map["times"].as_u64().unwrap_or(0) as usize).into();
            }
            if let Some(last) = map.get("$list").and_then(Value::as_u64) {
                return (1..=last).collect();
            }
            if let Some([first, last]) = map.get("$range").and_then(Value::as_array).map(Vec::as_slice) {
                return (first.as_u64().unwrap_or(0)..=last.as_u64().unwrap_or(0)).collect();
            }
            if let Some(depth) = map.get("$nest").and_then(Value::as_u64) {
                return (0..depth).fold(json!([]), |inner, _| json!([inner]));
            }
            if let Some(bytes) = bytes(value) {
                return base64(&bytes).into();
            }
            map.iter().map(|(key, member)| (key.clone(), expand(member))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Compares exactly, but for $any, $has and $in.
pub fn matches(expected: &Value, actual: &Value) -> bool {
    if let Value::Object(map) = expected {
        if map.len() == 1 {
            if map.contains_key("$any") {
                return true;
            }
            if let Some(part) = map.get("$has") {
                return has(part, actual);
            }
            if let Some(Value::Array(some)) = map.get("$in") {
                return some.iter().any(|one| matches(one, actual));
            }
        }
        if map.keys().any(|key| key.starts_with('$')) {
            return matches(&expand(expected), actual);
        }
    }
    match (expected, actual) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| matches(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(key, one)| right.get(key).is_some_and(|r| matches(one, r)))
        }
        _ => expected == actual,
    }
}

/// Whether a map has at least these members.
pub fn has(expected: &Value, actual: &Value) -> bool {
    let members = expected.as_object().into_iter().flatten();
    actual.is_object() && members.into_iter().all(|(key, one)| actual.get(key).is_some_and(|value| matches(one, value)))
}

pub fn short(value: &Value) -> String {
    value.to_string().chars().take(300).collect()
}
