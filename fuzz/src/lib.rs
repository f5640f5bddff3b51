//! Changes inputs that are JSON as JSON: a search or a rule is hardly ever one any more after its
//! bytes were changed.

use fastrand::Rng;
use libfuzzer_sys::fuzzer_mutate;
use serde_json::Value;

/// What is laid into texts: what folding, patterns and columns look at.
const BITS: [&str; 16] =
    ["a", "S", "ß", "İ", "Ａ", "\u{301}", "語", "\0", "\"", " ", "-", ".*", "(?i-", "|", "[^a]", "{9}"];
const NUMBERS: [i64; 9] = [i64::MIN, -1, 0, 1, 2, 5, 6, 500, i64::MAX];

/// A mutation of the first `size` bytes; how many there are then. `words` are keys and values that
/// the target knows, one a line. Every fourth, and what is no JSON, is left to libFuzzer.
pub fn mutate(bytes: &mut [u8], size: usize, max_size: usize, seed: u32, words: &str) -> usize {
    let rng = &mut Rng::with_seed(seed.into());
    let words: Vec<&str> = words.lines().collect();
    let json = serde_json::from_slice::<Value>(&bytes[..size]);
    let (Ok(mut value), 1..) = (json, rng.u8(..4)) else { return fuzzer_mutate(bytes, size, max_size) };
    for _ in 0..rng.u8(1..4) {
        let donor = nth(&mut value, rng).clone();
        change(nth(&mut value, rng), donor, &words, rng);
    }
    let text = value.to_string();
    if text.len() > max_size {
        return fuzzer_mutate(bytes, size, max_size);
    }
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// Any of the values in a value, itself included.
fn nth<'v>(value: &'v mut Value, rng: &mut Rng) -> &'v mut Value {
    let below = match value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    };
    // The deeper ones are the more, so most steps go on.
    if below == 0 || rng.u8(..4) == 0 {
        return value;
    }
    let at = rng.usize(..below);
    let inner = match value {
        Value::Array(items) => items.get_mut(at),
        Value::Object(fields) => fields.values_mut().nth(at),
        _ => None,
    };
    nth(inner.expect("it is one of those that were counted"), rng)
}

fn change(value: &mut Value, donor: Value, words: &[&str], rng: &mut Rng) {
    let word = words[rng.usize(..words.len())];
    match (value, rng.u8(..4)) {
        (value, 0) => *value = donor,
        (Value::Array(items), 1) if !items.is_empty() => drop(items.swap_remove(rng.usize(..items.len()))),
        (Value::Array(items), 2) if !items.is_empty() => items.push(items[rng.usize(..items.len())].clone()),
        (Value::Array(items), _) => items.push(if donor.is_array() { word.into() } else { donor }),
        (Value::Object(fields), 1) if !fields.is_empty() => {
            let key = fields.keys().nth(rng.usize(..fields.len())).cloned();
            key.map(|key| fields.remove(&key));
        }
        (Value::Object(fields), _) => drop(fields.insert(word.into(), donor)),
        (Value::String(text), 1) => {
            let at = rng.usize(..=text.len());
            text.insert_str(text.floor_char_boundary(at), BITS[rng.usize(..BITS.len())]);
        }
        (Value::String(text), 2) => drop(text.pop()),
        (Value::Number(number), _) => *number = NUMBERS[rng.usize(..NUMBERS.len())].into(),
        (value, _) => *value = word.into(),
    }
}
