#!/bin/sh
# Cargo.lock names the registry that each package comes from, so it is not kept. Cargo.locked is the same without these lines:
# versions, checksums and what needs what. This writes Cargo.lock, or with --save Cargo.locked, of the crate in a directory (of this
# one if none is named): cargo-lock.sh [--save] [directory]
set -eu
# The name that Cargo gives its default registry, wherever the packages of that really come from.
source='source = "registry+https://github.com/rust-lang/crates.io-index"'
save=
if [ "${1-}" = --save ]; then save=1; shift; fi
cd "${1:-$(dirname "$0")}"
if [ "$save" ]; then
  grep -vxF "$source" Cargo.lock > Cargo.locked
else
  awk -v "source=$source" '/^checksum = / { print source } { print }' Cargo.locked > Cargo.lock.new
  # Cargo looks at the time of the file: without a change it stays.
  if cmp -s Cargo.lock.new Cargo.lock; then rm Cargo.lock.new; else mv Cargo.lock.new Cargo.lock; fi
fi
