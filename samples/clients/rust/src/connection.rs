//! The one task that connects, moves messages, resumes and gives up (protocol sections 3, 14, 15 and 16).

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout, Instant};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::core::{Core, Timer, LEFT};
use crate::dial::{dial, End, Plan, Socket};
use crate::error::*;
use crate::mailbox::Command;
use crate::retry::{later, random};
use crate::state::State;
use crate::token::Token;

/// Time that the server has to take a close frame and answer it.
const CLOSING: Duration = Duration::from_secs(2);
/// The same where the server broke the rules of WebSocket: it may never read, and its answer is of no use.
const BROKEN: Duration = Duration::from_millis(250);
/// An attempt takes at most 2 to the power of this times the time that is set.
const MAX_DOUBLINGS: u32 = 2;
const CONTROL_FRAMES: u32 = 256;

pub(crate) async fn supervise(mut core: Core, mut commands: mpsc::UnboundedReceiver<Command>, plan: Plan) {
    let refusal = Supervisor::new(plan).run(&mut core, &mut commands).await;
    let (state, error) = match refusal {
        Some(text) => (State::Refused, CallError::new(UNAVAILABLE, text)),
        None => (State::Closed, CallError::new(CANCELLED, "the client is closed")),
    };
    core.shut(error);
    core.states.send_replace(state);
    for closer in core.closers.drain(..) {
        let _ = closer.send(());
    }
    while let Some(command) = commands.recv().await {
        if core.command(command) {
            core.states.send_replace(State::Closed);
            for closer in core.closers.drain(..) {
                let _ = closer.send(());
            }
        }
    }
}

struct Supervisor {
    plan: Plan,
    outage: Instant,
    doubtful: Option<Instant>,
    sequence: u32,
    lost: Option<Instant>,
    /// Times before which an address is left alone (Retry-After).
    not_before: HashMap<String, Instant>,
    /// Attempts by address that it has not answered in time, since the latest connection.
    late: HashMap<String, u32>,
}

impl Supervisor {
    fn new(plan: Plan) -> Self {
        let (not_before, late) = Default::default();
        Supervisor { plan, outage: Instant::now(), doubtful: None, sequence: 0, lost: None, not_before, late }
    }

    /// Time until the first address may be tried again.
    fn earliest(&self) -> Duration {
        let now = Instant::now();
        let left = |uri| self.not_before.get(uri).map_or(Duration::ZERO, |at: &Instant| at.duration_since(now));
        self.plan.uris.iter().map(left).min().unwrap_or_default()
    }

    /// Time that the next attempt may take. A server that has too much to do works for each attempt, and for nobody if all
    /// give up before it is done.
    fn patience(&self, uri: &str) -> Duration {
        let late = self.late.get(uri).copied().unwrap_or_default();
        self.plan.open_timeout.saturating_mul(2_u32.pow(late.saturating_sub(1).min(MAX_DOUBLINGS)))
    }

    /// Gives the reason of a refusal, or `None` when the client was closed.
    async fn run(&mut self, core: &mut Core, commands: &mut mpsc::UnboundedReceiver<Command>) -> Option<String> {
        loop {
            let mut end = End { text: "there is no address".into(), ..End::default() };
            for uri in self.plan.uris.clone() {
                if self.not_before.get(&uri).is_some_and(|at| *at > Instant::now()) {
                    continue;
                }
                core.states.send_replace(State::Connecting);
                end = self.attempt(core, commands, &uri).await?;
                core.failure = format!("{uri}: {}", end.text);
                if end.late {
                    *self.late.entry(uri.clone()).or_default() += 1;
                }
                if let Some(after) = end.retry_after {
                    self.not_before.insert(uri, Instant::now() + after);
                }
                if end.lasted.is_some() || self.is_final(&end) {
                    break;
                }
            }
            if end.lasted.is_some() && !core.closers.is_empty() {
                return None;
            }
            if self.judge(core, &end) {
                return Some(core.failure.clone());
            }
            core.states.send_replace(State::Connecting);
            let wait = self.wait(&end);
            drive(core, commands, tokio::time::sleep(wait)).await?;
        }
    }

    /// Makes an attempt, and moves messages until the connection ends; `None`: the client was closed meanwhile.
    async fn attempt(
        &mut self,
        core: &mut Core,
        commands: &mut mpsc::UnboundedReceiver<Command>,
        uri: &str,
    ) -> Option<End> {
        let begin = Instant::now();
        let (limit, patience) = (core.settings.limits.message, self.patience(uri));
        let dialing = dial(uri, &self.plan, core.settings.codec.protocol(), limit);
        let socket = match drive(core, commands, timeout(patience, dialing)).await? {
            Err(_) => {
                // Several addresses: one that answers nothing must not delay the others.
                let late = self.plan.uris.len() == 1;
                return Some(End { text: "no answer in time".into(), late, ..End::default() });
            }
            Ok(Err(end)) => return Some(end),
            Ok(Ok(socket)) => socket,
        };
        core.greeting = true;
        let left = patience.saturating_sub(begin.elapsed()).max(Duration::from_millis(100));
        let mut welcomed = None;
        let mut end = converse(core, commands, socket, left, &mut welcomed).await;
        core.greeting = false;
        if let Some(code) = core.parting {
            // The server has said that this is the end; how the connection ends does not matter.
            let ended = format!("the server has ended the session with {code}: {}", end.text);
            end = End { text: ended, code: Some(code), ..End::default() };
        }
        core.detach();
        end.lasted = welcomed.map(|at: Instant| at.elapsed());
        if welcomed.is_some() {
            self.lost = Some(Instant::now());
            self.doubtful = None;
            self.late.clear();
            if let Some(welcome) = &core.welcome {
                core.later(Duration::from_millis(welcome.ttl), Timer::Expire);
            }
        }
        if end.lasted.is_none() && !core.closers.is_empty() {
            return None;
        }
        Some(end)
    }

    fn judge(&mut self, core: &mut Core, end: &End) -> bool {
        let now = Instant::now();
        if let Some(lasted) = end.lasted {
            let longer = |keepalive| lasted > Duration::from_millis(keepalive);
            let long = core.welcome.as_ref().is_some_and(|welcome| longer(welcome.keepalive));
            self.outage = if long { now } else { self.outage + lasted };
        }
        if end.code == Some(4003) {
            self.sequence += 1;
            if self.sequence >= 2 {
                core.welcome = None;
            }
        } else {
            self.sequence = 0;
        }
        self.is_final(end)
    }

    fn is_final(&mut self, end: &End) -> bool {
        let supplied = matches!(self.plan.token, Token::Supplier(_));
        let doubtful = matches!(end.status, Some(404 | 200..=399))
            || supplied && (end.status == Some(401) || end.code == Some(4501));
        if doubtful {
            let since = *self.doubtful.get_or_insert_with(Instant::now);
            return since.elapsed() >= self.plan.refusal_timeout;
        }
        match (end.status, end.code) {
            (Some(status), _) => (400..500).contains(&status) && !matches!(status, 408 | 425 | 429),
            (None, Some(code)) => (4500..5000).contains(&code) || code == 1009,
            (None, None) => false,
        }
    }

    fn wait(&self, end: &End) -> Duration {
        let most = self.plan.most_wait;
        let stood = end.lasted.is_some_and(|lasted| lasted > self.plan.least_wait);
        let beginning = if stood { self.plan.first_wait } else { self.plan.least_wait };
        let share = (self.outage.elapsed() / 4).clamp(beginning, most);
        let overloaded = matches!(end.code, Some(4006 | 4008));
        let least = if overloaded { Duration::from_secs(2) } else { Duration::ZERO };
        let asked = least.max(self.earliest());
        if stood && end.left {
            return Duration::ZERO;
        }
        // Clients that were refused together would come back together otherwise.
        let bound = asked.min(most).max(share.saturating_sub(asked));
        asked + random(bound.as_millis() as u64)
    }
}

/// Waits for something, and serves commands and timers meanwhile; `None`: the client was closed.
async fn drive<F: Future>(
    core: &mut Core,
    commands: &mut mpsc::UnboundedReceiver<Command>,
    future: F,
) -> Option<F::Output> {
    tokio::pin!(future);
    loop {
        let next = core.next_timer();
        tokio::select! {
            output = &mut future => return Some(output),
            command = commands.recv() => match command {
                Some(command) => if core.command(command) { return None },
                None => return None,
            },
            () = sleep_until(next) => core.fire(),
        }
    }
}

async fn converse(
    core: &mut Core,
    commands: &mut mpsc::UnboundedReceiver<Command>,
    socket: Socket,
    patience: Duration,
    welcomed: &mut Option<Instant>,
) -> End {
    let (mut sink, mut stream) = socket.split();
    let (outgoing, mut queued) = mpsc::channel::<Message>(1);
    let mut broken = None;
    let mut writer = tokio::spawn(async move {
        while let Some(message) = queued.recv().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
    });
    let hello = core.begin();
    let mut next = Some(hello);
    let mut deadline = later(patience);
    let mut control = (Instant::now(), 0);
    let end = loop {
        if let Some((code, text)) = core.close.take() {
            break End { text, code: Some(code), left: code == LEFT, ..End::default() };
        }
        if core.connected && welcomed.is_none() {
            *welcomed = Some(Instant::now());
            core.greeting = false;
            core.states.send_replace(State::Connected);
            core.fire_watch();
            if !core.closers.is_empty() {
                core.say_goodbye();
            }
        }
        if next.is_none() {
            next = core.take();
        }
        let timer = core.next_timer();
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Binary(bytes))) => if let Err(breach) = core.receive(&bytes) {
                    let text = format!("the server broke the protocol: {}", breach.rule);
                    break End { text, code: Some(breach.code), ..End::default() };
                },
                Some(Ok(Message::Text(_))) => {
                    let text = "the server broke the protocol: a text message".into();
                    break End { text, code: Some(PROTOCOL), ..End::default() };
                }
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.as_ref().map(|frame| frame.code.into());
                    let text = frame.map_or_else(String::new, |frame| frame.reason.to_string());
                    break End { text, code, ..End::default() };
                }
                Some(Ok(_)) => {
                    if control.0.elapsed() >= Duration::from_secs(1) {
                        control = (Instant::now(), 0);
                    }
                    control.1 += 1;
                    if control.1 > CONTROL_FRAMES {
                        break End { text: "too many control frames".into(), code: Some(4507), ..End::default() };
                    }
                }
                Some(Err(Error::Capacity(_))) => {
                    let text = "the server broke the protocol: a message is larger than its limit".into();
                    break End { text, code: Some(CLOSE_TOO_LARGE), ..End::default() };
                }
                Some(Err(error)) => {
                    broken = Some(if matches!(error, Error::Utf8(_)) { CloseCode::Invalid } else { CloseCode::Protocol });
                    break End { text: error.to_string(), ..End::default() };
                }
                None => break End { text: "the connection is gone".into(), ..End::default() },
            },
            permit = outgoing.reserve(), if next.is_some() => match permit {
                Ok(permit) => if let Some(message) = next.take() {
                    permit.send(Message::binary(message));
                },
                Err(_) => break End { text: "the connection is gone".into(), ..End::default() },
            },
            command = commands.recv() => match command {
                // A client that is closed while HELLO waits for its answer ends the session when WELCOME has come.
                Some(command) => if core.command(command) {
                    deadline = deadline.min(Instant::now() + CLOSING);
                },
                None if core.connected && core.closers.is_empty() => {
                    let (closer, _) = tokio::sync::oneshot::channel();
                    core.command(Command::Close(closer));
                }
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            () = sleep_until(timer) => core.fire(),
            () = sleep_until(deadline), if welcomed.is_none() => {
                break End { text: "no WELCOME in time".into(), code: Some(4001), late: true, ..End::default() };
            }
        }
    };
    let code = end.code.filter(|code| *code >= 1000 && !matches!(code, 1004..=1006 | 1015)).unwrap_or(4000);
    let close = CloseFrame { code: broken.unwrap_or(CloseCode::from(code)), reason: "".into() };
    let farewell = async {
        if outgoing.send(Message::Close(Some(close))).await.is_ok() {
            drop(outgoing);
            let _ = (&mut writer).await;
        }
    };
    let answer = async { while let Some(Ok(_)) = stream.next().await {} };
    let patience = if broken.is_some() { BROKEN } else { CLOSING };
    let _ = timeout(patience, async { tokio::join!(farewell, answer) }).await;
    // Both halves are gone after this, and with them the socket, whatever the server does.
    if !writer.is_finished() {
        writer.abort();
        let _ = writer.await;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_after_the_loss_of_a_connection_is_short() {
        let [first, base, cap] = [250, 1_000, 30_000].map(Duration::from_millis);
        let mut supervisor = Supervisor::new(Plan {
            uris: Vec::new(),
            token: Token::None,
            open_timeout: base,
            first_wait: first,
            least_wait: base,
            most_wait: cap,
            refusal_timeout: cap,
            #[cfg(feature = "tls")]
            tls: None,
        });
        let mut wait_after = |end: End, away: Duration| {
            let one = |_| {
                supervisor.outage = Instant::now() - away;
                supervisor.wait(&end)
            };
            (0..500).map(one).max().unwrap()
        };
        let end = |lasted: u64| End { lasted: Some(Duration::from_millis(lasted)), ..End::default() };
        // The random time before this side left the server was the wait; not where a server sends everybody away at once.
        let left = |lasted| End { code: Some(LEFT), left: true, ..end(lasted) };
        assert_eq!(wait_after(left(1_001), Duration::ZERO), Duration::ZERO);
        assert!(wait_after(left(999), Duration::ZERO) > base / 2);
        let mut wait = |lasted: Option<u64>, code, away: Duration| {
            wait_after(End { code, lasted: lasted.map(Duration::from_millis), ..End::default() }, away)
        };
        let none = Duration::ZERO;
        assert!((first * 4 / 5..=first).contains(&wait(Some(1_001), None, none)));
        assert!((base * 4 / 5..=base).contains(&wait(Some(999), None, none)));
        assert!((base * 4 / 5..=base).contains(&wait(None, None, none)));
        // A server that leaves has closed before this side did: all its clients come at once.
        assert!((first * 4 / 5..=first).contains(&wait(Some(1_001), Some(LEFT), none)));
        assert!(wait(Some(1_001), Some(4006), none) > base * 2);
        // A server that ends each connection after a while is met less and less often.
        assert!(wait(Some(1_001), None, base * 20) > base * 4);
    }
}
