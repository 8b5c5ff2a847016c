//! What can be drawn is drawn, what can't is left out, and nothing breaks it.

use proptest::prelude::*;

use super::picture;

/// Width and height, as the picture itself says.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(png.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn what_unicode_can_not_say_is_drawn() {
    for source in [
        r"e^{-x^2/2}",
        r"x_{max,b}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{aligned} a &= b + c \\ &= d \end{aligned}",
        r"\underbrace{a+b+\cdots+z}_{26}",
        r"\binom{n}{k} = \frac{n!}{k!\,(n-k)!}",
        r"\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}",
        r"\textcolor{red}{x} + \boxed{E = mc^2}",
        r"\ce{2H2 + O2 -> 2H2O}",
        r"\mathfrak{g} \oplus \mathcal{H} \otimes \mathbb{R}^n",
        r"\lim_{\substack{x \to 0 \\ y \to 0}} f(x, y)",
    ] {
        let picture = picture(&[(1, source)]).unwrap_or_else(|| panic!("{source}"));
        let (width, height) = size(&picture.png);
        assert!(
            (60..600).contains(&width) && (40..300).contains(&height),
            "{source}: {width} x {height}"
        );
        assert_eq!(picture.shown, [0]);
    }
}

#[test]
fn what_can_not_be_drawn_is_left_out() {
    let others = [
        "",
        " ",
        r"\unknown{x}",
        r"\frac{1}",
        r"\begin{matrix}",
        r"\text{速度}",
        r"\text{😀}",
        r"\rule{1000em}{1000em}",
        r"\hspace{10000em} x",
        r"\def\a{\a\a}\a",
        r"\includegraphics{/etc/passwd}",
    ];
    for source in others {
        assert!(picture(&[(1, source)]).is_none(), "{source}");
    }
    let mut mixed: Vec<(u32, &str)> = others.iter().map(|source| (1, *source)).collect();
    mixed.push((2, "x_{d}"));
    assert_eq!(picture(&mixed).unwrap().shown, [others.len()]);
    assert!(picture(&[]).is_none());
}

#[test]
fn several_stand_side_by_side_and_below_one_another() {
    let one = size(&picture(&[(1, "e^{-x^2}")]).unwrap().png);
    let two = size(&picture(&[(1, "e^{-x^2}"), (2, "x_{d}")]).unwrap().png);
    assert!(two.0 > one.0 && two.1 < one.1 + 10, "{one:?} {two:?}");
    let many: Vec<(u32, &str)> = (1..=20).map(|number| (number, "e^{-x^2}")).collect();
    let many = picture(&many).unwrap();
    let (width, height) = size(&many.png);
    assert!(width <= 560 && height > two.1, "{width} x {height}");
    assert_eq!(many.shown.len(), 20);
}

#[test]
fn there_are_never_more_than_a_picture_holds() {
    let matrix = r"\begin{pmatrix} a \\ b \\ c \\ d \\ e \\ f \end{pmatrix}".repeat(5);
    let many: Vec<(u32, &str)> = (1..=100).map(|number| (number, matrix.as_str())).collect();
    let picture = picture(&many).unwrap();
    let (_, height) = size(&picture.png);
    assert!(picture.shown.len() < 100 && height < 3_000, "{height}");
}

/// Pieces of formulas, put together without sense.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("^"),
        Just("_"),
        Just("&"),
        Just("\\\\"),
        Just("\\frac"),
        Just("\\sqrt["),
        Just("\\left("),
        Just("\\right."),
        Just("\\begin{matrix}"),
        Just("\\end{matrix}"),
        Just("\\text{"),
        Just("x"),
        Just("1"),
        Just("\\overbrace"),
        Just("\\hat"),
        Just("\\def\\a#1{"),
        Just("\\a"),
        Just("$"),
        Just("%"),
        Just("\n"),
        Just("\\color{#f00}"),
        Just("\\hspace{-3em}"),
        Just("\\raisebox{9em}{"),
        Just("\\Huge"),
        Just("\\verb|"),
        Just("\\ce{"),
        Just("\u{301}"),
        Just("漢"),
        Just("\\cfrac{1}{"),
        Just("\\substack{"),
        Just("\\big"),
        Just("]"),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_breaks_it(source in prop_oneof![pieces(), any::<String>()]) {
        if let Some(picture) = picture(&[(1, &source)]) {
            let (width, height) = size(&picture.png);
            prop_assert!(width <= 2_000 && height <= 3_000, "{width} x {height}");
        }
    }
}

#[test]
fn depth_is_no_danger() {
    for (open, close) in [
        ("{", "}"),
        (r"\frac{", "}{1}"),
        (r"\sqrt{", "}"),
        (r"\left(", r"\right)"),
        ("x^{", "}"),
        (r"\begin{matrix}", r"\end{matrix}"),
    ] {
        for depth in [10, 30, 100, 400] {
            let source = format!("{}x{}", open.repeat(depth), close.repeat(depth));
            picture(&[(1, &source)]);
        }
    }
}
