//! Application commands, interactions and webhooks.

use super::time::Millis;
use serde_json::Value;

/// One application command.
#[derive(Debug, Clone)]
pub struct Command {
    /// Id.
    pub id: u64,
    /// Application.
    pub application: u64,
    /// Guild, none for commands that are everywhere.
    pub guild: Option<u64>,
    /// 1 slash, 2 user, 3 message.
    pub kind: u64,
    /// Name.
    pub name: String,
    /// The command as it was registered, defaults filled in.
    pub data: Value,
    /// Changes with each change of the command.
    pub version: u64,
}

/// Something a person did with an application, waiting for its answer.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// Id.
    pub id: u64,
    /// Token for callback and follow-ups.
    pub token: String,
    /// Application.
    pub application: u64,
    /// 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u8,
    /// Who.
    pub user: u64,
    /// Where.
    pub channel: u64,
    /// When.
    pub made_ms: Millis,
    /// The command's name or the component's id.
    pub name: String,
    /// Message whose component was used.
    pub source_message: Option<u64>,
    /// The interaction that showed the form, where one was filled in.
    pub shown_by: Option<u64>,
    /// How it was answered, if it was.
    pub answer: Answer,
}

/// How far the answer to an interaction has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// Acknowledged; a message comes later, seen by all or only by the person.
    Deferred {
        /// Whether only the person will see it.
        ephemeral: bool,
        /// The "is thinking" message that the first follow-up fills.
        placeholder: u64,
    },
    /// A component was acknowledged; its message may be changed later.
    DeferredUpdate,
    /// Answered with this message (for components: the message that was changed).
    Message(u64),
    /// Completions were given.
    Choices(Vec<Value>),
    /// A form was shown.
    Modal(Value),
}

/// A way into a channel without a bot.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Id.
    pub id: u64,
    /// Secret in its URL.
    pub token: String,
    /// Channel.
    pub channel: u64,
    /// Guild.
    pub guild: u64,
    /// Name.
    pub name: String,
    /// Who made it.
    pub creator: u64,
}
