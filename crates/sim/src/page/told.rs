//! What a page was told, so that it is told only what changed: entries under a key, each with a mark of its content.
//!
//! The whole is looked at each time and compared. Nothing can be missed that way, whatever the reason for a change:
//! a message, an edit, a role that opens a channel, a world that was reset.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::{Map, Value, json};

/// All entries that the other end has.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Key, mark of the content, and the round that last saw it.
    entries: HashMap<String, (u64, u64)>,
    round: u64,
    set: Map<String, Value>,
    /// How many updates were sent.
    sequence: u64,
}

impl Told {
    /// An entry whose content has this mark; it is made only where the mark is new.
    pub(super) fn entry(&mut self, key: String, mark: u64, value: impl FnOnce() -> Value) {
        let round = self.round;
        match self.entries.get_mut(&key) {
            Some((known, seen)) if *known == mark => *seen = round,
            Some(_) | None => {
                self.set.insert(key.clone(), value());
                self.entries.insert(key, (mark, round));
            }
        }
    }

    /// An entry that is cheap to make.
    pub(super) fn value(&mut self, key: String, value: Value) {
        let mark = mark(&value);
        self.entry(key, mark, || value);
    }

    /// Ends a round: what changed in it and what was not there any more, if anything.
    pub(super) fn update(&mut self) -> Option<Value> {
        let round = self.round;
        let gone: Vec<String> = self
            .entries
            .iter()
            .filter(|(_, (_, seen))| *seen != round)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &gone {
            self.entries.remove(key);
        }
        self.round += 1;
        if self.set.is_empty() && gone.is_empty() && self.sequence > 0 {
            return None;
        }
        self.sequence += 1;
        let set = std::mem::take(&mut self.set);
        Some(json!({ "sequence": self.sequence, "set": set, "gone": gone }))
    }
}

/// A mark that changes with the content.
pub(super) fn mark(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told_again_and_what_is_missing_is_gone() {
        let mut told = Told::default();
        told.value("a".to_owned(), json!(1));
        told.value("b".to_owned(), json!(1));
        assert_eq!(
            told.update(),
            Some(json!({ "sequence": 1, "set": { "a": 1, "b": 1 }, "gone": [] }))
        );
        told.value("a".to_owned(), json!(1));
        told.value("b".to_owned(), json!(2));
        assert_eq!(
            told.update(),
            Some(json!({ "sequence": 2, "set": { "b": 2 }, "gone": [] }))
        );
        told.value("a".to_owned(), json!(1));
        assert_eq!(
            told.update(),
            Some(json!({ "sequence": 3, "set": {}, "gone": ["b"] }))
        );
        told.value("a".to_owned(), json!(1));
        assert_eq!(told.update(), None);
    }

    #[test]
    fn the_first_update_comes_even_where_there_is_nothing() {
        assert!(Told::default().update().is_some());
    }
}
