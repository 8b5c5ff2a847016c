//! What the doctor says of servers, and of what the bot may do in them.

use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    world::{Overwrite, OverwriteKind, permissions as may},
};

use super::{Ward, denied};

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_is_in_no_server() {
    let ward = Ward::new().await;
    ward.sim.world(|world| {
        let (guild, bot) = (
            *world.guilds.keys().next().unwrap(),
            *world.bots.keys().next().unwrap(),
        );
        world.leave(guild, bot);
    });
    assert_snapshot!(ward.complains(), @r"
    ! Server       The bot is in no server yet.
                   Do: Open https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 and choose one.
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      まだどのサーバーにも追加されていません。
                    対処：https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 を開いて、追加するサーバーを選んでください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_lacks_a_permission() {
    let ward = Ward::new().await;
    ward.sim.world(|world| {
        for guild in world.guilds.values_mut() {
            for role in guild.roles.values_mut() {
                role.permissions &= !may::READ_MESSAGE_HISTORY;
            }
        }
    });
    assert_snapshot!(ward.complains(), @r#"
    ! Server       Kaiwa Lab: none of its roles has "Read Message History".
                   Why: It needs it to read back what was said before it came, and to reply to messages, which Discord ties to it.
                   Do: Server Settings -> Roles -> the bot's role -> Permissions -> "Read Message History", or open https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 again.
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      Kaiwa Lab：ボットのどのロールにも「メッセージ履歴を読む」の権限がありません。
                    理由：それまでの会話を読み、メッセージに返信するために必要です。
                    対処：サーバー設定 → ロール → ボットのロール → 権限 → 「メッセージ履歴を読む」をオンにするか、https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 をもう一度開いてください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_is_missing_in_one_channel() {
    let ward = Ward::new().await;
    let general = ward.general();
    let (guild, bot) = ward.sim.world(|world| {
        (
            *world.guilds.keys().next().unwrap(),
            *world.bots.keys().next().unwrap(),
        )
    });
    ward.sim.world(|world| {
        world.set_overwrite(
            general,
            denied(bot, OverwriteKind::Member, may::ATTACH_FILES),
        )
    });
    assert_snapshot!(ward.complains(), @r#"
    ! Server       Kaiwa Lab: it lacks "Attach Files" in #general.
                   Why: It needs it to show formulas as pictures, and to end an answer that is too long for messages with a file that holds all of it.
                   Do: The channel denies it to the bot alone. Edit Channel -> Permissions -> the bot -> "Attach Files".
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      Kaiwa Lab：#generalで「ファイルを添付」の権限がありません。
                    理由：数式を画像で示し、長すぎる回答の全文を最後にファイルで添えるために必要です。
                    対処：チャンネルの権限でボットだけに拒否されています。チャンネルの編集 → 権限 → ボット → 「ファイルを添付」を変更してください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
    // Denied to all, in two channels; a third is hidden from the bot, which is nobody's mistake.
    ward.sim.world(|world| {
        world.set_overwrite(general, denied(bot, OverwriteKind::Member, 0));
        for name in ["general", "announcements"] {
            let channel = world.channel_named(name).unwrap().id;
            world.set_overwrite(
                channel,
                denied(guild, OverwriteKind::Role, may::CREATE_PUBLIC_THREADS),
            );
        }
        let lounge = world.channel_named("lounge").unwrap().id;
        world.set_overwrite(
            lounge,
            denied(guild, OverwriteKind::Role, may::VIEW_CHANNEL),
        );
    });
    assert_snapshot!(ward.complains(), @r#"
    ! Server       Kaiwa Lab: it lacks "Create Public Threads" in #general, #announcements.
                   Why: It needs it to open a thread for each conversation.
                   Do: The channel denies it to @everyone. Edit Channel -> Permissions -> add a role of the bot and allow "Create Public Threads".
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      Kaiwa Lab：#general、#announcementsで「公開スレッドの作成」の権限がありません。
                    理由：会話ごとにスレッドを作るために必要です。
                    対処：チャンネルの権限で@everyoneに拒否されています。チャンネルの編集 → 権限 → ボットのロールを追加し、「公開スレッドの作成」を許可してください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
}

#[test]
fn permissions_are_computed_as_the_simulator_computes_them() {
    use kaiwa_core::{
        id::{GuildId, RoleId, UserId},
        permissions::{Guild, Member, Overwrite as Rule, Whom, in_channel, lack},
        words::permissions::bits,
    };

    // Any figures will do, as long as they are the same in each run.
    let mut state = 1_u64;
    let mut chance = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    let mut world = World::default();
    let (guild, ben) = (
        *world.guilds.keys().next().unwrap(),
        world.user_named("ben").unwrap().id,
    );
    let general = world.channel_named("general").unwrap().id;
    let roles: Vec<u64> = ["a", "b", "c"]
        .map(|name| world.add_role(guild, name, 0))
        .into();
    let mut had = [0_u32; 2];
    for _ in 0..2_000 {
        for role in world.guilds.get_mut(&guild).unwrap().roles.values_mut() {
            role.permissions = chance() & bits();
            // Seldom enough that something is left to compute.
            if chance().is_multiple_of(40) {
                role.permissions |= may::ADMINISTRATOR;
            }
        }
        let some = |chance: &mut dyn FnMut() -> u64| -> Vec<u64> {
            roles
                .iter()
                .copied()
                .filter(|_| chance().is_multiple_of(2))
                .collect()
        };
        let own = some(&mut chance);
        world.set_member_roles(guild, ben, own.clone());
        let of = [(OverwriteKind::Role, guild), (OverwriteKind::Member, ben)];
        let of = of
            .into_iter()
            .chain(roles.iter().map(|role| (OverwriteKind::Role, *role)));
        let mut rules = Vec::new();
        for (kind, id) in of {
            let (allow, deny) = (chance() & chance() & bits(), chance() & chance() & bits());
            world.set_overwrite(
                general,
                Overwrite {
                    id,
                    kind,
                    allow,
                    deny,
                },
            );
            let of = match kind {
                OverwriteKind::Role => Whom::Role(RoleId(id)),
                OverwriteKind::Member => Whom::Member(UserId(id)),
            };
            rules.push(Rule { of, allow, deny });
        }
        let theirs = &world.guilds[&guild];
        let wanted = may::in_channel(
            theirs,
            &theirs.members[&ben],
            &world.channels[&general].overwrites,
            0,
        );
        let known: Vec<(RoleId, u64)> = theirs
            .roles
            .values()
            .map(|role| (RoleId(role.id), role.permissions))
            .collect();
        let own: Vec<RoleId> = own.into_iter().map(RoleId).collect();
        let ours = Guild {
            id: GuildId(guild),
            owner: UserId(theirs.owner),
            roles: &known,
        };
        let member = Member {
            id: UserId(ben),
            roles: &own,
            timed_out: false,
        };
        assert_eq!(in_channel(&ours, &member, &rules) & bits(), wanted & bits());
        for bit in (0..64).map(|bit| 1 << bit).filter(|bit| bits() & bit != 0) {
            let has = wanted & bit != 0;
            assert_eq!(lack(&ours, &member, &rules, bit).is_none(), has);
            had[usize::from(has)] += 1;
        }
    }
    assert!(had[0] > 1_000 && had[1] > 1_000, "{had:?}");
}
