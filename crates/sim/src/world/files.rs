//! Files: how Discord names them, what they are, how large a picture is, where they can be fetched.

use super::{Attachment, Upload, World};

/// How long the address of a file is said to work.
const LINK_LIFE_MS: u64 = 24 * 3_600_000;

/// How the CDN does, from which files are fetched.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cdn {
    /// How often files were asked for.
    pub asked: usize,
    /// How it answers.
    pub state: CdnState,
}

/// How the CDN answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CdnState {
    /// As it should.
    #[default]
    Works,
    /// With 503, whatever it is asked for.
    Fails,
    /// Not at all, as long as it is so.
    Hangs,
}

/// Describes an upload as Discord would.
pub(super) fn attachment(id: u64, channel: u64, upload: &Upload) -> Attachment {
    let filename = clean_name(&upload.filename);
    let content_type = upload
        .content_type
        .clone()
        .or_else(|| type_of(&filename).map(str::to_owned));
    let dimensions = png_size(&upload.bytes);
    Attachment {
        id,
        description: upload.description.clone(),
        content_type,
        size: upload.bytes.len(),
        dimensions,
        channel,
        duration_seconds: upload.duration_seconds,
        waveform: upload.waveform.clone(),
        filename,
    }
}

impl World {
    /// The address of a file, with the marks of one that expires.
    #[must_use]
    pub fn attachment_url(&self, file: &Attachment) -> String {
        let (issued, expires) = (
            self.clock.now_ms() / 1000,
            (self.clock.now_ms() + LINK_LIFE_MS) / 1000,
        );
        let signature = format!(
            "{:016x}{:016x}{:032x}",
            file.id,
            file.id.rotate_left(17),
            u128::from(file.channel) * 31
        );
        let (base, channel, id) = (&self.base, file.channel, file.id);
        format!(
            "{base}/attachments/{channel}/{id}/{}?ex={expires:x}&is={issued:x}&hm={signature}&",
            file.filename
        )
    }
}

/// Spaces become underscores, and only letters, digits, `-`, `_` and `.` stay.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().map(|one| if one == ' ' { '_' } else { one });
    let kept: String = kept
        .filter(|one| one.is_alphanumeric() || matches!(one, '-' | '_' | '.'))
        .collect();
    if kept.trim_matches('.').is_empty() {
        "unknown".to_owned()
    } else {
        kept
    }
}

fn type_of(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "txt" | "log" | "rs" | "py" | "md" | "csv" | "toml" => "text/plain; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "ogg" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "wav" => "audio/x-wav",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        _ => return None,
    })
}

/// Width and height out of a PNG's first chunk.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let number = |at: usize| {
        header
            .get(at..at + 4)?
            .try_into()
            .ok()
            .map(u32::from_be_bytes)
    };
    (header.get(4..8)? == b"IHDR").then_some(())?;
    Some((number(8)?, number(12)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_pictures_measured() {
        assert_eq!(clean_name("my notes (1).txt"), "my_notes_1.txt");
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name(".."), "unknown");
        assert_eq!(clean_name("日本語.png"), "日本語.png");
        let png = [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            &[0, 0, 0, 13],
            b"IHDR",
            &[0, 0, 1, 0],
            &[0, 0, 0, 9],
        ]
        .concat();
        assert_eq!(png_size(&png), Some((256, 9)));
        assert_eq!(png_size(b"GIF89a"), None);
    }
}
