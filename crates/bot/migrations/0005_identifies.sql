-- When each shard began sessions: how soon it may begin another is reckoned over restarts.
CREATE TABLE identifies (
    shard BIGINT NOT NULL,
    -- By Discord's clock, in milliseconds since the Unix epoch.
    at    BIGINT NOT NULL
);
CREATE INDEX identifies_by_shard ON identifies (shard, at);
