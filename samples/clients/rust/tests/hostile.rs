//! Servers that mean harm: one clear error, within bounded memory and time.

mod server;

use std::time::Duration;

use agentsocket::{codes, Action, Agent, CallError, Codec, State, StreamExt};
use futures_util::SinkExt;
use serde_json::{json, Value};
use server::{accept, bind, failure, new, next, send, welcome, LONG};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

/// A pause before an attempt that is not made.
const FAR: Duration = Duration::from_secs(3_600);
const FLOOD: usize = 64 << 20;
/// What all buffers between, those of the test included, may take.
const BOUND: usize = 24 << 20;

/// The most memory that this process has had, or nothing where the system does not say. Linux estimates it: a later
/// value may be a little less than an earlier one.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok()).unwrap_or_default() << 10
}

fn growth(before: usize) -> usize {
    peak().saturating_sub(before)
}

/// Memory is that of the process, so one test runs at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn agent(uri: &str, open: Duration) -> Agent {
    let builder = Agent::builder(uri).codec(Codec::Json).open_timeout(open).max_wait(LONG);
    builder.backoff(FAR, FAR, FAR).start().unwrap()
}

/// Does not wait long for a connection that does not come.
fn hopeless(uri: &str, open: Duration, pause: Duration) -> Agent {
    let builder = Agent::builder(uri).codec(Codec::Json).open_timeout(open).max_wait(Duration::from_secs(1));
    builder.backoff(pause, pause, pause).start().unwrap()
}

/// Answers the upgrade with a head, and with a piece again and again; gives the bytes that the client has let through.
async fn answer(listener: &TcpListener, head: &str, piece: &str, every: Duration) -> usize {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = [0; 4096];
    let _ = socket.read(&mut request).await.unwrap();
    let mut written = 0;
    if socket.write_all(head.as_bytes()).await.is_ok() {
        while written < FLOOD && socket.write_all(piece.as_bytes()).await.is_ok() {
            written += piece.len();
            if !every.is_zero() {
                tokio::time::sleep(every).await;
            }
        }
    }
    written
}

#[tokio::test]
async fn an_answer_to_the_upgrade_that_does_not_end() {
    let _alone = ALONE.lock().await;
    let line = "a".repeat(64 << 10);
    let header = format!("X-Header: {}\r\n", "a".repeat(200)).repeat(100);
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\n";
    for (head, piece, text) in [
        (upgrade, header.as_str(), ""),
        ("HTTP/1.1 101 Switching Protocols\r\nX-Header: ", &line, ""),
        ("HTTP/1.1 200 OK\r\n\r\n", &line, "200"),
        ("HTTP/1.1 403 No\r\n\r\n", &line, "403"),
    ] {
        let before = peak();
        let (listener, uri) = bind().await;
        let agent = hopeless(&uri, Duration::from_secs(30), FAR);
        let (written, error) = tokio::join!(answer(&listener, head, piece, Duration::ZERO), failure(&agent));
        assert!(error.code == codes::UNAVAILABLE && error.text.contains(text), "{error}");
        assert!(written < BOUND && growth(before) < BOUND, "{written} bytes, {} of memory", growth(before));
    }
}

#[tokio::test]
async fn an_answer_to_the_upgrade_that_comes_byte_by_byte() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let agent = hopeless(&uri, Duration::from_millis(300), FAR);
    let head = "HTTP/1.1 101 Switching Protocols\r\nX-Header: ";
    let (written, error) = tokio::join!(answer(&listener, head, "a", Duration::from_millis(20)), failure(&agent));
    assert!(error.text.contains("no answer in time"), "{error}");
    assert!(written < 1_000);
}

/// Sends a message again and again after WELCOME and INVOKE, until the client closes; it may ignore what follows the end of the call.
async fn flood(message: Vec<u8>) -> (CallError, usize) {
    let (listener, uri) = bind().await;
    let agent = agent(&uri, Duration::from_secs(30));
    let mut stream = agent.call("any").idempotent(false).stream();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    next(&mut server).await;
    let before = peak();
    let message = Message::binary(message);
    let mut written = 0;
    while written < FLOOD && server.send(message.clone()).await.is_ok() {
        written += message.len();
    }
    loop {
        if let Err(error) = stream.next().await.unwrap() {
            return (error, growth(before));
        }
    }
}

#[tokio::test]
async fn floods_are_one_clear_error_within_bounded_memory() {
    let _alone = ALONE.lock().await;
    let text = "x".repeat(16_000);
    let item = |head: &[u8]| [head, text.as_bytes()].concat();
    for (message, name) in [(item(&[0x50, 1]), "items without credit"), (item(&[0x78, 1]), "PARTs without end")] {
        let (error, memory) = flood(message).await;
        assert!(memory < BOUND, "{name}: {memory} bytes");
        assert!(
            matches!(error.code, codes::UNAVAILABLE | codes::RESOURCE_EXHAUSTED | codes::TOO_LARGE),
            "{name}: {error}"
        );
    }
}

#[tokio::test]
async fn events_and_announcements_that_nobody_takes_are_bounded_in_bytes() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let agent = agent(&uri, Duration::from_secs(30));
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    let (mut events, mut changes) = (agent.events("flood"), agent.changes());
    assert!(String::from_utf8_lossy(&next(&mut server).await).contains("flood"), "as.subscribe");
    let before = peak();
    let text = "x".repeat(15_000);
    for number in 0..2_000 {
        send(&mut server, &[0x28, 11], &format!("flood\"{number} {text}\"")).await;
        let name = format!("action.{number}");
        send(&mut server, &[0x20, 0, name.len() as u8], &format!("{name}{{\"description\":\"{text}\"}}")).await;
        let _ = tokio::time::timeout(Duration::ZERO, server.next()).await; // its acknowledgements
    }
    let call = agent.call("test.a").value::<Value>();
    let answer = async {
        while !String::from_utf8_lossy(&next(&mut server).await).contains("test.a") {}
        send(&mut server, &[0x49, 3], "1").await;
    };
    assert_eq!(tokio::join!(call, answer).0.unwrap(), json!(1));
    assert!(growth(before) < BOUND, "{} of memory", growth(before));
    assert!(events.missed() > 1_600 && changes.missed() > 1_600, "{} {}", events.missed(), changes.missed());
    assert!(events.recv().await.unwrap().as_str().unwrap().starts_with("0 "));
    assert_eq!(changes.recv().await.unwrap().name, "action.0");
}

#[tokio::test]
async fn arguments_and_items_of_runs_are_bounded_by_the_buffer() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let wait = Action::new("agent.wait", |context, given| async move {
        let _kept = (context, given);
        std::future::pending().await
    });
    let wait = wait.with("items", json!({}));
    let _agent = Agent::builder(uri).codec(Codec::Json).buffer(50_000).offer(wait).start().unwrap();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    assert_eq!(next(&mut server).await[0] >> 3, 4, "DEFINE");
    let arguments = format!("agent.wait{{\"pad\":\"{}\"}}", "x".repeat(15_000));
    for stream in [2, 4, 6, 8] {
        send(&mut server, &[0x40, stream, 21], &arguments).await;
    }
    assert_eq!(next(&mut server).await[..4], [0x60, 8, 8, 1], "ERROR 8, may be tried again");
    for _ in 0..2 {
        send(&mut server, &[0x48, 2], &json!("y".repeat(3_000)).to_string()).await;
        // no room for the second one
    }
    assert_eq!(next(&mut server).await[..3], [0x60, 2, 8], "ERROR 8");
    tokio::task::yield_now().await; // the run that was stopped gives its arguments back
    send(&mut server, &[0x40, 10, 21], &arguments).await;
    send(&mut server, &[0x68, 10, 0], "").await;
    assert_eq!(next(&mut server).await[..3], [0x60, 10, 1], "it ran until INTERRUPT");
}

/// Reads until the client has closed the socket, which a reset says too; gives the code of the close frame at the end.
async fn end(socket: &mut TcpStream) -> u16 {
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(LONG, socket.read_to_end(&mut rest)).await.expect("the client closes the socket");
    let frame = &rest[rest.len() - 8..];
    assert_eq!(frame[..2], [0x88, 0x82], "a close frame with a code: {rest:x?}");
    u16::from_be_bytes([frame[6] ^ frame[2], frame[7] ^ frame[3]])
}

#[tokio::test]
async fn bytes_that_are_no_websocket() {
    let _alone = ALONE.lock().await;
    for (bytes, code, name) in [
        (&[0x82, 0x7f, 0, 0, 0, 0xff, 0, 0, 0, 0][..], 4505, "a giant length"),
        (&[0xf2, 0x01, 0x00], 1002, "reserved bits"),
        (&[0x83, 0x00], 1002, "a reserved opcode"),
        (&[0x80, 0x00], 1002, "a continuation of nothing"),
        (&[0x09, 0x00], 1002, "a ping in pieces"),
        (&[0x81, 0x01, 0xff], 1007, "text that is no UTF-8"),
    ] {
        let (listener, uri) = bind().await;
        let agent = agent(&uri, Duration::from_secs(30));
        let mut stream = agent.call("any").stream();
        let mut server = accept(&listener).await;
        welcome(&mut server, new()).await;
        next(&mut server).await;
        let before = peak();
        let socket = server.get_mut();
        socket.write_all(bytes).await.unwrap();
        assert_eq!(end(socket).await, code, "{name}");
        assert!(growth(before) < BOUND, "{name}");
        agent.close().await;
        assert!(stream.next().await.unwrap().is_err(), "{name}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_websocket_from_a_server_that_does_not_read() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let agent = agent(&uri, Duration::from_secs(30));
    let mut server = accept(&listener).await;
    let mut body = new();
    body["window"] = json!(1 << 28);
    welcome(&mut server, body).await;
    agent.connected().await.unwrap();
    let event = "x".repeat(10_000);
    while agent.emit("any", Some(&event)).await.is_ok() {}
    let socket = server.get_mut();
    socket.write_all(&[0x83, 0x00]).await.unwrap();
    let mut state = agent.state();
    let gone = state.wait_for(|state| *state != State::Connected);
    tokio::time::timeout(LONG, gone).await.expect("the client gives the connection up").unwrap();
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(LONG, socket.read_to_end(&mut rest)).await.expect("the client closes the socket");
    assert!(rest.len() < FLOOD);
}

#[tokio::test]
async fn limits_of_the_server_beyond_all_measure_do_no_harm() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let agent = agent(&uri, Duration::from_secs(30));
    let text = "x".repeat(3_000_000);
    let call = agent.call("any").args(json!({ "text": text })).idempotent(false).stream();
    let mut server = accept(&listener).await;
    let most = i32::MAX;
    let mut body = new();
    for (key, value) in
        [("window", most), ("message", most), ("frame", (1 << 30) - 1), ("item", most), ("streams", most)]
    {
        body[key] = json!(value);
    }
    welcome(&mut server, body).await;
    let (mut sent, mut pinged) = (0, false);
    loop {
        let message = tokio::time::timeout(LONG, server.next()).await.unwrap().unwrap().unwrap().into_data();
        if message[0] >> 3 == 2 {
            break;
        }
        assert!(message.len() <= 65_536, "a message of {} bytes", message.len());
        sent += message.len();
        if sent > 900_000 && !pinged {
            pinged = true;
            send(&mut server, &[0x11, 0, 0], "").await;
        }
    }
    assert!(sent < 1_100_000, "{sent} bytes");
    drop(call);
}

#[tokio::test]
async fn silence_ends_with_the_time_of_the_application() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let agent = hopeless(&uri, Duration::from_millis(200), Duration::from_millis(10));
    let silence = async {
        loop {
            // A machine that stands still may not come as far as the greeting within that time.
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut server) = tokio_tungstenite::accept_hdr_async(socket, server::choose).await else { continue };
            while server.next().await.is_some_and(|message| message.is_ok()) {}
        }
    };
    let error = async {
        loop {
            let error = failure(&agent).await;
            if error.text.contains("no WELCOME in time") {
                return error;
            }
        }
    };
    let error = tokio::time::timeout(LONG, async {
        tokio::select! { error = error => error, () = silence => unreachable!() }
    });
    assert_eq!(error.await.expect("no WELCOME in time").code, codes::UNAVAILABLE);
}

#[tokio::test]
async fn a_call_that_is_not_answered_ends_with_its_time() {
    let _alone = ALONE.lock().await;
    let (listener, uri) = bind().await;
    let agent = agent(&uri, Duration::from_secs(30));
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    agent.connected().await.unwrap();
    loop {
        let result = agent.call("any").timeout(Duration::from_millis(200)).value::<Value>().await;
        assert_eq!(result.unwrap_err().code, codes::DEADLINE_EXCEEDED);
        let later = async {
            let invoke = next(&mut server).await;
            if String::from_utf8_lossy(&invoke).contains("later") {
                // A machine that stood still had no time to send the first one.
                send(&mut server, &[0x49, invoke[1]], "1").await;
                return false;
            }
            assert_eq!(next(&mut server).await, [0x68, invoke[1], 0], "INTERRUPT 0");
            send(&mut server, &[0x51, invoke[1]], "late").await;
            let invoke = next(&mut server).await;
            send(&mut server, &[0x49, invoke[1]], "1").await;
            true
        };
        let (value, interrupted) = tokio::join!(agent.call("later").value::<Value>(), later);
        assert_eq!(value.unwrap(), json!(1));
        if interrupted {
            return;
        }
    }
}
