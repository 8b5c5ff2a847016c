//! Reading what Discord writes although not all of it can be understood.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use twilight_model::util::Timestamp;

/// `null` stands for the default, as Discord often writes it.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A list without the entries that can't be understood.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let entries = Option::<Vec<&RawValue>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(entries
        .into_iter()
        .filter_map(|entry| serde_json::from_str(entry.get()).ok())
        .collect())
}

/// A value that is left out when it can't be understood.
pub(super) fn lenient_box<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Box<T>>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

/// A moment, in milliseconds since 1970, that is left out when it can't be understood.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(deserializer)?;
    let read: Option<Timestamp> = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    Ok(read.and_then(|moment| u64::try_from(moment.as_micros() / 1_000).ok()))
}
