-- What was said in one place while its session went on, and has reached nobody: kept until it is read back.
CREATE TABLE unheard (
    channel BIGINT NOT NULL,
    -- The first message of it.
    since   BIGINT NOT NULL,
    guild   BIGINT NOT NULL,
    PRIMARY KEY (channel, since)
);
