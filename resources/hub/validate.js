function (newDoc, oldDoc, userCtx, secObj) {
  // What the centre's databases take, whoever sends it. ES5: CouchDB runs it in an old engine.
  // Histories stay as they were written; a case names its complaint; nobody writes under another's name; who may work
  // with the city's complaints is said by its administrators' consoles alone.
  function no(why) {
    throw { forbidden: why };
  }
  function text(field) {
    if (typeof newDoc[field] !== "string" || newDoc[field] === "") no(field + " must be text");
  }
  function has(role) {
    return userCtx.roles.indexOf(role) !== -1;
  }
  var admin = has("_admin");
  var id = String(newDoc._id);
  var kind = id.slice(0, Math.max(id.indexOf(":"), 0));
  var generation = newDoc._revisions ? newDoc._revisions.start : parseInt(newDoc._rev || "1", 10);
  if (id.slice(0, 8) === "_design/") {
    if (!admin) no("only who runs the centre changes its rules");
    return;
  }
  if (!userCtx.name && !admin) no("sign in first");
  if (typeof newDoc.author === "string" && newDoc.author !== userCtx.name && !admin && !has("kendali-hub")) {
    no("author must be who sends it");
  }
  if (kind === "person") {
    if (!admin && !has("kendali-admin") && !has("kendali-hub")) no("persons are changed at an administrator's console");
    if (typeof userCtx.db === "string" && userCtx.db.slice(-7) !== "-shared") no("persons live in the shared database");
    if (newDoc._deleted) {
      // the end of a version that another took the place of says little; a person is ended, never deleted
      if (newDoc.type !== "person" || id !== "person:" + newDoc.id) no("persons are ended, not deleted");
    } else {
      text("id");
      text("login");
      text("name");
      text("role");
      text("verifier");
      text("secret_at");
      text("at");
      if (newDoc.type !== "person" || id !== "person:" + newDoc.id) no("a person is named by its id");
      if (newDoc.verifier.indexOf("$argon2id$v=19$") !== 0) no("a secret is proved by argon2id alone");
      if (typeof newDoc.secret !== "undefined") no("a secret is told to nobody");
    }
  }
  // A head of a ledger is the anchor of what a console did: it is handed over once.
  if (kind === "deed" || kind === "complaint" || kind === "file" || kind === "ledger") {
    if (newDoc._deleted) no("history is not deleted");
    if (generation > 1 || (oldDoc && !oldDoc._deleted)) no("history is not changed");
    text("type");
  }
  if (kind === "deed") {
    text("complaint");
    text("deed");
    text("at");
  }
  if (kind === "complaint") {
    text("id");
    text("at");
  }
  if (kind === "datakey") {
    // whoever could hand out a key of his own would have all that is sealed from then on sealed for himself
    if (!admin && !has("kendali-admin") && !has("kendali-hub")) no("a data key comes from an administrator's console");
    if (typeof userCtx.db === "string" && userCtx.db.slice(-7) !== "-shared") no("a data key lives in the shared database");
    if (newDoc._deleted) no("a data key is not deleted");
    if (generation > 1 || (oldDoc && !oldDoc._deleted)) no("a data key is not changed");
    text("city");
    if (newDoc.type === "datacode") {
      // another recovery code of a key: consoles look whether the key's holder signed it
      text("number");
      text("signature");
      if (id !== "datakey:" + newDoc.city + ":" + newDoc.fingerprint + ":" + newDoc.number) {
        no("a recovery code is named by its key and a number");
      }
      return;
    }
    text("public");
    if (id !== "datakey:" + newDoc.city + ":" + newDoc.fingerprint) no("a data key is named by city and fingerprint");
  }
  if (kind === "case" && !newDoc._deleted) {
    text("complaint");
    if (id !== "case:" + newDoc.complaint) no("a case is named by its complaint");
    if (typeof newDoc.state !== "undefined" && typeof newDoc.state !== "number") no("state must be a number");
  }
}
