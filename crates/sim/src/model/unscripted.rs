//! The answer given when nobody wrote one: it says so, and repeats the question.

use super::{
    answer::{Answer, Piece},
    settings::Topic,
};

/// A friendly answer with some markdown in it, in Japanese when the question has kana.
///
/// A question with "long" (長い) in it gets one that fills several Discord messages.
pub(super) fn echo(question: &str) -> Answer {
    let quoted = quote(question);
    let japanese = question.chars().any(is_kana);
    let long = question.contains("長い") || question.to_lowercase().contains("long");
    let mut text = if japanese {
        format!(
            "これは Kaiwa のシミュレーターが用意した返事です。後ろに本物のモデルはいません。\n\n{quoted}\n\n\
             **試せること**\n- このスレッドで、メンションなしで話し続ける\n- メッセージを編集・削除してみる\n\
             - 「長い返事」を頼んでみる\n\n```rust\nfn main() {{\n    println!(\"会話\");\n}}\n```"
        )
    } else {
        format!(
            "This is a scripted answer from Kaiwa's simulator; there is no model behind it. You said:\n\n\
             {quoted}\n\n**Things to try**\n- keep talking in this thread, without a mention\n\
             - edit or delete one of your messages\n- ask for a long answer\n\n```rust\nfn main() {{\n    \
             println!(\"kaiwa\");\n}}\n```"
        )
    };
    if long {
        for number in 1..=60 {
            let line = if japanese {
                format!(
                    "\n{number}. 長い返事の{number}行目です。海は青く、空は広く、言葉は続きます。"
                )
            } else {
                format!(
                    "\n{number}. Line {number} of a long answer: the sea is blue, the sky is wide, and the words go on."
                )
            };
            text.push_str(&line);
        }
    }
    Answer::new(tokens(&text))
}

/// What a guide says on the topic that the question is about, in its language.
pub(super) fn guide(question: &str, topics: &[Topic]) -> Answer {
    let japanese = question.chars().any(is_japanese);
    let asked = question.to_lowercase();
    let fits = |topic: &&Topic| topic.japanese == japanese;
    let named = topics
        .iter()
        .filter(fits)
        .find(|topic| topic.words.iter().any(|word| names(&asked, word)));
    let other = || {
        topics
            .iter()
            .filter(fits)
            .find(|topic| topic.words.is_empty())
    };
    let Some(topic) = named.or_else(other) else {
        return echo(question);
    };
    let text = topic.text.replace("{question}", &quote(question));
    let mut pieces = Vec::new();
    if let Some(thoughts) = &topic.thoughts {
        pieces.extend(cut(thoughts).into_iter().map(Piece::Reasoning));
    }
    pieces.extend(tokens(&text));
    Answer::new(pieces)
}

fn quote(question: &str) -> String {
    const MOST: usize = 500;
    let mut shown: String = question.chars().take(MOST).collect();
    if question.chars().count() > MOST {
        shown.push('…');
    }
    let lines: Vec<String> = shown.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}')
}

/// Whether a word stands in a text: in languages with spaces, at the beginning of one of its words.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !word.is_ascii() || before.is_none_or(|before| !before.is_ascii_alphanumeric())
    })
}

/// Kana or Chinese characters.
fn is_japanese(character: char) -> bool {
    is_kana(character) || matches!(character, '\u{4e00}'..='\u{9fff}')
}

/// Cuts a text about where a tokenizer would: before spaces, and every few characters without any.
fn cut(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for character in text.chars() {
        let starts_word = character.is_whitespace() && !piece.ends_with(char::is_whitespace);
        let full = piece.chars().count() >= 8 || (!character.is_ascii() && piece.len() >= 6);
        if !piece.is_empty() && (starts_word || full) {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push(character);
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

fn tokens(text: &str) -> Vec<Piece> {
    cut(text).into_iter().map(Piece::Text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_repeated_in_its_language() {
        let answer = echo("what color is the sea?");
        assert!(answer.text().contains("> what color is the sea?"));
        assert!(answer.text().contains("scripted answer"));
        assert!(echo("海は何色ですか").text().contains("シミュレーター"));
    }

    #[test]
    fn a_guide_answers_by_topic_and_language() {
        let topic = |japanese, words: &[&str], text: &str| Topic {
            japanese,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            thoughts: (text == "Thought through.").then(|| "Hm.".to_owned()),
            text: text.to_owned(),
        };
        let topics = [
            topic(false, &["table", "rows"], "A table."),
            topic(false, &["think"], "Thought through."),
            topic(true, &["表"], "表です。"),
            topic(false, &[], "Hello!\n{question}"),
            topic(true, &[], "こんにちは。"),
        ];
        let said = |question: &str| guide(question, &topics).text();
        assert_eq!(said("Show me ROWS"), "A table.");
        assert_eq!(said("表を見せて"), "表です。");
        assert_eq!(said("a stable one"), "Hello!\n> a stable one");
        assert_eq!(said("元気"), "こんにちは。");
        assert_eq!(said("who are you?"), "Hello!\n> who are you?");
        let thinks = guide("think", &topics).choices.remove(0).pieces;
        assert_eq!(thinks.first(), Some(&Piece::Reasoning("Hm.".to_owned())));
    }

    #[test]
    fn long_answers_are_longer_than_two_messages() {
        assert!(echo("a LONG answer please").text().chars().count() > 4_000);
        assert!(echo("hello").text().chars().count() < 1_000);
    }

    #[test]
    fn pieces_are_small_and_joined_are_the_text() {
        let text = "the sea is blue and 海は青い青い青い青い\n\n```x```";
        let pieces = tokens(text);
        assert!(pieces.len() > 8);
        assert_eq!(Answer::new(pieces).text(), text);
    }
}
