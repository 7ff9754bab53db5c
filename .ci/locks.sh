#!/usr/bin/env bash
# Makes the lock files anew from pyproject.toml: requirements.lock (what runs), .ci/dev.lock (and what checks and
# packs), .ci/web.lock (and the web view). Each holds the one before it, version for version. No registry is named.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
how=(pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
     --no-annotate --python-version 3.11 --quiet "$@")
"$uv" "${how[@]}" --output-file requirements.lock
"$uv" "${how[@]}" --group dev --group package --constraint requirements.lock --output-file .ci/dev.lock
"$uv" "${how[@]}" --group dev --group package --extra web --constraint .ci/dev.lock --output-file .ci/web.lock
