//! Pictures of formulas, drawn on threads of their own: off the tasks that speak to Discord, and with a stack of a known
//! size.
//!
//! What is drawn comes from a model and what draws is not ours: a thread that panics or takes too long costs an answer
//! its picture and nothing else, as the source of each formula stands in its text.

use std::{sync::Arc, thread, time::Duration};

use kaiwa_core::reply::Formula;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

/// How many pictures are drawn at once. One takes a few milliseconds.
const AT_ONCE: usize = 2;
/// How long a message waits for its picture.
const PATIENCE: Duration = Duration::from_secs(3);
/// The stack of a thread that draws: many times what the deepest formula takes that is understood.
const STACK: usize = 8 * 1024 * 1024;
/// The longest description that Discord takes, in characters. Source: "Attachment Object".
const LONGEST_DESCRIPTION: usize = 1024;

/// A picture for a message.
pub(crate) struct Drawn {
    /// The picture, a PNG.
    pub png: Vec<u8>,
    /// The formulas in words, for whoever can't see it.
    pub description: String,
}

/// Where pictures are drawn.
pub(crate) struct Pictures {
    room: Arc<Semaphore>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Pictures {
    /// Draws a picture of formulas; none if none of them can be drawn, or not in time.
    pub(crate) async fn draw(&self, formulas: Vec<Formula>) -> Option<Drawn> {
        let count = formulas.len();
        let drawn = timeout(PATIENCE, self.draw_patiently(formulas)).await;
        match drawn {
            Ok(Ok(drawn)) => drawn,
            Ok(Err(why)) => {
                tracing::warn!(count, why, "formulas were not drawn");
                None
            }
            Err(_elapsed) => {
                tracing::warn!(count, "formulas were not drawn in time");
                None
            }
        }
    }

    async fn draw_patiently(&self, formulas: Vec<Formula>) -> Result<Option<Drawn>, &'static str> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let room = room.map_err(|_| "nothing is drawn any more")?;
        let (done, drawn) = oneshot::channel();
        let thread = thread::Builder::new().name("drawing".to_owned());
        let thread = thread.stack_size(STACK).spawn(move || {
            // Nobody may wait any more; there is room for another picture only now.
            let _ = done.send(draw(&formulas));
            drop(room);
        });
        thread.map_err(|_| "there is no thread for it")?;
        drawn.await.map_err(|_| "what draws broke off")
    }
}

fn draw(formulas: &[Formula]) -> Option<Drawn> {
    let given: Vec<(u32, &str)> = formulas
        .iter()
        .map(|formula| (formula.number, formula.source.as_str()))
        .collect();
    let picture = kaiwa_draw::picture(&given)?;
    let shown = picture
        .shown
        .iter()
        .filter_map(|place| formulas.get(*place));
    Some(Drawn {
        png: picture.png,
        description: description(shown),
    })
}

/// What the picture shows, formula by formula.
fn description<'a>(formulas: impl Iterator<Item = &'a Formula>) -> String {
    let lines: Vec<String> = formulas
        .map(|formula| {
            let source: Vec<&str> = formula.source.split_whitespace().collect();
            format!("({}) {}", formula.number, source.join(" "))
        })
        .collect();
    let whole = lines.join("\n");
    match whole.char_indices().nth(LONGEST_DESCRIPTION) {
        None => whole,
        Some(_) => {
            let kept: String = whole.chars().take(LONGEST_DESCRIPTION - 1).collect();
            format!("{kept}…")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(number: u32, source: &str) -> Formula {
        Formula {
            number,
            source: source.to_owned(),
            hidden: false,
        }
    }

    #[tokio::test]
    async fn a_picture_says_in_words_what_it_shows() {
        let formulas = vec![
            formula(1, "x_{d}"),
            formula(2, r"\nonsense"),
            formula(3, "e^{-x}\n+ 1"),
        ];
        let drawn = Pictures::default().draw(formulas).await.unwrap();
        assert_eq!(drawn.description, "(1) x_{d}\n(3) e^{-x} + 1");
        assert!(drawn.png.starts_with(b"\x89PNG"));
    }

    #[tokio::test]
    async fn what_can_not_be_drawn_has_no_picture() {
        assert!(
            Pictures::default()
                .draw(vec![formula(1, r"\nonsense")])
                .await
                .is_none()
        );
    }

    #[test]
    fn a_description_fits() {
        let long = formula(1, &"é".repeat(5_000));
        let said = description([&long].into_iter());
        assert_eq!(said.chars().count(), LONGEST_DESCRIPTION);
        assert!(said.ends_with('…'));
    }
}
