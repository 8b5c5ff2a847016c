//! `kaiwa doctor`: everything that the bot needs, looked at from DNS to disk. It works beside a running bot, and changes
//! nothing.
//!
//! What was found is data ([`Finding`]); how bad each is, and its words, are rules of `core`.

mod account;
mod channel;
mod data;
mod guilds;
mod machine;
pub(crate) mod model;

use std::{path::Path, time::Duration};

use kaiwa_core::{
    findings::{self, Account, Check, Finding, Machine, State, verdict},
    id::{ChannelId, UserId},
    words::{Locale, doctor as words},
};
use serde_json::json;

use crate::{
    config::{Config, ConfigError},
    discord::rest::{DISCORD, Rest, SetupError, Times},
    http::http_client,
    store,
};

/// Somebody waits for the page, so nothing is tried for long.
pub(crate) const TIMES: Times = Times {
    attempt: Duration::from_secs(5),
    words: Duration::from_secs(10),
    call: Duration::from_secs(10),
    text: Duration::from_secs(10),
};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Everything.
    Everything,
    /// Why the bot would answer in a channel, or stay silent there.
    Channel {
        /// The channel, thread or direct message channel.
        channel: ChannelId,
        /// Who says something there; anybody where it is nobody in particular.
        person: Option<UserId>,
    },
}

/// What was found, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What was found, in the order in which it is shown.
    pub findings: Vec<Finding>,
    /// The operator's language.
    pub locale: Locale,
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// Discord's address or the token can't be used at all.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be built: {0}")]
    Http(reqwest::Error),
}

impl Report {
    /// The worst of what was found.
    pub fn state(&self) -> State {
        verdict(&self.findings)
    }

    /// The page for people, a line break at its end.
    pub fn page(&self, colours: words::Colours) -> String {
        words::page(self.locale, &self.findings, colours)
    }

    /// The same for programs: one JSON object on one line. `state` and `check` are words that stay as they are; the
    /// sentences are in the operator's language.
    pub fn json(&self) -> String {
        let findings = self.findings.iter().map(|finding| {
            let told = words::told(self.locale, finding);
            json!({
                "check": finding.check().name(),
                "state": finding.state().name(),
                "what": told.what,
                "why": told.why,
                "mend": told.mend,
            })
        });
        let findings: Vec<_> = findings.collect();
        json!({
            "kaiwa": env!("CARGO_PKG_VERSION"),
            "state": self.state().name(),
            "findings": findings,
        })
        .to_string()
    }

    /// What is to be told where the settings can't be used: all that is wrong with them, and nothing else.
    pub fn of_settings(error: &ConfigError, locale: Locale) -> Self {
        let wrong = error.problems().iter().cloned();
        let wrong = wrong.map(|problem| Finding::Machine(Machine::SettingWrong { problem }));
        let program = Finding::Machine(machine::program());
        Self {
            findings: std::iter::once(program).chain(wrong).collect(),
            locale,
        }
    }
}

/// Looks at everything, or at one channel; `file` is the one that the settings were read from.
///
/// # Errors
/// When nothing can be looked at.
pub async fn examine(
    config: &Config,
    file: Option<&Path>,
    aim: Aim,
) -> Result<Report, DoctorError> {
    let http = http_client().map_err(DoctorError::Http)?;
    let base = config.discord.url.as_deref().unwrap_or(DISCORD);
    let rest = Rest::with_times(http.clone(), base, &config.discord.token, TIMES)?;
    let mut findings = vec![
        Finding::Machine(machine::program()),
        Finding::Machine(machine::settings(file)),
    ];
    match aim {
        Aim::Everything => {
            let addresses = [base, config.model.base_url.as_str()];
            let (mut hosts, (discord, me), model, inspected) = tokio::join!(
                machine::hosts(&addresses),
                discord(&rest, base, config),
                model::look(http, config),
                store::inspect(&config.data_dir),
            );
            let mut data = data::look(&config.data_dir);
            data.push(data::database(inspected, me, config.operator));
            let answers =
                |found: &Finding| matches!(found, Finding::Account(Account::Answers { .. }));
            let serves = |found: &findings::Model| matches!(found, findings::Model::Served { .. });
            // Who answers is found, be it by a proxy that looks names up itself.
            for (address, answered) in addresses
                .into_iter()
                .zip([discord.iter().any(answers), model.iter().any(serves)])
            {
                if answered {
                    machine::found_all_the_same(&mut hosts, address);
                }
            }
            findings.extend(hosts.into_iter().map(Finding::Machine));
            findings.extend(discord);
            findings.extend(model.into_iter().map(Finding::Model));
            findings.extend(data.into_iter().map(Finding::Data));
        }
        Aim::Channel { channel, person } => {
            let (account, me) = account::look(&rest, base, config).await;
            findings.extend(account);
            if let Some(me) = me {
                let told = channel::look(&rest, config, me.id, channel, person).await;
                findings.extend(told);
            }
        }
    }
    Ok(Report {
        findings,
        locale: config.operator,
    })
}

/// Discord: the account, then what it may do where. Tells who the bot is, too, where the token works.
async fn discord(rest: &Rest, base: &str, config: &Config) -> (Vec<Finding>, Option<UserId>) {
    let (mut findings, me) = account::look(rest, base, config).await;
    if let Some(me) = &me {
        findings.extend(guilds::look(rest, me).await);
    }
    (findings, me.map(|me| me.id))
}

/// Discord didn't tell something.
pub(crate) fn untold(check: Check, error: &crate::discord::rest::RestError) -> Finding {
    let reason = error.to_string();
    Finding::Account(Account::Untold { check, reason })
}
