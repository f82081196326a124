//! The session without a connection: messages of a server go in, and what the server would get comes out.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicUsize;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{json, Value};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::call::Phase;
use crate::codec::{Codec, Metadata, Progress};
use crate::core::{Core, Settings, Timer};
use crate::error::*;
use crate::greeting::Limits;
use crate::inbox::inbox;
use crate::mailbox::{Action, Command};
use crate::payload::Payload;
use crate::state::State;
use crate::stream::{CallBuilder, CallStream};
use crate::wire::*;

const HOUR: Duration = Duration::from_secs(3_600);

/// A frame that the server has got: type, stream and body.
type Got = (u8, u32, Vec<u8>);

fn read(message: &[u8]) -> Vec<Got> {
    let mut frames = Frames::new(message, NUMBER as usize);
    let next = || frames.next().unwrap().map(|frame| (frame.kind, frame.stream, frame.body.to_vec()));
    std::iter::from_fn(next).collect()
}

struct Session {
    core: Core,
    sender: mpsc::UnboundedSender<Command>,
    commands: mpsc::UnboundedReceiver<Command>,
}

impl Session {
    fn new(actions: Vec<Action>, buffer: usize) -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        let settings = Settings {
            codec: Codec::Json,
            limits: Limits::default(),
            max_wait: Duration::from_secs(30),
            repeat: true,
            buffer,
            client: ("test".into(), "1".into()),
            supplier: None,
        };
        let actions: BTreeMap<_, _> = actions.into_iter().map(|one| (one.name.clone(), Arc::new(one))).collect();
        let states = watch::channel(State::Connecting).0;
        let core = Core::new(settings, sender.downgrade(), actions, HashMap::new(), states, Arc::default());
        let mut session = Session { core, sender, commands };
        session.welcome(json!({"status": "new"}));
        session
    }

    fn welcome(&mut self, mut body: Value) {
        for (key, value) in [("session", "s"), ("token", "t"), ("log", "l")] {
            body[key] = value.into();
        }
        self.core.begin();
        self.gets(WELCOME, 0, body.to_string().as_bytes(), false, None).unwrap();
    }

    fn gets(&mut self, kind: u8, stream: u32, body: &[u8], end: bool, meta: Option<&[u8]>) -> Result<(), Breach> {
        self.core.receive(&join(&[Out::new(kind, stream, body, end, meta)]))
    }

    fn call(&mut self, name: &str, arguments: Value) -> CallStream {
        let stream =
            CallBuilder::internal(self.sender.clone(), name, Arc::new(AtomicUsize::new(0))).args(arguments).stream();
        self.serve();
        stream
    }

    fn serve(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            self.core.command(command);
        }
    }

    /// Everything that is sent while the server acknowledges it.
    fn sent(&mut self) -> Vec<Got> {
        let mut got = Vec::new();
        while let Some(message) = self.core.take() {
            got.extend(read(&message));
            self.acknowledge();
        }
        got
    }

    fn acknowledge(&mut self) {
        let mut body = Vec::new();
        put_uvarint(&mut body, self.core.outbox.log.sent);
        self.gets(ACK, 0, &body, false, None).unwrap();
    }

    /// The stream of the INVOKE that is sent, and what it names.
    fn invoked(&mut self) -> Option<(u32, Vec<u8>)> {
        let sent = self.sent();
        sent.into_iter().find(|frame| frame.0 == INVOKE).map(|(_, stream, body)| (stream, body))
    }

    /// How a call has ended, if it has.
    fn end(&self, stream: &mut CallStream) -> Option<Result<(), CallError>> {
        use futures_util::{FutureExt, StreamExt};
        loop {
            match stream.next().now_or_never()? {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Some(Err(error)),
                None => return Some(Ok(())),
            }
        }
    }

    fn timer(&self, wanted: Timer) -> Option<Duration> {
        let found = self.core.timers.iter().find(|(_, timer)| **timer == wanted);
        found.map(|((at, _), _)| at.duration_since(Instant::now()))
    }

    /// The timers of calls that wait for a connection.
    fn waits(&self) -> Vec<(Instant, u64)> {
        let timers = self.core.timers.iter();
        timers.filter(|(_, timer)| matches!(timer, Timer::CallWait(_))).map(|(key, _)| *key).collect()
    }

    fn say_goaway(&mut self, code: u64, drain: u64, spread: u64) {
        let mut body = Vec::new();
        [code, drain, spread].into_iter().for_each(|number| put_uvarint(&mut body, number));
        self.gets(GOAWAY, 0, &body, false, None).unwrap();
    }
}

#[test]
fn a_server_that_asks_and_acknowledges_nothing_is_left() {
    let mut session = Session::new(Vec::new(), 1 << 20);
    let mut refusals = 0;
    for stream in 1..40_000 {
        while session.core.take().is_some() {}
        if let Err(breach) = session.gets(INVOKE, 2 * stream, &reference(0, "q"), true, None) {
            assert_eq!(breach.code, 4002);
            refusals = stream;
            break;
        }
    }
    assert!((10_000..25_000).contains(&refusals), "{refusals}");
    // What it was not told is gone, and the session with it: nobody may wait for it.
    session.core.detach();
    let hello = String::from_utf8(session.core.begin()).unwrap();
    assert!(!hello.contains("resume"), "{hello}");
    session.welcome(json!({"status": "new"}));
    assert!(session.sent().iter().all(|frame| frame.0 == ACK));
}

/// Calls an action whose alias is 16, or that has none.
fn calls(aliased: bool, arguments: Value) -> (Session, CallStream, u32) {
    let mut session = Session::new(Vec::new(), 1 << 20);
    if aliased {
        session.gets(DEFINE, 0, &[&[16, 4][..], b"test"].concat(), false, None).unwrap();
    }
    let call = session.call("test", arguments);
    let (stream, body) = session.invoked().unwrap();
    assert_eq!(body[0], if aliased { 32 } else { 9 });
    (session, call, stream)
}

#[test]
fn a_call_is_made_again_by_name_where_its_alias_is_not_bound() {
    let (mut session, mut call, stream) = calls(true, json!({}));
    session.gets(ERROR, stream, &[34, 1], false, None).unwrap();
    let (stream, body) = session.invoked().unwrap();
    assert_eq!(body, b"\x09test{}");
    session.gets(ERROR, stream, &[34, 1], false, None).unwrap();
    assert_eq!(session.end(&mut call).unwrap().unwrap_err().code, UNKNOWN_ALIAS);
}

#[test]
fn a_call_that_may_have_run_is_not_made_again_by_name() {
    for (name, aliased, item, flags) in [
        ("it has no alias", false, false, 1),
        ("an item has come", true, true, 1),
        ("the server says that it may have run", true, false, 3),
    ] {
        let (mut session, mut call, stream) = calls(aliased, json!({}));
        if item {
            session.gets(DATA, stream, b"1", false, None).unwrap();
        }
        session.gets(ERROR, stream, &[34, flags], false, None).unwrap();
        assert_eq!(session.invoked(), None, "{name}");
        assert_eq!(session.end(&mut call).unwrap().unwrap_err().code, UNKNOWN_ALIAS, "{name}");
    }
}

#[test]
fn calls_whose_alias_is_not_bound_take_no_room_of_others() {
    let mut session = Session::new(Vec::new(), 1 << 20);
    session.gets(DEFINE, 0, &[&[16, 4][..], b"test"].concat(), false, None).unwrap();
    for round in 0..8 {
        let _call = session.call("test", json!({"text": "x".repeat(900_000)}));
        let first = session.core.take().unwrap_or_else(|| panic!("round {round}: nothing is sent"));
        assert!(read(&first).iter().any(|frame| frame.0 == PART), "round {round}");
        session.acknowledge();
        let stream = session.core.next_stream - 2;
        session.gets(ERROR, stream, &[34, 1], false, None).unwrap();
        assert!(session.invoked().is_some(), "round {round}");
    }
}

#[test]
fn a_frame_that_is_larger_than_the_message_of_the_next_connection_passes_alone() {
    let mut session = Session::new(Vec::new(), 1 << 20);
    let _calls = [9_000, 10, 8_500].map(|size| session.call("test", json!({"text": "x".repeat(size)})));
    while session.core.take().is_some() {}
    session.core.detach();
    session.welcome(json!({"status": "resumed", "message": 8_192, "frame": 4_096}));
    let messages: Vec<usize> = std::iter::from_fn(|| session.core.take()).take(10).map(|m| m.len()).collect();
    assert!(matches!(messages[..], [9_000..=9_200, 10..=200, 8_500..=8_700, 1..=9]), "{messages:?}");
}

#[test]
fn a_server_that_leaves_does_not_keep_this_side_for_longer_than_an_hour() {
    for (drain, most) in [(0, HOUR), (2_000, Duration::from_secs(2)), (NUMBER, HOUR)] {
        for _ in 0..20 {
            let mut session = Session::new(Vec::new(), 1 << 20);
            session.say_goaway(4000, drain, NUMBER);
            assert!(session.timer(Timer::Leave).unwrap() <= most);
        }
    }
}

/// A call that is under way, and two that wait while the server leaves, one from before; their time is over.
fn waiting(code: u64) -> (Session, CallStream, [CallStream; 2]) {
    let mut session = Session::new(Vec::new(), 1 << 20);
    session.core.detach();
    session.welcome(json!({"status": "resumed", "streams": 1}));
    let running = session.call("test", json!({}));
    let before = session.call("test", json!({}));
    assert!(session.invoked().is_some());
    session.say_goaway(code, 60_000, 60_000);
    let after = session.call("test", json!({}));
    for _ in 0..100 {
        session.say_goaway(code, 60_000, 60_000);
    }
    assert_eq!(session.waits().len(), 2);
    for key in session.waits() {
        let timer = session.core.timers.remove(&key).unwrap();
        session.core.timers.insert((Instant::now(), key.1), timer);
    }
    session.core.fire();
    (session, running, [before, after])
}

#[test]
fn calls_that_wait_while_a_server_leaves_make_this_side_leave() {
    let (mut session, mut running, mut calls) = waiting(4000);
    assert_eq!(session.core.close.take().map(|close| close.0), Some(4000));
    assert!(calls.iter_mut().all(|call| session.end(call).is_none()));
    // Their time is that without a connection, which begins now.
    session.core.detach();
    assert!(session.waits().iter().all(|key| key.0 > Instant::now() + Duration::from_secs(20)));
    assert_eq!(session.waits().len(), 2);
    session.welcome(json!({"status": "resumed", "rx": 1}));
    let sent = session.sent();
    assert_eq!(sent.iter().filter(|frame| frame.0 == INVOKE).count(), 2, "{sent:?}");
    assert!(session.end(&mut running).is_none());
}

#[test]
fn calls_that_wait_while_a_server_ends_the_session_end() {
    let (session, mut running, mut calls) = waiting(4503);
    for call in &mut calls {
        let error = session.end(call).unwrap().unwrap_err();
        assert!(error.code == UNAVAILABLE && error.retryable && !error.may_have_run, "{error}");
    }
    assert!(session.core.close.is_none() && session.end(&mut running).is_none());
}

#[test]
fn a_server_that_ends_the_session_and_does_not_close_is_left() {
    let mut session = Session::new(Vec::new(), 1 << 20);
    session.say_goaway(4503, 5_000, NUMBER);
    assert_eq!(session.core.parting, Some(4503));
    let wait = session.timer(Timer::Leave).unwrap();
    assert!((8..=10).contains(&wait.as_secs()), "{wait:?}");
    session.say_goaway(4503, 7_200_000, 0);
    assert!(session.timer(Timer::Leave).unwrap() > HOUR, "it may take longer to end what runs");
    session.say_goaway(4000, 0, 0);
    assert_eq!(session.core.parting, None, "a further one replaces it");
}

#[test]
fn a_cancelled_call_keeps_no_arguments_and_the_server_no_number_of_them() {
    let mut session = Session::new(Vec::new(), 1 << 20);
    session.core.detach();
    session.welcome(json!({"status": "resumed", "streams": NUMBER}));
    assert_eq!(session.core.outbox.peer.streams, 10_000);
    let call = session.call("test", json!({"text": "x"}));
    assert!(session.invoked().is_some());
    drop(call);
    session.serve();
    let kept = session.core.calls.values().next().unwrap();
    assert!(kept.phase == Phase::Cancelling && kept.arguments.is_null());
}

#[test]
fn a_search_beyond_its_bounds_is_refused() {
    let mut session = Session::new(vec![Action::new("a", |_, _| async { Ok(Value::Null) })], 1 << 20);
    session.sent();
    let mut stream = 0;
    let mut find = |arguments: Value| {
        stream += 2;
        let body = [reference(2, ""), arguments.to_string().into_bytes()].concat();
        session.gets(INVOKE, stream, &body, true, None).unwrap();
        let (kind, _, body) = session.sent().into_iter().find(|frame| frame.1 == stream).unwrap();
        if kind == ERROR {
            u32::from(body[0])
        } else {
            0
        }
    };
    let text = |size| "ä".repeat(size);
    assert_eq!(find(json!({ "query": text(1_024) })), 0);
    assert_eq!(find(json!({ "query": text(1_025) })), INVALID_ARGUMENT);
    assert_eq!(find(json!({ "tags": vec!["a"; 32] })), 0);
    assert_eq!(find(json!({ "tags": vec!["a"; 33] })), INVALID_ARGUMENT);
    assert_eq!(find(json!({ "cursor": "0".repeat(512) })), 0);
    assert_eq!(find(json!({ "cursor": "0".repeat(513) })), INVALID_ARGUMENT);
}

#[tokio::test]
async fn values_count_for_what_they_hold_and_not_for_their_bytes_alone() {
    let hold = Action::new("hold", |context, given| async move {
        let _kept = (context, given);
        std::future::pending().await
    });
    let mut session = Session::new(vec![hold.with("items", json!({}))], 210_000);
    session.sent();
    let many = json!({ "a": vec![json!({}); 1_000] }).to_string(); // 3 kB, and 64 kB
    let body = [&reference(0, "hold")[..], many.as_bytes()].concat();
    for stream in [2, 4, 6] {
        session.gets(INVOKE, stream, &body, false, None).unwrap();
        assert!(!session.sent().iter().any(|frame| frame.0 == ERROR), "{stream}");
    }
    session.gets(DATA, 2, many.as_bytes(), false, None).unwrap();
    assert!(session.sent().iter().any(|frame| frame.0 == ERROR && frame.1 == 2), "an item");
    session.gets(INVOKE, 8, &body, true, None).unwrap();
    assert!(session.sent().iter().any(|frame| frame.0 == ERROR && frame.1 == 8), "arguments");
    let mut call = session.call("test", json!({}));
    let (stream, _) = session.invoked().unwrap();
    session.gets(DATA, stream, many.as_bytes(), false, None).unwrap();
    assert_eq!(session.end(&mut call).unwrap().unwrap_err().code, RESOURCE_EXHAUSTED, "an answer");

    let (listener, mut events) = inbox();
    session.core.listen("news".into(), listener);
    let event = [&reference(0, "news")[..], many.as_bytes()].concat();
    for _ in 0..100 {
        session.gets(EVENT, 0, &event, false, None).unwrap();
        session.sent();
    }
    assert!(events.missed() > 20, "{}", events.missed());
    assert!(events.recv().await.is_some());
    assert!(Payload::Text("x".into()).weight() == 0);
}

#[test]
fn what_credit_admits_of_honest_items_is_held() {
    let row: serde_json::Map<String, Value> = (0..20).map(|n| (format!("column{n}"), json!(n))).collect();
    let floats: Vec<f64> = (0..40_000).map(|n| f64::from(n) / 7.0).collect();
    let empty = json!(vec![json!({}); 100_000]); // an attack
    for (items, held) in [(json!(vec![row; 1_000]), true), (json!(floats), true), (empty, false)] {
        let mut session = Session::new(Vec::new(), 64 << 20);
        let mut call = session.call("test", json!({}));
        session.invoked().unwrap();
        let id = *session.core.calls.keys().next().unwrap();
        for _ in 0..32 {
            session.core.call_item(id, DATA, items.to_string().into_bytes(), false, Metadata::default());
        }
        let end = session.end(&mut call).map(|end| end.unwrap_err().code);
        assert_eq!(end, (!held).then_some(RESOURCE_EXHAUSTED));
    }
}

#[tokio::test]
async fn a_single_payload_is_never_too_large_once_decoded() {
    let many = json!({ "a": vec![json!({}); 1_000] }).to_string(); // 3 kB, and 64 kB
    let body = [&reference(0, "hold")[..], many.as_bytes()].concat();
    let fresh = || {
        let hold = Action::new("hold", |context, given| async move {
            let _kept = (context, given);
            std::future::pending().await
        });
        let mut session = Session::new(vec![hold.with("items", json!({}))], 50_000);
        session.sent();
        session
    };
    let refused = |session: &mut Session| session.sent().iter().any(|frame| frame.0 == ERROR);
    let mut session = fresh();
    for stream in [2, 4] {
        session.gets(INVOKE, stream, &body, true, None).unwrap();
        assert_eq!(refused(&mut session), stream == 4, "arguments of {stream}");
    }
    let mut session = fresh();
    session.gets(INVOKE, 2, &reference(0, "hold"), false, None).unwrap();
    for again in [false, true] {
        session.gets(DATA, 2, many.as_bytes(), false, None).unwrap();
        assert_eq!(refused(&mut session), again, "an item");
    }
    let mut session = fresh();
    let _call = session.call("test", json!({}));
    let (stream, _) = session.invoked().unwrap();
    for again in [false, true] {
        session.gets(DATA, stream, many.as_bytes(), false, None).unwrap();
        assert_eq!(refused(&mut session), again, "an answer");
    }
    let (listener, mut events) = inbox();
    for number in 0..2 {
        assert!(listener.offer(&number, 5 << 20));
    }
    assert_eq!((events.recv().await, events.missed()), (Some(0), 1));
    listener.offer(&2, 5 << 20);
    assert_eq!((events.recv().await, events.missed()), (Some(2), 1));
}

#[tokio::test]
async fn a_report_whose_text_no_frame_has_room_for_leaves_without_it() {
    let hold = Action::new("hold", |_, _| std::future::pending());
    let mut session = Session::new(vec![hold], 1 << 20);
    session.sent();
    session.gets(INVOKE, 2, &reference(0, "hold"), true, None).unwrap();
    let run = *session.core.runs.keys().next().unwrap();
    for size in [3_000, 5_000, 20_000] {
        let report = Progress { done: 1.0, total: None, text: Some("x".repeat(size)) };
        session.core.command(Command::RunProgress(run, report));
        let message = session.core.take().unwrap();
        assert!(message.len() < 4_096, "{size}: {}", message.len());
        session.acknowledge();
    }
}
