//! A run of an action of this side, as the session knows it, and what is kept for its idempotency key.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::mailbox::Action;
use crate::outbox::Item;
use crate::payload::{Held, Payload};

/// State of an idempotency key.
pub(crate) struct Kept {
    pub name: String,
    pub result: Option<Item>,
    /// Whether the run has ended.
    pub over: bool,
}

pub(crate) struct Run {
    pub stream: u32,
    pub depth: u32,
    pub deadline: Option<Instant>,
    /// Calls that were made for it.
    pub calls: HashSet<u64>,
    pub action: Arc<Action>,
    pub key: Option<String>,
    pub items: Option<mpsc::UnboundedSender<(Payload, Held)>>,
    pub credit: u64,
    pub consumed: u64,
    pub frames: u64,
    pub stop: watch::Sender<bool>,
    pub task: Option<AbortHandle>,
}
