//! The two codecs, and the metadata of frames (protocol sections 7 and 24).

use serde_json::{Map, Value};

use crate::cbor::{self, NESTING};
use crate::error::{breach, Breach, Violation};
use crate::wire::{COUNTER, NUMBER};

/// Codec of all structured bodies of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// CBOR, the compact one.
    Cbor,
    /// JSON, the readable one.
    Json,
}

impl Codec {
    pub(crate) fn protocol(self) -> &'static str {
        match self {
            Codec::Cbor => "agentsocket.v1.cbor",
            Codec::Json => "agentsocket.v1.json",
        }
    }

    /// Writes a value; `None` if it is nested too deeply.
    pub(crate) fn write(self, value: &Value) -> Option<Vec<u8>> {
        if depth_over(value, NESTING) {
            return None;
        }
        match self {
            Codec::Json => serde_json::to_vec(value).ok(),
            Codec::Cbor => {
                let mut out = Vec::new();
                cbor::write(&mut out, value);
                Some(out)
            }
        }
    }

    /// Reads a value that fills the bytes; `None` if it cannot be decoded.
    pub(crate) fn read(self, data: &[u8]) -> Option<Value> {
        match self {
            Codec::Cbor => cbor::read(data),
            Codec::Json => {
                let value = serde_json::from_slice(data).ok()?;
                (!depth_over(&value, NESTING)).then_some(value)
            }
        }
    }

    pub(crate) fn write_metadata(self, metadata: &[(u64, Value)]) -> Vec<u8> {
        match self {
            Codec::Json => {
                let map: Map<_, _> = metadata.iter().map(|(k, v)| (k.to_string(), v.clone())).collect();
                serde_json::to_vec(&map).unwrap_or_default()
            }
            Codec::Cbor => {
                let mut out = Vec::new();
                cbor::head(&mut out, 5, metadata.len() as u64);
                for (key, value) in metadata {
                    cbor::head(&mut out, 0, *key);
                    cbor::write(&mut out, value);
                }
                out
            }
        }
    }

    fn read_keyed(self, data: &[u8]) -> Option<Vec<(u64, Value)>> {
        match self {
            Codec::Cbor => cbor::read_keyed(data),
            Codec::Json => {
                let Value::Object(map) = self.read(data)? else { return None };
                let decimal = |key: &str| !key.starts_with('+') && (key == "0" || !key.starts_with('0'));
                Some(
                    map.into_iter()
                        .filter(|(key, _)| decimal(key))
                        .filter_map(|(key, value)| Some((key.parse().ok()?, value)))
                        .collect(),
                )
            }
        }
    }

    /// Reads metadata; a wrong type or range closes the connection.
    pub(crate) fn metadata(self, data: Option<&[u8]>) -> Result<Metadata, Breach> {
        let Some(data) = data else { return Ok(Metadata::default()) };
        let Some(found) = self.read_keyed(data) else {
            return breach("metadata is undecodable");
        };
        let mut meta = Metadata::default();
        for (key, value) in found {
            if !meta.take(key, value) {
                return breach("a key of the metadata has a wrong value");
            }
        }
        Ok(meta)
    }
}

fn depth_over(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(array) => left == 0 || array.iter().any(|member| depth_over(member, left - 1)),
        Value::Object(map) => left == 0 || map.values().any(|member| depth_over(member, left - 1)),
        _ => false,
    }
}

/// Known keys of metadata.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub parent: u32,
    pub deadline: Option<u64>,
    pub key: Option<String>,
    pub credit: Option<u64>,
    pub progress: Option<Progress>,
    pub violations: Vec<Violation>,
    pub correlation: Option<String>,
    pub catalog: Option<String>,
    pub depth: u32,
}

/// Report of a running action.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Work that is done.
    pub done: f64,
    /// All work, if it is known.
    pub total: Option<f64>,
    /// Description.
    pub text: Option<String>,
}

fn integer(value: &Value, most: u64) -> Option<u64> {
    value.as_u64().filter(|number| *number <= most)
}

impl Metadata {
    fn take(&mut self, key: u64, value: Value) -> bool {
        self.taken(key, value).is_some()
    }

    fn taken(&mut self, key: u64, value: Value) -> Option<()> {
        match key {
            1 => self.parent = integer(&value, NUMBER)? as u32,
            2 => self.deadline = Some(integer(&value, COUNTER)?.min(NUMBER)),
            4 => self.key = Some(value.as_str().filter(|key| (1..=64).contains(&key.len()))?.to_owned()),
            5 => drop(value.as_str()?),
            7 => self.credit = Some(integer(&value, COUNTER)?),
            8 => self.progress = Some(progress(&value)?),
            9 => self.details(value.as_object()?),
            10 => self.catalog = Some(value.as_str().filter(|hash| hash.len() <= 32)?.to_owned()),
            11 => self.depth = integer(&value, NUMBER)? as u32,
            _ => {}
        }
        Some(())
    }

    fn details(&mut self, details: &Map<String, Value>) {
        let text = |map: &Value, key: &str| map[key].as_str().unwrap_or_default().to_owned();
        let listed = details.get("violations").and_then(Value::as_array);
        for entry in listed.into_iter().flatten().filter(|entry| entry.is_object()) {
            self.violations.push(Violation {
                pointer: text(entry, "pointer"),
                rule: text(entry, "rule"),
                message: text(entry, "message"),
            });
        }
        self.correlation = details.get("correlation").and_then(Value::as_str).map(str::to_owned);
    }
}

fn progress(value: &Value) -> Option<Progress> {
    let [done, total, text] = value.as_array()?.as_slice() else { return None };
    Some(Progress {
        done: done.as_f64()?,
        total: if total.is_null() { None } else { Some(total.as_f64()?) },
        text: if text.is_null() { None } else { Some(text.as_str()?.to_owned()) },
    })
}
