-- Who works here: what the documents of persons say, sign-ins at this console, and tries that went wrong.

-- The read model of documents person:<id> in the shared place. verifier: argon2id in PHC form; it never leaves store and
-- engine.
CREATE TABLE person (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  verifier TEXT NOT NULL,
  secret_at INTEGER NOT NULL,
  ended_at INTEGER,
  at INTEGER NOT NULL
) WITHOUT ROWID;

-- Sign-ins at this console alone, with name and role as they were: a deed asked while one was open is done, also when
-- it has ended since. why: phrase key of why it ended. locked_at: since when the screen is covered.
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  secret_at INTEGER NOT NULL,
  since_at INTEGER NOT NULL,
  ended_at INTEGER,
  why TEXT NOT NULL,
  locked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX session_open ON session (person) WHERE ended_at IS NULL;

-- Wrong tries in a row at this console. login: a digest of what was typed, which may have been a secret.
CREATE TABLE attempt (login TEXT PRIMARY KEY, wrong INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID;
