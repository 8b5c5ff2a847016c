//! The prompt of a turn: what the model sees of a conversation.

use kaiwa_core::{
    context::{self, Asked, Budget},
    message::{Content, Conversation},
    model::Prompt,
};

use crate::{
    app::Rooms,
    model::Model,
    recall::{self, Pages, Wanted},
};

mod files;

pub(crate) use files::Awaited;

/// About what a message costs beside its text: the marks around it and its speaker's name.
const AROUND: usize = 32;

/// A prompt, and what people know of it.
#[derive(Debug)]
pub(crate) struct Built {
    /// The prompt.
    pub prompt: Prompt,
    /// They were told already that the beginning of the conversation no longer fits.
    pub told_window: bool,
}

/// Builds it of the conversation and its files. Where tokens may have to be counted, that is done beside everything else: it
/// can take a tenth of a second.
pub(crate) async fn build(rooms: &Rooms, wanted: Wanted, pages: &mut Pages) -> Built {
    let mut conversation = recall::conversation(rooms, &wanted, pages).await;
    files::read(rooms, &wanted, &mut conversation).await;
    let (asked, window) = (wanted.asked(), wanted.window);
    let (model, answer) = (rooms.model.clone(), rooms.answer_tokens(window));
    let system = rooms.settings.system_prompt.clone();
    let within = within(&conversation, &system) <= window.saturating_sub(answer);
    let told_window = conversation.told_window;
    let build = move || counted(&conversation, asked, &system, window, answer, &model);
    let prompt = if within {
        build()
    } else {
        match tokio::task::spawn_blocking(build).await {
            Ok(prompt) => prompt,
            // It is not cancelled by anybody, so that it broke, and so does this turn.
            Err(broken) => std::panic::resume_unwind(broken.into_panic()),
        }
    };
    Built {
        prompt,
        told_window,
    }
}

fn counted(
    conversation: &Conversation,
    asked: Asked,
    system: &str,
    window: usize,
    answer: usize,
    model: &Model,
) -> Prompt {
    let budget = Budget {
        window,
        answer,
        count: &mut |text| model.counter().count(text),
    };
    context::build(conversation, asked, system, budget)
}

/// So many tokens fit it all in any case: none is shorter than a byte.
fn within(conversation: &Conversation, system: &str) -> usize {
    let bytes = conversation.said.iter().map(|said| {
        let files = said.attachments.iter().map(|file| match &file.content {
            Content::Text(text) | Content::Cut(text) => text.len(),
            Content::Unread | Content::Opaque => 0,
        });
        let quoted = said.quoted.as_ref().map_or(0, |quoted| quoted.text.len());
        said.text.len() + files.sum::<usize>() + quoted + AROUND
    });
    bytes.sum::<usize>() + system.len()
}
