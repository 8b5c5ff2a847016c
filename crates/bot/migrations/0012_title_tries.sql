-- How often the model was asked for the thread's title.
ALTER TABLE conversations ADD COLUMN title_tries BIGINT NOT NULL DEFAULT 0;
