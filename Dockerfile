# syntax=docker/dockerfile:1

# One static binary in an empty image. It brings its own root certificates and needs no shell, no libc and no CA files.
FROM rust:1.95-alpine AS build
# The C compiler that SQLite and the cryptography are built with.
RUN apk add --no-cache build-base
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked -p kaiwa \
    && cp target/release/kaiwa /kaiwa \
    && mkdir -m 700 /data

FROM scratch
COPY --from=build /kaiwa /usr/bin/kaiwa
COPY --from=build /source/LICENSE-MIT /source/LICENSE-APACHE /source/LICENSE-OFL /usr/share/doc/kaiwa/
# A new volume takes over the owner of the directory that it covers.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
ENV KAIWA_DATA_DIR=/data
VOLUME /data
# It finishes its answers and ends.
STOPSIGNAL SIGTERM
# Whether every shard is connected. It reads a file in /data and asks nobody.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/kaiwa", "health"]
ENTRYPOINT ["/usr/bin/kaiwa"]
CMD ["run"]
