//! Routes the frames of the server to calls, runs and listeners (protocol sections 9 and 25).

use std::time::Duration;

use serde_json::Value;

use crate::codec::Metadata;
use crate::core::{Core, Timer};
use crate::error::*;
use crate::outbox::Key;
use crate::payload::weight;
use crate::retry::random;
use crate::state::Change;
use crate::wire::*;

const DEPTH_LIMIT: u32 = 8;
const ALIASES: usize = 1_024;
/// Milliseconds that a server which leaves, and does not end the session, may keep this side waiting.
const LONGEST: u64 = 3_600_000;
/// A server that ends the session closes when its time has passed, and says why; without that this side closes so much later.
const LATE: Duration = Duration::from_secs(5);

impl Core {
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Breach> {
        match frame.kind {
            ACK => {
                let mut at = Cursor::new(frame.body);
                let rx = at.uvarint(COUNTER)?;
                let tx = if at.rest().is_empty() { None } else { Some(at.uvarint(COUNTER)?) };
                if !at.rest().is_empty() {
                    return breach("ACK has bytes left");
                }
                self.on_ack(rx, tx, frame.end)
            }
            GOAWAY => self.goaway(frame.body),
            HELLO | WELCOME => breach("a second WELCOME, or HELLO from the server"),
            DEFINE => self.on_define(frame),
            EVENT => self.on_event(frame),
            PART => self.part(frame.stream, frame.body),
            INVOKE => self.invoke(frame),
            FIRST_EXTENSION..=31 => Ok(()),
            _ if frame.stream & 1 == 1 => self.own_frame(frame),
            _ => self.peers_frame(frame),
        }
    }

    fn meta(&self, frame: &Frame) -> Result<Metadata, Breach> {
        self.settings.codec.metadata(frame.meta)
    }

    fn goaway(&mut self, body: &[u8]) -> Result<(), Breach> {
        let mut at = Cursor::new(body);
        let code = at.uvarint(NUMBER)?;
        let (drain, spread) = (at.uvarint(NUMBER)?, at.uvarint(NUMBER)?.min(LONGEST));
        if !std::mem::replace(&mut self.draining, true) {
            self.calls_wait();
        }
        self.failure = "the server leaves".into();
        self.parting = u16::try_from(code).ok().filter(|code| (4500..5000).contains(code));
        let wait = match self.parting {
            Some(_) => Duration::from_millis(drain) + LATE,
            None if drain > 0 => random(spread.min(drain)),
            None => random(spread),
        };
        self.forget_timer(Timer::Leave);
        self.later(wait, Timer::Leave);
        Ok(())
    }

    // -- parts

    pub fn drop_parts(&mut self, stream: u32) {
        self.parts_total -= self.parts.remove(&stream).map_or(0, |parts| parts.len());
    }

    fn add_part(&mut self, stream: u32, piece: &[u8]) -> Result<(), CallError> {
        let held = self.parts.get(&stream).map_or(0, Vec::len);
        if held + piece.len() > self.settings.limits.item {
            self.drop_parts(stream);
            return Err(CallError::new(TOO_LARGE, "a payload is larger than this side accepts"));
        }
        if self.parts_total + piece.len() > ASSEMBLY_LIMIT {
            self.drop_parts(stream);
            return Err(CallError::new(RESOURCE_EXHAUSTED, "too many bytes of incomplete payloads"));
        }
        self.parts.entry(stream).or_default().extend_from_slice(piece);
        self.parts_total += piece.len();
        Ok(())
    }

    fn assembled(&mut self, stream: u32, last: &[u8]) -> Result<Vec<u8>, CallError> {
        let mut whole = self.parts.remove(&stream).unwrap_or_default();
        self.parts_total -= whole.len();
        if whole.len() + last.len() > self.settings.limits.item {
            return Err(CallError::new(TOO_LARGE, "a payload is larger than this side accepts"));
        }
        whole.extend_from_slice(last);
        Ok(whole)
    }

    fn assembled_zero(&mut self, last: &[u8]) -> Result<Vec<u8>, Breach> {
        self.assembled(0, last).or_else(|_| too_large("a payload is larger than this side accepts"))
    }

    fn part(&mut self, stream: u32, piece: &[u8]) -> Result<(), Breach> {
        if piece.is_empty() {
            return breach("PART without bytes");
        }
        if stream == 0 {
            return self.add_part(0, piece).or_else(|_| too_large("a payload is larger than this side accepts"));
        }
        if stream & 1 == 1 {
            if stream >= self.next_stream {
                return breach("a frame for a stream that was never opened");
            }
            if let Some(&id) = self.own.get(&stream) {
                if let Err(error) = self.add_part(stream, piece) {
                    self.reject(id, error.code, &error.text);
                }
            }
            return Ok(());
        }
        let mut result = Ok(());
        if stream > self.highest {
            self.highest = stream;
            result = self.room();
            if result.is_ok() {
                self.pending.insert(stream);
            }
        }
        let running = self.run_of.contains_key(&stream);
        if result.is_ok() && (running || self.pending.contains(&stream)) {
            result = self.add_part(stream, piece);
        }
        if let Err(error) = result {
            self.refuse(stream, error);
            if !running {
                self.pending.remove(&stream);
                self.refused.insert(stream);
                if self.refused.len() > self.settings.limits.streams {
                    return too_large("too many refused streams");
                }
            }
        }
        Ok(())
    }

    fn room(&self) -> Result<(), CallError> {
        if self.runs.len() + self.pending.len() + self.refused.len() >= self.settings.limits.streams {
            return Err(CallError::new(RESOURCE_EXHAUSTED, "too many open streams").retryable());
        }
        Ok(())
    }

    // -- streams

    fn own_frame(&mut self, frame: &Frame) -> Result<(), Breach> {
        if frame.kind == INTERRUPT {
            return breach("INTERRUPT from the callee");
        }
        if frame.stream >= self.next_stream {
            return breach("a frame for a stream that was never opened");
        }
        let id = self.own.get(&frame.stream).copied();
        match frame.kind {
            ERROR => {
                let (code, flags, text) = read_error(frame.body)?;
                let meta = self.meta(frame)?;
                self.drop_parts(frame.stream);
                if let Some(id) = id {
                    self.call_error(id, code, flags, text, meta);
                }
            }
            CREDIT => {
                let items = read_credit(frame.body)?;
                if let Some(id) = id {
                    self.outbox.credit(Key::Call(id), items)?;
                }
            }
            _ => {
                let meta = self.meta(frame)?;
                let Some(id) = id else { return Ok(()) };
                match self.assembled(frame.stream, frame.body) {
                    Err(error) => self.reject(id, error.code, &error.text),
                    Ok(payload) => {
                        payload_present(frame, &payload)?;
                        self.call_item(id, frame.kind, payload, frame.end, meta);
                    }
                }
            }
        }
        Ok(())
    }

    fn peers_frame(&mut self, frame: &Frame) -> Result<(), Breach> {
        let stream = frame.stream;
        if stream > self.highest {
            return breach("a frame for a stream that was never opened");
        }
        let error = frame.kind == ERROR;
        let (mut mode, mut items) = (0, 0);
        match frame.kind {
            ERROR => drop(read_error(frame.body)?),
            CREDIT => items = read_credit(frame.body)?,
            INTERRUPT => {
                mode = Cursor::new(frame.body).uvarint(NUMBER)?;
                if mode > 1 {
                    return breach("INTERRUPT has an unknown mode");
                }
            }
            _ => {}
        }
        self.meta(frame)?;
        if self.refused.contains(&stream) {
            if error {
                self.refused.remove(&stream);
            }
            return Ok(());
        }
        if self.pending.contains(&stream) {
            if !error {
                return breach("a new stream goes on without its INVOKE");
            }
            self.pending.remove(&stream);
            self.drop_parts(stream);
            return Ok(());
        }
        let Some(&run) = self.run_of.get(&stream) else { return Ok(()) };
        match frame.kind {
            ERROR => self.abandon(run, false),
            INTERRUPT => self.interrupt(run, mode),
            CREDIT => self.outbox.credit(Key::Run(run), items)?,
            _ => match self.assembled(stream, frame.body) {
                Err(error) => self.refuse(stream, error),
                Ok(payload) => {
                    payload_present(frame, &payload)?;
                    self.run_item(run, frame.kind, payload, frame.end);
                }
            },
        }
        Ok(())
    }

    fn invoke(&mut self, frame: &Frame) -> Result<(), Breach> {
        let stream = frame.stream;
        let mut at = Cursor::new(frame.body);
        let (alias, raw) = at.reference()?;
        let rest = at.rest();
        let meta = self.meta(frame)?;
        if stream & 1 == 1 {
            return breach("INVOKE with an id of this side");
        }
        let pending = self.pending.contains(&stream);
        if stream <= self.highest && !pending && !self.refused.contains(&stream) {
            return breach("INVOKE with an id that is not higher than all before");
        }
        if self.refused.remove(&stream) {
            return Ok(());
        }
        if let Err(error) = self.invoked(frame, pending, alias, raw, rest, meta) {
            self.refuse(stream, error);
        }
        Ok(())
    }

    fn invoked(
        &mut self,
        frame: &Frame,
        pending: bool,
        alias: u32,
        raw: &[u8],
        rest: &[u8],
        meta: Metadata,
    ) -> Result<(), CallError> {
        if pending {
            self.pending.remove(&frame.stream);
        } else {
            self.highest = frame.stream;
            self.room()?;
        }
        let payload = self.assembled(frame.stream, rest)?;
        let name = if alias > 0 {
            let reserved = RESERVED.get(alias as usize - 1).map(|name| (*name).to_owned());
            let bound = reserved.or_else(|| self.own_names.get(&alias).cloned());
            bound.ok_or_else(|| CallError::new(UNKNOWN_ALIAS, "the alias is not bound").retryable())?
        } else {
            let name = std::str::from_utf8(raw).ok().filter(|name| valid_name(name));
            name.ok_or_else(|| CallError::new(NOT_FOUND, "there is no such action"))?.to_owned()
        };
        let parent = self.own.get(&meta.parent);
        if meta.parent > 0 && parent.is_none_or(|id| self.outbox.unsent(*id)) {
            return Err(CallError::new(FAILED_PRECONDITION, "the parent is not open"));
        }
        if meta.depth > DEPTH_LIMIT {
            return Err(CallError::new(FAILED_PRECONDITION, "invocations are nested too deeply"));
        }
        self.admit(frame.stream, &name, &payload, meta, frame.end)
    }

    // -- stream 0

    fn on_define(&mut self, frame: &Frame) -> Result<(), Breach> {
        let mut at = Cursor::new(frame.body);
        let (alias, mut name) = at.define()?;
        let meta = self.meta(frame)?;
        let payload = self.assembled_zero(at.rest())?;
        let mut descriptor = None;
        if !payload.is_empty() {
            if name.is_empty() {
                return breach("DEFINE has a descriptor and no name");
            }
            match self.settings.codec.read(&payload) {
                Some(map @ Value::Object(_)) => descriptor = Some(map),
                _ => return breach("a descriptor is undecodable or no map"),
            }
        }
        if alias > 0 && !name.is_empty() {
            self.bind(alias, &name)?;
            if descriptor.is_none() {
                return Ok(());
            }
        } else if descriptor.is_none() {
            if name.is_empty() {
                name = self.names.get(&alias).cloned().unwrap_or_default();
            }
            self.aliases.remove(&name);
            self.names.retain(|_, bound| *bound != name);
        }
        if meta.catalog.is_some() {
            self.catalog = meta.catalog;
        }
        if !name.is_empty() && !name.starts_with("as.") {
            let change = Change { name, descriptor };
            let size = payload.len() + change.descriptor.as_ref().map_or(0, weight);
            self.changes.retain(|listener| listener.offer(&change, size));
        }
        Ok(())
    }

    fn bind(&mut self, alias: u32, name: &str) -> Result<(), Breach> {
        if alias < 16 {
            let right = RESERVED.get(alias as usize - 1) == Some(&name);
            return if right { Ok(()) } else { breach("DEFINE binds a reserved alias") };
        }
        match self.names.get(&alias) {
            Some(bound) if bound == name => Ok(()),
            Some(_) => breach("DEFINE binds a bound alias to another name"),
            None if self.names.len() >= ALIASES => too_large("too many aliases"),
            None => {
                self.names.insert(alias, name.to_owned());
                self.aliases.insert(name.to_owned(), alias);
                Ok(())
            }
        }
    }

    fn on_event(&mut self, frame: &Frame) -> Result<(), Breach> {
        let mut at = Cursor::new(frame.body);
        let (alias, raw) = at.reference()?;
        self.meta(frame)?;
        let payload = self.assembled_zero(at.rest())?;
        let name = if alias > 0 {
            let reserved = RESERVED.get(alias as usize - 1).map(|name| (*name).to_owned());
            match reserved.or_else(|| self.names.get(&alias).cloned()) {
                Some(name) => name,
                None => return breach("EVENT with an alias that is not bound"),
            }
        } else {
            String::from_utf8_lossy(raw).into_owned()
        };
        let Some(listeners) = self.listeners.get_mut(&name) else { return Ok(()) };
        let value = if payload.is_empty() { Some(Value::Null) } else { self.settings.codec.read(&payload) };
        if let Some(value) = value {
            let size = payload.len() + weight(&value);
            listeners.retain(|listener| listener.offer(&value, size));
        }
        Ok(())
    }
}

fn read_error(body: &[u8]) -> Result<(u32, u32, String), Breach> {
    let mut at = Cursor::new(body);
    let (code, flags) = (at.uvarint(NUMBER)?, at.uvarint(NUMBER)?);
    if code == 0 {
        return breach("ERROR has code 0");
    }
    Ok((code as u32, flags as u32, at.lossy()))
}

fn read_credit(body: &[u8]) -> Result<u64, Breach> {
    let mut at = Cursor::new(body);
    let items = at.uvarint(COUNTER)?;
    if items == 0 || !at.rest().is_empty() {
        return breach("CREDIT is 0 or has bytes left");
    }
    Ok(items)
}

fn payload_present(frame: &Frame, payload: &[u8]) -> Result<(), Breach> {
    if payload.is_empty() && !frame.end && (frame.meta.is_none() || frame.kind != DATA) {
        return breach("an item without payload");
    }
    Ok(())
}
