//! Reads a stream of server-sent events, whatever way its bytes are cut into chunks.
//!
//! Our own because the bytes come from a stranger: memory is bounded, every byte is looked at once, and what is wrong
//! with a stream is never told by quoting it. Follows the WHATWG's HTML standard, "Server-sent events", and takes also
//! what providers make of it: lines that end with CR, LF or both, `data:` with or without a space after it, and a last
//! event that no empty line follows.

use memchr::{memchr, memchr2};

/// The most that one event may hold.
pub(super) const EVENT_LIMIT: usize = 1024 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// It is named `error`; other names carry nothing that its data doesn't tell.
    pub(super) error: bool,
    /// Its data, several lines joined by newlines.
    pub(super) data: Vec<u8>,
}

/// One event is larger than [`EVENT_LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// The reader: give it bytes as they come.
#[derive(Default)]
pub(super) struct Reader {
    /// The bytes of a line whose end has not come yet.
    line: Vec<u8>,
    /// The event whose end has not come yet.
    event: Event,
    /// Some line of it was data.
    any_data: bool,
    /// The last byte was a CR: a LF after it belongs to the same line end.
    after_return: bool,
    /// A line that belongs to such streams has been seen.
    recognised: bool,
}

impl Reader {
    /// Takes the next bytes and gives the events that they complete.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        mut give: impl FnMut(&Event),
    ) -> Result<(), TooLarge> {
        let mut rest = bytes;
        if self.after_return && !rest.is_empty() {
            self.after_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            let (line, after) = rest.split_at(end);
            rest = match after {
                [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => after,
                [_, after @ ..] => {
                    self.after_return = after.is_empty();
                    after
                }
                [] => after,
            };
            self.hold(line.len())?;
            let complete = if self.line.is_empty() {
                self.take_line(line)
            } else {
                self.line.extend_from_slice(line);
                let line = std::mem::take(&mut self.line);
                let complete = self.take_line(&line);
                // The allocation is kept for the next line that comes in pieces, and that of an event for the next one.
                self.line = line;
                self.line.clear();
                complete
            };
            if complete {
                give(&self.event);
                self.event.data.clear();
                self.event.error = false;
            }
        }
        self.hold(rest.len())?;
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// Nothing more comes: what stands is the last event, though no empty line follows it.
    pub(super) fn end(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let complete = self.take_line(&line) || self.take_line(b"");
        complete.then(|| std::mem::take(&mut self.event))
    }

    /// Anything seen so far belongs to a stream of events.
    pub(super) fn recognised(&self) -> bool {
        self.recognised
    }

    /// Makes sure that so many bytes more can be held.
    fn hold(&self, more: usize) -> Result<(), TooLarge> {
        if self.line.len() + self.event.data.len() + more > EVENT_LIMIT {
            Err(TooLarge)
        } else {
            Ok(())
        }
    }

    /// Takes a whole line, without its end. Tells whether it completes the event, as an empty one does.
    fn take_line(&mut self, line: &[u8]) -> bool {
        if line.is_empty() {
            // One without data is none, whatever its name was.
            self.event.error &= self.any_data;
            return std::mem::take(&mut self.any_data);
        }
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let (name, value) = match memchr(b':', line) {
            Some(colon) => {
                let (name, value) = line.split_at(colon);
                let value = value.strip_prefix(b":").unwrap_or(value);
                (name, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &b""[..]),
        };
        match name {
            b"data" => self.take_data(value),
            b"event" => self.event.error = value == b"error",
            // llama.cpp before late 2025 tells an error by a field of that name.
            b"error" => {
                self.event.error = true;
                self.take_data(value);
            }
            b"" | b"id" | b"retry" => {}
            _ => return false,
        }
        self.recognised = true;
        false
    }

    fn take_data(&mut self, value: &[u8]) {
        if self.any_data {
            self.event.data.push(b'\n');
        }
        self.any_data = true;
        self.event.data.extend_from_slice(value);
    }
}
