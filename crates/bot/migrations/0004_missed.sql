-- The question was read back: nobody heard it when it was asked.
ALTER TABLE turns ADD COLUMN missed BOOLEAN NOT NULL DEFAULT FALSE;
