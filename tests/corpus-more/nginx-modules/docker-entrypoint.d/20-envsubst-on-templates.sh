#!/bin/sh
set -e
defined=$(printf '${%s} ' $(awk 'END { for (name in ENVIRON) { print ( name ~ // ) ? name : "" } }' < /dev/null))
for template in /etc/nginx/templates/*.template; do
  name=$(basename "$template" .template)
  envsubst "$defined" < "$template" > "/etc/nginx/conf.d/$name"
done
