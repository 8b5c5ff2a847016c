//! Whether the gateway can be reached from here: a connection is opened, Discord says HELLO, and that is all. Nobody
//! signs in, so no start is spent. A proxy that REST goes through does not count here.

use std::{
    error::Error as _,
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use tokio::{sync::mpsc, time::timeout};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Intents, Message, Shard, ShardId, queue::InMemoryQueue,
};

use super::can_be_dialled;
use crate::discord::identify::Gate;

/// How long it may take: somebody waits for the page.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long Discord may take to answer the farewell.
const FAREWELL: Duration = Duration::from_millis(500);

/// How long HELLO took.
///
/// # Errors
/// Why it didn't come.
pub(crate) async fn knock(url: &str) -> Result<Duration, String> {
    if !can_be_dialled(url) {
        return Err("this is no address of a WebSocket".to_owned());
    }
    // What the shard asks for before it would sign in is never granted.
    let (asked, _never_granted) = mpsc::unbounded_channel();
    let config = ConfigBuilder::new(String::new(), Intents::empty())
        .proxy_url(url.trim_end_matches('/').to_owned())
        .queue(Gate::new(asked, InMemoryQueue::default()))
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let begun = Instant::now();
    match timeout(PATIENCE, shard.next()).await {
        Ok(Some(Ok(Message::Text(_)))) => {
            let took = begun.elapsed();
            shard.close(CloseFrame::NORMAL);
            let _ = timeout(FAREWELL, async { while shard.next().await.is_some() {} }).await;
            Ok(took)
        }
        Ok(Some(Ok(Message::Close(frame)))) => {
            let code = frame.map_or(0, |frame| frame.code);
            Err(format!("closed with code {code}"))
        }
        Ok(Some(Err(error))) => Err(error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string)),
        Ok(None) => Err("closed".to_owned()),
        Err(_elapsed) => Err("no answer in time".to_owned()),
    }
}
