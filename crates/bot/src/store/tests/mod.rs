//! The store's tests: its life on each engine, its claims, its history, what it forgets, and what it does when things break.

mod chains;
mod claims;
mod erased;
mod faults;
mod files;
mod given;
mod history;
mod life;
mod migrations;
mod owner;
mod plans;
mod retries;
mod sessions;
mod taken;
mod titles;
mod versions;

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId, UserId},
    message::{Ask, AskKind, Attachment, Content, Home, Quoted, Said, Speaker},
    model::FinishReason,
    turn::TurnEnd,
    words::Locale,
};

use super::{
    connection::{Database, Record},
    *,
};

const GUILD: GuildId = GuildId(1);
const GENERAL: ChannelId = ChannelId(10);
const BOT: UserId = UserId(99);
const ADA: UserId = UserId(7);
const BEN: UserId = UserId(8);
const FAR: Reach = Reach { bytes: 1_000_000 };
const ANSWERED: TurnEnd = TurnEnd::Answered {
    finish: FinishReason::Stop,
};

fn says(id: u64, author: UserId, text: &str) -> Said {
    Said {
        id: MessageId(id),
        by: Speaker::Other {
            id: author,
            name: format!("person {author}"),
        },
        text: text.to_owned(),
        attachments: Vec::new(),
        reply_to: None,
        quoted: None,
        edited_ms: None,
    }
}

/// Its author gives a message another text.
async fn edit(store: &Store, message: MessageId, text: &str, attachments: &[Attachment]) -> Edited {
    let said = Said {
        attachments: attachments.to_vec(),
        edited_ms: u64::try_from(store.tick()).ok(),
        ..says(message.0, ADA, text)
    };
    store.edited(&said).await.unwrap()
}

fn replies(id: u64, author: UserId, to: u64, text: &str) -> Said {
    Said {
        reply_to: Some(MessageId(to)),
        ..says(id, author, text)
    }
}

fn answers(id: u64, ask: u64, text: &str) -> Said {
    Said {
        by: Speaker::Me {
            answers: Some(MessageId(ask)),
        },
        ..says(id, ADA, text)
    }
}

fn quoted(author: UserId, text: &str) -> Quoted {
    Quoted {
        author,
        name: format!("person {author}"),
        mine: false,
        text: text.to_owned(),
    }
}

fn file(name: &str, url: &str, content: Content) -> Attachment {
    Attachment {
        name: name.to_owned(),
        media_type: Some("text/plain".to_owned()),
        size: 12,
        url: url.to_owned(),
        content,
    }
}

/// A question; `said` is its message.
fn asks(said: &Said, conversation: u64, home: Home) -> Ask {
    let Speaker::Other { id: author, .. } = said.by else {
        panic!("the bot asks nothing");
    };
    Ask {
        message: said.id,
        conversation: ConversationId(conversation),
        home,
        guild: Some(GUILD),
        author,
        kind: AskKind::Question,
        locale: Locale::En,
    }
}

fn opens_thread() -> Home {
    Home::NewThread {
        parent: GENERAL,
        name: "the sea".to_owned(),
    }
}

fn in_thread(thread: u64) -> Home {
    Home::Channel {
        channel: ChannelId(thread),
        below: None,
    }
}

fn in_chain(parent: Option<u64>) -> Home {
    Home::Chain {
        channel: GENERAL,
        parent: parent.map(MessageId),
    }
}

/// Somebody asks; the question must be new.
async fn begin(store: &Store, said: &Said, conversation: u64, home: Home) -> Ask {
    match store
        .begin_turn(&asks(said, conversation, home), said)
        .await
        .unwrap()
    {
        Begun::New(ask) => ask,
        Begun::Known => panic!("{} is known", said.id),
    }
}

async fn claimed(store: &Store, conversation: u64) -> Claim {
    let claim = store.claim(ConversationId(conversation)).await.unwrap();
    claim.expect("something to claim")
}

fn messages_of(asks: &[Ask]) -> Vec<u64> {
    asks.iter().map(|ask| ask.message.0).collect()
}

/// How far an answer has come, told by its state alone.
fn state(state: &str) -> Shown {
    Shown {
        state: Some(state.to_owned()),
        parts: Vec::new(),
    }
}

/// How far an answer has come, told by its messages alone.
fn holding(parts: &[Said]) -> Shown {
    Shown {
        state: None,
        parts: parts.to_vec(),
    }
}

impl Store {
    /// A store that is forgotten when it is closed.
    async fn open_in_memory() -> Result<Self, Fault> {
        let database = Database::open(|| {
            let connection = Connection::with(rusqlite::Connection::open_in_memory)?;
            opening::prepare(&connection)?;
            Ok(connection)
        });
        let writer = Arc::new(database.await?);
        let run = writer
            .write(|connection| opening::begin_run(connection, BOT))
            .await?;
        let store = Self::at(Path::new("in memory"));
        store.begin_with(Opened {
            channels: Vec::new(),
            tick: 0,
            open: Open {
                // A database in memory belongs to one connection.
                reader: Arc::clone(&writer),
                writer,
                run,
            },
        });
        Ok(store)
    }
}

/// Runs statements that the store has not.
async fn raw(store: &Store, statements: &'static str) {
    let writer = &store.opened().unwrap().writer;
    let done = writer.read(|connection| connection.run(statements));
    done.await.unwrap();
}

/// Reads what the store doesn't tell.
async fn rows<T: Record + Send + 'static>(store: &Store, statement: &'static str) -> Vec<T> {
    let writer = &store.opened().unwrap().writer;
    let read = writer.read(|connection| connection.all(statement, ()));
    read.await.unwrap()
}

/// A conversation as the lines it would read as.
fn lines(said: &[Said]) -> Vec<String> {
    said.iter()
        .map(|said| {
            let who = match &said.by {
                Speaker::Me { .. } => "me".to_owned(),
                Speaker::Other { id, .. } => id.to_string(),
            };
            format!("{} {who}: {}", said.id, said.text)
        })
        .collect()
}

async fn loaded(store: &Store, conversation: u64) -> Vec<String> {
    let loaded = store.load(ConversationId(conversation), FAR).await.unwrap();
    lines(&loaded.expect("the conversation is known").conversation.said)
}
