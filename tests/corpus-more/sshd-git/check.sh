#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
ssh-keygen -q -t ed25519 -N '' -f "$T/key"
start -p 127.0.0.1::22 -e AUTHORIZED_KEY="$(cat "$T/key.pub")" "$IMG"
P=$(port 22)
S="-p $P -i $T/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
for _ in $(seq 80); do ssh $S anna@127.0.0.1 true 2>/dev/null && break; sleep 0.25; done
cmd login '^anna$' ssh $S anna@127.0.0.1 id -un
if full; then
  export GIT_SSH_COMMAND="ssh $S" GIT_CONFIG_GLOBAL=$T/gitconfig
  git config --file "$T/gitconfig" user.email a@b.c; git config --file "$T/gitconfig" user.name Anna
  G=ssh://git@127.0.0.1:$P/srv/git
  cmd shell-login 'Moin' sh -c "! ssh $S -tt git@127.0.0.1"
  cmd create '' ssh $S git@127.0.0.1 'create harbour'
  cmd list '^harbour$' ssh $S git@127.0.0.1 list
  cmd refused 'fatal|unrecognized' sh -c "! ssh $S git@127.0.0.1 cat /etc/passwd"
  git init -q -b main "$T/w"; for i in $(seq 40); do echo $i >"$T/w/f$i"; done; (cd "$T/w" && git add . && git commit -qm first)
  cmd push '' git -C "$T/w" push -q "$G/harbour.git" main
  cmd clone '' git clone -q "$G/harbour.git" "$T/c"
  cmd cloned '^40$' cat "$T/c/f40"
  cmd shallow '' git clone -q --depth 1 "$G/harbour.git" "$T/c2"
  cmd archive 'f40' sh -c "git archive --remote=$G/harbour.git main | tar t"
  cmd ls-remote 'refs/heads/main' git ls-remote "$G/harbour.git"
  cmd maintenance '' $E exec "$C" entry.sh maintenance
  cmd sudo '^root$' ssh $S anna@127.0.0.1 sudo id -un
  cmd terminal 'Fair winds' sh -c "echo exit | ssh $S -tt anna@127.0.0.1"
  cmd locale 'Keine Berechtigung|Datei oder Verzeichnis' sh -c "LC_ALL=de_DE.UTF-8 ssh $S -o SendEnv=LC_ALL anna@127.0.0.1 'git -C /nowhere status' 2>&1; true"
  cmd locale-charset 'UTF-8' sh -c "LC_ALL=de_DE.UTF-8 ssh $S -o SendEnv=LC_ALL anna@127.0.0.1 locale charmap"
  cmd scp '' scp -q -P "$P" -i "$T/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$T/w/f1" anna@127.0.0.1:there
  cmd scp-legacy '' scp -O -q -P "$P" -i "$T/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null anna@127.0.0.1:there "$T/back"
  cmd copied '^1$' cat "$T/back"
  cmd rsync 'f7' rsync -av -e "ssh $S" "$T/w/" anna@127.0.0.1:tree/
  cmd sftp 'in' sh -c "printf 'put $T/w/f2 in/f2\nls -l in\n' | sftp -q -P $P -i $T/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null files@127.0.0.1"
  cmd forward 'OpenSSH' sh -c "ssh $S -W 127.0.0.1:22 anna@127.0.0.1 </dev/null | head -c 30"
  cmd wrong-key 'Permission denied' sh -c "ssh-keygen -q -t ed25519 -N '' -f $T/other; ! ssh $(echo "$S" | sed "s#$T/key#$T/other#") anna@127.0.0.1 true"
  inside config-test '' /usr/sbin/sshd -t
  inside config-shown 'acceptenv' /usr/sbin/sshd -T
  inside keyscan 'ssh-ed25519' ssh-keyscan -t ed25519 127.0.0.1
  $E exec "$C" sh -c 'kill -HUP $(cat /run/sshd.pid)'; sleep 1
  cmd after-reload '^anna$' ssh $S anna@127.0.0.1 id -un
  cmd log 'Accepted publickey' $E logs "$C"
  stops_cleanly graceful-stop 5
  same_config
fi
finish
