"""The same function in AWS Lambda, behind a function URL: lambda_function.handler, for the managed runtime of Python. The answer is buffered."""
import base64
from email.message import Message

import function


def handler(event, _context):
    if event.get("requestContext", {}).get("http", {}).get("method") != "POST":
        return answer(405, "text/plain", b"")
    sent = event.get("body") or ""
    body = base64.b64decode(sent) if event.get("isBase64Encoded") else sent.encode()
    if len(body) > function.MAX_BODY:
        return answer(413, "text/plain", b"")
    headers = Message()
    for name, value in event.get("headers", {}).items():  # AWS joins what came twice with a comma, which verifies nothing
        headers[name] = value
    status, kind, content = function.respond(headers, body)
    return answer(status, kind, content if isinstance(content, bytes) else b"".join(content))


def answer(status, kind, body):
    return {"statusCode": status, "headers": {"content-type": kind}, "isBase64Encoded": True, "body": base64.b64encode(body).decode()}
