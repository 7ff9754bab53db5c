// A PouchDB in memory, told what to do by lines of JSON on its input; one line of JSON answers each.
//   {"call": "put", "args": [...]}         a method of the local database
//   {"replicate": "to"|"from", "url": ..., "user": ..., "secret": ..., "options": {...}}
//   {"follow": ...}                        live replication from there, until "unfollow"
//   {"dump": true}                         every leaf of every document, with ancestry and attachments
const readline = require('readline');
const PouchDB = require('pouchdb');
PouchDB.plugin(require('pouchdb-adapter-memory'));
const local = new PouchDB('local', { adapter: 'memory' });
let following = null;

function remote(ask) {
  return new PouchDB(ask.url, { auth: { username: ask.user, password: ask.secret }, skip_setup: !!ask.skip_setup });
}

async function dump() {
  const found = {};
  // the rows' first leaf is not always the winner here; the document is
  const feed = await local.changes({ since: 0, style: 'all_docs', include_docs: true, return_docs: true });
  for (const row of feed.results) {
    const leaves = {};
    for (const { rev } of row.changes) {
      leaves[rev] = await local.get(row.id, { rev, revs: true, attachments: true });
    }
    found[row.id] = { winner: row.doc._rev, deleted: !!row.deleted, leaves };
  }
  return found;
}

async function act(ask) {
  if (ask.call) return local[ask.call](...(ask.args || []));
  if (ask.replicate) {
    const there = remote(ask);
    const options = Object.assign({ batch_size: 100 }, ask.options);
    return ask.replicate === 'to' ? local.replicate.to(there, options) : local.replicate.from(there, options);
  }
  if (ask.follow) {
    following = local.replicate.from(remote(ask.follow), { live: true, retry: false, heartbeat: 1000 });
    following.catch(() => {});
    return true;
  }
  if (ask.unfollow) {
    const ended = new Promise((done) => following.on('complete', done));
    following.cancel();
    await ended;
    return true;
  }
  if (ask.dump) return dump();
  throw new Error('what?');
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { ok: await act(JSON.parse(line)) };
    } catch (error) {
      answer = { error: { name: error.name, status: error.status, message: String(error.message || error) } };
    }
    process.stdout.write(JSON.stringify(answer === undefined ? null : answer) + '\n');
  }
  process.exit(0);
})();
