//! Discord itself, and the bot's account there: reached, signed in, switched on.

use std::time::Duration;

use kaiwa_core::{
    findings::{Account, Check, Finding},
    id::UserId,
};

use super::{machine, untold};
use crate::{
    config::Config,
    discord::{
        rest::{Rest, RestError},
        wire::GatewayBot,
    },
};

/// So few starts of a day's thousand are worth a warning.
const FEW_STARTS: u32 = 50;

/// Who the bot is.
pub(super) struct Me {
    /// The bot's id.
    pub id: UserId,
    /// Its application's id, for the invite link.
    pub application: UserId,
}

/// Looks at the account; tells who the bot is where the token works.
pub(super) async fn look(rest: &Rest, base: &str, config: &Config) -> (Vec<Finding>, Option<Me>) {
    let reached = match rest.reach().await {
        Ok(reached) => reached,
        Err(reason) => {
            let address = base.to_owned();
            let found = Account::Unreachable { address, reason };
            return (vec![Finding::Account(found)], None);
        }
    };
    let mut findings = vec![Finding::Account(Account::Answers { took: reached.took })];
    findings.extend(machine::clock(&reached).map(Finding::Machine));
    let account = match rest.account().await {
        Ok(account) => account,
        Err(RestError::Unauthorized) => {
            findings.push(Finding::Account(Account::TokenRefused));
            return (findings, None);
        }
        Err(error) => {
            findings.push(untold(Check::Token, &error));
            return (findings, None);
        }
    };
    findings.push(Finding::Account(Account::Token {
        name: account.username,
        id: account.id,
    }));
    let (application, gateway) = tokio::join!(rest.application(), rest.gateway_bot());
    let mut me = Me {
        id: account.id,
        application: account.id,
    };
    match application {
        Ok(application) => {
            me.application = application.id;
            let on = application.has_message_content();
            findings.push(Finding::Account(
                match (config.settings.message_content, on) {
                    (true, true) => Account::MessageContentOn,
                    (true, false) => Account::MessageContentOff,
                    (false, _) => Account::MessageContentUnused,
                },
            ));
            findings.push(Finding::Account(if application.bot_require_code_grant {
                Account::CodeGrant
            } else {
                Account::Invite {
                    application: me.application,
                }
            }));
        }
        Err(error) => findings.push(untold(Check::MessageContent, &error)),
    }
    findings.push(match gateway {
        Ok(gateway) => Finding::Account(starts(&gateway)),
        Err(error) => untold(Check::Gateway, &error),
    });
    (findings, Some(me))
}

/// What the gateway's limits mean.
fn starts(gateway: &GatewayBot) -> Account {
    let shards = gateway.shards.unwrap_or(1);
    match gateway.session_start_limit {
        Some(limit) if limit.remaining < FEW_STARTS.min(limit.total) => Account::FewStarts {
            left: limit.remaining,
            back: Duration::from_millis(limit.reset_after),
        },
        Some(limit) => Account::Gateway {
            left: limit.remaining,
            of: limit.total,
            shards,
        },
        // Nobody says that there is a limit.
        None => Account::Gateway {
            left: 0,
            of: 0,
            shards,
        },
    }
}
