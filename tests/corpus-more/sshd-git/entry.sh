#!/bin/sh
set -e
for kind in ed25519 rsa; do
  [ -e /etc/ssh/keys/ssh_host_${kind}_key ] || ssh-keygen -q -t $kind -N '' -f /etc/ssh/keys/ssh_host_${kind}_key
done
if [ -n "$AUTHORIZED_KEY" ]; then printf '%s\n' "$AUTHORIZED_KEY" > /etc/ssh/keys/authorized_keys; fi
if [ "$1" = maintenance ]; then
  for repository in /srv/git/*.git; do git -C "$repository" gc --quiet && git -C "$repository" fsck --strict; done
  exit
fi
exec "$@"
