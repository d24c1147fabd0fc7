create() {
  local name=${1:-data} stamp file
  stamp=$(date +%Y%m%dT%H%M%S.%N)
  file=$BACKUP_DIR/$name-$stamp.tar.${FORMAT:-zst}
  tar --create --auto-compress --exclude-from /etc/backup/exclude.txt --numeric-owner --file "$file" --directory "$SOURCE_DIR" .
  (cd "$BACKUP_DIR" && sha256sum "$(basename "$file")" > "$(basename "$file").sha256")
  echo "$file $(du -k "$file" | cut -f1) KiB"
}
list() { find "$BACKUP_DIR" -type f -name '*.tar.*' ! -name '*.sha256' -printf '%f\t%s\n' | sort | column_or_cat; }
column_or_cat() { if command -v column >/dev/null; then column -t; else cat; fi; }
verify() {
  (cd "$BACKUP_DIR" && sha256sum --check --quiet "$(basename "$1").sha256")
  tar --list --file "$1" | wc -l
}
restore() { mkdir -p "$2"; tar --extract --file "$1" --directory "$2"; (cd "$2" && find . -type f | xargs -r md5sum | sort -k2); }
prune() {
  local old
  mapfile -t old < <(ls -1t "$BACKUP_DIR"/*.tar.!(*.sha256) | tail -n +$((KEEP + 1)))
  for file in "${old[@]}"; do rm -f -- "$file" "$file.sha256"; echo "removed $(basename "$file")"; done
}
