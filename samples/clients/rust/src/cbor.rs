//! CBOR for the JSON data model (RFC 8949; protocol section 24.1).
//!
//! Byte strings become base64 text, since the data model of JSON has no bytes. No count of the peer leads to an allocation.

use serde_json::{Map, Number, Value};

/// Largest depth of a value; a scalar has depth 0.
pub(crate) const NESTING: usize = 32;

/// Reads one value that fills the bytes. `None`: undecodable.
pub(crate) fn read(data: &[u8]) -> Option<Value> {
    let mut reader = Reader { data, pos: 0 };
    let value = reader.value(0)?;
    (reader.pos == data.len()).then_some(value)
}

/// Reads a map whose keys that count are integers: metadata.
pub(crate) fn read_keyed(data: &[u8]) -> Option<Vec<(u64, Value)>> {
    let mut reader = Reader { data, pos: 0 };
    let (major, info) = reader.head()?;
    if major != 5 {
        return None;
    }
    let mut left = reader.count(info, 1)?;
    let mut found = Vec::new();
    while reader.more(&mut left)? {
        let key = reader.key()?;
        let value = reader.value(1)?;
        if let Some(number) = key {
            found.push((number, value));
        }
    }
    (reader.pos == data.len()).then_some(found)
}

struct Reader<'a> {
    data: &'a [u8],
    pos: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, size: u64) -> Option<&'a [u8]> {
        let end = self.pos.checked_add(usize::try_from(size).ok()?)?;
        let taken = self.data.get(self.pos..end)?;
        self.pos = end;
        Some(taken)
    }

    fn argument(&mut self, info: u8) -> Option<u64> {
        match info {
            0..=23 => Some(info.into()),
            24..=27 => {
                let bytes = self.take(1 << (info - 24))?;
                Some(bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
            }
            _ => None,
        }
    }

    /// Head of the next item behind its tags.
    fn head(&mut self) -> Option<(u8, u8)> {
        self.tagged().map(|(_, major, info)| (major, info))
    }

    /// The same with the tag in front of it; 0 stands for none, since that tag changes nothing.
    fn tagged(&mut self) -> Option<(u64, u8, u8)> {
        let mut tag = 0;
        loop {
            let first = self.take(1)?[0];
            if first >> 5 != 6 {
                return Some((tag, first >> 5, first & 31));
            }
            tag = self.argument(first & 31)?;
        }
    }

    /// A key of metadata; `None` inside for one that is unknown: a text or a negative number.
    fn key(&mut self) -> Option<Option<u64>> {
        let (major, info) = self.head()?;
        match major {
            0 => self.argument(info).map(Some),
            1 => self.argument(info).map(|_| None),
            3 => String::from_utf8(self.chunks(info, 3)?).ok().map(|_| None),
            _ => None,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let (tag, major, info) = self.tagged()?;
        Some(match major {
            0 => self.argument(info)?.into(),
            1 => negative(self.argument(info)?),
            2 => {
                let bytes = self.chunks(info, 2)?;
                match tag {
                    2 | 3 => big(&bytes, tag == 3)?,
                    _ => Value::String(base64(&bytes)),
                }
            }
            3 => Value::String(String::from_utf8(self.chunks(info, 3)?).ok()?),
            4 => {
                let mut left = self.count(info, depth + 1)?;
                let mut array = Vec::new();
                while self.more(&mut left)? {
                    array.push(self.value(depth + 1)?);
                }
                match array.as_slice() {
                    [Value::Number(exponent), Value::Number(mantissa)] if tag == 4 => fraction(exponent, mantissa)?,
                    _ => Value::Array(array),
                }
            }
            5 => {
                let mut left = self.count(info, depth + 1)?;
                let mut map = Map::new();
                while self.more(&mut left)? {
                    let (major, info) = self.head()?;
                    if major != 3 {
                        return None;
                    }
                    let key = String::from_utf8(self.chunks(info, 3)?).ok()?;
                    map.insert(key, self.value(depth + 1)?);
                }
                Value::Object(map)
            }
            _ => self.special(info)?,
        })
    }

    fn special(&mut self, info: u8) -> Option<Value> {
        let number = match info {
            20 => return Some(Value::Bool(false)),
            21 => return Some(Value::Bool(true)),
            22 | 23 => return Some(Value::Null),
            25 => half(u16::from_be_bytes(self.take(2)?.try_into().ok()?)),
            26 => f32::from_be_bytes(self.take(4)?.try_into().ok()?).into(),
            27 => f64::from_be_bytes(self.take(8)?.try_into().ok()?),
            _ => return None,
        };
        Number::from_f64(number).map(Value::Number)
    }

    fn chunks(&mut self, info: u8, major: u8) -> Option<Vec<u8>> {
        if info != 31 {
            let size = self.argument(info)?;
            return Some(self.take(size)?.to_vec());
        }
        let mut all = Vec::new();
        loop {
            let first = self.take(1)?[0];
            if first == 0xff {
                return Some(all);
            }
            if first >> 5 != major || first & 31 == 31 {
                return None;
            }
            let size = self.argument(first & 31)?;
            let piece = self.take(size)?;
            if major == 3 {
                std::str::from_utf8(piece).ok()?;
            }
            all.extend_from_slice(piece);
        }
    }

    /// Number of members, `None` inside for an indefinite one.
    fn count(&mut self, info: u8, depth: usize) -> Option<Option<u64>> {
        if depth > NESTING {
            return None;
        }
        if info == 31 {
            return Some(None);
        }
        let count = self.argument(info)?;
        (count <= (self.data.len() - self.pos) as u64).then_some(Some(count))
    }

    fn more(&mut self, left: &mut Option<u64>) -> Option<bool> {
        match left {
            Some(0) => Some(false),
            Some(count) => {
                *count -= 1;
                Some(true)
            }
            None if *self.data.get(self.pos)? == 0xff => {
                self.pos += 1;
                Some(false)
            }
            None => Some(true),
        }
    }
}

fn negative(argument: u64) -> Value {
    match i64::try_from(argument) {
        Ok(small) => (-1 - small).into(),
        Err(_) => Number::from_f64(-1.0 - argument as f64).map_or(Value::Null, Value::Number),
    }
}

/// A number of any size; its bytes have no sign. `None`: a float has no room for it.
fn big(bytes: &[u8], below: bool) -> Option<Value> {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[start..];
    if digits.len() <= 8 {
        let argument = digits.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        return Some(if below { negative(argument) } else { argument.into() });
    }
    let number = digits.iter().fold(0.0, |value, &byte| value * 256.0 + f64::from(byte));
    Number::from_f64(if below { -1.0 - number } else { number }).map(Value::Number)
}

/// A decimal fraction. `None`: its parts are no integers, or a float has no room for it.
fn fraction(exponent: &Number, mantissa: &Number) -> Option<Value> {
    let exponent = exponent.as_i64()?;
    let digits = match mantissa.as_f64()? {
        _ if !mantissa.is_f64() => mantissa.to_string(),
        wide if wide.fract() == 0.0 => format!("{wide:.0}"),
        _ => return None,
    };
    Number::from_f64(format!("{digits}e{exponent}").parse().ok()?).map(Value::Number)
}

fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let value = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 != 0 {
        -value
    } else {
        value
    }
}

/// Writes a value.
pub(crate) fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => {
            head(out, 3, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(array) => {
            head(out, 4, array.len() as u64);
            array.iter().for_each(|member| write(out, member));
        }
        Value::Object(map) => {
            head(out, 5, map.len() as u64);
            for (key, member) in map {
                head(out, 3, key.len() as u64);
                out.extend_from_slice(key.as_bytes());
                write(out, member);
            }
        }
    }
}

pub(crate) fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let first = major << 5;
    match argument {
        0..=23 => out.push(first | argument as u8),
        24..=0xff => out.extend_from_slice(&[first | 24, argument as u8]),
        0x100..=0xffff => {
            out.push(first | 25);
            out.extend_from_slice(&(argument as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(first | 26);
            out.extend_from_slice(&(argument as u32).to_be_bytes());
        }
        _ => {
            out.push(first | 27);
            out.extend_from_slice(&argument.to_be_bytes());
        }
    }
}

fn write_number(out: &mut Vec<u8>, number: &Number) {
    if let Some(value) = number.as_u64() {
        head(out, 0, value);
    } else if let Some(value) = number.as_i64() {
        head(out, 1, (-1 - value) as u64);
    } else {
        let value = number.as_f64().unwrap_or(0.0);
        let short = value as f32;
        if f64::from(short) == value {
            out.push(0xfa);
            out.extend_from_slice(&short.to_be_bytes());
        } else {
            out.push(0xfb);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648 section 4): bytes inside of structures.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            text.push(if index <= chunk.len() {
                ALPHABET[(word >> (18 - 6 * index) & 63) as usize] as char
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap()).collect()
    }

    #[test]
    fn reads_numbers_that_have_a_tag() {
        for (bytes, number) in [
            ("c240", json!(0)),
            ("c241ff", json!(255)),
            ("c24900ffffffffffffffff", json!(u64::MAX)),
            ("c249800000000000000000", json!(2_361_183_241_434_822_606_848_f64)),
            ("c340", json!(-1)),
            ("c341ff", json!(-256)),
            ("c3487fffffffffffffff", json!(i64::MIN)),
            ("c349800000000000000000", json!(-2_361_183_241_434_822_606_849_f64)),
            ("c25f4180ff", json!(128)),
            ("c48221c241ff", json!(2.55)),
            ("c482211904e2", json!(12.5)),
            ("c48201c249800000000000000000", json!(23_611_832_414_348_226_068_480_f64)),
            ("a16161c241ff", json!({"a": 255})),
            ("c141ff", json!("/w==")),
            ("c58221c241ff", json!([-2, 255])),
        ] {
            assert_eq!(read(&hex(bytes)), Some(number), "{bytes}");
        }
    }

    #[test]
    fn refuses_numbers_that_no_float_has_room_for() {
        let mut huge = hex("c2590100");
        huge.extend([0xff; 256]);
        assert_eq!(read(&huge), None);
        assert_eq!(read(&hex("c4821903e801")), None);
        assert_eq!(read(&hex("c48201fb3ff8000000000000")), None);
    }
}
