//! Plays the steps of one run (docs/conformance.md, section Steps).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentsocket::{Agent, Answer, Builder, Change, Codec, Inbox, Limits, State};
use serde_json::{json, Value};
use tokio::sync::mpsc;

use crate::calls::{compare_error, Call};
use crate::control::Control;
use crate::offered::Offered;
use crate::values::{expand, has, matches, short};
use crate::vectors;

/// A busy machine may leave an attempt without an answer, and there are others.
const MAX_WAIT: Duration = Duration::from_secs(60);

type Noted = mpsc::UnboundedReceiver<Value>;

pub struct Player {
    control: Control,
    run: String,
    codec: Codec,
    vectors: PathBuf,
    offered: Offered,
    asked: Noted,
    approved: Noted,
    builder: Option<Builder>,
    agent: Option<Agent>,
    calls: HashMap<String, Call>,
    events: HashMap<String, Inbox<Value>>,
    changes: Option<Inbox<Change>>,
    seen: Vec<Change>,
    search: (String, Vec<String>, u32, Option<String>),
}

fn millis(value: &Value) -> Duration {
    Duration::from_millis(value.as_u64().unwrap_or(0))
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn limits(map: &Value) -> Limits {
    let usual = Limits::default();
    let size = |key: &str, usual: usize| map[key].as_u64().map_or(usual, |value| value as usize);
    Limits {
        window: size("window", usual.window),
        message: size("message", usual.message),
        frame: size("frame", usual.frame),
        item: size("item", usual.item),
        items: map["items"].as_u64().unwrap_or(usual.items),
        streams: size("streams", usual.streams),
    }
}

/// Next entry of a list of answers; nothing is left: decline.
fn pop(left: &Arc<Mutex<Vec<Value>>>) -> Value {
    let mut left = left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if left.is_empty() {
        json!({"outcome": "decline"})
    } else {
        left.remove(0)
    }
}

impl Player {
    pub fn new(
        control: Control,
        run: String,
        uri: &str,
        codec: Codec,
        options: &Value,
        vectors: PathBuf,
    ) -> Result<Self, String> {
        let offered = Offered::new();
        let (ask, asked) = mpsc::unbounded_channel();
        let (approve, approved) = mpsc::unbounded_channel();
        let short = Duration::from_millis(50);
        let mut builder = Agent::builder(uri).codec(codec).backoff(short, short, short).max_wait(MAX_WAIT);
        for (option, value) in options.as_object().into_iter().flatten() {
            builder = match option.as_str() {
                "token" if value.is_array() => {
                    let left = Arc::new(Mutex::new(texts(value)));
                    builder.token_from(move || {
                        let mut left = left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        let token = if left.len() > 1 { Some(left.remove(0)) } else { left.first().cloned() };
                        async move { token }
                    })
                }
                "token" => builder.token(value.as_str().unwrap_or_default()),
                "limits" => builder.limits(limits(value)),
                "questions" => {
                    let (ask, left) =
                        (ask.clone(), Arc::new(Mutex::new(value.as_array().cloned().unwrap_or_default())));
                    builder.on_question(move |question| {
                        let _ = ask.send(json!({"prompt": question.prompt, "schema": question.schema}));
                        let entry = pop(&left);
                        async move {
                            match entry["outcome"].as_str() {
                                Some("answer") => Answer::Value(expand(&entry["value"])),
                                Some("cancel") => Answer::Cancel,
                                Some("never") => std::future::pending().await,
                                _ => Answer::Decline,
                            }
                        }
                    })
                }
                "approvals" => {
                    let (approve, left) =
                        (approve.clone(), Arc::new(Mutex::new(value.as_array().cloned().unwrap_or_default())));
                    builder.on_approval(move |request| {
                        let _ = approve.send(json!({"action": request.action, "arguments": request.arguments,
                            "prompt": request.prompt}));
                        let entry = pop(&left);
                        async move {
                            match entry["outcome"].as_str() {
                                Some("approve") => true,
                                Some("never") => std::future::pending().await,
                                _ => false,
                            }
                        }
                    })
                }
                "actions" => {
                    for entry in value.as_array().into_iter().flatten() {
                        builder = builder.offer(offered.action(entry)?);
                    }
                    builder
                }
                "maxWait" => builder.max_wait(millis(value)),
                "connectTimeout" => builder.open_timeout(millis(value)),
                "refusalTimeout" => builder.refusal_timeout(millis(value)),
                other => return Err(format!("unknown option {other}")),
            };
        }
        let search = (String::new(), Vec::new(), 20, None);
        Ok(Player {
            control,
            run,
            codec,
            vectors,
            offered,
            asked,
            approved,
            builder: Some(builder),
            agent: None,
            calls: HashMap::new(),
            events: HashMap::new(),
            changes: None,
            seen: Vec::new(),
            search,
        })
    }

    fn agent(&mut self) -> Result<Agent, String> {
        if let Some(builder) = self.builder.take() {
            let agent = builder.start().map_err(|error| error.to_string())?;
            self.changes = Some(agent.changes());
            self.agent = Some(agent);
        }
        self.agent.clone().ok_or_else(|| "there is no client".into())
    }

    fn call(&mut self, step: &Value) -> Result<&mut Call, String> {
        let name = step["call"].as_str().unwrap_or_default();
        self.calls.get_mut(name).ok_or_else(|| format!("there is no call {name}"))
    }

    /// Plays a step; gives what there is to report of it.
    pub async fn play(&mut self, step: &Value) -> Result<String, String> {
        let begins = !matches!(step["step"].as_str(), Some("control" | "vectors"));
        let agent = if begins { Some(self.agent()?) } else { None };
        let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
        let Some(agent) = agent else { return self.without_client(step).await };
        match step["step"].as_str().unwrap_or_default() {
            "connect" => self.connect(&agent, step).await?,
            "start" => drop(self.calls.insert(text("call"), Call::new(&agent, step))),
            "take" => self.call(step)?.take(step).await?,
            "finish" => self.call(step)?.finish(&step["expect"]).await?,
            "invoke" => Call::new(&agent, step).finish(&step["expect"]).await?,
            "many" => many(&agent, step).await?,
            "send" => self.call(step)?.send(step).await?,
            "end-items" => self.call(step)?.end_items(),
            "cancel" => self.call(step)?.cancel(),
            "stop" => self.call(step)?.stop(),
            "progress" => self.call(step)?.progress(&step["expect"]).await?,
            "emit" => {
                let payload = step.get("payload").map(expand);
                agent.emit(text("event"), payload).await.map_err(|error| error.to_string())?;
            }
            "subscribe" | "listen" => drop(self.events.insert(text("event"), agent.events(text("event")))),
            "unsubscribe" => drop(self.events.remove(&text("event"))),
            "events" => self.events(step).await?,
            "find" => self.find(&agent, step).await?,
            "describe" => describe(&agent, step).await?,
            "change" => self.change(step).await?,
            "asked" => noted(&mut self.asked, &step["expect"]).await?,
            "approved" => noted(&mut self.approved, &step["expect"]).await?,
            "observe" => {
                let count = step["count"].as_u64().unwrap_or(1);
                self.offered.observe(&text("action"), &text("what"), count).await;
            }
            "offer" => agent.offer(self.offered.action(&step["action"])?),
            "withdraw" => agent.withdraw(text("name")),
            "state" => state(&agent, &text("expect")).await?,
            "close" => agent.close().await,
            other => return Err(format!("unknown step {other}")),
        }
        Ok(String::new())
    }

    /// Steps that do not need the client.
    async fn without_client(&self, step: &Value) -> Result<String, String> {
        if step["step"] == "vectors" {
            let codec = if self.codec == Codec::Cbor { crate::codec::Codec::Cbor } else { crate::codec::Codec::Json };
            let count = vectors::check(&self.vectors, step["file"].as_str().unwrap_or_default(), codec)?;
            return Ok(format!("{count} vectors"));
        }
        let answer = self.control.post(&format!("/runs/{}/do", self.run), &step["do"]).await?;
        if !step["expect"].is_null() && !has(&step["expect"], &answer) {
            return Err(format!("the server says {answer}, not {}", step["expect"]));
        }
        Ok(String::new())
    }

    async fn connect(&mut self, agent: &Agent, step: &Value) -> Result<(), String> {
        match (agent.connected().await, step["expect"].get("error")) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(_)) => Err("connected".into()),
            (Err(error), None) => Err(error.to_string()),
            (Err(error), Some(expected)) => compare_error(&error, expected),
        }
    }

    async fn events(&mut self, step: &Value) -> Result<(), String> {
        let expected = expand(&step["expect"]);
        let name = step["event"].as_str().unwrap_or_default();
        let events = self.events.get_mut(name).ok_or("nobody listens")?;
        let mut came = Vec::new();
        for _ in 0..expected.as_array().map_or(0, Vec::len) {
            came.push(events.recv().await.ok_or("no further events")?);
        }
        if matches(&expected, &json!(came)) {
            return Ok(());
        }
        Err(format!("these events came: {}", short(&json!(came))))
    }

    async fn find(&mut self, agent: &Agent, step: &Value) -> Result<(), String> {
        if step["next"] != true {
            let query = step["query"].as_str().unwrap_or_default().to_owned();
            self.search = (query, texts(&step["tags"]), step["limit"].as_u64().unwrap_or(20) as u32, None);
        }
        let (query, tags, limit, cursor) = &self.search;
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let expected = &step["expect"];
        let page = match (agent.find(query, &tags, *limit, cursor.as_deref()).await, expected.get("error")) {
            (Ok(page), None) => page,
            (Ok(page), Some(_)) => return Err(format!("no error, but {}", short(&page))),
            (Err(error), None) => return Err(error.to_string()),
            (Err(error), Some(wanted)) => return compare_error(&error, wanted),
        };
        let names: Vec<&Value> = page["actions"].as_array().into_iter().flatten().map(|one| &one["name"]).collect();
        let found = json!({"names": names, "total": page["total"], "more": page.get("next").is_some()});
        let right = has(expected, &found);
        self.search.3 = page["next"].as_str().map(str::to_owned);
        if right {
            return Ok(());
        }
        Err(format!("{found} was found, not {expected}"))
    }

    async fn change(&mut self, step: &Value) -> Result<(), String> {
        let available = step["expect"] == "available";
        let changes = self.changes.as_mut().ok_or("there is no client")?;
        loop {
            let fits =
                |change: &Change| step["name"] == change.name.as_str() && change.descriptor.is_some() == available;
            if let Some(index) = self.seen.iter().position(fits) {
                self.seen.remove(index);
                return Ok(());
            }
            self.seen.push(changes.recv().await.ok_or("no further changes")?);
        }
    }

    pub async fn close(&mut self) {
        self.calls.clear();
        if let Some(agent) = &self.agent {
            agent.close().await;
        }
    }
}

async fn many(agent: &Agent, step: &Value) -> Result<(), String> {
    let text = step.to_string();
    let mut every = Vec::new();
    for index in 0..step["count"].as_u64().unwrap_or(0) {
        let index = index.to_string();
        let one = text.replace("\"${i}\"", &index).replace("${i}", &index);
        let one: Value = serde_json::from_str(&one).map_err(|error| error.to_string())?;
        every.push((Call::new(agent, &one), one));
    }
    for (mut call, one) in every {
        call.finish(&one["expect"]).await?;
    }
    Ok(())
}

async fn describe(agent: &Agent, step: &Value) -> Result<(), String> {
    let names = texts(&step["names"]);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = agent.describe(&names).await.map_err(|error| error.to_string())?;
    let (expected, described) = (&step["expect"], answer["actions"].as_array().cloned().unwrap_or_default());
    let wanted = expected["actions"].as_array().cloned().unwrap_or_default();
    if wanted.len() != described.len() {
        return Err(format!("{} actions were described", described.len()));
    }
    for (members, mut action) in wanted.into_iter().zip(described) {
        if action.get("result").is_none() {
            action["result"] = "value".into();
        }
        for (key, value) in members.as_object().into_iter().flatten() {
            let nested = matches!(key.as_str(), "hints" | "input" | "output") && value.is_object();
            let right = if nested && value.get("$any").is_none() {
                has(value, &action[key])
            } else {
                matches(value, &action[key])
            };
            if !right {
                return Err(format!("{key} is {}", short(&action[key])));
            }
        }
    }
    let unknown = &expected["unknown"];
    if unknown.is_null() || *unknown == answer["unknown"] {
        return Ok(());
    }
    Err(format!("{} are unknown", answer["unknown"]))
}

async fn noted(queue: &mut Noted, expected: &Value) -> Result<(), String> {
    for one in expected.as_array().into_iter().flatten() {
        let asked = queue.recv().await.ok_or("nothing was asked")?;
        if !has(one, &asked) {
            return Err(format!("{} was asked, not {}", short(&asked), short(one)));
        }
    }
    Ok(())
}

async fn state(agent: &Agent, expected: &str) -> Result<(), String> {
    let wanted = match expected {
        "connected" => State::Connected,
        "disconnected" => State::Connecting,
        "refused" => State::Refused,
        "closed" => State::Closed,
        other => return Err(format!("unknown state {other}")),
    };
    agent.state().wait_for(|state| *state == wanted).await.map(drop).map_err(|error| error.to_string())
}
