//! tonic, with messages written as its generator writes them.

use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;

use crate::{Failure, Tokens, Weather, CALL, TOKENS};

#[derive(Clone, PartialEq, prost::Message)]
struct WeatherRequest {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(string, tag = "2")]
    city: String,
    #[prost(string, tag = "3")]
    unit: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WeatherReply {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(string, tag = "2")]
    city: String,
    #[prost(double, tag = "3")]
    temperature: f64,
    #[prost(string, tag = "4")]
    conditions: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TokensRequest {
    #[prost(int32, tag = "1")]
    n: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Token {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone)]
pub struct Connection(tonic::client::Grpc<Channel>);

impl Connection {
    pub async fn open(port: u16) -> Result<Self, Failure> {
        let channel = Channel::from_shared(format!("http://127.0.0.1:{port}"))?.tcp_nodelay(true).connect().await?;
        Ok(Self(tonic::client::Grpc::new(channel)))
    }

    pub async fn call(&self) -> Result<Weather, Failure> {
        let mut client = self.0.clone();
        client.ready().await?;
        let request = WeatherRequest { id: 0, city: CALL.city.into(), unit: CALL.unit.into() };
        let codec: ProstCodec<WeatherRequest, WeatherReply> = ProstCodec::default();
        let path = PathAndQuery::from_static("/benchmark.Work/Current");
        let reply = client.unary(tonic::Request::new(request), path, codec).await?.into_inner();
        Ok(Weather { city: reply.city, temperature: reply.temperature, conditions: reply.conditions })
    }

    pub async fn tokens(&self) -> Result<Tokens, Failure> {
        let mut client = self.0.clone();
        client.ready().await?;
        let codec: ProstCodec<TokensRequest, Token> = ProstCodec::default();
        let path = PathAndQuery::from_static("/benchmark.Work/Tokens");
        let request = tonic::Request::new(TokensRequest { n: TOKENS as i32 });
        let mut stream = client.server_streaming(request, path, codec).await?.into_inner();
        let mut tokens = Tokens::default();
        while let Some(token) = stream.message().await? {
            tokens.take(&token.text);
        }
        Ok(tokens)
    }
}
