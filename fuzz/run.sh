#!/usr/bin/env bash
# Runs every fuzz target for so many seconds each (60 if not said), from the seeds and from what earlier runs have found;
# ends with the first that fails, and says where the input is that it failed on.
#
# Plain cargo builds them, on the toolchain of the project: cargo-fuzz, for which the crate is laid out too, would put
# its instruments into every dependency.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
if ! command -v c++ >/dev/null; then
    echo "fuzz: NOT RUN, there is no C++ compiler (c++) to build libFuzzer with" >&2
    exit 1
fi
RUSTC_WRAPPER=$PWD/instrument CARGO_INCREMENTAL=0 cargo build --quiet --target-dir ../target/fuzz
for target in splitter markup frames model_stream gateway; do
    printf '\n--- %s, %d s\n' "$target" "$seconds"
    mkdir -p "corpus/$target" "artifacts/$target"
    ../target/fuzz/debug/"$target" "corpus/$target" "seeds/$target" -max_total_time="$seconds" -max_len=2048 \
        -timeout=20 -rss_limit_mb=2048 -artifact_prefix="artifacts/$target/" -verbosity=0 -print_final_stats=1
done
