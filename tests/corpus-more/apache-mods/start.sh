#!/bin/bash
set -e
. /etc/apache2/envvars
rm -f "$APACHE_PID_FILE"
for directory in "$APACHE_RUN_DIR" "$APACHE_LOCK_DIR" "$APACHE_LOG_DIR"; do mkdir -p "$directory"; done
exec apache2 -DFOREGROUND "$@"
