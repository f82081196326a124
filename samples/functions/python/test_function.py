"""Tests of function.py, with the vectors of the function protocol."""
import base64, contextlib, hashlib, hmac, http.client, json, os, pathlib, socket, subprocess, sys, threading, time, unittest, uuid
from email.message import Message
from http.server import ThreadingHTTPServer

import function
import lambda_function

VECTORS = json.loads((pathlib.Path(__file__).parents[3] / "docs/vectors/functions.json").read_text())
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class FunctionTest(unittest.TestCase):
    def setUp(self):
        function.SECRETS[:] = [SECRET]
        function.SEEN.clear()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), function.Function)
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
                    headers = Message()
                    for name, value in one["headers"].items():
                        for each in value if isinstance(value, list) else [value]:
                            headers[name] = each
                    accepted = function.verified(headers, one["body"].encode(), one["now"])
                self.assertEqual(vector["accepted"], accepted)

    def call(self, action, arguments=None, sign=True, **more):
        body = json.dumps({"v": 1, "type": "invoke", "action": action, "arguments": arguments or {}, **more}).encode()
        id, at = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        mac = hmac.new(base64.b64decode(SECRET[6:]), f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        headers = {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.server_port)) as connection:
            connection.request("POST", "/", body, headers if sign else {})
            response = connection.getresponse()
            return response.status, response.read()

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
        self.assertEqual(401, self.call("numbers.count", sign=False)[0])

    def test_bodies_without_a_length_or_with_a_wrong_one(self):
        for status, head in [(411, "transfer-encoding: chunked"), (411, "content-length: -1"), (411, "x: y"), (411, "content-length: 1\r\ncontent-length: 2"),
                             (413, "content-length: 1048577"), (413, "content-length: " + "9" * 5000)]:
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
        function.SEEN.update({f"msg_{n}": time.time() for n in range(10_000)})
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


if __name__ == "__main__":
    unittest.main()
