#!/bin/bash
# thumbnail IN OUT [SIZE]: a small picture of an image, a video or a PDF
set -euo pipefail
usage() { echo "usage: thumbnail IN OUT [SIZE]"; }
case "${1:-}" in
  ''|-h|--help) usage; exit 0 ;;
  info) shift; exiftool "$@" || identify "$@"; exit ;;
esac
in=$1 out=$2 size=${3:-64}
case "$in" in
  *.mp4|*.webm|*.mkv|*.avi|*.gif) ffmpeg -loglevel error -y -i "$in" -vf "scale=$size:-1" -frames:v 1 "$out" ;;
  *.pdf) pdftoppm -singlefile -png -scale-to "$size" "$in" "${out%.png}" ;;
  *.svg) rsvg-convert -w "$size" -o "$out" "$in" ;;
  *) convert "$in" -thumbnail "$size" "$out" ;;
esac
