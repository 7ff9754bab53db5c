#!/usr/bin/env bash
# .ci/sqlite.sh: a SQLite without the WAL-reset fault (3.7.0 to 3.51.2 have it) for the bundle, built from the authors'
# one-file source as a package of npm's registry carries it; checked by its hash. Where that cannot be had the bundle
# keeps the system's library: it is safe too, for exactly one connection ever writes and checkpoints (DECISIONS.md).
set -euo pipefail
cd "$(dirname "$0")/.."
package=better-sqlite3@12.11.1   # carries SQLite 3.53.2
hash=60d2f39a3726cd6b9021da6f4e868608d66fbb6528a9f513dc8ffcc640493422
out=build/sqlite/libsqlite3.so.0

[ "$(uname -s)" = Linux ] || exit 0
if [ -f "$out" ]; then
    exit 0
fi
for tool in npm cc; do
    if ! command -v "$tool" >/dev/null; then
        echo "sqlite: no $tool here: the bundle keeps the system's SQLite"
        exit 0
    fi
done
rm -rf build/sqlite
mkdir -p build/sqlite
if ! (cd build/sqlite && npm pack --silent "$package" >/dev/null 2>&1 && tar xzf ./*.tgz); then
    echo "sqlite: npm pack $package did not work: the bundle keeps the system's SQLite"
    exit 0
fi
source=build/sqlite/package/deps/sqlite3/sqlite3.c
if ! echo "$hash  $source" | sha256sum --check --status; then
    echo "sqlite: $source is not the file we know" >&2
    exit 1
fi
# As Debian builds it, as far as Python and the store ask for.
cc -O2 -fPIC -shared -Wl,-soname,libsqlite3.so.0 -w \
    -DSQLITE_THREADSAFE=1 -DSQLITE_SECURE_DELETE -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE \
    -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_MATH_FUNCTIONS \
    -DSQLITE_ENABLE_UNLOCK_NOTIFY -DSQLITE_MAX_VARIABLE_NUMBER=250000 -DSQLITE_USE_URI=1 -DHAVE_USLEEP \
    "$source" -o "$out.made" -lm -lpthread -ldl
mv "$out.made" "$out"
echo "sqlite: $(sed -n 's/^#define SQLITE_VERSION  *"\(.*\)"/\1/p' "$source" | head -1) for the bundle"
