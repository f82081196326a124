//! Calls, streams, a cut and a drop over a real WebSocket, against a small server that is written frame by frame.

use std::time::Duration;

use agentsocket::{codes, Agent, Codec, Payload, State, StreamExt};
use futures_util::SinkExt;
use serde_json::{json, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

const LONG: Duration = Duration::from_secs(60);

type Server = WebSocketStream<TcpStream>;

async fn accept(listener: &TcpListener) -> Server {
    let (socket, _) = listener.accept().await.unwrap();
    #[allow(clippy::result_large_err)]
    let choose = |request: &Request, mut response: Response| {
        let offered = request.headers()["sec-websocket-protocol"].clone();
        response.headers_mut().insert("sec-websocket-protocol", offered);
        Ok(response)
    };
    tokio_tungstenite::accept_hdr_async(socket, choose).await.unwrap()
}

/// Next message without the ACK that may ride in front.
async fn next(server: &mut Server) -> Vec<u8> {
    loop {
        let message = tokio::time::timeout(LONG, server.next()).await.unwrap().unwrap().unwrap();
        let Message::Binary(bytes) = message else { continue };
        match bytes[0] {
            0x12 => return bytes[2 + bytes[1] as usize..].to_vec(),
            first if first >> 3 == 2 => {}
            _ => return bytes.to_vec(),
        }
    }
}

async fn send(server: &mut Server, head: &[u8], body: &str) {
    server.send(Message::binary([head, body.as_bytes()].concat())).await.unwrap();
}

async fn welcome(server: &mut Server, body: Value) -> Value {
    let hello = next(server).await;
    send(server, &[0x08], &body.to_string()).await;
    serde_json::from_slice(&hello[1..]).unwrap()
}

fn new() -> Value {
    json!({"status": "new", "session": "s", "token": "t", "log": "l"})
}

async fn start() -> (TcpListener, Agent) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("ws://{}/agentsocket", listener.local_addr().unwrap());
    let short = Duration::from_millis(10);
    let agent = Agent::builder(uri).codec(Codec::Json).backoff(short, short).start().unwrap();
    (listener, agent)
}

#[tokio::test]
async fn gives_the_value_of_a_call() {
    let (listener, agent) = start().await;
    let call = tokio::spawn(async move {
        let value: Value = agent.call("weather.current").args(json!({"city": "Ulm"})).value().await.unwrap();
        value
    });
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    let invoke = next(&mut server).await;
    assert_eq!(invoke[0], 0x45, "INVOKE with metadata and end");
    assert!(String::from_utf8_lossy(&invoke).ends_with("weather.current{\"city\":\"Ulm\"}"));
    send(&mut server, &[0x49, 1], "{\"temp\":21.5}").await;
    assert_eq!(call.await.unwrap(), json!({"temp": 21.5}));
}

#[tokio::test]
async fn dropping_a_stream_interrupts_the_action() {
    let (listener, agent) = start().await;
    let mut stream = agent.call("log.tail").prefetch(2).stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    assert!(String::from_utf8_lossy(&next(&mut server).await).contains("{\"7\":2}"));
    send(&mut server, &[0x50, 1], "line").await;
    assert_eq!(stream.next().await, Some(Ok(Payload::Text("line".into()))));
    assert_eq!(next(&mut server).await, [0x70, 1, 1], "CREDIT follows consumption");
    drop(stream);
    assert_eq!(next(&mut server).await, [0x68, 1, 0], "INTERRUPT 0");
}

#[tokio::test]
async fn resumes_after_a_cut_and_repeats_nothing() {
    let (listener, agent) = start().await;
    let mut stream = agent.call("log.tail").stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    next(&mut server).await;
    send(&mut server, &[0x50, 1], "one").await;
    assert_eq!(stream.next().await, Some(Ok(Payload::Text("one".into()))));
    drop(server);
    let mut server = accept(&listener).await;
    let resumed = json!({"status": "resumed", "session": "s", "token": "u", "log": "l", "rx": 1, "next": 2});
    let hello = welcome(&mut server, resumed).await;
    assert_eq!(
        hello["resume"],
        json!({"session": "s", "token": "t", "log": "l", "rx": 1, "tx": 1, "first": 1, "attempt": 1})
    );
    send(&mut server, &[0x51, 1], "two").await;
    assert_eq!(stream.next().await, Some(Ok(Payload::Text("two".into()))));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_reset_says_that_the_call_may_have_run() {
    let (listener, agent) = start().await;
    let mut stream = agent.call("order.send").idempotent(false).stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    next(&mut server).await;
    drop(server);
    let mut server = accept(&listener).await;
    welcome(&mut server, json!({"status": "reset", "session": "s2", "token": "u", "log": "m"})).await;
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.is_lost() && error.may_have_run && error.code == codes::SESSION_RESET);
}

#[tokio::test]
async fn a_server_that_breaks_the_protocol_is_one_clear_error() {
    let bad: [&[u8]; 5] = [&[], &[0x30], &[0x41, 1, 4], &[0x4a, 1, 0xff, 0xff, 0xff, 0xff, 7], &[0x49, 5, 0x31]];
    for bytes in bad {
        let (listener, agent) = start().await;
        let mut stream = agent.call("any").stream();
        let mut server = accept(&listener).await;
        welcome(&mut server, new()).await;
        next(&mut server).await;
        send(&mut server, bytes, "").await;
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.code, codes::UNAVAILABLE, "{bytes:?}");
        assert!(error.text.contains("broke the protocol") && error.may_have_run, "{error}");
        agent.state().wait_for(|state| *state == State::Refused).await.unwrap();
    }
}

#[tokio::test]
async fn closing_ends_the_session() {
    let (listener, agent) = start().await;
    let mut stream = agent.call("any").stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    next(&mut server).await;
    let closing = tokio::spawn(async move { agent.close().await });
    assert_eq!(next(&mut server).await, [0x18, 0, 0, 0], "GOAWAY 0");
    server.close(None).await.unwrap();
    closing.await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap_err().code, codes::CANCELLED);
}
