//! What the bot may do in each of its servers and their channels.

use std::{collections::BTreeMap, time::SystemTime};

use kaiwa_core::{
    findings::{Check, Denied, Finding, Server},
    id::{GuildId, RoleId, UserId},
    permissions::{self, Guild, Lack, Member, VIEW_CHANNEL},
    words::permissions::PERMISSIONS,
};

use super::{account::Me, untold};
use crate::discord::rest::{InspectedChannel, InspectedGuild, InspectedMember, Rest, RestError};

/// So many servers are looked at: each takes three calls, and somebody waits.
const LOOKED_AT: usize = 20;

/// A server, and who somebody is in it.
pub(super) struct Inside {
    pub guild: InspectedGuild,
    roles: Vec<(RoleId, u64)>,
}

impl Inside {
    pub(super) fn new(guild: InspectedGuild) -> Self {
        let roles = guild.roles.iter();
        let roles = roles.map(|role| (role.role.id, role.permissions)).collect();
        Self { guild, roles }
    }

    /// The server, as the rules of permissions know it.
    pub(super) fn rules(&self) -> Guild<'_> {
        Guild {
            id: self.guild.id,
            owner: self.guild.owner_id,
            roles: &self.roles,
        }
    }

    /// Who took a permission away, with names.
    pub(super) fn denied(&self, lack: Lack) -> Denied {
        Denied::new(lack, |role| {
            let roles = self.guild.roles.iter();
            let named = roles.filter(|known| known.role.id == role);
            let name = named.map(|known| known.role.name.clone()).next();
            name.unwrap_or_else(|| role.to_string())
        })
    }
}

/// A member, as the rules of permissions know it.
pub(super) fn member(inspected: &InspectedMember) -> Member<'_> {
    Member {
        id: inspected.user.id,
        roles: &inspected.roles,
        timed_out: inspected.is_timed_out(SystemTime::now()),
    }
}

pub(super) async fn look(rest: &Rest, me: &Me) -> Vec<Finding> {
    let application = me.application;
    let page = match rest.own_guilds().await {
        Ok(page) => page,
        Err(error) => return vec![untold(Check::Server, &error)],
    };
    if page.is_empty() {
        return vec![Finding::Server(Server::Nowhere { application })];
    }
    let mut findings = Vec::new();
    for own in page.iter().take(LOOKED_AT) {
        match guild(rest, own.id, me.id).await {
            Ok((inside, own, channels)) => {
                let found = of_guild(&inside, &own, &channels, application);
                findings.extend(found.into_iter().map(Finding::Server));
            }
            Err(error) => findings.push(untold(Check::Server, &error)),
        }
    }
    if page.len() > LOOKED_AT {
        findings.push(Finding::Server(Server::More {
            looked: LOOKED_AT,
            all: page.len(),
        }));
    }
    findings
}

/// A server, the bot in it, and its channels.
async fn guild(
    rest: &Rest,
    guild: GuildId,
    me: UserId,
) -> Result<(Inside, InspectedMember, Vec<InspectedChannel>), RestError> {
    let (inspected, own, channels) = tokio::try_join!(
        rest.inspect_guild(guild),
        rest.inspect_member(guild, me),
        rest.inspect_channels(guild),
    )?;
    Ok((Inside::new(inspected), own, channels))
}

/// What the bot lacks in a server: what its roles lack everywhere is said once, what channels deny by permission.
fn of_guild(
    inside: &Inside,
    own: &InspectedMember,
    channels: &[InspectedChannel],
    application: UserId,
) -> Vec<Server> {
    let server = || inside.guild.name.clone();
    let (rules, own) = (inside.rules(), member(own));
    if own.timed_out {
        return vec![Server::TimedOut { server: server() }];
    }
    let everywhere = permissions::in_guild(&rules, &own);
    let mut lacks = Vec::new();
    // By permission and by who denies it, so that one line says one thing to do.
    let mut denied: BTreeMap<(usize, String), (Denied, Vec<String>)> = BTreeMap::new();
    for permission in PERMISSIONS {
        if everywhere & permission.bit == 0 {
            lacks.push(Server::RolesLack {
                server: server(),
                permission: permission.name,
                application,
            });
        }
    }
    let (mut seen, mut unseen) = (0, 0);
    for channel in channels {
        let Some(ground) = channel.ground() else {
            continue;
        };
        let overwrites = channel.overwrites();
        // A channel that is hidden from the bot is so on purpose.
        if permissions::in_channel(&rules, &own, &overwrites) & VIEW_CHANNEL == 0 {
            unseen += 1;
            continue;
        }
        seen += 1;
        for (order, permission) in PERMISSIONS.iter().enumerate() {
            let needed = ground.needs() & permission.bit;
            if needed == 0 || everywhere & needed == 0 {
                continue;
            }
            if let Some(lack) = permissions::lack(&rules, &own, &overwrites, needed) {
                let by = inside.denied(lack);
                let name = channel.channel.name.clone().unwrap_or_default();
                let places = denied.entry((order, format!("{by:?}")));
                places.or_insert((by, Vec::new())).1.push(name);
            }
        }
    }
    for ((order, _), (by, channels)) in denied {
        if let Some(permission) = PERMISSIONS.get(order) {
            lacks.push(Server::ChannelsLack {
                server: server(),
                channels,
                permission: permission.name,
                by,
            });
        }
    }
    if lacks.is_empty() {
        lacks.push(Server::Fine {
            server: server(),
            seen,
            unseen,
        });
    }
    lacks
}
