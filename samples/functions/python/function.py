"""A function behind the relay of Agent Socket, with the standard library alone: docs/function-protocol.md, version 1."""
import base64, hashlib, hmac, json, os, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS = os.environ.get("AGENTSOCKET_SECRETS", "").split()  # whsec_..., several while keys are rotated
UNSIGNED = os.environ.get("AGENTSOCKET_UNSIGNED") == "true"  # only where the platform lets nobody else through
MAX_BODY = 1 << 20
SEEN: dict[str, float] = {}  # ids of requests of the last 600 s, the oldest first
LOCK = threading.Lock()


def verified(headers, body, now):
    given = [headers.get_all(name) or [] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    if any(len(values) != 1 for values in given):
        return False
    id, at, signatures = (values[0] for values in given)
    if not (at.isascii() and at.isdigit() and len(at) <= 12) or abs(now - int(at)) > 300:
        return False
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in SECRETS]
    signed = [hmac.new(key, f"{id}.{at}.".encode() + body, hashlib.sha256).digest() for key in keys]
    right = ["v1," + base64.b64encode(one).decode() for one in signed]
    if not any(hmac.compare_digest(a.encode(), b.encode()) for a in right for b in signatures.split(" ")):
        return False
    with LOCK:
        while SEEN and SEEN[oldest := next(iter(SEEN))] < now - 600:
            del SEEN[oldest]
        if id in SEEN:
            return False
        if len(SEEN) >= 10_000:
            del SEEN[next(iter(SEEN))]
        SEEN[id] = now
    return True


def varint(n):
    return bytes([n]) if n < 128 else bytes([n % 128 + 128]) + varint(n // 128)


def item(value=None, end=False):  # DATA on stream 1; without a value the end alone
    body = b"" if value is None else json.dumps(value).encode()
    return bytes([0x4B if end else 0x4A, 1]) + varint(len(body)) + body


def numbers(call):  # a stream of items, each sent when it is there
    for n in range(call["arguments"].get("count", 3)):
        yield item({"n": n})
    yield item(end=True)


def add(call):  # the state of the session, changed as a whole
    cart = call["state"]["values"].get("cart", []) + [call["arguments"]["article"]]
    return {"result": len(cart), "state": {"version": call["state"]["version"], "set": {"cart": cart}}}


def book(call):  # a question for the agent; nothing waits for the answer
    if "answer" not in call:
        return {"ask": {"prompt": "Which day?", "schema": {"type": "string", "format": "date"}, "continuation": call["arguments"]["to"]}}
    return {"result": f"{call['continuation']} on {call['answer'].get('value', 'no day')}"}


ACTIONS = {
    "numbers.count": (numbers, {"description": "Counts", "result": "items", "hints": {"readOnly": True}}),
    "cart.add": (add, {"description": "Adds an article", "state": "write", "keys": ["cart"]}),
    "trip.book": (book, {"description": "Books a trip"}),
}


def respond(headers, body):
    """Gives status, media type and content of an answer: bytes, or frames, each when it is there."""
    if not UNSIGNED and not verified(headers, body, time.time()):
        return 401, "text/plain", b""
    call = json.loads(body)
    if call["type"] == "describe":
        return 200, "application/json", json.dumps({"actions": [{"name": name, **about} for name, (_, about) in ACTIONS.items()]}).encode()
    if call["type"] != "invoke" or call["action"] not in ACTIONS:
        return 204 if call["type"] != "invoke" else 404, "text/plain", b""
    outcome = ACTIONS[call["action"]][0](call)
    if isinstance(outcome, dict):
        return 200, "application/vnd.agentsocket.result+json", json.dumps(outcome).encode()
    return 200, "application/vnd.agentsocket.frames", outcome


class Function(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        # A connection whose body was not read is closed: the body would be taken for the next request.
        lengths = self.headers.get_all("content-length") or []
        if "transfer-encoding" in self.headers or len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            return self.answer(411, close=True)
        if len(lengths[0]) > 7 or int(lengths[0]) > MAX_BODY:
            return self.answer(413, close=True)
        body = self.rfile.read(int(lengths[0]))
        status, kind, content = respond(self.headers, body)
        if isinstance(content, bytes):
            return self.answer(status, content, kind)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for frame in content:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(frame), frame))
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, status, body=b"", kind="text/plain", close=False):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if close:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    if not SECRETS and not UNSIGNED:
        raise SystemExit("Set AGENTSOCKET_SECRETS, or AGENTSOCKET_UNSIGNED=true where the platform lets nobody but the relay through")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8080))), Function)
    print(server.server_port, flush=True)
    server.serve_forever()
