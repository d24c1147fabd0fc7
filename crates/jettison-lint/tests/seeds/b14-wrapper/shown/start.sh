#!/bin/sh
set -e
echo "starting nginx"
nginx -g "daemon off;"
