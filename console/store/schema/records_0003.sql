-- Photos and other files: which bytes lie beside this file in the folder `blobs`, and under which digest a document
-- speaks of them.

-- sha256: name of the file. digest: `md5-<base64>`, as stubs in documents name attachments.
CREATE TABLE blob (
  n INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL,
  length INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX blob_digest ON blob (digest);

-- Deeds that brought a file, in the order in which we heard of them.
CREATE INDEX event_file ON event (n, complaint) WHERE deed = 'attach';
