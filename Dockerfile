# The builder as a container image. `make docker-build` compiles the package and calls this; `docker build .` does where
# `npm run build` was run. docs/how-to/move-from-the-old-builder.md says how the image is used.
#
#   BASE_IMAGE  Debian 12, or a later one
#   NODE_IMAGE  where Node.js (22.15 or later) and npm come from: they lie in its /usr/local
#   EMBED       true: the installer ISO_URL, a file of this folder, lies in the image, and builds are from it
#   PALETTE_ENDPOINT, REGISTRATION_URL
#               what a build takes where it is not told otherwise; tokens and passwords are for the run alone
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG EMBED=false

# ---- the compiled package, with the packages that it needs but for Pulumi's, which no command loads ----
FROM ${NODE_IMAGE} AS package
WORKDIR /package
COPY package.json package-lock.json ./
RUN npm pkg delete scripts devDependencies dependencies.@pulumi/pulumi dependencies.@grpc/grpc-js \
  && npm install --omit=dev --no-audit --no-fund \
  && rm package-lock.json
COPY dist dist
RUN find . '(' -name '*.map' -o -name .tsbuildinfo ')' -delete && chmod 755 dist/provider/cli/main.js

# ---- the tools ----
FROM ${BASE_IMAGE} AS tools
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates e2fsprogs fdisk libdeflate0 mtools ovmf qemu-system-x86 qemu-utils tini util-linux xorriso \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*

# ---- the installer, or none; below the package, so that a new version of that leaves this layer alone ----
FROM tools AS embed-false
FROM tools AS embed-true
ARG ISO_URL
COPY --chmod=444 ["${ISO_URL}", "/installer/${ISO_URL}"]
ENV ISO_URL=/installer/${ISO_URL}

FROM embed-${EMBED}
ARG PALETTE_ENDPOINT
ARG REGISTRATION_URL
COPY --from=package /usr/local/bin/node /usr/local/bin/node
COPY --from=package /package /opt/stylus-image
# Every user may write there: who runs it gives the uid that its files shall have, and what is kept is mounted.
RUN ln -s /opt/stylus-image/dist/provider/cli/main.js /usr/local/bin/stylus-image \
  && mkdir -m 1777 /work /cache
ENV PALETTE_ENDPOINT=${PALETTE_ENDPOINT} \
  REGISTRATION_URL=${REGISTRATION_URL} \
  XDG_CACHE_HOME=/cache
USER 10001:10001
WORKDIR /work
# tini reaps what a killed build leaves, also where it is not process 1 (-s), and hands signals on; a process 1 without
# handlers gets none.
ENTRYPOINT ["tini", "-s", "--", "stylus-image"]
CMD ["--help"]
