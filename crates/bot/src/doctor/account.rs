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
        gateway::knock,
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
    match gateway {
        Ok(gateway) => findings.extend(look_at(&gateway).await.map(Finding::Account)),
        Err(error) => findings.push(untold(Check::Gateway, &error)),
    }
    (findings, Some(me))
}

/// Whether the gateway can be reached, and what its limits mean.
async fn look_at(gateway: &GatewayBot) -> impl Iterator<Item = Account> + use<> {
    let knocked = knock(&gateway.url).await;
    let few = gateway
        .session_start_limit
        .as_ref()
        .filter(|limit| limit.remaining < FEW_STARTS.min(limit.total))
        .map(|limit| Account::FewStarts {
            left: limit.remaining,
            back: Duration::from_millis(limit.reset_after),
        });
    let reached = match knocked {
        Err(reason) => Some(Account::GatewayUnreachable {
            address: gateway.url.clone(),
            reason,
        }),
        Ok(_) if few.is_some() => None,
        Ok(took) => {
            // Where nobody says that there is a limit, there is none to tell.
            let limit = gateway.session_start_limit.as_ref();
            Some(Account::Gateway {
                took,
                left: limit.map_or(0, |limit| limit.remaining),
                of: limit.map_or(0, |limit| limit.total),
                shards: gateway.shards.unwrap_or(1),
            })
        }
    };
    reached.into_iter().chain(few)
}
