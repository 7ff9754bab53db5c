-- Exchange with the centre and other consoles: where documents live, what the centre holds, how far both have read.

-- place: word number of the database the document lives in, 0 while it has none. seq: our own feed of changes.
ALTER TABLE doc ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE doc ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX doc_seq ON doc (place, seq);
-- Those that say nothing now: deleted, or all of it taken back.
CREATE INDEX doc_mute ON doc (place, deleted) WHERE deleted = 1 OR winner IS NULL;

-- held: 1 the centre holds it. aside: 1 a person took it back: no leaf any more, never offered.
ALTER TABLE rev ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rev ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;

-- Why a change was refused (refused is a phrase key, told its values as JSON) and when it was and is tried.
ALTER TABLE outbox ADD COLUMN told TEXT NOT NULL DEFAULT '{}';
ALTER TABLE outbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN tried_at INTEGER;
ALTER TABLE outbox ADD COLUMN next_at INTEGER;
ALTER TABLE outbox ADD COLUMN withdrawn_at INTEGER;
-- place: that of its document. via: who brought it, '' where it was made here.
ALTER TABLE outbox ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN via TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_place ON outbox (place, n) WHERE withdrawn_at IS NULL;

-- Documents with more than one open leaf that no rule settles, and since when.
CREATE TABLE conflict (doc INTEGER PRIMARY KEY REFERENCES doc (n), at INTEGER NOT NULL);

-- How far a peer and we know each other; sessions as JSON, newest first.
CREATE TABLE peer (name TEXT NOT NULL, place TEXT NOT NULL, uuid TEXT NOT NULL, instance TEXT NOT NULL,
  sessions TEXT NOT NULL, held_up TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (name, place)) WITHOUT ROWID;

-- Notes of peers that never travel on (CouchDB's _local documents).
CREATE TABLE local_doc (place TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (place, id)) WITHOUT ROWID;
