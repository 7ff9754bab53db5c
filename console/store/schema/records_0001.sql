-- What is known of complaints, what operators did, and what the centre does not hold yet.
-- A step, once released, is never changed: the next one is written beside it.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Words that stand in many rows (areas, offices, categories, names) as small numbers; 0 is "".
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO word VALUES (0, '');

-- The read model: the source's word folded with what operators decided.
-- decided: 1 the state is ours, 2 the office is ours. due_at: from when it is late, NULL once nobody has to act.
CREATE TABLE complaint (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source INTEGER NOT NULL,
  native_id TEXT NOT NULL,
  native_state TEXT NOT NULL,
  their_state INTEGER NOT NULL,
  state INTEGER NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  category INTEGER NOT NULL,
  agency TEXT NOT NULL,
  address TEXT NOT NULL,
  lat REAL,
  lon REAL,
  area INTEGER NOT NULL,
  their_opd INTEGER NOT NULL,
  opd INTEGER NOT NULL,
  requested_at INTEGER NOT NULL,
  updated_at INTEGER,
  expected_at INTEGER,
  zone_assumed INTEGER NOT NULL,
  media_url TEXT NOT NULL,
  extra TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  due_at INTEGER,
  holder INTEGER NOT NULL DEFAULT 0,
  duplicate_of TEXT NOT NULL DEFAULT '',
  touched_at INTEGER,
  pending INTEGER NOT NULL DEFAULT 0,
  decided INTEGER NOT NULL DEFAULT 0
);
-- The queue: any filter is answered from this one index alone, newest first.
CREATE INDEX queue ON complaint (requested_at, n, state, area, opd, category, holder);
-- The same by place, with where it is: drilling down on the map reads only what lies there.
CREATE INDEX place ON complaint (area, requested_at, n, state, opd, category, holder, lon, lat);
-- Those somebody has to act on: which are late, and how old they are.
CREATE INDEX due ON complaint (due_at, area, requested_at) WHERE due_at IS NOT NULL;

-- Full-text search lies in volumes search_64, search_65, ... of 65,536 rows each: console/store/search.py.

-- Counts kept in the same transaction as the rows they count.
CREATE TABLE tally_area (area INTEGER NOT NULL, state INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (area, state)) WITHOUT ROWID;
CREATE TABLE tally_hour (hour INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, open INTEGER NOT NULL);

-- What a feed must know to ask on; stored only together with the records it stands for.
CREATE TABLE memo (source TEXT PRIMARY KEY, memo TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

-- Documents with their revision trees. body is NULL for an ancestor known by its id alone.
CREATE TABLE doc (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, winner INTEGER, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE rev (
  n INTEGER PRIMARY KEY,
  doc INTEGER NOT NULL REFERENCES doc (n),
  generation INTEGER NOT NULL,
  hash TEXT NOT NULL,
  parent INTEGER REFERENCES rev (n),
  leaf INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  body TEXT,
  UNIQUE (doc, generation, hash)
);
CREATE INDEX rev_child ON rev (parent) WHERE parent IS NOT NULL;

-- Revisions the centre does not hold yet, in the order they were made.
CREATE TABLE outbox (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  doc TEXT NOT NULL,
  rev TEXT NOT NULL,
  complaint TEXT NOT NULL,
  command TEXT NOT NULL,
  at INTEGER NOT NULL,
  refused TEXT NOT NULL DEFAULT '',
  UNIQUE (doc, rev)
);
CREATE INDEX outbox_complaint ON outbox (complaint);

-- The history: what was done and what sources changed. Rows are added, never changed, never taken away.
CREATE TABLE event (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  complaint TEXT NOT NULL,
  deed TEXT NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  text TEXT NOT NULL,
  before INTEGER,
  after INTEGER,
  fields TEXT NOT NULL,
  was TEXT NOT NULL,
  command TEXT NOT NULL,
  undoes TEXT NOT NULL
);
CREATE INDEX event_complaint ON event (complaint, n);
CREATE INDEX event_by ON event (by, n);
CREATE INDEX event_command ON event (command) WHERE command <> '';
CREATE INDEX event_undoes ON event (undoes) WHERE undoes <> '';
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER event_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;

-- What became of each command: a repeat gets the same answer and does nothing.
CREATE TABLE outcome (
  command TEXT PRIMARY KEY,
  outcome TEXT NOT NULL,
  complaint TEXT NOT NULL,
  says TEXT NOT NULL,
  told TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
