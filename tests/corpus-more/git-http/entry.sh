#!/bin/sh
set -e
cd /srv/repos
git config --system --replace-all safe.directory '*'
git config --system core.hooksPath /usr/local/share/hooks
if [ ! -d demo.git ]; then
  git init -q --bare -b main demo.git
  git -C demo.git config http.receivepack true
  d=$(mktemp -d)
  git -C "$d" init -q -b main
  printf '# Demo\n\n* item\n' >"$d/README.md"; printf 'def f():\n    return 1\n' >"$d/a.py"
  git -C "$d" add . && git -C "$d" -c user.name=a -c user.email=a@b -c core.hooksPath=/none commit -q -m first
  git -C "$d" push -q /srv/repos/demo.git main
  rm -rf "$d"
fi
chown -R www-data: /srv/repos
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -A >/dev/null
/usr/sbin/sshd
spawn-fcgi -s /run/fcgi.sock -M 666 -u www-data -g www-data -- /usr/sbin/fcgiwrap
exec nginx -g 'daemon off;'
