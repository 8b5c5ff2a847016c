//! Every sentence that a user can read, per locale.

use serde::{Deserialize, Serialize};

/// A language that Kaiwa speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}
