"""The simulator's control API, as the checks use it: act as a person, wait for what a bot does."""

import aiohttp


class Control:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = f"{url}/control"

    async def call(self, method: str, path: str, **more) -> object:
        async with self.session.request(method, self.url + path, **more) as response:
            answer = await response.json()
            if response.status != 200:
                raise RuntimeError(f"{method} /control{path} {more}: {response.status} {answer}")
            return answer

    async def say(self, user: str, channel: object, content: str) -> dict:
        return await self.call("POST", "/say", json={"as": user, "channel": str(channel), "content": content})

    async def edit(self, channel: object, message: int, content: str) -> dict:
        return await self.call("POST", "/edit", json={"channel": str(channel), "message": message, "content": content})

    async def delete(self, user: str, channel: object, message: int) -> None:
        await self.call("POST", "/delete", json={"as": user, "channel": str(channel), "message": message})

    async def react(self, user: str, channel: object, message: int, emoji: str) -> None:
        body = {"as": user, "channel": str(channel), "message": message, "emoji": emoji}
        await self.call("POST", "/react", json=body)

    async def type(self, user: str, channel: object) -> None:
        await self.call("POST", "/type", json={"as": user, "channel": str(channel)})

    async def thread(self, user: str, channel: object, name: str) -> dict:
        """A person opens a thread without a message."""
        return await self.call("POST", "/thread", json={"as": user, "channel": str(channel), "name": name})

    async def messages(self, channel: object) -> list[dict]:
        """Oldest first."""
        return await self.call("GET", "/messages", params={"channel": str(channel)})

    async def wait(self, **what) -> object:
        return await self.call("POST", "/wait", json=what)

    async def answered(self, interaction: dict) -> dict:
        """The interaction once the bot has answered it."""
        return await self.wait(interaction=interaction["interaction"])

    async def command(self, user: str, channel: object, name: str, options: dict) -> dict:
        body = {"as": user, "channel": str(channel), "name": name, "options": options}
        return await self.answered(await self.call("POST", "/command", json=body))

    async def click(self, user: str, message: str, button: str) -> dict:
        body = {"as": user, "message": message, "button": button}
        return await self.answered(await self.call("POST", "/click", json=body))

    async def submit(self, user: str, modal: dict, fields: dict) -> dict:
        body = {"as": user, "interaction": modal["interaction"], "fields": fields}
        return await self.answered(await self.call("POST", "/submit", json=body))

    async def drop(self) -> None:
        """Cuts every gateway connection; sessions can be resumed."""
        await self.call("POST", "/gateway", json={"fault": "cut"})

    async def gateway(self) -> dict:
        """Sessions, identifies and resumes."""
        return await self.call("GET", "/gateway")

    async def calls(self, route: str, since: int = 0) -> dict:
        """The REST calls of a route, oldest first; `count` numbers the last call of any route."""
        return await self.call("GET", "/calls", params={"route": route, "since": since})

    async def limit(self, route: str, scope: str, retry_after_ms: int) -> None:
        """The next call of a route is answered with 429."""
        fault = {"rate_limited": {"retry_after_ms": retry_after_ms, "scope": scope}}
        await self.call("POST", "/faults", json={"route": route, "fault": fault})
