#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod actions;
mod agent;
mod call;
mod calls;
mod cbor;
mod codec;
mod commands;
mod connection;
mod core;
mod dial;
mod dispatch;
mod error;
mod greeting;
mod inbox;
mod mailbox;
mod outbox;
mod payload;
mod renewal;
mod reset;
mod retry;
mod run;
mod runs;
#[cfg(test)]
mod scenarios;
mod state;
mod stream;
mod token;
#[cfg(test)]
mod vectors;
mod wire;

pub use actions::{arguments, Answer, ApprovalRequest, Question};
pub use agent::{Agent, Builder};
pub use codec::{Codec, Progress};
pub use error::{CallError, Violation};
pub use futures_util::StreamExt;
pub use greeting::Limits;
pub use inbox::Inbox;
pub use mailbox::{Action, ActionContext};
pub use payload::Payload;
#[cfg(feature = "tls")]
pub use rustls;
pub use state::{Change, State};
pub use stream::{CallBuilder, CallStream, ItemSender};

/// Codes of errors (protocol section 21).
pub mod codes {
    pub use crate::error::{
        ALREADY_EXISTS, ASK_TIMEOUT, CANCELLED, DEADLINE_EXCEEDED, FAILED_PRECONDITION, INTERNAL, INVALID_ARGUMENT,
        LOST, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED, SESSION_RESET, TOO_LARGE, UNAVAILABLE, UNKNOWN_ALIAS,
    };
}
