//! Which language a message is in, as far as the bot's own words need to know.
//!
//! Kana is Japanese, Han is Japanese where the guild is; three Latin words are English; anything else is as the
//! guild is. Code and addresses say nothing about the language of the one who pastes them. An English
//! sentence about a Japanese word stays English, Japanese full of product names stays Japanese.

use super::Locale;

/// Words that make a sentence English and that Japanese doesn't borrow, sorted.
const ENGLISH_WORDS: [&str; 46] = [
    "a", "about", "an", "and", "are", "as", "at", "but", "can", "could", "did", "do", "does",
    "for", "from", "give", "have", "how", "i", "if", "in", "is", "it", "like", "me", "mean", "my",
    "of", "on", "please", "say", "that", "the", "this", "to", "was", "what", "when", "where",
    "which", "who", "why", "with", "would", "write", "you",
];

/// The language to answer `text` in; `guild` is what the guild says it speaks.
pub fn language_of(text: &str, guild: Locale) -> Locale {
    let mut seen = Seen::default();
    for (index, stretch) in text.split("```").enumerate() {
        // Every second stretch is inside a fence.
        if index % 2 == 0 {
            for (index, words) in stretch.split('`').enumerate() {
                if index % 2 == 0 {
                    seen.look_at(words);
                }
            }
        }
    }
    let english = seen.latin_words >= 3;
    if seen.kana > 0 {
        let about_a_word =
            english && seen.english_words >= 2 && seen.latin_words >= seen.kana + seen.han;
        return if about_a_word { Locale::En } else { Locale::Ja };
    }
    if seen.han > 0 && guild == Locale::Ja {
        return Locale::Ja;
    }
    if english { Locale::En } else { guild }
}

/// What was seen of a text.
#[derive(Default)]
struct Seen {
    kana: usize,
    han: usize,
    latin_words: usize,
    english_words: usize,
}

impl Seen {
    fn look_at(&mut self, text: &str) {
        for chunk in text.split_whitespace() {
            if chunk.contains("://") {
                continue;
            }
            for character in chunk.chars() {
                match character {
                    'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ㇰ'..='ㇿ' | 'ｦ'..='ﾝ' => self.kana += 1,
                    '々' | '㐀'..='䶿' | '一'..='鿿' | '豈'..='﫿' | '𠀀'..='𲎯' => {
                        self.han += 1
                    }
                    _ => {}
                }
            }
            let latin = |character: char| {
                character.is_ascii_alphabetic() || matches!(character, 'À'..='ɏ' | '\'' | '’')
            };
            for word in chunk
                .split(|character| !latin(character))
                .filter(|word| !word.is_empty())
            {
                self.latin_words += 1;
                let known = ENGLISH_WORDS.binary_search(&word.to_ascii_lowercase().as_str());
                self.english_words += usize::from(known.is_ok());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_for_the_language_it_is_in() {
        use Locale::{En, Ja};
        // Text, in an English guild, in a Japanese guild.
        let table = [
            ("今日の天気は？", Ja, Ja),
            ("カタカナ", Ja, Ja),
            ("ﾊﾝｶｸ", Ja, Ja),
            ("東京都", En, Ja),
            ("what is the sea?", En, En),
            ("thanks a lot", En, En),
            ("ok", En, Ja),
            ("", En, Ja),
            ("🎉🎉🎉", En, Ja),
            ("안녕하세요", En, Ja),
            ("What does 食べる mean?", En, En),
            ("Next.js App RouterでServer Componentsを使う方法", Ja, Ja),
            (
                "これ直して ```python\nfor a in the_list:\n    if a is not None and a.b:\n        print(a)\n```",
                Ja,
                Ja,
            ),
            ("`let me = the.one` とは", Ja, Ja),
            ("https://example.com/what/is/the/matter 要約", En, Ja),
            ("fix ```print('こんにちは')``` for me", En, En),
        ];
        for (text, english_guild, japanese_guild) in table {
            assert_eq!(
                language_of(text, En),
                english_guild,
                "{text} in an English guild"
            );
            assert_eq!(
                language_of(text, Ja),
                japanese_guild,
                "{text} in a Japanese guild"
            );
        }
    }

    #[test]
    fn the_english_words_can_be_searched() {
        assert!(ENGLISH_WORDS.is_sorted());
    }
}
