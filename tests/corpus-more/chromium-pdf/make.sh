#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/make.sh"
npm_modules
finish
