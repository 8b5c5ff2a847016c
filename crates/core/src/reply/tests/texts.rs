//! Texts as models write them, and as nobody should.

use proptest::prelude::*;

/// So many cases; what fails is worth a test of its own rather than a file of seeds.
pub(super) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    }
}

/// Where what was streamed is divided otherwise than what is known at once, and not only because words that lead to a table were
/// seen before the table was known.
pub(super) fn difference<'a>(
    streamed: &'a [String],
    at_once: &'a [String],
) -> Option<(&'a str, &'a str)> {
    let at = streamed.iter().zip(at_once).position(|(a, b)| a != b);
    let Some(at) = at else {
        let same = streamed.len() == at_once.len();
        return (!same).then_some(("in so many messages", "in others"));
    };
    let more = streamed.get(at)?.strip_prefix(at_once.get(at)?.as_str());
    let more = more.unwrap_or_default().trim();
    let next = at_once.get(at + 1);
    let leads = more.ends_with([':', '：']) && next.is_some_and(|next| next.starts_with(more));
    (!leads).then_some((streamed.get(at)?, at_once.get(at)?))
}

/// A text that is well formed: every fence is closed, and nothing in it looks like two blocks of code in a row.
pub(super) fn sensible() -> impl Strategy<Value = String> {
    prop::collection::vec(block(), 1..12).prop_map(|blocks| blocks.join("\n\n"))
}

/// A well-formed text without words that are longer than lines, nor than the part of a message in which a break is
/// looked for: such a word is cut where it happens to be once it has been shown, and moved whole when it has not.
pub(super) fn ordinary() -> impl Strategy<Value = String> {
    let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let short = move |text: &String| {
        text.split_whitespace()
            .all(|word| word.len() < if plain(word) { 40 } else { 100 })
    };
    prop::collection::vec(block().prop_filter("a long word", short), 1..12)
        .prop_map(|blocks| blocks.join("\n\n"))
}

/// Anything at all, rich in what is hard.
pub(super) fn anything() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => block(),
        4 => "[*_~|`\\\\\n >#.:()\\[\\]!<a1日。-]{0,40}",
        2 => "\\PC{0,60}",
        1 => "[ \n\t\u{3000}]{0,300}",
        1 => prop::sample::select(vec![
            "```", "\n```\n", "````md\n", "~~~\n", "**", "***", "`", "||", "__", "> ", "\n\n", "\n", "| a |\n",
            "[a](", "<@1", "https://x.y/", "-# small\n", "# ", "1. ", "\u{200b}", "\r\n", "\\", "> ```\n", "<think>",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn block() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => prop::collection::vec(sentence(), 1..6).prop_map(|sentences| sentences.join(" ")),
        2 => prop::collection::vec(japanese(), 1..12).prop_map(|sentences| sentences.concat()),
        2 => (language(), prop::collection::vec(code_line(), 1..14))
            .prop_map(|(language, lines)| format!("```{language}\n{}\n```", lines.join("\n"))),
        1 => prop::collection::vec(code_line(), 1..5).prop_map(|lines| format!("~~~\n{}\n~~~", lines.join("\n"))),
        2 => prop::collection::vec(sentence(), 1..8)
            .prop_map(|items| items.iter().map(|item| format!("- {item}\n")).collect::<String>().trim_end().to_owned()),
        1 => prop::collection::vec(code_line(), 1..4).prop_map(|lines| {
            let lines: String = lines.iter().map(|line| format!("   {line}\n")).collect();
            format!("1. Do this:\n   ```sh\n{lines}   ```\n2. Then rest.")
        }),
        1 => prop::collection::vec("[a-z]{1,12}", 2..10).prop_map(|cells| {
            let rows: String = cells.iter().map(|cell| format!("| {cell} | {cell} |\n")).collect();
            format!("| a | b |\n|---|---|\n{}", rows.trim_end())
        }),
        1 => (0..3_u8, prop::collection::vec("[a-z]{1,12}", 2..10)).prop_map(|(kind, cells)| {
            let (before, front) = match kind {
                0 => ("", "> "),
                1 => ("- As follows:\n", "    "),
                _ => ("", ""),
            };
            let rows: String = cells.iter().map(|cell| format!("\n{front}{cell} | {cell}")).collect();
            format!("{before}{front}a | b\n{front}---|---{rows}")
        }),
        1 => "[A-Z][a-z ]{3,30}[a-z]".prop_map(|title| format!("## {title}")),
        1 => prop::collection::vec(sentence(), 1..3)
            .prop_map(|lines| lines.iter().map(|line| format!("> {line}\n")).collect::<String>().trim_end().to_owned()),
        1 => "[a-zA-Z0-9]{50,600}",
        1 => "[א-ת]{2,8}( [א-ת]{2,8}){3,20}\\.",
        1 => "(👩‍🚀|🇯🇵|👍🏽|e\u{301}|क्षि){10,120}",
    ]
}

fn sentence() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 3..14).prop_map(|words| format!("The {}.", words.join(" ")))
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[a-z]{1,10}",
        2 => "[a-z]{1,8},",
        1 => "[a-z ]{0,20}[a-z]".prop_map(|words| format!("**{}**", words.trim())),
        1 => "[a-z ]{0,20}[a-z]".prop_map(|words| format!("*{}*", words.trim())),
        1 => "[a-z]{1,10}".prop_map(|word| format!("`{word}()`")),
        1 => "[a-z]{1,10}".prop_map(|word| format!("[{word} here](https://{word}.example/{word})")),
        1 => "[a-z]{1,30}".prop_map(|word| format!("https://{word}.example/?q={word}")),
        1 => Just("<@175928847299117063>".to_owned()),
        1 => Just("snake_case_name".to_owned()),
        1 => Just("👩‍🚀".to_owned()),
    ]
}

fn japanese() -> impl Strategy<Value = String> {
    "[ぁ-ん]{1,6}[一-龠]{1,4}[ぁ-ん]{1,5}(、[ァ-ヶ]{2,6}[ぁ-ん]{1,4}){0,2}[。！？]"
}

fn language() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "rust", "py", "c++"]).prop_map(str::to_owned)
}

fn code_line() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "( {0,8})[a-z]{1,10} = [a-z]{1,10}\\([a-z0-9, ]{0,30}\\);",
        1 => Just("  // **not** _markup_ `here`".to_owned()),
    ]
}
