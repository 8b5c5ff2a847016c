//! Answers that fail, and what is said of them.

use anyhow::Result;
use kaiwa_sim::model::{Break, ErrorBody, Fault};

use super::{Seen, Story, openings::QUESTION};

/// The model is asked once and no more, and nothing is waited for when the bot is told to stop.
pub(crate) const ONE_TRY: &[(&str, &str)] =
    &[("KAIWA_MODEL_TRIES", "1"), ("KAIWA_DRAIN_SECONDS", "0")];
/// What stands where an answer failed before its first word.
pub(crate) const SENTENCE: &str = "-# The model provider has a problem on its side (error 500); please press Retry in a few minutes.";
/// What stands below an answer that broke off.
pub(crate) const CUT: &str = "-# The answer above is not complete. The connection to the model broke off; please press Retry.";

impl Story {
    /// The next answer fails before its first word.
    pub(crate) fn fails(&self) {
        self.log.expects("a turn failed");
        let fault = Fault::Status {
            status: 500,
            body: ErrorBody::Json,
            retry_after: None,
        };
        self.model.fails(1, fault);
    }

    /// The next answer breaks off after its first words.
    pub(crate) fn breaks_off(&self, words: &str) {
        self.log.expects("a turn failed");
        let fault = Fault::Break {
            after: 1,
            how: Break::Close,
        };
        self.model.fails(1, fault);
        self.model.answers([words, " and never seen"]);
    }

    /// Ada asks what color the sea is, and the answer fails before its first word: her question, and the answer.
    pub(crate) async fn sea_fails(&mut self) -> Result<(Seen, Seen)> {
        self.fails();
        self.sea_is_not_told(SENTENCE).await
    }

    /// The same with an answer that breaks off after its first words.
    pub(crate) async fn sea_breaks_off(&mut self) -> Result<(Seen, Seen)> {
        self.breaks_off("The sea");
        self.sea_is_not_told(&format!("The sea\n{CUT}")).await
    }

    async fn sea_is_not_told(&mut self, text: &str) -> Result<(Seen, Seen)> {
        let ask = self.user("ada").says(QUESTION)?;
        let answer = self.reads(ask.thread(), text).await?;
        self.until_buttons(answer, &["Retry"]).await?;
        Ok((ask, answer))
    }
}
