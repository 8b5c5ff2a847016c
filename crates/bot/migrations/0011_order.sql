-- What came first is told by these, and not by the machine's clock, which may be put right in between.
-- In which run of the process a question was told; 0 in one that did not count.
ALTER TABLE turns ADD COLUMN told BIGINT NOT NULL DEFAULT 0;
-- The last moment that was given out to order what is learnt (lost, changed).
INSERT INTO counters (name, value) VALUES ('tick', 0);
