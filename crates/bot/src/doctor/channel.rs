//! Why the bot would answer somebody in a channel, or stay silent: the channel, the permissions, and then what the very
//! rules of the intake say about things that people say there.

use kaiwa_core::{
    findings::{Channel, Check, Finding, Outcome, Saying},
    id::{ChannelId, MessageId, UserId},
    intake::{self, Decision, Why},
    message::{Author, AuthorKind, Home, Incoming, Message, Place, Quoted, Replied},
    permissions::{
        self, CONNECT, CREATE_PUBLIC_THREADS, Ground, Member, Overwrite, READ_MESSAGE_HISTORY,
        SEND_MESSAGES, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
    },
    settings::Settings,
    words::{Locale, permissions::PERMISSIONS},
};

use super::{
    guilds::{Inside, member},
    untold,
};
use crate::{
    config::Config,
    discord::rest::{InspectedChannel, InspectedMember, Rest, RestError},
};

/// Looks at one channel, for one person or for anybody.
pub(super) async fn look(
    rest: &Rest,
    config: &Config,
    me: UserId,
    channel: ChannelId,
    person: Option<UserId>,
) -> Vec<Finding> {
    match examine(rest, config, me, channel, person).await {
        Ok(found) => found.into_iter().map(Finding::Channel).collect(),
        Err(error) => vec![untold(Check::Channel, &error)],
    }
}

async fn examine(
    rest: &Rest,
    config: &Config,
    me: UserId,
    id: ChannelId,
    person: Option<UserId>,
) -> Result<Vec<Channel>, RestError> {
    let channel = match rest.inspect_channel(id).await {
        Ok(channel) => channel,
        Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => {
            return Ok(vec![Channel::Unseen { channel: id }]);
        }
        Err(error) => return Err(error),
    };
    let name = channel.channel.name.clone().unwrap_or_default();
    let place = channel.place(me).or_else(|| {
        // Nobody talks in a forum itself: its posts are what is asked about.
        let is_forum = channel.ground() == Some(Ground::Forum);
        is_forum.then_some(Place::Thread {
            ours: false,
            below: None,
        })
    });
    let Some(place) = place else {
        return Ok(vec![Channel::NoTalk { name }]);
    };
    let asks = |kind, may: u64| {
        let scene = Scene {
            settings: &config.settings,
            me,
            place,
            channel: id,
            kind,
            may,
        };
        scene.told()
    };
    let (Some(guild), Some(ground)) = (channel.channel.guild_id, channel.ground()) else {
        let mut found = vec![Channel::Place { name, server: None }];
        found.extend(asks(AuthorKind::Person, u64::MAX));
        return Ok(found);
    };
    let (inside, own, overwrites) = tokio::try_join!(
        async { rest.inspect_guild(guild).await.map(Inside::new) },
        rest.inspect_member(guild, me),
        overwrites(rest, &channel),
    )?;
    let server = inside.guild.name.clone();
    let mut found = vec![Channel::Place {
        name,
        server: Some(server.clone()),
    }];
    let before = found.len();
    found.extend(bot_lacks(&inside, &member(&own), &overwrites, ground));
    if channel.is_locked() {
        found.push(Channel::Locked);
    }
    if found.len() == before {
        found.push(Channel::BotMay);
    }
    let mut may = permissions::in_channel(&inside.rules(), &member(&own), &overwrites);
    if channel.is_locked() {
        may &= !SEND_MESSAGES_IN_THREADS;
    }
    let kind = match person {
        None => AuthorKind::Person,
        Some(person) => match rest.inspect_member(guild, person).await {
            Ok(inspected) => {
                let kind = kind(&inspected, me);
                let lacks = person_lacks(&inside, &inspected, &overwrites, ground);
                if !lacks.is_empty() && kind == AuthorKind::Person {
                    found.extend(lacks);
                    return Ok(found);
                }
                kind
            }
            Err(RestError::NotFound { .. }) => {
                let user = person;
                found.push(Channel::NotMember { user, server });
                return Ok(found);
            }
            Err(error) => return Err(error),
        },
    };
    found.extend(asks(kind, may));
    Ok(found)
}

/// The overwrites that count in a channel: in a thread those of the channel that it hangs below.
async fn overwrites(rest: &Rest, channel: &InspectedChannel) -> Result<Vec<Overwrite>, RestError> {
    match (channel.ground(), channel.channel.parent_id) {
        (Some(Ground::Thread), Some(parent)) => {
            Ok(rest.inspect_channel(parent).await?.overwrites())
        }
        _ => Ok(channel.overwrites()),
    }
}

fn bot_lacks(
    inside: &Inside,
    own: &Member<'_>,
    overwrites: &[Overwrite],
    ground: Ground,
) -> Vec<Channel> {
    let needed = PERMISSIONS
        .iter()
        .filter(|permission| ground.needs() & permission.bit != 0);
    let lacks = needed.filter_map(|permission| {
        let lack = permissions::lack(&inside.rules(), own, overwrites, permission.bit)?;
        Some(Channel::BotLacks {
            permission: permission.name,
            by: inside.denied(lack),
        })
    });
    lacks.collect()
}

/// What a person lacks to say anything at all.
fn person_lacks(
    inside: &Inside,
    person: &InspectedMember,
    overwrites: &[Overwrite],
    ground: Ground,
) -> Vec<Channel> {
    let needs = VIEW_CHANNEL
        | match ground {
            Ground::Text => SEND_MESSAGES,
            Ground::Voice => SEND_MESSAGES | CONNECT,
            Ground::Forum | Ground::Thread => SEND_MESSAGES_IN_THREADS,
        };
    let needed = PERMISSIONS
        .iter()
        .filter(|permission| needs & permission.bit != 0);
    let lacks = needed.filter_map(|permission| {
        let who = member(person);
        let lack = permissions::lack(&inside.rules(), &who, overwrites, permission.bit)?;
        Some(Channel::PersonLacks {
            person: person.shown().to_owned(),
            permission: permission.name,
            by: inside.denied(lack),
        })
    });
    lacks.collect()
}

fn kind(member: &InspectedMember, me: UserId) -> AuthorKind {
    if member.user.id == me {
        AuthorKind::Me
    } else if member.user.bot {
        AuthorKind::Bot
    } else {
        AuthorKind::Person
    }
}

/// A place in which somebody of a kind says things.
struct Scene<'a> {
    settings: &'a Settings,
    me: UserId,
    place: Place,
    channel: ChannelId,
    kind: AuthorKind,
    /// What the bot may do there.
    may: u64,
}

impl Scene<'_> {
    /// What becomes of all that is worth a question there.
    fn told(&self) -> Vec<Channel> {
        let sayings: &[Saying] = match (self.kind, self.place) {
            // Whatever they say, the answer is the same.
            (AuthorKind::Me | AuthorKind::Bot | AuthorKind::System, _) => &[Saying::Mention],
            (AuthorKind::Person, Place::Direct) => &[Saying::Plain],
            (AuthorKind::Person, Place::Channel) => &[
                Saying::Mention,
                Saying::Plain,
                Saying::Reply,
                Saying::QuietReply,
            ],
            (AuthorKind::Person, Place::Thread { ours: true, .. }) => {
                &[Saying::Plain, Saying::Mention, Saying::MentionOfOthers]
            }
            (AuthorKind::Person, Place::Thread { ours: false, .. } | Place::Chat) => {
                &[Saying::Mention, Saying::Plain, Saying::Reply]
            }
        };
        let told = sayings.iter().map(|&saying| Channel::Told {
            saying,
            outcome: self.outcome(saying),
        });
        told.collect()
    }

    fn outcome(&self, saying: Saying) -> Outcome {
        match intake::decide(Incoming::Message(self.message(saying)), self.settings) {
            Decision::Answer(ask, _) => self.answer(&ask.home),
            Decision::Remember(..) => Outcome::Remembers,
            Decision::Ignore(Why::Blank) => Outcome::Unreadable,
            Decision::Ignore(Why::Bot) => Outcome::FromBot,
            Decision::Ignore(Why::Mine) => Outcome::Own,
            Decision::Ignore(Why::NotAddressed | Why::System | Why::Hidden)
            // Something that was said is none of these.
            | Decision::Mine(_)
            | Decision::Edit(..)
            | Decision::Press(_)
            | Decision::Delete(..)
            | Decision::Close(_)
            | Decision::CloseGuild(_) => Outcome::NotAddressed,
        }
    }

    /// What comes of the wish to answer, with these permissions.
    fn answer(&self, home: &Home) -> Outcome {
        let may = |wanted: u64| self.may & wanted == wanted;
        let replies = may(SEND_MESSAGES | READ_MESSAGE_HISTORY);
        match home {
            Home::NewThread { .. } => {
                if may(CREATE_PUBLIC_THREADS | SEND_MESSAGES_IN_THREADS | READ_MESSAGE_HISTORY) {
                    Outcome::Thread
                } else if replies {
                    Outcome::ReplyForThread
                } else {
                    Outcome::Unable
                }
            }
            Home::Channel { .. } if self.place == Place::Direct => Outcome::Here,
            Home::Channel { .. } if may(SEND_MESSAGES_IN_THREADS) => Outcome::Here,
            Home::Chain { .. } if replies && (self.place != Place::Chat || may(CONNECT)) => {
                Outcome::Chain
            }
            Home::Channel { .. } | Home::Chain { .. } => Outcome::Unable,
        }
    }

    /// The message, as Discord gives it to the bot.
    fn message(&self, saying: Saying) -> Message {
        let (names_me, names_others, replies) = match saying {
            Saying::Mention => (true, false, false),
            Saying::Plain => (false, false, false),
            Saying::MentionOfOthers => (false, true, false),
            Saying::Reply | Saying::QuietReply => (false, false, true),
        };
        // A reply with the ping on counts as a mention for the intent. Source: Discord's reference, "Message Content
        // Intent".
        let readable = self.settings.message_content
            || names_me
            || saying == Saying::Reply
            || self.place == Place::Direct;
        let reply_to = replies.then(|| Replied {
            id: MessageId(1),
            quoted: Some(Quoted {
                author: self.me,
                name: String::new(),
                mine: true,
                text: String::new(),
            }),
        });
        Message {
            id: MessageId(2),
            channel: self.channel,
            guild: None,
            place: self.place,
            author: Author {
                id: UserId(0),
                name: String::new(),
                kind: self.kind,
            },
            text: if readable { "hello" } else { "" }.to_owned(),
            attachments: Vec::new(),
            mentions_me: names_me,
            mentions_others: names_others,
            reply_to,
            edited_ms: None,
            locale: Locale::En,
        }
    }
}
