//! The agent: what applications use.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::atomic::AtomicUsize;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{json, Value};
use tokio::sync::{mpsc, oneshot, watch};

use crate::actions::{approve, ask, Answer, ApprovalRequest, Question};
use crate::codec::Codec;
use crate::connection::supervise;
use crate::core::{Core, Settings};
use crate::dial::Plan;
use crate::error::*;
use crate::greeting::Limits;
use crate::inbox::{inbox, Inbox, Listener};
use crate::mailbox::{Action, Command};
use crate::outbox::{Item, Key};
use crate::state::{Change, State};
use crate::stream::CallBuilder;
use crate::token::Token;
use crate::wire::{reference, valid_name, EVENT};

/// Bytes of events that wait to be sent.
const EVENTS: usize = 4 << 20;

/// Names of events that a session can subscribe to, as the protocol says.
const SUBSCRIPTIONS: usize = 256;

/// Describes an agent. Times that are not set are those of the documentation of each method.
pub struct Builder {
    uris: Vec<String>,
    token: Token,
    codec: Codec,
    limits: Limits,
    client: (String, String),
    open_timeout: Duration,
    max_wait: Duration,
    refusal_timeout: Duration,
    backoff: [Duration; 3],
    buffer: usize,
    actions: BTreeMap<String, Arc<Action>>,
    built_in: HashMap<&'static str, Arc<Action>>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl Builder {
    /// Adds the address of a further pod that serves the same sessions.
    pub fn or(mut self, uri: impl Into<String>) -> Self {
        self.uris.push(uri.into());
        self
    }

    /// Sets a fixed bearer token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::Fixed(token.into());
        self
    }

    /// Sets a supplier that is asked for a token before each attempt to connect, and before the token expires where the
    /// server says when.
    pub fn token_from<F, R>(mut self, supplier: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Option<String>> + Send + 'static,
    {
        self.token = Token::Supplier(Arc::new(move || Box::pin(supplier())));
        self
    }

    /// Chooses the codec; CBOR by default.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Settings of TLS for `wss`, such as a root certificate of one's own. Without them the public roots are trusted.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Declares limits for what the server may send.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Time of an attempt to connect, up to WELCOME: 10 s. After attempts that were too late up to four times that.
    pub fn open_timeout(mut self, time: Duration) -> Self {
        self.open_timeout = time;
        self
    }

    /// Time that a call which is not sent waits for a connection: 30 s. That of a server which leaves is none:
    /// it is left when the time of a call is over, which begins anew then.
    pub fn max_wait(mut self, time: Duration) -> Self {
        self.max_wait = time;
        self
    }

    /// Time until an answer that may come from a proxy, or a token that may be too new, is final: 2 min.
    pub fn refusal_timeout(mut self, time: Duration) -> Self {
        self.refusal_timeout = time;
        self
    }

    /// Upper bounds of the random waits: after the loss of a connection that has lasted longer than `base`, of each other
    /// one, and of all: 250 ms, 1 s and 30 s. None is shorter than the one before it. A quarter of the time without a
    /// connection takes the place of `first` and `base` when it is longer.
    pub fn backoff(mut self, first: Duration, base: Duration, cap: Duration) -> Self {
        let base = base.max(first);
        self.backoff = [first, base, cap.max(base)];
        self
    }

    /// Bytes of items that may wait for the application over all streams, and of arguments of actions that run: 64 MiB. Each
    /// map and array of a structure counts as 64 more, each text as 32 and each other value as 8, but no payload whose bytes
    /// fit is too large alone.
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes;
        self
    }

    /// Offers an action.
    pub fn offer(mut self, action: Action) -> Self {
        self.actions.insert(action.name.clone(), Arc::new(action));
        self
    }

    /// Lets a function answer questions of running actions.
    pub fn on_question<F, R>(mut self, function: F) -> Self
    where
        F: Fn(Question) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        self.built_in.insert("as.ask", Arc::new(ask(function)));
        self
    }

    /// Lets a function decide about actions that need approval.
    pub fn on_approval<F, R>(mut self, function: F) -> Self
    where
        F: Fn(ApprovalRequest) -> R + Send + Sync + 'static,
        R: Future<Output = bool> + Send + 'static,
    {
        self.built_in.insert("as.approve", Arc::new(approve(function)));
        self
    }

    /// Begins to connect, in a task of the present runtime, and does not wait: calls wait for the connection.
    pub fn start(self) -> Result<Agent, CallError> {
        if !self.limits.fits() {
            return Err(CallError::new(INVALID_ARGUMENT, "the limits do not fit each other"));
        }
        let (commands, received) = mpsc::unbounded_channel();
        let (states, state) = watch::channel(State::Connecting);
        let buffered = Arc::new(AtomicUsize::new(0));
        let supplier = match &self.token {
            Token::Supplier(supplier) => Some(supplier.clone()),
            Token::None | Token::Fixed(_) => None,
        };
        let settings = Settings {
            codec: self.codec,
            limits: self.limits,
            max_wait: self.max_wait,
            repeat: true,
            buffer: self.buffer,
            client: self.client,
            supplier,
        };
        let weak = commands.downgrade();
        let core = Core::new(settings, weak, self.actions, self.built_in, states, buffered.clone());
        let plan = Plan {
            uris: self.uris,
            token: self.token,
            open_timeout: self.open_timeout,
            first_wait: self.backoff[0],
            least_wait: self.backoff[1],
            most_wait: self.backoff[2],
            refusal_timeout: self.refusal_timeout,
            #[cfg(feature = "tls")]
            tls: self.tls,
        };
        tokio::spawn(supervise(core, received, plan));
        Ok(Agent { commands, state, buffered, codec: self.codec, max_wait: self.max_wait })
    }

    /// Connects, and waits until it is done. An error says that the server refuses, or that there is no connection in time.
    pub async fn connect(self) -> Result<Agent, CallError> {
        let agent = self.start()?;
        match agent.connected().await {
            Ok(()) => Ok(agent),
            Err(error) => {
                agent.close().await;
                Err(error)
            }
        }
    }
}

/// A session with one server. Clones share it; it ends when [`close`](Self::close) is called or the last clone is dropped.
#[derive(Clone)]
pub struct Agent {
    commands: mpsc::UnboundedSender<Command>,
    state: watch::Receiver<State>,
    buffered: Arc<AtomicUsize>,
    codec: Codec,
    max_wait: Duration,
}

impl Agent {
    /// Describes an agent for a server.
    pub fn builder(uri: impl Into<String>) -> Builder {
        Builder {
            uris: vec![uri.into()],
            token: Token::None,
            codec: Codec::Cbor,
            limits: Limits::default(),
            client: ("agentsocket-rust".into(), env!("CARGO_PKG_VERSION").into()),
            open_timeout: Duration::from_secs(10),
            max_wait: Duration::from_secs(30),
            refusal_timeout: Duration::from_secs(120),
            backoff: [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(30)],
            buffer: 64 << 20,
            actions: BTreeMap::new(),
            built_in: HashMap::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Describes a call.
    pub fn call(&self, action: impl Into<String>) -> CallBuilder {
        CallBuilder::new(self.commands.clone(), action, self.buffered.clone(), self.codec, None)
    }

    /// Waits for a connection.
    pub async fn connected(&self) -> Result<(), CallError> {
        let (sender, connected) = oneshot::channel();
        let closed = || CallError::new(CANCELLED, "the client is closed");
        self.commands.send(Command::Connected(sender)).map_err(|_| closed())?;
        match tokio::time::timeout(self.max_wait, connected).await {
            Ok(answer) => answer.map_err(|_| closed())?,
            Err(_) => {
                let (sender, failure) = oneshot::channel();
                self.commands.send(Command::Unavailable(sender)).map_err(|_| closed())?;
                Err(failure.await.map_err(|_| closed())?)
            }
        }
    }

    /// State of the connection, to look at and to wait for.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends the session on both sides; open calls fail with CANCELLED.
    pub async fn close(&self) {
        let (sender, closed) = oneshot::channel();
        if self.commands.send(Command::Close(sender)).is_ok() {
            let _ = closed.await;
        }
    }

    /// Searches the server's actions. The answer is that of as.find (protocol section 17.1).
    pub async fn find(&self, query: &str, tags: &[&str], limit: u32, cursor: Option<&str>) -> Result<Value, CallError> {
        let mut arguments = json!({"query": query, "tags": tags, "limit": limit});
        if let Some(cursor) = cursor {
            arguments["cursor"] = cursor.into();
        }
        self.call("as.find").args(arguments).idempotent(true).value().await
    }

    /// Reads descriptors of actions. The answer is that of as.describe (protocol section 17.2).
    pub async fn describe(&self, names: &[&str]) -> Result<Value, CallError> {
        self.call("as.describe").args(json!({"names": names})).idempotent(true).value().await
    }

    /// Changes of the server's catalog from now on.
    pub fn changes(&self) -> Inbox<Change> {
        let (listener, changes) = inbox();
        let _ = self.commands.send(Command::Changes(listener));
        changes
    }

    /// Events of a name; the server is asked for them. Dropping the inbox ends that.
    pub fn events(&self, name: impl Into<String>) -> Inbox<Value> {
        let (listener, events) = inbox();
        let _ = self.commands.send(Command::Listen(name.into(), listener));
        events
    }

    /// Sends an event; waits while too many are queued.
    pub async fn emit(&self, name: impl Into<String>, payload: Option<impl Serialize>) -> Result<(), CallError> {
        let wrong = |_| CallError::new(INVALID_ARGUMENT, "the payload cannot be sent");
        let payload = payload.map(serde_json::to_value).transpose().map_err(wrong)?;
        let (sender, done) = oneshot::channel();
        let closed = |()| CallError::new(CANCELLED, "the client is closed");
        self.commands.send(Command::Emit(name.into(), payload, sender)).map_err(|_| closed(()))?;
        done.await.map_err(|_| closed(()))?
    }

    /// Offers an action, or replaces the one of its name.
    pub fn offer(&self, action: Action) {
        let _ = self.commands.send(Command::Offer(Arc::new(action)));
    }

    /// Offers an action no longer.
    pub fn withdraw(&self, name: impl Into<String>) {
        let _ = self.commands.send(Command::Withdraw(name.into()));
    }
}

impl Core {
    pub(crate) fn emit(&mut self, name: &str, payload: Option<Value>) -> Result<(), CallError> {
        if let Some(error) = &self.closed {
            return Err(error.clone());
        }
        if !valid_name(name) || name.starts_with("as.") {
            return Err(CallError::new(INVALID_ARGUMENT, "this is no name of an event"));
        }
        let payload = match payload {
            None => Vec::new(),
            Some(value) => self
                .settings
                .codec
                .write(&value)
                .filter(|payload| payload.len() <= self.outbox.peer.item)
                .ok_or_else(|| CallError::new(TOO_LARGE, "the event is too large, or nested too deeply"))?,
        };
        let queued =
            self.outbox.chans.get(&Key::Zero).map_or(0, |chan| chan.queue.iter().map(|i| i.payload.len() + 64).sum());
        if queued + payload.len() > EVENTS {
            return Err(CallError::new(RESOURCE_EXHAUSTED, "too many events wait to be sent").retryable());
        }
        self.outbox.put(Key::Zero, Item { kind: EVENT, head: reference(0, name), payload, ..Item::default() });
        Ok(())
    }

    pub(crate) fn listen(&mut self, name: String, listener: Listener<Value>) {
        if self.closed.is_some() {
            return;
        }
        self.listeners.entry(name.clone()).or_default().push(listener.clone());
        if !self.wanted.contains(&name) {
            self.wanted.push(name.clone());
        }
        self.subscribe();
        if let Some(commands) = self.commands.upgrade() {
            let commands = commands.downgrade();
            tokio::spawn(async move {
                listener.closed().await;
                if let Some(commands) = commands.upgrade() {
                    let _ = commands.send(Command::Unlisten(name));
                }
            });
        }
    }

    pub(crate) fn unlisten(&mut self, name: String) {
        if let Some(listeners) = self.listeners.get_mut(&name) {
            listeners.retain(|listener| !listener.is_closed());
            if listeners.is_empty() {
                self.listeners.remove(&name);
                self.wanted.retain(|wanted| *wanted != name);
                self.subscribe();
            }
        }
    }

    /// Tells the server what has changed, with as many names as it takes, the oldest first. One without as.subscribe still
    /// sends what is addressed to this session.
    pub(crate) fn subscribe(&mut self) {
        let listeners = &self.listeners;
        let remove: Vec<String> =
            self.subscribed.keys().filter(|name| !listeners.contains_key(*name)).cloned().collect();
        for name in &remove {
            self.subscribed.remove(name);
        }
        let missing = self.wanted.iter().filter(|name| !self.subscribed.contains_key(*name));
        let add: Vec<String> = missing.take(SUBSCRIPTIONS.saturating_sub(self.subscribed.len())).cloned().collect();
        self.subscribed.extend(add.iter().map(|name| (name.clone(), false)));
        let arguments = match (add.is_empty(), remove.is_empty()) {
            (true, true) => return,
            (false, true) => json!({"add": add}),
            (true, false) => json!({"remove": remove}),
            (false, false) => json!({"add": add, "remove": remove}),
        };
        if let Some(commands) = self.commands.upgrade() {
            let call = CallBuilder::internal(commands, "as.subscribe", self.buffered.clone());
            let resets = self.resets;
            tokio::spawn(async move {
                let commands = call.commands();
                let answer = call.args(arguments).idempotent(true).value::<Value>().await;
                let _ = commands.send(Command::Subscribed(add, remove, resets, answer.err().map(|error| error.code)));
            });
        }
    }

    /// The server has answered, or could not: what it has not taken it is told with the next change, or connection, and at
    /// once where a reset has ended the call.
    pub(crate) fn answered(&mut self, add: Vec<String>, remove: Vec<String>, resets: u64, error: Option<u32>) {
        let taken = matches!(error, None | Some(NOT_FOUND | CANCELLED));
        for name in add {
            if !taken {
                self.subscribed.remove(&name);
            } else if let Some(answered) = self.subscribed.get_mut(&name) {
                *answered = true;
            }
        }
        // Counted, so that a server which answers with this code is not told for ever.
        if error == Some(SESSION_RESET) && self.resets > resets {
            return self.subscribe();
        }
        for name in remove.into_iter().filter(|_| !taken) {
            self.subscribed.entry(name).or_insert(true);
        }
    }
}
