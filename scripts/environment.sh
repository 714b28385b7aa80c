# Sourced by the scripts beside it: a virtual environment that they make, keep and reuse.
#
#   use_environment NAME PACKAGE...   makes .venv-NAME where it is missing or broken, installs what is missing, activates it
#
# The stamp holds what was installed, so a second run installs nothing. An editable environment (-e) follows the sources by
# itself and is installed again when a pyproject.toml changes; any other is installed again when a file of the runtime does.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.10; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.10 or newer with the venv module is needed; none was found. On Debian and Ubuntu: apt install python3-venv" >&2
    return 1
}

installed_files() {
    case "$1" in
        -e) echo pyproject.toml runtime/pyproject.toml ;;
        *) find runtime -type f ! -name '*.pyc' | sort ;;
    esac
}

# Whether the Python of a folder is still there and finds what is said to be installed.
works() {
    local names=(pip)
    if [ -f "$1/.installed" ] && [[ "$*" == *runtime* ]]; then names+=(numpy typer onnxruntime cg3d_runtime); fi
    "$1/bin/python" -c 'import sys; from importlib.util import find_spec as f; sys.exit(None in map(f, sys.argv[1:]))' \
        "${names[@]}" 2>/dev/null
}

use_environment() {
    local folder=".venv-$1" python wanted
    shift
    python=$(find_python)
    works "$folder" "$@" || { rm -f "$folder/.installed"; "$python" -m venv --clear "$folder"; }
    wanted="$* $(installed_files "$@" | xargs cksum)"
    if [ "$wanted" != "$(cat "$folder/.installed" 2>/dev/null)" ]; then
        echo "Installing into $folder ..." >&2
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
        printf '%s' "$wanted" > "$folder/.installed"
    fi
    PATH="$PWD/$folder/bin:$PATH"
    export PATH
}
