#!/bin/sh
set -e
postmap lmdb:/etc/postfix/virtual
newaliases
chown vmail /srv/mail
case "$1" in
  "") exec supervisord -n -c /etc/supervisor/supervisord.conf ;;
  *) exec "$@" ;;
esac
