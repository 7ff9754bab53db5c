#!/usr/bin/env bash
# .ci/run-file.sh FOLDER VERSION OUT.run: an installer that unpacks itself into a person's own folder; needs no root.
set -euo pipefail
folder=$1 version=$2 out=$3
if ! command -v makeself >/dev/null; then
    .ci/debian.sh tools makeself || { echo "package: no makeself here: no .run was made"; exit 0; }
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -a "$folder" "$stage/kendali"
cat > "$stage/install.sh" <<'I'
#!/bin/sh
# install.sh [FOLDER]: puts the console there (default: ~/.local/opt/kendali) and a starter into ~/.local/bin.
set -eu
to=${1:-$HOME/.local/opt/kendali}
rm -rf "$to.new"
mkdir -p "$(dirname "$to")" "$HOME/.local/bin"
cp -a kendali "$to.new"
rm -rf "$to.old"
[ ! -d "$to" ] || mv "$to" "$to.old"
mv "$to.new" "$to"
rm -rf "$to.old"
ln -sf "$to/kendali" "$HOME/.local/bin/kendali"
echo "Kendali: $to/kendali"
I
chmod +x "$stage/install.sh"
how=(--sha256 --nox11)
if command -v zstd >/dev/null; then
    how+=(--zstd --complevel 10)
else
    how+=(--gzip)
fi
makeself "${how[@]}" "$stage" "$out" "Kendali $version" ./install.sh >/dev/null
