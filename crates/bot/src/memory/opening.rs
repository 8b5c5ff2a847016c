//! A store is opened at the start, and where that can't be done, as soon as it can be. Until then it fails as one that fails later.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

use kaiwa_core::{id::UserId, pauses::Pauses, words::Locale};
use tokio::{sync::watch, time::sleep};

use super::{Memory, lock};
use crate::store::{Opened, Store, StoreError};

/// How long to wait before a store that could not be opened is tried again.
const PAUSES: Pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(60));

impl Memory {
    /// The memory in a directory, which is taken. Its store is not open yet.
    ///
    /// # Errors
    /// When another Kaiwa uses the directory, a newer one has written it, or it can't be written at all: these need the
    /// operator.
    pub(crate) async fn at(directory: &Path, locale: Locale) -> Result<Self, StoreError> {
        let memory = Self {
            store: Store::at(directory),
            file: directory.display().to_string(),
            locale,
            failing: AtomicBool::new(false),
            gaps: AtomicBool::new(false),
            held: Mutex::new(HashMap::new()),
            unstored: Mutex::default(),
            carried: Mutex::default(),
            taken: Mutex::default(),
            again: Mutex::default(),
            late: watch::Sender::default(),
            telling: tokio::sync::Mutex::default(),
            late_failures: AtomicU64::new(0),
            told_again: Mutex::default(),
        };
        match memory.store.take().await {
            Err(error) if needs_operator(&error) => Err(error),
            // Whatever else is the matter is told when it is opened.
            Ok(()) | Err(_) => Ok(memory),
        }
    }

    /// Opens the store for this bot. Where that can't be done now, the operator is told, and it is to be tried again.
    ///
    /// # Errors
    /// As of [`Memory::at`], and when it is another bot's.
    pub(crate) async fn open(&self, bot: UserId) -> Result<(), StoreError> {
        match self.store.connect(bot).await {
            Ok(opened) => self.opened(opened),
            Err(error) if needs_operator(&error) => return Err(error),
            Err(error) => drop(self.heard::<()>(Err(error))),
        }
        Ok(())
    }

    /// Whether there is a store: none where it could not be opened yet.
    pub(crate) fn is_open(&self) -> bool {
        self.store.is_open()
    }

    /// The store that could not be opened, once it can be, however long that takes. The operator is told why it can't where that is
    /// something else than the last time.
    ///
    /// # Errors
    /// When it turns out to be another bot's.
    pub(crate) async fn opening(&self, bot: UserId) -> Result<Opened, StoreError> {
        let (mut pauses, mut last) = (PAUSES, None);
        loop {
            sleep(pauses.longer()).await;
            match self.store.connect(bot).await {
                Ok(opened) => return Ok(opened),
                Err(error @ StoreError::Foreign { .. }) => return Err(error),
                Err(error) => {
                    let reason = error.told(self.locale);
                    let before = last.replace(reason.clone());
                    if before.is_some_and(|before| before != reason) {
                        self.fails(&reason);
                    }
                }
            }
        }
    }

    /// From here on there is a store.
    pub(crate) fn opened(&self, opened: Opened) {
        lock(&self.held).extend(opened.channels.iter().copied());
        self.store.begin_with(opened);
        self.mended();
    }
}

/// Only the operator can mend it, before anything begins.
fn needs_operator(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::InUse { .. }
            | StoreError::TooNew { .. }
            | StoreError::Unwritable { .. }
            | StoreError::Foreign { .. }
    )
}
