//! Why the bot answers in a channel, or stays silent, as the doctor explains it.

use insta::assert_snapshot;
use kaiwa_sim::world::{ChannelKind, NewThread, OverwriteKind, Saying, permissions as may};

use super::{Ward, denied};

#[tokio::test(flavor = "multi_thread")]
async fn it_explains_why_the_bot_answers_in_a_channel() {
    let ward = Ward::new().await;
    let (general, ben) = (ward.general(), ward.person("ben"));
    assert_snapshot!(ward.explains("C", general, Some(ben)), @r"
    ✓ Channel      #general in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it opens a thread on it and answers there.
    ✓              A message without a mention: it stays silent, as outside its own threads it answers mentions and replies alone.
    ✓              A reply to the bot: it answers with a reply.
    ✓              A reply to the bot with the ping off: it answers with a reply.

    All is well.
    exit code 0
    ");
    assert_snapshot!(ward.explains("ja_JP.UTF-8", general, Some(ben)), @r"
    ✓ チャンネル    Kaiwa Labの#general
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：スレッドを作り、その中で回答します。
    ✓               メンションのないメッセージ：回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。
    ✓               ボットへの返信：返信で回答します。
    ✓               ボットへの返信（通知オフ）：返信で回答します。

    問題は見つかりませんでした。
    exit code 0
    ");
    // Anybody, in a thread of somebody else, in the bot's own, and in the chat of a voice channel.
    let bot = ward.person("kaiwa");
    let (theirs, own, lounge) = ward.sim.world(|world| {
        let new = |name: &str| NewThread {
            name: name.to_owned(),
            ..NewThread::default()
        };
        let theirs = world.open_thread(ben, general, new("theirs")).unwrap();
        let own = world.open_thread(bot, general, new("own")).unwrap();
        (theirs, own, world.channel_named("lounge").unwrap().id)
    });
    let explained = [theirs, own, lounge].map(|place| ward.explains("C", place, None));
    assert_snapshot!(explained.join("\n\n"), @r"
    ✓ Channel      #theirs in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it answers here.
    ✓              A message without a mention: it stays silent, as that isn't said to it, and reads it as part of the conversation.
    ✓              A reply to the bot: it answers here.

    All is well.
    exit code 0

    ✓ Channel      #own in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message without a mention: it answers here.
    ✓              A message that mentions the bot: it answers here.
    ✓              A message that mentions somebody else: it stays silent, as that isn't said to it, and reads it as part of the conversation.

    All is well.
    exit code 0

    ✓ Channel      #lounge in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it answers with a reply.
    ✓              A message without a mention: it stays silent, as outside its own threads it answers mentions and replies alone.
    ✓              A reply to the bot: it answers with a reply.

    All is well.
    exit code 0
    ");
    let explained = [theirs, own, lounge].map(|place| ward.explains("ja_JP.UTF-8", place, None));
    assert_snapshot!(explained.join("\n\n"), @r"
    ✓ チャンネル    Kaiwa Labの#theirs
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：ここで回答します。
    ✓               メンションのないメッセージ：ボット宛てではないため回答しません。会話の一部として読みます。
    ✓               ボットへの返信：ここで回答します。

    問題は見つかりませんでした。
    exit code 0

    ✓ チャンネル    Kaiwa Labの#own
    ✓               必要な権限がそろっています。
    ✓               メンションのないメッセージ：ここで回答します。
    ✓               ボットへのメンション：ここで回答します。
    ✓               ほかの人へのメンション：ボット宛てではないため回答しません。会話の一部として読みます。

    問題は見つかりませんでした。
    exit code 0

    ✓ チャンネル    Kaiwa Labの#lounge
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：返信で回答します。
    ✓               メンションのないメッセージ：回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。
    ✓               ボットへの返信：返信で回答します。

    問題は見つかりませんでした。
    exit code 0
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_explains_why_the_bot_stays_silent() {
    let ward = Ward::new().await;
    let (general, ben) = (ward.general(), ward.person("ben"));
    let (guild, bot) = ward.sim.world(|world| {
        (
            *world.guilds.keys().next().unwrap(),
            *world.bots.keys().next().unwrap(),
        )
    });
    let told = |channel, person| {
        let both = ["C", "ja_JP.UTF-8"].map(|language| ward.explains(language, channel, person));
        both.join("\n")
    };
    // To other bots, and to itself.
    assert_snapshot!(told(general, Some(bot)), @r"
    ✓ Channel      #general in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it stays silent, as these are its own words.

    All is well.
    exit code 0
    ✓ チャンネル    Kaiwa Labの#general
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：回答しません。ボット自身の発言だからです。

    問題は見つかりませんでした。
    exit code 0
    ");
    // Somebody who isn't there, and somebody who may not write.
    let eve = ward.sim.world(|world| world.add_person("eve", "Eve"));
    let said = ward.explains("C", general, Some(eve));
    assert!(said.contains("is not in Kaiwa Lab."), "{said}");
    ward.sim.world(|world| {
        let muted = world.add_role(guild, "muted", 0);
        world.set_member_roles(guild, ben, vec![muted]);
        world.set_overwrite(
            general,
            denied(muted, OverwriteKind::Role, may::SEND_MESSAGES),
        );
    });
    assert_snapshot!(told(general, Some(ben)), @r#"
    ✓ Channel      #general in Kaiwa Lab
    ✓              The bot may do all it needs here.
    !              ben lacks "Send Messages" here.
                   Why: They can't ask anything in this place.
                   Do: The channel denies it to the role muted. Edit Channel -> Permissions -> muted -> "Send Messages".

    The bot works; 1 thing is worth a look.
    exit code 1
    ✓ チャンネル    Kaiwa Labの#general
    ✓               必要な権限がそろっています。
    !               ここではbenに「メッセージを送信」の権限がありません。
                    理由：この場所では質問できません。
                    対処：チャンネルの権限でロール「muted」に拒否されています。チャンネルの編集 → 権限 → muted → 「メッセージを送信」を変更してください。

    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
    // A place that the bot may not write in, one that it doesn't see, and one that nobody talks in.
    ward.sim.world(|world| {
        world.set_overwrite(
            general,
            denied(
                bot,
                OverwriteKind::Member,
                may::CREATE_PUBLIC_THREADS | may::SEND_MESSAGES,
            ),
        );
    });
    assert_snapshot!(told(general, None), @r#"
    ✓ Channel      #general in Kaiwa Lab
    !              The bot lacks "Send Messages" here.
                   Why: It needs it to answer where no thread can be opened, and to show that it is typing.
                   Do: The channel denies it to the bot alone. Edit Channel -> Permissions -> the bot -> "Send Messages".
    !              The bot lacks "Create Public Threads" here.
                   Why: It needs it to open a thread for each conversation.
                   Do: The channel denies it to the bot alone. Edit Channel -> Permissions -> the bot -> "Create Public Threads".
    ✓              A message that mentions the bot: it can't answer, because of what is missing above.
    ✓              A message without a mention: it stays silent, as outside its own threads it answers mentions and replies alone.
    ✓              A reply to the bot: it can't answer, because of what is missing above.
    ✓              A reply to the bot with the ping off: it can't answer, because of what is missing above.

    The bot works; 2 things are worth a look.
    exit code 1
    ✓ チャンネル    Kaiwa Labの#general
    !               ここではボットに「メッセージを送信」の権限がありません。
                    理由：スレッドを作れない場所で回答し、入力中の表示を出すために必要です。
                    対処：チャンネルの権限でボットだけに拒否されています。チャンネルの編集 → 権限 → ボット → 「メッセージを送信」を変更してください。
    !               ここではボットに「公開スレッドの作成」の権限がありません。
                    理由：会話ごとにスレッドを作るために必要です。
                    対処：チャンネルの権限でボットだけに拒否されています。チャンネルの編集 → 権限 → ボット → 「公開スレッドの作成」を変更してください。
    ✓               ボットへのメンション：上記の権限が足りないため、回答できません。
    ✓               メンションのないメッセージ：回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。
    ✓               ボットへの返信：上記の権限が足りないため、回答できません。
    ✓               ボットへの返信（通知オフ）：上記の権限が足りないため、回答できません。

    動作はしますが、確認したい点が2件あります。
    exit code 1
    "#);
    let hidden = ward.sim.world(|world| {
        let hidden = world.add_channel(guild, ChannelKind::Text, "hidden", None);
        world.set_overwrite(
            hidden,
            denied(guild, OverwriteKind::Role, may::VIEW_CHANNEL),
        );
        hidden
    });
    assert_snapshot!(told(hidden, None), @r#"
    ✗ Channel      The bot doesn't see a channel ID.
                   Why: It hears nothing of what is said there.
                   Do: Check the id (in Discord: Settings -> Advanced -> Developer Mode, then right-click the channel -> Copy Channel ID), that the bot is in that server, and that it may view the channel: Edit Channel -> Permissions -> add the bot's role and allow "View Channels".

    1 thing has to be mended.
    exit code 2
    ✗ チャンネル    ボットからチャンネルIDが見えません。
                    理由：そこでの会話は一切届きません。
                    対処：IDが正しいか（Discordの設定 → 詳細設定 → 開発者モードをオンにし、チャンネルを右クリック → 「チャンネルIDをコピー」）、ボットがそのサーバーにいるか、チャンネルを見られるか（チャンネルの編集 → 権限 → ボットのロールを追加し、「チャンネルを見る」を許可）を確認してください。

    直す必要のある点が1件あります。
    exit code 2
    "#);
    let category = ward
        .sim
        .world(|world| world.channel_named("talk").unwrap().id);
    let said = ward.explains("C", category, None);
    assert!(
        said.contains("talk is no channel that people write in."),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_intent_it_says_what_stays_unread() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_MESSAGE_CONTENT", "false");
    let (general, ben, bot) = (ward.general(), ward.person("ben"), ward.person("kaiwa"));
    let own = ward.sim.world(|world| {
        let asks = world.say(ben, general, Saying::from("hello")).unwrap();
        let new = NewThread {
            name: "own".to_owned(),
            ..NewThread::default()
        };
        world.open_thread_on(bot, general, asks, new).unwrap()
    });
    let said = ward.explains("C", own, Some(ben));
    assert_snapshot!(said, @r"
    ✓ Channel      #own in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message without a mention: it stays silent, as without the Message Content Intent Discord gives it no text.
    ✓              A message that mentions the bot: it answers here.
    ✓              A message that mentions somebody else: it stays silent, as outside its own threads it answers mentions and replies alone.

    All is well.
    exit code 0
    ");
    let direct = ward
        .sim
        .world(|world| world.open_direct_message(bot, ben).unwrap());
    assert_snapshot!(ward.explains("C", direct, Some(ben)), @r"
    ✓ Channel      direct messages
    ✓              A message without a mention: it answers here.

    All is well.
    exit code 0
    ");
}
