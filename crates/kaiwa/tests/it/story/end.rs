//! The honest end of a story: nothing may have happened that it did not look at.

use anyhow::{Context as _, Result, bail};
use kaiwa_sim::{Route, World, model::Outcome, world::Author};
use serde_json::json;

use super::{Story, run_story};

impl Story {
    /// Ends the story: the bot is drained, and nothing may have happened that the story did not look at.
    pub(super) async fn finish(&mut self) -> Result<()> {
        if self.bot.is_some() {
            self.stop().await?;
        }
        self.all_is_as_described()?;
        let bot = self.bot_id();
        let (unread, unknown, refused) = self.sim.world(|world| {
            let unread: Vec<String> = world
                .messages
                .values()
                .flat_map(|messages| messages.values())
                .filter(|message| {
                    message.author == Author::User(bot) && !self.read.contains(&message.id)
                })
                .filter(|message| !kaiwa_sim::world::is_system(message.kind))
                .map(|message| format!("{:?} in {}", message.content, message.channel))
                .collect();
            let unknown: Vec<String> = world.calls.unknown_routes().collect();
            (unread, unknown, world.limits.refused)
        });
        let may_ping = self.sim.world(|world| {
            let sent = world
                .calls
                .of(Route::CreateMessage)
                .chain(world.calls.of(Route::EditMessage));
            sent.filter(|call| {
                call.body["allowed_mentions"] != json!({"parse": [], "replied_user": false})
            })
            .map(|call| format!("{} {}", call.method, call.path))
            .collect::<Vec<_>>()
        });
        if !may_ping.is_empty() {
            bail!("what was sent could ping somebody: {may_ping:?}");
        }
        if !unread.is_empty() {
            bail!("nobody looked at what the bot said: {}", unread.join(", "));
        }
        if !unknown.is_empty() {
            bail!("calls to routes that don't exist: {unknown:?}");
        }
        if !self.too_many_requests && refused != [0; 3] {
            bail!("429s (user, shared, global): {refused:?}");
        }
        let requests = self.model.requests();
        if requests
            .iter()
            .any(|request| request.outcome == Outcome::Unscripted)
        {
            bail!("a request to the model that nobody scripted");
        }
        let unexpected = self.log.unexpected();
        if !unexpected.is_empty() {
            bail!("unexpected in the log:\n{}", unexpected.join("\n"));
        }
        Ok(())
    }

    /// Holds what the bot sent and what the simulator answered against Discord's own description.
    fn all_is_as_described(&self) -> Result<()> {
        let description = kaiwa_sim::openapi::shared()?;
        let findings = self.sim.world(|world| description.check_calls(world));
        if !findings.is_empty() {
            let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
            bail!("not as Discord describes it:\n{}", lines.join("\n"));
        }
        Ok(())
    }

    /// Everything that helps to understand a failure.
    pub(super) fn situation(&self) -> String {
        let world = self.sim.world(|world| {
            let places: Vec<String> = world
                .messages
                .keys()
                .map(|channel| format!("--- {channel}\n{}", world.transcript(*channel)))
                .collect();
            let calls: Vec<String> = world
                .calls
                .iter()
                .map(|call| format!("{} {} -> {:?}", call.method, call.path, call.status))
                .collect();
            format!("{}\ncalls:\n{}", places.join("\n"), calls.join("\n"))
        });
        let model = self.model.requests();
        let model: Vec<String> = model
            .iter()
            .map(|request| {
                format!(
                    "#{} {:?} {:?}",
                    request.number,
                    request.outcome,
                    request.turns()
                )
            })
            .collect();
        format!(
            "{world}\nmodel:\n{}\nlog:\n{}",
            model.join("\n"),
            self.log.all().join("\n")
        )
    }
}

#[tokio::test]
#[should_panic(expected = "not as Discord describes it:\nGET /gateway/bot (query) at \"limits\"")]
async fn a_call_that_discord_does_not_describe_fails_its_story() {
    run_story(World::default(), async |story| {
        story.sim.world(|world| {
            let number = world
                .calls
                .iter()
                .find(|call| call.route == Some(Route::GetGatewayBot))
                .context("the bot asks for the gateway")?
                .number;
            let call = world.calls.get_mut(number).context("it is kept")?;
            "limits=1".clone_into(&mut call.query);
            Ok(())
        })
    })
    .await;
}
