//! Runs of this side's own actions for the server (protocol sections 9.3, 9.5, 17, 20 and 27).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{json, Value};
use tokio::sync::{mpsc, watch, Mutex};
use tokio::time::Instant;

use crate::actions::longer;
use crate::codec::Metadata;
use crate::core::{Core, Timer};
use crate::error::*;
use crate::mailbox::{Action, ActionContext, Command};
use crate::outbox::{Chan, Item, Key};
use crate::payload::{charge, weight, Held, Payload};
use crate::run::{Kept, Run};
use crate::wire::*;

const KEYS: usize = 256;
const KEPT: usize = 65_536;
const PAGE: usize = 100;
/// Code points of a query, tags, and code points of a cursor that as.find takes.
const QUERY: usize = 1_024;
const TAGS: usize = 32;
const CURSOR: usize = 512;
const DESCRIBED: usize = 50;

/// Reports a panic of an action as its failure.
struct Guard(u64, mpsc::UnboundedSender<Command>, bool);

impl Drop for Guard {
    fn drop(&mut self) {
        if self.2 {
            let _ = self.1.send(Command::RunDone(self.0, Err(CallError::new(INTERNAL, ""))));
        }
    }
}

fn known() -> CallError {
    CallError::new(ALREADY_EXISTS, "the idempotency key was used before").may_have_run()
}

impl Core {
    /// Starts what the server invokes, in the order of checks of section 9.7.
    pub fn admit(
        &mut self,
        stream: u32,
        name: &str,
        payload: &[u8],
        meta: Metadata,
        end: bool,
    ) -> Result<(), CallError> {
        let answer = matches!(name, "as.find" | "as.describe");
        let action = self.actions.get(name).or_else(|| self.built_in.get(name)).cloned();
        if action.is_none() && !answer {
            return Err(CallError::new(NOT_FOUND, "there is no such action"));
        }
        let arguments = if payload.is_empty() { Some(json!({})) } else { self.settings.codec.read(payload) };
        let Some(arguments @ Value::Object(_)) = arguments else {
            return Err(CallError::new(INVALID_ARGUMENT, "the arguments are undecodable or no map"));
        };
        let Some(action) = action else {
            let value = if name == "as.find" { self.find(&arguments)? } else { self.describe(&arguments)? };
            let action = Arc::new(Action::new(name, |_, _| async { Ok(Value::Null) }));
            let run = self.add_run(stream, action, meta.credit, None, 0, true);
            self.run_done(run, Ok(value));
            return Ok(());
        };
        if let Some(key) = &meta.key {
            if let Some(kept) = self.keys.get(key) {
                let result = kept.result.clone().filter(|_| kept.name == name).ok_or_else(known)?;
                if !result.payload.is_empty() && meta.credit == Some(0) {
                    return Err(known());
                }
                let run = self.add_run(stream, action, meta.credit, None, 0, true);
                self.outbox.put(Key::Run(run), result);
                return Ok(());
            }
        }
        if meta.deadline == Some(0) {
            return Err(CallError::new(DEADLINE_EXCEEDED, "the time is over"));
        }
        let weight = if payload.is_empty() { 0 } else { weight(&arguments) };
        let size = charge(payload.len(), weight, self.settings.buffer);
        let Some(held) = Held::of(&self.buffered, size, self.settings.buffer) else {
            let full = CallError::new(RESOURCE_EXHAUSTED, "arguments of running actions leave no room");
            return Err(full.retryable());
        };
        if let Some(key) = &meta.key {
            self.keys.insert(key.clone(), Kept { name: name.to_owned(), result: None, over: false });
            self.key_order.push_back(key.clone());
            self.forget_keys();
        }
        let run = self.add_run(stream, action, meta.credit, meta.key, meta.depth, end);
        if let Some(left) = meta.deadline {
            let left = Duration::from_millis(left);
            self.later(left, Timer::RunDeadline(run));
            if let Some(run) = self.runs.get_mut(&run) {
                run.deadline = Some(Instant::now() + left);
            }
        }
        self.start(run, arguments, held);
        Ok(())
    }

    /// Forgets the oldest keys beyond the bound, but none of a call that runs: that would run a second time beside the first.
    fn forget_keys(&mut self) {
        let mut beyond = self.key_order.len().saturating_sub(KEYS);
        let keys = &mut self.keys;
        self.key_order.retain(|key| {
            let forget = beyond > 0 && keys.get(key).is_none_or(|kept| kept.over);
            if forget {
                beyond -= 1;
                keys.remove(key);
            }
            !forget
        });
    }

    fn add_run(
        &mut self,
        stream: u32,
        action: Arc<Action>,
        credit: Option<u64>,
        key: Option<String>,
        depth: u32,
        ended: bool,
    ) -> u64 {
        let id = self.id();
        let run = Run {
            stream,
            depth,
            deadline: None,
            calls: HashSet::new(),
            items: (!ended).then(|| mpsc::unbounded_channel().0),
            action,
            key,
            credit: self.settings.limits.items,
            consumed: 0,
            frames: 0,
            stop: watch::channel(false).0,
            task: None,
        };
        self.runs.insert(id, run);
        self.run_of.insert(stream, id);
        self.outbox.chans.insert(Key::Run(id), Chan::new(stream, credit, true));
        id
    }

    fn start(&mut self, id: u64, arguments: Value, held: Held) {
        let (Some(run), Some(commands)) = (self.runs.get_mut(&id), self.commands.upgrade()) else { return };
        let Some(chan) = self.outbox.chans.get(&Key::Run(id)) else { return };
        let (sender, items) = mpsc::unbounded_channel();
        run.items = run.items.is_some().then_some(sender);
        let context = ActionContext {
            run: id,
            action: run.action.clone(),
            commands: commands.clone(),
            codec: self.settings.codec,
            slots: chan.slots.clone(),
            stop: run.stop.subscribe(),
            items: Arc::new(Mutex::new(items)),
            buffered: self.buffered.clone(),
            deadline: run.deadline,
        };
        let action = run.action.clone();
        let task = tokio::spawn(async move {
            let _held = held;
            let mut guard = Guard(id, commands, true);
            let result = (action.handler)(context, arguments).await;
            guard.2 = false;
            let _ = guard.1.send(Command::RunDone(id, result));
        });
        run.task = Some(task.abort_handle());
    }

    pub fn run_command(&mut self, command: Command) {
        match command {
            Command::RunItem(id, kind, payload) => {
                if let Some(run) = self.runs.get_mut(&id) {
                    run.frames += 1;
                    self.outbox.put(Key::Run(id), Item { kind, payload, slot: true, ..Item::default() });
                }
            }
            Command::RunProgress(id, report) => {
                let idle = self.outbox.chans.get(&Key::Run(id)).is_some_and(|chan| chan.queue.len() < KEYS);
                if idle {
                    let codec = self.settings.codec;
                    let write = |text| codec.write_metadata(&[(8, json!([report.done, report.total, text]))]);
                    let most = METADATA_LIMIT.min(self.outbox.peer.frame / 2);
                    // A text that no frame has room for stays here.
                    let meta = Some(write(report.text.as_deref())).filter(|meta| meta.len() <= most);
                    let meta = meta.or_else(|| Some(write(None)));
                    self.outbox.put(Key::Run(id), Item { kind: DATA, meta, ..Item::default() });
                }
            }
            Command::RunConsumed(id, items) => {
                let Some(run) = self.runs.get_mut(&id) else { return };
                run.consumed += items;
                if run.items.is_some() && run.consumed * 2 >= self.settings.limits.items {
                    run.credit += run.consumed;
                    let mut body = Vec::new();
                    put_uvarint(&mut body, std::mem::take(&mut run.consumed));
                    self.outbox.prompt(Out::new(CREDIT, run.stream, &body, false, None));
                }
            }
            Command::RunDone(id, result) => self.run_done(id, result),
            _ => {}
        }
    }

    fn run_done(&mut self, id: u64, result: Result<Value, CallError>) {
        let codec = self.settings.codec;
        let limit = self.outbox.peer.item;
        let Some(run) = self.runs.get(&id) else { return };
        let item = match result {
            Ok(value) => match run.action.result() {
                "value" if !value.is_null() => match codec.write(&value).filter(|payload| payload.len() <= limit) {
                    Some(payload) => Ok(Item { kind: DATA, payload, end: true, ..Item::default() }),
                    None => Err(CallError::new(INTERNAL, "")),
                },
                "text" => Ok(Item { kind: TEXT, end: true, ..Item::default() }),
                "bytes" => Ok(Item { kind: BYTES, end: true, ..Item::default() }),
                _ => Ok(Item { kind: DATA, end: true, ..Item::default() }),
            },
            Err(error) => Err(error),
        };
        let item = item.unwrap_or_else(|error| {
            let internal = error.of_call || matches!(error.code, INTERNAL | 33 | UNKNOWN_ALIAS | SESSION_RESET);
            let mut error = if internal { CallError::new(INTERNAL, "the action failed") } else { error };
            if internal {
                error.correlation = Some(format!("run-{id}-{:x}", self.next_id));
            }
            let refused = error.code == INVALID_ARGUMENT && !error.violations.is_empty();
            error.may_have_run = !refused;
            let (head, meta) = self.failure(&error);
            Item { kind: ERROR, head, meta, ..Item::default() }
        });
        self.keep(id, &item);
        self.outbox.put(Key::Run(id), item);
    }

    fn keep(&mut self, id: u64, item: &Item) {
        let Some(run) = self.runs.get(&id) else { return };
        if let Some(kept) = run.key.as_ref().and_then(|key| self.keys.get_mut(key)) {
            if run.frames == 0 && item.payload.len() <= KEPT {
                kept.result = Some(item.clone());
            }
        }
    }

    /// Body and metadata of ERROR; text and details that do not fit a frame are cut.
    fn failure(&self, error: &CallError) -> (Vec<u8>, Option<Vec<u8>>) {
        let mut head = Vec::new();
        put_uvarint(&mut head, error.code.max(1).into());
        head.push(u8::from(error.retryable) | u8::from(error.may_have_run) << 1);
        let room = self.outbox.peer.frame / 4;
        let mut end = error.text.len().min(room);
        while !error.text.is_char_boundary(end) {
            end -= 1;
        }
        head.extend_from_slice(&error.text.as_bytes()[..end]);
        let mut details = json!({});
        if !error.violations.is_empty() {
            let listed = error.violations.iter();
            details["violations"] =
                listed.map(|v| json!({"pointer": v.pointer, "rule": v.rule, "message": v.message})).collect();
        }
        if let Some(correlation) = &error.correlation {
            details["correlation"] = json!(correlation);
        }
        let some = details.as_object().is_some_and(|map| !map.is_empty());
        let meta = some.then(|| self.settings.codec.write_metadata(&[(9, details)]));
        (head, meta.filter(|meta| meta.len() <= METADATA_LIMIT.min(2 * room)))
    }

    /// Refuses an invocation, or ends a run with an error that drops what is queued.
    pub fn refuse(&mut self, stream: u32, mut error: CallError) {
        self.drop_parts(stream);
        let run = self.run_of.get(&stream).copied();
        error.may_have_run |= run.is_some();
        let (head, meta) = self.failure(&error);
        if let Some(run) = run {
            let item = Item { kind: ERROR, head: head.clone(), meta: meta.clone(), ..Item::default() };
            self.keep(run, &item);
            self.abandon(run, false);
        }
        self.outbox.prompt(Out::new(ERROR, stream, &head, false, meta.as_deref()));
    }

    /// Ends a run without a word.
    pub fn abandon(&mut self, id: u64, reset: bool) {
        if let Some(run) = self.runs.get(&id) {
            if let Some(task) = &run.task {
                task.abort();
            }
            if let Some(key) = run.key.clone().filter(|_| reset && run.action.twice()) {
                self.keys.remove(&key);
                self.key_order.retain(|other| *other != key);
            }
        }
        self.run_closed(id);
        self.outbox.drop(Key::Run(id));
    }

    /// The stream of a run is closed: what was invoked for it is cancelled.
    pub fn run_closed(&mut self, id: u64) {
        self.forget_timer(Timer::RunDeadline(id));
        if let Some(run) = self.runs.remove(&id) {
            self.run_of.remove(&run.stream);
            if let Some(kept) = run.key.as_ref().and_then(|key| self.keys.get_mut(key)) {
                kept.over = true;
            }
            self.drop_parts(run.stream);
            for call in run.calls {
                self.give_up(call, CallError::new(CANCELLED, "the run has ended"));
            }
        }
        self.outbox.drop(Key::Run(id));
    }

    /// Takes an item of the caller.
    pub fn run_item(&mut self, id: u64, kind: u8, payload: Vec<u8>, end: bool) {
        let codec = self.settings.codec;
        let Some(run) = self.runs.get_mut(&id) else { return };
        let stream = run.stream;
        if run.items.is_none() {
            return self.refuse(stream, CallError::new(FAILED_PRECONDITION, "an item after the end of the items"));
        }
        if !payload.is_empty() {
            if !run.action.takes_items() {
                return self.refuse(stream, CallError::new(FAILED_PRECONDITION, "the action takes no items"));
            }
            if run.credit == 0 {
                return self.refuse(stream, CallError::new(RESOURCE_EXHAUSTED, "an item without credit"));
            }
            run.credit -= 1;
            let size = payload.len();
            let Some(item) = Payload::read(codec, kind, payload) else {
                return self.refuse(stream, CallError::new(INVALID_ARGUMENT, "an item is undecodable"));
            };
            let size = charge(size, item.weight(), self.settings.buffer);
            let Some(held) = Held::of(&self.buffered, size, self.settings.buffer) else {
                return self.refuse(stream, CallError::new(RESOURCE_EXHAUSTED, "the action does not take its items"));
            };
            if let Some(items) = &run.items {
                let _ = items.send((item, held));
            }
        }
        if end {
            run.items = None;
        }
    }

    pub fn interrupt(&mut self, id: u64, mode: u64) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        if mode == 1 {
            run.stop.send_replace(true);
        } else {
            let stream = run.stream;
            self.refuse(stream, CallError::new(CANCELLED, "cancelled"));
        }
    }

    /// Announces an action, with an alias if the server accepts one more.
    pub fn announce(&mut self, action: &Arc<Action>) {
        let most = self.welcome.as_ref().map_or(0, |welcome| welcome.aliases);
        let mut alias = 0;
        if !self.own_aliases.contains_key(&action.name) && self.own_aliases.len() < most {
            alias = self.next_alias;
            self.next_alias += 1;
            self.own_aliases.insert(action.name.clone(), alias);
            self.own_names.insert(alias, action.name.clone());
        }
        let descriptor = self.settings.codec.write(&action.full()).unwrap_or_default();
        self.define(alias, &action.name, descriptor);
    }

    pub fn define(&mut self, alias: u32, name: &str, payload: Vec<u8>) {
        let mut head = Vec::new();
        put_uvarint(&mut head, alias.into());
        put_uvarint(&mut head, name.len() as u64);
        head.extend_from_slice(name.as_bytes());
        self.outbox.put(Key::Zero, Item { kind: DEFINE, head, payload, ..Item::default() });
    }

    fn find(&self, arguments: &Value) -> Result<Value, CallError> {
        let wrong = |text: &str| CallError::new(INVALID_ARGUMENT, text);
        if longer(&arguments["query"], QUERY) || longer(&arguments["cursor"], CURSOR) {
            return Err(wrong("query or cursor is too long"));
        }
        let query = match &arguments["query"] {
            Value::Null => String::new(),
            Value::String(query) => query.to_lowercase(),
            _ => return Err(wrong("query is no text")),
        };
        let limit = match &arguments["limit"] {
            Value::Null => 20,
            limit => match limit.as_u64() {
                Some(limit @ 1..=100) => limit as usize,
                _ => return Err(wrong("limit is no integer from 1 to 100")),
            },
        };
        let tags = arguments["tags"].as_array().map_or(&[][..], Vec::as_slice);
        if tags.len() > TAGS {
            return Err(wrong("too many tags"));
        }
        let tags: Vec<&str> = tags.iter().filter_map(Value::as_str).collect();
        let mut words: Vec<String> = Vec::new();
        for word in query.split_whitespace().map(str::to_owned) {
            if words.len() < 32 && !words.contains(&word) {
                words.push(word);
            }
        }
        let tagged = self.actions.values().filter(|one| tags.iter().all(|tag| one.tags().iter().any(|t| t == tag)));
        let mut ranked: Vec<(usize, &Arc<Action>)> = tagged
            .map(|one| (one.score(query.trim(), &words), one))
            .filter(|(s, _)| words.is_empty() || *s > 0)
            .collect();
        ranked.sort_by(|(left, a), (right, b)| right.cmp(left).then_with(|| a.name.cmp(&b.name)));
        let begin = match &arguments["cursor"] {
            Value::Null => 0,
            cursor => match cursor.as_str().and_then(|text| text.parse().ok()) {
                Some(begin) if begin < ranked.len() => begin,
                _ => return Err(wrong("the cursor is not valid")),
            },
        };
        let end = ranked.len().min(begin + limit.min(PAGE));
        let page: Vec<Value> = ranked[begin..end].iter().map(|(_, action)| action.summary()).collect();
        let mut answer = json!({"actions": page, "total": ranked.len()});
        if end < ranked.len() {
            answer["next"] = end.to_string().into();
        }
        Ok(answer)
    }

    fn describe(&self, arguments: &Value) -> Result<Value, CallError> {
        let names: Option<Vec<&str>> =
            arguments["names"].as_array().and_then(|names| names.iter().map(Value::as_str).collect());
        let Some(names) = names.filter(|names| (1..=DESCRIBED).contains(&names.len())) else {
            return Err(CallError::new(INVALID_ARGUMENT, "names are no 1 to 50 names"));
        };
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| self.actions.contains_key(*name));
        let found: Vec<Value> = known.iter().map(|name| self.actions[*name].full()).collect();
        Ok(json!({"actions": found, "unknown": unknown}))
    }
}
