#!/usr/bin/env bash
# .ci/debian.sh screen|web|tools [PACKAGE...]: the libraries of the system that Qt's wheels do not bring. Those that
# are lacking are installed where we may (root, apt-get), else the exact command to type is printed.
# Libraries are looked for by their file, not by package: packages are named differently from one Debian to the next.
set -euo pipefail
group=${1:-screen}
shift || true

screen="libglib-2.0.so.0=libglib2.0-0 libGL.so.1=libgl1 libEGL.so.1=libegl1 libfontconfig.so.1=libfontconfig1
    libxkbcommon.so.0=libxkbcommon0 libdbus-1.so.3=libdbus-1-3
    libX11-xcb.so.1=libx11-xcb1 libxcb-cursor.so.0=libxcb-cursor0 libxcb-icccm.so.4=libxcb-icccm4
    libxcb-keysyms.so.1=libxcb-keysyms1 libxcb-shape.so.0=libxcb-shape0 libxkbcommon-x11.so.0=libxkbcommon-x11-0"
web="libnss3.so=libnss3 libasound.so.2=libasound2 libXcomposite.so.1=libxcomposite1 libXdamage.so.1=libxdamage1
    libXrandr.so.2=libxrandr2 libXtst.so.6=libxtst6 libxkbfile.so.1=libxkbfile1 libgbm.so.1=libgbm1"

lacking=()
case $group in
    tools) lacking=("$@") ;;
    screen | web)
        [ "$(uname -s)" = Linux ] || exit 0
        known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p)
        for pair in ${!group}; do
            case $known in
                *"${pair%%=*}"*) ;;
                *) lacking+=("${pair#*=}") ;;
            esac
        done
        ;;
    *) echo "debian: screen, web or tools, not '$group'" >&2; exit 2 ;;
esac
[ ${#lacking[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "setup: this system lacks what Debian calls: ${lacking[*]}" >&2
    echo "setup: install these with the system's own package manager, then type the same again" >&2
    exit 1
fi
install="apt-get install --yes --no-install-recommends ${lacking[*]}"
if [ "$(id -u)" != 0 ]; then
    echo "setup: the system lacks libraries; type this, then the same again:" >&2
    echo "    sudo apt-get update && sudo $install" >&2
    exit 1
fi
echo "setup: installing ${lacking[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && $install; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "setup: this did not work: apt-get update && $install" >&2
    exit 1
fi
