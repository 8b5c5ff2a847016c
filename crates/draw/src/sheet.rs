//! One sheet with several formulas: side by side where there is room, else below one another.

use ratex_types::display_item::{DisplayItem, DisplayList};

/// A row is begun anew rather than made wider than this, in em. Discord shows pictures up to about 550 pixels wide as
/// they are, and shrinks wider ones.
const WIDTH: f64 = 17.0;
/// What doesn't fit into this height, in em, is left out.
const HEIGHT: f64 = 90.0;
/// Between a number and its formula.
const AFTER_NUMBER: f64 = 0.5;
/// Between two formulas of a row.
const BETWEEN: f64 = 1.6;
/// Between two rows.
const LEADING: f64 = 0.7;

/// The sheet so far.
#[derive(Default)]
pub(crate) struct Sheet {
    items: Vec<DisplayItem>,
    width: f64,
    /// Where the present row begins.
    top: f64,
    row: Row,
}

/// A row whose height is not known yet.
#[derive(Default)]
struct Row {
    /// What stands in it, and where from its left edge.
    lists: Vec<(f64, DisplayList)>,
    width: f64,
    height: f64,
    depth: f64,
}

impl Sheet {
    /// Puts a formula with its number on the sheet; tells whether there was room for it.
    pub(crate) fn add(&mut self, number: DisplayList, formula: DisplayList) -> bool {
        let width = number.width + AFTER_NUMBER + formula.width;
        if !self.row.lists.is_empty() && self.row.width + BETWEEN + width > WIDTH {
            self.end_row();
        }
        let height = self.row.height.max(formula.height) + self.row.depth.max(formula.depth);
        if self.top + height > HEIGHT {
            return false;
        }
        let row = &mut self.row;
        let mut at = row.width;
        if !row.lists.is_empty() {
            at += BETWEEN;
        }
        row.width = at + width;
        for (at, list) in [(at, number), (row.width - formula.width, formula)] {
            row.height = row.height.max(list.height);
            row.depth = row.depth.max(list.depth);
            row.lists.push((at, list));
        }
        true
    }

    /// The whole sheet, if there is anything on it.
    pub(crate) fn finish(mut self) -> Option<DisplayList> {
        self.end_row();
        let height = self.top - LEADING;
        (!self.items.is_empty()).then_some(DisplayList {
            items: self.items,
            width: self.width,
            height,
            depth: 0.0,
        })
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if row.lists.is_empty() {
            return;
        }
        for (left, list) in row.lists {
            // All stand on one line.
            let down = self.top + row.height - list.height;
            let moved = list.items.into_iter().map(|item| moved(item, left, down));
            self.items.extend(moved);
        }
        self.width = self.width.max(row.width);
        self.top += row.height + row.depth + LEADING;
    }
}

fn moved(mut item: DisplayItem, right: f64, down: f64) -> DisplayItem {
    let (DisplayItem::GlyphPath { x, y, .. }
    | DisplayItem::Line { x, y, .. }
    | DisplayItem::Rect { x, y, .. }
    | DisplayItem::Path { x, y, .. }) = &mut item;
    *x += right;
    *y += down;
    item
}
