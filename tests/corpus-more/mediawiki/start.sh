#!/bin/bash
set -euo pipefail
case "${1:-}" in
  count) exec /usr/local/bin/count.sh ;;
  *) : "${WIKI_NAME:=Harbour}"; sed -i "s/^\$wgSitename.*/\$wgSitename = \"$WIKI_NAME\";/" /etc/mediawiki/LocalSettings.php; exec "$@" ;;
esac
