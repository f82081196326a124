//! Items of streams, as applications give and get them (protocol sections 5.8 to 5.10).

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use serde_json::Value;

use crate::cbor::base64;
use crate::codec::Codec;
use crate::wire::{ASSEMBLY_LIMIT, BYTES, DATA, TEXT};

/// Bytes that each map and each array of a decoded structure counts as, beside what it holds.
const STRUCTURE: usize = 64;
/// The same of each text.
const PIECE: usize = 32;
/// The same of each number, boolean and null. Credit is counted in items, so honest ones have to fit into the buffer.
const SCALAR: usize = 8;

/// An item of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A value in the codec.
    Data(Value),
    /// A piece of text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Payload {
    pub(crate) fn read(codec: Codec, kind: u8, payload: Vec<u8>) -> Option<Self> {
        Some(match kind {
            TEXT => Payload::Text(String::from_utf8(payload).ok()?),
            BYTES => Payload::Bytes(payload),
            _ => Payload::Data(codec.read(&payload)?),
        })
    }

    /// What it holds beside its bytes on the wire.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Payload::Data(value) => weight(value),
            Payload::Text(_) | Payload::Bytes(_) => 0,
        }
    }

    pub(crate) fn write(&self, codec: Codec) -> Option<(u8, Vec<u8>)> {
        let (kind, payload) = match self {
            Payload::Data(value) => (DATA, codec.write(value)?),
            Payload::Text(text) => (TEXT, text.clone().into_bytes()),
            Payload::Bytes(bytes) => (BYTES, bytes.clone()),
        };
        (payload.len() <= ASSEMBLY_LIMIT).then_some((kind, payload))
    }

    /// The item as a value: text becomes a text, bytes become base64 text.
    pub fn into_value(self) -> Value {
        match self {
            Payload::Data(value) => value,
            Payload::Text(text) => Value::String(text),
            Payload::Bytes(bytes) => Value::String(base64(&bytes)),
        }
    }
}

/// Text as it is, a value as JSON, bytes as base64.
impl fmt::Display for Payload {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Payload::Data(value) => value.fmt(to),
            Payload::Text(text) => text.fmt(to),
            Payload::Bytes(bytes) => base64(bytes).fmt(to),
        }
    }
}

/// What a decoded value holds beside its bytes on the wire: an empty map is a single byte there, and a place in memory here.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Array(array) => STRUCTURE + array.iter().map(weight).sum::<usize>(),
        Value::Object(map) => STRUCTURE + map.values().map(weight).sum::<usize>(),
        Value::String(_) => PIECE,
        _ => SCALAR,
    }
}

/// What a payload takes of the buffer: one whose bytes fit into it is never too large alone, whatever its weight is.
pub(crate) fn charge(size: usize, weight: usize, buffer: usize) -> usize {
    size.max((size + weight).min(buffer))
}

/// Bytes that the application holds of the buffer, until this is dropped.
pub(crate) struct Held(Arc<AtomicUsize>, usize);

impl Held {
    pub fn of(buffered: &Arc<AtomicUsize>, bytes: usize, most: usize) -> Option<Self> {
        let held = Held(buffered.clone(), bytes);
        (buffered.fetch_add(bytes, Ordering::Relaxed) + bytes <= most).then_some(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}
