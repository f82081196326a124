//! Plays the conformance cases with the Rust client (docs/conformance.md).
//!
//! `cargo run --example driver -- --control URL --cases FILE` prints a line of JSON for each case and codec.
//!
//! Some modules are those of the client itself: the golden vectors are read with its decoder, which is not public.

mod calls;
#[path = "../../src/cbor.rs"]
#[allow(dead_code, missing_docs)]
mod cbor;
#[path = "../../src/codec.rs"]
#[allow(dead_code, missing_docs)]
mod codec;
mod control;
#[path = "../../src/error.rs"]
#[allow(dead_code, missing_docs)]
mod error;
#[path = "../../src/greeting.rs"]
#[allow(dead_code, missing_docs)]
mod greeting;
mod offered;
mod player;
mod values;
#[path = "../../src/vectors.rs"]
#[allow(dead_code, missing_docs)]
mod vectors;
#[path = "../../src/wire.rs"]
#[allow(dead_code, missing_docs)]
mod wire;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use agentsocket::Codec;
use serde_json::{json, Value};
use tokio::time::timeout;

use crate::control::Control;
use crate::player::Player;

const STEP: Duration = Duration::from_secs(90);

fn option(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).cloned()
}

fn report(case: &Value, codec: &str, outcome: &str, details: &[String]) {
    let details: Vec<&String> = details.iter().filter(|detail| !detail.is_empty()).collect();
    let joined = details.iter().map(|detail| detail.as_str()).collect::<Vec<_>>().join("; ");
    println!("{}", json!({"case": case["id"], "codec": codec, "outcome": outcome, "detail": joined}));
}

/// Plays all rounds of a case: the outcome and the details.
async fn play(
    control: &Control,
    case: &Value,
    codec: &str,
    vectors: &Path,
) -> Result<(&'static str, Vec<String>), String> {
    let mut details: Vec<String> = Vec::new();
    for round in 0.. {
        let asked = json!({"case": case["id"], "codec": codec, "round": round, "client": "rust"});
        let run = control.post("/runs", &asked).await?;
        if let Some(skip) = run["skip"].as_str() {
            return Ok(("skipped", vec![skip.to_owned()]));
        }
        let failure = play_round(control, case, codec, vectors, &run, round, &mut details).await.err();
        let ending = match &failure {
            None => json!({"passed": true}),
            Some(detail) => json!({"passed": false, "detail": detail}),
        };
        let id = run["run"].as_str().unwrap_or_default();
        let end = control.post(&format!("/runs/{id}/end"), &ending).await?;
        let found = end["detail"].as_str().unwrap_or_default().to_owned();
        if failure.is_some() || end["passed"] != true {
            return Ok(("failed", vec![format!("round {round}"), failure.unwrap_or_default(), found]));
        }
        if !details.contains(&found) {
            details.push(found);
        }
        if end["more"] != true {
            break;
        }
    }
    Ok(("passed", details))
}

async fn play_round(
    control: &Control,
    case: &Value,
    codec: &str,
    vectors: &Path,
    run: &Value,
    round: u32,
    details: &mut Vec<String>,
) -> Result<(), String> {
    let id = run["run"].as_str().unwrap_or_default().to_owned();
    let steps = case["steps"].to_string().replace("${run}", &id).replace("${round}", &round.to_string());
    let steps: Value = serde_json::from_str(&steps).map_err(|error| error.to_string())?;
    let chosen = if codec == "json" { Codec::Json } else { Codec::Cbor };
    let uri = run["uri"].as_str().unwrap_or_default();
    let mut player = Player::new(control.clone(), id, uri, chosen, &case["client"], vectors.to_path_buf())?;
    let mut failure = Ok(());
    for (index, step) in steps.as_array().into_iter().flatten().enumerate() {
        let played = timeout(STEP, player.play(step))
            .await
            .unwrap_or_else(|_| Err(format!("no end within {} s", STEP.as_secs())));
        match played {
            Ok(report) => details.extend((!report.is_empty()).then_some(report)),
            Err(what) => {
                failure = Err(format!("step {} {}: {what}", index + 1, step["step"]));
                break;
            }
        }
    }
    let closed = timeout(STEP, player.close()).await.map_err(|_| "the client does not close".to_owned());
    failure.and(closed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {})); // an action of a case panics on purpose
    let (Some(control), Some(file)) = (option("--control"), option("--cases").map(PathBuf::from)) else {
        eprintln!("usage: driver --control URL --cases FILE [--vectors DIR] [--codec cbor|json] [--only ID]");
        return ExitCode::from(2);
    };
    let control = Control { address: control.trim_start_matches("http://").trim_end_matches('/').to_owned() };
    let cases: Value = match std::fs::read(&file).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(cases)) => cases,
        _ => return ExitCode::from(2),
    };
    let vectors = option("--vectors").map(PathBuf::from);
    let vectors = vectors.unwrap_or_else(|| file.parent().unwrap_or(Path::new(".")).join("../vectors"));
    let (only, only_codec) = (option("--only"), option("--codec"));
    let mut failed = false;
    for case in cases["cases"].as_array().into_iter().flatten() {
        let id = case["id"].as_str().unwrap_or_default();
        let chosen = only.as_ref().is_none_or(|only| match only.strip_suffix('*') {
            Some(begin) => id.starts_with(begin),
            None => id == only,
        });
        let both = json!(["cbor", "json"]);
        let codecs = case.get("codecs").unwrap_or(&both).as_array().cloned().unwrap_or_default();
        for codec in codecs.iter().filter_map(Value::as_str).filter(|_| chosen) {
            if only_codec.as_deref().is_none_or(|only| only == codec) {
                let (outcome, details) =
                    play(&control, case, codec, &vectors).await.unwrap_or_else(|what| ("failed", vec![what]));
                failed |= outcome == "failed";
                report(case, codec, outcome, &details);
            }
        }
    }
    ExitCode::from(u8::from(failed))
}
