//! A call of this side, as its handle describes it and as the session knows it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, watch, Semaphore};
use tokio::time::Instant;

use crate::codec::Progress;
use crate::error::CallError;
use crate::payload::Payload;

/// Times that a call is made again after resets: it may be what brings its server down.
pub(crate) const REPEATS: u32 = 3;

/// What a stream gets from the session.
pub(crate) enum Delivered {
    /// An item, and the bytes that it holds of the buffer.
    Item(Payload, usize),
    /// The end.
    End(Result<(), CallError>),
}

/// A call as the handle describes it.
pub(crate) struct NewCall {
    pub id: u64,
    pub name: String,
    pub arguments: Value,
    pub timeout: Option<Duration>,
    pub key: Option<String>,
    pub idempotent: Option<bool>,
    pub prefetch: u64,
    pub sends_items: bool,
    /// Run for whose sake it is made.
    pub run: Option<u64>,
    pub deliver: mpsc::UnboundedSender<Delivered>,
    pub progress: watch::Sender<Option<Progress>>,
    pub slots: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    Queued,
    Open,
    Cancelling,
}

pub(crate) struct Call {
    pub name: String,
    pub phase: Phase,
    pub stream: u32,
    pub whole: bool,
    pub parent: u32,
    pub given: bool,
    pub repeats: u32,
    /// Times that it was sent again because the server had lost what came first.
    pub resends: u32,
    pub idempotent: Option<bool>,
    pub key: Option<String>,
    pub run: Option<u64>,
    pub arguments: Value,
    pub deadline: Option<Instant>,
    pub prefetch: u64,
    pub granted: u64,
    pub sends_items: bool,
    /// Whether its INVOKE has an alias that the server has bound.
    pub aliased: bool,
    pub inline: bool,
    pub depth: u32,
    pub deliver: mpsc::UnboundedSender<Delivered>,
    pub progress: watch::Sender<Option<Progress>>,
}
