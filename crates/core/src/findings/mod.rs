//! What the doctor may find, and how bad it is. [`crate::words::doctor`] says it.
//!
//! A check that is fine is a finding too: the operator sees what was looked at.

mod check;

pub use check::{Check, State};

use std::time::Duration;

use crate::{
    error::ModelError,
    id::{ChannelId, RoleId, UserId},
    permissions::Lack,
};

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Of this machine.
    Machine(Machine),
    /// Of Discord and the bot's account there.
    Account(Account),
    /// Of a server that the bot is in.
    Server(Server),
    /// Of the model.
    Model(Model),
    /// Of the data directory.
    Data(Data),
    /// Of one channel, for one person.
    Channel(Channel),
}

/// Of this machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Machine {
    /// What runs.
    Program {
        /// Its version.
        version: &'static str,
        /// Operating system and processor.
        system: String,
    },
    /// The settings can be used.
    Settings {
        /// The file that they were read from, where there is one.
        file: Option<String>,
    },
    /// A setting is wrong or missing; nothing else can be looked at.
    SettingWrong {
        /// What is wrong and what to write, as the start would say it.
        problem: String,
    },
    /// The names have addresses.
    HostsKnown {
        /// The names.
        hosts: Vec<String>,
    },
    /// A name has no address.
    HostUnknown {
        /// The name.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The clock is as Discord's, to a few seconds.
    ClockRight,
    /// The clock is not as Discord's.
    ClockWrong {
        /// How far.
        by: Duration,
        /// It is behind; otherwise it is ahead.
        behind: bool,
    },
}

/// Of Discord and the bot's account there.
#[derive(Clone, Debug, PartialEq)]
pub enum Account {
    /// Discord answers.
    Answers {
        /// After so long.
        took: Duration,
    },
    /// Discord can't be reached.
    Unreachable {
        /// Its address.
        address: String,
        /// What the connection said.
        reason: String,
    },
    /// Something could not be learnt, as Discord didn't tell it.
    Untold {
        /// What it was.
        check: Check,
        /// Why.
        reason: String,
    },
    /// The token works.
    Token {
        /// The bot's name.
        name: String,
        /// Its id.
        id: UserId,
    },
    /// The token is refused.
    TokenRefused,
    /// The Message Content intent is on.
    MessageContentOn,
    /// The Message Content intent is off, and the settings want it.
    MessageContentOff,
    /// The settings do without the Message Content intent.
    MessageContentUnused,
    /// The invite link works.
    Invite {
        /// The application's id.
        application: UserId,
    },
    /// The invite link fails: the application asks for a full OAuth2 code grant.
    CodeGrant,
    /// The gateway says hello.
    Gateway {
        /// How long that took.
        took: Duration,
        /// How many starts are left today.
        left: u32,
        /// Of how many.
        of: u32,
        /// How many shards Discord recommends.
        shards: u32,
    },
    /// The gateway can't be reached, although REST can.
    GatewayUnreachable {
        /// Its address.
        address: String,
        /// Why.
        reason: String,
    },
    /// Few starts are left today.
    FewStarts {
        /// How many.
        left: u32,
        /// When all of them are back.
        back: Duration,
    },
}

/// Of a server that the bot is in.
#[derive(Clone, Debug, PartialEq)]
pub enum Server {
    /// The bot is in none.
    Nowhere {
        /// The application's id, for the invite link.
        application: UserId,
    },
    /// The bot may do all it needs in every channel that it sees.
    Fine {
        /// The server's name.
        server: String,
        /// How many channels it sees.
        seen: usize,
        /// How many it doesn't see.
        unseen: usize,
    },
    /// None of the bot's roles has a permission.
    RolesLack {
        /// The server's name.
        server: String,
        /// The permission, as Discord's documentation names it.
        permission: &'static str,
        /// The application's id, for the invite link.
        application: UserId,
    },
    /// Some channels deny a permission.
    ChannelsLack {
        /// The server's name.
        server: String,
        /// The channels' names.
        channels: Vec<String>,
        /// The permission, as Discord's documentation names it.
        permission: &'static str,
        /// Who took it away.
        by: Denied,
    },
    /// The bot is timed out.
    TimedOut {
        /// The server's name.
        server: String,
    },
    /// There are more servers than were looked at.
    More {
        /// So many were looked at.
        looked: usize,
        /// So many there are at least.
        all: usize,
    },
}

/// Who took a permission away: [`Lack`], with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// None of the roles has it.
    Roles,
    /// The channel, to @everyone.
    Everyone,
    /// The channel, to a role.
    Role(String),
    /// The channel, to the member.
    Member,
    /// A time-out.
    TimedOut,
}

impl Denied {
    /// Names the roles.
    pub fn new(lack: Lack, name: impl FnOnce(RoleId) -> String) -> Self {
        match lack {
            Lack::Roles => Self::Roles,
            Lack::Everyone => Self::Everyone,
            Lack::Role(role) => Self::Role(name(role)),
            Lack::Member => Self::Member,
            Lack::TimedOut => Self::TimedOut,
        }
    }
}

/// Of the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// The server answers and has the model.
    Served {
        /// The model's name.
        model: String,
        /// The server's address.
        base_url: String,
    },
    /// The server can't be used.
    Unusable {
        /// The server's address.
        base_url: String,
        /// Why.
        error: ModelError,
        /// Of an unknown model: names that look like it.
        nearest: Vec<String>,
    },
    /// The first token came.
    FirstToken {
        /// After so long.
        took: Duration,
    },
    /// The model was asked, and no token came.
    NoToken {
        /// The server's address.
        base_url: String,
        /// Why.
        error: ModelError,
    },
    /// The window is known.
    Window {
        /// How many tokens.
        tokens: u64,
    },
    /// Nobody tells the window.
    WindowUnknown {
        /// How many tokens are assumed.
        assumed: u64,
    },
    /// What it can do besides text, where that is told.
    Abilities {
        /// It sees pictures.
        pictures: Option<bool>,
        /// It calls tools.
        tools: Option<bool>,
    },
}

/// Of the data directory.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// It can be used.
    Directory {
        /// Where it is.
        path: String,
        /// It is there already; otherwise the start makes it.
        exists: bool,
        /// A Kaiwa runs with it now.
        in_use: bool,
    },
    /// It can't be made or written.
    Unwritable {
        /// The directory, or the one that it should be made in.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// There is room on its disk.
    Room {
        /// Bytes that are free.
        free: u64,
    },
    /// There is little room, or none.
    LittleRoom {
        /// The directory.
        path: String,
        /// Bytes that are free.
        free: u64,
    },
    /// There is no database yet.
    NoDatabase,
    /// The database can be read.
    Database {
        /// Its size in bytes.
        size: u64,
        /// How many conversations it holds.
        conversations: u64,
        /// How many questions wait for an answer.
        waiting: u64,
    },
    /// The database can't be used; told as the start would tell it.
    DatabaseUnusable {
        /// What is the matter and what to do.
        problem: String,
    },
}

/// With less room than this on its disk the database soon can't grow, in bytes.
const LITTLE_ROOM: u64 = 256 * 1024 * 1024;
/// With less than this it can't grow now.
const NO_ROOM: u64 = 1024 * 1024;

impl Data {
    /// What so much room on the data directory's disk means.
    pub fn room(path: String, free: u64) -> Self {
        if free < LITTLE_ROOM {
            Self::LittleRoom { path, free }
        } else {
            Self::Room { free }
        }
    }
}

/// Of one channel, for one person.
#[derive(Clone, Debug, PartialEq)]
pub enum Channel {
    /// The bot doesn't see a channel with this id.
    Unseen {
        /// The id that was given.
        channel: ChannelId,
    },
    /// The channel is there, and nobody talks in it: a category, or a kind that is unknown.
    NoTalk {
        /// Its name.
        name: String,
    },
    /// The channel.
    Place {
        /// Its name; empty for direct messages.
        name: String,
        /// The server's name, none for direct messages.
        server: Option<String>,
    },
    /// A permission that the bot lacks there.
    BotLacks {
        /// The permission, as Discord's documentation names it.
        permission: &'static str,
        /// Who took it away.
        by: Denied,
    },
    /// The bot has every permission that it needs there.
    BotMay,
    /// The thread is locked or archived by those who manage the channel.
    Locked,
    /// The person isn't in the server.
    NotMember {
        /// The id that was given.
        user: UserId,
        /// The server's name.
        server: String,
    },
    /// The person doesn't see the channel, or may not write in it.
    PersonLacks {
        /// Their name.
        person: String,
        /// The permission, as Discord's documentation names it.
        permission: &'static str,
        /// Who took it away.
        by: Denied,
    },
    /// What becomes of something that the person says there.
    Told {
        /// What they say.
        saying: Saying,
        /// What the bot does.
        outcome: Outcome,
    },
}

/// Something that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    /// A message that names the bot.
    Mention,
    /// A message that names nobody.
    Plain,
    /// A message that names somebody else.
    MentionOfOthers,
    /// A reply to the bot with the ping on.
    Reply,
    /// A reply to the bot with the ping off.
    QuietReply,
}

/// What the bot does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It opens a thread and answers there.
    Thread,
    /// It answers as a reply, as it may not open a thread.
    ReplyForThread,
    /// It answers here.
    Here,
    /// It answers with a reply, along the chain of replies.
    Chain,
    /// It wants to answer, and can't: the permissions above.
    Unable,
    /// It reads it as part of the conversation, and stays silent.
    Remembers,
    /// It isn't said to the bot.
    NotAddressed,
    /// The author is a bot.
    FromBot,
    /// It is the bot's own.
    Own,
    /// Discord gives the bot no text, as the Message Content intent isn't used.
    Unreadable,
}

impl Finding {
    /// What was looked at.
    pub const fn check(&self) -> Check {
        match self {
            Self::Machine(found) => match found {
                Machine::Program { .. } => Check::Program,
                Machine::Settings { .. } | Machine::SettingWrong { .. } => Check::Settings,
                Machine::HostsKnown { .. } | Machine::HostUnknown { .. } => Check::NameLookup,
                Machine::ClockRight | Machine::ClockWrong { .. } => Check::Clock,
            },
            Self::Account(found) => match found {
                Account::Answers { .. } | Account::Unreachable { .. } => Check::Discord,
                Account::Untold { check, .. } => *check,
                Account::Token { .. } | Account::TokenRefused => Check::Token,
                Account::MessageContentOn
                | Account::MessageContentOff
                | Account::MessageContentUnused => Check::MessageContent,
                Account::Invite { .. } | Account::CodeGrant => Check::Invite,
                Account::Gateway { .. }
                | Account::GatewayUnreachable { .. }
                | Account::FewStarts { .. } => Check::Gateway,
            },
            Self::Server(_) => Check::Server,
            Self::Model(found) => match found {
                Model::Served { .. } | Model::Unusable { .. } => Check::Model,
                Model::FirstToken { .. } | Model::NoToken { .. } => Check::FirstToken,
                Model::Window { .. } | Model::WindowUnknown { .. } => Check::Window,
                Model::Abilities { .. } => Check::Abilities,
            },
            Self::Data(found) => match found {
                Data::Directory { .. } | Data::Unwritable { .. } => Check::DataDirectory,
                Data::Room { .. } | Data::LittleRoom { .. } => Check::Disk,
                Data::NoDatabase | Data::Database { .. } | Data::DatabaseUnusable { .. } => {
                    Check::Database
                }
            },
            Self::Channel(_) => Check::Channel,
        }
    }

    /// How bad it is.
    pub const fn state(&self) -> State {
        match self {
            Self::Machine(found) => found.state(),
            Self::Account(found) => found.state(),
            Self::Server(found) => match found {
                Server::Fine { .. } | Server::More { .. } => State::Fine,
                Server::Nowhere { .. }
                | Server::RolesLack { .. }
                | Server::ChannelsLack { .. }
                | Server::TimedOut { .. } => State::Warning,
            },
            Self::Model(found) => match found {
                Model::Served { .. }
                | Model::FirstToken { .. }
                | Model::Window { .. }
                | Model::Abilities { .. } => State::Fine,
                Model::WindowUnknown { .. } => State::Warning,
                Model::Unusable { .. } | Model::NoToken { .. } => State::Broken,
            },
            Self::Data(found) => match found {
                Data::Directory { .. }
                | Data::Room { .. }
                | Data::NoDatabase
                | Data::Database { .. } => State::Fine,
                Data::LittleRoom { free, .. } if *free >= NO_ROOM => State::Warning,
                Data::LittleRoom { .. }
                | Data::Unwritable { .. }
                | Data::DatabaseUnusable { .. } => State::Broken,
            },
            Self::Channel(found) => match found {
                Channel::Place { .. } | Channel::BotMay | Channel::Told { .. } => State::Fine,
                Channel::BotLacks { .. }
                | Channel::Locked
                | Channel::NotMember { .. }
                | Channel::PersonLacks { .. } => State::Warning,
                Channel::Unseen { .. } | Channel::NoTalk { .. } => State::Broken,
            },
        }
    }
}

/// A clock that is off by so much breaks the certificates' check before long.
const FAR_OFF: Duration = Duration::from_secs(300);

impl Machine {
    const fn state(&self) -> State {
        match self {
            Self::Program { .. }
            | Self::Settings { .. }
            | Self::HostsKnown { .. }
            | Self::ClockRight => State::Fine,
            Self::ClockWrong { by, .. } if by.as_secs() < FAR_OFF.as_secs() => State::Warning,
            Self::ClockWrong { .. } | Self::SettingWrong { .. } | Self::HostUnknown { .. } => {
                State::Broken
            }
        }
    }
}

impl Account {
    const fn state(&self) -> State {
        match self {
            Self::Answers { .. }
            | Self::Token { .. }
            | Self::MessageContentOn
            | Self::MessageContentUnused
            | Self::Invite { .. }
            | Self::Gateway { .. } => State::Fine,
            Self::FewStarts { left: 0, .. } => State::Broken,
            Self::Untold { .. } | Self::CodeGrant | Self::FewStarts { .. } => State::Warning,
            Self::Unreachable { .. }
            | Self::TokenRefused
            | Self::MessageContentOff
            | Self::GatewayUnreachable { .. } => State::Broken,
        }
    }
}

/// The worst of what was found.
pub fn verdict(findings: &[Finding]) -> State {
    let states = findings.iter().map(Finding::state);
    states.max().unwrap_or(State::Fine)
}
