#!/bin/sh
set -eu
[ "${TUNE_WORKERS:-}" ] || exit 0
touch /etc/nginx/nginx.conf 2>/dev/null || exit 0
sed -i.bak -r "s/^(worker_processes)(.*)$/\1 $(nproc);/" /etc/nginx/nginx.conf
