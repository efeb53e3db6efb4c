"""The mac.optimize/1 protocol for Python programs: JSON lines on standard input and output.

Standard library only; copy this file beside your own program. See docs/optimize-protocol.md.
"""

import json
import os
import sys
import traceback

PROTOCOL = "mac.optimize/1"


class Unavailable(Exception):
    """Something that the program needs is not here: the job is skipped, not failed."""


class Peer:
    """The other side of the pipe."""

    def __init__(self):
        # Messages keep the real standard output; prints of this program and its libraries go to standard error.
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self._asked = 0

    def send(self, **message):
        # NaN and Infinity are no JSON: they raise here, so that the answer is an error that names them.
        self._out.write(json.dumps({"protocol": PROTOCOL, **message}, allow_nan=False) + "\n")
        self._out.flush()

    def receive(self):
        """Returns the next message; None at the end of the input."""
        line = sys.stdin.readline()
        return json.loads(line) if line else None

    def ask(self, method, **params):
        """Asks mac and waits for its answer. Only while a trainer's `train` runs."""
        self._asked += 1
        asked = "p%d" % self._asked
        self.send(id=asked, method=method, params=params)
        while True:
            message = self.receive()
            if message is None:
                raise SystemExit(1)
            if message.get("id") != asked:
                continue
            if "error" in message:
                raise RuntimeError(message["error"]["message"])
            return message["result"]


def serve(handlers):
    """Answers requests until the input ends. `handlers`: method -> function of (peer, params) -> result."""
    peer = Peer()
    while True:
        message = peer.receive()
        if message is None or message.get("method") == "close":
            return
        handler = handlers.get(message["method"])
        try:
            if handler is None:
                raise NotImplementedError("no method " + message["method"])
            peer.send(id=message["id"], result=handler(peer, message.get("params", {})))
        except Unavailable as error:
            peer.send(id=message["id"], error={"code": "unavailable", "message": str(error)})
        except Exception as error:
            traceback.print_exc()
            peer.send(id=message["id"], error={"code": "error", "message": "%s: %s" % (type(error).__name__, error)})
