//! The buttons of an answer as they are posted: labelled in the asker's language, with ids that find the answer again.

use kaiwa_core::{
    button::{Answer, Button},
    reply::Buttons,
    words::{Locale, button as words},
};

use crate::discord::rest::{Look, NewButton};

/// The buttons, in their order.
pub(crate) fn labelled(buttons: Buttons, answer: Answer, locale: Locale) -> Vec<NewButton> {
    let Buttons {
        stop,
        retry,
        thoughts,
    } = buttons;
    let all = [
        (
            stop,
            words::stop(locale),
            Button::Stop(answer),
            Look::Secondary,
        ),
        (
            retry,
            words::retry(locale),
            Button::Retry(answer),
            Look::Primary,
        ),
        (
            thoughts,
            words::show_thoughts(locale),
            Button::Thoughts(answer),
            Look::Secondary,
        ),
    ];
    let shown = all.into_iter().filter(|(is_shown, ..)| *is_shown);
    let shown = shown.map(|(_, label, button, look)| NewButton {
        label,
        custom_id: button.to_custom_id(),
        look,
    });
    shown.collect()
}
