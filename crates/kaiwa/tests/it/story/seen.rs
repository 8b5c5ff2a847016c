//! What can be seen in a story: of the bot's messages, of their buttons, and of what the model was sent.

use anyhow::Result;
use kaiwa_sim::{
    Route,
    world::{Author, Message},
};
use serde_json::Value;

use super::{Place, Pressed, Seen, Story};

impl Story {
    /// Waits until the bot has a message with exactly this text in a place, and looks at it.
    pub(crate) async fn reads(&mut self, place: Place, text: &str) -> Result<Seen> {
        let seen = self
            .until(&format!("the bot to say {text:?} in {place:?}"), |story| {
                story
                    .said_by_bot(place)
                    .into_iter()
                    .rev()
                    .find(|message| message.content == text)
            })
            .await?;
        self.read.insert(seen.id);
        Ok(Seen { place, id: seen.id })
    }

    /// Waits until a message of the bot in a place has a text that passes, looks at it and gives the text.
    pub(crate) async fn reads_where(
        &mut self,
        place: Place,
        what: &str,
        passes: impl Fn(&str) -> bool,
    ) -> Result<(Seen, String)> {
        let seen = self
            .until(&format!("{what} in {place:?}"), |story| {
                story
                    .said_by_bot(place)
                    .into_iter()
                    .rev()
                    .find(|message| passes(&message.content))
            })
            .await?;
        self.read.insert(seen.id);
        Ok((Seen { place, id: seen.id }, seen.content))
    }

    /// The whole place as it can be read now. Everything in it counts as looked at.
    pub(crate) fn transcript(&mut self, place: Place) -> String {
        let said = self.said_by_bot(place);
        self.read.extend(said.iter().map(|message| message.id));
        self.sim.world(|world| world.transcript(place.0))
    }

    /// What is below a message, buttons and all, as it could be posted again.
    pub(crate) fn components(&self, message: Seen) -> Vec<Value> {
        self.sim.world(|world| {
            let message = world.message(message.place.0, message.id);
            message.map_or_else(Vec::new, |message| message.components.clone())
        })
    }

    /// The labels of the buttons on a message.
    pub(crate) fn buttons(&self, message: Seen) -> Vec<String> {
        self.sim.world(|world| {
            let message = world.message(message.place.0, message.id);
            let rows = message
                .into_iter()
                .flat_map(|message| message.components.iter());
            let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
            buttons
                .filter_map(|button| button["label"].as_str().map(str::to_owned))
                .collect()
        })
    }

    /// Waits until a message has exactly these buttons.
    pub(crate) async fn until_buttons(&self, message: Seen, labels: &[&str]) -> Result<()> {
        let what = format!("{message:?} to have the buttons {labels:?}");
        self.until(&what, |story| {
            (story.buttons(message) == labels).then_some(())
        })
        .await
    }

    /// Waits until the one who pressed is told something that nobody else can read, and looks at it.
    pub(crate) async fn whispers(&mut self, pressed: Pressed) -> Result<Message> {
        let whispered = self
            .until("a whisper to the one who pressed", |story| {
                story.sim.shared().look(|world| {
                    let interaction = world.interactions.get(&pressed.interaction)?;
                    let messages = world.messages.get(&interaction.channel)?;
                    let mut messages = messages.values();
                    let of_this = |message: &&Message| {
                        let trace = message.interaction.as_ref();
                        trace.is_some_and(|trace| trace.id == pressed.interaction)
                            && message.only_for == Some(interaction.user)
                    };
                    messages.find(of_this).cloned()
                })
            })
            .await?;
        self.read.insert(whispered.id);
        Ok(whispered)
    }

    /// How often a route was called, whatever came of it.
    pub(crate) fn calls(&self, route: Route) -> usize {
        self.sim.world(|world| world.calls.of(route).count())
    }

    /// The texts of all messages of the bot in a place, oldest first. All of them count as looked at.
    pub(crate) fn texts(&mut self, place: Place) -> Vec<String> {
        let mut said = self.said_by_bot(place);
        said.retain(|message| message.only_for.is_none());
        self.read.extend(said.iter().map(|message| message.id));
        let said = said.into_iter();
        said.filter(|message| !kaiwa_sim::world::is_system(message.kind))
            .map(|message| message.content)
            .collect()
    }

    fn said_by_bot(&self, place: Place) -> Vec<Message> {
        let bot = self.bot_id();
        self.sim.shared().look(|world| {
            let messages = world
                .messages
                .get(&place.0)
                .into_iter()
                .flat_map(|messages| messages.values());
            messages
                .filter(|message| message.author == Author::User(bot))
                .cloned()
                .collect()
        })
    }

    /// Waits for a request to the model, counted from 1, and gives it as lines `role: text`.
    pub(crate) async fn model_hears(&mut self, number: u64) -> Result<String> {
        let request = self
            .until(&format!("request {number} to the model"), |story| {
                story
                    .model
                    .read(|world| world.request(number).map(|request| request.turns()))
            })
            .await?;
        let lines: Vec<String> = request
            .into_iter()
            .map(|(role, text)| format!("{role}: {text}"))
            .collect();
        Ok(lines.join("\n"))
    }
}
