//! A session of Discord's gateway, as far as another process needs it to go on where this one stopped.

use crate::id::UserId;

/// A shard's session. Discord keeps what a session has missed for a while and tells it to whoever resumes the session,
/// which costs no IDENTIFY. Source: Discord's reference, "Gateway", "Resuming".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The shard's number.
    pub shard: u32,
    /// How many shards there are.
    pub shards: u32,
    /// Whose session it is.
    pub bot: UserId,
    /// The application that the bot belongs to; only READY tells it, and a resumed session gets none.
    pub application: UserId,
    /// What was asked for when it began, as Discord's bits: a resumed session keeps its intents.
    pub intents: u64,
    /// Its id.
    pub id: String,
    /// The number of the newest event that needs no telling any more.
    pub sequence: u64,
    /// Where it is resumed; empty where nothing is known but the gateway's own address.
    pub resume_url: String,
}

impl Session {
    /// A process with so many shards and these intents may go on with it.
    pub fn fits(&self, shards: u32, intents: u64) -> bool {
        self.shards == shards
            && self.shard < shards
            && self.intents == intents
            && !self.id.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_with_the_same_shards_and_intents_goes_on() {
        let session = Session {
            shard: 1,
            shards: 2,
            bot: UserId(7),
            application: UserId(7),
            intents: 5,
            id: "a".to_owned(),
            sequence: 9,
            resume_url: String::new(),
        };
        assert!(session.fits(2, 5));
        assert!(!session.fits(1, 5), "fewer shards");
        assert!(!session.fits(3, 5), "more shards");
        assert!(!session.fits(2, 4), "other intents");
        let broken = Session {
            shard: 2,
            ..session.clone()
        };
        assert!(!broken.fits(2, 5));
        let broken = Session {
            id: String::new(),
            ..session
        };
        assert!(!broken.fits(2, 5));
    }
}
