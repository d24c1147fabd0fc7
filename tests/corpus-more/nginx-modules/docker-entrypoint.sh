#!/bin/sh
set -e
if [ "$1" = nginx ]; then
  if /usr/bin/find /docker-entrypoint.d/ -mindepth 1 -maxdepth 1 -type f -print -quit 2>/dev/null | read v; then
    find /docker-entrypoint.d/ -follow -type f -print | sort -V | while read -r f; do
      case "$f" in
        *.envsh) [ -x "$f" ] && . "$f" ;;
        *.sh) [ -x "$f" ] && { echo "$0: launching $f"; "$f"; } ;;
      esac
    done
  fi
fi
exec "$@"
