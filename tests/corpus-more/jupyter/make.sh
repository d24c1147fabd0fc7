#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/make.sh"
pip_wheels "$HERE/requirements.txt"
finish
