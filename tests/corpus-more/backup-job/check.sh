#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
cmd help 'usage: backup' $E run --rm "$IMG"
if full; then
  mkdir -p "$T/data/sub" "$T/data/cache" "$T/store"
  echo one >"$T/data/one"; echo two >"$T/data/sub/two"; echo no >"$T/data/cache/no"; echo no >"$T/data/x.tmp"
  python3 -c "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('create table ship(name)'); c.execute(\"insert into ship values('Vasa')\"); c.commit()" "$T/data/ships.db"
  V="-v $T/data:/data -v $T/store:/backups -e BACKUP_PASSPHRASE=ahoi"
  R="$E run --rm $V $IMG"
  cmd unknown-command 'unknown command' sh -c "! $R frobnicate"
  for f in zst gz xz bz2; do
    [ $f = bz2 ] && continue
    cmd create-$f "data-[0-9T.]*.tar.$f [0-9]+ KiB" $E run --rm -e FORMAT=$f $V "$IMG" create
  done
  F=$(cd "$T/store" && ls data-*.zst); X=$(cd "$T/store" && ls data-*.xz); Z=$(cd "$T/store" && ls data-*.gz)
  cmd list 'tar.xz' $R list
  cmd verify '^5$' $R verify "/backups/$F"
  cmd verify-xz '^5$' $R verify "/backups/$X"
  cmd restore '[0-9a-f]{32}  ./sub/two' $R restore "/backups/$F" /tmp/there
  cmd restore-gz '[0-9a-f]{32}  ./one' $R restore "/backups/$Z" /tmp/there
  cmd encrypt 'gpg' $R encrypt "/backups/$X"
  cmd decrypt 'plain' $R decrypt "/backups/$X.gpg"
  cmd decrypted '' cmp "$T/store/$X" "$T/store/$X.plain"
  cmd wrong-passphrase 'Bad session key|decryption failed' sh -c "! $E run --rm $V -e BACKUP_PASSPHRASE=nein $IMG decrypt /backups/$X.gpg"
  cmd sync 'Number of files: ' $R sync /tmp/copy/
  cmd sync-ssh 'Could not resolve|Name or service|Connection|resolve hostname' sh -c "! $R sync nobody@nowhere.invalid:/x"
  cmd dump-sqlite 'PRAGMA|BEGIN' $R dump-sqlite /data/ships.db
  cmd dumped 'Vasa' zcat "$T/store/ships.db.sql.gz"
  cmd dump-postgres 'could not translate host name|Connection refused|Temporary failure' sh -c "! $E run --rm -e PGHOST=nowhere.invalid $V $IMG dump-postgres"
  cmd psql 'psql \(PostgreSQL\) 15' $E run --rm --entrypoint psql "$IMG" --version
  cmd report '"count": [0-9]' $R report
  cmd notify '20[0-9][0-9] Subject: backup on' $R notify
  cmd notify-hook 'Could not resolve|curl: \(' sh -c "! $E run --rm -e HOOK=https://nowhere.invalid/ $V $IMG notify"
  cmd keygen 'ED25519' $R keygen
  cmd prune 'removed data' $E run --rm -e KEEP=1 $V "$IMG" prune
  cmd zone 'CES?T' $E run --rm --entrypoint date "$IMG"
  C=$($E run -d $V "$IMG" schedule)
  for _ in $(seq 70); do ls "$T/store" | grep -q nightly && break; sleep 1; done
  cmd cron-ran 'nightly-' sh -c "cat $T/store/cron.log"
  stops_cleanly graceful-stop 5
  same_config
fi
finish
