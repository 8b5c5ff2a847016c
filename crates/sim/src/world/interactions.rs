//! How applications answer interactions, within their three seconds and fifteen minutes.
//! <https://docs.discord.com/developers/interactions/receiving-and-responding>

use super::{
    Answer, Author, Change, Draft, Interaction, InteractionTrace, Refusal, ReplyTo, World, flags,
    forms, kind,
};
use serde_json::Value;

/// The first answer to an interaction.
#[derive(Debug, Clone)]
pub enum Response {
    /// Type 1, to a ping.
    Pong,
    /// Type 4: a message.
    Message(Box<Draft>),
    /// Type 5: a message will come.
    Deferred {
        /// Whether only the person will see it.
        ephemeral: bool,
    },
    /// Type 6: the component's message may change later.
    DeferredUpdate,
    /// Type 7: the component's message changes.
    Update(Box<Change>),
    /// Type 8: completions.
    Choices(Vec<Value>),
    /// Type 9: a form.
    Modal(Value),
}

/// What kind of thing the person did.
pub mod interaction_kind {
    /// A command was run.
    pub const COMMAND: u8 = 2;
    /// A component was used.
    pub const COMPONENT: u8 = 3;
    /// A command is being typed.
    pub const AUTOCOMPLETE: u8 = 4;
    /// A form was sent.
    pub const MODAL: u8 = 5;
}

impl World {
    /// Gives the first answer.
    ///
    /// # Errors
    /// 10062 for one that is unknown or has waited too long, 40060 for one that was answered, 50035 for an answer
    /// that does not fit.
    pub fn answer(&mut self, id: u64, token: &str, response: Response) -> Result<(), Refusal> {
        let found = self.interactions.get(&id).filter(|one| one.token == token);
        let interaction = found.cloned().ok_or_else(Refusal::unknown_interaction)?;
        let waited = self.clock.now_ms().saturating_sub(interaction.made_ms);
        if u128::from(waited) > self.settings.interaction_wait.as_millis() {
            return Err(Refusal::unknown_interaction());
        }
        if interaction.answer != Answer::Waiting {
            return Err(Refusal::already_acknowledged());
        }
        let has_source = interaction.source_message.is_some();
        let is_autocomplete = interaction.kind == interaction_kind::AUTOCOMPLETE;
        let answer = match response {
            Response::Choices(choices) if is_autocomplete => Answer::Choices(choices),
            Response::Choices(_) | Response::Pong => return Err(wrong_type()),
            _ if is_autocomplete => return Err(wrong_type()),
            Response::Message(draft) => Answer::Message(self.put_answer(&interaction, *draft)?),
            Response::Deferred { ephemeral } => {
                let mut draft = Draft {
                    flags: flags::LOADING,
                    ..Draft::default()
                };
                if ephemeral {
                    draft.flags |= flags::EPHEMERAL;
                }
                let placeholder = self.put_unchecked_answer(&interaction, draft);
                Answer::Deferred {
                    ephemeral,
                    placeholder,
                }
            }
            Response::DeferredUpdate | Response::Update(_) if !has_source => {
                return Err(wrong_type());
            }
            Response::DeferredUpdate => Answer::DeferredUpdate,
            Response::Update(change) => {
                let source = interaction.source_message.unwrap_or_default();
                self.change_message(interaction.channel, source, *change)?;
                Answer::Message(source)
            }
            Response::Modal(_) if interaction.kind == interaction_kind::MODAL => {
                return Err(wrong_type());
            }
            Response::Modal(form) => {
                check_modal(&form)?;
                Answer::Modal(form)
            }
        };
        if let Some(found) = self.interactions.get_mut(&id) {
            found.answer = answer;
        }
        Ok(())
    }

    /// Posts a further message for an interaction; the first one fills a deferred answer.
    ///
    /// # Errors
    /// 50027 for a token that has expired, 10015 for one that was not yet answered.
    pub fn follow_up(&mut self, id: u64, draft: Draft) -> Result<u64, Refusal> {
        let interaction = self.living(id)?;
        if let Answer::Deferred {
            ephemeral,
            placeholder,
        } = interaction.answer
        {
            let change = Change {
                content: Some(draft.content),
                embeds: Some(draft.embeds),
                components: Some(draft.components),
                files: draft.files,
                flags: Some(draft.flags),
                keep_files: None,
                allowed: draft.allowed,
            };
            tracing::debug!(ephemeral, "a follow-up fills a deferred answer");
            self.change_message(interaction.channel, placeholder, change)?;
            self.settle(id, placeholder);
            return Ok(placeholder);
        }
        if interaction.answer == Answer::Waiting {
            return Err(Refusal::unknown_webhook());
        }
        self.put_answer(&interaction, draft)
    }

    /// The message that is an interaction's first answer.
    ///
    /// # Errors
    /// 10008 when there is none.
    pub fn original(&self, id: u64) -> Result<(u64, u64), Refusal> {
        let interaction = self.living(id)?;
        let message = match interaction.answer {
            Answer::Deferred { placeholder, .. } => Some(placeholder),
            Answer::Message(message) => Some(message),
            Answer::DeferredUpdate => interaction.source_message,
            Answer::Waiting | Answer::Choices(_) | Answer::Modal(_) => None,
        };
        let message =
            message.filter(|message| self.message(interaction.channel, *message).is_some());
        message
            .map(|message| (interaction.channel, message))
            .ok_or_else(Refusal::unknown_message)
    }

    /// Changes a message of an interaction: its first answer or a follow-up.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn edit_answer(&mut self, id: u64, message: u64, change: Change) -> Result<(), Refusal> {
        let interaction = self.living(id)?;
        let own = self
            .message(interaction.channel, message)
            .is_some_and(|one| one.application == Some(interaction.application));
        if !own && interaction.source_message != Some(message) {
            return Err(Refusal::unknown_message());
        }
        self.change_message(interaction.channel, message, change)?;
        if matches!(interaction.answer, Answer::Deferred { placeholder, .. } if placeholder == message)
        {
            self.settle(id, message);
        }
        Ok(())
    }

    /// Deletes a message of an interaction.
    ///
    /// # Errors
    /// 10008, 50027.
    pub fn delete_answer(&mut self, id: u64, message: u64) -> Result<(), Refusal> {
        let interaction = self.living(id)?;
        let found = self
            .message(interaction.channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        if found.application != Some(interaction.application)
            && interaction.source_message != Some(message)
        {
            return Err(Refusal::unknown_message());
        }
        self.remove_message(interaction.channel, message);
        Ok(())
    }

    /// The interaction with this application and token, if the token still lives.
    ///
    /// # Errors
    /// 10015 for an unknown token, 50027 for an expired one.
    pub fn interaction_by_token(&self, application: u64, token: &str) -> Result<u64, Refusal> {
        let found = self
            .interactions
            .values()
            .find(|one| one.application == application && one.token == token);
        let found = found.ok_or_else(Refusal::unknown_webhook)?;
        self.living(found.id).map(|found| found.id)
    }

    fn living(&self, id: u64) -> Result<Interaction, Refusal> {
        let found = self
            .interactions
            .get(&id)
            .ok_or_else(Refusal::unknown_webhook)?;
        let age = self.clock.now_ms().saturating_sub(found.made_ms);
        if u128::from(age) > self.settings.interaction_life.as_millis() {
            return Err(Refusal::bad_webhook_token());
        }
        Ok(found.clone())
    }

    fn settle(&mut self, id: u64, message: u64) {
        if let Some(found) = self.interactions.get_mut(&id) {
            found.answer = Answer::Message(message);
        }
    }

    fn put_answer(&mut self, interaction: &Interaction, mut draft: Draft) -> Result<u64, Refusal> {
        draft.content = draft.content.trim().to_owned();
        forms::check(&draft, &self.settings, forms::CONTENT_LIMIT, false)?;
        Ok(self.put_unchecked_answer(interaction, draft))
    }

    /// What a message says of the interaction it answers. A form is shown by a command or a component, never by a form.
    fn trace(&self, interaction: &Interaction) -> InteractionTrace {
        let is_command = interaction.kind == interaction_kind::COMMAND;
        let shown_by = interaction
            .shown_by
            .and_then(|shown_by| self.interactions.get(&shown_by));
        InteractionTrace {
            id: interaction.id,
            kind: interaction.kind,
            user: interaction.user,
            name: if is_command {
                interaction.name.clone()
            } else {
                String::new()
            },
            source_message: interaction.source_message,
            shown_by: shown_by.map(|shown_by| Box::new(self.trace(shown_by))),
        }
    }

    fn put_unchecked_answer(&mut self, interaction: &Interaction, mut draft: Draft) -> u64 {
        draft.application = Some(interaction.application);
        draft.only_for = (draft.flags & flags::EPHEMERAL != 0).then_some(interaction.user);
        let is_menu = self
            .commands
            .values()
            .any(|command| command.name == interaction.name && command.kind != 1);
        let is_command = interaction.kind == interaction_kind::COMMAND;
        let first = interaction.answer == Answer::Waiting;
        draft.kind = match interaction.source_message {
            _ if is_command && first && is_menu => Some(kind::CONTEXT_MENU_COMMAND),
            _ if is_command && first => Some(kind::CHAT_INPUT_COMMAND),
            // What answers a component is shown as a reply to its message.
            Some(message) => {
                draft.reply_to = Some(ReplyTo {
                    message,
                    must_exist: false,
                });
                None
            }
            None => None,
        };
        draft.interaction = Some(self.trace(interaction));
        let id = self.next_id();
        let answered = interaction
            .source_message
            .filter(|message| self.message(interaction.channel, *message).is_some());
        self.wake(interaction.channel);
        self.put_message(
            id,
            Author::User(interaction.application),
            interaction.channel,
            draft,
            answered,
        )
    }
}

fn wrong_type() -> Refusal {
    Refusal::form(
        "type",
        "INTERACTION_CALLBACK_TYPE_INVALID",
        "This interaction callback type is not supported here.",
    )
}

fn check_modal(form: &Value) -> Result<(), Refusal> {
    for (field, most) in [("custom_id", 100), ("title", 45)] {
        let length = form
            .get(field)
            .and_then(Value::as_str)
            .map_or(0, |text| text.chars().count());
        if !(1..=most).contains(&length) {
            return Err(Refusal::bad_length(&format!("data.{field}"), 1, most));
        }
    }
    let parts = form
        .get("components")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    if (1..=5).contains(&parts) {
        Ok(())
    } else {
        Err(Refusal::bad_length("data.components", 1, 5))
    }
}
