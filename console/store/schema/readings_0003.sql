-- What sources tell that is no complaint: items, series of measurements, and the memos of what can be fetched again.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE memo (
  source TEXT PRIMARY KEY,
  memo TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

-- Instants are milliseconds since 1970. received_at: when what stands here came; gone_at: since when the source, which
-- tells all it holds, does not tell it any more.
CREATE TABLE item (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  native_id TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  observed_at INTEGER NOT NULL,
  starts_at INTEGER,
  ends_at INTEGER,
  lat REAL,
  lon REAL,
  area TEXT NOT NULL,
  level TEXT NOT NULL,
  url TEXT NOT NULL,
  zone_assumed INTEGER NOT NULL,
  revised_at INTEGER,
  body TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  gone_at INTEGER
);
CREATE INDEX item_newest ON item (kind, observed_at);
CREATE INDEX item_ends ON item (kind, ends_at);
CREATE INDEX item_here ON item (source) WHERE gone_at IS NULL;
CREATE INDEX item_gone ON item (kind, gone_at) WHERE gone_at IS NOT NULL;

CREATE VIRTUAL TABLE item_search USING fts5 (title, text, content='item', content_rowid='n', prefix='2 3',
  detail=none, columnsize=0, tokenize='unicode61 remove_diacritics 2');

-- Which earlier alerts an update or a cancelling is about: sender, identifier and sent (ms) of each, as one text; and
-- when it was sent itself.
CREATE TABLE item_refers (
  refers TEXT NOT NULL,
  n INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (refers, n)
) WITHOUT ROWID;
CREATE INDEX item_refers_n ON item_refers (n);

-- What a source that tells all it holds in several answers has told so far.
CREATE TABLE item_told (
  source TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (source, n)
) WITHOUT ROWID;

CREATE TABLE series (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  native_id TEXT NOT NULL,
  title TEXT NOT NULL,
  property TEXT NOT NULL,
  unit TEXT NOT NULL,
  station TEXT NOT NULL,
  lat REAL,
  lon REAL,
  area TEXT NOT NULL,
  cadence_s REAL NOT NULL,
  body TEXT NOT NULL,
  last_at INTEGER,
  last_value REAL,
  last_quality TEXT NOT NULL DEFAULT '',
  received_at INTEGER
);
CREATE INDEX series_source ON series (source);
CREATE INDEX series_area ON series (area);

-- after_ms: so long after it was measured it came here.
CREATE TABLE sample (
  series INTEGER NOT NULL,
  at INTEGER NOT NULL,
  value REAL NOT NULL,
  quality TEXT NOT NULL,
  after_ms INTEGER NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID;

-- Samples of five minutes and of an hour together; at: where that span begins. An hour is closed once its samples are
-- not kept any more: what comes for it after that changes nothing.
CREATE TABLE five_minutes (
  series INTEGER NOT NULL,
  at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum REAL NOT NULL,
  lo REAL NOT NULL,
  hi REAL NOT NULL,
  PRIMARY KEY (series, at)
) WITHOUT ROWID;

CREATE TABLE hour (
  series INTEGER NOT NULL,
  at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum REAL NOT NULL,
  lo REAL NOT NULL,
  hi REAL NOT NULL,
  touched_at INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (series, at)
) WITHOUT ROWID;
CREATE INDEX hour_open ON hour (at, series) WHERE closed = 0;

-- Numbers of the buckets of a chart: joined to a series they group it in one pass, with nothing to be sorted.
CREATE TABLE tick (k INTEGER PRIMARY KEY);
INSERT INTO tick WITH RECURSIVE each (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM each WHERE k < 4095)
  SELECT k FROM each;
