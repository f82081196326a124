"""Tests of function.py, with the vectors of the function protocol."""
import base64, contextlib, hashlib, hmac, http.client, json, os, pathlib, socket, subprocess, sys, threading, time, unittest, uuid
from wsgiref.simple_server import WSGIRequestHandler, make_server

os.environ.setdefault("AGENTSOCKET_SECRETS", "")
import function
import lambda_function

VECTORS = json.loads((pathlib.Path(__file__).parents[3] / "docs/vectors/functions.json").read_text())
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class FunctionTest(unittest.TestCase):
    def setUp(self):
        function.SECRETS[:] = [SECRET]
        function.SEEN.clear()
        quiet = type("Quiet", (WSGIRequestHandler,), {"log_message": lambda *_: None})
        self.server = make_server("127.0.0.1", 0, function.application, handler_class=quiet)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def test_signatures(self):
        for vector in VECTORS["signatures"]:
            with self.subTest(vector["id"]):
                function.SEEN.clear()
                before = [v for v in VECTORS["signatures"] if v["id"] == vector.get("after")]
                for one in before + [vector]:
                    function.SECRETS[:] = one["secrets"]
                    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in one["headers"].items()}
                    accepted = function.verified(environ, one["body"].encode(), one["now"])
                self.assertEqual(vector["accepted"], accepted)

    def signed(self, body):
        id, at = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        mac = hmac.new(base64.b64decode(SECRET[6:]), f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        return {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(mac).decode()}

    def call(self, action, arguments=None, sign=True, **more):
        body = json.dumps({"v": 1, "type": "invoke", "action": action, "arguments": arguments or {}, **more}).encode()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.server_port)) as connection:
            connection.request("POST", "/", body, self.signed(body) if sign else {})
            response = connection.getresponse()
            return response.status, response.read()

    def test_a_header_that_comes_twice_is_refused(self):
        body = b'{"v": 1, "type": "warm"}'
        for twice in (None, "webhook-id", "webhook-timestamp", "webhook-signature"):
            for joined in (False, True):  # by what stands before the server
                with self.subTest(twice, joined=joined), contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.server_port)) as connection:
                    connection.putrequest("POST", "/")
                    for name, value in {**self.signed(body), "content-length": len(body)}.items():
                        values = [value, value] if name == twice else [value]
                        for each in [", ".join(values)] if joined and name == twice else values:
                            connection.putheader(name, each)
                    connection.endheaders(body)
                    self.assertEqual(401 if twice else 204, connection.getresponse().status)

    def test_items_are_frames(self):
        status, body = self.call("numbers.count", {"count": 2})
        self.assertEqual((200, b'\x4a\x01\x08{"n": 0}\x4a\x01\x08{"n": 1}\x4b\x01\x00'), (status, body))

    def test_state_comes_back_as_a_patch(self):
        status, body = self.call("cart.add", {"article": "pear"}, state={"version": 7, "values": {"cart": ["apple"]}})
        self.assertEqual({"result": 2, "state": {"version": 7, "set": {"cart": ["apple", "pear"]}}}, json.loads(body))

    def test_a_question_is_asked_and_answered(self):
        asked = json.loads(self.call("trip.book", {"to": "Paris"})[1])["ask"]
        self.assertEqual("Paris", asked["continuation"])
        status, body = self.call("trip.book", {"to": "Paris"}, continuation="Paris", answer={"outcome": "answer", "value": "2027-03-01"})
        self.assertEqual({"result": "Paris on 2027-03-01"}, json.loads(body))

    def test_others(self):
        self.assertEqual(3, len(json.loads(self.call("", type="describe")[1])["actions"]))
        self.assertEqual(204, self.call("", type="warm")[0])
        self.assertEqual(404, self.call("none")[0])
        self.assertEqual(501, self.call("numbers.count", v=2)[0])
        self.assertEqual(501, self.call("", v=2, type="describe")[0])
        self.assertEqual(401, self.call("numbers.count", sign=False)[0])

    def test_bodies_without_a_length_or_with_a_wrong_one(self):
        for status, head in [(411, "transfer-encoding: chunked"), (411, "content-length: -1"), (411, "x: y"), (413, "content-length: 1048577"), (413, "content-length: " + "9" * 5000)]:
            with self.subTest(head[:40]), socket.create_connection(("127.0.0.1", self.server.server_port), 10) as client:
                client.sendall(f"POST / HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n".encode())
                answer = b"".join(iter(lambda: client.recv(4096), b""))  # until the function closes
                self.assertIn(f" {status} ".encode(), answer.split(b"\r\n")[0])

    def test_lambda_refuses_what_is_no_post_too_large_or_unsigned(self):
        event = {"requestContext": {"http": {"method": "POST"}}, "headers": {}, "body": "{}", "isBase64Encoded": False}
        for status, more in [(401, {}), (401, {"headers": {"webhook-id": "a,a"}}), (405, {"requestContext": {"http": {"method": "GET"}}}), (405, {"requestContext": {}}),
                             (413, {"body": "a" * (function.MAX_BODY + 1)}), (401, {"body": "e30=", "isBase64Encoded": True}), (401, {"body": None})]:
            with self.subTest(status=status, more=str(more)[:40]):
                self.assertEqual(status, lambda_function.handler({**event, **more}, None)["statusCode"])

    def test_the_oldest_id_is_refused_and_one_id_goes_at_a_time(self):
        function.SEEN.extend(f"msg_{n}" for n in range(10_000))
        self.assertEqual(204, self.call("", type="warm")[0])
        self.assertEqual(10_000, len(function.SEEN))
        self.assertNotIn("msg_0", function.SEEN)
        self.assertIn("msg_1", function.SEEN)

    def test_without_secrets_it_does_not_start_and_lets_nobody_in(self):
        function.SECRETS[:] = []
        self.assertEqual(401, self.call("numbers.count")[0])
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AGENTSOCKET_")}
        ended = subprocess.run([sys.executable, function.__file__], env={**environment, "PORT": "0"}, capture_output=True, timeout=30)
        self.assertIn(b"AGENTSOCKET_SECRETS", ended.stderr)
        self.assertEqual(1, ended.returncode)

    def test_it_serves_as_a_program_several_at_a_time(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        program = subprocess.Popen([sys.executable, function.__file__], env={**os.environ, "PORT": str(port), "AGENTSOCKET_SECRETS": SECRET},
                                   stderr=subprocess.DEVNULL)
        try:
            self.server.server_port = port
            for _ in range(200):  # until it listens, at most 20 s
                try:
                    idle = socket.create_connection(("127.0.0.1", port), 10)
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            with idle:  # a connection that was opened ahead
                self.assertEqual((200, b'\x4b\x01\x00'), self.call("numbers.count", {"count": 0}))
        finally:
            program.kill()
            program.wait()


if __name__ == "__main__":
    unittest.main()
