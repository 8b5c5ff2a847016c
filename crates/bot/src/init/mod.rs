//! `kaiwa init`: asks for a token and a model, checks each at once, and writes the settings when all of it works.
//!
//! What is given in flags or the environment isn't asked for. What turns out wrong is said and asked again; nothing that
//! was right is asked twice, and nothing is written before the end. Existing files are never touched.

mod console;
mod files;
mod servers;

use std::path::PathBuf;

use kaiwa_core::{
    findings::{Account, Check, Finding},
    words::{
        Locale,
        doctor::{Colours, brief, line},
        init::{self as words, Unanswered},
    },
};
use secrecy::SecretString;

pub use console::Console;

use crate::{
    config::Begun,
    discord::rest::{Application, DISCORD, Rest, RestError},
    doctor::{TIMES, untold},
    http::http_client,
};
use files::Settings;

/// What flags say already.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Where the settings are written.
    pub directory: PathBuf,
    /// The language of the bot's words; also the one in which things are asked.
    pub language: Option<Locale>,
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
    /// The model server's address.
    pub model_url: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// A file that holds the key.
    pub key_file: Option<PathBuf>,
    /// Whether the Message Content intent may be off.
    pub without_message_content: bool,
}

/// Why nothing was written. Its text is for the operator, in their language.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Told in words.
    #[error("{0}")]
    Told(String),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be built: {0}")]
    Http(reqwest::Error),
}

/// Asks, checks and writes.
///
/// # Errors
/// When something is there already, the input ends before all is answered, or a file can't be read or written.
pub async fn init(
    given: &Given,
    begun: Begun,
    locale: Locale,
    mut console: Console,
) -> Result<(), InitError> {
    let whole = std::path::absolute(&given.directory).unwrap_or(given.directory.clone());
    let directory = whole.display().to_string();
    files::check(&given.directory, &directory, locale)?;
    let http = http_client().map_err(InitError::Http)?;
    let mut talk = Talk {
        locale,
        colours: console.colours(),
        console: &mut console,
    };
    talk.say(&format!("{}\n\n", words::hello(locale, &directory)));
    let token = match &given.token_file {
        Some(file) => Some(files::secret("--token-file", file, locale)?),
        None => begun.token,
    };
    let key = match &given.key_file {
        Some(file) => Some(files::secret("--key-file", file, locale)?),
        None => begun.key,
    };
    let base = begun.discord_url.as_deref().unwrap_or(DISCORD);
    let (token, application) = signed_in(&mut talk, &http, base, token).await?;
    let rest = Rest::with_times(http.clone(), base, &token, TIMES);
    let rest = rest.map_err(|error| InitError::Told(error.to_string()))?;
    let message_content = intent(
        &mut talk,
        &rest,
        &application,
        given.without_message_content,
    )
    .await?;
    let wanted = servers::Wanted {
        base_url: given.model_url.clone().or(begun.base_url),
        key,
        name: given.model.clone().or(begun.model),
    };
    let model = servers::choose(&mut talk, &http, wanted).await?;
    let settings = Settings {
        token,
        discord_url: begun.discord_url,
        message_content,
        model,
        language: given.language,
    };
    let written = files::write(&given.directory, &settings, locale)?;
    let config = given.directory.join(files::SETTINGS).display().to_string();
    // In the working directory it is found by itself.
    let config = (given.directory.as_os_str() != ".").then_some(config.as_str());
    talk.say(&words::done(
        locale,
        &directory,
        &written,
        application.id.0,
        config,
    ));
    Ok(())
}

/// The talk with the operator.
struct Talk<'a> {
    locale: Locale,
    colours: Colours,
    console: &'a mut Console,
}

impl Talk<'_> {
    fn say(&mut self, text: &str) {
        self.console.say(text);
    }

    /// Says what was found, as the doctor does.
    fn found(&mut self, finding: &Finding) {
        let said = line(self.locale, finding, self.colours);
        self.say(&said);
    }

    /// Asks; the answer without the space around it.
    fn ask(&mut self, question: &str, unanswered: Unanswered) -> Result<String, InitError> {
        let answer = self.console.ask(question);
        answer.ok_or_else(|| self.ended(unanswered))
    }

    /// Asks for something that nobody should see.
    fn ask_secret(
        &mut self,
        question: &str,
        unanswered: Unanswered,
    ) -> Result<SecretString, InitError> {
        let answer = self.console.ask_secret(question);
        answer.ok_or_else(|| self.ended(unanswered))
    }

    fn ended(&self, unanswered: Unanswered) -> InitError {
        InitError::Told(words::unanswered(self.locale, unanswered))
    }
}

/// A token that works, and its application.
async fn signed_in(
    talk: &mut Talk<'_>,
    http: &reqwest::Client,
    base: &str,
    mut token: Option<SecretString>,
) -> Result<(SecretString, Application), InitError> {
    let locale = talk.locale;
    loop {
        let tried = match token.take() {
            Some(token) => token,
            None => talk.ask_secret(words::token(locale), Unanswered::Token)?,
        };
        let looked = match Rest::with_times(http.clone(), base, &tried, TIMES) {
            Ok(rest) => match rest.reach().await {
                Ok(_) => tokio::try_join!(rest.account(), rest.application()),
                Err(reason) => {
                    let address = base.to_owned();
                    talk.found(&Finding::Account(Account::Unreachable { address, reason }));
                    talk.ask(words::again(locale), Unanswered::Discord)?;
                    token = Some(tried);
                    continue;
                }
            },
            // What no token can look like is refused without asking.
            Err(_) => Err(RestError::Unauthorized),
        };
        match looked {
            Ok((account, application)) => {
                talk.found(&Finding::Account(Account::Token {
                    name: account.username,
                    id: account.id,
                }));
                return Ok((tried, application));
            }
            Err(RestError::Unauthorized) => {
                let refused = Finding::Account(Account::TokenRefused);
                let said = brief(locale, &refused, talk.colours);
                talk.say(&said);
            }
            Err(error) => {
                talk.found(&untold(Check::Token, &error));
                talk.ask(words::again(locale), Unanswered::Discord)?;
                token = Some(tried);
            }
        }
    }
}

/// Whether the Message Content intent is used: it is on, or the operator goes on without.
async fn intent(
    talk: &mut Talk<'_>,
    rest: &Rest,
    application: &Application,
    without: bool,
) -> Result<bool, InitError> {
    let mut on = application.has_message_content();
    loop {
        if on {
            talk.found(&Finding::Account(Account::MessageContentOn));
            return Ok(true);
        }
        if without {
            talk.found(&Finding::Account(Account::MessageContentUnused));
            return Ok(false);
        }
        talk.found(&Finding::Account(Account::MessageContentOff));
        let question = words::message_content(talk.locale);
        let answer = talk.ask(question, Unanswered::MessageContent)?;
        if answer.eq_ignore_ascii_case(words::WITHOUT) {
            return Ok(false);
        }
        match rest.application().await {
            Ok(application) => on = application.has_message_content(),
            Err(error) => talk.found(&untold(Check::MessageContent, &error)),
        }
    }
}
