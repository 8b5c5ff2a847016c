//! What is written on buttons, and what is said to the one who presses them.

use super::Locale;
use crate::text;

/// On the button that ends an answer.
pub fn stop(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Stop",
        Locale::Ja => "停止",
    }
}

/// On the button that makes an answer again.
pub fn retry(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Retry",
        Locale::Ja => "再試行",
    }
}

/// On the button that shows what the model thought.
pub fn show_thoughts(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Show thoughts",
        Locale::Ja => "思考を表示",
    }
}

/// Under an answer that somebody stopped; `name` is the name that people see.
pub fn stopped_by(locale: Locale, name: &str) -> String {
    let name = text::literal(name);
    match locale {
        Locale::En => format!("stopped by {name}"),
        Locale::Ja => format!("{name}さんが停止しました"),
    }
}

/// To somebody who pressed a button, or ran a command, that isn't ours or no longer is.
pub fn unknown(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "This doesn't work any more; please just write me your question.",
        Locale::Ja => "これはもう使えません。質問はメッセージで送ってください。",
    }
}

/// To somebody who stops an answer that has ended.
pub fn ended_already(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "This answer has already ended.",
        Locale::Ja => "この回答はすでに終わっています。",
    }
}

/// To somebody who wants an answer again that is being made.
pub fn being_answered(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "This question is already being answered again.",
        Locale::Ja => "この質問には、ただいま回答し直しています。",
    }
}

/// To somebody who wants an answer again that is there by now.
pub fn answered_already(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "This question has been answered by now.",
        Locale::Ja => "この質問には、すでに回答しています。",
    }
}

/// To somebody who wants an answer again whose question is gone.
pub fn question_deleted(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "The question has been deleted, so there is nothing to answer again; please ask it anew."
        }
        Locale::Ja => "質問が削除されているため、回答し直せません。改めて質問してください。",
    }
}

/// To somebody who wants an answer again, when Discord does not tell the question.
pub fn question_unreadable(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "I can't read the question right now; please press the button again in a little while."
        }
        Locale::Ja => {
            "いまは質問を読み取れません。少し時間をおいて、もう一度ボタンを押してください。"
        }
    }
}

/// To somebody who wants an answer again in a thread that was closed and that the bot can't open.
pub fn thread_closed(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "This thread is closed; please open it and press the button again.",
        Locale::Ja => {
            "このスレッドは閉じられています。スレッドを再開してから、もう一度ボタンを押してください。"
        }
    }
}

/// To somebody who wants an answer again in a thread that only moderators can open.
pub fn thread_locked(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "This thread is locked; once a moderator unlocks it, the button works again.",
        Locale::Ja => {
            "このスレッドはロックされています。モデレーターがロックを解除すると、もう一度使えます。"
        }
    }
}

/// Above what the model thought.
pub fn thoughts(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "What the model thought before it answered:",
        Locale::Ja => "回答の前にモデルが考えたこと：",
    }
}

/// Above a file with what the model thought.
pub fn thoughts_in_file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "What the model thought before it answered is in the file.",
        Locale::Ja => "回答の前にモデルが考えたことは、ファイルにあります。",
    }
}

/// Above a file with the first part of them: the model thought for longer than is kept.
pub fn first_thoughts_in_file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "The first part of what the model thought before it answered is in the file; it thought more than I keep."
        }
        Locale::Ja => {
            "回答の前にモデルが考えたことは、最初の部分だけがファイルにあります。とても長かったため、続きは保存していません。"
        }
    }
}

/// To somebody who wants to see thoughts that are not kept any more.
pub fn thoughts_lost(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "I don't have the thoughts behind this answer any more.",
        Locale::Ja => "この回答のときに考えたことは、もう残っていません。",
    }
}
