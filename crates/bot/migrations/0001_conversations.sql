-- What is remembered of conversations, and the turns that are to be answered.
-- Only types and clauses that SQLite and PostgreSQL share, so that one text serves both.
-- Ids are Discord's own (64 bits). Moments are milliseconds since the Unix epoch; those that order what was learnt
-- (lost, changed) are microseconds, of which no two are the same.

-- How often the store was opened: tells a turn that a dead process left running from one that runs now.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('run', 0);

CREATE TABLE conversations (
    id          BIGINT  NOT NULL PRIMARY KEY,
    -- Where it is held; while its thread is being opened, the channel that the thread will hang below.
    channel     BIGINT  NOT NULL,
    -- The channel that its thread hangs below, where that is known.
    parent      BIGINT,
    guild       BIGINT,
    kind        TEXT    NOT NULL CHECK (kind IN ('opening', 'thread', 'direct', 'chain')),
    -- Whether messages may be missing: 'unread' somewhere, 'partly' only at the beginning, 'whole' none.
    history     TEXT    NOT NULL CHECK (history IN ('unread', 'partly', 'whole')),
    -- When messages may last have been missed.
    lost        BIGINT  NOT NULL,
    told_window BOOLEAN NOT NULL,
    -- The channel is out of reach, and what was said in it has been erased here.
    gone        BOOLEAN NOT NULL,
    -- The last number given to a worker; only the newest may write.
    fence       BIGINT  NOT NULL,
    created     BIGINT  NOT NULL
);
CREATE INDEX conversations_by_channel ON conversations (channel);
CREATE INDEX conversations_by_parent ON conversations (parent) WHERE parent IS NOT NULL;
CREATE INDEX conversations_by_guild ON conversations (guild) WHERE guild IS NOT NULL;

-- A message can belong to two conversations: the answer in a reply chain on which somebody opens a thread.
CREATE TABLE messages (
    conversation BIGINT  NOT NULL REFERENCES conversations (id),
    id           BIGINT  NOT NULL,
    -- 0 where it is not known: the bot itself, and messages known only as deleted.
    author       BIGINT  NOT NULL,
    name         TEXT    NOT NULL,
    mine         BOOLEAN NOT NULL,
    -- Of the bot's own: the ask that is answered, and which part of the answer this is, from 0.
    answers      BIGINT,
    part         BIGINT  NOT NULL,
    text         TEXT    NOT NULL,
    attachments  TEXT    NOT NULL,
    reply_to     BIGINT,
    quoted       TEXT,
    -- Bytes of text in it, attachments and quotation included; never less than there are.
    size         BIGINT  NOT NULL,
    edited       BOOLEAN NOT NULL,
    -- Its text, attachments and quotation are erased; the row stays, so that it can't come back.
    deleted      BOOLEAN NOT NULL,
    -- When this row was last written.
    changed      BIGINT  NOT NULL,
    PRIMARY KEY (conversation, id)
);
CREATE INDEX messages_by_id ON messages (id);
CREATE INDEX messages_by_answer ON messages (conversation, answers) WHERE answers IS NOT NULL;
CREATE INDEX messages_by_quotation ON messages (reply_to) WHERE quoted IS NOT NULL;

CREATE TABLE turns (
    -- The message that asks: the same event told twice is one turn.
    ask          BIGINT NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL REFERENCES conversations (id),
    state        TEXT   NOT NULL CHECK (state IN ('queued', 'running', 'joined', 'done', 'failed')),
    -- The turn that this one was joined to, which answers both.
    leader       BIGINT,
    -- The worker that may write, and the run of the process that it belongs to.
    fence        BIGINT NOT NULL,
    run          BIGINT NOT NULL,
    -- Which version of the answer this is, from 1.
    version      BIGINT NOT NULL,
    -- The question, the answer as far as it has come, and how it ended, each as JSON.
    question     TEXT   NOT NULL,
    reply        TEXT,
    outcome      TEXT,
    created      BIGINT NOT NULL,
    claimed      BIGINT,
    ended        BIGINT
);
CREATE INDEX turns_by_state ON turns (state, conversation, ask);
CREATE INDEX turns_by_leader ON turns (leader) WHERE leader IS NOT NULL;
CREATE UNIQUE INDEX turns_one_running ON turns (conversation) WHERE state = 'running';
