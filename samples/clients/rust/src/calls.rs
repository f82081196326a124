//! Calls of this side: from the queue over the stream to the result (protocol sections 9.2, 9.5, 11.3 and 12.2).

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{json, Value};
use tokio::time::Instant;

use crate::call::{Call, Delivered, NewCall, Phase, REPEATS};
use crate::codec::Metadata;
use crate::core::{Core, Timer};
use crate::error::*;
use crate::mailbox::Command;
use crate::outbox::{Chan, Item, Key};
use crate::payload::{charge, Payload};
use crate::retry::later;
use crate::stream::CallBuilder;
use crate::wire::*;

/// Time for the answer to whether a call may run twice.
const ASKING: Duration = Duration::from_secs(30);

impl Core {
    pub fn new_call(&mut self, new: NewCall) {
        let NewCall { id, name, timeout, deliver, .. } = new;
        let refuse = |error: CallError| drop(deliver.send(Delivered::End(Err(error))));
        if let Some(error) = &self.closed {
            return refuse(error.clone());
        }
        if !valid_name(&name) {
            return refuse(CallError::new(NOT_FOUND, "this is no name of an action"));
        }
        if self.connected && self.outbox.peer.streams == 0 {
            return refuse(CallError::new(NOT_FOUND, "the server takes no calls"));
        }
        if !self.may_wait() {
            return refuse(CallError::new(RESOURCE_EXHAUSTED, "too many calls wait to be sent"));
        }
        let (mut parent, mut depth, mut deadline) = (0, 0, timeout.map(later));
        if let Some(run) = new.run {
            let Some(run) = self.runs.get_mut(&run) else {
                return refuse(CallError::new(CANCELLED, "the run has ended"));
            };
            (parent, depth) = (run.stream, run.depth + 1);
            deadline = [deadline, run.deadline].into_iter().flatten().min();
            run.calls.insert(id);
        }
        if let Some(deadline) = deadline {
            let timer = self.id();
            self.timers.insert((deadline, timer), Timer::CallDeadline(id));
        }
        let call = Call {
            name,
            phase: Phase::Queued,
            stream: 0,
            whole: false,
            parent,
            given: false,
            repeats: 0,
            resends: 0,
            idempotent: new.idempotent,
            key: new.key,
            run: new.run,
            arguments: new.arguments,
            deadline,
            prefetch: new.prefetch,
            granted: 0,
            sends_items: new.sends_items,
            aliased: false,
            inline: false,
            depth,
            deliver,
            progress: new.progress,
        };
        self.calls.insert(id, call);
        let mut chan = Chan::new(0, None, false);
        chan.slots = new.slots;
        self.requeue(id, Some(chan));
    }

    /// Puts a call in front of the door again; what its caller has queued behind the INVOKE is kept.
    pub fn requeue(&mut self, id: u64, chan: Option<Chan>) {
        // What is left of an earlier attempt would keep its share of the bytes that may be under way in pieces.
        self.outbox.drop(Key::Call(id));
        let Some(call) = self.calls.get_mut(&id) else { return };
        self.own.remove(&call.stream);
        (call.phase, call.stream, call.granted) = (Phase::Queued, 0, 0);
        let mut fresh = Chan::new(0, None, false);
        if let Some(old) = chan {
            fresh.slots = old.slots;
            fresh.queue = old.queue.into_iter().filter(|item| item.kind != INVOKE).collect();
        }
        self.outbox.chans.insert(Key::Call(id), fresh);
        self.outbox.openings.push_back(id);
        if !self.connected || self.draining {
            self.later(self.settings.max_wait, Timer::CallWait(id));
        }
    }

    /// Opens the next stream if the peer admits one more; no other opens before its first frame has left.
    pub fn admit_calls(&mut self) {
        while self.outbox.opening.is_none()
            && !self.draining
            && self.own.len() < self.outbox.peer.streams
            && self.next_stream as u64 <= NUMBER
        {
            let Some(id) = self.outbox.openings.pop_front() else { return };
            match self.open(id) {
                Ok(()) => self.outbox.opening = Some(id),
                Err(error) => self.end_call(id, Err(error)),
            }
        }
    }

    fn open(&mut self, id: u64) -> Result<(), CallError> {
        let Some(call) = self.calls.get_mut(&id) else {
            return Err(CallError::new(INTERNAL, "no such call"));
        };
        let codec = self.settings.codec;
        let payload = match &call.arguments {
            Value::Null => Vec::new(),
            arguments => codec
                .write(arguments)
                .ok_or_else(|| CallError::new(INVALID_ARGUMENT, "the arguments are nested too deeply"))?,
        };
        if payload.len() > self.outbox.peer.item.min(ASSEMBLY_LIMIT) {
            return Err(CallError::new(TOO_LARGE, "the arguments are larger than the server accepts"));
        }
        let mut meta = vec![(7, json!(call.prefetch))];
        if let Some(deadline) = call.deadline {
            let left = deadline.saturating_duration_since(Instant::now()).as_millis() as u64;
            if left == 0 {
                return Err(too_late(call.repeats == 0));
            }
            meta.push((2, json!(left.min(NUMBER))));
        }
        if call.parent > 0 {
            meta.push((1, json!(call.parent)));
            meta.push((11, json!(call.depth)));
        }
        if let Some(key) = &call.key {
            meta.push((4, json!(key)));
        }
        let alias = match RESERVED.iter().position(|name| *name == call.name) {
            Some(index) => index as u32 + 1,
            None if call.inline => 0,
            None => self.aliases.get(&call.name).copied().unwrap_or(0),
        };
        call.aliased = alias > RESERVED.len() as u32;
        let Some(chan) = self.outbox.chans.get_mut(&Key::Call(id)) else {
            return Err(CallError::new(INTERNAL, "no such call"));
        };
        chan.stream = self.next_stream;
        chan.credit = Some(self.outbox.peer.items);
        call.whole = !call.sends_items && chan.queue.is_empty();
        chan.queue.push_front(Item {
            kind: INVOKE,
            head: reference(alias, &call.name),
            payload,
            end: call.whole,
            meta: Some(codec.write_metadata(&meta)),
            ..Item::default()
        });
        call.stream = self.next_stream;
        call.phase = Phase::Open;
        call.granted = call.prefetch;
        self.own.insert(call.stream, id);
        self.next_stream += 2;
        Ok(())
    }

    /// Takes DATA, TEXT or BYTES.
    pub fn call_item(&mut self, id: u64, kind: u8, payload: Vec<u8>, end: bool, meta: Metadata) {
        let codec = self.settings.codec;
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.phase == Phase::Cancelling {
            if end {
                self.leave(id);
            }
            return;
        }
        if let Some(report) = meta.progress {
            call.progress.send_replace(Some(report));
        }
        if !payload.is_empty() {
            if call.granted == 0 {
                return self.reject(id, RESOURCE_EXHAUSTED, "the server sent more items than it had credit for");
            }
            call.granted -= 1;
            let size = payload.len();
            let Some(item) = Payload::read(codec, kind, payload) else {
                return self.reject(id, INVALID_ARGUMENT, "an item of the server is undecodable");
            };
            let size = charge(size, item.weight(), self.settings.buffer);
            if self.buffered.fetch_add(size, Ordering::Relaxed) + size > self.settings.buffer {
                self.buffered.fetch_sub(size, Ordering::Relaxed);
                return self.reject(id, RESOURCE_EXHAUSTED, "the application does not take the items of its streams");
            }
            call.given = true;
            if call.deliver.send(Delivered::Item(item, size)).is_err() {
                self.buffered.fetch_sub(size, Ordering::Relaxed);
            }
        }
        if end {
            self.end_call(id, Ok(()));
        }
    }

    /// Takes ERROR.
    pub fn call_error(&mut self, id: u64, code: u32, flags: u32, text: String, meta: Metadata) {
        let opened = self.outbox.chans.get(&Key::Call(id)).is_some_and(|chan| chan.opened);
        let half = opened && self.outbox.unsent(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if half {
            // Every stream that was opened with PART gets its INVOKE or an ERROR (section 9.6).
            self.outbox.prompt(error_frame(call.stream, CANCELLED));
        }
        if call.phase == Phase::Cancelling {
            return self.leave(id);
        }
        let untouched = call.whole && !call.given && flags & 2 == 0;
        if code == UNKNOWN_ALIAS && untouched && call.aliased && !call.inline {
            call.inline = true;
            return self.requeue(id, None);
        }
        if code == REFUSED && flags & 1 != 0 && call.whole && !call.given && call.resends < REPEATS {
            // It has certainly not run: its PARTs were lost with a process of the server (section 11.2).
            call.resends += 1;
            return self.requeue(id, None);
        }
        let mut error = CallError {
            retryable: flags & 1 != 0,
            may_have_run: flags & 2 != 0,
            violations: meta.violations,
            correlation: meta.correlation,
            ..CallError::new(code, text)
        };
        if call.repeats > 0 && code == ALREADY_EXISTS && error.may_have_run {
            error = CallError::new(LOST, "the result of the first run is not kept");
        }
        self.end_call(id, Err(error));
    }

    /// Ends a call with an error that the server is told, too.
    pub fn reject(&mut self, id: u64, code: u32, text: &str) {
        if let Some(call) = self.calls.get(&id) {
            self.outbox.prompt(error_frame(call.stream, code));
        }
        self.end_call(id, Err(CallError::new(code, text).may_have_run()));
    }

    /// Ends a call for its user, and forgets it. The first run of one that was made again may have done something.
    pub fn end_call(&mut self, id: u64, mut result: Result<(), CallError>) {
        if let Some(call) = self.calls.get(&id).or_else(|| self.held.get(&id)) {
            if let Err(error) = &mut result {
                error.of_call = true;
                error.may_have_run |= call.repeats > 0;
            }
            let _ = call.deliver.send(Delivered::End(result));
        }
        self.leave(id);
    }

    fn leave(&mut self, id: u64) {
        self.outbox.drop(Key::Call(id));
        self.forget_timer(Timer::CallDeadline(id));
        self.forget_timer(Timer::CallWait(id));
        if let Some(call) = self.calls.remove(&id).or_else(|| self.held.remove(&id)) {
            self.own.remove(&call.stream);
            self.drop_parts(call.stream);
            if let Some(run) = call.run.and_then(|run| self.runs.get_mut(&run)) {
                run.calls.remove(&id);
            }
        }
    }

    /// Ends a call at once, for the user and on the other side.
    pub fn give_up(&mut self, id: u64, error: CallError) {
        let unsent = self.outbox.unsent(id);
        let opened = self.outbox.chans.get(&Key::Call(id)).is_some_and(|chan| chan.opened);
        let Some(call) = self.calls.get_mut(&id) else {
            return self.end_call(id, Err(error));
        };
        match call.phase {
            Phase::Cancelling => {}
            Phase::Open if !unsent => {
                let mut error = error.may_have_run();
                error.of_call = true;
                let _ = call.deliver.send(Delivered::End(Err(error)));
                call.phase = Phase::Cancelling;
                call.arguments = Value::Null; // they are needed no more, and the server decides when the stream ends
                let stream = call.stream;
                self.outbox.drop(Key::Call(id));
                self.outbox.prompt(Out::new(INTERRUPT, stream, &[0], false, None));
            }
            _ => {
                if opened {
                    self.outbox.prompt(error_frame(call.stream, CANCELLED));
                }
                self.end_call(id, Err(error));
            }
        }
    }

    pub fn call_command(&mut self, command: Command) {
        match command {
            Command::Cancel(id) => self.give_up(id, CallError::new(CANCELLED, "cancelled")),
            Command::Stop(id) if !self.outbox.unsent(id) => {
                if let Some(call) = self.calls.get(&id).filter(|call| call.phase == Phase::Open) {
                    self.outbox.prompt(Out::new(INTERRUPT, call.stream, &[1], false, None));
                }
            }
            Command::Consumed(id, items) => {
                if let Some(call) = self.calls.get_mut(&id).filter(|call| call.phase == Phase::Open) {
                    call.granted += items;
                    let mut body = Vec::new();
                    put_uvarint(&mut body, items);
                    self.outbox.prompt(Out::new(CREDIT, call.stream, &body, false, None));
                }
            }
            Command::Send(id, kind, payload) => {
                self.outbox.put(Key::Call(id), Item { kind, payload, slot: true, ..Item::default() });
            }
            Command::EndItems(id) => {
                if let Some(call) = self.calls.get_mut(&id).filter(|call| call.sends_items) {
                    call.sends_items = false;
                    self.outbox.put(Key::Call(id), Item { kind: DATA, end: true, ..Item::default() });
                }
            }
            Command::Decide(id, twice) => {
                let Some(call) = self.held.remove(&id) else { return };
                self.calls.insert(id, call);
                if twice {
                    self.requeue(id, None);
                } else {
                    let error = CallError::new(SESSION_RESET, "the session was lost while the call was open");
                    self.end_call(id, Err(error.may_have_run()));
                }
            }
            _ => {}
        }
    }

    /// Asks the server whether an action may run twice, and holds the call back until it is known.
    pub fn ask_again(&mut self, id: u64) {
        let Some(call) = self.calls.remove(&id) else { return };
        let name = call.name.clone();
        self.held.insert(id, call);
        if let Some(commands) = self.commands.upgrade() {
            let question = CallBuilder::internal(commands, "as.describe", self.buffered.clone());
            tokio::spawn(async move {
                let commands = question.commands();
                let answer =
                    question.args(json!({"names": [name]})).idempotent(true).timeout(ASKING).value::<Value>().await;
                let hints = answer.map(|answer| answer["actions"][0]["hints"].clone()).unwrap_or_default();
                let is = |hint: &str| hints[hint] == Value::Bool(true);
                let twice = (is("idempotent") || is("readOnly")) && !is("approval");
                let _ = commands.send(Command::Decide(id, twice));
            });
        }
    }
}

/// Error of a call whose time is over.
pub(crate) fn too_late(never_sent: bool) -> CallError {
    let text = if never_sent { "the time is over; the call was not sent" } else { "the time is over" };
    CallError::new(DEADLINE_EXCEEDED, text)
}

pub(crate) fn error_frame(stream: u32, code: u32) -> Out {
    let mut body = Vec::new();
    put_uvarint(&mut body, code.into());
    body.push(0);
    Out::new(ERROR, stream, &body, false, None)
}
