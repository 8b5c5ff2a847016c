//! What is looked at, and how bad it may be: the names that programs read.

/// How bad it is. The greatest of all findings is the doctor's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Fine,
    /// The bot works, but less than it could, or not for long.
    Warning,
    /// The bot doesn't work until the operator mends it.
    Broken,
}

impl State {
    /// The name that programs read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

macro_rules! checks {
    ($($(#[$doc:meta])* $check:ident = $name:literal;)+) => {
        /// What was looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Check { $($(#[$doc])* $check),+ }

        impl Check {
            /// Every check there is.
            pub const ALL: &'static [Self] = &[$(Self::$check),+];

            /// The name that programs read. It never changes.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$check => $name),+ }
            }
        }
    };
}

checks! {
    /// The program itself.
    Program = "program";
    /// File and environment.
    Settings = "settings";
    /// Whether the hosts' names have addresses.
    NameLookup = "name_lookup";
    /// Whether Discord answers.
    Discord = "discord";
    /// This machine's clock.
    Clock = "clock";
    /// The bot's token.
    Token = "token";
    /// The Message Content intent.
    MessageContent = "message_content";
    /// Whether the invite link works.
    Invite = "invite";
    /// The gateway's limits.
    Gateway = "gateway";
    /// The servers that the bot is in, and what it may do there.
    Server = "server";
    /// The model's server, its key and its model.
    Model = "model";
    /// How long the first token takes.
    FirstToken = "first_token";
    /// The model's window.
    Window = "window";
    /// What the model can do besides text.
    Abilities = "abilities";
    /// The data directory.
    DataDirectory = "data_directory";
    /// The room on its disk.
    Disk = "disk";
    /// The database.
    Database = "database";
    /// One channel, for one person.
    Channel = "channel";
}
