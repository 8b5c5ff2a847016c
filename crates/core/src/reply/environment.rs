//! Environments of LaTeX's mathematics: at the beginning of a line they need no mark around them to be formulas.

use super::{
    form::Step,
    formula::{LONGEST_DISPLAY, Source, is_broken, unquoted},
    line::{QUOTE_DEPTH, strip_quotes},
    mathematics::unicode,
    prose::is_prose,
};

const BEGIN: &str = "\\begin{";
/// The longest name with its end, in bytes.
const LONGEST: usize = 16;

/// What an environment says of what stands in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// That it is a formula.
    Formula,
    /// How its lines are set.
    Lines,
    /// More than that: it is a matrix, or has a brace.
    More,
}

const ENVIRONMENTS: [(&str, Says); 21] = [
    ("Bmatrix", Says::More),
    ("Vmatrix", Says::More),
    ("align", Says::Lines),
    ("alignat", Says::More),
    ("aligned", Says::Lines),
    ("array", Says::More),
    ("bmatrix", Says::More),
    ("cases", Says::More),
    ("dcases", Says::More),
    ("displaymath", Says::Formula),
    ("eqnarray", Says::More),
    ("equation", Says::Formula),
    ("gather", Says::Lines),
    ("gathered", Says::Lines),
    ("matrix", Says::More),
    ("multline", Says::Formula),
    ("pmatrix", Says::More),
    ("rcases", Says::More),
    ("smallmatrix", Says::More),
    ("split", Says::Lines),
    ("vmatrix", Says::More),
];

/// An environment, if one begins at the front of `rest`, which is the text as far as it is known. `line` stands in front of it on
/// its line.
pub(super) fn environment(rest: &str, line: &str, ended: bool) -> Step {
    let (quote, words) = strip_quotes(line, QUOTE_DEPTH);
    let (name, says) = match name(rest) {
        Name::Is(name, says) if words.trim().is_empty() => (name, says),
        Name::Begun if words.trim().is_empty() && !ended => return Step::Hold,
        Name::Is(..) | Name::Begun | Name::None => return Step::Keep(1),
    };
    let open = BEGIN.len() + name.len() + 1;
    let inner = rest.get(open..).unwrap_or_default();
    let window = inner
        .get(..inner.floor_char_boundary(LONGEST_DISPLAY))
        .unwrap_or(inner);
    let Some((end, close)) = close(window, name) else {
        let over = inner.len() > LONGEST_DISPLAY || is_broken(&unquoted(window, quote), false);
        return if ended || over {
            Step::Keep(open)
        } else {
            Step::Hold
        };
    };
    let content = unquoted(inner.get(..end).unwrap_or_default(), quote);
    let is_talk = is_prose(content.trim()) && !content.contains(['\n', '\\', '^', '_', '=', '&']);
    if is_broken(&content, false) || is_talk || content.trim().is_empty() {
        return Step::Keep(open);
    }
    let length = open + close;
    let latex = match says {
        Says::Formula => content.trim().to_owned(),
        Says::Lines | Says::More => {
            unquoted(rest.get(..length).unwrap_or_default(), quote).into_owned()
        }
    };
    let text = match says {
        Says::Formula | Says::Lines => unicode(&content),
        Says::More => None,
    };
    let source = Source {
        latex,
        begins_line: true,
        is_quoted: quote > 0,
    };
    source.shown(length, text)
}

/// The name of an environment that begins at the front of a text.
enum Name<'a> {
    /// It has this name.
    Is(&'a str, Says),
    /// It may have one when more text arrives.
    Begun,
    /// It is none of mathematics.
    None,
}

fn name(rest: &str) -> Name<'_> {
    let Some(named) = rest.strip_prefix(BEGIN) else {
        return if BEGIN.starts_with(rest) {
            Name::Begun
        } else {
            Name::None
        };
    };
    // No name is longer: what has no end is not looked through for each of many.
    let head = named
        .get(..named.floor_char_boundary(LONGEST))
        .unwrap_or(named);
    let Some((name, _)) = head.split_once('}') else {
        let mut names = ENVIRONMENTS.iter();
        return if names.any(|(known, _)| format!("{known}*").starts_with(named)) {
            Name::Begun
        } else {
            Name::None
        };
    };
    let plain = name.strip_suffix('*').unwrap_or(name);
    let found = ENVIRONMENTS.iter().find(|(known, _)| *known == plain);
    found.map_or(Name::None, |(_, says)| Name::Is(name, *says))
}

/// Where an environment is closed that was opened in front of the text: where what stands in it ends, and where it does.
fn close(text: &str, name: &str) -> Option<(usize, usize)> {
    let (open, close) = (format!("{BEGIN}{name}}}"), format!("\\end{{{name}}}"));
    let ends = text.match_indices(&close).enumerate();
    // Others of the same name may stand in it.
    let mut ends = ends.filter_map(|(closed, (end, _))| {
        let opened = text.get(..end)?.matches(&open).count();
        (closed >= opened).then_some((end, end + close.len()))
    });
    ends.next()
}
