use agentsocket::{Agent, Answer, StreamExt};
use serde_json::{json, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), agentsocket::CallError> {
    let answer = |_| async { Answer::Value(json!("ILLINOIS")) }; // a running action asks back
    let agent = Agent::builder("ws://localhost:8080/agentsocket").on_question(answer).connect().await?;
    println!("{}", agent.call("weather.current").args(json!({"city": "Springfield"})).value::<Value>().await?);
    let mut words = agent.call("llm.tokens").args(json!({"n": 5})).stream(); // dropping it interrupts the action
    while let Some(word) = words.next().await {
        print!("{}", word?);
    }
    agent.close().await;
    Ok(())
}
