//! A world with one process of the bot, and what can be seen there.

use std::{process::Child, time::Duration};

use kaiwa_sim::{
    Sim, World,
    world::{
        Author, Saying,
        faults::{Fault, Gate},
    },
};
use tempfile::TempDir;

use super::point::FORMULA;

/// How long anything may take. Whoever waits so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A world, the data and the process of now.
pub(crate) struct Scene {
    pub(super) sim: Sim,
    pub(super) data: TempDir,
    pub(super) process: Option<Child>,
    /// Threads get titles: one more request to the model, which the points of a turn do not count.
    pub(super) titles: bool,
    /// Ada, #general and the bot.
    ada: u64,
    pub(super) general: u64,
    pub(super) bot: u64,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Scene {
    pub(super) async fn new() -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let sim = Sim::start(World::default(), listen).await.unwrap();
        let (ada, general, bot) = sim.world(|world| {
            let ada = world.user_named("ada").unwrap().id;
            let general = world.channel_named("general").unwrap().id;
            (ada, general, *world.bots.keys().next().unwrap())
        });
        Self {
            sim,
            data: tempfile::tempdir().unwrap(),
            process: None,
            titles: false,
            ada,
            general,
            bot,
        }
    }

    /// Waits until a call is held there.
    pub(super) async fn until_held(&self, gate: Option<Gate>) {
        let Some(gate) = gate else {
            return std::future::pending().await;
        };
        let held = [Fault::HoldBefore(gate), Fault::HoldAfter(gate)];
        self.until_ever(|world| {
            let mut faults = world.calls.iter().filter_map(|call| call.fault.as_ref());
            faults.any(|fault| held.contains(fault)).then_some(())
        })
        .await;
    }

    /// Says something to the bot in private; tells where.
    pub(super) fn tell(&self, text: &str) -> Result<u64, String> {
        let said = self
            .sim
            .world(|world| world.say_privately(self.ada, self.bot, text));
        said.map(|(channel, _)| channel)
            .map_err(|refusal| format!("Discord refused: {refusal:?}"))
    }

    pub(super) fn say(&self, place: u64, text: impl Into<Saying>) -> Result<u64, String> {
        let said = self.sim.world(|world| world.say(self.ada, place, text));
        said.map_err(|refusal| format!("Discord refused: {refusal:?}"))
    }

    /// The bot's messages in a place since the turn that is looked at began.
    pub(super) fn said(&self, place: u64, prepared: Option<(u64, u64)>) -> Vec<(u64, String)> {
        let after = prepared.map_or(0, |(_, hello)| hello);
        self.sim
            .shared()
            .look(|world| said(world, self.bot, place, after))
    }

    /// Waits until the bot's messages are exactly this text. Text that stays otherwise is told.
    pub(super) async fn reads(
        &self,
        place: u64,
        prepared: Option<(u64, u64)>,
        text: &str,
    ) -> Result<(), String> {
        let after = prepared.map_or(0, |(_, hello)| hello);
        let text = squeezed(&text.replace(FORMULA[0], FORMULA[1]));
        self.until(&format!("exactly {:?}", shortened(&text)), |world| {
            let said: String = said(world, self.bot, place, after)
                .into_iter()
                .map(|(_, text)| text)
                .collect();
            (squeezed(&said) == text).then_some(())
        })
        .await
    }

    /// Waits until the bot's messages are exactly one of these texts and none of them says that it goes on; tells which it is.
    pub(super) async fn reads_whole(
        &self,
        place: u64,
        prepared: Option<(u64, u64)>,
        texts: [String; 2],
    ) -> Result<String, String> {
        let after = prepared.map_or(0, |(_, hello)| hello);
        let what = format!(
            "one of {:?}, whole",
            texts.each_ref().map(|text| shortened(text))
        );
        self.until(&what, |world| {
            let said = said(world, self.bot, place, after);
            let goes_on = |(id, _): &(u64, String)| {
                let message = world.message(place, *id);
                message.is_some_and(|message| !message.components.is_empty())
            };
            if said.iter().any(goes_on) {
                return None;
            }
            let said: String = said.into_iter().map(|(_, text)| text).collect();
            let said = squeezed(&said);
            texts.iter().find(|text| squeezed(text) == said).cloned()
        })
        .await
    }

    /// Waits until there is a picture, and finds that there is no other.
    pub(super) async fn has_one_picture(&self, place: u64) -> Result<(), String> {
        let pictures = |world: &World| {
            let messages = world.messages[&place].values();
            messages.map(|message| message.attachments.len()).sum()
        };
        let count: usize = self
            .until("a picture", |world| {
                Some(pictures(world)).filter(|count| *count > 0)
            })
            .await?;
        if count == 1 {
            Ok(())
        } else {
            Err(format!("{count} pictures"))
        }
    }

    /// Waits until as much of a text can be seen as can be before it is whole.
    pub(super) async fn shows(
        &self,
        place: u64,
        prepared: Option<(u64, u64)>,
        text: &str,
    ) -> Result<(), String> {
        self.reads(place, prepared, text).await
    }

    pub(super) async fn until<T>(
        &self,
        what: &str,
        seen: impl FnMut(&World) -> Option<T>,
    ) -> Result<T, String> {
        let found = tokio::time::timeout(PATIENCE, self.until_ever(seen)).await;
        found.map_err(|_| format!("waited in vain for {what}"))
    }

    async fn until_ever<T>(&self, mut seen: impl FnMut(&World) -> Option<T>) -> T {
        self.sim.until(|world| seen(world)).await
    }

    pub(super) fn situation(&self) -> String {
        let places = self.sim.world(|world| {
            let places: Vec<u64> = world.messages.keys().copied().collect();
            let shown: Vec<String> = places
                .into_iter()
                .map(|place| world.transcript(place))
                .collect();
            shown.join("\n")
        });
        let log = std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(8).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        let calls: Vec<String> = self.sim.world(|world| {
            let calls = world.calls.iter();
            calls
                .map(|call| format!("{} {} -> {:?}", call.method, call.path, call.status))
                .collect()
        });
        let model: Vec<String> = self
            .sim
            .model()
            .requests()
            .iter()
            .map(|request| format!("{:?} {:?}", request.outcome, request.turns()))
            .collect();
        [
            shortened(&places),
            calls.join("\n"),
            model.join("\n"),
            tail.join("\n"),
        ]
        .join("\n")
    }
}

/// The bot's messages in a place that came after another.
pub(super) fn said(world: &World, bot: u64, place: u64, after: u64) -> Vec<(u64, String)> {
    let messages = world
        .messages
        .get(&place)
        .into_iter()
        .flat_map(|messages| messages.values());
    messages
        .filter(|message| message.id > after && message.author == Author::User(bot))
        .filter(|message| message.kind == 0 || message.kind == 19)
        .map(|message| (message.id, message.content.clone()))
        .collect()
}

/// A text without its whitespace, which the ends of messages lose.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count < 2_500 {
        return text.to_owned();
    }
    let start: String = text.chars().take(1_000).collect();
    let end: String = text.chars().skip(count - 1_000).collect();
    format!("{start} … {end}")
}
