"""A model on this machine, served in OpenAI's dialect on loopback. Ends when whoever started it is gone.

    server.py MODEL.gguf NAME

Prints the address once the model is loaded.
"""

import sys
import time
import urllib.error
import urllib.request

import xllamacpp

# Two talks at once, each with a window of half of this many tokens.
WINDOW = 16_384


def is_ready(address: str) -> bool:
    """Whether it answers: for a while after it has an address it refuses, or says that it loads."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def main() -> None:
    path, name = sys.argv[1:3]
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.model_alias = {name}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = WINDOW
    params.n_parallel = 2
    server = xllamacpp.Server(params)
    while not is_ready(server.listening_address):
        time.sleep(0.05)
    print(server.listening_address, flush=True)
    # Standard input is the other end's life: it ends with it, however it ends.
    sys.stdin.buffer.read()


main()
