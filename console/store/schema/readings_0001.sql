-- What can be fetched again, or is worth little: health of sources, bad answers, notices of the store.

CREATE TABLE source (
  id TEXT PRIMARY KEY,
  health TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE refused (
  n INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  at INTEGER NOT NULL,
  place TEXT NOT NULL,
  says TEXT NOT NULL,
  told TEXT NOT NULL,
  raw TEXT NOT NULL
);
CREATE INDEX refused_source ON refused (source, n);

CREATE TABLE bad_answer (
  source TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  why TEXT NOT NULL,
  raw BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE notice (
  n INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  place TEXT NOT NULL,
  says TEXT NOT NULL,
  told TEXT NOT NULL
);
