//! Another token before the present one expires (protocol section 17.5). Where that does not work out, the server closes the
//! connection in time, and the next one has another token.

use std::time::Duration;

use serde_json::{json, Value};

use crate::core::{Core, Timer};
use crate::mailbox::Command;
use crate::retry::random;
use crate::stream::CallBuilder;
use crate::wire::NUMBER;

/// Time for the answer: the call keeps an agent alive whose last handle is gone.
const ANSWER: Duration = Duration::from_secs(10);

/// Time between two renewals at least, whatever the server says.
const LEAST: Duration = Duration::from_secs(1);

impl Core {
    /// The server knows a token that expires in so many milliseconds; 0: it does not, or there is no connection.
    pub fn renew_before(&mut self, expires: u64) {
        self.forget_timer(Timer::Renew);
        if let Some(task) = self.renewing.take() {
            task.abort();
        }
        if expires > 0 && self.settings.supplier.is_some() {
            // Between 70 and 90 % of its time: agents that began together do not come together.
            let wait = Duration::from_millis(expires * 7 / 10) + random(expires / 5);
            self.later(wait.max(LEAST), Timer::Renew);
        }
    }

    /// Asks for a token, and shows it to the server.
    pub fn renew(&mut self) {
        let Some(supplier) = self.settings.supplier.clone() else { return };
        let (weak, buffered) = (self.commands.clone(), self.buffered.clone());
        let task = tokio::spawn(async move {
            let Some(token) = supplier().await else { return };
            let Some(commands) = weak.upgrade() else { return };
            let call = CallBuilder::internal(commands, "as.authenticate", buffered).idempotent(false).timeout(ANSWER);
            let Ok(answer) = call.args(json!({"token": token})).value::<Value>().await else { return };
            let expires = answer["expires"].as_u64().filter(|expires| *expires <= NUMBER).unwrap_or_default();
            if let Some(commands) = weak.upgrade() {
                let _ = commands.send(Command::Renewed(expires));
            }
        });
        self.renewing = Some(task.abort_handle());
    }
}
