#!/bin/bash
CORPUS_REPO=exercise
. "$(dirname "$0")/../../corpus/lib/make.sh"
finish
