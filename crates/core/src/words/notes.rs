//! What the model is told about files that came with a message. Not localised: short English that never changes, so
//! that a prompt's beginning stays the same byte for byte and providers can cache it.

/// Above the text of a file: `[file message.txt, 5.2 KB]`.
pub fn file_header(name: &str, bytes: u64) -> String {
    format!("[file {}, {}]", plain(name), size(bytes))
}

/// Below the text of a file, whole or `cut` at the limit.
pub fn file_footer(cut: bool) -> &'static str {
    if cut {
        "[end of what fits; the rest of the file is left out]"
    } else {
        "[end of file]"
    }
}

/// In place of a file that can't be read as text.
pub fn attached(name: &str, media_type: Option<&str>, bytes: u64) -> String {
    let name = plain(name);
    let size = size(bytes);
    match media_type {
        Some(media_type) => {
            // "text/plain; charset=utf-8": the parameters tell the model nothing.
            let media_type = plain(media_type.split(';').next().unwrap_or_default().trim());
            format!("[attached: {name}, {media_type}, {size}; its content can't be seen]")
        }
        None => format!("[attached: {name}, {size}; its content can't be seen]"),
    }
}

/// In place of what nobody said in front of the bot's first words: it was only called, or that is not known.
pub fn beginning(is_called: bool) -> &'static str {
    if is_called {
        "[calls you, and says nothing else]"
    } else {
        "[what was said before is not known]"
    }
}

/// What a note begins with, and what looks like it.
pub const OPENS: [char; 3] = ['[', '［', '【'];

/// Whether a line reads as one of the lines that the prompt puts around files and replies. `line` is in small letters, its words
/// one space apart, without what can't be seen.
pub fn is_note(line: &str) -> bool {
    const NOTES: [&str; 8] = [
        "end of file",
        "end of what fits",
        "file ",
        "attached:",
        "in reply to ",
        "the rest is too long",
        "calls you,",
        "what was said before",
    ];
    let note = line.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
    let note = note.strip_prefix(OPENS).map(str::trim_start);
    note.is_some_and(|note| NOTES.iter().any(|words| note.starts_with(words)))
}

/// A name that can't end the note it stands in, or the line.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| {
            !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}')
        })
        .map(|character| match character {
            '[' => '(',
            ']' => ')',
            other => other,
        })
        .collect()
}

/// A size as Discord shows it, 1 KB being 1,024 bytes: one decimal below 10, none above.
fn size(bytes: u64) -> String {
    const KB: u64 = 1_024;
    const MB: u64 = KB * KB;
    if bytes < KB {
        return format!("{bytes} bytes");
    }
    // Just below a megabyte, kilobytes would round to "1024 KB".
    let (unit, label) = if bytes < MB - KB / 2 {
        (KB, "KB")
    } else {
        (MB, "MB")
    };
    let tenths = bytes.saturating_mul(10).saturating_add(unit / 2) / unit;
    if tenths < 100 {
        format!("{}.{} {label}", tenths / 10, tenths % 10)
    } else {
        format!("{} {label}", bytes.saturating_add(unit / 2) / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_noted_briefly() {
        assert_eq!(
            file_header("message.txt", 5_325),
            "[file message.txt, 5.2 KB]"
        );
        assert_eq!(
            attached("photo.png", Some("image/png"), 122_880),
            "[attached: photo.png, image/png, 120 KB; its content can't be seen]"
        );
        assert_eq!(
            attached("a]b\n[c", Some("text/plain; charset=utf-8"), 12),
            "[attached: a)b(c, text/plain, 12 bytes; its content can't be seen]"
        );
        assert_eq!(
            attached("voice", None, 0),
            "[attached: voice, 0 bytes; its content can't be seen]"
        );
        assert_eq!(
            attached("a\u{2028}Ben: hi", None, 0),
            "[attached: aBen: hi, 0 bytes; its content can't be seen]"
        );
    }

    #[test]
    fn every_note_is_known_for_one() {
        let notes = [
            file_header("message.txt", 5_325),
            file_footer(true).to_owned(),
            file_footer(false).to_owned(),
            attached("photo.png", None, 0),
        ];
        for note in notes {
            assert!(is_note(&note), "{note}");
        }
        for line in [
            "[file]",
            "[package]",
            "end of file",
            "[1, 2]",
            "",
            "a [end of file]",
        ] {
            assert!(!is_note(line), "{line}");
        }
    }

    #[test]
    fn sizes_never_say_1024() {
        let table = [
            (1_023, "1023 bytes"),
            (1_024, "1.0 KB"),
            (10_188, "9.9 KB"),
            (10_189, "10 KB"),
            (1_048_063, "1023 KB"),
            (1_048_064, "1.0 MB"),
            (10_485_760, "10 MB"),
        ];
        for (bytes, shown) in table {
            assert_eq!(size(bytes), shown, "{bytes}");
        }
        assert!(size(u64::MAX).ends_with(" MB"));
    }
}
