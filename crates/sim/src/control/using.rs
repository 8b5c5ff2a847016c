//! People who use what a bot offers: commands, buttons, selects and forms. Each answers with the interaction, whose outcome
//! `POST /control/wait` with `{"interaction": ID}` waits for.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Mistake, Name,
    people::{Action, place, speaker},
    seen::message_json,
};
use crate::world::{Answer, World, json::id};

/// A button clicked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Click {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The message: an id, or `last` beside a channel.
    pub message: Name,
    /// Its channel, where needed.
    pub channel: Option<Name>,
    /// The button's label or `custom_id`.
    pub button: String,
}

impl Action for Click {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let message = self.message.message(world, self.channel.as_ref())?;
        let (channel, message) = (message.channel, message.id);
        let interaction = world.click(person, channel, message, &self.button)?;
        interaction_json(world, interaction)
    }
}

/// Something chosen in a select.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The message: an id, or `last` beside a channel.
    pub message: Name,
    /// Its channel, where needed.
    pub channel: Option<Name>,
    /// The select's placeholder or `custom_id`.
    pub select: String,
    /// The values chosen; users, channels and roles by id.
    pub values: Vec<String>,
}

impl Action for Select {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let message = self.message.message(world, self.channel.as_ref())?;
        let (channel, message) = (message.channel, message.id);
        let interaction = world.choose(person, channel, message, &self.select, &self.values)?;
        interaction_json(world, interaction)
    }
}

/// The form that an interaction was answered with, filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// The interaction that showed the form.
    pub interaction: Name,
    /// The fields' ids and what is filled in.
    pub fields: Map<String, Value>,
}

impl Action for Submit {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        let shown = self.interaction.interaction(world)?;
        let fields: Vec<(String, Value)> = self.fields.into_iter().collect();
        let interaction = world.submit_form(person, shown, &fields)?;
        interaction_json(world, interaction)
    }
}

/// A command: typed with a slash, or picked from the menu of a message or of a user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Who.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// Where.
    pub channel: Option<Name>,
    /// To whom, in place of a channel.
    pub dm: Option<Name>,
    /// The command's name, subcommands behind it: `settings show`.
    pub name: String,
    /// Options by name; users, channels, roles and attachments by id.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// The option that is being typed: asks for completions in place of running the command.
    pub completing: Option<String>,
    /// The message whose menu it is picked from.
    pub on_message: Option<Name>,
    /// The user whose menu it is picked from.
    pub on_user: Option<Name>,
}

impl Action for Command {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let person = speaker(self.person.as_ref(), world)?;
        if let Some(message) = self.on_message {
            let message = message.message(world, self.channel.as_ref())?;
            let (channel, message) = (message.channel, message.id);
            let interaction = world.run_message_command(person, channel, &self.name, message)?;
            return interaction_json(world, interaction);
        }
        let channel = place(world, person, self.channel.as_ref(), self.dm.as_ref())?;
        let options: Vec<(String, Value)> = self.options.into_iter().collect();
        let interaction = match (self.on_user, self.completing) {
            (Some(user), _) => {
                let user = user.user(world)?;
                world.run_user_command(person, channel, &self.name, user)?
            }
            (None, Some(focused)) => {
                world.ask_for_completions(person, channel, &self.name, &options, &focused)?
            }
            (None, None) => world.run_command(person, channel, &self.name, &options)?,
        };
        interaction_json(world, interaction)
    }
}

impl Name {
    /// The interaction with this id; `last` means the newest.
    ///
    /// # Errors
    /// When there is none.
    pub fn interaction(&self, world: &World) -> Result<u64, Mistake> {
        if self.0 == "last" {
            let newest = world.interactions.keys().next_back().copied();
            return newest.ok_or_else(|| Mistake::new("There has been no interaction yet."));
        }
        let known = self
            .0
            .parse()
            .ok()
            .filter(|id| world.interactions.contains_key(id));
        known.ok_or_else(|| {
            Mistake::new(format!(
                "There is no interaction {:?}; click, select and command answer with one.",
                self.0
            ))
        })
    }
}

/// An interaction and how it was answered. Without its token: only the bot has that.
pub(super) fn interaction_json(world: &World, interaction: u64) -> Result<Value, Mistake> {
    let found = world
        .interactions
        .get(&interaction)
        .ok_or_else(|| Mistake::new("The interaction is gone."))?;
    let message = |message: u64| {
        world
            .message(found.channel, message)
            .map(|message| message_json(world, message))
    };
    let answer = match &found.answer {
        Answer::Waiting => json!("waiting"),
        Answer::Deferred {
            ephemeral,
            placeholder,
        } => json!({ "deferred": { "ephemeral": ephemeral, "message": message(*placeholder) } }),
        Answer::DeferredUpdate => json!("deferred_update"),
        Answer::Message(id) => json!({ "message": message(*id) }),
        Answer::Choices(choices) => json!({ "choices": choices }),
        Answer::Modal(form) => json!({ "modal": form }),
    };
    Ok(
        json!({ "interaction": id(found.id), "channel": id(found.channel), "user": id(found.user), "name": found.name, "answer": answer }),
    )
}
