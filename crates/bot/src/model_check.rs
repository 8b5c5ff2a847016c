//! Looks whether the model can be used, from the start on until it can.

use std::{sync::Arc, time::Duration};

use kaiwa_core::{pauses::Pauses, words::operator};
use tokio_util::sync::CancellationToken;

use crate::{app::Rooms, config::Config};

/// So long it takes until a model that can't be used is looked at again.
const PAUSES: Pauses = Pauses::new(Duration::from_secs(2), Duration::from_secs(600));

/// Checks the model, tells the operator what is wrong with it, and learns its window. A server may come up later than the bot: it
/// is looked at until it is there.
pub(crate) async fn until_there(rooms: Arc<Rooms>, config: Config, checked: CancellationToken) {
    let (locale, base_url) = (config.operator, &config.model.base_url);
    let (mut pauses, mut last) = (PAUSES, String::new());
    let model = loop {
        let failed = match rooms.model.check().await {
            Ok(model) => break model,
            Err(failed) => failed,
        };
        let said = operator::model_check_failed(locale, &failed.error, base_url, &failed.nearest);
        if said != last {
            tracing::error!("{said}");
            last = said;
        }
        checked.cancel();
        tokio::time::sleep(pauses.longer()).await;
    };
    if let (None, Some(window)) = (config.model.window, model.window) {
        rooms.learn_window(window);
    }
    if checked.is_cancelled() {
        tracing::info!(
            "{}",
            operator::model_is_there(locale, &model.name, base_url)
        );
    }
    checked.cancel();
}
