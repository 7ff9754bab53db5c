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
  function list(found) {
    return Object.prototype.toString.call(found) === "[object Array]";
  }
  function blank(value) {
    return typeof value === "undefined" || value === "" || JSON.stringify(value) === "{}";
  }
  // Whether the new one says what the old one said, but for these fields, of which `as` judges the new value.
  function same(but, as) {
    var told = oldDoc && !oldDoc._deleted ? oldDoc : newDoc;
    var names = {};
    for (var one in told) names[one] = true;
    for (var other in newDoc) names[other] = true;
    for (var name in names) {
      if (name.charAt(0) === "_" || name === "erased" || name === "corrected") continue;
      if (JSON.stringify(newDoc[name]) === JSON.stringify(told[name])) continue;
      if (!list(but) || but.indexOf(name) === -1 || !as(newDoc[name])) return false;
    }
    return true;
  }
  function less() {
    if (!list(newDoc.erased) || newDoc.erased.length === 0) return false;
    for (var at in newDoc.erased) if (!blank(newDoc[newDoc.erased[at]])) return false;
    return same(newDoc.erased, blank);
  }
  function right() {
    if (kind !== "complaint" || !list(newDoc.corrected) || newDoc.corrected.length === 0) return false;
    if (!has("_admin") && !has("kendali-admin") && !has("kendali-hub")) return false;
    return same(newDoc.corrected, function (value) { return typeof value === "string"; });
  }
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
    if (generation > 1 || (oldDoc && !oldDoc._deleted)) {
      // but for what a person had taken out of it, and what of a complaint an administrator's console set right
      if (kind !== "deed" && kind !== "complaint") no("history is not changed");
      if (!less() && !right()) no("history is not changed");
    }
    text("type");
  }
  if (kind === "erasure") {
    if (!admin && !has("kendali-admin") && !has("kendali-hub")) no("an erasure comes from an administrator's console");
    if (newDoc._deleted) no("an erasure is not deleted");
    text("complaint");
    text("by");
    text("at");
    if (newDoc.type !== "erasure" || id !== "erasure:" + newDoc.complaint) no("an erasure is named by its complaint");
    if (!list(newDoc.fields)) no("fields must be a list");
    for (var each in (oldDoc && list(oldDoc.fields)) ? oldDoc.fields : []) {
      if (newDoc.fields.indexOf(oldDoc.fields[each]) === -1) no("an erasure is not taken back");
    }
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
  if (kind === "console_lost") {
    // whoever could say this of a console could keep others from their work
    if (!admin && !has("kendali-admin") && !has("kendali-hub")) no("a console is said lost at an administrator's console");
    if (typeof userCtx.db === "string" && userCtx.db.slice(-7) !== "-shared") no("that a console is lost lives in the shared database");
    if (newDoc._deleted) no("a console is found, not deleted");
    text("console");
    text("at");
    if (id !== "console_lost:" + newDoc.console) no("a lost console is named by its name");
  }
  if (kind === "case" && !newDoc._deleted) {
    text("complaint");
    if (id !== "case:" + newDoc.complaint) no("a case is named by its complaint");
    if (typeof newDoc.state !== "undefined" && typeof newDoc.state !== "number") no("state must be a number");
  }
}
