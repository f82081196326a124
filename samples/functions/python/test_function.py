"""Tests of function.py, with the vectors of the function protocol."""
import base64, contextlib, hashlib, hmac, http.client, io, json, os, pathlib, socket, subprocess, sys, threading, time, unittest, uuid
from wsgiref.simple_server import WSGIRequestHandler, make_server

os.environ.setdefault("AGENTSOCKET_SECRETS", "")
import function
import lambda_function

VECTORS = json.loads((pathlib.Path(__file__).parents[3] / "docs/vectors/functions.json").read_text())
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEY = base64.b64decode(SECRET[6:])


class FunctionTest(unittest.TestCase):
    def setUp(self):
        function.SECRETS[:] = [KEY]
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
                    function.SECRETS[:] = [base64.b64decode(secret[6:]) for secret in one["secrets"]]
                    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in one["headers"].items()}
                    accepted = function.verified(environ, one["body"].encode(), one["now"])
                self.assertEqual(vector["accepted"], accepted)

    def signed(self, body):
        id, at = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        mac = hmac.new(KEY, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
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

    def answered(self, body, environ=None):
        """Status and body, without a server; what the function tells of faults goes to self.told."""
        begun, self.told = [], io.StringIO()
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.signed(body).items()}
        with contextlib.redirect_stderr(self.told):
            pieces = function.application({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **headers, **(environ or {})},
                                          lambda status, _headers: begun.append(status))
            content = b"".join(pieces)
        self.assertEqual(1, len(begun))
        return int(begun[0][:3]), content

    def test_bodies_that_are_no_request_are_refused(self):
        for body in [b"", b"{", b"\xff", b"\xef\xbb\xbf{}", "{\"v\": 1}".encode("utf-16"), b"[" * 500_000, b"9" * 5000, b"[]", b"1", b"null", b"\"v\"", b"{}", b"{\"v\": 1, \"type\""]:
            with self.subTest(body[:20]):
                self.assertEqual((400, b""), self.answered(body))
        for status, body in [(204, {"v": 1}), (204, {"v": 1, "type": []}), (404, {"v": 1, "type": "invoke"}), (404, {"v": 1, "type": "invoke", "action": ["cart.add"]}),
                             (404, {"v": 1, "type": "invoke", "action": {}}), (501, {"v": "1"}), (501, {"v": None})]:
            with self.subTest(body):
                self.assertEqual((status, b""), self.answered(json.dumps(body).encode()))

    def test_actions_that_fail_and_values_that_cannot_be_sent_are_one_error_that_tells_nothing(self):
        def late(error):
            yield b"\x4a\x01\x011"
            raise error
        results = [lambda _: {"result": float("nan")}, lambda _: {"result": [float("inf")]}, lambda _: {"result": "\ud800"}, lambda _: {"\udfff": 1}, lambda _: {"result": object()},
                   lambda _: {"result": {1j: 1}}, lambda _: {}["secret"], lambda _: int("secret"), lambda _: [].pop(), lambda call: function.add({**call, "state": None}),
                   lambda call: function.book({**call, "arguments": None})]
        invoke = json.dumps({"v": 1, "type": "invoke", "action": "failing", "arguments": {}}).encode()
        try:
            for run in results:
                function.ACTIONS["failing"] = run, {}
                self.assertEqual((500, b""), self.answered(invoke))
                self.assertIn("Traceback", self.told.getvalue())
            for error in [ValueError("secret"), RecursionError(), StopIteration("secret"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "secret"), type("Odd", (Exception,), {"__str__": lambda _: None})()]:
                function.ACTIONS["failing"] = lambda _: late(error), {}
                self.assertEqual((200, b"\x4a\x01\x011" b"\x62\x01\x14\x0d\x02The action failed."), self.answered(invoke))
                self.assertIn("Traceback", self.told.getvalue())
        finally:
            del function.ACTIONS["failing"]

    def test_an_agent_that_leaves_ends_the_generator(self):
        left = []
        def endless(_call):
            try:
                while True:
                    yield b"\x4a\x01\x011"
            finally:
                left.append(True)
        frames = function.ended(endless(None))
        next(frames)
        frames.close()
        self.assertEqual([True], left)

    def test_bodies_that_are_cut_or_drip(self):
        body = json.dumps({"v": 1, "type": "warm"}).encode()
        self.assertEqual((401, b""), self.answered(body, {"wsgi.input": io.BytesIO(body[:-1])}))
        for error in (TimeoutError, ConnectionResetError):
            def read(_size):
                raise error
            self.assertEqual((408, b""), self.answered(body, {"wsgi.input": type("Input", (), {"read": staticmethod(read)})}))

    def test_ids_times_and_signatures_of_odd_form_are_refused(self):
        body, now = b"{}", 1_800_000_000
        for id, at, right in [("", "1800000000", False), ("a b", "1800000000", False), ("a" * 257, "1800000000", False), ("a.1", "1800000300", True), ("a", "1800000301", False),
                              ("b", "1799999700", True), ("c", "1799999699", False), ("d", "\u0661800000000", False), ("e", "-1800000000", False), ("f", "1" * 13, False)]:
            mac = hmac.new(KEY, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
            headers = {"HTTP_WEBHOOK_ID": id, "HTTP_WEBHOOK_TIMESTAMP": at, "HTTP_WEBHOOK_SIGNATURE": "v1,\ud800 v2,x v1," + base64.b64encode(mac).decode()}
            with self.subTest(id=id[:20], at=at):
                self.assertEqual(right, function.verified(headers, body, now))

    def test_secrets_that_are_none_stop_the_start(self):
        for secret in ("whsec_", "whsec_AAEC", "secret", "whsec_%%%%"):
            ended = subprocess.run([sys.executable, function.__file__], env={**os.environ, "AGENTSOCKET_SECRETS": secret, "PORT": "0"}, capture_output=True, timeout=60)
            self.assertEqual(1, ended.returncode, secret)

    def test_the_descriptors_say_what_the_actions_take(self):
        actions = {one["name"]: one for one in json.loads(self.call("", type="describe")[1])["actions"]}
        self.assertEqual({"minimum": 0, "maximum": 1_000_000, "type": "integer"}, actions["numbers.count"]["input"]["properties"]["count"])
        self.assertEqual((["article"], ["to"]), (actions["cart.add"]["input"]["required"], actions["trip.book"]["input"]["required"]))

    def test_lambda_refuses_what_is_no_post_too_large_or_unsigned(self):
        event = {"requestContext": {"http": {"method": "POST"}}, "headers": {}, "body": "{}", "isBase64Encoded": False}
        for status, more in [(401, {}), (401, {"headers": {"webhook-id": "a,a"}}), (405, {"requestContext": {"http": {"method": "GET"}}}), (405, {"requestContext": {}}),
                             (413, {"body": "a" * (function.MAX_BODY + 1)}), (401, {"body": "e30=", "isBase64Encoded": True}), (401, {"body": None}), (401, {"headers": {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "\ud800"}}), (401, {"headers": {}})]:
            with self.subTest(status=status, more=ascii(more)[:40]):
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
