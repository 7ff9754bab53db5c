#!/usr/bin/env bash
# .ci/setup.sh run|dev|web: a virtual environment in .venv with exactly the wheels of the lock, and the system's
# libraries they need. Does nothing, quickly, where that is already so.
set -euo pipefail
cd "$(dirname "$0")/.."
level=${1:-run}
case $level in
    run) lock=requirements.lock ;;
    dev) lock=.ci/dev.lock ;;
    web) lock=.ci/web.lock ;;
    *) echo "setup: run, dev or web, not '$level'" >&2; exit 2 ;;
esac

# A stamp of these very locks, for this level or a larger one, says that all is there.
want=$(cat requirements.lock .ci/dev.lock .ci/web.lock .ci/setup.sh .ci/debian.sh | cksum)
case $level in run) enough="run dev web" ;; dev) enough="dev web" ;; web) enough="web" ;; esac
for held in $enough; do
    if [ -x .venv/bin/python ] && [ "$(cat ".venv/.ready-$held" 2>/dev/null)" = "$want" ]; then
        exit 0
    fi
done

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
    .ci/debian.sh tools python3
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "setup: Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3 ..." >&2
    exit 1
fi
if ! [ -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    # A bare Debian splits both off from Python; without them `-m venv` stops half way.
    "$python" -c 'import venv, ensurepip' 2>/dev/null || .ci/debian.sh tools python3-venv python3-pip
    echo "setup: making .venv"
    rm -rf .venv
    "$python" -m venv .venv
fi
echo "setup: installing the wheels of $lock"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes -r "$lock"

.ci/debian.sh screen
if [ "$level" = web ]; then
    .ci/debian.sh web
fi
echo "$want" > ".venv/.ready-$level"
