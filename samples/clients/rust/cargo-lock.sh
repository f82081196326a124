#!/bin/sh
# Cargo.lock names the registry that each package comes from, so it is not kept. Cargo.locked is the same without these lines:
# versions, checksums and what needs what. This writes Cargo.lock, or with --save Cargo.locked, of the crate in a directory (of this
# one if none is named): cargo-lock.sh [--save] [directory]
set -eu
save=
if [ "${1-}" = --save ]; then save=1; shift; fi
cd "${1:-$(dirname "$0")}"
if [ "$save" ]; then
  grep -v '^source = ' Cargo.lock > Cargo.locked
else
  # The name of the default registry, as Cargo writes it into a lock file of its own.
  if [ ! -e Cargo.lock ]; then cargo generate-lockfile -q; fi
  source=$(grep -m 1 '^source = ' Cargo.lock)
  awk -v "source=$source" '/^checksum = / { print source } { print }' Cargo.locked > Cargo.lock.new
  # Cargo looks at the time of the file: without a change it stays.
  if cmp -s Cargo.lock.new Cargo.lock; then rm Cargo.lock.new; else mv Cargo.lock.new Cargo.lock; fi
fi
