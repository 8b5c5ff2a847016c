#!/usr/bin/env bash
# Runs every fuzz target for so many seconds each (60 if not said), from the seeds; ends with the first that fails.
# Needs cargo-fuzz; the stable toolchain serves, which RUSTC_BOOTSTRAP lets use the instruments.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
export RUSTC_BOOTSTRAP=1
for target in splitter frames model_stream gateway; do
    mkdir -p "corpus/$target"
    cargo fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1
done
