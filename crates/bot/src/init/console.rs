//! The operator's terminal, or what a script gives in its place: questions out, answers in, secrets unseen.

use std::io::{BufRead as _, IsTerminal as _, Write as _, stdin, stdout};

use kaiwa_core::words::doctor::Colours;
use secrecy::SecretString;

use crate::config::no_colours_here;

/// Standard input and output.
#[derive(Debug)]
pub struct Console {
    typed: bool,
    colours: Colours,
}

impl Console {
    /// This process's own.
    pub fn here() -> Self {
        Self {
            typed: stdin().is_terminal(),
            colours: if stdout().is_terminal() && !no_colours_here() {
                Colours::On
            } else {
                Colours::Off
            },
        }
    }

    pub(super) fn colours(&self) -> Colours {
        self.colours
    }

    /// Says something. Where standard output is closed there is nobody to tell.
    pub(super) fn say(&mut self, text: &str) {
        let mut out = stdout().lock();
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }

    /// Asks, and reads one line without the space around it; none at the input's end.
    pub(super) fn ask(&mut self, question: &str) -> Option<String> {
        self.say(question);
        let mut line = String::new();
        let read = stdin().lock().read_line(&mut line);
        if !self.typed {
            // Nobody pressed Enter where it can be seen.
            self.say("\n");
        }
        match read {
            Ok(length) if length > 0 => Some(line.trim().to_owned()),
            Ok(_) | Err(_) => None,
        }
    }

    /// The same for a secret, which isn't shown where it is typed.
    pub(super) fn ask_secret(&mut self, question: &str) -> Option<SecretString> {
        let answer = if self.typed {
            self.say(question);
            rpassword::read_password().ok()?.trim().to_owned()
        } else {
            self.ask(question)?
        };
        Some(SecretString::from(answer))
    }
}
