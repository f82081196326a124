//! State of the connection, and changes of the server's catalog, as applications see them.

use serde_json::Value;

/// State of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no connection, and the client tries.
    Connecting,
    /// WELCOME has come.
    Connected,
    /// The server refuses this client.
    Refused,
    /// The client was closed.
    Closed,
}

/// Change of the server's catalog.
#[derive(Clone, Debug)]
pub struct Change {
    /// Name of the action.
    pub name: String,
    /// Its descriptor, `None` if it is gone. Treat it as untrusted.
    pub descriptor: Option<Value>,
}
