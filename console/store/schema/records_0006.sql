-- The history may lose its words where a person asked for it, and nothing else: who did what and when stays.

DROP TRIGGER event_stays;
CREATE TRIGGER event_stays BEFORE UPDATE ON event
WHEN NOT EXISTS (SELECT 1 FROM doc WHERE doc.id = 'erasure:' || old.complaint)
  OR new.text NOT IN ('', old.text) OR new.fields NOT IN ('{}', old.fields)
  OR (new.n, new.id, new.complaint, new.deed, new.at, new.by, new.before, new.after, new.was, new.command, new.undoes)
    IS NOT (old.n, old.id, old.complaint, old.deed, old.at, old.by, old.before, old.after, old.was, old.command, old.undoes)
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
