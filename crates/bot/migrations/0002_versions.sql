-- Earlier versions of answers that were made again: their question was edited, or somebody asked for it.
CREATE TABLE versions (
    -- The turn's first question, and which version of its answer this was, from 1.
    ask     BIGINT NOT NULL REFERENCES turns (ask),
    version BIGINT NOT NULL,
    -- The model's text as far as it had come, and how that version ended (JSON); none where it was broken off.
    text    TEXT   NOT NULL,
    outcome TEXT,
    ended   BIGINT NOT NULL,
    PRIMARY KEY (ask, version)
);
