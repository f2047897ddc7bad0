#!/usr/bin/env bash
# tools/debian-base.sh FILE.tar: makes a Debian 12 about as small as the image `debian:bookworm-slim`, from this
# machine's mirror. It is the base image for `make docker-build` if no registry of images can be reached.
set -euo pipefail

mirrors() {
  cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    sed -n -E 's/^URIs: *//p; s/^deb (\[.*\] )?([^ ]+) .*/\2/p' | grep -E '/debian/?$'
  echo http://deb.debian.org/debian
}
mirror=$(mirrors | sed -n 1p)

options=()
for folder in doc info locale man lintian linda groff; do
  options+=(--dpkgopt="path-exclude=/usr/share/$folder/*")
done

# With a merged /usr from the start; the package usrmerge would install all of Perl.
exec mmdebstrap --variant=apt --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --include=ca-certificates,usr-is-merged --aptopt='APT::Install-Recommends "false"' \
  "${options[@]}" --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm "$1" "$mirror"
