# The builder as a container image. `make docker-build` compiles the package and uses this file; after `npm run build`,
# `docker build .` does too. docs/how-to/move-from-the-old-builder.md describes how to run the image.
#
#   BASE_IMAGE  Debian 12 or later
#   NODE_IMAGE  an image with Node.js (22.15 or later) and npm in /usr/local
#   EMBED       true: put the installer ISO_URL, a file in this folder, into the image and build from it
#   PALETTE_ENDPOINT, REGISTRATION_URL
#               defaults for builds; tokens and passwords are given to `docker run` only
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG EMBED=false

# ---- the compiled package and its dependencies, except Pulumi's, which no command loads ----
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

# ---- the installer, or none; a new version of the package does not change this layer ----
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
# Writable by every user, because `docker run --user` decides the owner of the files. Mount what is to be kept.
RUN ln -s /opt/stylus-image/dist/provider/cli/main.js /usr/local/bin/stylus-image \
  && mkdir -m 1777 /work /cache
ENV PALETTE_ENDPOINT=${PALETTE_ENDPOINT} \
  REGISTRATION_URL=${REGISTRATION_URL} \
  XDG_CACHE_HOME=/cache
USER 10001:10001
WORKDIR /work
# tini reaps the processes of a killed build, also if it is not process 1 (-s), and forwards signals, which a process 1
# without handlers would not get.
ENTRYPOINT ["tini", "-s", "--", "stylus-image"]
CMD ["--help"]
