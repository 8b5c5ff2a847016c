"""`kaiwa run` carries a conversation with a real model: llama.cpp's server and a small instruct model.

Usage: real_model.py KAIWA GGUF
The Discord side is `kaiwa sim`. Between bot and model stands a recorder, so that what the bot asked
and what the model said can be compared with what stands in the thread.
Prints one line a check: `ok - ...` or `FAILED - ...`.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time

import aiohttp
import xllamacpp
from aiohttp import web

from control import Control

PATIENCE = 180  # seconds for one answer, on a slow machine that does other things besides
KEY = "sk-local-model"
MODEL = "smollm2"

QUESTIONS = [
    "My name is Ada and I love the sea. What color is the sea?",
    "Why is it that color?",
    "Name one animal that lives there.",
    "Tell me one more thing about that animal.",
    "What did I ask you first?",
]


def serve_model(path: str) -> xllamacpp.Server:
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = 8192
    params.n_parallel = 1
    params.n_predict = 60
    params.api_keys = [KEY]
    params.sampling.temp = 0.0
    params.sampling.seed = 1
    return xllamacpp.Server(params)


class Recorder:
    """Passes requests on to the model, byte by byte as they come, and keeps both sides."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self.upstream = upstream
        self.session = session
        self.talks: list[dict] = []
        self.url = ""
        # The next answer is cut once it has so many characters; none for no cut.
        self.cut_at: int | None = None

    @contextlib.asynccontextmanager
    async def serving(self):
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self.forward)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        self.url = f"http://{host}:{port}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def forward(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {k: v for k, v in request.headers.items() if k.lower() in ("authorization", "content-type", "accept")}
        async with self.session.request(request.method, self.upstream + request.path_qs, data=body, headers=headers) as got:
            response = web.StreamResponse(status=got.status, headers={"Content-Type": got.headers.get("Content-Type", "")})
            await response.prepare(request)
            answer = b""
            # The bot may hang up as soon as it has read `[DONE]`, or when the question is asked anew.
            with contextlib.suppress(ConnectionResetError):
                async for part in got.content.iter_any():
                    answer += part
                    await response.write(part)
                    if self.cut_at is not None and len(said(answer)) >= self.cut_at:
                        self.cut_at = None
                        request.transport.abort()
                        break
        if request.path.endswith("/chat/completions"):
            self.talks.append({"status": got.status, "request": json.loads(body), "text": said(answer)})
        return response

    def talk(self, question: str) -> dict | None:
        """The last exchange whose request ends with this question."""
        for talk in reversed(self.talks):
            if question in content(talk["request"]["messages"][-1]):
                return talk
        return None


def said(answer: bytes) -> str:
    text = answer.decode()
    if text.startswith("{"):
        return json.loads(text)["choices"][0]["message"]["content"] if "choices" in text else ""
    words = ""
    for line in text.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:]).get("choices", []):
                words += choice["delta"].get("content") or ""
    return words


def content(message: dict) -> str:
    value = message.get("content") or ""
    return value if isinstance(value, str) else "\n".join(part.get("text", "") for part in value)


def plain(text: str) -> str:
    """Text as it can be compared: Discord trims messages, and the bot's own notes are small print."""
    lines = [line for line in text.splitlines() if not line.startswith("-# ")]
    return " ".join("\n".join(lines).split())


class Process:
    """A kaiwa process whose output is kept; stopped by its pid, with SIGTERM first."""

    def __init__(self, name: str, *command: str, env: dict[str, str] | None = None) -> None:
        self.name, self.command, self.env = name, command, env
        self.lines: list[str] = []

    async def __aenter__(self) -> "Process":
        env = {**os.environ, **(self.env or {})}
        self.process = await asyncio.create_subprocess_exec(
            *self.command, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        self.reader = asyncio.ensure_future(self.read())
        return self

    async def read(self) -> None:
        async for line in self.process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip())

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), 40)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            return -9

    async def __aexit__(self, kind, *_) -> None:
        await self.stop()
        await self.reader
        if kind is not None:
            print(f"--- {self.name}:", *self.lines[-40:], sep="\n", file=sys.stderr)

    async def environment(self, *names: str) -> dict[str, str]:
        """Waits for lines `NAME=value` and gives them."""
        async def found() -> dict[str, str]:
            while True:
                pairs = dict(line.split("=", 1) for line in self.lines if "=" in line)
                if all(name in pairs for name in names):
                    return {name: pairs[name] for name in names}
                if self.process.returncode is not None:
                    raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
                await asyncio.sleep(0.05)

        return await asyncio.wait_for(found(), 30)


async def until(what: str, look) -> object:
    """Asks again until there is an answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError(f"no {what} within {PATIENCE} s")


class Conversation:
    def __init__(self, control: Control, recorder: Recorder) -> None:
        self.control = control
        self.recorder = recorder
        self.thread = ""

    async def turn(self, number: int, question: str) -> None:
        if number == 0:
            asked = await self.control.say("ada", "general", f"@kaiwa {question}")
            thread = await self.control.wait(thread_on=asked["id"])
            self.thread = thread["id"]
        else:
            await self.control.say("ada", self.thread, question)
        talk = await until("request to the model", lambda: self.look_at_talk(question))
        assert talk["status"] == 200, talk
        await until(f"whole answer in the thread: {plain(talk['text'])!r}", lambda: self.answered(number, talk["text"]))
        self.history_is_right(number, talk["request"]["messages"])

    async def broken_turn(self, question: str) -> None:
        """The connection breaks in the middle of the answer: the model goes on where it was."""
        self.recorder.cut_at = 40
        await self.control.say("ada", self.thread, question)
        cut = await until("answer that is cut", lambda: self.look_at_talk(question))
        number = self.recorder.talks.index(cut)

        async def gone_on() -> dict | None:
            return self.recorder.talks[number + 1] if len(self.recorder.talks) > number + 1 else None

        rest = await until("request to go on", gone_on)
        last = rest["request"]["messages"][-1]
        assert (last["role"], content(last)) == ("assistant", cut["text"]), last
        whole = cut["text"] + rest["text"]
        await until(f"whole answer in the thread: {plain(whole)!r}", lambda: self.answered(0, whole))

    async def look_at_talk(self, question: str) -> dict | None:
        return self.recorder.talk(question)

    async def answered(self, number: int, text: str) -> bool:
        """Whether what the bot said since the last question is the model's text, whole and once."""
        messages = await self.control.messages(self.thread)
        answers, current = [], []
        for message in messages:
            if message["author"]["username"] == "kaiwa":
                current.append(message["content"])
            elif message["type"] in (0, 19):
                answers.append(" ".join(current))
                current = []
        answers.append(" ".join(current))
        return plain(answers[-1]) == plain(text) and plain(text) != ""

    def history_is_right(self, number: int, messages: list[dict]) -> None:
        talk = [message for message in messages if message["role"] not in ("system", "developer")]
        roles = [message["role"] for message in talk]
        assert roles == ["user", "assistant"] * number + ["user"], roles
        for index, question in enumerate(QUESTIONS[: number + 1]):
            assert question in content(talk[2 * index]), talk[2 * index]
            assert "@" not in content(talk[2 * index]), "the bot's own mention is not removed"
        for index, question in enumerate(QUESTIONS[:number]):
            before = self.recorder.talk(question)["text"]
            assert plain(content(talk[2 * index + 1])) == plain(before), "an earlier answer is not as the model gave it"


def title(number: int) -> str:
    return f"answers turn {number + 1} whole" + (", asked with all turns before it" if number else " in a new thread")


async def check(name: str, work) -> bool:
    try:
        await work
        print(f"ok - real model {name}", flush=True)
        return True
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this check's failure
        print(f"FAILED - real model {name}: {error!r}".replace("\n", " | "), flush=True)
        return False


async def main(kaiwa: str, gguf: str) -> int:
    model = serve_model(gguf)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        recorder = await stack.enter_async_context(Recorder(model.listening_address, session).serving())
        sim = await stack.enter_async_context(Process("kaiwa sim", kaiwa, "sim", "--listen", "127.0.0.1:0"))
        given = await sim.environment("DISCORD_TOKEN", "KAIWA_DISCORD_URL")
        data = stack.enter_context(tempfile.TemporaryDirectory())
        env = given | {
            "OPENAI_BASE_URL": recorder.url,
            "OPENAI_API_KEY": KEY,
            "KAIWA_MODEL": MODEL,
            "KAIWA_DATA_DIR": data,
            # A title is asked for in words that hold the question, and its request is no turn.
            "KAIWA_THREAD_TITLES": "false",
        }
        talk = Conversation(Control(session, given["KAIWA_DISCORD_URL"]), recorder)

        async def turns(numbers: range) -> bool:
            async with Process("kaiwa run", kaiwa, "run", env=env) as bot:
                await talk.control.wait(connected=1, timeout_ms=30_000)
                for number in numbers:
                    if not await check(title(number), talk.turn(number, QUESTIONS[number])):
                        print(f"--- {bot.name}:", *bot.lines[-40:], sep="\n", file=sys.stderr)
                        return False

                async def stops() -> None:
                    status = await bot.stop()
                    assert status == 0, f"exit status {status}"

                return await check(f"lets the bot stop after turn {numbers[-1] + 1}", stops())

        async def breaks_off() -> bool:
            async with Process("kaiwa run", kaiwa, "run", env=env) as bot:
                await talk.control.wait(connected=1, timeout_ms=30_000)
                done = await check("goes on with an answer that broke off", talk.broken_turn("Tell me about the tides."))
                if not done:
                    print(f"--- {bot.name}:", *bot.lines[-40:], sep="\n", file=sys.stderr)
                return done

        # The second run knows the conversation from its store alone.
        return 0 if await turns(range(3)) and await turns(range(3, 5)) and await breaks_off() else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
