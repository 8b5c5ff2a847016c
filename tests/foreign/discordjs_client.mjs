// An unmodified discord.js bot lives in the simulator: everything it does must work as at Discord.
//
// Usage: node discordjs_client.mjs, with DISCORD_TOKEN and KAIWA_DISCORD_URL in the environment.
// Prints one line a check: `ok - ...` or `FAILED - ...`.

import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelType,
  Client,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  MessageFlags,
  MessageType,
  ModalBuilder,
  Partials,
  SlashCommandBuilder,
  TextInputBuilder,
  TextInputStyle,
  ThreadAutoArchiveDuration,
} from "discord.js";
import { CompressionMethod, SimpleShardingStrategy } from "@discordjs/ws";
import { Control } from "./control.mjs";

const PATIENCE = 60_000; // milliseconds for one check; each takes far less unless something is wrong
const url = process.env.KAIWA_DISCORD_URL;
const control = new Control(url);

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.GuildMessageReactions,
    GatewayIntentBits.GuildMessageTyping,
    GatewayIntentBits.MessageContent,
    GatewayIntentBits.DirectMessages,
  ],
  partials: [Partials.Channel],
  rest: { api: `${url}/api` },
  ws: {
    // Without the native module zlib-sync discord.js compresses nothing of itself. Asked to, it asks for zlib a payload.
    buildStrategy(manager) {
      manager.options.compression = CompressionMethod.ZlibStream;
      return new SimpleShardingStrategy(manager);
    },
  },
});

const seen = new Map();
client.on(Events.MessageCreate, (message) => {
  seen.set(message.id, [...(seen.get(message.id) ?? []), message]);
});
client.on(Events.Error, (error) => console.error(error));

const buttons = () =>
  new ActionRowBuilder().addComponents(
    new ButtonBuilder().setCustomId("count").setLabel("Count").setStyle(ButtonStyle.Primary),
    new ButtonBuilder().setCustomId("ask").setLabel("Ask").setStyle(ButtonStyle.Secondary),
  );

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) {
    const words = interaction.options.getString("words", true);
    await interaction.reply({ content: `${interaction.user.username} said ${words}`, components: [buttons()] });
  } else if (interaction.isButton() && interaction.customId === "count") {
    await interaction.update({ content: "counted once", components: [buttons()] });
  } else if (interaction.isButton()) {
    const field = new TextInputBuilder().setCustomId("name").setLabel("Name").setStyle(TextInputStyle.Short);
    const row = new ActionRowBuilder().addComponents(field);
    await interaction.showModal(new ModalBuilder().setCustomId("who").setTitle("Who are you?").addComponents(row));
  } else if (interaction.isModalSubmit()) {
    await interaction.deferReply();
    await interaction.editReply(`hello ${interaction.fields.getTextInputValue("name")}`);
  }
});

const general = () => client.channels.cache.find((channel) => channel.name === "general");

/** The next event of a kind that is the one meant; call it before what brings the event about. */
function until(event, isMeant) {
  return new Promise((resolve) => {
    const listener = (...values) => {
      if (!isMeant(...values)) return;
      client.off(event, listener);
      resolve(values);
    };
    client.on(event, listener);
  });
}

/** A person says something; gives the message as the bot saw it. */
async function say(user, channel, content) {
  const sent = await control.say(user, channel, content);
  while (!seen.has(sent.id)) await once(client, Events.MessageCreate);
  return seen.get(sent.id)[0];
}

async function code(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  return "no error";
}

const checks = {
  async "is sent compressed events"() {
    const [identify, ...more] = (await control.gateway()).records.identifies;
    assert.equal(more.length, 0);
    assert.ok(identify.compress_payloads || identify.compression === "zlib-stream", JSON.stringify(identify));
  },

  async "knows its guild after connecting"() {
    const guild = client.guilds.cache.first();
    assert.equal(client.guilds.cache.size, 1);
    assert.ok(guild.members.me.permissionsIn(general()).has("CreatePublicThreads"));
    const kinds = new Set(guild.channels.cache.map((channel) => channel.type));
    for (const kind of [ChannelType.GuildText, ChannelType.GuildForum, ChannelType.GuildVoice]) assert.ok(kinds.has(kind));
    assert.equal((await guild.members.fetch(client.user.id)).user.bot, true);
  },

  async "sees what people say"() {
    const message = await say("ada", "general", "the sea is blue, ne? 海");
    assert.equal(message.content, "the sea is blue, ne? 海");
    assert.equal(message.author.username, "ada");
    assert.equal(message.channel, general());
  },

  async "knows when it is mentioned"() {
    const message = await say("ada", "general", "@kaiwa hello");
    assert.ok(message.mentions.has(client.user));
    assert.equal(message.content, `<@${client.user.id}> hello`);
  },

  async "replies, edits and deletes"() {
    const message = await say("ada", "general", "what color is the sea?");
    const reply = await message.reply("green");
    assert.equal(reply.reference.messageId, message.id);
    const edited = until(Events.MessageUpdate, (_, after) => after.id === reply.id);
    await reply.edit("blue");
    assert.equal((await edited)[1].content, "blue");
    assert.equal((await general().messages.fetch({ message: reply.id, force: true })).content, "blue");
    assert.equal((await reply.fetchReference()).id, message.id);
    await reply.delete();
    assert.equal(await code(general().messages.fetch({ message: reply.id, force: true })), 10008);
  },

  async "sees edits and deletions of people"() {
    const message = await say("ben", "general", "teh sea");
    const edited = until(Events.MessageUpdate, (_, after) => after.id === message.id);
    await control.edit("general", message.id, "the sea");
    assert.equal((await edited)[1].content, "the sea");
    const deleted = until(Events.MessageDelete, (gone) => gone.id === message.id);
    await control.delete("ben", "general", message.id);
    await deleted;
  },

  async "opens a thread and talks there"() {
    const message = await say("ada", "general", "@kaiwa tell me of the sea");
    const thread = await message.startThread({ name: "The sea", autoArchiveDuration: ThreadAutoArchiveDuration.OneDay });
    assert.equal(thread.id, message.id);
    await thread.send("It is blue.");
    const answer = await say("ada", thread.id, "and the sky?");
    assert.equal(answer.channel, thread);
    assert.equal((await thread.fetchStarterMessage()).id, message.id);
    const history = [...(await thread.messages.fetch()).values()];
    assert.equal(history.length, 3);
    assert.equal(history.at(-1).type, MessageType.ThreadStarterMessage);
    assert.equal(await code(general().threads.create({ name: "Again", startMessage: message.id })), 160004);
    await thread.setName("The blue sea");
    await thread.setArchived(true);
    const archived = await general().threads.fetchArchived();
    assert.ok(archived.threads.has(thread.id));
  },

  async "opens a thread without a message"() {
    const thread = await general().threads.create({ name: "Of winds" });
    assert.equal(thread.type, ChannelType.PublicThread);
    assert.equal(thread.ownerId, client.user.id);
    const notice = (await general().messages.fetch({ limit: 1, cache: false })).first();
    assert.equal(notice.type, MessageType.ThreadCreated);
    assert.equal(notice.reference.channelId, thread.id);
    assert.notEqual(notice.id, thread.id);
    await thread.send("It blows.");
    const answer = await say("ada", thread.id, "from where?");
    assert.equal(answer.channel, thread);
    const history = [...(await thread.messages.fetch()).values()].reverse();
    assert.deepEqual(history.map((message) => message.content), ["It blows.", "from where?"]);
  },

  async "joins a thread that a person opens"() {
    const opened = until(Events.ThreadCreate, (thread) => thread.name === "Of clouds");
    const made = await control.thread("ben", "general", "Of clouds");
    const [thread] = await opened;
    assert.deepEqual([thread.id, thread.ownerId], [made.id, made.owner_id]);
    await thread.join();
    await thread.send("They are white.");
    assert.ok((await thread.members.fetch()).has(client.user.id));
  },

  async "posts in a forum"() {
    const forum = client.channels.cache.find((channel) => channel.type === ChannelType.GuildForum);
    const post = await forum.threads.create({ name: "A question", message: { content: "What is blue?" } });
    assert.equal((await post.fetchStarterMessage()).content, "What is blue?");
  },

  async "reads history in pages"() {
    const first = await general().send("0");
    for (let number = 1; number < 105; number += 1) await control.say("ada", "general", String(number));
    const page = await general().messages.fetch({ limit: 100, after: first.id, cache: false });
    assert.deepEqual([...page.values()].map((m) => m.content).reverse(), Array.from({ length: 100 }, (_, n) => String(n + 1)));
    const rest = await general().messages.fetch({ limit: 100, after: page.first().id, cache: false });
    assert.deepEqual([...rest.values()].map((m) => m.content), ["104", "103", "102", "101"]);
    const before = await general().messages.fetch({ limit: 1, before: page.last().id, cache: false });
    assert.equal(before.first().id, first.id);
  },

  async "sends and reads files"() {
    const file = new AttachmentBuilder(Buffer.from("海は青い"), { name: "sea.txt" });
    const sent = await general().send({ content: "with a file", files: [file] });
    const attachment = sent.attachments.first();
    assert.equal(attachment.name, "sea.txt");
    assert.equal(await (await fetch(attachment.url)).text(), "海は青い");
  },

  async "sends embeds and obeys limits"() {
    const sent = await general().send({ embeds: [new EmbedBuilder().setTitle("Sea").setDescription("blue")] });
    assert.equal(sent.embeds[0].title, "Sea");
    assert.equal(await code(general().send("x".repeat(2001))), 50035);
    assert.equal(await code(general().send({ content: "   " })), 50006);
  },

  async "uses nonces that hold"() {
    const nonce = String(Date.now());
    const first = await general().send({ content: "once", nonce, enforceNonce: true });
    const again = await general().send({ content: "once", nonce, enforceNonce: true });
    assert.equal(first.id, again.id);
  },

  async "reacts and sees reactions"() {
    const message = await say("ada", "general", "react to me");
    await message.react("🌊");
    const reacted = until(Events.MessageReactionAdd, (reaction, user) => reaction.message.id === message.id && user.id !== client.user.id);
    await control.react("ben", "general", message.id, "🌊");
    const [reaction, user] = await reacted;
    assert.equal(reaction.emoji.name, "🌊");
    assert.equal((await user.fetch()).username, "ben");
    const users = await reaction.users.fetch();
    assert.equal(users.size, 2);
    await reaction.users.remove(client.user.id);
    assert.equal((await reaction.users.fetch()).size, 1);
  },

  async "talks in direct messages"() {
    const { author } = await say("ada", "general", "write me");
    const sent = await author.send("hello in private");
    const answer = await say("ada", sent.channelId, "hello yourself");
    assert.equal(answer.channel.type, ChannelType.DM);
    assert.equal(answer.content, "hello yourself");
    assert.equal(answer.inGuild(), false);
  },

  async "types and sees typing"() {
    const before = (await control.calls("Typing")).count;
    await general().sendTyping();
    const { calls } = await control.calls("Typing", before);
    assert.deepEqual(calls.map((call) => call.status), [204]);
    assert.ok(calls[0].path.includes(general().id));
    const typed = until(Events.TypingStart, (typing) => typing.channel.id === general().id && typing.user.username === "ada");
    await control.type("ada", "general");
    await typed;
  },

  async "bursts into the rate limits and arrives whole"() {
    const before = (await control.calls("CreateMessage")).count;
    await control.limit("CreateMessage", "user", 300);
    await control.limit("CreateMessage", "global", 300);
    const words = Array.from({ length: 12 }, (_, number) => `burst ${number}`);
    const sent = await Promise.all(words.map((word) => general().send(word)));
    assert.deepEqual(sent.map((message) => message.content), words);
    const came = (await control.messages("general")).map((message) => message.content);
    assert.deepEqual(came.filter((word) => word.startsWith("burst ")).sort(), [...words].sort());
    const statuses = (await control.calls("CreateMessage", before)).calls.map((call) => call.status);
    assert.equal(statuses.filter((status) => status === 200).length, 12, String(statuses));
    assert.ok(statuses.filter((status) => status === 429).length >= 2, String(statuses));
  },

  async "serves a slash command, a button and a modal"() {
    const command = new SlashCommandBuilder()
      .setName("echo")
      .setDescription("Says it again")
      .addStringOption((option) => option.setName("words").setDescription("What to say").setRequired(true));
    await client.application.commands.set([command]);
    assert.equal((await client.application.commands.fetch()).size, 1);
    const ran = await control.command("ada", "general", "echo", { words: "blue" });
    const { message } = ran.answer;
    assert.equal(message.content, "ada said blue");
    await control.click("ada", message.id, "Count");
    await control.wait({ channel: "general", equals: "counted once" });
    const modal = await control.click("ada", message.id, "ask");
    assert.equal(modal.answer.modal.title, "Who are you?");
    const filled = await control.submit("ada", modal, { name: "Ada" });
    assert.equal(filled.answer.message.content, "hello Ada");
  },

  async "sends components of the second version"() {
    const sent = await general().send({
      flags: MessageFlags.IsComponentsV2,
      components: [{ type: 10, content: "only text" }],
    });
    assert.ok(sent.flags.has(MessageFlags.IsComponentsV2));
  },

  async "resumes after a drop and misses nothing"() {
    const before = await control.gateway();
    const resumed = until(Events.ShardResume, () => true);
    await control.drop();
    const sent = await control.say("ada", "general", "while you were away");
    await resumed;
    while (!seen.has(sent.id)) await once(client, Events.MessageCreate);
    assert.equal(seen.get(sent.id).length, 1);
    const { resumes, identifies } = (await control.gateway()).records;
    assert.equal(resumes.length, before.records.resumes.length + 1);
    assert.deepEqual(resumes.at(-1).outcome, { accepted: before.sessions[0].session_id });
    assert.deepEqual(identifies, before.records.identifies, "it began a new session");
  },
};

let failed = 0;
async function check(title, body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    await Promise.race([body(), late]);
    console.log(`ok - discord.js ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED - discord.js ${title}: ${String(error.stack ?? error).replaceAll("\n", " | ")}`);
  } finally {
    clearTimeout(timer);
  }
}

await check("connects", async () => {
  const ready = once(client, Events.ClientReady);
  await client.login(process.env.DISCORD_TOKEN);
  await ready;
});
if (failed === 0) for (const [title, body] of Object.entries(checks)) await check(title, body);
await client.destroy();
process.exit(failed === 0 ? 0 : 1);
