#!/usr/bin/env bash
# Makes the cluster on first start, runs what lies in /docker-entrypoint-initdb.d, then becomes the server.
set -Eeo pipefail
run_file() {
  case "$1" in
    *.sh) if [ -x "$1" ]; then "$1"; else . "$1"; fi ;;
    *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc -d postgres -f "$1" ;;
    *.sql.gz) gunzip -c "$1" | psql -v ON_ERROR_STOP=1 --no-psqlrc -d postgres ;;
    *.sql.xz) xzcat "$1" | psql -v ON_ERROR_STOP=1 --no-psqlrc -d postgres ;;
    *.sql.zst) zstd -dc "$1" | psql -v ON_ERROR_STOP=1 --no-psqlrc -d postgres ;;
    *) echo "ignoring $1" ;;
  esac
}
if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
if [ "$1" = postgres ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA" || :
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    exec gosu postgres "$BASH_SOURCE" "$@"
  fi
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if ! getent passwd "$(id -u)" >/dev/null; then
      export LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libnss_wrapper.so NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
      printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" >"$NSS_WRAPPER_PASSWD"
      printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
    fi
    initdb --username=postgres --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-changeme}") ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
    for f in /docker-entrypoint-initdb.d/*; do run_file "$f"; done
    pg_ctl -D "$PGDATA" -m fast -w stop
    echo "init done"
  fi
  set -- "$@" -c listen_addresses='*'
fi
exec "$@"
