//! Actions that this side offers (protocol sections 17 and 18).

use std::future::Future;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{json, Map, Value};
use tokio::time::Instant;

use crate::codec::Progress;
use crate::error::*;
use crate::mailbox::{Action, ActionContext, Command, Handler};
use crate::payload::Payload;
use crate::stream::CallBuilder;

impl Action {
    /// Makes an action that gives a value. The arguments are not checked against a schema: read them into a type with
    /// [`arguments`].
    pub fn new<F, R>(name: impl Into<String>, function: F) -> Self
    where
        F: Fn(ActionContext, Value) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, CallError>> + Send + 'static,
    {
        let mut descriptor = Map::new();
        descriptor.insert("input".into(), json!({"type": "object"}));
        let handler: Handler = Box::new(move |context, arguments| Box::pin(function(context, arguments)));
        Action { name: name.into(), descriptor, handler }
    }

    /// Sets a key of the descriptor (section 17.3): `title`, `description`, `tags`, `hints`, `input`, `output`; `result` (`items`,
    /// `text`, `bytes`, `none`) for one that sends with [`ActionContext::send`]; `items` for one that takes items.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.descriptor.insert(key.into(), value.into());
        self
    }

    pub(crate) fn result(&self) -> &str {
        self.descriptor.get("result").and_then(Value::as_str).unwrap_or("value")
    }

    pub(crate) fn takes_items(&self) -> bool {
        self.descriptor.contains_key("items")
    }

    /// Whether it may run twice.
    pub(crate) fn twice(&self) -> bool {
        let hint = |name: &str| self.descriptor.get("hints").is_some_and(|hints| hints[name] == Value::Bool(true));
        (hint("idempotent") || hint("readOnly")) && !hint("approval")
    }

    pub(crate) fn summary(&self) -> Value {
        let mut map = Map::new();
        map.insert("name".into(), self.name.clone().into());
        for key in ["title", "description", "tags", "hints"] {
            if let Some(value) = self.descriptor.get(key) {
                map.insert(key.into(), value.clone());
            }
        }
        Value::Object(map)
    }

    pub(crate) fn full(&self) -> Value {
        let mut map = self.descriptor.clone();
        map.insert("name".into(), self.name.clone().into());
        map.insert("result".into(), self.result().into());
        Value::Object(map)
    }

    /// Score of section 17.1.
    pub(crate) fn score(&self, query: &str, words: &[String]) -> usize {
        let text = |key: &str| self.descriptor.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let (name, title, description) = (self.name.to_lowercase(), text("title"), text("description"));
        let tags: Vec<String> = self.tags().iter().map(|tag| tag.to_lowercase()).collect();
        let each = words.iter().map(|word| {
            4 * usize::from(name.contains(word))
                + 3 * usize::from(title.contains(word))
                + 2 * usize::from(tags.iter().any(|tag| tag.contains(word)))
                + usize::from(description.contains(word))
        });
        8 * usize::from(query == name) + each.sum::<usize>()
    }

    pub(crate) fn tags(&self) -> Vec<String> {
        let tags = self.descriptor.get("tags").and_then(Value::as_array);
        tags.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// Whether a text has more code points; no more of them are counted than that.
pub(crate) fn longer(text: &Value, most: usize) -> bool {
    text.as_str().is_some_and(|text| text.chars().nth(most).is_some())
}

/// Reads arguments into a type; a misfit is INVALID_ARGUMENT, which an action passes on with `?`.
pub fn arguments<T: DeserializeOwned>(given: Value) -> Result<T, CallError> {
    serde_json::from_value(given).map_err(|error| {
        let mut refusal = CallError::new(INVALID_ARGUMENT, "the arguments do not fit");
        refusal.violations.push(Violation { pointer: String::new(), rule: "type".into(), message: error.to_string() });
        refusal
    })
}

impl ActionContext {
    /// Sends an item of the result; waits while the caller does not take more. An error says that the run is over.
    pub async fn send(&self, item: Payload) -> Result<(), CallError> {
        let Some((kind, payload)) = item.write(self.codec) else {
            return Err(CallError::new(INTERNAL, "a result is too large, or nested too deeply"));
        };
        let permit = self.slots.acquire().await;
        permit.map_err(|_| CallError::new(CANCELLED, "the run is over"))?.forget();
        let sent = self.commands.send(Command::RunItem(self.run, kind, payload));
        sent.map_err(|_| CallError::new(CANCELLED, "the client is closed"))
    }

    /// Tells the caller how far the action is.
    pub fn progress(&self, done: f64, total: Option<f64>, text: Option<&str>) {
        let report = Progress { done, total, text: text.map(str::to_owned) };
        let _ = self.commands.send(Command::RunProgress(self.run, report));
    }

    /// Next item of the caller; `None` at their end.
    pub async fn next_item(&self) -> Option<Payload> {
        let (item, _) = self.items.lock().await.recv().await?;
        let _ = self.commands.send(Command::RunConsumed(self.run, 1));
        Some(item)
    }

    /// Whether the caller asks the action to end with what there is (INTERRUPT 1).
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until the caller asks for the end.
    pub async fn stopping(&self) {
        let mut stop = self.stop.clone();
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Time until the deadline.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Describes a call for the sake of this run; it ends with the run at the latest.
    pub fn call(&self, name: impl Into<String>) -> CallBuilder {
        CallBuilder::new(self.commands.clone(), name, self.buffered.clone(), self.codec, Some(self.run))
    }
}

/// Time that a question waits for its answer (protocol section 18.1).
const ASKING: Duration = Duration::from_secs(300);

impl ActionContext {
    /// Asks the caller for a value of a type, with the JSON Schema of it; without one for a text.
    ///
    /// An answer of another type is asked for once more. FAILED_PRECONDITION says that the caller declines, cannot answer or answers
    /// wrongly twice, CANCELLED that it dismisses the question, ASK_TIMEOUT that 300 s are over.
    pub async fn ask<T: DeserializeOwned>(&self, prompt: &str, schema: Option<Value>) -> Result<T, CallError> {
        let mut question = prompt.to_owned();
        for _ in 0..2 {
            let mut arguments = json!({"prompt": question});
            if let Some(schema) = &schema {
                arguments["schema"] = schema.clone();
            }
            let mut answer = self.question("as.ask", arguments).await?;
            match answer["outcome"].as_str() {
                Some("decline") => return Err(CallError::new(FAILED_PRECONDITION, "the question was declined")),
                Some("cancel") => return Err(CallError::new(CANCELLED, "the question was dismissed")),
                _ => {}
            }
            match serde_json::from_value(answer["value"].take()) {
                Ok(value) => return Ok(value),
                Err(error) => question = format!("{prompt} (The last answer does not fit: {error})"),
            }
        }
        Err(CallError::new(FAILED_PRECONDITION, "the answer does not fit"))
    }

    /// Asks the caller to allow the action with these arguments; PERMISSION_DENIED or CANCELLED says that it does not.
    pub async fn permission(&self, prompt: &str, arguments: &Value) -> Result<(), CallError> {
        let request = json!({"action": self.action.name, "arguments": arguments, "prompt": prompt});
        let answer = match self.question("as.approve", request).await {
            Err(error) if error.code == FAILED_PRECONDITION => Value::Null,
            answer => answer?,
        };
        match answer["outcome"].as_str() {
            Some("approve") => Ok(()),
            Some("cancel") => Err(CallError::new(CANCELLED, "the approval was dismissed")),
            _ => Err(CallError::new(PERMISSION_DENIED, "the approval was not given")),
        }
    }

    async fn question(&self, name: &str, arguments: Value) -> Result<Value, CallError> {
        let time = self.time_left().map_or(ASKING, |left| left.min(ASKING));
        self.call(name).args(arguments).timeout(time).value().await.map_err(|error: CallError| match error.code {
            DEADLINE_EXCEEDED => CallError::new(ASK_TIMEOUT, "no answer in time"),
            CANCELLED => CallError::new(CANCELLED, "the run is over"),
            _ => CallError::new(FAILED_PRECONDITION, "the caller does not answer questions"),
        })
    }
}

/// Question of the server. The texts come from the server: do not trust them.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question, for a human or a model.
    pub prompt: String,
    /// JSON Schema of the value that is wanted.
    pub schema: Value,
}

/// Answer to a question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The value.
    Value(Value),
    /// Refused to answer.
    Decline,
    /// Dismissed.
    Cancel,
}

/// Request of the server to allow an action.
#[derive(Clone, Debug)]
pub struct ApprovalRequest {
    /// Name of the action.
    pub action: String,
    /// Its arguments.
    pub arguments: Value,
    /// What will happen, for a human.
    pub prompt: String,
}

pub(crate) fn ask<F, R>(function: F) -> Action
where
    F: Fn(Question) -> R + Send + Sync + 'static,
    R: Future<Output = Answer> + Send + 'static,
{
    Action::new("as.ask", move |_, given| {
        let question = given["prompt"].as_str().map(|prompt| Question {
            prompt: prompt.to_owned(),
            schema: given.get("schema").cloned().unwrap_or_else(|| json!({"type": "string"})),
        });
        let answer = question.map(&function);
        async move {
            match answer {
                None => Err(CallError::new(INVALID_ARGUMENT, "the question has no prompt")),
                Some(answer) => Ok(match answer.await {
                    Answer::Value(value) => json!({"outcome": "answer", "value": value}),
                    Answer::Decline => json!({"outcome": "decline"}),
                    Answer::Cancel => json!({"outcome": "cancel"}),
                }),
            }
        }
    })
}

pub(crate) fn approve<F, R>(function: F) -> Action
where
    F: Fn(ApprovalRequest) -> R + Send + Sync + 'static,
    R: Future<Output = bool> + Send + 'static,
{
    Action::new("as.approve", move |_, given| {
        let request = ApprovalRequest {
            action: given["action"].as_str().unwrap_or_default().to_owned(),
            arguments: given["arguments"].clone(),
            prompt: given["prompt"].as_str().unwrap_or_default().to_owned(),
        };
        let decision = function(request);
        async move { Ok(json!({"outcome": if decision.await { "approve" } else { "decline" }})) }
    })
}
