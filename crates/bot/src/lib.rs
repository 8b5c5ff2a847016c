//! kaiwa-bot.
