sync_to() { rsync --archive --stats --human-readable "$BACKUP_DIR"/ "$1"; }
dump_sqlite() { sqlite3 "$1" .dump | gzip -9 > "$BACKUP_DIR/$(basename "$1").sql.gz"; zcat "$BACKUP_DIR/$(basename "$1").sql.gz" | head -n 1; }
dump_postgres() { pg_dump --format=custom --file "$BACKUP_DIR/${PGDATABASE:-postgres}.dump"; }
report() {
  find "$BACKUP_DIR" -name '*.tar.*' ! -name '*.sha256' -printf '{"file":"%f","bytes":%s}\n' | jq --slurp '{count: length, bytes: (map(.bytes) | add), files: map(.file) | sort}'
}
notify() {
  export HOSTNAME COUNT
  COUNT=$(ls "$BACKUP_DIR" | wc -l)
  envsubst < /etc/backup/mail.template | ts '%Y'
  [ -z "${HOOK:-}" ] || curl --fail --silent --show-error --data-urlencode "text=$COUNT" "$HOOK"
}
