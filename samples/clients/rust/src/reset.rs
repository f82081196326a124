//! WELCOME: a new session, a resumed one, or a reset that sorts the open calls (protocol section 11.3).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use crate::call::{Phase, REPEATS};
use crate::core::{Core, Timer};
use crate::error::*;
use crate::greeting::{read_welcome, Welcome};
use crate::mailbox::Action;
use crate::outbox::Key;
use crate::wire::*;

impl Core {
    pub fn greeted(&mut self, frame: &Frame) -> Result<(), Breach> {
        if frame.kind != WELCOME {
            return breach("the first frame of the server is not WELCOME");
        }
        let welcome = read_welcome(self.settings.codec, frame.body)?;
        if self.resumes == (welcome.status == "new") {
            return breach("WELCOME does not answer this HELLO");
        }
        let before = self.welcome.take();
        let log = &self.outbox.log;
        if welcome.status == "resumed" {
            let fits = before.is_some_and(|old| old.session == welcome.session && old.log == welcome.log)
                && welcome.next == self.rx + 1
                && (log.acked..=log.tx).contains(&welcome.rx);
            if !fits {
                return Err(Breach { code: 4003, rule: "WELCOME does not fit the session" });
            }
            let rx = welcome.rx;
            self.attach(welcome);
            self.replay = self.outbox.replay(rx)?.into();
            self.told = self.rx;
            self.rx_bytes = 0;
            self.ack_now = true;
            self.subscribe();
        } else {
            if (welcome.rx, welcome.next) != (0, 1) {
                return breach("WELCOME of a new log has numbers");
            }
            let same = before.is_some_and(|old| old.session == welcome.session);
            self.ack_now = welcome.status == "reset";
            self.attach(welcome);
            self.restart(same);
        }
        Ok(())
    }

    fn attach(&mut self, welcome: Welcome) {
        self.attempt = 0;
        self.connected = true;
        self.outbox.peer = welcome.limits.bounded();
        self.catalog = welcome.catalog.clone();
        self.renew_before(welcome.expires);
        self.welcome = Some(welcome);
        self.moved = Instant::now();
        self.forget_timer(Timer::Expire);
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(Ok(()));
        }
    }

    /// The session is gone by this side's own clock.
    pub fn expire(&mut self) {
        if self.welcome.take().is_some() {
            self.restart(false);
        }
    }

    /// Begins new number sequences, and sorts the open calls (protocol section 11.3).
    fn restart(&mut self, same_session: bool) {
        let runs: Vec<u64> = self.runs.keys().copied().collect();
        for run in runs {
            self.abandon(run, true);
        }
        if !same_session {
            self.keys.clear();
            self.key_order.clear();
        }
        let mut open: Vec<(u32, u64)> = self.own.drain().collect();
        open.sort_unstable();
        let unsent: HashSet<u64> = self.calls.keys().copied().filter(|id| self.outbox.unsent(*id)).collect();
        let waiting: Vec<u64> = self.outbox.openings.iter().copied().collect();
        let mut kept = HashMap::new();
        for id in &unsent {
            if let Some(chan) = self.outbox.chans.remove(&Key::Call(*id)) {
                kept.insert(*id, chan);
            }
        }
        self.outbox.clear();
        (self.rx, self.told, self.rx_bytes) = (0, 0, 0);
        (self.next_stream, self.highest) = (1, 0);
        self.pending.clear();
        self.refused.clear();
        self.parts.clear();
        self.parts_total = 0;
        self.names.clear();
        self.aliases.clear();
        self.own_aliases.clear();
        self.own_names.clear();
        self.next_alias = 16;
        for id in open.into_iter().map(|(_, id)| id).chain(waiting) {
            let sent = !unsent.contains(&id);
            if !sent && self.calls.get(&id).is_some_and(|call| call.repeats == 0) {
                self.requeue(id, kept.remove(&id));
            } else {
                self.again(id, same_session, sent);
            }
        }
        if self.connected {
            let actions: Vec<Arc<Action>> = self.actions.values().cloned().collect();
            actions.iter().for_each(|action| self.announce(action));
            // What was not answered is a call that is made again, or fails.
            self.subscribed.retain(|_, answered| !*answered);
            self.resets += 1;
            self.subscribe();
        }
    }

    /// Judges a call that was sent, or that waits to be made again: the session that knows its key may be gone by now.
    fn again(&mut self, id: u64, same_session: bool, sent: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let repeatable = call.phase != Phase::Cancelling
            && call.whole
            && call.parent == 0
            && !call.given
            && (!sent || call.repeats < REPEATS)
            && self.settings.repeat
            && call.idempotent != Some(false);
        if !repeatable {
            let error = CallError::new(SESSION_RESET, "the session was lost while the call was open");
            return self.end_call(id, Err(error.may_have_run()));
        }
        call.repeats += u32::from(sent);
        call.stream = 0; // another call may have it from now on
        if call.idempotent == Some(true) || same_session && call.key.is_some() {
            self.requeue(id, None);
        } else {
            self.ask_again(id);
        }
    }

    /// Ends everything: the client was closed, or the server refuses it.
    pub fn shut(&mut self, error: CallError) {
        self.detach();
        let ids: Vec<u64> = self.calls.keys().chain(self.held.keys()).copied().collect();
        for id in ids {
            let unsent = self.outbox.unsent(id);
            let error = if unsent { error.clone() } else { error.clone().may_have_run() };
            self.end_call(id, Err(error));
        }
        let runs: Vec<u64> = self.runs.keys().copied().collect();
        for run in runs {
            self.abandon(run, false);
        }
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(Err(error.clone()));
        }
        self.listeners.clear();
        self.wanted.clear();
        self.changes.clear();
        self.timers.clear();
        self.closed = Some(error);
    }
}
