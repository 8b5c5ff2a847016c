//! Things within a line that mean nothing when they are cut: links, addresses, mentions, emoji.

use std::ops::ControlFlow;

/// How long what looks like a masked link may become before it has an address, in bytes.
const LONGEST_LINK: usize = 600;
/// The longest `<...>` that is no address, in bytes.
const LONGEST_ANGLE: usize = 512;
/// How many brackets are open in one another at the most: each text is looked at so many times.
const DEEPEST: u32 = 32;

/// What begins at a place in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// A whole thing that ends here.
    Whole(usize),
    /// Something that may become a whole thing when more text arrives.
    Begun,
    /// An address, or a link to one, that goes on as far as the text does.
    Growing,
    /// Nothing of that kind.
    None,
}

/// A masked link, `[words](address)`, or a picture, which has `!` in front; `at` is where its bracket is.
///
/// `open` says that the line may still grow.
pub(super) fn link(line: &str, at: usize, open: bool) -> Atom {
    let rest = line.get(at..).unwrap_or_default();
    let words = match bracketed(rest, b'[', b']') {
        ControlFlow::Break(end) => end,
        ControlFlow::Continue(()) if open && rest.len() <= LONGEST_LINK => return Atom::Begun,
        ControlFlow::Continue(()) => return Atom::None,
    };
    let address = rest.get(words..).unwrap_or_default();
    if address.is_empty() {
        return if open { Atom::Begun } else { Atom::None };
    }
    if !address.starts_with('(') {
        return Atom::None;
    }
    match bracketed(address, b'(', b')') {
        ControlFlow::Break(end) => Atom::Whole(at + words + end),
        ControlFlow::Continue(()) if open && is_address(address) => Atom::Growing,
        ControlFlow::Continue(()) if open && rest.len() <= LONGEST_LINK => Atom::Begun,
        ControlFlow::Continue(()) => Atom::None,
    }
}

/// All of what stands behind the opening bracket may be an address, and is enough to tell.
fn is_address(bracketed: &str) -> bool {
    let address = bracketed.trim_start_matches(['(', '<']);
    ["http://", "https://"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
        && !address.contains(char::is_whitespace)
}

/// A mention, a channel, an emoji, a time, a command, or an address in angle brackets.
pub(super) fn angle(line: &str, at: usize, open: bool) -> Atom {
    const STARTS: [&str; 8] = ["<@", "<#", "<:", "</", "<a:", "<t:", "<id:", "<http"];
    /// A command may have a group and a command of that group: `</name group command:id>`.
    const SPACES: usize = 2;
    let rest = line.get(at..).unwrap_or_default();
    let mut spaces = if rest.starts_with("</") { SPACES } else { 0 };
    let mut ends = |byte: u8| {
        let within = byte == b' ' && spaces > 0;
        spaces -= usize::from(within);
        byte == b'>' || byte.is_ascii_whitespace() && !within
    };
    let is_address = rest.starts_with("<http://") || rest.starts_with("<https://");
    let longest = if is_address {
        rest.len()
    } else {
        LONGEST_ANGLE
    };
    let end = rest.bytes().take(longest).position(&mut ends);
    match end {
        Some(end)
            if rest.as_bytes().get(end) == Some(&b'>')
                && STARTS.iter().any(|start| rest.starts_with(start)) =>
        {
            Atom::Whole(at + end + 1)
        }
        None if open && is_address => Atom::Growing,
        None if open
            && rest.len() < LONGEST_ANGLE
            && STARTS
                .iter()
                .any(|start| rest.starts_with(start) || start.starts_with(rest)) =>
        {
            Atom::Begun
        }
        Some(_) | None => Atom::None,
    }
}

/// A web address that stands in the text as it is.
pub(super) fn address(line: &str, at: usize, open: bool) -> Atom {
    let before = line.get(..at).unwrap_or_default().chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return Atom::None;
    }
    let rest = line.get(at..).unwrap_or_default();
    if !rest.starts_with("http://") && !rest.starts_with("https://") {
        let begun = open && ("https://".starts_with(rest) || "http://".starts_with(rest));
        return if begun { Atom::Begun } else { Atom::None };
    }
    let mut depth = 0_u32;
    for (offset, c) in rest.char_indices() {
        let ends = match c {
            '<' | '>' | '"' | '`' | '*' | '|' | '\\' => true,
            // Full stops, brackets and the like of Chinese and Japanese.
            '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' => true,
            '(' => {
                depth += 1;
                false
            }
            ')' if depth == 0 => true,
            ')' => {
                depth -= 1;
                false
            }
            _ => c.is_whitespace(),
        };
        if ends {
            return Atom::Whole(at + offset);
        }
    }
    if open {
        Atom::Growing
    } else {
        Atom::Whole(line.len())
    }
}

/// Where the bracket that opens at the front is closed again: behind it, in bytes.
fn bracketed(rest: &str, opening: u8, closing: u8) -> ControlFlow<usize> {
    let mut depth = 0_u32;
    let mut escaped = false;
    for (offset, byte) in rest.bytes().enumerate() {
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == opening {
            depth += 1;
            if depth > DEEPEST {
                break;
            }
        } else if byte == closing {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return ControlFlow::Break(offset + 1);
            }
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_mentions_and_addresses_are_seen_whole_or_begun() {
        type Find = fn(&str, usize, bool) -> Atom;
        let table: [(Find, &str, Atom); 25] = [
            (link, "[a](b)", Atom::Whole(6)),
            (link, "[a [b] c](d(e)) f", Atom::Whole(15)),
            (link, "[a](b", Atom::Begun),
            (link, "[a]", Atom::Begun),
            (link, "[1] is", Atom::None),
            (link, r"[a\](b)", Atom::Begun),
            (link, "[a](https://b.c/(d)", Atom::Growing),
            (link, "[a](https://b.c is", Atom::Begun),
            (angle, "<https://a", Atom::Growing),
            (angle, "<https://a b", Atom::None),
            (angle, "<@12>", Atom::Whole(5)),
            (angle, "<a:wave:1> x", Atom::Whole(10)),
            (angle, "<", Atom::Begun),
            (angle, "<@1", Atom::Begun),
            (angle, "</ask me now:1> x", Atom::Whole(15)),
            (angle, "</ask me", Atom::Begun),
            (angle, "</b that is none>", Atom::None),
            (angle, "<div>", Atom::None),
            (angle, "< b", Atom::None),
            (address, "https://a.b/c?d e", Atom::Whole(15)),
            (address, "https://a.b/(c)) e", Atom::Whole(15)),
            (address, "https://a.b。次", Atom::Whole(11)),
            (address, "https:/", Atom::Begun),
            (address, "hello", Atom::None),
            (address, "https://a", Atom::Growing),
        ];
        for (find, line, expected) in table {
            assert_eq!(find(line, 0, true), expected, "{line:?}");
        }
        assert_eq!(link("[a](b", 0, false), Atom::None);
        assert_eq!(address("https://a", 0, false), Atom::Whole(9));
        assert_eq!(address("xhttps://a", 1, false), Atom::None);
        assert_eq!(address("はhttps://a", 3, false), Atom::Whole(12));
    }
}
