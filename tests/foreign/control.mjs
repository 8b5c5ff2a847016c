// The simulator's control API, as the checks use it: act as a person, wait for what a bot does.

export class Control {
  constructor(url) {
    this.url = `${url}/control`;
  }

  async call(method, path, body) {
    const response = await fetch(this.url + path, { method, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} /control${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  say(user, channel, content) {
    return this.call("POST", "/say", { as: user, channel, content });
  }

  edit(channel, message, content) {
    return this.call("POST", "/edit", { channel, message, content });
  }

  delete(user, channel, message) {
    return this.call("POST", "/delete", { as: user, channel, message });
  }

  react(user, channel, message, emoji) {
    return this.call("POST", "/react", { as: user, channel, message, emoji });
  }

  type(user, channel) {
    return this.call("POST", "/type", { as: user, channel });
  }

  /** A person opens a thread without a message. */
  thread(user, channel, name) {
    return this.call("POST", "/thread", { as: user, channel, name });
  }

  /** Oldest first. */
  messages(channel) {
    return this.call("GET", `/messages?channel=${channel}`);
  }

  wait(what) {
    return this.call("POST", "/wait", what);
  }

  /** The interaction once the bot has answered it. */
  answered(interaction) {
    return this.wait({ interaction: interaction.interaction });
  }

  async command(user, channel, name, options) {
    return this.answered(await this.call("POST", "/command", { as: user, channel, name, options }));
  }

  async click(user, message, button) {
    return this.answered(await this.call("POST", "/click", { as: user, message, button }));
  }

  async submit(user, modal, fields) {
    return this.answered(await this.call("POST", "/submit", { as: user, interaction: modal.interaction, fields }));
  }

  /** Cuts every gateway connection; sessions can be resumed. */
  drop() {
    return this.call("POST", "/gateway", { fault: "cut" });
  }

  /** Sessions, identifies and resumes. */
  gateway() {
    return this.call("GET", "/gateway");
  }

  /** The REST calls of a route, oldest first; `count` numbers the last call of any route. */
  calls(route, since = 0) {
    return this.call("GET", `/calls?route=${route}&since=${since}`);
  }

  /** The next call of a route is answered with 429. */
  limit(route, scope, milliseconds) {
    const fault = { rate_limited: { retry_after_ms: milliseconds, scope } };
    return this.call("POST", "/faults", { route, fault });
  }
}
