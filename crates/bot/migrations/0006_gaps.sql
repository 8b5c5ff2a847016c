-- What new sessions have not told and what is still to be read back from Discord. A row goes when all of it is read.
CREATE TABLE gaps (
    -- The guild; 0 stands for direct messages.
    guild  BIGINT NOT NULL PRIMARY KEY,
    -- Until when it was surely heard, by Discord's clock, in milliseconds since the Unix epoch.
    heard  BIGINT NOT NULL,
    -- Another one whenever the gap grows: who has read back what it was before has not read all of it.
    number BIGINT NOT NULL,
    -- Its channels and threads in which something may have been said meanwhile, each with its newest message, as JSON;
    -- none before Discord has told them.
    places TEXT
);
