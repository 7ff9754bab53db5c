-- Reports handed on to other applications: how each stands that this console sends. What is sent stands in the history
-- alone (event.fields of the command), so that it goes from there when somebody has it erased.

-- state: console/core/forwarding.py. home: console that sends it. says, told: why, a phrase key with its values as JSON.
-- report: the number it has there. token: for which that number is asked. again: sent once more by a person so often.
-- maybe: 1 where that was done while it was not sure, so that an earlier one may stand there, whatever comes of the next.
CREATE TABLE posting (
  command TEXT PRIMARY KEY,
  complaint TEXT NOT NULL,
  target TEXT NOT NULL,
  reference TEXT NOT NULL,
  home TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  begun_at INTEGER,
  next_at INTEGER,
  looked_at INTEGER,
  done_at INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  looks INTEGER NOT NULL DEFAULT 0,
  again INTEGER NOT NULL DEFAULT 0,
  maybe INTEGER NOT NULL DEFAULT 0,
  says TEXT NOT NULL DEFAULT '',
  told TEXT NOT NULL DEFAULT '{}',
  token TEXT NOT NULL DEFAULT '',
  report TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX posting_complaint ON posting (complaint);
-- Those that are not at rest.
CREATE INDEX posting_open ON posting (next_at) WHERE next_at IS NOT NULL;

-- Deeds that handed something on, and what came of them.
CREATE INDEX event_forward ON event (complaint, n)
WHERE deed IN ('forward', 'forwarded', 'forward_refused', 'forward_drop', 'forward_again');
