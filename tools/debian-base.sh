#!/usr/bin/env bash
# tools/debian-base.sh FILE.tar: Debian 12 about as small as its image `debian:bookworm-slim`, from the
# mirror that this machine uses. A base image for `make docker-build` where no registry of images is reachable.
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

# usrmerge, which would merge /usr afterwards, brings all of Perl.
exec mmdebstrap --variant=apt --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --include=ca-certificates,usr-is-merged --aptopt='APT::Install-Recommends "false"' \
  "${options[@]}" --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm "$1" "$mirror"
