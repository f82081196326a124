//! Calls, streams, a cut and a drop over a real WebSocket, against a small server that is written frame by frame.

mod server;

use std::time::{Duration, Instant};

use agentsocket::{codes, Action, Agent, Answer, CallError, Codec, Payload, State, StreamExt};
use serde_json::{json, Value};
use server::{accept, bind, new, next, send, start, upgrade, welcome, Server};

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

/// Each attempt is answered late; gives how many there were until the agent was connected.
async fn attempts(upgraded: bool) -> usize {
    let (listener, uri) = bind().await;
    let short = Duration::from_millis(10);
    let builder = Agent::builder(uri).codec(Codec::Json).open_timeout(Duration::from_millis(200));
    let agent = builder.backoff(short, short, short).start().unwrap();
    let mut state = agent.state();
    let connected = state.wait_for(|state| *state == State::Connected);
    tokio::pin!(connected);
    for attempts in 0..20 {
        tokio::select! {
            seen = &mut connected => {
                seen.unwrap();
                return attempts;
            }
            Ok((socket, _)) = listener.accept() => tokio::spawn(async move {
                let busy = tokio::time::sleep(Duration::from_millis(350)); // the server has much to do
                let mut server = if upgraded {
                    let server = upgrade(socket).await;
                    busy.await;
                    server
                } else {
                    busy.await;
                    upgrade(socket).await
                };
                welcome(&mut server, new()).await;
                while server.next().await.is_some() {}
            }),
        };
    }
    panic!("it is not connected after 20 attempts")
}

#[tokio::test]
async fn a_server_that_is_slower_than_the_time_of_an_attempt_is_reached_in_the_end() {
    let (hello, upgrade) = tokio::join!(attempts(true), attempts(false));
    assert!(hello >= 3 && upgrade >= 3, "{hello} {upgrade}");
}

#[tokio::test]
async fn a_server_that_says_goaway_to_each_connection_is_not_met_without_a_pause() {
    let (listener, uri) = bind().await;
    let wait = Duration::from_millis(400);
    let agent = Agent::builder(uri).codec(Codec::Json).backoff(wait, wait, wait).start().unwrap();
    let begin = Instant::now();
    let mut body = new();
    for _ in 0..9 {
        let mut server = accept(&listener).await;
        welcome(&mut server, body).await;
        send(&mut server, &[0x18, 0xa0, 0x1f, 0, 0], "away").await; // GOAWAY 4000, no drain, no spread
        while server.next().await.is_some_and(|message| message.is_ok()) {}
        body = json!({"status": "resumed", "session": "s", "token": "t", "log": "l", "rx": 0, "next": 1});
    }
    // Eight waits of 0 to 400 ms are longer than this but for one time in ten million.
    assert!(begin.elapsed() > Duration::from_millis(200), "{:?}", begin.elapsed());
    drop(agent);
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

/// Invokes an action, answers what it asks, and gives its questions and the frame that ends it.
async fn asking(action: Action, answers: &[Value]) -> (Vec<String>, Vec<u8>) {
    let (listener, uri) = bind().await;
    let agent = Agent::builder(uri).codec(Codec::Json).offer(action).start().unwrap();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    assert!(String::from_utf8_lossy(&next(&mut server).await).contains("files.delete"), "DEFINE");
    send(&mut server, &[0x41, 2, 25], "files.delete{\"path\":\"a\"}").await;
    let mut asked = Vec::new();
    let mut stream = 1;
    for answer in answers {
        let invoke = String::from_utf8_lossy(&next(&mut server).await).into_owned();
        assert!(invoke.contains("\"1\":2"), "its parent is the run: {invoke}");
        asked.push(invoke);
        send(&mut server, &[0x49, stream], &answer.to_string()).await;
        stream += 2;
    }
    let end = next(&mut server).await;
    drop(agent);
    (asked, end)
}

fn deleting() -> Action {
    Action::new("files.delete", |context, given| async move {
        context.permission("Delete it?", &given).await?;
        Ok(json!("deleted"))
    })
}

#[tokio::test]
async fn an_action_asks_for_permission() {
    let (asked, end) = asking(deleting(), &[json!({"outcome": "approve"})]).await;
    assert!(asked[0].contains("\"action\":\"files.delete\"") && asked[0].contains("{\"path\":\"a\"}"), "{asked:?}");
    assert_eq!(end, b"\x49\x02\"deleted\"");
    for (outcome, code) in [("decline", 7), ("cancel", 1), ("whatever", 7)] {
        let (_, end) = asking(deleting(), &[json!({"outcome": outcome})]).await;
        let body = 2 + if end[0] & 4 == 0 { 0 } else { 1 + end[2] as usize };
        assert_eq!((end[0] & 0xf8, end[body]), (0x60, code), "ERROR for {outcome}: {end:?}");
    }
}

#[tokio::test]
async fn an_action_asks_twice_for_a_value_that_fits() {
    let number = || {
        Action::new("files.delete", |context, _| async move {
            let many: u32 = context.ask("How many?", Some(json!({"type": "integer"}))).await?;
            Ok(json!(many + 1))
        })
    };
    let wrong = json!({"outcome": "answer", "value": "two"});
    let (asked, end) = asking(number(), &[wrong.clone(), json!({"outcome": "answer", "value": 2})]).await;
    assert!(asked[0].contains("\"schema\":{\"type\":\"integer\"}") && asked[1].contains("does not fit"), "{asked:?}");
    assert_eq!(end, b"\x49\x023");
    for answers in [vec![wrong.clone(), wrong], vec![json!({"outcome": "decline"})]] {
        let (_, end) = asking(number(), &answers).await;
        let body = 2 + if end[0] & 4 == 0 { 0 } else { 1 + end[2] as usize };
        assert_eq!((end[0] & 0xf8, end[body]), (0x60, 9), "FAILED_PRECONDITION: {end:?}");
    }
}

#[tokio::test]
async fn an_agent_answers_questions_and_approvals() {
    let (listener, uri) = bind().await;
    let agent = Agent::builder(uri)
        .codec(Codec::Json)
        .on_question(|question| async move { Answer::Value(json!(question.prompt.len())) })
        .on_approval(|request| async move { request.action == "files.read" })
        .start()
        .unwrap();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    send(&mut server, &[0x41, 2, 13], "as.ask{\"prompt\":\"Why?\"}").await;
    assert_eq!(next(&mut server).await, b"\x49\x02{\"outcome\":\"answer\",\"value\":4}");
    for (stream, action, outcome) in [(4, "files.read", "approve"), (6, "files.delete", "decline")] {
        let request = json!({"action": action, "arguments": {}, "prompt": "?"});
        send(&mut server, &[0x41, stream, 21], &format!("as.approve{request}")).await;
        let answer = next(&mut server).await;
        assert_eq!(answer[2..], *json!({"outcome": outcome}).to_string().as_bytes());
    }
    drop(agent);
}

#[tokio::test]
async fn an_answer_of_several_kinds_is_an_error() {
    for (first, last) in [(0x58, 0x51), (0x50, 0x59), (0x48, 0x51), (0x50, 0x49)] {
        let (listener, agent) = start().await;
        let call = tokio::spawn(async move { agent.call("mixed").value::<Value>().await });
        let mut server = accept(&listener).await;
        welcome(&mut server, new()).await;
        next(&mut server).await;
        send(&mut server, &[first, 1], "12").await;
        send(&mut server, &[last, 1], "34").await;
        let error = call.await.unwrap().unwrap_err();
        assert!(error.code == codes::INTERNAL && error.may_have_run, "{error}");
    }
}

#[tokio::test]
async fn an_agent_does_not_come_back_after_goaway_with_a_final_code_however_the_connection_ends() {
    let (listener, agent) = start().await;
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    agent.connected().await.unwrap();
    send(&mut server, &[0x18, 0x97, 0x23, 0, 0], "over").await; // GOAWAY 4503
    send(&mut server, &[0x11, 0, 0], "").await; // a ping, whose answer says that GOAWAY was read
    server.next().await.unwrap().unwrap();
    drop(server);
    let mut state = agent.state();
    tokio::select! {
        _ = state.wait_for(|state| *state == State::Refused) => {}
        _ = accept(&listener) => panic!("it has come back"),
    }
    let error = agent.call("any").value::<Value>().await.unwrap_err();
    assert!(error.code == codes::UNAVAILABLE && error.text.contains("4503"), "{error}");
}

#[tokio::test]
async fn without_a_server_the_error_says_why() {
    let (listener, uri) = bind().await;
    drop(listener);
    let short = Duration::from_millis(50);
    let error = loop {
        let error = Agent::builder(&uri).max_wait(short).connect().await.map(drop).unwrap_err();
        if !error.text.contains("not connected yet") {
            break error; // on a busy machine the first attempt may take longer than that
        }
    };
    assert!(error.code == codes::UNAVAILABLE && error.text.contains("refused"), "{error}");
}

#[test]
fn items_are_shown_as_they_are() {
    let shown = |item: Payload| item.to_string();
    assert_eq!(shown(Payload::Text("say \"hi\"".into())), "say \"hi\"");
    assert_eq!(shown(Payload::Data(json!({"a": ["b", 1]}))), r#"{"a":["b",1]}"#);
    assert_eq!(shown(Payload::Bytes(vec![1, 2, 255])), "AQL/");
}

#[test]
fn errors_are_shown_by_their_names() {
    let shown = |code| CallError::new(code, "why").to_string();
    assert_eq!(
        [3, 16, 17, 31, 32, 37, 38, 255, 300].map(shown),
        [
            "INVALID_ARGUMENT: why",
            "UNAUTHENTICATED: why",
            "UNKNOWN: why",
            "UNKNOWN: why",
            "LOST: why",
            "SESSION_RESET: why",
            "UNKNOWN: why",
            "UNKNOWN: why",
            "APPLICATION: why"
        ]
    );
    let error = CallError::new(codes::LOST, "").may_have_run();
    assert_eq!(format!("{error:?}"), "32 LOST; the action may have run");
}

#[tokio::test]
async fn options_beyond_what_a_clock_or_the_wire_holds_do_no_harm() {
    let (listener, uri) = bind().await;
    let builder = Agent::builder(uri).codec(Codec::Json).open_timeout(Duration::MAX);
    let agent = builder.max_wait(Duration::MAX).refusal_timeout(Duration::MAX).start().unwrap();
    let call = agent.call("weather.current").timeout(Duration::MAX).prefetch(u64::MAX);
    let value = tokio::spawn(async move { call.value::<Value>().await.unwrap() });
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    let invoke = String::from_utf8_lossy(&next(&mut server).await).into_owned();
    assert!(invoke.contains("\"7\":9007199254740991") && invoke.contains("\"2\":2147483647"), "{invoke}");
    send(&mut server, &[0x49, 1], "1").await;
    assert_eq!(value.await.unwrap(), json!(1));
}

/// Answers calls of as.subscribe until names have been added; gives the last message.
async fn subscribed(server: &mut Server, names: usize) -> String {
    let mut answered = 0u32;
    loop {
        let message = String::from_utf8_lossy(&next(server).await).into_owned();
        for _ in message.matches("{\"add\":[") {
            let id = 2 * answered + 1;
            let head = if id < 128 { vec![0x49, id as u8] } else { vec![0x49, id as u8 | 0x80, (id >> 7) as u8] };
            send(server, &head, "{\"events\":[]}").await;
            answered += 1;
        }
        if answered as usize >= names {
            return message;
        }
    }
}

#[tokio::test]
async fn more_names_of_events_than_a_session_has_wait_for_room() {
    let (listener, agent) = start().await;
    let mut events: Vec<_> = (0..300).map(|i| agent.events(format!("e{i}x"))).collect();
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    let message = subscribed(&mut server, 256).await;
    assert!(message.contains("e255x") && !message.contains("e256x"), "{message}");
    drop(events.remove(0));
    let message = String::from_utf8_lossy(&next(&mut server).await).into_owned();
    assert!(message.contains(r#"{"add":["e256x"],"remove":["e0x"]}"#), "{message}");
    drop(server);
    let mut server = accept(&listener).await;
    welcome(&mut server, json!({"status": "reset", "session": "s2", "token": "u", "log": "m"})).await;
    // The call that was not answered is made again by itself.
    let names: Vec<String> = (1..256).map(|i| format!("e{i}x")).collect();
    let all = json!({ "add": names }).to_string();
    while !String::from_utf8_lossy(&next(&mut server).await).contains(&all) {}
}
