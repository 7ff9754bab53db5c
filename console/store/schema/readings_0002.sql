-- How we stand with the centre's database server; one row.

CREATE TABLE hub (
  n INTEGER PRIMARY KEY CHECK (n = 1),
  state TEXT NOT NULL,
  at INTEGER NOT NULL
);
