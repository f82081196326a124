"""The same function in AWS Lambda, behind a function URL: lambda_function.handler, for the managed runtime of Python. The answer is buffered."""
import base64, io

import function


def handler(event, _context):
    sent = event.get("body") or ""
    body = base64.b64decode(sent) if event.get("isBase64Encoded") else sent.encode()
    # AWS joins what came twice with a comma, which verifies nothing.
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in event.get("headers", {}).items()}
    method = event.get("requestContext", {}).get("http", {}).get("method")
    begun = []
    pieces = function.application({**environ, "REQUEST_METHOD": method, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)},
                                  lambda status, headers: begun.append((int(status[:3]), headers)))
    body = b"".join(pieces)
    return {"statusCode": begun[0][0], "headers": dict(begun[0][1]), "isBase64Encoded": True, "body": base64.b64encode(body).decode()}
