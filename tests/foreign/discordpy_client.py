"""An unmodified discord.py bot lives in the simulator: everything it does must work as at Discord.

Usage: discordpy_client.py COMPRESSION, with DISCORD_TOKEN and KAIWA_DISCORD_URL in the environment.
With zstd-stream, which discord.py prefers, everything is checked; with zlib-stream what the compression can touch.
Prints one line a check: `ok - ...` or `FAILED - ...`.
"""

import asyncio
import io
import os
import sys
import traceback

import aiohttp
import yarl

COMPRESSION = sys.argv[1]
if COMPRESSION == "zlib-stream":
    # Where discord.py finds no zstd, it asks for zlib.
    sys.modules["zstandard"] = sys.modules["compression.zstd"] = None

import discord  # noqa: E402 - it chooses its compression when it is loaded
from discord import app_commands  # noqa: E402

from control import Control  # noqa: E402

NAME = "discord.py" if COMPRESSION == "zstd-stream" else f"discord.py over {COMPRESSION}"
PATIENCE = 60  # seconds for one check; each takes far less unless something is wrong
URL = os.environ["KAIWA_DISCORD_URL"]


class Bot(discord.Client):
    """A bot with one slash command, a button and a modal."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)
        self.seen: dict[int, list[discord.Message]] = {}
        self.saw = asyncio.Condition()
        # Buttons and forms work from when discord.py has read the response to its answer, so that is waited for.
        self.answered: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        self.tree.add_command(echo)

    async def on_message(self, message: discord.Message) -> None:
        async with self.saw:
            self.seen.setdefault(message.id, []).append(message)
            self.saw.notify_all()

    async def see(self, message: int) -> list[discord.Message]:
        """How a message was seen, once it was; more than one is an event that came twice."""
        async with self.saw:
            await self.saw.wait_for(lambda: message in self.seen)
            return self.seen[message]


@app_commands.command(description="Says it again")
@app_commands.describe(words="What to say")
async def echo(interaction: discord.Interaction, words: str) -> None:
    await interaction.response.send_message(f"{interaction.user.name} said {words}", view=Buttons())
    interaction.client.answered.put_nowait(interaction)


class Name(discord.ui.Modal, title="Who are you?"):
    name = discord.ui.TextInput(label="Name", custom_id="name")

    def __init__(self) -> None:
        super().__init__(custom_id="who")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(f"hello {self.name.value}")


class Buttons(discord.ui.View):
    @discord.ui.button(label="Count", custom_id="count")
    async def count(self, interaction: discord.Interaction, button: discord.ui.Button) -> None:
        button.label = "Counted"
        await interaction.response.edit_message(content="counted once", view=self)
        interaction.client.answered.put_nowait(interaction)

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.send_modal(Name())
        interaction.client.answered.put_nowait(interaction)


def touches_gateway(check):
    """Marks a check whose events come over the gateway, so that it is worth its time with every compression."""
    check.touches_gateway = True
    return check


class Checks:
    """Runs the checks in order; a failed one does not stop the others."""

    def __init__(self, bot: Bot, control: Control) -> None:
        self.bot = bot
        self.control = control
        self.failed = 0

    async def run(self) -> int:
        names = [name for name in type(self).__dict__ if name.startswith("it_")]
        if COMPRESSION == "zlib-stream":
            names = [name for name in names if getattr(getattr(self, name), "touches_gateway", False)]
        for name in names:
            title = name.removeprefix("it_").replace("_", " ")
            try:
                await asyncio.wait_for(getattr(self, name)(), PATIENCE)
                print(f"ok - {NAME} {title}", flush=True)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this check's failure
                self.failed += 1
                print(f"FAILED - {NAME} {title}: {error!r}".replace("\n", " | "), flush=True)
                traceback.print_exc()
        return self.failed

    @property
    def general(self) -> discord.TextChannel:
        channel = discord.utils.get(self.bot.get_all_channels(), name="general")
        assert isinstance(channel, discord.TextChannel)
        return channel

    async def until(self, event: str, check) -> object:
        return await self.bot.wait_for(event, check=check, timeout=PATIENCE)

    async def say(self, user: str, channel: object, content: str) -> discord.Message:
        """A person says something; gives the message as the bot saw it."""
        sent = await self.control.say(user, channel, content)
        return (await self.bot.see(int(sent["id"])))[0]

    @touches_gateway
    async def it_is_sent_compressed_events(self) -> None:
        (identify,) = (await self.control.gateway())["records"]["identifies"]
        assert identify["compression"] == COMPRESSION, identify

    @touches_gateway
    async def it_knows_its_guild_after_connecting(self) -> None:
        (guild,) = self.bot.guilds
        assert guild.me == guild.get_member(self.bot.user.id)
        assert guild.owner_id and guild.member_count >= 3
        assert {type(channel).__name__ for channel in guild.channels} >= {"TextChannel", "ForumChannel", "VoiceChannel"}
        assert guild.self_role.permissions.send_messages
        assert self.general.permissions_for(guild.me).create_public_threads

    @touches_gateway
    async def it_sees_what_people_say(self) -> None:
        message = await self.say("ada", "general", "the sea is blue, ne? 海")
        assert message.content == "the sea is blue, ne? 海"
        assert message.author.name == "ada" and not message.author.bot
        assert message.guild.id == self.general.guild.id

    async def it_knows_when_it_is_mentioned(self) -> None:
        message = await self.say("ada", "general", "@kaiwa hello")
        assert self.bot.user in message.mentions
        assert message.content == f"{self.bot.user.mention} hello"

    async def it_replies_edits_and_deletes(self) -> None:
        message = await self.say("ada", "general", "what color is the sea?")
        reply = await message.reply("green")
        assert reply.reference.message_id == message.id
        assert message.author in reply.mentions
        edited = asyncio.ensure_future(self.until("message_edit", lambda _, after: after.id == reply.id))
        await asyncio.sleep(0)
        await reply.edit(content="blue")
        before, after = await edited
        assert (before.content, after.content) == ("green", "blue") and after.edited_at
        fetched = await self.general.fetch_message(reply.id)
        assert fetched.content == "blue" and fetched.reference.resolved.id == message.id
        await reply.delete()
        try:
            await self.general.fetch_message(reply.id)
        except discord.NotFound as error:
            assert error.code == 10008
        else:
            raise AssertionError("a deleted message was fetched")

    async def it_sees_edits_and_deletions_of_people(self) -> None:
        message = await self.say("ben", "general", "teh sea")
        edited = asyncio.ensure_future(self.until("message_edit", lambda _, after: after.id == message.id))
        await asyncio.sleep(0)
        await self.control.edit("general", message.id, "the sea")
        assert (await edited)[1].content == "the sea"
        deleted = asyncio.ensure_future(self.until("message_delete", lambda gone: gone.id == message.id))
        await asyncio.sleep(0)
        await self.control.delete("ben", "general", message.id)
        await deleted

    async def it_opens_a_thread_and_talks_there(self) -> None:
        message = await self.say("ada", "general", "@kaiwa tell me of the sea")
        thread = await message.create_thread(name="The sea")
        assert thread.id == message.id and thread.parent_id == self.general.id
        await thread.send("It is blue.")
        answer = await self.say("ada", thread.id, "and the sky?")
        assert answer.channel == thread
        kinds = [entry.type async for entry in thread.history(oldest_first=True)]
        assert kinds[0] == discord.MessageType.thread_starter_message
        assert len(kinds) == 3
        try:
            await message.create_thread(name="Again")
        except discord.HTTPException as error:
            assert error.code == 160004
        else:
            raise AssertionError("a second thread was opened on one message")
        edited = await thread.edit(name="The blue sea", archived=True)
        assert edited.archived and edited.name == "The blue sea"
        found = [entry.id async for entry in self.general.archived_threads()]
        assert found == [thread.id]

    async def it_opens_a_thread_without_a_message(self) -> None:
        thread = await self.general.create_thread(name="Of winds", type=discord.ChannelType.public_thread)
        assert thread.parent_id == self.general.id and thread.owner_id == self.bot.user.id
        (notice,) = [entry async for entry in self.general.history(limit=1)]
        assert notice.type == discord.MessageType.thread_created and notice.content == "Of winds"
        assert notice.id != thread.id and notice.reference.channel_id == thread.id
        await thread.send("It blows.")
        answer = await self.say("ada", thread.id, "from where?")
        assert answer.channel == thread
        words = [entry.content async for entry in thread.history(oldest_first=True)]
        assert words == ["It blows.", "from where?"], words

    async def it_joins_a_thread_that_a_person_opens(self) -> None:
        opened = asyncio.ensure_future(self.until("thread_create", lambda thread: thread.name == "Of clouds"))
        await asyncio.sleep(0)
        made = await self.control.thread("ben", "general", "Of clouds")
        thread = await opened
        assert (str(thread.id), str(thread.owner_id)) == (made["id"], made["owner_id"])
        await thread.join()
        await thread.send("They are white.")
        assert self.bot.user.id in {member.id for member in await thread.fetch_members()}

    async def it_posts_in_a_forum(self) -> None:
        forum = next(c for c in self.bot.get_all_channels() if isinstance(c, discord.ForumChannel))
        post = await forum.create_thread(name="A question", content="What is blue?")
        assert post.thread.id == post.message.id
        first = [entry async for entry in post.thread.history(oldest_first=True)][0]
        assert first.content == "What is blue?"

    async def it_reads_history_in_pages(self) -> None:
        first = await self.general.send("0")
        for number in range(1, 105):
            await self.control.say("ada", "general", str(number))
        later = [entry.content async for entry in self.general.history(limit=None, after=first, oldest_first=True)]
        assert later == [str(number) for number in range(1, 105)], later
        newest = [entry.content async for entry in self.general.history(limit=2)]
        assert newest == ["104", "103"]
        around = [entry.id async for entry in self.general.history(limit=3, around=first)]
        assert first.id in around

    async def it_sends_and_reads_files(self) -> None:
        sent = await self.general.send("with a file", file=discord.File(io.BytesIO("海は青い".encode()), "sea.txt"))
        (attachment,) = sent.attachments
        assert attachment.filename == "sea.txt" and attachment.size == 12
        assert (await attachment.read()).decode() == "海は青い"

    async def it_sends_embeds_and_obeys_limits(self) -> None:
        sent = await self.general.send(embed=discord.Embed(title="Sea", description="blue"))
        assert sent.embeds[0].title == "Sea"
        for content, code in [("x" * 2001, 50035), ("   ", 50006)]:
            try:
                await self.general.send(content)
            except discord.HTTPException as error:
                assert error.code == code, error
            else:
                raise AssertionError(f"a message that {code} should refuse was sent")

    async def it_reacts_and_sees_reactions(self) -> None:
        message = await self.say("ada", "general", "react to me")
        await message.add_reaction("🌊")
        reacted = asyncio.ensure_future(self.until("raw_reaction_add", lambda r: r.message_id == message.id and r.user_id != self.bot.user.id))
        await asyncio.sleep(0)
        await self.control.react("ben", "general", message.id, "🌊")
        assert (await reacted).emoji.name == "🌊"
        fetched = await self.general.fetch_message(message.id)
        assert fetched.reactions[0].count == 2 and fetched.reactions[0].me
        users = {user.name async for user in fetched.reactions[0].users()}
        assert users == {self.bot.user.name, "ben"}
        await message.remove_reaction("🌊", self.bot.user)
        assert not (await self.general.fetch_message(message.id)).reactions[0].me

    async def it_talks_in_direct_messages(self) -> None:
        author = (await self.say("ada", "general", "write me")).author
        await author.send("hello in private")
        channel = author.dm_channel or await author.create_dm()
        answer = await self.say("ada", channel.id, "hello yourself")
        assert isinstance(answer.channel, discord.DMChannel) and answer.guild is None
        assert answer.content == "hello yourself"
        words = [entry.content async for entry in channel.history(oldest_first=True)]
        assert words == ["hello in private", "hello yourself"]

    async def it_types_and_sees_typing(self) -> None:
        before = (await self.control.calls("Typing"))["count"]
        async with self.general.typing():
            pass
        (call,) = (await self.control.calls("Typing", before))["calls"]
        assert call["status"] == 204 and str(self.general.id) in call["path"], call
        typed = asyncio.ensure_future(self.until("raw_typing", lambda typing: typing.channel_id == self.general.id and typing.user.name == "ada"))
        await asyncio.sleep(0)
        await self.control.type("ada", "general")
        await typed

    async def it_bursts_into_the_rate_limits_and_arrives_whole(self) -> None:
        before = (await self.control.calls("CreateMessage"))["count"]
        await self.control.limit("CreateMessage", "user", 300)
        await self.control.limit("CreateMessage", "global", 300)
        words = [f"burst {number}" for number in range(12)]
        sent = await asyncio.gather(*(self.general.send(word) for word in words))
        assert [message.content for message in sent] == words
        came = [message["content"] for message in await self.control.messages("general")]
        assert sorted(word for word in came if word.startswith("burst ")) == sorted(words), came[-12:]
        calls = (await self.control.calls("CreateMessage", before))["calls"]
        statuses = [call["status"] for call in calls]
        assert statuses.count(200) == 12 and statuses.count(429) >= 2, statuses

    async def it_serves_a_slash_command_a_button_and_a_modal(self) -> None:
        commands = await self.bot.tree.sync()
        assert [command.name for command in commands] == ["echo"]
        ran = await self.control.command("ada", "general", "echo", {"words": "blue"})
        answer = ran["answer"]["message"]
        assert answer["content"] == "ada said blue"
        await self.bot.answered.get()
        await self.control.click("ada", answer["id"], "Count")
        await self.bot.answered.get()
        await self.control.wait(channel="general", equals="counted once")
        modal = await self.control.click("ada", answer["id"], "ask")
        assert modal["answer"]["modal"]["title"] == "Who are you?"
        await self.bot.answered.get()
        filled = await self.control.submit("ada", modal, {"name": "Ada"})
        assert filled["answer"]["message"]["content"] == "hello Ada"

    @touches_gateway
    async def it_resumes_after_a_drop_and_misses_nothing(self) -> None:
        before = await self.control.gateway()
        (session,) = before["sessions"]
        resumed = asyncio.ensure_future(self.until("resumed", lambda: True))
        await asyncio.sleep(0)
        await self.control.drop()
        sent = await self.control.say("ada", "general", "while you were away")
        await resumed
        assert len(await self.bot.see(int(sent["id"]))) == 1
        after = (await self.control.gateway())["records"]
        assert len(after["resumes"]) == len(before["records"]["resumes"]) + 1
        assert after["resumes"][-1]["outcome"] == {"accepted": session["session_id"]}, after["resumes"]
        assert after["identifies"] == before["records"]["identifies"], "it began a new session"


async def main() -> int:
    discord.http.Route.BASE = f"{URL}/api/v10"
    discord.utils.setup_logging(level=30)
    async with aiohttp.ClientSession() as session, Bot() as bot:
        async with session.get(f"{URL}/api/v10/gateway") as response:
            gateway = (await response.json())["url"]
        # A Client without shards dials this address instead of asking for one.
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        await bot.login(os.environ["DISCORD_TOKEN"])
        running = asyncio.ensure_future(bot.connect())
        ready = asyncio.ensure_future(bot.wait_until_ready())
        await asyncio.wait({running, ready}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            reason = running.exception() if running.done() else "no answer"
            print(f"FAILED - {NAME} connects: {reason!r}", flush=True)
            return 1
        print(f"ok - {NAME} connects", flush=True)
        failed = await Checks(bot, Control(session, URL)).run()
        await bot.close()
        await running
        return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
