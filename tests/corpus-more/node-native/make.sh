#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/make.sh"
(cd "$CTX" && npm install --no-audit --no-fund --ignore-scripts --loglevel=error)
finish
