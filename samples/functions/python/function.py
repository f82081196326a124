"""A function behind the relay of Agent Socket, with the standard library alone: docs/function-protocol.md."""
import base64, collections, hmac, http, json, os, re, socketserver, threading, time
from wsgiref.simple_server import WSGIServer, make_server

SECRETS = os.environ["AGENTSOCKET_SECRETS"].split()  # whsec_..., several while keys are rotated
MAX_BODY, SEEN, LOCK, ACTIONS = 1 << 20, collections.deque(maxlen=10_000), threading.Lock(), {}

def verified(environ, body, now):
    id, at, signatures = (environ.get("HTTP_WEBHOOK_" + name, "") for name in ("ID", "TIMESTAMP", "SIGNATURE"))
    if not re.fullmatch("[0-9]{1,12}", at) or abs(now - int(at)) > 300 or ", " in signatures:  # that came twice
        return False
    macs = [hmac.digest(base64.b64decode(secret[6:]), f"{id}.{at}.".encode() + body, "sha256") for secret in SECRETS]
    right = [b"v1," + base64.b64encode(mac) for mac in macs]
    known = any(hmac.compare_digest(one, given.encode()) for one in right for given in signatures.split(" "))
    with LOCK:
        if not known or id in SEEN:
            return False
        SEEN.append(id)
    return True

def numbers(call):  # frames, each sent when it is there: items, of less than 128 bytes here, and the end
    for n in range(call["arguments"].get("count", 3)):
        item = json.dumps({"n": n}).encode()
        yield bytes([0x4A, 1, len(item)]) + item
    yield bytes([0x4B, 1, 0])
ACTIONS["numbers.count"] = numbers, {"description": "Counts", "result": "items", "hints": {"readOnly": True}}

def add(call):  # the state of the session, changed as a whole
    cart = call["state"]["values"].get("cart", []) + [call["arguments"]["article"]]
    return {"result": len(cart), "state": {"version": call["state"]["version"], "set": {"cart": cart}}}
ACTIONS["cart.add"] = add, {"description": "Adds an article", "state": "write", "keys": ["cart"]}

def book(call):  # a question for the agent; nothing waits for the answer
    if "answer" not in call:
        return {"ask": {"prompt": "Which day?", "continuation": call["arguments"]["to"]}}
    return {"result": f"{call['continuation']} on {call['answer'].get('value', 'no day')}"}
ACTIONS["trip.book"] = book, {"description": "Books a trip"}

def application(environ, start_response):  # for any WSGI server, or the one below
    def answer(status, kind="text/plain", content=()):
        start_response(f"{status} {http.HTTPStatus(status).phrase}", [("content-type", kind)])
        return [json.dumps(content).encode()] if isinstance(content, dict) else content
    length = environ.get("CONTENT_LENGTH") or ""
    if not re.fullmatch("[0-9]{1,7}", length) or int(length) > MAX_BODY:
        return answer(413 if length.isdigit() else 411)
    body = environ["wsgi.input"].read(int(length))
    if not verified(environ, body, time.time()):
        return answer(401)
    call = json.loads(body)
    if call["v"] == 1 and call["type"] == "describe":
        return answer(200, "application/json", {"actions": [{"name": n, **a} for n, (_, a) in ACTIONS.items()]})
    if call["v"] != 1 or call["type"] != "invoke" or call["action"] not in ACTIONS:
        return answer(501 if call["v"] != 1 else 404 if call["type"] == "invoke" else 204)
    out = ACTIONS[call["action"]][0](call)
    return answer(200, "application/vnd.agentsocket." + ("result+json" if isinstance(out, dict) else "frames"), out)

if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", 8080)), application,
                     type("Threads", (socketserver.ThreadingMixIn, WSGIServer), {"daemon_threads": True})) as server:
        server.serve_forever()
