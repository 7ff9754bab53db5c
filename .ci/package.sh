#!/usr/bin/env bash
# make package: the one-folder bundle in dist/kendali, tried out; then a list of its components,
# a .deb and a self-extracting .run of it.
set -euo pipefail
cd "$(dirname "$0")/.."
py=.venv/bin/python
version=$("$py" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
arch=$(dpkg --print-architecture 2>/dev/null || uname -m)

.ci/sqlite.sh
"$py" -m PyInstaller --noconfirm --log-level ERROR --distpath dist --workpath build/pyinstaller installer.spec
"$py" .ci/bundle.py dist/kendali
"$py" .ci/sbom.py "dist/kendali-$version.cdx.json" dist/kendali
if command -v dpkg-deb >/dev/null; then
    .ci/deb.sh dist/kendali "$version" "dist/kendali_${version}_$arch.deb"
else
    echo "package: no dpkg-deb here: no .deb was made"
fi
.ci/run-file.sh dist/kendali "$version" "dist/kendali-$version-$arch.run"
ls -l dist | awk 'NR > 1 && /\.(deb|run|json)$/ {printf "package: %s %.0f MB\n", $9, $5 / 1e6}'
