//! Calls that are made again after a reset, keys of running calls, and subscriptions (protocol sections 11.3, 19 and 27).

mod server;

use std::time::Duration;

use agentsocket::{codes, Action, Agent, Codec, State, StreamExt};
use serde_json::{json, Value};
use server::{accept, bind, new, next, send, start, welcome, Server, LONG};
use tokio::net::TcpListener;
use tokio::sync::Notify;

fn reset(session: &str, log: &str) -> Value {
    json!({"status": "reset", "session": session, "token": "u", "log": log})
}

/// Messages up to the one that has a text.
async fn until(server: &mut Server, text: &str) -> String {
    let mut all = String::new();
    while !all.contains(text) {
        all += &String::from_utf8_lossy(&next(server).await);
    }
    all
}

async fn again(listener: &TcpListener, server: Server, body: Value) -> Server {
    drop(server);
    let mut server = accept(listener).await;
    welcome(&mut server, body).await;
    server
}

/// Lets so much time pass at once. Until then no deadline is near, however long the machine stands still.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

const HOUR: Duration = Duration::from_secs(3_600);

const READ_ONLY: &str = "{\"actions\":[{\"name\":\"pay\",\"hints\":{\"readOnly\":true}}]}";

#[tokio::test]
async fn a_call_that_waits_to_be_made_again_is_judged_at_the_next_reset() {
    let (listener, agent) = start().await;
    let _read = agent.call("read").idempotent(true).stream();
    let _pay = agent.call("pay").key("k").stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "\"4\":\"k\"").await;
    let mut full = reset("s", "m");
    full["streams"] = 1.into();
    let mut server = again(&listener, server, full).await;
    assert!(!until(&mut server, "read").await.contains("\"4\":\"k\""));
    let mut server = again(&listener, server, reset("other", "n")).await;
    let sent = until(&mut server, "{\"names\":[\"pay\"]}").await;
    assert!(!sent.contains("\"4\":\"k\""), "its key is not known any more: {sent}");
    send(&mut server, &[0x49, 3], READ_ONLY).await;
    until(&mut server, "\"4\":\"k\"").await;
}

#[tokio::test]
async fn a_call_that_was_held_back_leaves_the_streams_of_others_alone() {
    let (listener, agent) = start().await;
    let _pay = agent.call("pay").key("k").stream();
    let read = tokio::spawn(agent.call("read").idempotent(true).value::<Value>());
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "read").await;
    let mut server = again(&listener, server, reset("other", "m")).await;
    until(&mut server, "{\"names\":[\"pay\"]}").await;
    send(&mut server, &[0x49, 3], READ_ONLY).await;
    until(&mut server, "\"4\":\"k\"").await;
    send(&mut server, &[0x49, 1], "7").await;
    assert_eq!(tokio::time::timeout(LONG, read).await.unwrap().unwrap(), Ok(json!(7)));
}

#[tokio::test]
async fn a_held_call_ends_with_its_time_and_may_have_run() {
    let (listener, agent) = start().await;
    let mut call = agent.call("pay").timeout(HOUR).stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "pay").await;
    let mut patient = reset("other", "m");
    patient["keepalive"] = 86_400_000.into();
    let mut server = again(&listener, server, patient).await;
    until(&mut server, "{\"names\":[\"pay\"]}").await;
    pass(HOUR).await;
    let error = call.next().await.unwrap().unwrap_err();
    assert!(error.code == codes::DEADLINE_EXCEEDED && error.may_have_run, "{error}");
    send(&mut server, &[0x49, 1], READ_ONLY).await;
    let _next = agent.call("next").stream();
    assert!(!until(&mut server, "next").await.contains("\"4\":\"k\""));
}

#[tokio::test]
async fn a_held_call_ends_when_the_server_does_not_say_whether_it_may_run_twice() {
    let (listener, agent) = start().await;
    let mut call = agent.call("pay").stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "pay").await;
    let mut patient = reset("other", "m");
    patient["keepalive"] = 86_400_000.into();
    let mut server = again(&listener, server, patient).await;
    until(&mut server, "{\"names\":[\"pay\"]}").await;
    pass(Duration::from_secs(31)).await;
    let end = tokio::time::timeout(LONG, call.next()).await.expect("it does not wait for ever");
    let error = end.unwrap().unwrap_err();
    assert!(error.code == codes::SESSION_RESET && error.may_have_run, "{error}");
}

#[tokio::test]
async fn errors_of_this_side_say_that_a_call_which_is_made_again_may_have_run() {
    let short = Duration::from_millis(10);
    let never = 24 * HOUR;
    for (wait, code) in [(short, codes::UNAVAILABLE), (never, codes::DEADLINE_EXCEEDED), (never, codes::CANCELLED)] {
        let (listener, uri) = bind().await;
        let builder = Agent::builder(uri).codec(Codec::Json).open_timeout(LONG).backoff(short, short, short);
        let agent = builder.max_wait(wait).start().unwrap();
        let mut server = accept(&listener).await;
        let mut brief = new();
        brief["ttl"] = 1.into();
        welcome(&mut server, brief).await;
        agent.state().wait_for(|state| *state == State::Connected).await.unwrap();
        let mut call = agent.call("read").idempotent(true);
        if code == codes::DEADLINE_EXCEEDED {
            call = call.timeout(HOUR);
        }
        let mut call = call.stream();
        until(&mut server, "read").await;
        drop(server);
        // A HELLO that asks for no resume: the session is gone.
        while String::from_utf8_lossy(&next(&mut accept(&listener).await).await).contains("\"resume\"") {}
        drop(listener);
        if code == codes::CANCELLED {
            agent.close().await;
        } else if code == codes::DEADLINE_EXCEEDED {
            pass(HOUR).await;
        }
        let error = tokio::time::timeout(LONG, call.next()).await.unwrap().unwrap().unwrap_err();
        assert!(error.code == code && error.may_have_run, "{error}");
        assert!(!error.text.contains("not sent"), "{error}");
    }
}

/// The server invokes an action with a key.
async fn invoke(server: &mut Server, stream: u32, name: &str, key: &str) {
    let mut head = vec![0x45];
    match stream {
        0..128 => head.push(stream as u8),
        _ => head.extend([stream as u8 | 0x80, (stream >> 7) as u8]),
    }
    let meta = json!({ "4": key }).to_string();
    head.push(meta.len() as u8);
    head.extend(meta.bytes());
    head.push(name.len() as u8 * 2 + 1);
    send(server, &head, name).await;
}

#[tokio::test]
async fn the_key_of_a_call_that_runs_is_never_forgotten() {
    let (listener, uri) = bind().await;
    let release: &'static Notify = Box::leak(Box::new(Notify::new()));
    let pay = Action::new("pay", move |_, _| async move {
        release.notified().await;
        Ok(json!("paid"))
    });
    let quick = Action::new("quick", |_, _| async { Ok(json!("quick")) });
    let _agent = Agent::builder(uri).codec(Codec::Json).offer(pay).offer(quick).start().unwrap();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "quick").await;
    invoke(&mut server, 2, "pay", "k").await;
    for i in 0..300 {
        invoke(&mut server, 4 + i * 2, "quick", &format!("q{i}")).await;
        until(&mut server, "\"quick\"").await;
    }
    invoke(&mut server, 1000, "pay", "k").await;
    let answer = next(&mut server).await;
    assert_eq!(answer[..5], [0x60, 0xe8, 0x07, 6, 2], "ERROR 6, may have run");
    release.notify_one();
    until(&mut server, "paid").await;
    invoke(&mut server, 1002, "pay", "k").await;
    until(&mut server, "paid").await;
}

#[tokio::test]
async fn subscriptions_that_failed_without_a_connection_are_told_with_the_first() {
    let (listener, uri) = bind().await;
    let agent = Agent::builder(uri).codec(Codec::Json).max_wait(Duration::from_millis(50)).start().unwrap();
    let _events = agent.events("news");
    for _ in 0..2 {
        agent.connected().await.unwrap_err(); // the call of the subscription has waited less long than the second one
    }
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "{\"add\":[\"news\"]}").await;
}

#[tokio::test]
async fn subscriptions_that_the_server_refused_are_told_with_the_next_connection() {
    let (listener, agent) = start().await;
    let _events = agent.events("news");
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "{\"add\":[\"news\"]}").await;
    send(&mut server, &[0x60, 1, 8, 1], "").await;
    let call = tokio::spawn(agent.call("next").value::<Value>());
    until(&mut server, "next").await;
    send(&mut server, &[0x49, 3], "1").await;
    call.await.unwrap().unwrap();
    let resumed = json!({"status": "resumed", "session": "s", "token": "u", "log": "l", "rx": 2, "next": 3});
    let mut server = again(&listener, server, resumed).await;
    until(&mut server, "{\"add\":[\"news\"]}").await;
}

#[tokio::test]
async fn each_new_session_is_told_subscriptions_whose_call_a_reset_has_ended() {
    let (listener, agent) = start().await;
    let _events = agent.events("news");
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    until(&mut server, "{\"add\":[\"news\"]}").await;
    for number in 0..6 {
        // More of them than a call is made again.
        server = again(&listener, server, reset(&format!("s{number}"), "l")).await;
        until(&mut server, "{\"add\":[\"news\"]}").await;
    }
    for stream in [1, 3] {
        send(&mut server, &[0x60, stream, codes::SESSION_RESET as u8, 0], "").await;
        if stream == 1 {
            until(&mut server, "{\"add\":[\"news\"]}").await; // once more: the call is older than this session
        }
    }
    for stream in [5, 7, 9] {
        let call = tokio::spawn(agent.call("next").value::<Value>());
        assert!(!until(&mut server, "next").await.contains("news"));
        send(&mut server, &[0x49, stream], "1").await;
        call.await.unwrap().unwrap();
    }
}
