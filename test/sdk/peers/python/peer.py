"""An application with botocore, of whatever age: asks for the credentials of each request as its signer does.

Arguments: once | loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
"""

import json
import sys
import time

import botocore.session

mode, seconds, pause_ms = (sys.argv[1:] + ["0", "0"])[:3]
ends_at = time.time() + float(seconds)
credentials = None


def ask():
    global credentials
    try:
        if credentials is None:
            credentials = botocore.session.get_session().get_credentials()
        if credentials is None:
            return {"error": "NoCredentials: no provider of the chain had any"}
        keys = credentials.get_frozen_credentials()
        # The only place that has it; botocore offers no public one.
        expires = getattr(credentials, "_expiry_time", None)
        return {
            "id": keys.access_key,
            "secret": keys.secret_key,
            "token": keys.token,
            "expires": expires.isoformat() if expires else None,
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


while True:
    asked = int(time.time() * 1000)
    print(json.dumps({**ask(), "asked": asked}), flush=True)
    time.sleep(float(pause_ms) / 1000)
    if mode != "loop" or time.time() >= ends_at:
        break
