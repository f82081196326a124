//! The session: what outlives connections (protocol sections 6, 10, 11 and 15). It does no input or output.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::AtomicUsize;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{json, Value};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::call::Call;
use crate::codec::Codec;
use crate::error::*;
use crate::greeting::{hello, Limits, Welcome};
use crate::inbox::Listener;
use crate::mailbox::{Action, Command};
use crate::outbox::{Outbox, Sent};
use crate::retry::later;
use crate::run::{Kept, Run};
use crate::state::{Change, State};
use crate::token::Supplier;
use crate::wire::*;

/// Calls that may wait to be sent.
const WAITING: usize = 10_000;
/// Close code of this side when the server leaves and the session goes on.
pub(crate) const LEFT: u16 = 4000;
const ACK_AFTER: Duration = Duration::from_millis(500);
const ACK_SPACE: usize = 32;

/// Points in time at which something is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Timer {
    CallDeadline(u64),
    CallWait(u64),
    RunDeadline(u64),
    Ack,
    Watch,
    Renew,
    Leave,
    Goodbye,
    Expire,
}

pub(crate) struct Settings {
    pub codec: Codec,
    pub limits: Limits,
    pub max_wait: Duration,
    pub repeat: bool,
    pub buffer: usize,
    pub client: (String, String),
    /// Gives further tokens, where there may be some.
    pub supplier: Option<Supplier>,
}

pub(crate) struct Core {
    pub settings: Settings,
    pub commands: mpsc::WeakUnboundedSender<Command>,
    pub outbox: Outbox,
    pub welcome: Option<Welcome>,
    pub connected: bool,
    pub draining: bool,
    /// The code of a GOAWAY after which there is no further connection.
    pub parting: Option<u16>,
    /// Whether this side has thrown frames of the session away: it cannot be resumed.
    pub torn: bool,
    /// A close that the connection has to do.
    pub close: Option<(u16, String)>,
    pub closed: Option<CallError>,
    pub failure: String,
    pub timers: BTreeMap<(Instant, u64), Timer>,
    pub calls: HashMap<u64, Call>,
    pub own: HashMap<u32, u64>,
    pub held: HashMap<u64, Call>,
    pub runs: HashMap<u64, Run>,
    pub run_of: HashMap<u32, u64>,
    pub pending: HashSet<u32>,
    pub refused: HashSet<u32>,
    pub highest: u32,
    pub next_stream: u32,
    pub parts: HashMap<u32, Vec<u8>>,
    pub parts_total: usize,
    pub names: HashMap<u32, String>,
    pub aliases: HashMap<String, u32>,
    pub actions: BTreeMap<String, Arc<Action>>,
    pub built_in: HashMap<&'static str, Arc<Action>>,
    pub own_aliases: HashMap<String, u32>,
    pub own_names: HashMap<u32, String>,
    pub next_alias: u32,
    /// Whether a HELLO waits for its answer.
    pub greeting: bool,
    pub keys: HashMap<String, Kept>,
    pub key_order: VecDeque<String>,
    pub listeners: HashMap<String, Vec<Listener<Value>>>,
    /// The names of events that have listeners, the oldest first.
    pub wanted: Vec<String>,
    /// Those that the server has, or is being told, and whether it has answered.
    pub subscribed: HashMap<String, bool>,
    /// Sessions without subscriptions that there were so far.
    pub resets: u64,
    pub changes: Vec<Listener<Change>>,
    pub catalog: Option<String>,
    pub waiters: Vec<oneshot::Sender<Result<(), CallError>>>,
    pub closers: Vec<oneshot::Sender<()>>,
    pub states: tokio::sync::watch::Sender<State>,
    pub buffered: Arc<AtomicUsize>,
    pub next_id: u64,
    pub rx: u64,
    pub told: u64,
    pub rx_bytes: usize,
    pub ack_now: bool,
    pub pong: bool,
    pub pings: (f64, Instant),
    pub goodbye: bool,
    pub resumes: bool,
    pub attempt: u64,
    pub replay: VecDeque<Out>,
    pub heard: Instant,
    pub moved: Instant,
    pub seen_ack: u64,
    pub renewing: Option<tokio::task::AbortHandle>,
}

impl Core {
    pub fn new(
        settings: Settings,
        commands: mpsc::WeakUnboundedSender<Command>,
        actions: BTreeMap<String, Arc<Action>>,
        built_in: HashMap<&'static str, Arc<Action>>,
        states: tokio::sync::watch::Sender<State>,
        buffered: Arc<AtomicUsize>,
    ) -> Self {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        outbox.clear();
        Core {
            settings,
            commands,
            outbox,
            welcome: None,
            connected: false,
            draining: false,
            parting: None,
            torn: false,
            close: None,
            closed: None,
            failure: "not connected yet".into(),
            timers: BTreeMap::new(),
            calls: HashMap::new(),
            own: HashMap::new(),
            held: HashMap::new(),
            runs: HashMap::new(),
            run_of: HashMap::new(),
            pending: HashSet::new(),
            refused: HashSet::new(),
            highest: 0,
            next_stream: 1,
            parts: HashMap::new(),
            parts_total: 0,
            names: HashMap::new(),
            aliases: HashMap::new(),
            actions,
            built_in,
            own_aliases: HashMap::new(),
            own_names: HashMap::new(),
            next_alias: 16,
            greeting: false,
            keys: HashMap::new(),
            key_order: VecDeque::new(),
            listeners: HashMap::new(),
            wanted: Vec::new(),
            subscribed: HashMap::new(),
            resets: 0,
            changes: Vec::new(),
            catalog: None,
            waiters: Vec::new(),
            closers: Vec::new(),
            states,
            buffered,
            next_id: 1,
            rx: 0,
            told: 0,
            rx_bytes: 0,
            ack_now: false,
            pong: false,
            pings: (10.0, now),
            goodbye: false,
            resumes: false,
            attempt: 0,
            replay: VecDeque::new(),
            heard: now,
            moved: now,
            seen_ack: 0,
            renewing: None,
        }
    }

    pub fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub fn later(&mut self, after: Duration, timer: Timer) {
        let id = self.id();
        self.timers.insert((later(after), id), timer);
    }

    pub fn forget_timer(&mut self, timer: Timer) {
        self.timers.retain(|_, other| *other != timer);
    }

    /// Bytes of HELLO as a message.
    pub fn begin(&mut self) -> Vec<u8> {
        let mut resume = None;
        if let Some(w) = &self.welcome {
            self.attempt += 1;
            let log = &self.outbox.log;
            resume = Some(json!({"session": w.session, "token": w.token, "log": w.log, "rx": self.rx,
                "tx": log.tx, "first": log.acked + 1, "attempt": self.attempt}));
        }
        self.resumes = resume.is_some();
        self.pings = (10.0, Instant::now());
        self.heard = Instant::now();
        let client = (self.settings.client.0.as_str(), self.settings.client.1.as_str());
        let body = hello(&self.settings.limits, resume, self.catalog.as_deref(), client);
        let body = self.settings.codec.write(&body).unwrap_or_default();
        join(&[Out::new(HELLO, 0, &body, false, None)])
    }

    /// No further call leaves on this connection: the time of those that wait begins.
    pub fn calls_wait(&mut self) {
        self.timers.retain(|_, timer| !matches!(timer, Timer::CallWait(_)));
        let waiting: Vec<u64> = self.outbox.openings.iter().copied().collect();
        for id in waiting {
            self.later(self.settings.max_wait, Timer::CallWait(id));
        }
    }

    pub fn detach(&mut self) {
        // After a drain it begins anew: that server was left for these calls. Only an end of the session ends them before.
        if self.connected && self.parting.is_none() {
            self.calls_wait();
        }
        self.connected = false;
        self.draining = false;
        self.parting = None;
        self.ack_now = false;
        self.pong = false;
        self.close = None;
        self.replay.clear();
        for timer in [Timer::Ack, Timer::Watch, Timer::Leave, Timer::Goodbye] {
            self.forget_timer(timer);
        }
        self.renew_before(0);
        if std::mem::take(&mut self.torn) {
            self.expire();
        }
    }

    /// Takes a message; a breach closes the connection.
    pub fn receive(&mut self, message: &[u8]) -> Result<(), Breach> {
        self.heard = Instant::now();
        if message.len() > self.settings.limits.message {
            return too_large("a message is larger than its limit");
        }
        let mut frames = Frames::new(message, self.settings.limits.frame);
        while let Some(frame) = frames.next()? {
            if !self.connected {
                self.greeted(&frame)?;
                continue;
            }
            if frame.kind >= DEFINE {
                self.rx += 1;
                self.rx_bytes += frame.size;
                if self.rx_bytes > self.settings.limits.window + RESERVE {
                    return breach("the server sends more than the window allows");
                }
            }
            self.frame(&frame)?;
            // A server that asks and acknowledges nothing fills memory with what it is answered.
            if self.outbox.crowded(WAITING + self.calls.len()) {
                self.torn = true;
                return Err(Breach { code: 4002, rule: "it asks, and does not take the answers" });
            }
        }
        if self.rx - self.told >= 32 || self.rx_bytes * 4 >= self.settings.limits.window {
            self.ack_now = true;
        } else if self.rx > self.told && !self.timers.values().any(|timer| *timer == Timer::Ack) {
            self.later(ACK_AFTER, Timer::Ack);
        }
        Ok(())
    }

    pub fn ack_now(&mut self) {
        self.ack_now = true;
    }

    pub fn on_ack(&mut self, rx: u64, tx: Option<u64>, ping: bool) -> Result<(), Breach> {
        if tx.is_some_and(|tx| tx != self.rx) {
            return Err(Breach { code: 4003, rule: "ACK has a wrong tx" });
        }
        self.outbox.log.acknowledge(rx)?;
        if ping {
            let now = Instant::now();
            let tokens = (self.pings.0 + (now - self.pings.1).as_secs_f64() * 2.0).min(10.0);
            if tokens < 1.0 {
                return Err(Breach { code: 4507, rule: "the server pings too often" });
            }
            self.pings = (tokens - 1.0, now);
            self.pong = true;
        }
        Ok(())
    }

    fn ack(&mut self, tx: bool) -> Out {
        self.ack_now = false;
        self.pong = false;
        self.told = self.rx;
        self.rx_bytes = 0;
        self.forget_timer(Timer::Ack);
        let mut body = Vec::new();
        put_uvarint(&mut body, self.rx);
        if tx {
            put_uvarint(&mut body, self.outbox.log.sent);
        }
        Out::new(ACK, 0, &body, false, None)
    }

    /// Next message to send.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        if !self.connected {
            return None;
        }
        let mut budget = self.outbox.peer.message;
        let mut frames = Vec::new();
        while let Some(frame) = self.replay.front() {
            // A frame from before a resume whose limits are smaller than they may be passes alone: nothing else would.
            if frame.size() > budget && !frames.is_empty() {
                return Some(join(&frames));
            }
            budget = budget.saturating_sub(frame.size());
            self.outbox.log.sent += 1;
            frames.extend(self.replay.pop_front());
        }
        let mut rides = false;
        if (self.ack_now || self.pong) && budget >= ACK_SPACE {
            frames.push(self.ack(true));
            budget -= ACK_SPACE;
        } else if self.rx > self.told && budget >= self.outbox.peer.frame + ACK_SPACE {
            rides = true;
            budget -= ACK_SPACE;
        }
        if self.goodbye {
            self.goodbye = false;
            frames.push(Out::new(GOAWAY, 0, &[0, 0, 0], false, None));
            return Some(join(&frames));
        }
        let before = frames.len();
        loop {
            self.admit_calls();
            let room = if frames.is_empty() { usize::MAX } else { budget };
            let frame = match self.outbox.next(room) {
                Some(Sent::Frame(frame)) => frame,
                Some(Sent::Closing(frame, run)) => {
                    self.run_closed(run);
                    frame
                }
                None => break,
            };
            budget = budget.saturating_sub(frame.size());
            frames.push(frame);
        }
        if rides && frames.len() > before {
            let ack = self.ack(false);
            frames.insert(before, ack);
        }
        (!frames.is_empty()).then(|| join(&frames))
    }

    /// Ends the session on both sides.
    pub fn say_goodbye(&mut self) {
        self.goodbye = true;
        self.later(Duration::from_secs(5), Timer::Goodbye);
    }

    pub fn unavailable(&self) -> CallError {
        CallError::new(UNAVAILABLE, format!("no connection: {}", self.failure)).retryable()
    }

    /// Whether a further call may wait.
    pub fn may_wait(&self) -> bool {
        self.outbox.openings.len() < WAITING
    }
}
