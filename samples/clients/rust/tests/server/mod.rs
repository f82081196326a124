//! A small server that is written frame by frame.
#![allow(dead_code)] // each test uses a part of it

use std::time::Duration;

use agentsocket::{Agent, CallError, Codec, StreamExt};
use futures_util::SinkExt;
use serde_json::{json, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

pub const LONG: Duration = Duration::from_secs(60);

pub type Server = WebSocketStream<TcpStream>;

pub async fn accept(listener: &TcpListener) -> Server {
    let (socket, _) = listener.accept().await.unwrap();
    upgrade(socket).await
}

/// Takes the subprotocol that the client offers.
#[allow(clippy::result_large_err)]
pub fn choose(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers()["sec-websocket-protocol"].clone();
    response.headers_mut().insert("sec-websocket-protocol", offered);
    Ok(response)
}

pub async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(socket: S) -> WebSocketStream<S> {
    tokio_tungstenite::accept_hdr_async(socket, choose).await.unwrap()
}

/// Next message without the ACK that may ride in front.
pub async fn next<S: AsyncRead + AsyncWrite + Unpin>(server: &mut WebSocketStream<S>) -> Vec<u8> {
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

pub async fn send<S: AsyncRead + AsyncWrite + Unpin>(server: &mut WebSocketStream<S>, head: &[u8], body: &str) {
    server.send(Message::binary([head, body.as_bytes()].concat())).await.unwrap();
}

pub async fn welcome<S: AsyncRead + AsyncWrite + Unpin>(server: &mut WebSocketStream<S>, body: Value) -> Value {
    let hello = next(server).await;
    send(server, &[0x08], &body.to_string()).await;
    serde_json::from_slice(&hello[1..]).unwrap()
}

/// Why there is no connection: asked again where the machine has not ended the first attempt yet.
pub async fn failure(agent: &Agent) -> CallError {
    loop {
        let error = agent.connected().await.unwrap_err();
        if !error.text.contains("not connected yet") {
            return error;
        }
    }
}

pub fn new() -> Value {
    json!({"status": "new", "session": "s", "token": "t", "log": "l"})
}

pub async fn bind() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("ws://{}/agentsocket", listener.local_addr().unwrap());
    (listener, uri)
}

pub async fn start() -> (TcpListener, Agent) {
    let (listener, uri) = bind().await;
    let short = Duration::from_millis(10);
    let builder = Agent::builder(uri).codec(Codec::Json).open_timeout(LONG).backoff(short, short, short);
    (listener, builder.start().unwrap())
}
