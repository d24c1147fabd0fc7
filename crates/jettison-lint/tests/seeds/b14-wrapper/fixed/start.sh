#!/bin/sh
set -e
echo "starting nginx"
exec nginx -g "daemon off;"
