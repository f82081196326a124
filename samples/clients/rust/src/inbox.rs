//! Events and changes that wait for a listener: bounded in number and in bytes.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::Stream;
use tokio::sync::mpsc;

/// What waits for a listener at most; the newest beyond are lost to it.
const QUEUED: usize = 256;
/// The same in bytes of the payloads, and of the values in them: one may have a mebibyte.
const QUEUED_BYTES: usize = 4 << 20;

#[derive(Default)]
struct Counts {
    bytes: AtomicUsize,
    missed: AtomicU64,
}

/// Events or changes of the server, also as a `Stream`. What comes while 256 of them, or 4 MiB, wait is lost; a single one
/// is never too large.
pub struct Inbox<T> {
    received: mpsc::Receiver<(T, usize)>,
    counts: Arc<Counts>,
}

/// The other end of an inbox.
pub(crate) struct Listener<T> {
    sender: mpsc::Sender<(T, usize)>,
    counts: Arc<Counts>,
}

pub(crate) fn inbox<T>() -> (Listener<T>, Inbox<T>) {
    let (sender, received) = mpsc::channel(QUEUED);
    let counts = Arc::new(Counts::default());
    (Listener { sender, counts: counts.clone() }, Inbox { received, counts })
}

impl<T> Inbox<T> {
    /// Waits for the next one; `None` when the client is closed and nothing is left.
    pub async fn recv(&mut self) -> Option<T> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    /// How many were lost, because nobody took them in time.
    pub fn missed(&self) -> u64 {
        self.counts.missed.load(Ordering::Relaxed)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.received.poll_recv(context).map(|next| {
            next.map(|(what, size)| {
                self.counts.bytes.fetch_sub(size, Ordering::Relaxed);
                what
            })
        })
    }
}

impl<T> Stream for Inbox<T>
where
    Self: Unpin,
{
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll(context)
    }
}

impl<T: Clone> Listener<T> {
    /// Gives it what has come, with the bytes of its payload; `false`: nobody listens any more.
    pub fn offer(&self, what: &T, size: usize) -> bool {
        let Counts { bytes, missed } = &*self.counts;
        let waiting = bytes.load(Ordering::Relaxed);
        match self.sender.try_reserve() {
            Ok(place) if waiting == 0 || waiting + size <= QUEUED_BYTES => {
                bytes.fetch_add(size, Ordering::Relaxed);
                place.send((what.clone(), size));
            }
            Err(mpsc::error::TrySendError::Closed(())) => return false,
            _ => drop(missed.fetch_add(1, Ordering::Relaxed)),
        }
        true
    }
}

impl<T> Listener<T> {
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    pub async fn closed(&self) {
        self.sender.closed().await;
    }
}

impl<T> Clone for Listener<T> {
    fn clone(&self) -> Self {
        Listener { sender: self.sender.clone(), counts: self.counts.clone() }
    }
}
