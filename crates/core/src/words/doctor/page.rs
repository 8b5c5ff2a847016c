//! All findings as one page for a terminal: a sign, what was looked at, what was found; below it why and what to do.

use unicode_width::UnicodeWidthStr as _;

use super::{label, leads, sign, told, verdict};
use crate::{
    findings::{Check, Finding, State},
    words::Locale,
};

/// Whether signs have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They have.
    On,
    /// They are plain, as in files and pipes.
    Off,
}

/// The whole page, a line break at its end.
pub fn page(locale: Locale, findings: &[Finding], colours: Colours) -> String {
    let mut page = String::new();
    let mut before = None;
    for finding in findings {
        let check = finding.check();
        // What is looked at several times is named once.
        let name = if before == Some(check) {
            ""
        } else {
            label(locale, check)
        };
        before = Some(check);
        page.push_str(&lines(locale, finding, name, colours));
    }
    let of = |state| {
        let found = findings.iter();
        found.filter(|finding| finding.state() == state).count()
    };
    page.push('\n');
    page.push_str(&verdict(locale, of(State::Broken), of(State::Warning)));
    page.push('\n');
    page
}

/// One finding, as the page shows it.
pub fn line(locale: Locale, finding: &Finding, colours: Colours) -> String {
    lines(locale, finding, label(locale, finding.check()), colours)
}

/// What was found alone, where the next question says what to do.
pub fn brief(locale: Locale, finding: &Finding, colours: Colours) -> String {
    let whole = line(locale, finding, colours);
    let first = whole.lines().next().unwrap_or_default();
    format!("{first}\n")
}

fn lines(locale: Locale, finding: &Finding, name: &str, colours: Colours) -> String {
    // Japanese letters take two columns, so widths are counted, not letters.
    let widths = Check::ALL.iter().map(|&check| label(locale, check).width());
    let width = widths.max().unwrap_or_default();
    let indent = " ".repeat(width + 4);
    let told = told(locale, finding);
    let gap = " ".repeat(width - name.width() + 2);
    let sign = coloured(finding.state(), colours);
    let mut lines = format!("{sign} {name}{gap}{}\n", hanging(&told.what, &indent));
    let [why, mend] = leads(locale);
    for (lead, text) in [(why, &told.why), (mend, &told.mend)] {
        if let Some(text) = text {
            lines.push_str(&format!("{indent}{lead}{}\n", hanging(text, &indent)));
        }
    }
    lines
}

/// Further lines begin below the first.
fn hanging(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}

fn coloured(state: State, colours: Colours) -> String {
    let sign = sign(state);
    let colour = match state {
        State::Fine => 32,
        State::Warning => 33,
        State::Broken => 31,
    };
    match colours {
        Colours::On => format!("\u{1b}[{colour}m{sign}\u{1b}[0m"),
        Colours::Off => sign.to_owned(),
    }
}
