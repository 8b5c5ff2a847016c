//! What buttons say, and what is said to those who press them.

use insta::assert_snapshot;

use super::{super::button::*, both};

#[test]
fn buttons_say_what_they_do() {
    let all = [stop, retry, show_thoughts];
    assert_snapshot!(all.map(both).join("\n"), @r"
    Stop
    停止
    Retry
    再試行
    Show thoughts
    思考を表示
    ");
}

#[test]
fn who_stopped_an_answer_is_named_letter_by_letter() {
    assert_snapshot!(both(|l| stopped_by(l, "Ada L.")), @r"
    stopped by Ada L.
    Ada L.さんが停止しました
    ");
    assert_snapshot!(both(|l| stopped_by(l, "*_<@5>[a](https://b)")), @r"
    stopped by \*\_\<\@5\>\[a\]\(https\://b\)
    \*\_\<\@5\>\[a\]\(https\://b\)さんが停止しました
    ");
}

#[test]
fn who_presses_is_told_what_came_of_it() {
    let all = [
        unknown,
        ended_already,
        being_answered,
        answered_already,
        question_deleted,
        question_unreadable,
        thread_closed,
        thread_locked,
        thoughts,
        thoughts_in_file,
        first_thoughts_in_file,
        thoughts_lost,
    ];
    assert_snapshot!(all.map(both).join("\n"), @r"
    This doesn't work any more; please just write me your question.
    これはもう使えません。質問はメッセージで送ってください。
    This answer has already ended.
    この回答はすでに終わっています。
    This question is already being answered again.
    この質問には、ただいま回答し直しています。
    This question has been answered by now.
    この質問には、すでに回答しています。
    The question has been deleted, so there is nothing to answer again; please ask it anew.
    質問が削除されているため、回答し直せません。改めて質問してください。
    I can't read the question right now; please press the button again in a little while.
    いまは質問を読み取れません。少し時間をおいて、もう一度ボタンを押してください。
    This thread is closed; please open it and press the button again.
    このスレッドは閉じられています。スレッドを再開してから、もう一度ボタンを押してください。
    This thread is locked; once a moderator unlocks it, the button works again.
    このスレッドはロックされています。モデレーターがロックを解除すると、もう一度使えます。
    What the model thought before it answered:
    回答の前にモデルが考えたこと：
    What the model thought before it answered is in the file.
    回答の前にモデルが考えたことは、ファイルにあります。
    The first part of what the model thought before it answered is in the file; it thought more than I keep.
    回答の前にモデルが考えたことは、最初の部分だけがファイルにあります。とても長かったため、続きは保存していません。
    I don't have the thoughts behind this answer any more.
    この回答のときに考えたことは、もう残っていません。
    ");
}
