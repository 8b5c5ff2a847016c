//! Every REST route that the simulator answers, named once: routing, limits, faults, recordings and the table in
//! the documentation all speak of these.

/// HTTP methods that Discord's API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Read.
    Get,
    /// Make.
    Post,
    /// Put in place.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

macro_rules! routes {
    ($($name:ident $method:ident $pattern:literal)*) => {
        /// One method on one path.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each is named by its method and path in the table")]
        pub enum Route { $($name),* }

        impl Route {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its method.
            #[must_use]
            pub fn method(self) -> Method {
                match self { $(Self::$name => Method::$method),* }
            }

            /// Its path as Discord's OpenAPI description writes it, without `/api/v10`.
            #[must_use]
            pub fn pattern(self) -> &'static str {
                match self { $(Self::$name => $pattern),* }
            }

            /// Its name in the control API, as `CreateMessage`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

routes! {
    GetGateway Get "/gateway"
    GetGatewayBot Get "/gateway/bot"
    GetOwnUser Get "/users/@me"
    EditOwnUser Patch "/users/@me"
    GetUser Get "/users/{user_id}"
    OpenDirectMessage Post "/users/@me/channels"
    ListOwnGuilds Get "/users/@me/guilds"
    LeaveGuild Delete "/users/@me/guilds/{guild_id}"
    GetOwnApplication Get "/applications/@me"
    EditOwnApplication Patch "/applications/@me"
    GetOauthApplication Get "/oauth2/applications/@me"
    ListGlobalCommands Get "/applications/{application_id}/commands"
    CreateGlobalCommand Post "/applications/{application_id}/commands"
    SetGlobalCommands Put "/applications/{application_id}/commands"
    GetGlobalCommand Get "/applications/{application_id}/commands/{command_id}"
    EditGlobalCommand Patch "/applications/{application_id}/commands/{command_id}"
    DeleteGlobalCommand Delete "/applications/{application_id}/commands/{command_id}"
    ListGuildCommands Get "/applications/{application_id}/guilds/{guild_id}/commands"
    CreateGuildCommand Post "/applications/{application_id}/guilds/{guild_id}/commands"
    SetGuildCommands Put "/applications/{application_id}/guilds/{guild_id}/commands"
    GetGuildCommand Get "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}"
    EditGuildCommand Patch "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}"
    DeleteGuildCommand Delete "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}"
    GetGuild Get "/guilds/{guild_id}"
    ListGuildChannels Get "/guilds/{guild_id}/channels"
    CreateGuildChannel Post "/guilds/{guild_id}/channels"
    ListActiveThreads Get "/guilds/{guild_id}/threads/active"
    ListMembers Get "/guilds/{guild_id}/members"
    SearchMembers Get "/guilds/{guild_id}/members/search"
    GetMember Get "/guilds/{guild_id}/members/{user_id}"
    EditOwnMember Patch "/guilds/{guild_id}/members/@me"
    ListRoles Get "/guilds/{guild_id}/roles"
    GetRole Get "/guilds/{guild_id}/roles/{role_id}"
    ListEmojis Get "/guilds/{guild_id}/emojis"
    GetEmoji Get "/guilds/{guild_id}/emojis/{emoji_id}"
    GetChannel Get "/channels/{channel_id}"
    EditChannel Patch "/channels/{channel_id}"
    DeleteChannel Delete "/channels/{channel_id}"
    SetOverwrite Put "/channels/{channel_id}/permissions/{overwrite_id}"
    DeleteOverwrite Delete "/channels/{channel_id}/permissions/{overwrite_id}"
    Typing Post "/channels/{channel_id}/typing"
    ListMessages Get "/channels/{channel_id}/messages"
    CreateMessage Post "/channels/{channel_id}/messages"
    BulkDeleteMessages Post "/channels/{channel_id}/messages/bulk-delete"
    ListPins Get "/channels/{channel_id}/messages/pins"
    Pin Put "/channels/{channel_id}/messages/pins/{message_id}"
    Unpin Delete "/channels/{channel_id}/messages/pins/{message_id}"
    ListPinsDeprecated Get "/channels/{channel_id}/pins"
    PinDeprecated Put "/channels/{channel_id}/pins/{message_id}"
    UnpinDeprecated Delete "/channels/{channel_id}/pins/{message_id}"
    GetMessage Get "/channels/{channel_id}/messages/{message_id}"
    EditMessage Patch "/channels/{channel_id}/messages/{message_id}"
    DeleteMessage Delete "/channels/{channel_id}/messages/{message_id}"
    Crosspost Post "/channels/{channel_id}/messages/{message_id}/crosspost"
    AddReaction Put "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"
    RemoveOwnReaction Delete "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"
    RemoveReaction Delete "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}"
    ListReactions Get "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}"
    ClearReactionsOfEmoji Delete "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}"
    ClearReactions Delete "/channels/{channel_id}/messages/{message_id}/reactions"
    CreateThreadFromMessage Post "/channels/{channel_id}/messages/{message_id}/threads"
    CreateThread Post "/channels/{channel_id}/threads"
    ListThreadMembers Get "/channels/{channel_id}/thread-members"
    GetThreadMember Get "/channels/{channel_id}/thread-members/{user_id}"
    JoinThread Put "/channels/{channel_id}/thread-members/@me"
    LeaveThread Delete "/channels/{channel_id}/thread-members/@me"
    AddThreadMember Put "/channels/{channel_id}/thread-members/{user_id}"
    RemoveThreadMember Delete "/channels/{channel_id}/thread-members/{user_id}"
    ListArchivedPublicThreads Get "/channels/{channel_id}/threads/archived/public"
    ListArchivedPrivateThreads Get "/channels/{channel_id}/threads/archived/private"
    ListOwnArchivedPrivateThreads Get "/channels/{channel_id}/users/@me/threads/archived/private"
    ListChannelWebhooks Get "/channels/{channel_id}/webhooks"
    CreateWebhook Post "/channels/{channel_id}/webhooks"
    GetWebhook Get "/webhooks/{webhook_id}"
    DeleteWebhook Delete "/webhooks/{webhook_id}"
    GetWebhookByToken Get "/webhooks/{webhook_id}/{webhook_token}"
    ExecuteWebhook Post "/webhooks/{webhook_id}/{webhook_token}"
    GetOriginalResponse Get "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
    EditOriginalResponse Patch "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
    DeleteOriginalResponse Delete "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
    GetWebhookMessage Get "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
    EditWebhookMessage Patch "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
    DeleteWebhookMessage Delete "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
    AnswerInteraction Post "/interactions/{interaction_id}/{interaction_token}/callback"
}

/// A path that was recognised, with what stood in the places of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The route.
    pub route: Route,
    /// What stood in the braces, in order.
    pub parameters: Vec<String>,
}

/// Why a path has no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// No method answers there.
    Path,
    /// Another method does.
    Method,
}

impl Route {
    /// Finds the route of a request. `path` has no `/api/v10` in front and no query.
    ///
    /// # Errors
    /// When no route has this path, or none with this method.
    pub fn find(method: &str, path: &str) -> Result<Matched, Unmatched> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let mut other_method = false;
        let mut best: Option<(usize, Matched)> = None;
        for route in Self::ALL {
            let Some(parameters) = parameters(route.pattern(), &segments) else {
                continue;
            };
            if route.method().as_str() != method {
                other_method = true;
                continue;
            }
            // `/users/@me` also fits `/users/{user_id}`: the one with fewer names is meant.
            if best
                .as_ref()
                .is_none_or(|(count, _)| parameters.len() < *count)
            {
                best = Some((
                    parameters.len(),
                    Matched {
                        route: *route,
                        parameters,
                    },
                ));
            }
        }
        best.map(|(_, matched)| matched).ok_or(if other_method {
            Unmatched::Method
        } else {
            Unmatched::Path
        })
    }

    /// The route with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|route| route.name() == name)
    }

    /// Whether the caller needs no bot token, because the path itself holds a secret.
    #[must_use]
    pub fn is_public(self) -> bool {
        let pattern = self.pattern();
        pattern.contains("_token}") || self == Self::GetGateway
    }

    /// Whether calls of it are left out of the global 50 a second.
    #[must_use]
    pub fn is_interaction(self) -> bool {
        self.pattern().contains("_token}")
    }
}

fn parameters(pattern: &str, segments: &[&str]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut given = segments.iter();
    for part in pattern.trim_matches('/').split('/') {
        let segment = *given.next()?;
        if part.starts_with('{') {
            found.push(decode(segment));
        } else if part != segment && part != decode(segment) {
            return None;
        }
    }
    given.next().is_none().then_some(found)
}

/// Percent-decoding, for emojis and `@me` as some clients write them.
#[must_use]
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: String = rest.clone().take(2).map(char::from).collect();
        match u8::from_str_radix(&digits, 16) {
            Ok(decoded) if digits.len() == 2 => {
                bytes.push(decoded);
                rest.nth(1);
            }
            Ok(_) | Err(_) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_route_wins_and_names_are_taken_out() {
        for (method, path, route, parameters) in [
            ("GET", "/users/@me", Route::GetOwnUser, vec![]),
            ("GET", "/users/%40me", Route::GetOwnUser, vec![]),
            ("GET", "/users/12", Route::GetUser, vec!["12"]),
            (
                "GET",
                "/channels/1/messages/pins",
                Route::ListPins,
                vec!["1"],
            ),
            (
                "GET",
                "/channels/1/messages/2",
                Route::GetMessage,
                vec!["1", "2"],
            ),
            (
                "PATCH",
                "/webhooks/1/t/messages/@original",
                Route::EditOriginalResponse,
                vec!["1", "t"],
            ),
            (
                "PUT",
                "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me",
                Route::AddReaction,
                vec!["1", "2", "👍"],
            ),
        ] {
            let matched = Route::find(method, path).unwrap();
            assert_eq!(
                (matched.route, matched.parameters),
                (route, parameters.iter().map(ToString::to_string).collect())
            );
        }
        assert_eq!(Route::find("PUT", "/gateway"), Err(Unmatched::Method));
        assert_eq!(Route::find("GET", "/nowhere"), Err(Unmatched::Path));
    }

    #[test]
    fn each_route_is_found_by_its_own_pattern() {
        for route in Route::ALL {
            let path = route.pattern().replace(['{', '}'], "");
            assert_eq!(
                Route::find(route.method().as_str(), &path).unwrap().route,
                *route
            );
            assert_eq!(Route::named(route.name()), Some(*route));
        }
    }
}
