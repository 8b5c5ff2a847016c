-- The gateway sessions, so that a new process goes on where the old one stopped.

CREATE TABLE sessions (
    shard       BIGINT NOT NULL PRIMARY KEY,
    shards      BIGINT NOT NULL,
    bot         BIGINT NOT NULL,
    application BIGINT NOT NULL,
    intents     BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    -- Everything that the session told up to this number is handled and stored.
    sequence    BIGINT NOT NULL,
    resume_url  TEXT   NOT NULL,
    -- When that was so.
    reached     BIGINT NOT NULL
);

-- What the events of the sessions add up to: a session that is resumed tells none of it again.
CREATE TABLE guilds (
    id    BIGINT NOT NULL PRIMARY KEY,
    shard BIGINT NOT NULL,
    -- Its channels, threads and roles as JSON; none before Discord has told them.
    known TEXT
);
CREATE INDEX guilds_by_shard ON guilds (shard);
