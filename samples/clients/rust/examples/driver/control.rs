//! The control interface of the conformance server.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Clone)]
pub struct Control {
    pub address: String,
}

impl Control {
    /// Posts JSON and gives the answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.request(path, body).await.map_err(|error| error.to_string())?
    }

    async fn request(&self, path: &str, body: &Value) -> std::io::Result<Result<Value, String>> {
        let mut socket = TcpStream::connect(&self.address).await?;
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        socket.write_all(head.as_bytes()).await?;
        socket.write_all(body.as_bytes()).await?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if !head.starts_with("HTTP/1.1 200") {
            return Ok(Err(body.to_owned()));
        }
        Ok(serde_json::from_str(body).map_err(|error| error.to_string()))
    }
}
