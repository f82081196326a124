use agentsocket::{Agent, Answer, StreamExt};
use serde_json::{json, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), agentsocket::CallError> {
    let agent = Agent::builder("ws://localhost:8080/agentsocket")
        .on_question(|_| async { Answer::Value(json!("ILLINOIS")) }) // a running action asks back
        .connect().await?;
    let weather: Value = agent.call("weather.current").args(json!({"city": "Springfield"})).value().await?;
    println!("{weather}");
    let mut words = agent.call("llm.tokens").args(json!({"n": 5})).stream(); // dropping it interrupts the action
    while let Some(word) = words.next().await { print!("{}", word?); }
    agent.close().await;
    Ok(())
}
