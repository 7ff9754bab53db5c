-- The ledger: who did what at this console, as a chain. Rows are added at its end, never changed, never taken away.

-- deed: what was done. subject: what it was done to. why: the reason a person gave, or a phrase key of a refusal.
-- told: JSON, names of things, never a citizen's own words. at: our clock in ms, hub_at: the centre's, where it is known.
-- hash: SHA-256 over the row with prev, the hash of the row before, '' for the first.
CREATE TABLE ledger (
  n INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  session TEXT NOT NULL,
  deed TEXT NOT NULL,
  subject TEXT NOT NULL,
  why TEXT NOT NULL,
  told TEXT NOT NULL,
  hub_at INTEGER,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
);
-- A page of one person's, or of one kind, newest first, is read from these alone.
CREATE INDEX ledger_who ON ledger (who, n, deed, at);
CREATE INDEX ledger_deed ON ledger (deed, n, at);
CREATE INDEX ledger_at ON ledger (at);
CREATE TRIGGER ledger_stays BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- REPLACE deletes without asking the trigger above; and a row of another end is none of this chain.
CREATE TRIGGER ledger_ends BEFORE INSERT ON ledger
WHEN new.n <= (SELECT max(n) FROM ledger)
  OR new.prev <> coalesce((SELECT hash FROM ledger ORDER BY n DESC LIMIT 1), '')
BEGIN SELECT RAISE(ABORT, 'the ledger goes on at its end'); END;
