//! Calls as the application makes them: a builder, and the stream of results.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::Stream;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, watch, Semaphore};

use crate::call::{Delivered, NewCall};
use crate::codec::{Codec, Progress};
use crate::error::*;
use crate::mailbox::Command;
use crate::outbox::QUEUED;
use crate::payload::Payload;
use crate::wire::COUNTER;

/// Items that the other side may send ahead of the consumer.
const PREFETCH: u64 = 32;
/// Largest joined result of [`CallBuilder::value`] and its like.
const JOINED: usize = 1 << 20;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Describes a call; nothing is sent before [`value`](Self::value), [`stream`](Self::stream) or [`duplex`](Self::duplex).
pub struct CallBuilder {
    commands: mpsc::UnboundedSender<Command>,
    buffered: Arc<AtomicUsize>,
    codec: Codec,
    name: String,
    arguments: Result<Value, CallError>,
    timeout: Option<Duration>,
    key: Option<String>,
    idempotent: Option<bool>,
    prefetch: u64,
    run: Option<u64>,
}

impl CallBuilder {
    pub(crate) fn new(
        commands: mpsc::UnboundedSender<Command>,
        name: impl Into<String>,
        buffered: Arc<AtomicUsize>,
        codec: Codec,
        run: Option<u64>,
    ) -> Self {
        CallBuilder {
            commands,
            buffered,
            codec,
            name: name.into(),
            arguments: Ok(Value::Null),
            timeout: None,
            key: None,
            idempotent: None,
            prefetch: PREFETCH,
            run,
        }
    }

    pub(crate) fn internal(commands: mpsc::UnboundedSender<Command>, name: &str, buffered: Arc<AtomicUsize>) -> Self {
        Self::new(commands, name, buffered, Codec::Json, None)
    }

    pub(crate) fn commands(&self) -> mpsc::UnboundedSender<Command> {
        self.commands.clone()
    }

    /// Arguments: anything that serializes as a map.
    pub fn args(mut self, arguments: impl Serialize) -> Self {
        self.arguments = match serde_json::to_value(arguments) {
            Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
            _ => Err(CallError::new(INVALID_ARGUMENT, "the arguments are no map")),
        };
        self
    }

    /// Deadline. It travels with the call, and covers the wait for a connection.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Idempotency key, 1 to 64 bytes: a second call with it gets the answer of the first.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Whether the call may run twice: it is made again after a reset. By default the server is asked.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Items that the other side may send ahead of the consumer; 32 by default, at least 1.
    pub fn prefetch(mut self, items: u64) -> Self {
        self.prefetch = items.clamp(1, COUNTER);
        self
    }

    /// Makes the call and waits for its value: text and bytes are joined, of items the last one counts. An answer
    /// of several kinds is an error, `INTERNAL`.
    pub async fn value<T: DeserializeOwned>(self) -> Result<T, CallError> {
        let mut stream = self.stream();
        let value = stream.joined().await?.map_or(Value::Null, Payload::into_value);
        serde_json::from_value(value).map_err(|error| {
            CallError::new(INVALID_ARGUMENT, format!("the result has another type: {error}")).may_have_run()
        })
    }

    /// Makes the call and gives its items. Dropping the stream interrupts the action.
    pub fn stream(self) -> CallStream {
        self.begin(false).0
    }

    /// Makes a call that sends items while it runs.
    pub fn duplex(self) -> (ItemSender, CallStream) {
        let (stream, sender) = self.begin(true);
        (sender, stream)
    }

    fn begin(self, sends_items: bool) -> (CallStream, ItemSender) {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (deliver, received) = mpsc::unbounded_channel();
        let (progress, reports) = watch::channel(None);
        let slots = Arc::new(Semaphore::new(QUEUED));
        let wrong_key = self.key.as_ref().is_some_and(|key| !(1..=64).contains(&key.len()));
        let arguments = if wrong_key {
            Err(CallError::new(INVALID_ARGUMENT, "the idempotency key has no 1 to 64 bytes"))
        } else {
            self.arguments
        };
        match arguments {
            Err(error) => drop(deliver.send(Delivered::End(Err(error)))),
            Ok(arguments) => {
                let new = NewCall {
                    id,
                    name: self.name,
                    arguments,
                    timeout: self.timeout,
                    key: self.key,
                    idempotent: self.idempotent,
                    prefetch: self.prefetch,
                    sends_items,
                    run: self.run,
                    deliver: deliver.clone(),
                    progress,
                    slots: slots.clone(),
                };
                if self.commands.send(Command::Call(Box::new(new))).is_err() {
                    let error = CallError::new(CANCELLED, "the client is closed");
                    let _ = deliver.send(Delivered::End(Err(error)));
                }
            }
        }
        let sender = ItemSender { id, commands: self.commands.clone(), codec: self.codec, slots };
        let stream = CallStream {
            id,
            commands: self.commands,
            received,
            reports,
            buffered: self.buffered,
            prefetch: self.prefetch,
            taken: 0,
            over: false,
        };
        (stream, sender)
    }
}

/// Items of a running action. Dropping it interrupts the action.
pub struct CallStream {
    id: u64,
    commands: mpsc::UnboundedSender<Command>,
    received: mpsc::UnboundedReceiver<Delivered>,
    reports: watch::Receiver<Option<Progress>>,
    buffered: Arc<AtomicUsize>,
    prefetch: u64,
    taken: u64,
    over: bool,
}

impl CallStream {
    /// Asks the action to finish its current step and to end with what there is.
    pub fn finish(&self) {
        let _ = self.commands.send(Command::Stop(self.id));
    }

    /// Ends the call at once and interrupts the action.
    pub fn cancel(&mut self) {
        if !self.over {
            self.over = true;
            let _ = self.commands.send(Command::Cancel(self.id));
        }
    }

    /// Reports of the action; only the latest one is kept.
    pub fn progress(&self) -> watch::Receiver<Option<Progress>> {
        self.reports.clone()
    }

    /// Takes everything that is left, joined as in [`CallBuilder::value`].
    pub async fn joined(&mut self) -> Result<Option<Payload>, CallError> {
        let mut joined: Option<Payload> = None;
        while let Some(item) = self.next().await {
            joined = Some(match (joined, item?) {
                (Some(Payload::Text(all)), Payload::Text(piece)) if all.len() + piece.len() <= JOINED => {
                    Payload::Text(all + &piece)
                }
                (Some(Payload::Bytes(mut all)), Payload::Bytes(piece)) if all.len() + piece.len() <= JOINED => {
                    all.extend(piece);
                    Payload::Bytes(all)
                }
                (Some(Payload::Text(_)), Payload::Text(_)) | (Some(Payload::Bytes(_)), Payload::Bytes(_)) => {
                    self.cancel();
                    return Err(CallError::new(TOO_LARGE, "the result is larger than 1 MiB; stream it").may_have_run());
                }
                (Some(Payload::Data(_)), Payload::Data(item)) => Payload::Data(item),
                (None, item) => item,
                _ => {
                    self.cancel();
                    let mixed = "the result has items of several kinds; stream it";
                    return Err(CallError::new(INTERNAL, mixed).may_have_run());
                }
            });
        }
        Ok(joined)
    }

    fn consumed(&mut self, size: usize) {
        self.buffered.fetch_sub(size, Ordering::Relaxed);
        self.taken += 1;
        if self.taken * 2 >= self.prefetch {
            let _ = self.commands.send(Command::Consumed(self.id, std::mem::take(&mut self.taken)));
        }
    }
}

impl Stream for CallStream {
    type Item = Result<Payload, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        match self.received.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Delivered::Item(item, size))) => {
                self.consumed(size);
                Poll::Ready(Some(Ok(item)))
            }
            Poll::Ready(Some(Delivered::End(result))) => {
                self.over = true;
                Poll::Ready(result.err().map(Err))
            }
            Poll::Ready(None) => {
                self.over = true;
                Poll::Ready(Some(Err(CallError::new(CANCELLED, "the client is closed"))))
            }
        }
    }
}

impl Drop for CallStream {
    fn drop(&mut self) {
        self.cancel();
        self.received.close();
        while let Ok(Delivered::Item(_, size)) = self.received.try_recv() {
            self.buffered.fetch_sub(size, Ordering::Relaxed);
        }
    }
}

/// Sends items to a running action. Dropping it ends the items.
pub struct ItemSender {
    id: u64,
    commands: mpsc::UnboundedSender<Command>,
    codec: Codec,
    slots: Arc<Semaphore>,
}

impl ItemSender {
    /// Sends an item; waits while the action does not take more. `false`: the call is over.
    pub async fn send(&self, item: Payload) -> Result<bool, CallError> {
        let Some((kind, payload)) = item.write(self.codec) else {
            return Err(CallError::new(INVALID_ARGUMENT, "an item is too large, or nested too deeply"));
        };
        if payload.is_empty() {
            return Ok(true);
        }
        match self.slots.acquire().await {
            Err(_) => Ok(false),
            Ok(permit) => {
                permit.forget();
                Ok(self.commands.send(Command::Send(self.id, kind, payload)).is_ok())
            }
        }
    }
}

impl Drop for ItemSender {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::EndItems(self.id));
    }
}
