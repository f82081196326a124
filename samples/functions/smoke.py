#!/usr/bin/env python3
"""Tries a function that was deployed: smoke.py URL ACTION [ARGUMENTS as JSON], with its secret in AGENTSOCKET_SECRET (whsec_...).

It sends requests that a function must refuse, asks for its actions, and invokes one of them. It ends with 1 if anything is not as
docs/function-protocol.md says. Each run costs eight requests. Only the standard library is used.
"""
import base64, hashlib, hmac, http.client, json, os, sys, time, uuid
from urllib.parse import urlsplit

FRAMES, ENVELOPE = "application/vnd.agentsocket.frames", "application/vnd.agentsocket.result+json"
failed = []


def post(url, body, secret, age=0, id=None):
    """Gives status, media type, seconds to the first byte, and the pieces as they came: (seconds, bytes)."""
    parts, id, at = urlsplit(url), id or f"msg_{uuid.uuid4().hex}", str(int(time.time()) - age)
    headers = {"content-type": "application/json", "accept": f"{FRAMES}, {ENVELOPE}, */*;q=0.5"}
    if secret:
        mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        headers |= {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=60)
    try:
        begin = time.monotonic()
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        first, pieces = time.monotonic() - begin, []
        while piece := response.read1(65536):
            pieces.append((time.monotonic() - begin, piece))
        return response.status, (response.getheader("content-type") or "").split(";")[0].strip().lower(), first, pieces
    finally:
        connection.close()


def body(type, **more):
    return json.dumps({"v": 1, "type": type, "function": "smoke", **more}).encode()


def check(what, right, told):
    print(f"{'ok' if right else 'WRONG':6}{what}: {told}", flush=True)
    if not right:
        failed.append(what)


def last_frame(data):
    """Type and end flag of the last whole frame; None if the frames are cut off."""
    at, last = 0, None
    while at < len(data):
        head, at = data[at], at + 1
        numbers = []
        for _ in range(2 if head >> 3 >= 8 else 1):  # stream, length
            value = shift = 0
            while True:
                if at >= len(data):
                    return None
                value, shift, at = value | (data[at] & 127) << shift, shift + 7, at + 1
                if data[at - 1] < 128:
                    break
            numbers.append(value)
        at += numbers[-1]
        last = (head >> 3, head & 1 == 1)
    return last if at == len(data) else None


def main(url, action, arguments="{}"):
    secret = os.environ["AGENTSOCKET_SECRET"]
    status, _, first, _ = post(url, body("warm"), secret)
    check("warm", status == 204, f"status {status} after {first * 1000:.0f} ms, a cold start perhaps")
    status, _, first, _ = post(url, body("warm"), secret)
    check("warm again", status == 204, f"status {status} after {first * 1000:.0f} ms")
    check("without a signature", (status := post(url, body("warm"), None)[0]) == 401, f"status {status}")
    check("400 s old", (status := post(url, body("warm"), secret, age=400)[0]) == 401, f"status {status}")
    id = f"msg_{uuid.uuid4().hex}"
    post(url, body("warm"), secret, id=id)
    again = post(url, body("warm"), secret, id=id)[0]
    print(f"{'ok' if again == 401 else 'note':6}the same request again: status {again}" + ("" if again == 401 else ", from another instance perhaps"))
    status, _, _, pieces = post(url, body("describe"), secret)
    told = json.loads(b"".join(piece for _, piece in pieces)) if status == 200 else {}
    check("describe", status in (200, 204, 404), f"status {status}, actions {[one['name'] for one in told.get('actions', [])]}")
    call = body("invoke", invocation=f"smoke-{uuid.uuid4().hex}", attempt=1, action=action, arguments=json.loads(arguments),
                session={"id": "smoke", "agent": {"name": "smoke", "version": "1"}}, principal=None, timeoutMs=60000,
                result=next((one.get("result", "value") for one in told.get("actions", []) if one["name"] == action), "value"), codec="json",
                state={"version": 0, "values": {}}, limits={"frame": 1056768, "item": 1048576, "state": 65536, "push": 1048576})
    status, kind, first, pieces = post(url, call, secret)
    data = b"".join(piece for _, piece in pieces)
    check(action, status in (200, 202, 204), f"status {status}, {kind or 'no media type'}, first byte after {first * 1000:.0f} ms")
    for at, piece in pieces[:20]:
        print(f"      {at * 1000:7.0f} ms {piece[:60]!r}")
    if kind == FRAMES:
        last = last_frame(data)
        check("the end of the frames", last is not None and last[1] and last[0] != 12, f"{last}")
    if kind == ENVELOPE:
        check("the envelope", "error" not in json.loads(data), data[:100])
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or "AGENTSOCKET_SECRET" not in os.environ:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
