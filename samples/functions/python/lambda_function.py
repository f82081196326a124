"""The same function in AWS Lambda, behind a function URL: lambda_function.handler, for the managed runtime of Python. The answer is buffered."""
import base64, io

import function


def handler(event, _context):
    if event.get("requestContext", {}).get("http", {}).get("method") != "POST":
        return answer(405, [], b"")
    sent = event.get("body") or ""
    body = base64.b64decode(sent) if event.get("isBase64Encoded") else sent.encode()
    # AWS joins what came twice with a comma, which verifies nothing.
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in event.get("headers", {}).items()}
    begun = []
    pieces = function.application({**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)},
                                  lambda status, headers: begun.append((int(status[:3]), headers)))
    return answer(*begun[0], b"".join(pieces))


def answer(status, headers, body):
    return {"statusCode": status, "headers": dict(headers), "isBase64Encoded": True, "body": base64.b64encode(body).decode()}
