//! How many stories begin: what is told again and again has a name.

use std::time::Duration;

use anyhow::Result;
use kaiwa_sim::{
    World,
    gateway::Target,
    model::{Answer, HOLD},
    world::{ChannelKind, Overwrite, OverwriteKind, permissions, shard_of},
};

use serde_json::json;

use super::{Place, Seen, Story};

/// What is asked first.
pub(super) const QUESTION: &str = "@kaiwa what color is the sea?";

/// A world in which the bot has two shards and a server on each. Gives a channel of the second server, and its shard.
pub(crate) fn two_shards() -> (World, Place, u64) {
    let mut world = World::default();
    world.settings.shards = 2;
    // One after another would take five seconds; two at a time need none.
    world.settings.max_concurrency = 2;
    let ada = world.user_named("ada").unwrap().id;
    let bot = *world.bots.keys().next().unwrap();
    let shard = |guild| shard_of(Some(guild), 2);
    let first = *world.guilds.keys().next().unwrap();
    // Servers are made until one belongs to the other shard.
    loop {
        let guild = world.add_guild("Elsewhere", ada);
        if shard(guild) != shard(first) {
            let channel = world.add_channel(guild, ChannelKind::Text, "elsewhere", None);
            world.invite_bot(guild, bot, permissions::ADMINISTRATOR);
            return (world, Place(channel), shard(guild));
        }
    }
}

/// Where the three questions are answered that come while the bot is away.
pub(crate) struct Asked {
    sky: Place,
    pub(crate) grass: Place,
    pub(crate) you: Place,
}

impl Story {
    /// Ada asks what color the sea is, and reads in its thread that it is blue: her question, and the answer.
    pub(crate) async fn sea_is_blue(&mut self) -> Result<(Seen, Seen)> {
        self.model.answers(["Blue."]);
        let ask = self.user("ada").says(QUESTION)?;
        let answer = self.reads(ask.thread(), "Blue.").await?;
        Ok((ask, answer))
    }

    /// Ada asks what color the sea is, and the model thinks about it for as long as it is let to; the thread is open.
    pub(crate) async fn sea_is_thought_about(&mut self) -> Result<Seen> {
        self.model.answers([HOLD]);
        let ask = self.user("ada").says(QUESTION)?;
        self.model_hears(1).await?;
        self.until_opened(ask).await?;
        Ok(ask)
    }

    /// Waits until there is a thread on a question.
    pub(crate) async fn until_opened(&self, ask: Seen) -> Result<()> {
        self.until("the thread", |story| {
            let opened = |world: &mut kaiwa_sim::World| world.channels.get(&ask.id).map(|_| ());
            story.sim.world(opened)
        })
        .await
    }

    /// Ada asks what color the sea is, and reads the first words; the others wait until the model is let to go on.
    pub(crate) async fn sea_is_half_told(&mut self) -> Result<(Seen, Seen)> {
        self.model.answers(["The sea ", HOLD, "is blue."]);
        let ask = self.user("ada").says(QUESTION)?;
        let answer = self.reads(ask.thread(), "The sea").await?;
        Ok((ask, answer))
    }

    /// Ada asks what color the sea is, and all of the answer comes, once.
    pub(crate) async fn sea_is_told_whole(&mut self) -> Result<()> {
        let (ask, _) = self.sea_is_half_told().await?;
        self.model.release();
        self.reads(ask.thread(), "The sea is blue.").await?;
        self.stop().await?;
        assert_eq!(self.texts(ask.thread()), ["The sea is blue."]);
        Ok(())
    }

    /// The bot is known in a thread and in private: the question on which the thread was opened.
    pub(crate) async fn known_everywhere(&mut self) -> Result<Seen> {
        let (sea, _) = self.sea_is_blue().await?;
        self.model.answers(["Hello."]);
        let hello = self.user("ben").tells(self.bot_id(), "hello")?;
        self.reads(hello.place, "Hello.").await?;
        Ok(sea)
    }

    /// Three questions that nobody hears now: in the thread on a question, without a mention; in a channel; in private. The
    /// model knows an answer to each.
    pub(crate) fn three_are_asked(&self, sea: Seen) -> Result<Asked> {
        let (ada, ben) = (self.user("ada"), self.user("ben"));
        let sky = ada.says_in(sea.thread(), "and the sky over <#1>?")?;
        let grass = ben.says("@kaiwa and the grass?")?;
        let you = ben.tells(self.bot_id(), "and you?")?;
        self.model.answers_when("sky", Answer::new(["Blue too."]));
        self.model.answers_when("grass", Answer::new(["Green."]));
        self.model.answers_when("you?", Answer::new(["Colorless."]));
        Ok(Asked {
            sky: sky.place,
            grass: grass.thread(),
            you: you.place,
        })
    }

    /// Each of the three has its answer.
    pub(crate) async fn three_are_answered(&mut self, asked: &Asked) -> Result<()> {
        self.reads(asked.sky, "Blue too.").await?;
        self.reads(asked.grass, "Green.").await?;
        self.reads(asked.you, "Colorless.").await?;
        Ok(())
    }

    /// Time passes, and Discord loses what it knew of the bot.
    pub(crate) fn away_for(&self, minutes: u64) {
        let by = Duration::from_secs(minutes * 60);
        self.sim.world(|world| world.clock.advance(by));
        self.sim.shared().gateway.lose_sessions(&Target::All);
    }

    /// A message of the bot's account with a button that is none of ours, as another program left it. It is looked at.
    pub(crate) fn foreign_button(&mut self, place: Place) -> Result<Seen> {
        let yes = json!({ "type": 2, "style": 1, "label": "Yes", "custom_id": "vote:yes" });
        let row = json!({ "type": 1, "components": [yes] });
        let vote = self.bot_posts(place, "Vote!", vec![row])?;
        self.texts(place);
        Ok(vote)
    }

    /// The bot may not do that in #general.
    pub(crate) fn deny(&self, deny: u64) {
        self.deny_in(self.channel("general"), deny);
    }

    /// The same in another channel.
    pub(crate) fn deny_in(&self, place: Place, deny: u64) {
        let overwrite = Overwrite {
            id: self.bot_id(),
            kind: OverwriteKind::Member,
            allow: 0,
            deny,
        };
        self.sim
            .world(|world| world.set_overwrite(place.0, overwrite));
    }

    /// The talk in a place goes on.
    pub(crate) async fn goes_on_in(&mut self, place: Place) -> Result<()> {
        self.model.answers(["Yes."]);
        self.user("ada").says_in(place, "sure?")?;
        self.reads(place, "Yes.").await?;
        Ok(())
    }

    /// What the model is asked is what color the sea is, and nothing else.
    pub(crate) async fn model_hears_of_the_sea(&mut self, number: u64) -> Result<()> {
        let heard = self.model_hears(number).await?;
        anyhow::ensure!(
            heard == "system: Be kind.\nuser: what color is the sea?",
            "{heard}"
        );
        Ok(())
    }

    /// Somebody asks, and the answer shows that the bot hears.
    pub(crate) async fn still_hears(&mut self) -> Result<()> {
        self.model.answers(["I hear you."]);
        let ask = self.user("ada").says("@kaiwa do you hear me?")?;
        self.reads(ask.thread(), "I hear you.").await?;
        Ok(())
    }

    /// Waits until gateway sessions were resumed and begun so often.
    pub(crate) async fn until_connected(&self, resumed: usize, begun: usize) -> Result<()> {
        let what = format!("{resumed} sessions resumed and {begun} begun");
        self.until(&what, |story| {
            (story.connected() == (resumed, begun)).then_some(())
        })
        .await
    }
}
