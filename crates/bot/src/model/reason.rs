//! Passes a provider's reason on to the operator, but never what people said: some servers quote the request in it.

use kaiwa_core::model::Prompt;

use super::failure::Asked;

/// The longest reason that is passed on, in characters.
const REASON_LIMIT: usize = 200;
/// So many bytes of a reason that also stand in the prompt are taken for a quotation of it.
const QUOTATION: usize = 12;

/// The provider's reason, for the operator. Without the prompt to compare with, only a code is passed on.
pub(super) fn tell(message: &str, codes: &[String], status: u16, asked: Asked<'_>) -> String {
    let code = codes
        .iter()
        .find(|code| {
            code.len() <= 60
                && code
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        })
        .filter(|code| asked.prompt.is_none_or(|prompt| !quotes(code, prompt)));
    let message = tidy(message);
    if let Some(prompt) = asked.prompt
        && !message.is_empty()
        && !quotes(&message, prompt)
        && asked
            .key
            .is_none_or(|key| key.is_empty() || !message.contains(key))
    {
        return message;
    }
    match code {
        Some(code) => code.clone(),
        None if (300..400).contains(&status) => {
            "it answers from another address: check the base URL".to_owned()
        }
        None => "it gave no reason that can be repeated".to_owned(),
    }
}

/// One line of bounded length; an HTML page becomes nothing.
fn tidy(message: &str) -> String {
    if message.trim_start().starts_with('<') {
        return String::new();
    }
    let mut tidy = String::new();
    let mut count = 0;
    for word in message
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        for c in (!tidy.is_empty())
            .then_some(' ')
            .into_iter()
            .chain(word.chars())
        {
            if count == REASON_LIMIT {
                tidy.push('…');
                return tidy;
            }
            tidy.push(c);
            count += 1;
        }
    }
    tidy
}

/// The reason repeats something of the prompt.
fn quotes(reason: &str, prompt: &Prompt) -> bool {
    let pieces = || {
        reason.char_indices().filter_map(|(start, _)| {
            let end =
                (start + QUOTATION..=reason.len()).find(|end| reason.is_char_boundary(*end))?;
            reason.get(start..end)
        })
    };
    prompt.messages.iter().any(|message| {
        let content = message
            .content
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if content.len() >= QUOTATION {
            return pieces().any(|piece| content.contains(piece));
        }
        // A short message is a quotation only as a whole: its letters stand in other words too.
        let content = content.trim_matches(|c: char| !c.is_alphanumeric());
        !content.is_empty()
            && reason
                .split(|c: char| !c.is_alphanumeric() && !content.contains(c))
                .any(|word| word == content)
    })
}
