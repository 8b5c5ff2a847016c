//! What people in Discord read.

use std::time::Duration;

use insta::assert_snapshot;

use super::{Locale, both};
use crate::{
    error::{ModelError, TurnError},
    words::{
        conversation::{self, GoOn, NoThread},
        failure::{Shown, turn_failed},
    },
};

fn failed(error: &TurnError) -> String {
    both(|locale| turn_failed(locale, error, Shown::Nothing).unwrap_or_default())
}

fn model_failed(error: ModelError) -> String {
    failed(&error.into())
}

#[test]
fn the_greeting_says_how_to_go_on() {
    assert_snapshot!(both(|l| conversation::greeting(l, GoOn::JustWrite)), @r"
    Hi! What can I do for you? Just write here, no mention needed.
    こんにちは！ご用件をどうぞ。ここではメンションなしで、そのまま書いてください。
    ");
    assert_snapshot!(both(|l| conversation::greeting(l, GoOn::ReplyOrMention)), @r"
    Hi! What can I do for you? Reply to this message, or mention me with your question.
    こんにちは！ご用件をどうぞ。このメッセージに返信するか、メンションを付けて書いてください。
    ");
}

#[test]
fn threads_are_named_for_what_they_start_with() {
    assert_snapshot!(both(|l| conversation::greeting_thread_name(l, "Ada")), @r"
    Chat with Ada
    Adaさんとの会話
    ");
    assert_snapshot!(both(|l| conversation::greeting_thread_name(l, "\u{200b}\u{3164}")), @r"
    New conversation
    新しい会話
    ");
    assert_snapshot!(both(|l| conversation::files_thread_name(l, "photo.png", 0)), @r"
    About photo.png
    photo.pngについて
    ");
    assert_snapshot!(both(|l| conversation::files_thread_name(l, "photo.png", 2)), @r"
    About photo.png and 2 more
    photo.pngほか2件について
    ");
}

#[test]
fn a_threads_name_is_never_too_long() {
    let family = "👨‍👩‍👧‍👦".repeat(40);
    let marks = format!("e{}", "\u{301}".repeat(200));
    for name in [
        "x".repeat(300),
        "長".repeat(300),
        family,
        marks,
        "a b".repeat(100),
    ] {
        for locale in [Locale::En, Locale::Ja] {
            for others in [0, 7] {
                let named = conversation::files_thread_name(locale, &name, others);
                let units = named.encode_utf16().count();
                assert!((1..=100).contains(&units), "{units}: {named}");
                assert!(
                    !named.contains("\u{200d}…"),
                    "cut inside a grapheme: {named}"
                );
            }
        }
    }
}

#[test]
fn notices_under_an_answer() {
    assert_snapshot!(both(conversation::window_left_out), @r"
    This conversation has become longer than I can keep in mind: I no longer see all of its oldest messages, so please repeat what still matters.
    会話が長くなったため、古いメッセージの一部を参照できなくなりました。大事なことは、もう一度書いてください。
    ");
    assert_snapshot!(both(conversation::question_cut), @r"
    Your message is longer than I can read at once: this answers only its beginning.
    メッセージが長すぎて一度に読めないため、はじめの部分だけを読んで回答しました。
    ");
    assert_snapshot!(both(|l| conversation::answer_cut(l, GoOn::JustWrite)), @r#"
    The answer stops here because it reached its length limit. Write "continue" for the rest.
    長さの上限に達したため、回答はここまでです。続きを読むには「続けて」と書いてください。
    "#);
    assert_snapshot!(both(|l| conversation::answer_cut(l, GoOn::ReplyOrMention)), @r#"
    The answer stops here because it reached its length limit. Reply "continue" for the rest.
    長さの上限に達したため、回答はここまでです。続きを読むには「続けて」と返信してください。
    "#);
    assert_snapshot!(both(|l| conversation::filtered(l, false)), @r"
    The model provider's content filter withheld this answer; asking in other words may help.
    モデル提供元のフィルターにより、回答を表示できません。言い方を変えるとお答えできることがあります。
    ");
    assert_snapshot!(both(|l| conversation::filtered(l, true)), @r"
    The model provider's content filter withheld the rest of this answer.
    モデル提供元のフィルターにより、回答の続きを表示できません。
    ");
    assert_snapshot!(both(conversation::still_thinking), @r"
    Still thinking…
    まだ考えています…
    ");
    assert_snapshot!(both(|l| conversation::thought_for(l, Duration::from_secs(12))), @r"
    Thought for 12 seconds.
    12秒考えました。
    ");
    assert_snapshot!(both(conversation::rest_comes_in_file), @r"
    The answer goes on; all of it comes as a file at the end.
    回答はまだ続きます。最後に全文をファイルで送ります。
    ");
    assert_snapshot!(both(conversation::whole_answer_in_file), @r"
    All of the text is in the file.
    全文は添付ファイルにあります。
    ");
    assert_snapshot!(both(conversation::interrupted), @r"
    I had to stop here; this answer will continue once I'm back.
    いったん停止します。再開したら、回答の続きを書きます。
    ");
    assert_snapshot!(both(conversation::was_away), @r"
    I was away when you asked this; sorry for the late answer.
    停止中にいただいた質問です。お返事が遅くなり、すみません。
    ");
}

#[test]
fn what_the_bot_is_not_allowed_to_do() {
    assert_snapshot!(both(|l| conversation::missing_permission(l, "SEND_MESSAGES_IN_THREADS")), @r#"
    I'm missing the permission "Send Messages in Threads" here; an admin of this server can give it to me.
    ここでは、ボットに「スレッドでメッセージを送信」の権限がありません。サーバーの管理者に権限の追加を頼んでください。
    "#);
    assert_snapshot!(both(|l| conversation::no_thread(l, NoThread::NotAllowed)), @r#"
    I'm not allowed to open threads here, so please reply to me to continue; an admin of this server can give me the permission "Create Public Threads".
    ここではスレッドを作成できないため、続きはこのメッセージへの返信でどうぞ。サーバーの管理者が「公開スレッドの作成」の権限を追加すると、スレッドでお話しできます。
    "#);
    assert_snapshot!(both(|l| conversation::no_thread(l, NoThread::TooMany)), @r"
    This server has as many active threads as Discord allows, so please reply to me to continue.
    このサーバーのアクティブなスレッドが上限に達しているため、続きはこのメッセージへの返信でどうぞ。
    ");
    assert_snapshot!(both(|l| conversation::no_thread(l, NoThread::Refused)), @r"
    I couldn't open a thread here, so please reply to me to continue.
    スレッドを作成できなかったため、続きはこのメッセージへの返信でどうぞ。
    ");
    assert_snapshot!(both(conversation::mentions_only), @r"
    I can read only messages that mention me or reply to me with the ping on, so please do so here too.
    読み取れるのは、メンション付きのメッセージと、通知オンの返信だけです。ここで話すときも、メンションか返信をお願いします。
    ");
}

#[test]
fn every_failure_of_the_model() {
    let wait = |milliseconds| ModelError::Busy {
        retry_after: Some(Duration::from_millis(milliseconds)),
    };
    let reason = || "connection refused".to_owned();
    assert_snapshot!(model_failed(ModelError::Busy { retry_after: None }), @r"
    The model is very busy right now; please press Retry in a little while.
    モデルが大変混み合っています。少し時間をおいて「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(wait(300)), @r"
    The model is very busy right now; please press Retry in about 1 second.
    モデルが大変混み合っています。1秒ほどおいて「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(wait(90_000)), @r"
    The model is very busy right now; please press Retry in about 90 seconds.
    モデルが大変混み合っています。90秒ほどおいて「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(wait(90_001)), @r"
    The model is very busy right now; please press Retry in about 2 minutes.
    モデルが大変混み合っています。2分ほどおいて「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(wait(7_200_000)), @r"
    The model is very busy right now; please press Retry in about 2 hours.
    モデルが大変混み合っています。2時間ほどおいて「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(ModelError::QuotaUsedUp), @r"
    The credit for the model is used up; the operator of this bot has to top it up.
    モデルの利用枠を使い切りました。ボットの運営者が利用枠を追加する必要があります。
    ");
    assert_snapshot!(model_failed(ModelError::KeyRefused { status: 401 }), @r"
    The model provider doesn't accept this bot's key; the operator of this bot has to renew it.
    モデル提供元がこのボットのキーを受け付けません。ボットの運営者がキーを設定し直す必要があります。
    ");
    assert_snapshot!(model_failed(ModelError::ModelUnknown { model: "gpt`9".to_owned() }), @r"
    The provider has no model `gpt9`; the operator of this bot has to choose another.
    モデル提供元に `gpt9` というモデルがありません。ボットの運営者が別のモデルを選ぶ必要があります。
    ");
    assert_snapshot!(model_failed(ModelError::TooLong), @r"
    This is more than the model can read at once; please shorten it, or start a new conversation.
    モデルが一度に読める長さを超えました。短くするか、新しい会話を始めてください。
    ");
    assert_snapshot!(model_failed(ModelError::Refused { status: 400, reason: reason() }), @r"
    The model provider didn't accept this question (error 400); asking in other words may help, and the operator of this bot finds the reason in the log.
    モデル提供元がこの質問を受け付けませんでした（エラー400）。言い方を変えると通ることがあります。理由はボットの運営者がログで確認できます。
    ");
    assert_snapshot!(model_failed(ModelError::Broken { status: 503 }), @r"
    The model provider has a problem on its side (error 503); please press Retry in a few minutes.
    モデル提供元で障害が起きています（エラー503）。数分おいて「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(ModelError::Unreachable { reason: reason() }), @r"
    I can't reach the model right now; please press Retry in a few minutes, and tell the operator of this bot if it stays like this.
    いまはモデルに接続できません。数分おいて「再試行」を押してください。続くようならボットの運営者に知らせてください。
    ");
    assert_snapshot!(model_failed(ModelError::Cut), @r"
    The connection to the model broke off; please press Retry.
    モデルとの接続が切れました。「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(ModelError::Stalled), @r"
    The model stopped responding; please press Retry.
    モデルの応答が止まりました。「再試行」を押してください。
    ");
    assert_snapshot!(model_failed(ModelError::Garbage { reason: reason() }), @r"
    The model provider sent something that I can't understand; please press Retry, and tell the operator of this bot if it happens again.
    モデル提供元から読み取れない応答が届きました。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。
    ");
    assert_snapshot!(model_failed(ModelError::Empty), @r"
    The model gave an empty answer; please press Retry, or ask in other words.
    モデルの回答が空でした。「再試行」を押すか、言い方を変えて送ってください。
    ");
    assert_snapshot!(model_failed(ModelError::OutOfRoom), @r"
    The model reached its length limit while it was still thinking; please press Retry, or ask in smaller steps.
    モデルが考えている途中で長さの上限に達し、回答まで進めませんでした。「再試行」を押すか、質問を分けて送ってください。
    ");
}

#[test]
fn every_other_failure() {
    assert_snapshot!(failed(&TurnError::Forbidden { permission: "SEND_MESSAGES".to_owned() }), @r#"
    I'm missing the permission "Send Messages" here; an admin of this server can give it to me.
    ここでは、ボットに「メッセージを送信」の権限がありません。サーバーの管理者に権限の追加を頼んでください。
    "#);
    assert_snapshot!(failed(&TurnError::Discord { status: 400, code: 50_035 }), @r"
    Discord didn't accept the answer (error 50035); please press Retry, and tell the operator of this bot if it happens again.
    Discordが回答を受け付けませんでした（エラー50035）。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。
    ");
    assert_snapshot!(failed(&TurnError::Discord { status: 400, code: 0 }), @r"
    Discord didn't accept the answer (error 400); please press Retry, and tell the operator of this bot if it happens again.
    Discordが回答を受け付けませんでした（エラー400）。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。
    ");
    assert_snapshot!(failed(&TurnError::BrokeOff), @r"
    Something broke on my side; please press Retry, and tell the operator of this bot if it happens again.
    ボット側で問題が起きました。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。
    ");
    assert_eq!(turn_failed(Locale::En, &TurnError::Gone, Shown::Part), None);
}

#[test]
fn a_failure_under_half_an_answer_says_that_it_is_half() {
    let cut = TurnError::from(ModelError::Cut);
    assert_snapshot!(both(|l| turn_failed(l, &cut, Shown::Part).unwrap_or_default()), @r"
    The answer above is not complete. The connection to the model broke off; please press Retry.
    上の回答は途中までです。モデルとの接続が切れました。「再試行」を押してください。
    ");
}
