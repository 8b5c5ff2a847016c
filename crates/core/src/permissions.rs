//! What a member of a guild may do, as Discord computes it: owner, administrator, @everyone, the member's roles, then a
//! channel's overwrites in their order; and who took away what is missing.
//!
//! Threads have no overwrites of their own: their parent's count. Source: Discord's reference, "Permissions".

use crate::id::{GuildId, RoleId, UserId};

/// Everything, everywhere, whatever the overwrites say.
pub const ADMINISTRATOR: u64 = 1 << 3;
/// See a channel and what is in it.
pub const VIEW_CHANNEL: u64 = 1 << 10;
/// Write in channels.
pub const SEND_MESSAGES: u64 = 1 << 11;
/// Upload files.
pub const ATTACH_FILES: u64 = 1 << 15;
/// Read what was written before.
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
/// Join voice, and read and write in its chat.
pub const CONNECT: u64 = 1 << 20;
/// Open public threads.
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
/// Write in threads and forum posts.
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;

/// Every permission.
const ALL: u64 = u64::MAX;
/// What a member who is timed out keeps.
const TIMED_OUT: u64 = VIEW_CHANNEL | READ_MESSAGE_HISTORY;

/// A guild, as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub struct Guild<'a> {
    /// Its id, which its role @everyone bears too.
    pub id: GuildId,
    /// Who owns it and may do everything.
    pub owner: UserId,
    /// What each role allows.
    pub roles: &'a [(RoleId, u64)],
}

/// A member of a guild, as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Who it is.
    pub id: UserId,
    /// Their roles, @everyone not among them.
    pub roles: &'a [RoleId],
    /// They may only look, for now.
    pub timed_out: bool,
}

/// What a channel allows and denies somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwrite {
    /// Whom it concerns.
    pub of: Whom,
    /// What is allowed.
    pub allow: u64,
    /// What is denied.
    pub deny: u64,
}

/// Whom an overwrite concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All who have a role; the guild's own id stands for @everyone.
    Role(RoleId),
    /// One member.
    Member(UserId),
}

/// Who took a permission away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// None of the member's roles has it.
    Roles,
    /// The channel denies it to @everyone, and gives it back to nobody.
    Everyone,
    /// The channel denies it to this role.
    Role(RoleId),
    /// The channel denies it to the member.
    Member,
    /// The member is timed out.
    TimedOut,
}

/// A kind of channel, as far as the bot's work in it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Text and announcement channels, where threads are opened.
    Text,
    /// Forums and media channels, whose posts are threads.
    Forum,
    /// Voice and stage channels, which have a chat.
    Voice,
    /// A thread or a forum post.
    Thread,
}

impl Ground {
    /// What the bot needs there.
    pub const fn needs(self) -> u64 {
        let everywhere = VIEW_CHANNEL | READ_MESSAGE_HISTORY | ATTACH_FILES;
        match self {
            Self::Text => {
                everywhere | SEND_MESSAGES | CREATE_PUBLIC_THREADS | SEND_MESSAGES_IN_THREADS
            }
            Self::Forum | Self::Thread => everywhere | SEND_MESSAGES_IN_THREADS,
            Self::Voice => everywhere | SEND_MESSAGES | CONNECT,
        }
    }
}

/// What a member may do in a guild, before any channel is looked at.
pub fn in_guild(guild: &Guild<'_>, member: &Member<'_>) -> u64 {
    if guild.owner == member.id {
        return ALL;
    }
    let everyone = RoleId(guild.id.0);
    let has = |role: RoleId| role == everyone || member.roles.contains(&role);
    let roles = guild.roles.iter().filter(|(role, _)| has(*role));
    let bits = roles.fold(0, |bits, (_, role)| bits | role);
    if bits & ADMINISTRATOR == 0 { bits } else { ALL }
}

/// What a member may do in a channel with these overwrites, as it is set; what falls away because something else is
/// missing is still in it.
pub fn in_channel(guild: &Guild<'_>, member: &Member<'_>, overwrites: &[Overwrite]) -> u64 {
    let mut bits = 0;
    steps(guild, member, overwrites, |_, now| bits = now);
    bits
}

/// Who took away a permission that the member lacks in a channel; none where the member has it.
pub fn lack(
    guild: &Guild<'_>,
    member: &Member<'_>,
    overwrites: &[Overwrite],
    permission: u64,
) -> Option<Lack> {
    let mut lack = None;
    steps(guild, member, overwrites, |by, now| {
        let has = now & permission == permission;
        if has {
            lack = None;
        } else if lack.is_none() {
            lack = Some(by);
        }
    });
    lack
}

/// Tells the permissions after each step of the computation, and who decided the step.
fn steps(
    guild: &Guild<'_>,
    member: &Member<'_>,
    overwrites: &[Overwrite],
    mut told: impl FnMut(Lack, u64),
) {
    let mut bits = in_guild(guild, member);
    told(Lack::Roles, bits);
    if bits == ALL {
        return;
    }
    let everyone = RoleId(guild.id.0);
    let of = |whom: Whom| overwrites.iter().find(move |one| one.of == whom);
    if let Some(one) = of(Whom::Role(everyone)) {
        bits = bits & !one.deny | one.allow;
        told(Lack::Everyone, bits);
    }
    let roles = member.roles.iter().filter(|role| **role != everyone);
    let roles = roles.filter_map(|role| Some((*role, of(Whom::Role(*role))?)));
    // All of them count at once: what one role is allowed, another can't take away.
    let allowed = roles.clone().fold(0, |bits, (_, one)| bits | one.allow);
    for (role, one) in roles {
        bits &= !one.deny | allowed;
        told(Lack::Role(role), bits);
    }
    bits |= allowed;
    told(Lack::Roles, bits);
    if let Some(one) = of(Whom::Member(member.id)) {
        bits = bits & !one.deny | one.allow;
        told(Lack::Member, bits);
    }
    if member.timed_out {
        bits &= TIMED_OUT;
        told(Lack::TimedOut, bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUILD: GuildId = GuildId(1);
    const EVERYONE: RoleId = RoleId(1);
    const BOT: UserId = UserId(9);
    const HIGH: RoleId = RoleId(2);
    const LOW: RoleId = RoleId(3);

    fn over(of: Whom, allow: u64, deny: u64) -> Overwrite {
        Overwrite { of, allow, deny }
    }

    fn ask(roles: &[(RoleId, u64)], overwrites: &[Overwrite], timed_out: bool) -> Option<Lack> {
        let guild = Guild {
            id: GUILD,
            owner: UserId(5),
            roles,
        };
        let member = Member {
            id: BOT,
            roles: &[HIGH, LOW],
            timed_out,
        };
        let lack = lack(&guild, &member, overwrites, SEND_MESSAGES);
        let may = in_channel(&guild, &member, overwrites) & SEND_MESSAGES != 0;
        assert_eq!(lack.is_none(), may);
        lack
    }

    #[test]
    fn overwrites_count_in_their_order_and_the_one_that_took_it_away_is_named() {
        let may = [(EVERYONE, SEND_MESSAGES), (HIGH, 0), (LOW, 0)];
        let mut overwrites = Vec::new();
        assert_eq!(ask(&may, &overwrites, false), None);
        for (overwrite, expected) in [
            (
                over(Whom::Role(EVERYONE), 0, SEND_MESSAGES),
                Some(Lack::Everyone),
            ),
            (over(Whom::Role(HIGH), SEND_MESSAGES, 0), None),
            // Another role's denial doesn't count against a role's grant.
            (over(Whom::Role(LOW), 0, SEND_MESSAGES), None),
            (
                over(Whom::Member(BOT), 0, SEND_MESSAGES),
                Some(Lack::Member),
            ),
        ] {
            overwrites.push(overwrite);
            assert_eq!(ask(&may, &overwrites, false), expected, "{overwrite:?}");
        }
        let denied = [over(Whom::Role(LOW), 0, SEND_MESSAGES)];
        assert_eq!(ask(&may, &denied, false), Some(Lack::Role(LOW)));
        assert_eq!(ask(&may, &[], true), Some(Lack::TimedOut));
    }

    #[test]
    fn without_a_role_that_has_it_nobody_took_it_away() {
        let none = [(EVERYONE, VIEW_CHANNEL), (HIGH, 0)];
        assert_eq!(ask(&none, &[], false), Some(Lack::Roles));
        let given = [over(Whom::Member(BOT), SEND_MESSAGES, 0)];
        assert_eq!(ask(&none, &given, false), None);
    }

    #[test]
    fn owners_and_administrators_may_everything() {
        let roles = [(EVERYONE, 0), (HIGH, ADMINISTRATOR)];
        let denied = [over(Whom::Role(EVERYONE), 0, SEND_MESSAGES)];
        assert_eq!(ask(&roles, &denied, true), None);
        let guild = Guild {
            id: GUILD,
            owner: BOT,
            roles: &[],
        };
        let owner = Member {
            id: BOT,
            roles: &[],
            timed_out: false,
        };
        assert_eq!(in_channel(&guild, &owner, &denied), u64::MAX);
    }

    #[test]
    fn each_ground_needs_no_more_than_the_invite_asks_for() {
        for ground in [Ground::Text, Ground::Forum, Ground::Voice, Ground::Thread] {
            assert_eq!(ground.needs() & !crate::words::permissions::bits(), 0);
        }
    }
}
