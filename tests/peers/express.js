// express-pouchdb on loopback: node express.js FOLDER [USER SECRET]; says {"port": N} and serves until its input closes.
// Databases live in memory. What it throws at nobody (a filter it lacks ends the process otherwise) is swallowed.
const fs = require('fs');
const path = require('path');
const express = require('express');
const PouchDB = require('pouchdb');
PouchDB.plugin(require('pouchdb-adapter-memory'));

const [, , folder] = process.argv;
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
fs.mkdirSync(folder, { recursive: true });
const kept = PouchDB.defaults({ adapter: 'memory', prefix: path.resolve(folder) + '/' });
const app = express();
app.use('/', require('express-pouchdb')(kept, {
  configPath: path.join(folder, 'config.json'),
  logPath: path.join(folder, 'log.txt'),
  inMemoryConfig: true,
}));
const server = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
