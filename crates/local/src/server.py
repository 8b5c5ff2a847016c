"""A model on this machine, served in OpenAI's dialect on loopback. Ends when whoever started it is gone.

    server.py MODEL.gguf NAME

Prints the address once the model is loaded.
"""

import sys

import xllamacpp

# Two talks at once, each with a window of half of this many tokens.
WINDOW = 16_384


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
    print(server.listening_address, flush=True)
    # Standard input is the other end's life: it ends with it, however it ends.
    sys.stdin.buffer.read()


main()
