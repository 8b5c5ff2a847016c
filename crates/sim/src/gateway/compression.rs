//! What turns a payload into websocket frames: plain text, one zlib or zstd stream a connection, or zlib a payload.
//!
//! Each connection owns one [`Encoder`], because both transport compressions keep one context from the first frame (hello) to the last.
//! Source: <https://discord.com/developers/docs/events/gateway#encoding-and-compression>.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress, Status, write::ZlibEncoder};

/// The size in bytes from which a payload is compressed on its own, when the client asked for payload compression in its identify.
const PAYLOAD_COMPRESSION_FROM: usize = 1024;

/// The start of every zstd frame (RFC 8878, 3.1.1), in the byte order of the wire.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Frame header: no content size, no checksum, no dictionary, several segments; then a window of 2^(10+7) = 128 KB.
const ZSTD_HEADER: [u8; 2] = [0x00, 7 << 3];

/// The largest block that the window above allows, in bytes.
const ZSTD_BLOCK_MAX: usize = 128 * 1024;

/// The transport compression that a client asked for in the address it connected to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransportCompression {
    /// Text frames, or zlib a payload where the identify asks for it.
    #[default]
    None,
    /// `compress=zlib-stream`: one zlib context, a sync flush after each payload.
    ZlibStream,
    /// `compress=zstd-stream`: one zstd frame that never ends, flushed after each payload.
    ZstdStream,
}

impl TransportCompression {
    /// Reads the value of the `compress` query parameter; `None` when Discord knows no such compression.
    #[must_use]
    pub fn parse(value: Option<&str>) -> Option<Self> {
        match value {
            None | Some("") => Some(Self::None),
            Some("zlib-stream") => Some(Self::ZlibStream),
            Some("zstd-stream") => Some(Self::ZstdStream),
            Some(_) => None,
        }
    }

    /// The name as it stands in the address, for records that tests and people read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ZlibStream => "zlib-stream",
            Self::ZstdStream => "zstd-stream",
        }
    }
}

/// One payload as it goes into one websocket message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Encoded {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

/// The compression state of one connection.
pub(super) struct Encoder {
    transport: Transport,
    /// Whether the identify asked for zlib a payload; ignored under transport compression, as the two exclude each other.
    compress_payloads: bool,
}

enum Transport {
    None,
    Zlib(Compress),
    Zstd { started: bool },
}

impl Encoder {
    pub(super) fn new(compression: TransportCompression) -> Self {
        let transport = match compression {
            TransportCompression::None => Transport::None,
            TransportCompression::ZlibStream => {
                Transport::Zlib(Compress::new(Compression::fast(), true))
            }
            TransportCompression::ZstdStream => Transport::Zstd { started: false },
        };
        Self {
            transport,
            compress_payloads: false,
        }
    }

    /// Turns on zlib a payload, as `"compress": true` in an identify asks.
    pub(super) fn compress_payloads(&mut self) {
        self.compress_payloads = true;
    }

    /// Encodes one payload.
    ///
    /// # Errors
    /// Where zlib refuses, which it does only when its own state is broken; the connection is then of no more use.
    pub(super) fn encode(&mut self, payload: String) -> std::io::Result<Encoded> {
        match &mut self.transport {
            Transport::None
                if self.compress_payloads && payload.len() >= PAYLOAD_COMPRESSION_FROM =>
            {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(payload.as_bytes())?;
                encoder.finish().map(Encoded::Binary)
            }
            Transport::None => Ok(Encoded::Text(payload)),
            Transport::Zlib(context) => deflate(context, payload.as_bytes()).map(Encoded::Binary),
            Transport::Zstd { started } => {
                let frame = zstd_blocks(payload.as_bytes(), !*started);
                *started = true;
                Ok(Encoded::Binary(frame))
            }
        }
    }
}

/// Feeds one payload into the connection's zlib context and flushes, so that the output ends with 00 00 FF FF as clients expect.
fn deflate(context: &mut Compress, mut input: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len() / 2 + 64);
    loop {
        // `compress_vec` writes into spare capacity only. Spare room left over after a call is how zlib says that the flush is complete.
        output.reserve(256);
        let before = context.total_in();
        let status = context
            .compress_vec(input, &mut output, FlushCompress::Sync)
            .map_err(std::io::Error::other)?;
        let consumed =
            usize::try_from(context.total_in() - before).map_err(std::io::Error::other)?;
        input = input.get(consumed..).unwrap_or_default();
        match status {
            Status::Ok | Status::BufError
                if input.is_empty() && output.len() < output.capacity() =>
            {
                return Ok(output);
            }
            Status::Ok | Status::BufError => {}
            Status::StreamEnd => {
                return Err(std::io::Error::other(
                    "the zlib stream ended before its connection",
                ));
            }
        }
    }
}

/// Writes a payload as raw, non-last zstd blocks: a valid stream without a compressor, so the simulator stays pure Rust.
fn zstd_blocks(payload: &[u8], first: bool) -> Vec<u8> {
    let blocks = payload.len().div_ceil(ZSTD_BLOCK_MAX);
    let mut frame = Vec::with_capacity(payload.len() + blocks * 3 + 6);
    if first {
        frame.extend_from_slice(&ZSTD_MAGIC);
        frame.extend_from_slice(&ZSTD_HEADER);
    }
    for block in payload.chunks(ZSTD_BLOCK_MAX) {
        // Bit 0: last block (never), bits 1 and 2: raw (0), the rest: the size (RFC 8878, 3.1.1.2).
        let header = u32::try_from(block.len()).unwrap_or(u32::MAX) << 3;
        let [low, middle, high, _] = header.to_le_bytes();
        frame.extend_from_slice(&[low, middle, high]);
        frame.extend_from_slice(block);
    }
    frame
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::{Decompress, FlushDecompress, read::ZlibDecoder};

    use super::*;

    /// Small, empty-ish, past the output reserve, and past one zstd block; the last one is hard to compress.
    fn payloads() -> Vec<String> {
        let mut state = 7_u64;
        let noise: String = (0..400_000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(b' ' + u8::try_from((state >> 33) % 90).unwrap())
            })
            .collect();
        vec![
            "{}".into(),
            r#"{"op":10}"#.into(),
            "会話".repeat(5_000),
            noise,
            r#"{"op":11}"#.into(),
        ]
    }

    fn binary(encoded: Encoded) -> Vec<u8> {
        match encoded {
            Encoded::Binary(bytes) => bytes,
            Encoded::Text(text) => panic!("expected a binary frame, got {text}"),
        }
    }

    #[test]
    fn a_zlib_stream_gives_each_payload_whole_after_its_own_frame() {
        let mut encoder = Encoder::new(TransportCompression::ZlibStream);
        let mut inflater = Decompress::new(true);
        for payload in payloads() {
            let frame = binary(encoder.encode(payload.clone()).unwrap());
            assert!(
                frame.ends_with(&[0, 0, 0xFF, 0xFF]),
                "no sync flush at the end"
            );
            let mut output = Vec::with_capacity(payload.len() + 64);
            inflater
                .decompress_vec(&frame, &mut output, FlushDecompress::Sync)
                .unwrap();
            assert_eq!(String::from_utf8(output).unwrap(), payload);
        }
    }

    #[test]
    fn a_zstd_stream_decodes_to_the_payloads_in_order() {
        let mut encoder = Encoder::new(TransportCompression::ZstdStream);
        let mut stream = Vec::new();
        let mut expected = String::new();
        for payload in payloads() {
            stream.extend(binary(encoder.encode(payload.clone()).unwrap()));
            expected.push_str(&payload);
        }
        // The frame has no last block while the connection lives; a decoder that reads to the end needs one.
        stream.extend_from_slice(&[1, 0, 0]);
        let mut decoded = String::new();
        ruzstd::decoding::StreamingDecoder::new(stream.as_slice())
            .unwrap()
            .read_to_string(&mut decoded)
            .unwrap();
        assert!(decoded == expected, "the decoded stream differs");
    }

    #[test]
    fn payload_compression_leaves_small_payloads_as_text() {
        let mut encoder = Encoder::new(TransportCompression::None);
        encoder.compress_payloads();
        assert_eq!(
            encoder.encode("{}".into()).unwrap(),
            Encoded::Text("{}".into())
        );
        let long = "x".repeat(5_000);
        let frame = binary(encoder.encode(long.clone()).unwrap());
        let mut decoded = String::new();
        ZlibDecoder::new(frame.as_slice())
            .read_to_string(&mut decoded)
            .unwrap();
        assert_eq!(decoded, long);
    }

    #[test]
    fn unknown_compressions_are_refused() {
        assert_eq!(TransportCompression::parse(Some("brotli")), None);
        assert_eq!(
            TransportCompression::parse(None),
            Some(TransportCompression::None)
        );
        assert_eq!(
            TransportCompression::parse(Some("zstd-stream")),
            Some(TransportCompression::ZstdStream)
        );
    }
}
