//! Formulas as pictures: LaTeX in, one PNG out, drawn in this process.
//!
//! A crate of its own because what draws takes long to compile, and because nothing else may depend on it but the one
//! room that asks for pictures. Its fonts come along; the machine is asked for none, so that a formula looks the same
//! everywhere, and no state is kept but the outlines of glyphs that were drawn before.

mod sheet;

use ratex_font::{FontId, get_char_metrics};
use ratex_layout::{LayoutOptions, layout, to_display_list, validate_layout};
use ratex_render::{RenderOptions, render_to_png};
use ratex_types::{
    color::Color,
    display_item::{DisplayItem, DisplayList},
    math_style::MathStyle,
};

/// The panel: nearly white, so that what a model colours can be read, and readable on a dark and on a light screen.
const PANEL: Color = gray(0.965);
/// Formulas on the panel.
const INK: Color = gray(0.1);
/// Numbers beside them.
const FAINT: Color = gray(0.42);
/// So many pixels are an em. Discord shows a small picture pixel by pixel, beside text of 16 pixels an em.
const EM: f32 = 30.0;
/// Pixels of panel around all.
const PADDING: f32 = 18.0;
/// A formula wider than this, in em, could not be read in a chat.
const WIDEST: f64 = 60.0;
/// Nor could one that is higher than this.
const HIGHEST: f64 = 40.0;
/// So far outside of its box, in em, a glyph may begin.
const OVERHANG: f64 = 1.5;

const fn gray(value: f32) -> Color {
    Color {
        r: value,
        g: value,
        b: value,
        a: 1.0,
    }
}

/// A picture of formulas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The picture, a PNG.
    pub png: Vec<u8>,
    /// Which of the formulas it shows, by their place among those given.
    pub shown: Vec<usize>,
}

/// Draws formulas, each with its number, in one picture; none if none of them can be drawn.
///
/// A formula that isn't understood, has characters that the mathematical fonts lack, or is too large to be read is
/// left out. What is given is not trusted: the depth, the work of its macros and the size of the picture are bounded.
/// It takes up to a megabyte of stack.
pub fn picture(formulas: &[(u32, &str)]) -> Option<Picture> {
    let mut sheet = sheet::Sheet::default();
    let mut shown = Vec::new();
    for (place, (number, source)) in formulas.iter().enumerate() {
        let formula = drawing(source, INK, MathStyle::Display).filter(is_readable);
        let number = drawing(&format!("({number})"), FAINT, MathStyle::Script);
        if let (Some(formula), Some(number)) = (formula, number)
            && sheet.add(number, formula)
        {
            shown.push(place);
        }
    }
    let options = RenderOptions {
        font_size: EM,
        padding: PADDING,
        background_color: PANEL,
        ..RenderOptions::default()
    };
    let list = sheet.finish()?;
    let png = render_to_png(&list, &options).ok()?;
    Some(Picture { png, shown })
}

/// What is to be drawn of a formula, if all of it can be.
fn drawing(source: &str, color: Color, style: MathStyle) -> Option<DisplayList> {
    let parsed = ratex_parser::parser::parse(source).ok()?;
    let options = LayoutOptions::default().with_style(style).with_color(color);
    let laid_out = layout(&parsed, &options);
    validate_layout(&laid_out).ok()?;
    let list = to_display_list(&laid_out);
    (!list.items.is_empty() && list.items.iter().all(is_known)).then_some(list)
}

/// It is of a size to be read, and nothing of it is far outside of its box. What is no number is neither.
fn is_readable(list: &DisplayList) -> bool {
    let (width, height) = (list.width, list.total_height());
    let near = |at: f64, size: f64| (-OVERHANG..=size + OVERHANG).contains(&at);
    (0.0..=WIDEST).contains(&width)
        && (0.0..=HIGHEST).contains(&height)
        && list.items.iter().all(|item| {
            let (DisplayItem::GlyphPath { x, y, .. }
            | DisplayItem::Line { x, y, .. }
            | DisplayItem::Rect { x, y, .. }
            | DisplayItem::Path { x, y, .. }) = item;
            near(*x, width) && near(*y, height)
        })
}

/// The fonts that come along have it. Others, such as those of the machine, are not asked.
fn is_known(item: &DisplayItem) -> bool {
    match item {
        DisplayItem::GlyphPath {
            font, char_code, ..
        } => FontId::parse(font).is_some_and(|font| get_char_metrics(font, *char_code).is_some()),
        DisplayItem::Line { .. } | DisplayItem::Rect { .. } | DisplayItem::Path { .. } => true,
    }
}

#[cfg(test)]
mod tests;
