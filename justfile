# What is done often. `just` lists it; each line also runs by itself.

# This list.
default:
    @just --list

# The bot, with the settings of kaiwa.toml and the environment.
run *arguments:
    cargo run --release -p kaiwa -- run {{arguments}}

# A simulated Discord and model provider, and what to set to run a bot against them.
sim *arguments:
    cargo run --release -p kaiwa -- sim {{arguments}}

# Figures of the real process against the simulator, and how far they are from what is possible.
bench *arguments:
    cargo build --release -p kaiwa -p kaiwa-bench
    cargo run --release -p kaiwa-bench -- {{arguments}}

# All tests.
test:
    cargo test --workspace

# Format, lints and docs, as CI wants them.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --workspace --no-deps --document-private-items
    cargo machete
    cargo deny --all-features check bans licenses sources

# Unmodified discord.py and discord.js bots against the simulator, the bot with a real model, the store's SQL on PostgreSQL.
foreign:
    cargo build -p kaiwa
    tests/foreign/run.sh target/debug/kaiwa
    python3 tests/foreign/postgres.py

# Every fuzz target for so many seconds.
fuzz seconds="60":
    fuzz/run.sh {{seconds}}

# Everything that guards what lands.
ci:
    .ci/run
