-- When its author changed a message last, in milliseconds by Discord's clock; NULL where they never did.
ALTER TABLE messages ADD COLUMN edited_ms BIGINT;
ALTER TABLE messages DROP COLUMN edited;
