//! Webhooks and the messages they wrote; and publishing, which makes messages that others' webhooks deliver.

use super::{Author, Change, Refusal, Webhook, World, flags};

impl World {
    /// Makes a webhook on a channel.
    ///
    /// # Errors
    /// 50024 where no messages are.
    pub fn create_webhook(
        &mut self,
        creator: u64,
        channel: u64,
        name: &str,
    ) -> Result<u64, Refusal> {
        let found = self
            .channels
            .get(&channel)
            .ok_or_else(Refusal::unknown_channel)?;
        let Some(guild) = found.guild.filter(|_| found.thread.is_none()) else {
            return Err(Refusal::wrong_channel_kind());
        };
        let id = self.next_id();
        let token = format!(
            "webhook-{id:x}-{:016x}",
            id.wrapping_mul(0x2545_f491_4f6c_dd1d)
        );
        self.webhooks.insert(
            id,
            Webhook {
                id,
                token,
                channel,
                guild,
                name: name.to_owned(),
                creator,
            },
        );
        Ok(id)
    }

    /// A webhook changes a message of its own.
    ///
    /// # Errors
    /// 10008, and what a bad form gives.
    pub fn edit_webhook_message(
        &mut self,
        webhook: u64,
        channel: u64,
        message: u64,
        change: Change,
    ) -> Result<(), Refusal> {
        self.own_webhook_message(webhook, channel, message)?;
        self.change_message(channel, message, change)
    }

    /// A webhook deletes a message of its own.
    ///
    /// # Errors
    /// 10008.
    pub fn delete_webhook_message(
        &mut self,
        webhook: u64,
        channel: u64,
        message: u64,
    ) -> Result<(), Refusal> {
        self.own_webhook_message(webhook, channel, message)?;
        self.remove_message(channel, message);
        Ok(())
    }

    fn own_webhook_message(&self, webhook: u64, channel: u64, message: u64) -> Result<(), Refusal> {
        let found = self.message(channel, message);
        let own = found
            .is_some_and(|one| matches!(one.author, Author::Webhook { id, .. } if id == webhook));
        if own {
            Ok(())
        } else {
            Err(Refusal::unknown_message())
        }
    }

    /// Marks a message as published.
    pub fn publish(&mut self, channel: u64, message: u64) {
        let found = self
            .messages
            .get_mut(&channel)
            .and_then(|all| all.get_mut(&message));
        if let Some(found) = found {
            found.flags |= flags::CROSSPOSTED;
            self.emit_message("MESSAGE_UPDATE", channel, message);
        }
    }
}
