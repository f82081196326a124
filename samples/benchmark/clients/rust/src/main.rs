//! Client of one protocol, for the benchmark: `speed PROTOCOL PORT`. Obeys the lines of its input and answers each with a line that
//! starts with `#`, as `Child.java` does.

mod agent_socket;
mod grpc;
mod mcp;

use std::io::BufRead;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Anything that went wrong; the benchmark ends with it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Tokens of a stream.
const TOKENS: u32 = 256;

/// Arguments of `weather.current`.
#[derive(Clone, Copy, Serialize)]
struct Call {
    city: &'static str,
    unit: &'static str,
}

const CALL: Call = Call { city: "Berlin", unit: "celsius" };

/// Answer of `weather.current`.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Weather {
    city: String,
    temperature: f64,
    conditions: String,
}

/// Number and length of the tokens of a stream.
#[derive(Default)]
struct Tokens {
    count: u32,
    length: usize,
}

impl Tokens {
    fn take(&mut self, token: &str) {
        self.count += 1;
        self.length += token.len();
    }
}

/// A client with a connection.
#[derive(Clone)]
enum Connection {
    AgentSocket(agent_socket::Connection),
    Grpc(grpc::Connection),
    Mcp(mcp::Connection),
}

impl Connection {
    async fn open(protocol: &str, port: u16) -> Result<Self, Failure> {
        Ok(match protocol {
            "grpc" => Self::Grpc(grpc::Connection::open(port).await?),
            "mcp" => Self::Mcp(mcp::Connection::open(port).await?),
            json_or_cbor => Self::AgentSocket(agent_socket::Connection::open(port, json_or_cbor).await?),
        })
    }

    /// Makes a call, checks its answer, and counts it.
    async fn call(&self) -> Result<u64, Failure> {
        let weather = match self {
            Self::AgentSocket(client) => client.call().await?,
            Self::Grpc(client) => client.call().await?,
            Self::Mcp(client) => client.call().await?,
        };
        if weather.temperature != 21.5 || weather.city.len() != 6 {
            return Err("The answer is wrong".into());
        }
        Ok(1)
    }

    /// Reads a stream of tokens, checks and counts them.
    async fn tokens(&self) -> Result<u64, Failure> {
        let tokens = match self {
            Self::AgentSocket(client) => client.tokens().await?,
            Self::Grpc(client) => client.tokens().await?,
            Self::Mcp(client) => client.tokens().await?,
        };
        if tokens.count != TOKENS || tokens.length < 4 * TOKENS as usize {
            return Err(format!("{} tokens arrived", tokens.count).into());
        }
        Ok(u64::from(tokens.count))
    }
}

struct Child {
    protocol: String,
    port: u16,
    connections: Vec<Connection>,
}

impl Child {
    async fn obey(&mut self, words: &[&str]) -> Result<String, Failure> {
        match words {
            ["connect", count] => self.connect(count.parse()?).await,
            ["run", scenario, ms] => self.run(scenario, ms.parse()?).await,
            ["memory"] => memory(),
            other => Err(format!("{other:?}").into()),
        }
    }

    async fn connect(&mut self, count: usize) -> Result<String, Failure> {
        while self.connections.len() < count {
            let connection = Connection::open(&self.protocol, self.port).await?;
            connection.call().await?;
            self.connections.push(connection);
        }
        Ok(self.connections.len().to_string())
    }

    async fn run(&mut self, scenario: &str, ms: u64) -> Result<String, Failure> {
        let parts: Vec<&str> = scenario.split(',').collect();
        let (count, in_flight, streams) = (parts[1].parse()?, parts[2].parse()?, parts[3] == "true");
        self.connect(count).await?;
        let begin = Instant::now();
        let end = begin + Duration::from_millis(ms);
        let mut tasks: Vec<tokio::task::JoinHandle<Result<u64, Failure>>> = Vec::new();
        for connection in &self.connections[..count] {
            for _ in 0..in_flight {
                let connection = connection.clone();
                tasks.push(tokio::spawn(async move {
                    let mut done = 0;
                    while Instant::now() < end {
                        done += if streams { connection.tokens().await? } else { connection.call().await? };
                    }
                    Ok(done)
                }));
            }
        }
        let mut done = 0;
        for task in tasks {
            done += task.await??;
        }
        Ok(format!("{done},{},0,0", begin.elapsed().as_nanos()))
    }
}

fn memory() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?;
    Ok(format!("0,{}", kilobytes * 1024))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let mut child = Child { protocol: arguments[1].clone(), port: arguments[2].parse()?, connections: Vec::new() };
    println!("#ready");
    loop {
        let line = tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().next()).await?;
        let Some(line) = line.transpose()? else { return Ok(()) };
        let words: Vec<&str> = line.split_whitespace().collect();
        match child.obey(&words).await {
            Ok(text) => println!("#{text}"),
            Err(error) => println!("#failed {}", error.to_string().replace('\n', " ")),
        }
    }
}
