//! Actions that the client of a case offers, and what happens to them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use agentsocket::{codes, Action, ActionContext, CallError, Payload};
use serde_json::{json, Value};
use tokio::sync::watch;

use crate::values::pattern;

type Counts = HashMap<(String, &'static str), u64>;

/// Counts of started, ended and cancelled runs.
#[derive(Clone)]
pub struct Offered(Arc<watch::Sender<Counts>>);

/// Notes the course of a run; dropped without an end it was cancelled.
struct Note(Offered, String, bool);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.note(&self.1, if self.2 { "ended" } else { "cancelled" });
    }
}

impl Offered {
    pub fn new() -> Self {
        Offered(Arc::new(watch::channel(Counts::new()).0))
    }

    fn note(&self, name: &str, what: &'static str) {
        self.0.send_modify(|counts| *counts.entry((name.to_owned(), what)).or_default() += 1);
    }

    pub async fn observe(&self, name: &str, what: &str, count: u64) {
        let sum = |counts: &Counts| -> u64 {
            counts.iter().filter(|((n, w), _)| n == name && *w == what).map(|(_, count)| *count).sum()
        };
        let mut counts = self.0.subscribe();
        let _ = counts.wait_for(|counts| sum(counts) >= count).await;
    }

    pub fn action(&self, entry: &Value) -> Result<Action, String> {
        let name = entry["name"].as_str().unwrap_or_default().to_owned();
        let does = entry["does"].as_str().unwrap_or_default().to_owned();
        let known = [
            "echo", "add", "nothing", "count", "text", "bytes", "sum", "fail", "crash", "hang", "steps", "progress",
            "call",
        ];
        if !known.contains(&does.as_str()) {
            return Err(format!("unknown behaviour {does}"));
        }
        let result = match does.as_str() {
            "count" | "steps" => "items",
            "text" => "text",
            "bytes" => "bytes",
            "nothing" => "none",
            _ => "value",
        };
        let (offered, noted, behaviour) = (self.clone(), name.clone(), does.clone());
        let mut action = Action::new(name, move |context, arguments| {
            let (offered, name, does) = (offered.clone(), noted.clone(), behaviour.clone());
            async move {
                offered.note(&name, "started");
                let mut note = Note(offered, name, false);
                let result = run(&does, context, arguments).await;
                note.2 = true;
                result
            }
        })
        .with("result", result);
        if does == "sum" {
            action = action.with("items", json!({}));
        }
        for (key, value) in entry["descriptor"].as_object().into_iter().flatten() {
            action = action.with(key, value.clone());
        }
        Ok(action)
    }
}

async fn run(does: &str, context: ActionContext, given: Value) -> Result<Value, CallError> {
    match does {
        "echo" => return Ok(given),
        "add" => return Ok((given["a"].as_i64().unwrap_or(0) + given["b"].as_i64().unwrap_or(0)).into()),
        "count" => {
            for number in 1..=given["to"].as_u64().unwrap_or(0) {
                context.send(Payload::Data(number.into())).await?;
            }
        }
        "text" => {
            for piece in given["pieces"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                context.send(Payload::Text(piece.to_owned())).await?;
            }
        }
        "bytes" => {
            for piece in pattern(given["size"].as_u64().unwrap_or(0)).chunks(8_000) {
                context.send(Payload::Bytes(piece.to_vec())).await?;
            }
        }
        "sum" => {
            let mut sum = 0.0;
            while let Some(item) = context.next_item().await {
                sum += item.into_value().as_f64().unwrap_or(0.0);
            }
            return Ok(json!(sum));
        }
        "fail" => {
            let code = given["code"].as_u64().unwrap_or(2) as u32;
            let error = CallError::new(code, given["text"].as_str().unwrap_or_default());
            return Err(if given["retryable"] == true { error.retryable() } else { error });
        }
        "crash" => panic!("the secret of this action"),
        "hang" => {
            context.progress(0.0, None, Some("hanging"));
            std::future::pending::<()>().await;
        }
        "steps" => {
            let mut number = 0;
            while !context.is_stopping() {
                tokio::time::sleep(Duration::from_millis(10)).await;
                number += 1;
                context.send(Payload::Data(number.into())).await?;
            }
            context.send(Payload::Data("stopped".into())).await?;
        }
        "progress" => {
            context.progress(1.0, Some(2.0), Some("half"));
            context.progress(2.0, Some(2.0), Some("done"));
            return Ok("done".into());
        }
        "call" => {
            let call = context.call(given["action"].as_str().unwrap_or_default()).args(given["arguments"].clone());
            return call.value().await.map_err(|error| {
                let own = CallError::new(error.code, error.text.clone());
                if error.code == codes::SESSION_RESET || !error.retryable {
                    own
                } else {
                    own.retryable()
                }
            });
        }
        _ => {}
    }
    Ok(Value::Null)
}
