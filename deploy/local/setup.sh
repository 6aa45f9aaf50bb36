#!/bin/sh
# Make a virtual environment hold exactly what a lock file names: setup.sh VENV LOCK
set -eu
venv=$1
lock=$2

say() { echo "setup: $*"; }

python=
for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install -y python3 python3-venv" >&2
    exit 1
fi

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say "installing $version-venv"
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$version-venv" >/dev/null
        else
            say "Python's venv is missing. Run: sudo apt-get install -y $version-venv" >&2
            exit 1
        fi
    fi
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

# uv takes seconds where pip takes a minute. It doesn't read pip's settings: where it can't reach its index, pip may.
# Both compile what they install, at once: where PYTHONDONTWRITEBYTECODE is set every start of a process would.
wanted=$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' "$lock")
say "installing $(grep -c '^[a-z].*==' "$lock") packages from $lock"
if "$venv/bin/python" -m pip install -qq --disable-pip-version-check "$wanted" &&
    "$venv/bin/uv" pip sync --quiet --compile-bytecode --system-certs --require-hashes --python "$venv/bin/python" "$lock"; then
    exit 0
fi
say "uv could not; pip does it now, which takes a minute or two"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r "$lock"
