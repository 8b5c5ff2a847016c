//! Buttons as Discord takes them: one row below a message.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use super::{Look, NewButton};

/// Kinds of components. Source: Discord's reference, "Component Types".
const ROW: u8 = 1;
const BUTTON: u8 = 2;

/// The buttons of a message, as the list of components that it has.
#[derive(Clone, Copy)]
pub(super) struct Components<'a>(pub(super) &'a [NewButton]);

/// A row of buttons.
struct Row<'a>(&'a [NewButton]);

impl Components<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Components<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = usize::from(!self.is_empty());
        let mut list = serializer.serialize_seq(Some(rows))?;
        // A row without anything in it is refused.
        if !self.is_empty() {
            list.serialize_element(&Row(self.0))?;
        }
        list.end()
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(Some(2))?;
        row.serialize_entry("type", &ROW)?;
        row.serialize_entry("components", self.0)?;
        row.end()
    }
}

impl Serialize for NewButton {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let style: u8 = match self.look {
            Look::Primary => 1,
            Look::Secondary => 2,
        };
        let mut button = serializer.serialize_map(Some(4))?;
        button.serialize_entry("type", &BUTTON)?;
        button.serialize_entry("style", &style)?;
        button.serialize_entry("label", self.label)?;
        button.serialize_entry("custom_id", &self.custom_id)?;
        button.end()
    }
}
