//! Formulas in the text: where one is told from words, and how it is shown.

use super::forms::shown;
use crate::reply::form::Form;

#[test]
fn formulas_are_shown_as_unicode_where_nothing_is_lost() {
    let table = [
        (r"so \(x^2\) is", "so x² is"),
        (r"\[ E = mc^2 \]", "E = mc²"),
        ("$$\na^2 + b^2\n$$\nthen", "a² + b²\nthen"),
        ("where $x$ and $a_i \\le 5$.", "where x and aᵢ ≤ 5."),
        ("数式$x^2$です", "数式x²です"),
        ("関数$$f(x) = x^2$$の最小値", "関数f(x) = x²の最小値"),
        ("ここで$\\alpha$は", "ここでαは"),
        ("「$運動エネルギー = mv^2$」", "「運動エネルギー = mv²」"),
        (
            "CO$_2$, H$_2$O, m$^2$ and 10$^{-3}$",
            "CO₂, H₂O, m² and 10⁻³",
        ),
        (r"\[ 5 \]", "5"),
        (r"\[ - x^2 + y = 0 \]", "− x² + y = 0"),
        (r"\[ > 5_1 \]", r"\> 5₁"),
        (r"\(1. + x\)", r"1\. + x"),
        (r"\(-1\)", "-1"),
        (r"quadrilateral \(ABCD\), \(n\)", "quadrilateral ABCD, n"),
        ("数式 $x^2$ です", "数式 x² です"),
        (r"\(e^{-x^2}\)", r"`e^{-x^2}`"),
        (
            "\\[\n\\begin{matrix}\na & b\n\\end{matrix}\n\\]",
            "```latex\n\\begin{matrix}\na & b\n\\end{matrix}\n```",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_only_looks_like_a_formula_stays() {
    for text in [
        "It costs $5 and $6.",
        "$5-$6",
        "$5",
        "US$5 = 700円, US$6",
        "between $10 and $20 = cheap",
        "`$x^2$` and `\\(x\\)`",
        "```\n$x^2$ \\(x\\)\n```",
        "$HOME/bin:$PATH",
        "echo $PATH $HOME",
        r"\$x^2$",
        "米$100と豪$200です。$5円と$6円。",
        "é$x$ and 10$^{-3/x_y}$",
        r"Dear \[Your Name\],",
        "- \\[x\\] done\n- \\[ \\] to do",
        r"see \[1\]",
        r"\[URL\] of it",
        r"\(optional\) or \(任意\), \[氏名\]様",
        r"\\(x^2\\)",
        r"a \( b",
        "- $$ moderate\n- $$$ dear",
        "$",
        "$$",
        "\\(\n\nx\\)",
    ] {
        assert_eq!(shown(text), text);
    }
}

/// Cut at every byte, it is shown in the same way.
fn check(source: &str, expected: &str) {
    assert_eq!(shown(source), expected, "{source}");
    for (cut, _) in source.char_indices() {
        let mut form = Form::default();
        form.grow(&source[..cut], false);
        let before = form.shown().to_owned();
        form.grow(source, true);
        assert_eq!(form.shown().trim_end(), expected, "{source} cut at {cut}");
        assert!(form.shown().starts_with(&before), "{source} cut at {cut}");
    }
}

#[test]
fn a_formula_on_lines_of_its_own_in_a_quote_has_none_of_its_marks() {
    let table = [
        ("> $$\n> a + b = c\n> $$\nSo", "> a + b = c\nSo"),
        (">> $$\n>> a + b = c\n>> $$", ">> a + b = c"),
        (
            "> > $$\n> > a + b = c\n> > $$\n> > So",
            "> > a + b = c\n> > So",
        ),
        ("> so \\[ a^2\n> + b^2 \\] is", "> so a² + b² is"),
        ("> > \\[ a^2\n> > + b^2 \\]", "> > a² + b²"),
        ("> \\[ a\n> > b \\]", "> a > b"),
        ("\\[ a\n> b \\]", "a > b"),
        (
            "> \\[\n> x^{a^b} = \\frac{1}{2}\n> \\]\n\nSo",
            "> `x^{a^b} = \\frac{1}{2}`\n\nSo",
        ),
        (
            "> $$\n> \\begin{matrix}\n> a & b\n> \\end{matrix}\n> $$\n> So",
            "> ```latex\n> \\begin{matrix}\n> a & b\n> \\end{matrix}\n> ```\n> So",
        ),
        // Discord knows no quote in a quote: a second mark would be a part of the code.
        (
            "> > $$\n> > x_{d} =\n> > y_{d}\n> > $$",
            "> > ```latex\n> x_{d} =\n> y_{d}\n> ```",
        ),
        ("> \\( - x \\)", "> − x"),
        ("> $$\n> a\n>\n> b\n> $$", "> $$\n> a\n>\n> b\n> $$"),
    ];
    for (source, expected) in table {
        check(source, expected);
    }
}

#[test]
fn an_environment_of_mathematics_needs_no_mark_around_it() {
    let table = [
        (
            "\\begin{align}\nx &= 1 \\\\\ny &= 2\n\\end{align}\nSo",
            "```latex\n\\begin{align}\nx &= 1 \\\\\ny &= 2\n\\end{align}\n```\nSo",
        ),
        (
            "So:\n  \\begin{pmatrix} a & \\begin{pmatrix} b \\end{pmatrix} \\end{pmatrix}.",
            "So:\n  `\\begin{pmatrix} a & \\begin{pmatrix} b \\end{pmatrix} \\end{pmatrix}`.",
        ),
        ("\\begin{equation}\nE = mc^2\n\\end{equation}", "E = mc²"),
        (
            "\\begin{equation*} x_{d} = 1 \\end{equation*}.",
            "`x_{d} = 1`.",
        ),
        ("\\begin{gather*}\na = b\n\\end{gather*}", "a = b"),
        (
            "\\begin{pmatrix} a \\end{pmatrix}",
            "`\\begin{pmatrix} a \\end{pmatrix}`",
        ),
        (
            "> \\begin{cases}\n> x & 1 \\\\\n> y & 2\n> \\end{cases}\n> So",
            "> ```latex\n> \\begin{cases}\n> x & 1 \\\\\n> y & 2\n> \\end{cases}\n> ```\n> So",
        ),
    ];
    for (source, expected) in table {
        check(source, expected);
    }
    for text in [
        "so \\begin{align} x \\end{align}",
        "\\begin{itemize}\n\\item a\n\\end{itemize}",
        "\\begin{align} begins it, and \\end{align} ends it.",
        "\\begin{align} x = 1",
        "\\begin{align}\nx\n\n\\end{align}",
        "\\begin{aligners}",
        "\\begin",
        "\\beta",
        "`\\begin{align} x \\end{align}`",
        "```\n\\begin{align} x \\end{align}\n```",
    ] {
        check(text, text);
    }
}

#[test]
fn a_sign_of_a_formula_begins_no_mention() {
    let table = [
        (r"so \(n<10\), \(x < y\)", "so n<10, x < y"),
        (r"\(x<y\) and \(z <\)@1>", r"x\<y and z \<@1>"),
        (r"## Where \(x<y\)", r"## Where x\<y"),
        (
            "| a | b |\n|---|---|\n| \\(x<y\\) | \\(\\backslash < 1\\) |",
            "```\na   | b\n----|------\nx<y | \\ < 1\n```",
        ),
        (
            "| a | b |\n|---|---|\n| \\(x<y\\) | [words](https://a.b) |",
            "- **a:** x\\<y\n  **b:** [words](https://a.b)",
        ),
    ];
    for (source, expected) in table {
        check(source, expected);
    }
}
