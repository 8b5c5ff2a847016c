//! From Discord's words to ours: the edge past which no wire type goes.

use std::iter;

use kaiwa_core::{
    button::{Button, Interaction, Openness, Press, Pressed, Presser},
    given::Own,
    id::{ChannelId, MessageId, UserId},
    message::{Attachment, Author, AuthorKind, Content, Message, Place, Quoted, Replied},
    text::{self, Name, Named},
    words::Locale,
};

use super::{
    directory::{Directory, Guild},
    wire,
};

/// The right to write in locked threads. Source: Discord's reference, "Permissions".
const MANAGE_THREADS: u64 = 1 << 34;

/// What a message is converted with: who the bot is, what is known of guilds, and the language of direct messages.
#[derive(Clone, Copy)]
pub(crate) struct Edge<'a> {
    /// The bot's own id.
    pub me: UserId,
    /// What the gateway told.
    pub directory: &'a Directory,
    /// The language where no guild tells one.
    pub locale: Locale,
}

impl Edge<'_> {
    /// Converts a message said in `place`; `None` when its author is not told, as in updates that only add a preview.
    pub(crate) fn message(&self, message: wire::Message, place: Place) -> Option<Message> {
        self.directory.with_guild(message.guild_id, |guild| {
            let author = self.author(&message)?;
            let text = self.whole_text(&message, guild);
            let own_role = |role| guild.is_some_and(|guild| guild.is_own_role(role));
            let raw = message.content.as_deref().unwrap_or_default();
            let names_me = [format!("<@{}>", self.me), format!("<@!{}>", self.me)];
            // Discord lists whom a message pings: a name in code is none, and a reply pings without a name.
            let mentions_me = message.mentions.iter().any(|user| user.id == self.me)
                && names_me.iter().any(|name| raw.contains(name.as_str()))
                || message.mention_roles.iter().any(|&role| own_role(role));
            let replied_author = message
                .referenced_message
                .as_ref()
                .and_then(|replied| replied.author.as_ref())
                .map(|author| author.id);
            let mentions_others = message.mention_everyone
                || message.mention_roles.iter().any(|&role| !own_role(role))
                // A reply with the ping on lists the author replied to, whom the text need not name.
                || message.mentions.iter().any(|user| {
                    user.id != self.me && (Some(user.id) != replied_author || raw.contains(&user.id.to_string()))
                });
            let reply_to = self.replied(&message, guild);
            let forwarded = message.message_snapshots.into_iter();
            let forwarded = forwarded.flat_map(|snapshot| snapshot.message.attachments);
            Some(Message {
                id: message.id,
                channel: message.channel_id,
                guild: message.guild_id,
                place,
                author,
                text,
                attachments: message
                    .attachments
                    .into_iter()
                    .chain(forwarded)
                    .map(attachment)
                    .collect(),
                mentions_me,
                mentions_others,
                reply_to,
                edited_ms: message.edited_timestamp,
                locale: guild.map_or(self.locale, Guild::locale),
            })
        })
    }

    /// What a message tells of the answer that it is part of; `None` where the bot has not written it.
    pub(crate) fn own(&self, message: &wire::Message) -> Option<Own> {
        if !is_written_by(message, self.me) {
            return None;
        }
        let reference = message.message_reference.as_ref();
        let replies_to = reference
            .filter(|_| message.kind == wire::REPLY)
            .and_then(|reference| reference.message_id);
        let text = message.content.as_deref().unwrap_or_default();
        let buttons: Vec<Button> = buttons(message).collect();
        let place = (message.channel_id, message.id);
        Some(Own::new(place, replies_to, text, &buttons))
    }

    /// Converts an interaction; `None` for one that needs no answer, or that nobody could answer.
    pub(crate) fn press(&self, interaction: wire::Interaction) -> Option<Press> {
        if interaction.kind == wire::AUTOCOMPLETE {
            return None;
        }
        let (user, nick) = match interaction.member {
            Some(member) => (member.user, member.nick),
            None => (interaction.user?, None),
        };
        let member = wire::Member { nick };
        let custom_id = interaction.data.and_then(|data| data.custom_id);
        let message = interaction.message.map(|message| message.id);
        let channel = interaction.channel_id;
        let channel = channel.or(interaction.channel.as_ref().map(|channel| channel.id))?;
        let thread = interaction.channel.map(|channel| channel.thread_metadata);
        let permissions = interaction
            .app_permissions
            .and_then(|bits| bits.parse().ok());
        let is_moderator = permissions.is_some_and(|bits: u64| bits & MANAGE_THREADS != 0);
        Some(Press {
            interaction: Interaction {
                id: interaction.id,
                application: interaction.application_id,
                token: interaction.token,
            },
            button: custom_id
                .as_deref()
                .and_then(Button::parse)
                .zip(message)
                .map(|(button, on)| Pressed { button, on }),
            by: Presser {
                id: user.id,
                name: shown_name(&user, Some(&member)),
                locale: interaction
                    .locale
                    .as_deref()
                    .map_or(self.locale, Locale::from_discord),
            },
            channel,
            guild: interaction.guild_id,
            place: match thread.unwrap_or_default() {
                wire::ThreadMetadata { locked: true, .. } if !is_moderator => Openness::Locked,
                wire::ThreadMetadata { archived: true, .. } => Openness::Archived,
                wire::ThreadMetadata { .. } => Openness::Open,
            },
        })
    }

    fn author(&self, message: &wire::Message) -> Option<Author> {
        let user = message.author.as_ref()?;
        let kind = if user.id == self.me {
            AuthorKind::Me
        } else if user.system || !matches!(message.kind, wire::PLAIN | wire::REPLY) {
            AuthorKind::System
        } else if user.bot || message.webhook_id.is_some() {
            AuthorKind::Bot
        } else {
            AuthorKind::Person
        };
        Some(Author {
            id: user.id,
            name: shown_name(user, message.member.as_ref()),
            kind,
        })
    }

    /// All that a message says in words: its text, what it forwards, its stickers, its poll, a bot's embeds.
    fn whole_text(&self, message: &wire::Message, guild: Option<&Guild>) -> String {
        let mut text = self.readable(
            message.content.as_deref().unwrap_or_default(),
            message,
            guild,
        );
        let mut add = |line: String| {
            if !line.trim().is_empty() {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(line.trim());
            }
        };
        for snapshot in &message.message_snapshots {
            let forwarded = &snapshot.message;
            let words = self.readable(&forwarded.content, message, guild);
            // Whose message it was isn't told: where it has words, embeds may be previews of their links.
            let embedded = forwarded.embeds.iter().filter(|_| words.is_empty());
            let embedded = embedded.flat_map(|embed| self.embedded(embed, message, guild));
            let stickers = forwarded.sticker_items.iter().map(stuck);
            let lines = iter::once(words.clone()).chain(embedded).chain(stickers);
            let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
            if !lines.is_empty() {
                add(format!("[forwarded message:]\n{}", lines.join("\n")));
            }
        }
        message.sticker_items.iter().map(stuck).for_each(&mut add);
        if let Some(poll) = &message.poll {
            let question = poll.question.text.as_deref().unwrap_or_default();
            let answers = poll.answers.iter();
            let answers: Vec<&str> = answers
                .filter_map(|answer| answer.poll_media.text.as_deref())
                .collect();
            add(format!("[poll: {question} — {}]", answers.join(" / ")));
        }
        // Of people's messages they are previews of links, which Discord adds a moment later: some of these are `rich` too.
        let is_person = |user: &wire::User| !user.bot && message.webhook_id.is_none();
        let embeds = match message.author.as_ref().is_none_or(is_person) {
            true => &[][..],
            false => message.embeds.as_slice(),
        };
        let embedded = embeds
            .iter()
            .flat_map(|embed| self.embedded(embed, message, guild));
        embedded.for_each(add);
        text
    }

    /// What an embed says, if it was put there to say something.
    fn embedded(
        &self,
        embed: &wire::Embed,
        message: &wire::Message,
        guild: Option<&Guild>,
    ) -> Vec<String> {
        if embed.kind != "rich" {
            return Vec::new();
        }
        let description = embed.description.as_deref().unwrap_or_default();
        vec![
            embed.title.clone().unwrap_or_default(),
            self.readable(description, message, guild),
        ]
    }

    fn readable(&self, raw: &str, message: &wire::Message, guild: Option<&Guild>) -> String {
        let known =
            |name: Option<&str>| name.map_or(Name::Unknown, |name| Name::Known(name.to_owned()));
        text::readable(raw, |named| match named {
            Named::Person(id) if id == self.me => Name::Me,
            Named::Person(id) => match message.mentions.iter().find(|user| user.id == id) {
                Some(user) => Name::Known(shown_name(user, user.member.as_ref())),
                None => Name::Unknown,
            },
            Named::Role(id) if guild.is_some_and(|guild| guild.is_own_role(id)) => Name::Me,
            Named::Role(id) => known(guild.and_then(|guild| guild.role_name(id))),
            Named::Channel(id) => known(guild.and_then(|guild| guild.channel_name(id))),
        })
    }

    fn replied(&self, message: &wire::Message, guild: Option<&Guild>) -> Option<Replied> {
        let reference = message.message_reference.as_ref()?;
        if message.kind != wire::REPLY || reference.kind != 0 {
            return None;
        }
        let quoted = message.referenced_message.as_ref().and_then(|replied| {
            let author = replied.author.as_ref()?;
            let mine = author.id == self.me;
            let mut text = self.whole_text(replied, guild);
            if mine {
                text = kaiwa_core::reply::join(&[&text]);
            }
            for file in &replied.attachments {
                text.push_str(&format!("\n[attached: {}]", file.filename));
            }
            Some(Quoted {
                author: author.id,
                name: shown_name(author, replied.member.as_ref()),
                mine,
                text: text.trim().to_owned(),
            })
        });
        Some(Replied {
            id: reference.message_id?,
            quoted,
        })
    }
}

/// Whether somebody has written this message, which is then no word of Discord's own.
pub(crate) fn is_written_by(message: &wire::Message, user: UserId) -> bool {
    let author = message.author.as_ref();
    author.is_some_and(|author| author.id == user)
        && matches!(message.kind, wire::PLAIN | wire::REPLY)
}

/// The buttons of ours on a message.
pub(crate) fn buttons(message: &wire::Message) -> impl Iterator<Item = Button> {
    let components = message.components.iter().flat_map(|row| &row.components);
    components.filter_map(|button| Button::parse(button.custom_id.as_deref()?))
}

/// Where the message lies that another one points at: a reply at what it replies to, a [`wire::THREAD_STARTER`] stub at the
/// message that its thread was opened on.
pub(crate) fn points_at(message: &wire::Message) -> Option<(ChannelId, MessageId)> {
    let reference = message.message_reference.as_ref()?;
    Some((reference.channel_id?, reference.message_id?))
}

/// The name that people see: nickname, else display name, else user name.
fn shown_name(user: &wire::User, member: Option<&wire::Member>) -> String {
    let nick = member.and_then(|member| member.nick.as_deref());
    let names = [
        nick,
        user.global_name.as_deref(),
        Some(user.username.as_str()),
    ];
    let shown = names
        .into_iter()
        .flatten()
        .find(|name| !text::is_blank(name));
    // A name is one line wherever it stands: it can't pretend to be another speaker's message.
    let words = shown.unwrap_or("somebody").split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn stuck(sticker: &wire::Sticker) -> String {
    format!("[sticker: {}]", sticker.name)
}

fn attachment(file: wire::Attachment) -> Attachment {
    let media_type = file.content_type;
    let content = if is_text(&file.filename, media_type.as_deref()) {
        Content::Unread
    } else {
        Content::Opaque
    };
    Attachment {
        name: file.filename,
        media_type,
        size: file.size,
        url: file.url,
        content,
    }
}

/// Whether a file may be text, by its type or by the ending of its name: tables of types know `.ts` as a film, and many
/// languages not at all. Whether it is, its bytes tell when they are read.
fn is_text(name: &str, media_type: Option<&str>) -> bool {
    const APPLICATIONS: [&str; 8] = [
        "application/json",
        "application/xml",
        "application/yaml",
        "application/x-yaml",
        "application/toml",
        "application/javascript",
        "application/sql",
        "application/x-sh",
    ];
    // A name without a point, such as Dockerfile, is its own ending.
    #[rustfmt::skip]
    const ENDINGS: [&str; 60] = [
        "txt", "md", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "log", "rs", "py",
        "js", "mjs", "jsx", "ts", "tsx", "vue", "go", "c", "h", "cc", "cpp", "hpp", "cs", "java", "rb", "php",
        "pl", "r", "scala", "sh", "bash", "ps1", "bat", "sql", "html", "css", "scss", "tex", "bib", "lua",
        "kt", "swift", "dart", "zig", "hs", "ex", "diff", "patch", "srt", "conf", "cfg", "env", "properties",
        "gradle", "dockerfile", "makefile",
    ];
    let essence = media_type.map(|media_type| media_type.split(';').next().unwrap_or_default());
    let by_type = essence.map(str::trim).is_some_and(|essence| {
        essence.starts_with("text/")
            || APPLICATIONS.contains(&essence)
            || essence.ends_with("+json")
    });
    let ending = name.rsplit('.').next().map(str::to_ascii_lowercase);
    by_type || ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forwarded_is_said_whatever_it_is_made_of() {
        let embed = r#"{"type":"rich","title":"Sea","description":"It is **blue**."}"#;
        let preview = r#"{"type":"image","title":"a picture"}"#;
        for (forwarded, said) in [
            (
                format!(r#""content":"","embeds":[{embed}]"#),
                "\nSea\nIt is **blue**.",
            ),
            (format!(r#""content":"see","embeds":[{embed}]"#), "\nsee"),
            (format!(r#""content":"","embeds":[{preview}]"#), ""),
            (
                r#""content":"","sticker_items":[{"name":"wave"}]"#.to_owned(),
                "\n[sticker: wave]",
            ),
        ] {
            let json = format!(
                r#"{{"id":"50","channel_id":"7","author":{{"id":"2","username":"ada"}},"content":"",
                    "message_reference":{{"type":1}},"message_snapshots":[{{"message":{{{forwarded}}}}}]}}"#
            );
            let directory = Directory::default();
            let edge = Edge {
                me: UserId(1),
                directory: &directory,
                locale: Locale::En,
            };
            let message = edge.message(serde_json::from_str(&json).unwrap(), Place::Direct);
            let text = message.unwrap().text;
            assert_eq!(text.trim_start_matches("[forwarded message:]"), said);
        }
    }

    #[test]
    fn a_file_may_be_text_by_its_type_or_by_its_name() {
        for (name, media_type) in [
            ("notes", Some("text/plain; charset=utf-8")),
            ("a.geojson", Some("application/geo+json")),
            ("main.rs", Some("application/rls-services+xml")),
            ("index.ts", Some("video/mp2t")),
            ("index.PHP", Some("application/x-httpd-php")),
            ("run.ps1", None),
            ("Dockerfile", Some("application/octet-stream")),
            (".env", None),
        ] {
            assert!(is_text(name, media_type), "{name}");
        }
        for (name, media_type) in [
            ("cat.png", Some("image/png")),
            ("film.mp4", Some("video/mp4")),
            ("report.pdf", Some("application/pdf")),
            ("archive.zip", None),
            ("core", None),
        ] {
            assert!(!is_text(name, media_type), "{name}");
        }
    }
}
