//! The golden vectors of the protocol (docs/vectors), read with the decoder of this client.

use std::fs;
use std::path::Path;

use serde_json::{json, Map, Value};

use crate::codec::Codec;
use crate::error::{breach, too_large, Breach};
use crate::greeting::read_welcome;
use crate::wire::*;

const FRAME_LIMIT: usize = 16_384;
const MESSAGE_LIMIT: usize = 65_536;

/// Checks a file in a codec; gives the number of vectors, or the first one that is wrong.
pub fn check(directory: &Path, file: &str, codec: Codec) -> Result<usize, String> {
    let text = fs::read_to_string(directory.join(format!("{file}.json"))).map_err(|error| error.to_string())?;
    let data: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let name = if codec == Codec::Cbor { "cbor" } else { "json" };
    let concerns = |vector: &&Value| vector["codec"] == "any" || vector["codec"] == name;
    let list = |key: &str| data[key].as_array().cloned().unwrap_or_default();
    let mut count = 0;
    match file {
        "varints" => {
            for vector in list("valid") {
                number(&vector)?;
                count += 1;
            }
            for vector in list("invalid") {
                bad_number(&vector)?;
                count += 1;
            }
        }
        "frames" => {
            for vector in list("frames").iter().filter(concerns) {
                message(vector, &json!([vector["frame"]]), codec)?;
                count += 1;
            }
        }
        "messages" => {
            for vector in list("messages").iter().filter(concerns) {
                message(vector, &vector["frames"], codec)?;
                count += 1;
            }
        }
        "transcripts" => {
            for script in list("transcripts").iter().filter(concerns) {
                for step in script["steps"].as_array().into_iter().flatten().filter(|step| step["hex"].is_string()) {
                    message(step, &step["frames"], codec)?;
                    count += 1;
                }
            }
        }
        "invalid" => {
            let judged = |vector: &&Value| {
                let metadata = vector["row"] == 22 || vector["row"] == 23;
                (vector["level"] == "envelope" || metadata) && vector.get("waitMs").is_none()
            };
            for vector in list("vectors").iter().filter(concerns).filter(judged) {
                refused(vector, codec)?;
                count += 1;
            }
        }
        other => return Err(format!("unknown file {other}")),
    }
    Ok(count)
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    (0..text.len() / 2).filter_map(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unless(holds: bool, vector: &Value, what: &str) -> Result<(), String> {
    if holds {
        return Ok(());
    }
    let id = vector.get("id").or_else(|| vector.get("note")).or_else(|| vector.get("hex"));
    Err(format!("{}: {what}", id.unwrap_or(&Value::Null)))
}

fn number(vector: &Value) -> Result<(), String> {
    let (bytes, value) = (hex(&vector["hex"]), vector["value"].as_u64());
    let mut written = Vec::new();
    put_uvarint(&mut written, value.unwrap_or(0));
    unless(written == bytes && uvarint_size(value.unwrap_or(0)) == bytes.len(), vector, "is written wrong")?;
    unless(Cursor::new(&bytes).uvarint(COUNTER).ok() == value, vector, "is read wrong")?;
    let small = Cursor::new(&bytes).uvarint(NUMBER).ok();
    unless(small == value.filter(|_| vector["kind"] != "counter"), vector, "is read wrong as a number")
}

fn bad_number(vector: &Value) -> Result<(), String> {
    let bytes = hex(&vector["hex"]);
    for (kind, most) in [("counter", COUNTER), ("number", NUMBER)] {
        if vector["kind"] == kind || vector["kind"] == "any" {
            let code = Cursor::new(&bytes).uvarint(most).err().map(|breach| breach.code);
            unless(code == Some(4500), vector, "is accepted")?;
        }
    }
    Ok(())
}

fn message(vector: &Value, expected: &Value, codec: Codec) -> Result<(), String> {
    let bytes = hex(&vector["hex"]);
    let expected = expected.as_array().cloned().unwrap_or_default();
    let pieces = expected.iter().any(|frame| frame["type"] == "PART");
    let mut frames = Frames::new(&bytes, FRAME_LIMIT);
    let mut seen = 0;
    let mut again = Vec::new();
    loop {
        let frame = frames.next().map_err(|breach| format!("{}: {}", vector["id"], breach.rule))?;
        let Some(frame) = frame else { break };
        let Some(expected) = expected.get(seen) else { return unless(false, vector, "has too many frames") };
        compare(&frame, expected, codec, pieces).map_err(|what| format!("{}: {what}", vector["id"]))?;
        again.push(Out::new(frame.kind, frame.stream, frame.body, frame.end, frame.meta));
        seen += 1;
    }
    unless(seen == expected.len(), vector, "has too few frames")?;
    let last_has_length = expected.last().is_some_and(|frame| frame.get("length").is_some());
    unless(last_has_length || join(&again) == bytes, vector, "is written wrong")
}

fn compare(frame: &Frame, expected: &Value, codec: Codec, pieces: bool) -> Result<(), String> {
    let same = |what: &str, right: bool| if right { Ok(()) } else { Err(format!("{what} is read wrong")) };
    same("the type", expected["typeCode"] == frame.kind)?;
    same("the end", expected["end"] == frame.end)?;
    same("the stream", expected["stream"].as_u64().unwrap_or(0) == u64::from(frame.stream))?;
    same("the body", expected["body"] == to_hex(frame.body))?;
    if frame.kind >= FIRST_EXTENSION {
        return Ok(());
    }
    codec.metadata(frame.meta).map_err(|breach| breach.rule.to_owned())?;
    if frame.kind <= WELCOME {
        let map = codec.read(frame.body).unwrap_or(Value::Null);
        same("the map", equal(&expected["map"], &map))?;
        return if frame.kind == WELCOME {
            read_welcome(codec, frame.body).map(drop).map_err(|breach| breach.rule.to_owned())
        } else {
            Ok(())
        };
    }
    let (heads, payload) = heads(frame).map_err(|breach| breach.rule.to_owned())?;
    for (key, value) in &heads {
        let absent = value == "" || key == "flags";
        same(key, equal(&expected[key.as_str()], value) || absent)?;
    }
    let member = match frame.kind {
        DEFINE => "descriptor",
        EVENT => "payload",
        INVOKE => "arguments",
        DATA => "item",
        TEXT => "text",
        BYTES | PART => "bytes",
        _ => return Ok(()),
    };
    if payload.is_empty() || pieces || expected.get(member).is_none() {
        return Ok(());
    }
    let value = match frame.kind {
        TEXT => std::str::from_utf8(payload).ok().map(Value::from),
        BYTES | PART => Some(to_hex(payload).into()),
        _ => codec.read(payload),
    };
    same(member, value.is_some_and(|value| equal(&expected[member], &value)))
}

/// Head fields of a frame by the names of the vectors, and its payload.
fn heads<'a>(frame: &Frame<'a>) -> Result<(Map<String, Value>, &'a [u8]), Breach> {
    let mut at = Cursor::new(frame.body);
    let mut map = Map::new();
    match frame.kind {
        ACK => {
            map.insert("rx".into(), at.uvarint(COUNTER)?.into());
            if !at.rest().is_empty() {
                map.insert("tx".into(), at.uvarint(COUNTER)?.into());
            }
            if !at.rest().is_empty() {
                return breach("ACK has bytes left");
            }
        }
        GOAWAY => {
            for key in ["code", "drain", "spread"] {
                map.insert(key.into(), at.uvarint(NUMBER)?.into());
            }
            map.insert("text".into(), at.lossy().into());
        }
        DEFINE => {
            let (alias, name) = at.define()?;
            map.insert("alias".into(), alias.into());
            map.insert("name".into(), name.into());
        }
        EVENT | INVOKE => {
            let (alias, name) = at.reference()?;
            let name = String::from_utf8_lossy(name);
            map.insert("ref".into(), if alias > 0 { json!({"alias": alias}) } else { json!({"name": name}) });
        }
        ERROR => {
            let code = at.uvarint(NUMBER)?;
            map.insert("code".into(), code.into());
            map.insert("flags".into(), at.uvarint(NUMBER)?.into());
            map.insert("text".into(), at.lossy().into());
            if code == 0 {
                return breach("ERROR has code 0");
            }
        }
        INTERRUPT => {
            let mode = at.uvarint(NUMBER)?;
            map.insert("mode".into(), mode.into());
            map.insert("reason".into(), at.lossy().into());
            if mode > 1 {
                return breach("INTERRUPT has an unknown mode");
            }
        }
        CREDIT => {
            let items = at.uvarint(COUNTER)?;
            map.insert("items".into(), items.into());
            if items == 0 || !at.rest().is_empty() {
                return breach("CREDIT is 0 or has bytes left");
            }
        }
        PART if frame.body.is_empty() => return breach("PART without bytes"),
        _ => return Ok((map, frame.body)),
    }
    Ok((map, at.rest()))
}

/// Equal as in the data model: numbers by value, bytes of the vectors as base64 text.
fn equal(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::String(text)) if left.contains_key("$bytes") => {
            *text == crate::cbor::base64(&hex(&left["$bytes"]))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(key, value)| right.get(key).is_some_and(|r| equal(value, r)))
        }
        _ => expected == actual,
    }
}

fn refused(vector: &Value, codec: Codec) -> Result<(), String> {
    let mut code = None;
    let decoded = (vector["level"] != "envelope").then_some(codec);
    for one in vector["messages"].as_array().into_iter().flatten() {
        let mut bytes = hex(&one["hex"]);
        for part in one["parts"].as_array().into_iter().flatten() {
            bytes.extend(hex(&part["hex"]).repeat(part["times"].as_u64().unwrap_or(1) as usize));
        }
        code = code.or(read(&bytes, decoded).err().map(|breach| breach.code));
    }
    unless(code.map(Value::from).as_ref() == Some(&vector["outcome"]["code"]), vector, &format!("ends with {code:?}"))
}

/// Reads a message; its metadata, too, if there is a codec.
fn read(bytes: &[u8], codec: Option<Codec>) -> Result<(), Breach> {
    if bytes.len() > MESSAGE_LIMIT {
        return too_large("a message is larger than its limit");
    }
    let mut frames = Frames::new(bytes, FRAME_LIMIT);
    while let Some(frame) = frames.next()? {
        heads(&frame)?;
        if let Some(codec) = codec {
            codec.metadata(frame.meta)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_refuses_all_vectors() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/vectors");
        for codec in [Codec::Cbor, Codec::Json] {
            for file in ["varints", "frames", "messages", "transcripts", "invalid"] {
                let count = check(&directory, file, codec).unwrap_or_else(|what| panic!("{file} in {codec:?}: {what}"));
                assert!(count > 20, "{file} in {codec:?} has {count} vectors");
            }
        }
    }
}
