"""A function behind the relay of Agent Socket, with the standard library alone: docs/function-protocol.md."""
import base64, collections, hmac, http, json, os, re, socketserver, threading, time, traceback
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

# whsec_..., several while keys are rotated
SECRETS = [base64.b64decode(one.removeprefix("whsec_"), validate=True) for one in os.environ["AGENTSOCKET_SECRETS"].split()]
if any(len(key) < 24 for key in SECRETS):
    raise SystemExit("A secret of AGENTSOCKET_SECRETS has less than 24 bytes")
MAX_BODY, SEEN, LOCK, ACTIONS = 1 << 20, collections.deque(maxlen=10_000), threading.Lock(), {}

def verified(environ, body, now):
    id, at, signatures = (environ.get("HTTP_WEBHOOK_" + name, "") for name in ("ID", "TIMESTAMP", "SIGNATURE"))
    if not re.fullmatch("[A-Za-z0-9_.-]{1,256} [0-9]{1,12}", f"{id} {at}") or abs(now - int(at)) > 300 or ", " in signatures:  # that came twice
        return False
    macs = [hmac.digest(key, f"{id}.{at}.".encode() + body, "sha256") for key in SECRETS]
    right = [b"v1," + base64.b64encode(mac) for mac in macs]
    known = any([hmac.compare_digest(one, given.encode(errors="replace")) for one in right for given in signatures.split(" ")])
    with LOCK:
        if not known or id in SEEN:
            return False
        SEEN.append(id)
    return True

def encoded(value):  # neither NaN nor half of a character is JSON for others
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()

def numbers(call):  # frames, each sent when it is there: items, of less than 128 bytes here, and the end
    for n in range(call["arguments"].get("count", 3)):
        item = encoded({"n": n})
        yield bytes([0x4A, 1, len(item)]) + item
    yield bytes([0x4B, 1, 0])
COUNT = {"type": "object", "properties": {"count": {"type": "integer", "minimum": 0, "maximum": 1_000_000}}}
ACTIONS["numbers.count"] = numbers, {"description": "Counts", "input": COUNT, "result": "items", "hints": {"readOnly": True}}

def add(call):  # the state of the session, changed as a whole
    cart = call["state"]["values"].get("cart", []) + [call["arguments"]["article"]]
    return {"result": len(cart), "state": {"version": call["state"]["version"], "set": {"cart": cart}}}
ARTICLE = {"type": "object", "properties": {"article": {"type": "string", "maxLength": 100}}, "required": ["article"]}
ACTIONS["cart.add"] = add, {"description": "Adds an article", "input": ARTICLE, "state": "write", "keys": ["cart"]}

def book(call):  # a question for the agent; nothing waits for the answer
    if "answer" not in call:
        return {"ask": {"prompt": "Which day?", "continuation": call["arguments"]["to"]}}
    return {"result": f"{call['continuation']} on {call['answer'].get('value', 'no day')}"}
TRIP = {"type": "object", "properties": {"to": {"type": "string", "maxLength": 100}}, "required": ["to"]}
ACTIONS["trip.book"] = book, {"description": "Books a trip", "input": TRIP}

def ended(frames):  # a fault between two items is the end, too: ERROR 13, may have run
    try:
        yield from frames
    except Exception:  # told here, not to the agent
        traceback.print_exc()
        yield bytes([0x62, 1, 20, 13, 2]) + b"The action failed."

def application(environ, start_response):  # for any WSGI server, or the one below
    def answer(status, kind="text/plain", content=()):
        content = [encoded(content)] if isinstance(content, dict) else content
        start_response(f"{status} {http.HTTPStatus(status).phrase}", [("content-type", kind)])
        return content
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("REQUEST_METHOD") != "POST" or not re.fullmatch("[0-9]{1,7}", length) or int(length) > MAX_BODY:
        return answer(405 if environ.get("REQUEST_METHOD") != "POST" else 413 if length.isdigit() else 411)
    try:
        body = environ["wsgi.input"].read(int(length))
    except OSError:  # the caller has gone, or sends nothing more
        return answer(408)
    if not verified(environ, body, time.time()):
        return answer(401)
    try:
        call = json.loads(body.decode())
        v, type, action = call["v"], call.get("type"), ACTIONS.get(str(call.get("action")))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # no JSON, too deep, or no request
        return answer(400)
    try:
        if v == 1 and type == "describe":
            return answer(200, "application/json", {"actions": [{"name": n, **a} for n, (_, a) in ACTIONS.items()]})
        if v != 1 or type != "invoke" or not action:
            return answer(501 if v != 1 else 404 if type == "invoke" else 204)
        out = action[0](call)
        whole = isinstance(out, dict)
        return answer(200, "application/vnd.agentsocket." + ("result+json" if whole else "frames"), out if whole else ended(out))
    except Exception:  # told here, not to the agent
        traceback.print_exc()
        return answer(500)

if __name__ == "__main__":
    Threads = type("Threads", (socketserver.ThreadingMixIn, WSGIServer), {"daemon_threads": True})
    Patient = type("Patient", (WSGIRequestHandler,), {"timeout": 300})  # s without a byte; the relay gives up after 120
    with make_server("127.0.0.1", int(os.environ.get("PORT", 8080)), application, Threads, Patient) as server:
        server.serve_forever()
