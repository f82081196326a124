//! Tokens that expire while a connection lives, and the alias of the action that takes another one.

mod server;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use agentsocket::{codes, Agent, Codec, State};
use serde_json::{json, Value};
use server::{accept, bind, new, next, send, welcome, Server};
use tokio::net::TcpListener;

/// WELCOME to a client whose token expires in so many milliseconds.
fn expiring(expires: impl Into<Value>) -> Value {
    let mut body = new();
    body["expires"] = expires.into();
    body
}

/// An agent with one token after another.
async fn start(tokens: &[&'static str]) -> (TcpListener, Agent) {
    let (listener, uri) = bind().await;
    let left = Arc::new(Mutex::new(tokens.iter().copied().collect::<VecDeque<_>>()));
    let short = Duration::from_millis(10);
    let builder = Agent::builder(uri).codec(Codec::Json).backoff(short, short, short);
    let agent = builder.token_from(move || {
        let token = left.lock().unwrap().pop_front();
        async move { token.map(str::to_owned) }
    });
    (listener, agent.start().unwrap())
}

/// The next frame invokes the action by its alias, on a stream, with a token.
async fn shown(server: &mut Server, stream: u8, token: &str) {
    let invoke = next(server).await;
    assert_eq!(invoke[..2], [0x45, stream], "INVOKE with metadata and end");
    assert_eq!(invoke[3 + invoke[2] as usize..], [b"\x0c", json!({"token": token}).to_string().as_bytes()].concat());
}

/// A call goes on as before.
async fn works(agent: &Agent, server: &mut Server, stream: u8) {
    let call = agent.call("test.a").value::<Value>();
    let answer = async {
        assert!(String::from_utf8_lossy(&next(server).await).contains("test.a"));
        send(server, &[0x49, stream], "1").await;
    };
    assert_eq!(tokio::join!(call, answer).0.unwrap(), json!(1));
}

#[tokio::test]
async fn another_token_is_shown_again_and_again() {
    let (listener, agent) = start(&["first", "second", "third"]).await;
    let mut server = accept(&listener).await;
    welcome(&mut server, expiring(50)).await;
    shown(&mut server, 1, "second").await;
    send(&mut server, &[0x49, 1], "{\"expires\":50}").await;
    shown(&mut server, 3, "third").await;
    send(&mut server, &[0x49, 3], "{}").await;
    works(&agent, &mut server, 5).await;
}

#[tokio::test]
async fn a_server_that_always_says_at_once_gets_one_renewal_a_second() {
    let (listener, _agent) = start(&["first", "second", "third"]).await;
    let mut server = accept(&listener).await;
    welcome(&mut server, expiring(1)).await;
    for (stream, token) in [(1, "second"), (3, "third")] {
        let before = Instant::now();
        shown(&mut server, stream, token).await;
        assert!(before.elapsed() > Duration::from_millis(950), "{:?}", before.elapsed());
        send(&mut server, &[0x49, stream], "{\"expires\":1}").await;
    }
}

#[tokio::test]
async fn a_token_that_is_refused_changes_nothing() {
    let (listener, agent) = start(&["first", "bad"]).await;
    let mut server = accept(&listener).await;
    welcome(&mut server, expiring(20)).await;
    shown(&mut server, 1, "bad").await;
    send(&mut server, &[0x60, 1, 16, 0], "no").await;
    works(&agent, &mut server, 3).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_stops_the_renewal() {
    let (listener, agent) = start(&["first", "second", "third"]).await;
    let mut server = accept(&listener).await;
    welcome(&mut server, expiring(20)).await;
    shown(&mut server, 1, "second").await;
    drop(server);
    let mut server = accept(&listener).await;
    let resumed = json!({"status": "resumed", "session": "s", "token": "u", "log": "l", "rx": 1, "next": 1});
    welcome(&mut server, resumed).await;
    assert_eq!(next(&mut server).await, [0x68, 1, 0], "INTERRUPT 0");
    works(&agent, &mut server, 3).await;
}

#[tokio::test]
async fn the_server_may_announce_a_reserved_alias_by_its_name_and_by_no_other() {
    let (listener, agent) = start(&[]).await;
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    send(&mut server, &[0x20, 6, 15], "as.authenticate").await;
    works(&agent, &mut server, 1).await;
    send(&mut server, &[0x20, 6, 8], "as.other").await;
    agent.state().wait_for(|state| *state == State::Refused).await.unwrap();
}

#[tokio::test]
async fn a_time_that_is_none_is_a_clear_error() {
    for expires in [json!(-1), json!(1_u64 << 31), json!("soon"), json!(1.5), json!(null)] {
        let (listener, agent) = start(&[]).await;
        let mut server = accept(&listener).await;
        welcome(&mut server, expiring(expires.clone())).await;
        let error = agent.call("any").value::<Value>().await.unwrap_err();
        assert!(error.code == codes::UNAVAILABLE && error.text.contains("broke the protocol"), "{expires}: {error}");
    }
}
