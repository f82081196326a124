//! The binary envelope: numbers, frames and messages (protocol sections 4 and 5).
//!
//! Every check comes before what it bounds is copied.

use crate::error::{breach, too_large, Breach};

pub(crate) const HELLO: u8 = 0;
pub(crate) const WELCOME: u8 = 1;
pub(crate) const ACK: u8 = 2;
pub(crate) const GOAWAY: u8 = 3;
pub(crate) const DEFINE: u8 = 4;
pub(crate) const EVENT: u8 = 5;
pub(crate) const INVOKE: u8 = 8;
pub(crate) const DATA: u8 = 9;
pub(crate) const TEXT: u8 = 10;
pub(crate) const BYTES: u8 = 11;
pub(crate) const ERROR: u8 = 12;
pub(crate) const INTERRUPT: u8 = 13;
pub(crate) const CREDIT: u8 = 14;
pub(crate) const PART: u8 = 15;
pub(crate) const FIRST_EXTENSION: u8 = 24;

/// Largest stream id, length, code and so on.
pub(crate) const NUMBER: u64 = (1 << 31) - 1;
/// Largest counter.
pub(crate) const COUNTER: u64 = (1 << 53) - 1;
/// Bytes of HELLO or WELCOME, header to body.
pub(crate) const GREETING_LIMIT: usize = 8192;
pub(crate) const METADATA_LIMIT: usize = 4096;
pub(crate) const ASSEMBLY_LIMIT: usize = 4 << 20;
/// Bytes beyond the window for INTERRUPT, ERROR and CREDIT.
pub(crate) const RESERVE: usize = 4096;

/// Names of the aliases from 1 on that need no DEFINE.
pub(crate) const RESERVED: [&str; 6] =
    ["as.ask", "as.find", "as.describe", "as.approve", "as.subscribe", "as.authenticate"];

const E: u8 = 1;
const L: u8 = 2;
const M: u8 = 4;

fn allowed(kind: u8) -> Option<u8> {
    match kind {
        HELLO | WELCOME | GOAWAY | CREDIT | PART => Some(0),
        ACK => Some(E),
        DEFINE | EVENT | ERROR | INTERRUPT | FIRST_EXTENSION..=31 => Some(M),
        INVOKE | DATA | TEXT | BYTES => Some(E | M),
        _ => None,
    }
}

pub(crate) fn put_uvarint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn uvarint_size(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// A position in the bytes of a frame or message.
pub(crate) struct Cursor<'a> {
    pub data: &'a [u8],
    pub pos: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Cursor { data, pos: 0 }
    }

    pub fn uvarint(&mut self, most: u64) -> Result<u64, Breach> {
        let longest = if most == NUMBER { 28 } else { 49 };
        let (mut value, mut shift) = (0u64, 0u32);
        loop {
            let Some(&byte) = self.data.get(self.pos) else {
                return breach("a number is truncated");
            };
            self.pos += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if byte == 0 && shift > 0 {
                    return breach("a number is not in its shortest form");
                }
                return if value > most { breach("a number is out of range") } else { Ok(value) };
            }
            shift += 7;
            if shift > longest {
                return breach("a number is out of range");
            }
        }
    }

    pub fn rest(&self) -> &'a [u8] {
        &self.data[self.pos..]
    }

    pub fn lossy(&self) -> String {
        String::from_utf8_lossy(self.rest()).into_owned()
    }

    fn name(&mut self, size: u64) -> Result<&'a [u8], Breach> {
        if size > 128 {
            return too_large("a name is longer than 128 bytes");
        }
        let end = self.pos + size as usize;
        if end > self.data.len() {
            return breach("a name reaches beyond its frame");
        }
        let name = &self.data[self.pos..end];
        self.pos = end;
        Ok(name)
    }

    /// Reads a reference: an alias, or a name with alias 0.
    pub fn reference(&mut self) -> Result<(u32, &'a [u8]), Breach> {
        let reference = self.uvarint(NUMBER)?;
        if reference < 2 {
            return breach("a reference is empty");
        }
        if reference & 1 == 0 {
            return Ok((reference as u32 >> 1, &[]));
        }
        Ok((0, self.name(reference >> 1)?))
    }

    /// Reads alias and name of DEFINE.
    pub fn define(&mut self) -> Result<(u32, String), Breach> {
        let alias = self.uvarint(NUMBER)? as u32;
        let size = self.uvarint(NUMBER)?;
        let Ok(name) = std::str::from_utf8(self.name(size)?) else {
            return breach("DEFINE has a name that is not UTF-8");
        };
        if !name.is_empty() && !valid_name(name) {
            return breach("DEFINE has a name that is none");
        }
        if name.is_empty() && (alias == 0 || self.pos < self.data.len()) {
            return breach("DEFINE has no name");
        }
        Ok((alias, name.to_owned()))
    }
}

/// Tells whether a text is a name of an action or event (protocol section 8.1).
pub(crate) fn valid_name(name: &str) -> bool {
    let first = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let bytes = name.as_bytes();
    (1..=128).contains(&bytes.len())
        && first(bytes[0])
        && bytes.iter().all(|&c| first(c) || matches!(c, b'.' | b'-' | b'/'))
}

/// A received frame; the body is everything behind the metadata.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub kind: u8,
    pub end: bool,
    pub stream: u32,
    pub meta: Option<&'a [u8]>,
    pub body: &'a [u8],
    pub size: usize,
}

/// The frames of a message; frames ahead of a bad one are given before the breach.
pub(crate) struct Frames<'a> {
    cursor: Cursor<'a>,
    limit: usize,
    begun: bool,
}

impl<'a> Frames<'a> {
    pub fn new(message: &'a [u8], limit: usize) -> Self {
        Frames { cursor: Cursor::new(message), limit, begun: false }
    }

    pub fn next(&mut self) -> Result<Option<Frame<'a>>, Breach> {
        let data = self.cursor.data;
        if self.cursor.pos >= data.len() {
            return if self.begun { Ok(None) } else { breach("a message is empty") };
        }
        self.begun = true;
        let start = self.cursor.pos;
        let header = data[start];
        let kind = header >> 3;
        let Some(flags) = allowed(kind) else {
            return breach("a reserved frame type");
        };
        if header & (E | M) & !flags != 0 {
            return breach("a flag that the frame type does not allow");
        }
        let mut at = Cursor { data, pos: start + 1 };
        let stream = if kind >= INVOKE { at.uvarint(NUMBER)? as u32 } else { 0 };
        if (INVOKE..PART).contains(&kind) && stream == 0 {
            return breach("stream id 0");
        }
        let end = if header & L != 0 {
            let length = at.uvarint(NUMBER)? as usize;
            at.pos + length
        } else {
            data.len()
        };
        let greeting = kind <= WELCOME;
        if end - start > if greeting { GREETING_LIMIT } else { self.limit } {
            return too_large("a frame is larger than its limit");
        }
        if end > data.len() {
            return breach("the length of a frame reaches beyond its message");
        }
        let mut at = Cursor { data: &data[..end], pos: at.pos };
        let mut meta = None;
        if header & M != 0 {
            let size = at.uvarint(NUMBER)? as usize;
            if size > METADATA_LIMIT {
                return too_large("metadata is larger than 4 KiB");
            }
            if at.pos + size > end {
                return breach("metadata reaches beyond its frame");
            }
            meta = Some(&data[at.pos..at.pos + size]);
            at.pos += size;
        }
        self.cursor.pos = end;
        let body = &data[at.pos..end];
        Ok(Some(Frame { kind, end: header & E != 0, stream, meta, body, size: end - start }))
    }
}

/// A frame to send; its length is written only where another frame follows.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    header: u8,
    stream: u32,
    rest: Vec<u8>,
}

impl Out {
    pub fn new(kind: u8, stream: u32, body: &[u8], end: bool, meta: Option<&[u8]>) -> Self {
        let mut rest = Vec::with_capacity(body.len() + meta.map_or(0, |m| m.len() + 2));
        if let Some(meta) = meta {
            put_uvarint(&mut rest, meta.len() as u64);
            rest.extend_from_slice(meta);
        }
        rest.extend_from_slice(body);
        let header = kind << 3 | if end { E } else { 0 } | if meta.is_some() { M } else { 0 };
        Out { header, stream, rest }
    }

    /// Bytes with the length; the window is charged with them, which is never too little.
    pub fn size(&self) -> usize {
        let stream = if self.header >> 3 >= INVOKE { uvarint_size(self.stream.into()) } else { 0 };
        1 + stream + uvarint_size(self.rest.len() as u64) + self.rest.len()
    }

    fn encode(&self, out: &mut Vec<u8>, last: bool) {
        out.push(if last { self.header } else { self.header | L });
        if self.header >> 3 >= INVOKE {
            put_uvarint(out, self.stream.into());
        }
        if !last {
            put_uvarint(out, self.rest.len() as u64);
        }
        out.extend_from_slice(&self.rest);
    }
}

/// Puts frames into one message.
pub(crate) fn join(frames: &[Out]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frames.iter().map(Out::size).sum());
    for (index, frame) in frames.iter().enumerate() {
        frame.encode(&mut out, index + 1 == frames.len());
    }
    out
}

/// Writes a reference: the alias, or the name if it is 0.
pub(crate) fn reference(alias: u32, name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    if alias > 0 {
        put_uvarint(&mut out, u64::from(alias) << 1);
    } else {
        put_uvarint(&mut out, (name.len() as u64) << 1 | 1);
        out.extend_from_slice(name.as_bytes());
    }
    out
}
