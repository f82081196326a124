//! HELLO and WELCOME (protocol section 6).

use serde_json::{json, Map, Value};

use crate::codec::Codec;
use crate::error::{breach, Breach};
use crate::wire::{ASSEMBLY_LIMIT, COUNTER, NUMBER};

/// Bytes that are held until they are acknowledged, at most: four windows of a usual server.
const HELD: usize = 1 << 20;
/// Largest message, and frame, that this side sends: with the usual limits of a server, none is larger.
const MESSAGE: usize = 65_536;

/// Calls that are open at once, at most: cancelled ones count until the server ends them.
const STREAMS: usize = 10_000;

/// Limits that a side declares for what its peer may send. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in flight without acknowledgement; at least 32,768 and twice `frame`.
    pub window: usize,
    /// Largest message; at least 8,192 and `frame`.
    pub message: usize,
    /// Largest frame; at least 1,024.
    pub frame: usize,
    /// Largest payload; at least 1,024.
    pub item: usize,
    /// Items of a caller on each stream before it needs credit.
    pub items: u64,
    /// Open invocations of the peer.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { window: 262_144, message: 65_536, frame: 16_384, item: 1_048_576, items: 32, streams: 1_024 }
    }
}

impl Limits {
    pub(crate) fn fits(&self) -> bool {
        let most = NUMBER as usize;
        self.frame >= 1024
            && self.item >= 1024
            && self.window >= (2 * self.frame).max(32_768)
            && self.message >= self.frame.max(8_192)
            && self.items <= COUNTER
            && [self.window, self.message, self.frame, self.item, self.streams].iter().all(|value| *value <= most)
    }

    /// What this side uses of the limits of its peer: whatever that takes, this side holds no more for a replay.
    pub(crate) fn bounded(&self) -> Limits {
        Limits {
            window: self.window.min(HELD),
            message: self.message.min(MESSAGE),
            frame: self.frame.min(MESSAGE),
            item: self.item.min(ASSEMBLY_LIMIT),
            streams: self.streams.min(STREAMS),
            ..self.clone()
        }
    }

    fn pairs(&self) -> [(&'static str, u64); 6] {
        [
            ("window", self.window as u64),
            ("message", self.message as u64),
            ("frame", self.frame as u64),
            ("item", self.item as u64),
            ("items", self.items),
            ("streams", self.streams as u64),
        ]
    }
}

/// Body of HELLO, without the limits that have their default.
pub(crate) fn hello(limits: &Limits, resume: Option<Value>, catalog: Option<&str>, client: (&str, &str)) -> Value {
    let mut map = Map::new();
    for ((key, value), (_, usual)) in limits.pairs().into_iter().zip(Limits::default().pairs()) {
        if value != usual {
            map.insert(key.into(), value.into());
        }
    }
    if let Some(resume) = resume {
        map.insert("resume".into(), resume);
    }
    if let Some(catalog) = catalog {
        map.insert("catalog".into(), catalog.into());
    }
    map.insert("client".into(), json!({"name": client.0, "version": client.1}));
    Value::Object(map)
}

/// Body of WELCOME; times are in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Welcome {
    pub status: String,
    pub session: String,
    pub token: String,
    pub log: String,
    pub rx: u64,
    pub next: u64,
    pub ttl: u64,
    pub keepalive: u64,
    pub aliases: usize,
    pub limits: Limits,
    pub catalog: Option<String>,
    /// Until the token expires; 0: it does not.
    pub expires: u64,
}

struct Keys<'a>(&'a Map<String, Value>);

impl Keys<'_> {
    fn int(&self, key: &str, low: u64, high: u64, usual: u64) -> Result<u64, Breach> {
        match self.0.get(key) {
            None => Ok(usual),
            Some(value) => match value.as_u64().filter(|number| (low..=high).contains(number)) {
                Some(number) => Ok(number),
                None => breach("WELCOME has a number of a wrong type or out of range"),
            },
        }
    }

    fn text(&self, key: &str, most: usize) -> Result<String, Breach> {
        match self.0.get(key).and_then(Value::as_str).filter(|text| text.len() <= most) {
            Some(text) => Ok(text.to_owned()),
            None => breach("WELCOME lacks a text, or it has a wrong type or is too long"),
        }
    }

    fn map(&self, key: &str) -> Result<Option<Keys<'_>>, Breach> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Keys(map))),
            Some(_) => breach("WELCOME has a value of a wrong type"),
        }
    }
}

pub(crate) fn read_welcome(codec: Codec, data: &[u8]) -> Result<Welcome, Breach> {
    let Some(Value::Object(map)) = codec.read(data) else {
        return breach("WELCOME is undecodable or no map");
    };
    let keys = Keys(&map);
    let usual = Limits::default();
    let limits = Limits {
        window: keys.int("window", 0, NUMBER, usual.window as u64)? as usize,
        message: keys.int("message", 0, NUMBER, usual.message as u64)? as usize,
        frame: keys.int("frame", 0, NUMBER, usual.frame as u64)? as usize,
        item: keys.int("item", 0, NUMBER, usual.item as u64)? as usize,
        items: keys.int("items", 0, COUNTER, usual.items)?,
        streams: keys.int("streams", 0, NUMBER, usual.streams as u64)? as usize,
    };
    if !limits.fits() {
        return breach("WELCOME has limits that do not fit each other");
    }
    let mut catalog = None;
    if let Some(inner) = keys.map("catalog")? {
        inner.int("size", 0, NUMBER, 0)?;
        if inner.0.contains_key("hash") {
            catalog = Some(inner.text("hash", 32)?);
        }
    }
    if let Some(inner) = keys.map("server")? {
        for key in ["name", "version"] {
            if inner.0.contains_key(key) {
                inner.text(key, usize::MAX)?;
            }
        }
    }
    let status = keys.text("status", 16)?;
    if !matches!(status.as_str(), "new" | "resumed" | "reset") {
        return breach("WELCOME has an unknown status");
    }
    Ok(Welcome {
        status,
        session: keys.text("session", 64)?,
        token: keys.text("token", 128)?,
        log: keys.text("log", 64)?,
        rx: keys.int("rx", 0, COUNTER, 0)?,
        next: keys.int("next", 1, COUNTER, 1)?,
        ttl: keys.int("ttl", 0, NUMBER, 120_000)?,
        keepalive: keys.int("keepalive", 1_000, NUMBER, 25_000)?,
        aliases: keys.int("aliases", 0, NUMBER, 1_024)? as usize,
        limits,
        catalog,
        expires: keys.int("expires", 0, NUMBER, 0)?,
    })
}
