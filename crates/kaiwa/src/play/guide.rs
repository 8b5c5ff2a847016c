//! The guide: where no model is there, texts that were written beforehand explain Kaiwa and show its formats.

use kaiwa_sim::model::{ModelCard, Settings, Topic, Unscripted};

/// What it is called where a model's name stands.
pub(super) const NAME: &str = "scripted-guide";

macro_rules! topics {
    ($($name:literal, [$($english:literal),*], [$($japanese:literal),*];)*) => {
        /// Every topic: its name, the words that ask for it, the texts, in English and in Japanese.
        const TOPICS: &[(&str, [(&[&str], &str); 2])] = &[
            $(($name, [
                (&[$($english),*], include_str!(concat!("guide/", $name, ".en.md"))),
                (&[$($japanese),*], include_str!(concat!("guide/", $name, ".ja.md"))),
            ]),)*
        ];
    };
}

// The first topic that is asked for is taken, so the more exact words come first.
topics! {
    "long", ["long", "story", "essay"], ["長い", "長文", "物語"];
    "trouble", ["trouble", "kill", "crash", "break", "robust"], ["トラブル", "強制終了", "壊", "落ち"];
    "formats", ["format", "markdown", "style", "everything"], ["書式", "フォーマット", "マークダウン", "全部"];
    "table", ["table"], ["表を", "表で", "一覧表", "テーブル"];
    "code", ["code", "program", "rust", "python", "function"], ["コード", "プログラム", "関数"];
    "formula", ["formula", "math", "equation", "latex"], ["数式", "数学", "方程式"];
    "list", ["list", "steps", "recipe"], ["リスト", "箇条書き", "手順", "レシピ"];
    "thinking", ["think", "reason", "puzzle"], ["考え", "推論", "なぞなぞ"];
    "real", ["real", "model", "openai", "ollama", "key", "token", "install", "server", "discord"], ["本物", "モデル", "導入", "サーバー", "トークン", "ディスコード"];
    "hello", [], [];
}

/// What is thought before the answer about thinking.
const THOUGHTS: [&str; 2] = [
    include_str!("guide/thoughts.en.md"),
    include_str!("guide/thoughts.ja.md"),
];

/// Lets the guide answer whatever is asked, at the pace of a usual model.
pub(super) fn answers(settings: &mut Settings) {
    *settings = Settings {
        models: vec![ModelCard {
            id: NAME.to_owned(),
            context_tokens: 128_000,
            reasons: false,
        }],
        unscripted: Unscripted::Guide(topics()),
        ..Settings::for_people()
    };
}

fn topics() -> Vec<Topic> {
    let mut topics = Vec::new();
    for (name, languages) in TOPICS {
        for (japanese, ((words, text), thoughts)) in [false, true]
            .into_iter()
            .zip(languages.iter().zip(THOUGHTS))
        {
            topics.push(Topic {
                japanese,
                words: words.iter().map(|word| (*word).to_owned()).collect(),
                thoughts: (*name == "thinking").then(|| thoughts.trim().to_owned()),
                text: text.trim().to_owned(),
            });
        }
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_there_in_both_languages_and_one_answers_everything_else() {
        let topics = topics();
        for japanese in [false, true] {
            let own = topics.iter().filter(|topic| topic.japanese == japanese);
            let own: Vec<&Topic> = own.collect();
            assert_eq!(own.len(), TOPICS.len());
            assert_eq!(own.iter().filter(|topic| topic.words.is_empty()).count(), 1);
            assert!(own.iter().all(|topic| !topic.text.is_empty()));
            let long = own.first().unwrap();
            assert!(
                long.text.chars().count() > 2_000,
                "more than one message of Discord"
            );
        }
    }
}
