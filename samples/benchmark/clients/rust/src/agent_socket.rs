//! The client of this repository.

use agentsocket::{Agent, Codec, Payload, StreamExt};
use serde_json::json;

use crate::{Failure, Tokens, Weather, CALL, TOKENS};

#[derive(Clone)]
pub struct Connection(Agent);

impl Connection {
    pub async fn open(port: u16, protocol: &str) -> Result<Self, Failure> {
        let codec = if protocol.ends_with("json") { Codec::Json } else { Codec::Cbor };
        Ok(Self(Agent::builder(format!("ws://127.0.0.1:{port}/agentsocket")).codec(codec).connect().await?))
    }

    pub async fn call(&self) -> Result<Weather, Failure> {
        Ok(self.0.call("weather.current").args(CALL).value().await?)
    }

    pub async fn tokens(&self) -> Result<Tokens, Failure> {
        let mut stream = self.0.call("llm.tokens").args(json!({"n": TOKENS})).prefetch(TOKENS.into()).stream();
        let mut tokens = Tokens::default();
        while let Some(token) = stream.next().await {
            match token? {
                Payload::Text(text) => tokens.take(&text),
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(tokens)
    }
}
