//! Calls of a case: how a step uses the client, and what is expected of it.

use std::time::Duration;

use agentsocket::{Agent, CallError, CallStream, ItemSender, Payload, Progress, StreamExt};
use serde_json::{json, Value};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::values::{base64, bytes, expand, matches, short};

type End = Result<(), CallError>;

/// A call of a case. Without `credit` its items are taken as fast as they come.
pub struct Call {
    result: String,
    commands: mpsc::UnboundedSender<What>,
    taken: mpsc::UnboundedReceiver<Option<Result<Payload, CallError>>>,
    reports: watch::Receiver<Option<Progress>>,
    sender: Option<ItemSender>,
    cancelled: bool,
    ended: bool,
    takes: bool,
    task: JoinHandle<()>,
}

enum What {
    Take,
    Cancel,
    Stop,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn outbound(entry: &Value) -> Payload {
    match entry.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next()) {
        Some((key, value)) if key == "text" => Payload::Text(expand(value).as_str().unwrap_or_default().to_owned()),
        Some((key, value)) if key == "bytes" => Payload::Bytes(bytes(value).unwrap_or_default()),
        Some((key, value)) if key == "item" => Payload::Data(expand(value)),
        _ => Payload::Data(expand(entry)),
    }
}

impl Call {
    pub fn new(agent: &Agent, step: &Value) -> Self {
        let mut builder = agent.call(step["action"].as_str().unwrap_or_default()).args(expand(&step["arguments"]));
        if let Some(timeout) = step["timeout"].as_u64() {
            builder = builder.timeout(Duration::from_millis(timeout));
        }
        if let Some(key) = step["key"].as_str() {
            builder = builder.key(key);
        }
        if let Some(idempotent) = step["idempotent"].as_bool() {
            builder = builder.idempotent(idempotent);
        }
        let credit = step["credit"].as_u64();
        if let Some(credit) = credit {
            builder = builder.prefetch(credit);
        }
        let mut sender = None;
        let stream = if step["items"].is_null() {
            builder.stream()
        } else {
            let (items, stream) = builder.duplex();
            if step["items"] == "open" {
                sender = Some(items);
            } else {
                let every = step["items"].clone();
                let listed = if every.is_array() { every } else { expand(&every) };
                tokio::spawn(async move {
                    for item in listed.as_array().into_iter().flatten() {
                        let _ = items.send(outbound(item)).await;
                    }
                });
            }
            stream
        };
        let reports = stream.progress();
        let (commands, what) = mpsc::unbounded_channel();
        let (deliver, taken) = mpsc::unbounded_channel();
        let task = tokio::spawn(serve(stream, what, deliver, credit.is_some()));
        let result = step["result"].as_str().unwrap_or("value").to_owned();
        let takes = credit.is_some();
        Call { result, commands, taken, reports, sender, cancelled: false, ended: false, takes, task }
    }

    async fn next(&mut self) -> Option<Result<Payload, CallError>> {
        if self.ended {
            return None;
        }
        if self.takes {
            let _ = self.commands.send(What::Take);
        }
        let next = self.taken.recv().await.flatten();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }

    pub async fn send(&self, step: &Value) -> Result<(), String> {
        let entry = ["item", "text", "bytes"].iter().find_map(|key| Some(json!({*key: step.get(*key)?})));
        let sender = self.sender.as_ref().ok_or("the items have ended")?;
        sender.send(outbound(&entry.unwrap_or_default())).await.map(drop).map_err(|error| error.to_string())
    }

    pub fn end_items(&mut self) {
        self.sender = None;
    }

    pub fn cancel(&mut self) {
        self.cancelled = true;
        let _ = self.commands.send(What::Cancel);
    }

    pub fn stop(&self) {
        let _ = self.commands.send(What::Stop);
    }

    pub async fn progress(&mut self, expected: &Value) -> Result<(), String> {
        let wanted = self
            .reports
            .wait_for(|report| report.as_ref().is_some_and(|r| matches(expected, &json!([r.done, r.total, r.text]))));
        wanted.await.map(drop).map_err(|_| "the progress was not reported".into())
    }

    pub async fn take(&mut self, step: &Value) -> Result<(), String> {
        let mut taken = Vec::new();
        for _ in 0..step["count"].as_u64().unwrap_or(0) {
            match self.next().await {
                Some(Ok(item)) => taken.push(item.into_value()),
                other => return Err(format!("the call ended: {other:?} after {taken:?}")),
            }
        }
        let expected = &step["expect"]["items"];
        if expected.is_null() || matches(expected, &json!(taken)) {
            return Ok(());
        }
        Err(format!("{} came", short(&json!(taken))))
    }

    pub async fn finish(&mut self, expected: &Value) -> Result<(), String> {
        if expected.get("cancelled").is_some() {
            return if self.cancelled { Ok(()) } else { Err("the call was not cancelled".into()) };
        }
        let mut rest = Vec::new();
        let end: End = loop {
            match self.next().await {
                Some(Ok(item)) => rest.push(item),
                Some(Err(error)) => break Err(error),
                None => break Ok(()),
            }
        };
        let values: Vec<Value> = rest.iter().cloned().map(Payload::into_value).collect();
        if let Some(wanted) = expected.get("error") {
            let Err(error) = end else { return Err(format!("no error, but {}", short(&json!(values)))) };
            compare_error(&error, wanted)?;
            let after = &expected["after"];
            let right = after.is_null() || matches(after, &json!(values));
            return if right { Ok(()) } else { Err(format!("before the error came {}", short(&json!(values)))) };
        }
        end.map_err(|error| error.to_string())?;
        let actual = self.joined(rest, values, expected);
        let right = match expected.as_object().and_then(|map| map.iter().next()) {
            Some((key, _)) if key == "none" => actual.is_null() || actual == json!([]),
            Some((key, wanted)) if key == "bytes" => match bytes(wanted) {
                Some(bytes) => actual == base64(&bytes),
                None => matches(wanted, &actual),
            },
            Some((key, wanted)) if matches!(key.as_str(), "value" | "items" | "text") => matches(wanted, &actual),
            _ => return Err(format!("unknown expectation {expected}")),
        };
        if right {
            return Ok(());
        }
        Err(format!("{} came, not {}", short(&actual), short(expected)))
    }

    /// The rest of a call as what is expected of it: a list, joined text or bytes, or the value.
    fn joined(&self, rest: Vec<Payload>, values: Vec<Value>, expected: &Value) -> Value {
        if expected.get("items").is_some() || self.result == "items" {
            return json!(values);
        }
        if expected.get("bytes").is_some() {
            let pieces = rest.into_iter().filter_map(|item| if let Payload::Bytes(b) = item { Some(b) } else { None });
            return base64(&pieces.flatten().collect::<Vec<u8>>()).into();
        }
        let text = rest.iter().all(|item| matches!(item, Payload::Text(_)));
        if expected.get("text").is_some() || text && !rest.is_empty() {
            return values.iter().filter_map(Value::as_str).collect::<String>().into();
        }
        values.into_iter().last().unwrap_or(Value::Null)
    }
}

async fn serve(
    mut stream: CallStream,
    mut what: mpsc::UnboundedReceiver<What>,
    deliver: mpsc::UnboundedSender<Option<Result<Payload, CallError>>>,
    takes: bool,
) {
    let mut wanted = if takes { 0 } else { u64::MAX };
    let mut over = false;
    loop {
        tokio::select! {
            command = what.recv() => match command {
                Some(What::Take) => wanted += 1,
                Some(What::Stop) => stream.finish(),
                Some(What::Cancel) => {
                    stream.cancel();
                    let _ = deliver.send(None);
                    over = true;
                }
                None => return,
            },
            item = stream.next(), if wanted > 0 && !over => {
                wanted = wanted.saturating_sub(u64::from(takes));
                over = !matches!(item, Some(Ok(_)));
                let _ = deliver.send(item);
            }
        }
    }
}

/// Compares an error with what is expected of it.
pub fn compare_error(error: &CallError, expected: &Value) -> Result<(), String> {
    for (member, value) in expected.as_object().into_iter().flatten() {
        let right = match member.as_str() {
            "code" => value.as_array().map_or(*value == error.code, |codes| codes.contains(&json!(error.code))),
            "text" => *value == error.text,
            "violations" => {
                let mut pointers: Vec<&str> = error.violations.iter().map(|one| one.pointer.as_str()).collect();
                let mut wanted: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                pointers.sort_unstable();
                wanted.sort_unstable();
                pointers == wanted
            }
            "retryable" => *value == error.retryable,
            "mayHaveRun" => *value == error.may_have_run,
            "correlation" => error.correlation.is_some(),
            "not" => !format!("{error} {error:?}").contains(value.as_str().unwrap_or_default()),
            other => return Err(format!("unknown expectation {other}")),
        };
        if !right {
            return Err(format!("{error} (retryable: {}) is not {expected}", error.retryable));
        }
    }
    Ok(())
}
