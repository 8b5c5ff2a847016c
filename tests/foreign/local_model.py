"""`kaiwa local-model` serves a model from a file, with a helper that it installs itself.

Usage: local_model.py KAIWA GGUF DIRECTORY
Prints one line a check: `ok - ...` or `FAILED - ...`.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

PATIENCE = 180  # seconds for an installation, or one answer, on a slow machine that does other things besides


def ask(base_url: str, model: str) -> dict:
    body = {"model": model, "max_tokens": 20, "messages": [{"role": "user", "content": "What color is the sea?"}]}
    request = urllib.request.Request(
        f"{base_url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


def main(kaiwa: str, gguf: str, directory: str) -> int:
    process = subprocess.Popen(
        [kaiwa, "local-model", gguf, "--directory", directory], stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C"}
    )
    try:
        told = {}
        for line in process.stdout:
            name, _, value = line.strip().partition("=")
            told[name] = value
            if "KAIWA_MODEL" in told:
                break
        base_url, model = told["OPENAI_BASE_URL"], told["KAIWA_MODEL"]
        print("ok - local model is served, and the lines to set are told")
        answer = ask(base_url, model)["choices"][0]["message"]["content"]
        assert answer.strip(), "an empty answer"
        print("ok - local model answers")
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0, f"exit status {process.returncode}"
        end = time.monotonic() + 40
        while True:
            try:
                urllib.request.urlopen(f"{base_url}/models", timeout=5).close()
            except OSError:
                break
            assert time.monotonic() < end, "the helper outlives the program"
            time.sleep(0.1)
        print("ok - local model ends with the program, and so does its helper")
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this check's failure
        print(f"FAILED - local model: {error!r}".replace("\n", " | "))
        return 1
    finally:
        process.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
