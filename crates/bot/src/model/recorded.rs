//! Reading a provider's stream that was recorded, without a connection.

use kaiwa_core::{error::ModelError, model::ModelEvent};

use super::{
    answer::{Answer, Events, Problem},
    sse::{self, Reader},
};

/// Reads the bytes of a streamed answer, in the pieces in which they came, as the answer of a live connection is read.
/// Gives the events up to its end or its first fault, and whether it was whole.
///
/// # Errors
///
/// As of an answer that is asked for; what a provider told in an `error` object is a refusal here.
pub fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<ModelEvent>, Result<(), ModelError>) {
    let (mut reader, mut answer, mut events) =
        (Reader::default(), Answer::default(), Events::new());
    let mut end = Ok(());
    let mut take = |event: &sse::Event, end: &mut Result<(), Problem>| {
        if end.is_ok() {
            *end = answer.event(event, &mut events);
        }
    };
    for piece in pieces {
        if reader.read(piece, |event| take(event, &mut end)).is_err() && end.is_ok() {
            end = Err(Problem::garbage("an event that is too large"));
        }
        if end.is_err() {
            break;
        }
    }
    if end.is_ok()
        && let Some(event) = reader.end()
    {
        take(&event, &mut end);
    }
    let end = end.map_err(|problem| match problem {
        Problem::Known(error) => error,
        Problem::Told(_) => ModelError::Refused {
            status: 200,
            reason: "the provider told an error".to_owned(),
        },
    });
    (events.into(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_stream_is_read_however_it_is_cut() {
        let bytes = b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n";
        let (whole, end) = read([&bytes[..]]);
        assert_eq!(whole.len(), 2, "{whole:?}");
        assert!(end.is_ok());
        assert_eq!(read(bytes.chunks(3)).0, whole);
        assert!(read([&b"data: {\n\n"[..]]).1.is_err());
    }
}
