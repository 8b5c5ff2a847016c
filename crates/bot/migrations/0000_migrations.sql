-- Which changes of the tables were made. This statement runs at each start.

CREATE TABLE IF NOT EXISTS migrations (
    version BIGINT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL
);
