//! Commands of handles and action tasks, and what is done at points in time (protocol sections 14 to 16).

use std::time::Duration;

use tokio::time::Instant;

use crate::calls::too_late;
use crate::core::{Core, Timer, LEFT};
use crate::error::*;
use crate::mailbox::Command;

const ANSWER: Duration = Duration::from_secs(10);
const WINDOW_STANDS: Duration = Duration::from_secs(60);

impl Core {
    /// Takes a command; `true`: the client is closed and nothing is connected.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Call(new) => self.new_call(*new),
            Command::Close(closer) => {
                let first = self.closers.is_empty();
                self.closers.push(closer);
                if self.connected && first {
                    self.say_goodbye();
                }
                return !self.connected;
            }
            Command::Connected(waiter) => {
                if let Some(error) = &self.closed {
                    let _ = waiter.send(Err(error.clone()));
                } else if self.connected {
                    let _ = waiter.send(Ok(()));
                } else {
                    self.waiters.push(waiter);
                }
            }
            Command::Unavailable(asker) => drop(asker.send(self.unavailable())),
            Command::Renewed(expires) if self.connected => self.renew_before(expires),
            Command::Renewed(_) => {}
            Command::Emit(name, payload, done) => {
                let _ = done.send(self.emit(&name, payload));
            }
            Command::Listen(name, listener) => self.listen(name, listener),
            Command::Unlisten(name) => self.unlisten(name),
            Command::Subscribed(add, remove, resets, error) => self.answered(add, remove, resets, error),
            Command::Changes(listener) => self.changes.push(listener),
            Command::Offer(action) => {
                self.actions.insert(action.name.clone(), action.clone());
                if self.connected {
                    self.announce(&action);
                }
            }
            Command::Withdraw(name) => {
                if self.actions.remove(&name).is_some() {
                    if let Some(alias) = self.own_aliases.remove(&name) {
                        self.own_names.remove(&alias);
                    }
                    if self.connected {
                        self.define(0, &name, Vec::new());
                    }
                }
            }
            Command::RunItem(..) | Command::RunProgress(..) | Command::RunConsumed(..) | Command::RunDone(..) => {
                self.run_command(command);
            }
            _ => self.call_command(command),
        }
        false
    }

    pub fn next_timer(&self) -> Instant {
        let first = self.timers.keys().next().map(|(at, _)| *at);
        first.unwrap_or_else(|| Instant::now() + Duration::from_secs(3_600))
    }

    /// Does what is due.
    pub fn fire(&mut self) {
        let now = Instant::now();
        while let Some(entry) = self.timers.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Timer::CallDeadline(id) => {
                    let first = self.calls.get(&id).is_some_and(|call| call.repeats == 0);
                    self.give_up(id, too_late(first && self.outbox.unsent(id)));
                }
                Timer::CallWait(id) if self.outbox.openings.contains(&id) => {
                    if !self.connected || self.parting.is_some() {
                        self.end_call(id, Err(self.unavailable()));
                    } else if self.draining {
                        // There is a better connection to be had than one of a server that leaves.
                        self.leave_server();
                    }
                }
                Timer::CallWait(_) => {}
                Timer::RunDeadline(id) => {
                    if let Some(stream) = self.runs.get(&id).map(|run| run.stream) {
                        self.refuse(stream, CallError::new(DEADLINE_EXCEEDED, "the time is over"));
                    }
                }
                Timer::Ack => self.ack_now(),
                Timer::Watch => self.fire_watch(),
                Timer::Renew => self.renew(),
                Timer::Leave => self.leave_server(),
                Timer::Goodbye => self.close = Some((1000, "closed".into())),
                Timer::Expire if self.greeting => self.later(Duration::from_millis(100), Timer::Expire),
                Timer::Expire if !self.connected => self.expire(),
                Timer::Expire => {}
            }
        }
    }

    fn leave_server(&mut self) {
        self.close = Some((LEFT, "the server leaves".into()));
    }

    /// Looks for silence, and for a window that does not move.
    pub fn fire_watch(&mut self) {
        let Some(welcome) = &self.welcome else { return };
        let silence = Duration::from_millis(welcome.keepalive) + ANSWER;
        let log = &self.outbox.log;
        if log.acked != self.seen_ack || log.bytes == 0 {
            (self.seen_ack, self.moved) = (log.acked, Instant::now());
        }
        if self.heard.elapsed() >= silence {
            self.close = Some((4001, "the server is silent".into()));
        } else if self.moved.elapsed() >= WINDOW_STANDS {
            self.close = Some((4002, "the server does not take what is sent".into()));
        } else {
            let left = silence.saturating_sub(self.heard.elapsed()).max(silence / 4);
            self.later(left, Timer::Watch);
        }
    }
}
