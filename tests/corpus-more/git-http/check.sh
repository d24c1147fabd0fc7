#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 -p 127.0.0.1::22 "$IMG"
U=http://127.0.0.1:$(port 80)
wait_http $U/
http index 200 Harbour $U/
http css 200 'text/css' $U/cgit-css/cgit.css
if full; then
  export GIT_TERMINAL_PROMPT=0
  http log 200 first $U/demo.git/log/
  http tree 200 README $U/demo.git/tree/
  http about-markdown 200 '<li>item' $U/demo.git/about/
  http highlighted 200 'class="k"|<span' $U/demo.git/tree/a.py
  http blame 200 'a.py' $U/demo.git/blame/a.py
  http commit 200 'README.md' $U/demo.git/commit/
  http diff 200 'def f' $U/demo.git/diff/
  http patch 200 'Subject' $U/demo.git/patch/
  http stats 200 'Commits per' $U/demo.git/stats/
  http snapshot-gz 200 '' $U/demo.git/snapshot/demo-main.tar.gz
  http snapshot-xz 200 '' $U/demo.git/snapshot/demo-main.tar.xz
  http snapshot-zip 200 'PK' $U/demo.git/snapshot/demo-main.zip
  http atom 200 '<feed' $U/demo.git/atom/
  http refs 200 main $U/demo.git/refs/
  http not-found 404 '' $U/none.git/
  cmd clone '' git clone -q $U/demo.git "$T/c"
  cmd clone-shallow '' git clone -q --depth 1 $U/demo.git "$T/s"
  echo x >"$T/c/new"; git -C "$T/c" add new >/dev/null; git -C "$T/c" -c user.name=p -c user.email=p@q commit -q -m 'second one' >/dev/null 2>&1
  cmd push 'hook: received refs/heads/main second one' git -C "$T/c" push origin HEAD:main
  git -C "$T/c" tag v1; cmd push-tag '' git -C "$T/c" push -q origin v1
  cmd fetch '' git -C "$T/s" fetch -q --unshallow
  http log-after 200 'second one' $U/demo.git/log/
  inside gc '' git -C /srv/repos/demo.git gc -q
  inside fsck '' git -C /srv/repos/demo.git fsck
  inside repack '' git -C /srv/repos/demo.git repack -adq
  inside archive '' sh -c 'git -C /srv/repos/demo.git archive --format=tar.gz main >/dev/null'
  inside bundle '' git -C /srv/repos/demo.git bundle create /tmp/b --all
  inside init-bare '' git init -q --bare -b main /srv/repos/two.git
  inside shortlog '1' git -C /srv/repos/demo.git shortlog -sn main
  inside format-patch 'Subject' git -C /srv/repos/demo.git format-patch -1 --stdout main
  inside git-stash-script '' git -C /tmp clone -q /srv/repos/demo.git wt
  inside submodule-script '' sh -c 'cd /tmp/wt && git submodule status && git stash list'
  inside rebase '' sh -c 'cd /tmp/wt && git -c user.name=a -c user.email=b@c rebase -q HEAD~1'
  inside htpasswd '' sh -c 'htpasswd -nbB u p'
  inside sshd-keys 'ssh-ed25519' sh -c 'cat /etc/ssh/ssh_host_ed25519_key.pub'
  ssh-keygen -q -t ed25519 -N '' -f "$T/k"; $E exec -i "$C" sh -c 'mkdir -p /srv/git/.ssh && cat >/srv/git/.ssh/authorized_keys && chown -R git: /srv/git/.ssh && chmod 700 /srv/git/.ssh' <"$T/k.pub"
  P=$(port 22); export GIT_SSH_COMMAND="ssh -p $P -i $T/k -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes"
  cmd ssh-clone '' git clone -q git@127.0.0.1:/srv/repos/demo.git "$T/ssh"
  inside nginx-test successful nginx -t
  inside nginx-reload '' nginx -s reload
  $E restart -t 5 "$C" >/dev/null 2>&1; U=http://127.0.0.1:$(port 80); wait_http $U/
  http persisted 200 'second one' $U/demo.git/log/
  stops_cleanly graceful-stop 10
  same_config
fi
finish
