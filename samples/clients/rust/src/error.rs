//! Errors: codes of the protocol, errors of calls, and breaches (protocol sections 21 and 22).

use std::fmt;

/// Code of ERROR: stopped, given up.
pub const CANCELLED: u32 = 1;
/// Code of ERROR: arguments or an item that do not fit.
pub const INVALID_ARGUMENT: u32 = 3;
/// Code of ERROR: the time is over.
pub const DEADLINE_EXCEEDED: u32 = 4;
/// Code of ERROR: there is no such action.
pub const NOT_FOUND: u32 = 5;
/// Code of ERROR: the idempotency key was used before.
pub const ALREADY_EXISTS: u32 = 6;
/// Code of ERROR: not allowed, or not approved.
pub const PERMISSION_DENIED: u32 = 7;
/// Code of ERROR: too much of something.
pub const RESOURCE_EXHAUSTED: u32 = 8;
/// Code of ERROR: not in this state.
pub const FAILED_PRECONDITION: u32 = 9;
/// Code of ERROR: failed unexpectedly.
pub const INTERNAL: u32 = 13;
/// Code of ERROR: there is no connection.
pub const UNAVAILABLE: u32 = 14;
/// Code of ERROR: the executor is gone.
pub const LOST: u32 = 32;
pub const REFUSED: u32 = 33;
/// Code of ERROR: the alias is not bound.
pub const UNKNOWN_ALIAS: u32 = 34;
/// Code of ERROR: a question has no answer in time.
pub const ASK_TIMEOUT: u32 = 35;
/// Code of ERROR: a payload is too large.
pub const TOO_LARGE: u32 = 36;
/// Code of ERROR: the session was reset while the call was open.
pub const SESSION_RESET: u32 = 37;

/// Part of the arguments that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// JSON Pointer into the arguments.
    pub pointer: String,
    /// Keyword of JSON Schema, or the name of a constraint.
    pub rule: String,
    /// Text for humans and models.
    pub message: String,
}

/// A call ended with an error. An action returns one to choose code and text of its own failure.
#[derive(Clone, PartialEq)]
pub struct CallError {
    /// Number of protocol section 21; from 256 on it is the application's.
    pub code: u32,
    /// Text that is safe to show.
    pub text: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Whether the action may have been carried out, at least in part.
    pub may_have_run: bool,
    /// Parts of the arguments that do not fit.
    pub violations: Vec<Violation>,
    /// Id under which the other side logged the cause.
    pub correlation: Option<String>,
    /// Whether it ended a call of this side: an action does not pass it on as its own failure.
    pub(crate) of_call: bool,
}

impl CallError {
    /// Makes an error with a code and a text that is safe to show.
    pub fn new(code: u32, text: impl Into<String>) -> Self {
        CallError {
            code,
            text: text.into(),
            retryable: false,
            may_have_run: false,
            violations: Vec::new(),
            correlation: None,
            of_call: false,
        }
    }

    /// Says that the same call may succeed later.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// Says that the action may have been carried out.
    pub fn may_have_run(mut self) -> Self {
        self.may_have_run = true;
        self
    }

    /// Name of the code in protocol section 21.
    pub fn name(&self) -> &'static str {
        const NAMES: [&str; 17] = [
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED",
        ];
        const OWN: [&str; 6] = ["LOST", "REFUSED", "UNKNOWN_ALIAS", "ASK_TIMEOUT", "TOO_LARGE", "SESSION_RESET"];
        let code = self.code as usize;
        let known = NAMES.get(code).or_else(|| OWN.get(code.wrapping_sub(LOST as usize)));
        known.copied().unwrap_or(if self.code < 256 { "UNKNOWN" } else { "APPLICATION" })
    }

    /// Whether nobody can say how the call ended: LOST or SESSION_RESET.
    pub fn is_lost(&self) -> bool {
        matches!(self.code, LOST | SESSION_RESET)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        for violation in self.violations.iter().take(3) {
            write!(f, "; {} {}", violation.pointer, violation.message)?;
        }
        if self.may_have_run {
            write!(f, "; the action may have run")?;
        }
        Ok(())
    }
}

/// What `main` prints of it: the number, and everything that a person reads.
impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.code)?;
        match &self.correlation {
            Some(correlation) => write!(f, "; logged as {correlation}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CallError {}

/// The peer broke a rule: the connection closes with the code.
#[derive(Debug)]
pub(crate) struct Breach {
    pub code: u16,
    pub rule: &'static str,
}

pub(crate) const PROTOCOL: u16 = 4500;
pub(crate) const CLOSE_TOO_LARGE: u16 = 4505;

pub(crate) fn breach<T>(rule: &'static str) -> Result<T, Breach> {
    Err(Breach { code: PROTOCOL, rule })
}

pub(crate) fn too_large<T>(rule: &'static str) -> Result<T, Breach> {
    Err(Breach { code: CLOSE_TOO_LARGE, rule })
}
