//! Frames on their way: queues, credit, fragments, the window and the log for a replay (sections 9.6, 10, 12 and 13).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::error::{breach, Breach};
use crate::greeting::Limits;
use crate::wire::{uvarint_size, Out, ASSEMBLY_LIMIT, COUNTER, DEFINE, ERROR, INVOKE, PART, RESERVE};

/// Items that a producer may have queued before it waits.
pub(crate) const QUEUED: usize = 4;

/// Stream that a queue belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Stream 0: DEFINE and EVENT.
    Zero,
    /// A call of this side.
    Call(u64),
    /// A run of an own action.
    Run(u64),
}

/// A payload to send with the frame that ends it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub kind: u8,
    pub head: Vec<u8>,
    pub payload: Vec<u8>,
    pub end: bool,
    pub meta: Option<Vec<u8>>,
    /// Whether a producer waits for its place.
    pub slot: bool,
    pub offset: usize,
}

impl Item {
    /// Items cost credit, ends and reports do not.
    fn costs(&self) -> bool {
        (9..=11).contains(&self.kind) && !self.payload.is_empty()
    }
}

/// Queue of one stream.
pub(crate) struct Chan {
    pub stream: u32,
    pub credit: Option<u64>,
    pub queue: VecDeque<Item>,
    pub opened: bool,
    pub slots: Arc<Semaphore>,
    reserved: usize,
    ringed: bool,
}

impl Chan {
    pub fn new(stream: u32, credit: Option<u64>, opened: bool) -> Self {
        let slots = Arc::new(Semaphore::new(QUEUED));
        Chan { stream, credit, queue: VecDeque::new(), opened, slots, reserved: 0, ringed: false }
    }

    fn sendable(&self) -> bool {
        let credit = self.credit != Some(0);
        self.opened && self.queue.front().is_some_and(|item| !item.costs() || item.offset > 0 || credit)
    }
}

/// Numbers and held frames of this direction.
#[derive(Default)]
pub(crate) struct Log {
    pub tx: u64,
    pub acked: u64,
    pub bytes: usize,
    /// Last number that was sent on the present connection.
    pub sent: u64,
    held: VecDeque<Out>,
}

impl Log {
    pub fn acknowledge(&mut self, rx: u64) -> Result<bool, Breach> {
        if rx < self.acked || rx > self.sent {
            return Err(Breach { code: 4003, rule: "ACK goes back, or beyond what was sent" });
        }
        let moved = rx > self.acked;
        while self.acked < rx {
            self.acked += 1;
            self.bytes -= self.held.pop_front().map_or(0, |frame| frame.size());
        }
        Ok(moved)
    }
}

/// All queues, and the choice of the next frame.
#[derive(Default)]
pub(crate) struct Outbox {
    pub peer: Limits,
    pub log: Log,
    pub chans: HashMap<Key, Chan>,
    pub openings: VecDeque<u64>,
    pub opening: Option<u64>,
    prompt: VecDeque<Out>,
    ring: VecDeque<Key>,
    defines: usize,
    reserved: usize,
}

/// What sending a frame has brought about.
pub(crate) enum Sent {
    Frame(Out),
    /// The frame closed the stream of a run.
    Closing(Out, u64),
}

impl Outbox {
    pub fn clear(&mut self) {
        for chan in self.chans.values() {
            chan.slots.close();
        }
        *self = Outbox { peer: self.peer.clone(), ..Outbox::default() };
        self.chans.insert(Key::Zero, Chan::new(0, None, true));
    }

    pub fn prompt(&mut self, frame: Out) {
        self.prompt.push_back(frame);
    }

    /// Gives up what waits in the prompt lane if there is more of it than that.
    pub fn crowded(&mut self, most: usize) -> bool {
        let crowded = self.prompt.len() > most;
        if crowded {
            self.prompt = VecDeque::new();
        }
        crowded
    }

    pub fn put(&mut self, key: Key, item: Item) {
        if let Some(chan) = self.chans.get_mut(&key) {
            self.defines += usize::from(item.kind == DEFINE);
            chan.queue.push_back(item);
            self.ready(key);
        }
    }

    fn ready(&mut self, key: Key) {
        if let Some(chan) = self.chans.get_mut(&key) {
            if !chan.ringed && chan.sendable() {
                chan.ringed = true;
                self.ring.push_back(key);
            }
        }
    }

    pub fn credit(&mut self, key: Key, items: u64) -> Result<(), Breach> {
        if let Some(credit) = self.chans.get_mut(&key).and_then(|chan| chan.credit.as_mut()) {
            *credit += items;
            if *credit > COUNTER {
                return breach("credit of 2^53 or more");
            }
            self.ready(key);
        }
        Ok(())
    }

    /// Forgets a queue; its producers go on, and learn that the stream is closed.
    pub fn drop(&mut self, key: Key) -> Option<Chan> {
        let chan = self.chans.remove(&key)?;
        self.reserved -= chan.reserved;
        self.ring.retain(|other| *other != key);
        chan.slots.close();
        if let Key::Call(id) = key {
            self.openings.retain(|other| *other != id);
            if self.opening == Some(id) {
                self.opening = None;
            }
        }
        Some(chan)
    }

    /// Begins a connection that resumes: everything that is held beyond `rx` goes out again.
    pub fn replay(&mut self, rx: u64) -> Result<Vec<Out>, Breach> {
        self.log.sent = self.log.tx;
        self.log.acknowledge(rx)?;
        self.log.sent = rx;
        Ok(self.log.held.iter().cloned().collect())
    }

    /// Gives the next frame of at most `budget` bytes, with its number.
    pub fn next(&mut self, budget: usize) -> Option<Sent> {
        let room = self.peer.window.saturating_sub(self.log.bytes);
        if let Some(first) = self.prompt.front() {
            if first.size() > budget.min(self.peer.window + RESERVE - self.log.bytes.min(self.peer.window + RESERVE)) {
                return None;
            }
            let frame = self.prompt.pop_front()?;
            return Some(Sent::Frame(self.numbered(frame)));
        }
        let room = room.min(budget);
        if self.defines > 0 {
            return self.piece(Key::Zero, room);
        }
        if let Some(id) = self.opening {
            let key = Key::Call(id);
            if !self.blocked(key) {
                let sent = self.piece(key, room)?;
                self.opening = None;
                if let Some(chan) = self.chans.get_mut(&key) {
                    chan.opened = true;
                }
                self.ready(key);
                return Some(sent);
            }
        }
        for _ in 0..self.ring.len() {
            let key = *self.ring.front()?;
            if !self.blocked(key) {
                let sent = self.piece(key, room)?;
                if self.ring.front() == Some(&key) {
                    self.ring.pop_front();
                    if let Some(chan) = self.chans.get_mut(&key) {
                        chan.ringed = false;
                    }
                    self.ready(key);
                }
                return Some(sent);
            }
            self.ring.rotate_left(1);
        }
        None
    }

    fn overhead(&self, chan: &Chan, item: &Item) -> usize {
        let meta = item.meta.as_ref().map_or(0, |meta| meta.len() + 2);
        1 + uvarint_size(chan.stream.into()) + uvarint_size(self.peer.frame as u64) + meta + item.head.len()
    }

    /// Whether what is left of an item goes into its real frame; that one leaves as it is when there is nothing to split off.
    fn fits(&self, chan: &Chan, item: &Item) -> bool {
        let left = item.payload.len() - item.offset;
        left == 0 || self.overhead(chan, item) + left <= self.peer.frame
    }

    /// Whether a payload in pieces has to wait, because too many bytes of others are under way.
    fn blocked(&self, key: Key) -> bool {
        let Some((chan, item)) = self.chans.get(&key).and_then(|chan| Some((chan, chan.queue.front()?))) else {
            return true;
        };
        item.offset == 0 && !self.fits(chan, item) && self.reserved + item.payload.len() > ASSEMBLY_LIMIT
    }

    fn piece(&mut self, key: Key, room: usize) -> Option<Sent> {
        let chan = self.chans.get(&key)?;
        let item = chan.queue.front()?;
        if !self.fits(chan, item) {
            let most = self.peer.frame - self.overhead(chan, &Item { kind: PART, ..Item::default() });
            // Metadata and head do not count for a PART: it may take all that is left, and the real frame has no bytes then.
            let end = (item.offset + most).min(item.payload.len());
            let frame = Out::new(PART, chan.stream, &item.payload[item.offset..end], false, None);
            if frame.size() > room {
                return None;
            }
            let chan = self.chans.get_mut(&key)?;
            let item = chan.queue.front_mut()?;
            if item.offset == 0 {
                chan.reserved = item.payload.len();
                self.reserved += chan.reserved;
                if item.costs() {
                    chan.credit = chan.credit.map(|credit| credit - 1);
                }
            }
            item.offset = end;
            return Some(Sent::Frame(self.numbered(frame)));
        }
        let body = [item.head.as_slice(), &item.payload[item.offset..]].concat();
        let frame = Out::new(item.kind, chan.stream, &body, item.end, item.meta.as_deref());
        if frame.size() > room {
            return None;
        }
        let chan = self.chans.get_mut(&key)?;
        let item = chan.queue.pop_front()?;
        if item.offset == 0 && item.costs() {
            chan.credit = chan.credit.map(|credit| credit - 1);
        }
        self.reserved -= std::mem::take(&mut chan.reserved);
        if item.slot {
            chan.slots.add_permits(1);
        }
        self.defines -= usize::from(item.kind == DEFINE);
        if key == Key::Zero && chan.ringed && chan.queue.is_empty() && self.ring.front() != Some(&key) {
            chan.ringed = false;
            self.ring.retain(|other| *other != key);
        }
        let frame = self.numbered(frame);
        Some(match key {
            Key::Run(id) if item.end || item.kind == ERROR => Sent::Closing(frame, id),
            _ => Sent::Frame(frame),
        })
    }

    fn numbered(&mut self, frame: Out) -> Out {
        self.log.tx += 1;
        self.log.sent = self.log.tx;
        self.log.bytes += frame.size();
        self.log.held.push_back(frame.clone());
        frame
    }

    /// Whether the INVOKE of a call has not left: then the action has certainly not run.
    pub fn unsent(&self, id: u64) -> bool {
        self.chans
            .get(&Key::Call(id))
            .is_some_and(|chan| chan.stream == 0 || chan.queue.front().is_some_and(|item| item.kind == INVOKE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{join, Frames, BYTES, EVENT};

    /// Sends an item, and gives its payload as the other side puts it together.
    fn sent(kind: u8, head: usize, meta: usize, size: usize) -> Vec<u8> {
        let (key, stream) = if matches!(kind, DEFINE | EVENT) { (Key::Zero, 0) } else { (Key::Run(1), 2) };
        let mut outbox = Outbox { peer: Limits::default(), ..Outbox::default() };
        outbox.chans.insert(key, Chan::new(stream, None, true));
        let payload: Vec<u8> = (0..size).map(|index| index as u8).collect();
        let meta = (meta > 0).then(|| vec![7; meta]);
        let end = kind == INVOKE;
        outbox.put(key, Item { kind, head: vec![7; head], payload, end, meta, ..Item::default() });
        let mut put = Vec::new();
        while let Some(Sent::Frame(frame) | Sent::Closing(frame, _)) = outbox.next(65_536) {
            let message = join(&[frame]);
            let frame = Frames::new(&message, outbox.peer.frame).next().unwrap().unwrap();
            let skip = if frame.kind == PART { 0 } else { head };
            assert!(frame.kind == kind || frame.kind == PART && !frame.body.is_empty());
            put.extend_from_slice(&frame.body[skip..]);
        }
        assert_eq!(outbox.reserved, 0);
        put
    }

    #[test]
    fn payloads_of_all_sizes_about_the_size_of_a_frame_go_out() {
        let frame = Limits::default().frame;
        for (kind, head, meta) in [(INVOKE, 12, 90), (BYTES, 0, 0), (EVENT, 12, 0), (DEFINE, 12, 0)] {
            for size in (frame - 200..frame + 5).chain(2 * frame - 200..2 * frame + 5) {
                let expected: Vec<u8> = (0..size).map(|index| index as u8).collect();
                assert!(sent(kind, head, meta, size) == expected, "frame type {kind}, {size} bytes");
            }
        }
    }
}
