//! What handles and running actions tell the session; and the actions, which are given a way to tell it something.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot, watch, Mutex, Semaphore};
use tokio::time::Instant;

use crate::call::NewCall;
use crate::codec::{Codec, Progress};
use crate::error::CallError;
use crate::inbox::Listener;
use crate::payload::{Held, Payload};
use crate::state::Change;

type Running = Pin<Box<dyn Future<Output = Result<Value, CallError>> + Send>>;
pub(crate) type Handler = Box<dyn Fn(ActionContext, Value) -> Running + Send + Sync>;

/// An offered action: a function, and what the server learns of it.
pub struct Action {
    pub(crate) name: String,
    pub(crate) descriptor: Map<String, Value>,
    pub(crate) handler: Handler,
}

/// View of an action on its own run.
#[derive(Clone)]
pub struct ActionContext {
    pub(crate) run: u64,
    pub(crate) action: Arc<Action>,
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) codec: Codec,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) items: Arc<Mutex<mpsc::UnboundedReceiver<(Payload, Held)>>>,
    pub(crate) buffered: Arc<AtomicUsize>,
    pub(crate) deadline: Option<Instant>,
}

/// What handles and action tasks ask of the session.
pub(crate) enum Command {
    Call(Box<NewCall>),
    Consumed(u64, u64),
    Cancel(u64),
    Stop(u64),
    Send(u64, u8, Vec<u8>),
    EndItems(u64),
    Decide(u64, bool),
    Emit(String, Option<Value>, oneshot::Sender<Result<(), CallError>>),
    Listen(String, Listener<Value>),
    Unlisten(String),
    /// Names that the server was told to add and to remove, after how many resets, and the code of the error, if any.
    Subscribed(Vec<String>, Vec<String>, u64, Option<u32>),
    Changes(Listener<Change>),
    Offer(Arc<Action>),
    Withdraw(String),
    RunItem(u64, u8, Vec<u8>),
    RunProgress(u64, Progress),
    RunConsumed(u64, u64),
    RunDone(u64, Result<Value, CallError>),
    Connected(oneshot::Sender<Result<(), CallError>>),
    Unavailable(oneshot::Sender<CallError>),
    Renewed(u64),
    Close(oneshot::Sender<()>),
}
