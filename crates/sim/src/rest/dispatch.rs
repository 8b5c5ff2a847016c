//! From route to function, each named once.

use super::{
    applications, asked::Asked, channels, commands, guilds, interactions, messages, pages,
    serve::Served, threads, users, webhooks,
};
use crate::{Route, world::World};

/// Does what a request asks for.
pub(super) fn dispatch(world: &mut World, asked: &Asked) -> Served {
    match asked.route {
        Route::GetGateway => applications::gateway(world),
        Route::GetGatewayBot => applications::gateway_bot(world),
        Route::GetOwnApplication => applications::own(world, asked),
        Route::EditOwnApplication => applications::edit_own(world, asked),
        Route::GetOauthApplication => applications::own(world, asked),
        Route::GetOwnUser => users::own(world, asked),
        Route::EditOwnUser => users::edit_own(world, asked),
        Route::GetUser => users::get(world, asked),
        Route::OpenDirectMessage => users::open_direct_message(world, asked),
        Route::ListOwnGuilds => users::guilds(world, asked),
        Route::LeaveGuild => users::leave_guild(world, asked),
        Route::ListGlobalCommands | Route::ListGuildCommands => commands::list(world, asked),
        Route::CreateGlobalCommand | Route::CreateGuildCommand => commands::create(world, asked),
        Route::SetGlobalCommands | Route::SetGuildCommands => commands::set_all(world, asked),
        Route::GetGlobalCommand | Route::GetGuildCommand => commands::get(world, asked),
        Route::EditGlobalCommand | Route::EditGuildCommand => commands::edit(world, asked),
        Route::DeleteGlobalCommand | Route::DeleteGuildCommand => commands::delete(world, asked),
        Route::GetGuild => guilds::get(world, asked),
        Route::ListGuildChannels => guilds::channels(world, asked),
        Route::CreateGuildChannel => guilds::create_channel(world, asked),
        Route::ListActiveThreads => threads::list_active(world, asked),
        Route::ListMembers => guilds::members(world, asked),
        Route::SearchMembers => guilds::search_members(world, asked),
        Route::GetMember => guilds::member(world, asked),
        Route::EditOwnMember => guilds::edit_own_member(world, asked),
        Route::ListRoles => guilds::roles(world, asked),
        Route::GetRole => guilds::role(world, asked),
        Route::ListEmojis => guilds::emojis(world, asked),
        Route::GetEmoji => guilds::emoji(world, asked),
        Route::GetChannel => channels::get(world, asked),
        Route::EditChannel => channels::edit(world, asked),
        Route::DeleteChannel => channels::delete(world, asked),
        Route::SetOverwrite => channels::set_overwrite(world, asked),
        Route::DeleteOverwrite => channels::delete_overwrite(world, asked),
        Route::Typing => channels::typing(world, asked),
        Route::ListMessages => pages::list(world, asked),
        Route::CreateMessage => messages::create(world, asked),
        Route::BulkDeleteMessages => messages::bulk_delete(world, asked),
        Route::ListPins => pages::pins(world, asked),
        Route::ListPinsDeprecated => pages::pins_deprecated(world, asked),
        Route::Pin | Route::PinDeprecated => messages::pin(world, asked, true),
        Route::Unpin | Route::UnpinDeprecated => messages::pin(world, asked, false),
        Route::GetMessage => messages::get(world, asked),
        Route::EditMessage => messages::edit(world, asked),
        Route::DeleteMessage => messages::delete(world, asked),
        Route::Crosspost => messages::crosspost(world, asked),
        Route::AddReaction => messages::react(world, asked),
        Route::RemoveOwnReaction | Route::RemoveReaction => messages::unreact(world, asked),
        Route::ListReactions => pages::reactions(world, asked),
        Route::ClearReactionsOfEmoji | Route::ClearReactions => {
            messages::clear_reactions(world, asked)
        }
        Route::CreateThreadFromMessage => threads::create_on_message(world, asked),
        Route::CreateThread => threads::create(world, asked),
        Route::ListThreadMembers => threads::members(world, asked),
        Route::GetThreadMember => threads::member(world, asked),
        Route::JoinThread | Route::AddThreadMember => threads::join(world, asked),
        Route::LeaveThread | Route::RemoveThreadMember => threads::leave(world, asked),
        Route::ListArchivedPublicThreads => {
            threads::list_archived(world, asked, threads::Which::Public)
        }
        Route::ListArchivedPrivateThreads => {
            threads::list_archived(world, asked, threads::Which::Private)
        }
        Route::ListOwnArchivedPrivateThreads => {
            threads::list_archived(world, asked, threads::Which::OwnPrivate)
        }
        Route::ListChannelWebhooks => webhooks::list(world, asked),
        Route::CreateWebhook => webhooks::create(world, asked),
        Route::GetWebhook | Route::GetWebhookByToken => webhooks::get(world, asked),
        Route::DeleteWebhook => webhooks::delete(world, asked),
        Route::ExecuteWebhook => webhooks::execute(world, asked),
        Route::GetOriginalResponse | Route::GetWebhookMessage => {
            webhooks::get_message(world, asked)
        }
        Route::EditOriginalResponse | Route::EditWebhookMessage => {
            webhooks::edit_message(world, asked)
        }
        Route::DeleteOriginalResponse | Route::DeleteWebhookMessage => {
            webhooks::delete_message(world, asked)
        }
        Route::AnswerInteraction => interactions::answer(world, asked),
    }
}
