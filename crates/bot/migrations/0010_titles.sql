-- The name under which the bot opened the thread, as long as the model may still give it a title; NULL otherwise.
ALTER TABLE conversations ADD COLUMN name TEXT;
