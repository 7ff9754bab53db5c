// PouchDB 9 on leveldb as the rival: node pouch.js pull|push URL FOLDER FILE. FILE holds documents as lines of JSON.
// Says {"seconds": S, "count": N}. What is not replication (filling the local database) is not timed.
const fs = require('fs');
const readline = require('readline');
const PouchDB = require('pouchdb');

const [, , mode, url, folder, file] = process.argv;
const options = { batch_size: 1000, batches_limit: 10 };

async function lines() {
  const found = [];
  for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) found.push(JSON.parse(line));
  return found;
}

(async () => {
  const local = new PouchDB(folder);
  if (mode === 'push') {
    const docs = await lines();
    while (docs.length) await local.bulkDocs(docs.splice(0, 2000), { new_edits: false });
  }
  const there = new PouchDB(url, { skip_setup: true });
  const start = process.hrtime.bigint();
  const done = mode === 'push' ? await local.replicate.to(there, options) : await local.replicate.from(there, options);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const count = mode === 'push' ? done.docs_written : (await local.info()).doc_count;
  console.log(JSON.stringify({ seconds, count }));
  process.exit(0);
})();
