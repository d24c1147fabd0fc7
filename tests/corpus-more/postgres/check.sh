#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::5432 "$IMG"
for i in $(seq 120); do $E exec "$C" psql -U postgres -h 127.0.0.1 -c 'select 1' -w >/dev/null 2>&1 && break; $E logs "$C" 2>&1 | grep -q 'init done' && $E exec "$C" pg_isready -q -h 127.0.0.1 && break; sleep 0.5; running || { bad "start: $(logtail)"; finish; }; done
sql() { local l=$1 re=$2; shift 2; inside "$l" "$re" psql -U postgres -v ON_ERROR_STOP=1 -At "$@"; }
sql select Vasa -c 'select name from ship where id = 1'
sql insert 3 -c "insert into ship (name) values ('Titanic') returning id"
if full; then
  for e in pg_trgm hstore uuid-ossp pgcrypto citext unaccent postgres_fdw btree_gist ltree intarray fuzzystrmatch cube earthdistance pg_stat_statements tablefunc xml2 file_fdw pg_buffercache dblink plperl; do
    sql "extension-$e" '' -c "create extension \"$e\" cascade"
  done
  sql digest '2cf24dba' -c "select encode(digest('hello','sha256'),'hex')"
  sql unaccent Alesund -c "select unaccent(name) from ship where id = 2"
  sql plperl '^6$' -c "create function six() returns int language plperl as 'return 2*3;'" -c 'select six()'
  sql timezone '2024-07-01 21:00' -c "set timezone='Asia/Tokyo'" -c "select timestamptz '2024-07-01 12:00+00'"
  sql zone-names 'Europe/Oslo' -c "select name from pg_timezone_names"
  sql zone-abbrevs '^t$' -c "set timezone_abbreviations='Australia'" -c "select '2024-01-01 12:00 AEST'::timestamptz is not null"
  sql collate-libc '^t$' -c "select 'ä' < 'b' collate \"de_DE.utf8\""
  sql collate-icu '^t$' -c "select 'ä' < 'b' collate \"sv-x-icu\" is not null"
  sql fulltext-german 'schiff' -c "select to_tsvector('german', 'Schiffe fahren')"
  sql fulltext-thesaurus '' -c "create text search dictionary th (template=thesaurus, dictfile=thesaurus_sample, dictionary=english_stem)"
  sql fulltext-ispell '' -c "create text search dictionary isp (template=ispell, dictfile=ispell_sample, afffile=ispell_sample)"
  sql fulltext-synonym '' -c "create text search dictionary syn (template=synonym, synonyms=synonym_sample)"
  sql xml 'b>x' -c "select xmlparse(document '<a><b>x</b></a>')"
  sql encoding-conversion '\\xa4' -c "select convert_to('€','LATIN9')"
  sql encoding-sjis '' -c "select convert_to('日本','SJIS')"
  sql latin1-db '' -c "create database l1 encoding 'LATIN1' template template0 locale 'C'"
  sql logical-slot test -c "select pg_create_physical_replication_slot('test')"
  sql copy-program '' -c "copy ship to program 'gzip > /tmp/ship.gz'"
  sql message-de '' -c "set lc_messages='de_DE.UTF-8'" -c 'select 1'
  sql reload '^t$' -c 'select pg_reload_conf()'
  sql vacuum '' -c 'vacuum full analyze ship'
  sql read-log-setting '2s' -c 'show log_min_duration_statement'
  sql jit-settings '' -c "set jit_above_cost=0" -c "select sum(x) from generate_series(1,1000) x"
  inside backslash-d 'launched' psql -U postgres -c '\d+ ship'
  inside backslash-help 'CREATE TABLE' psql -U postgres -c '\h create table'
  inside pg_dump 'COPY public.ship' pg_dump -U postgres -t ship postgres
  inside dump-restore '' sh -c 'createdb -U postgres copy && pg_dump -U postgres -Fc -f /tmp/d postgres && pg_restore -U postgres -d copy /tmp/d && dropdb -U postgres copy'
  inside pg_dumpall 'CREATE ROLE' pg_dumpall -U postgres
  inside basebackup '' pg_basebackup -U postgres -D /tmp/bb -Ft -z
  inside createuser '' createuser -U postgres sailor
  inside vacuumdb '' vacuumdb -U postgres --all -q
  inside reindexdb '' reindexdb -U postgres postgres
  inside pgbench '' sh -c 'pgbench -U postgres -i -q postgres && pgbench -U postgres -t 20 postgres'
  inside pg_isready 'accepting' pg_isready
  inside controldata 'cluster state' pg_controldata
  inside config-tool '' pg_config --version
  inside waldump '' sh -c 'f=$(ls $PGDATA/pg_wal | grep -m1 ^0000); pg_waldump -n 3 $PGDATA/pg_wal/$f'
  inside user-postgres postgres sh -c 'gosu postgres id -un'
  $E restart -t 10 "$C" >/dev/null 2>&1; for i in $(seq 60); do $E exec "$C" pg_isready -q && break; sleep 0.5; done
  sql persisted Titanic -c 'select name from ship'
  stops_cleanly graceful-stop 10
  $E rm -fv "$C" >/dev/null 2>&1
  cmd other-command 'PostgreSQL. 15' $E run --rm "$IMG" postgres --version
  cmd one-shot-bash hi $E run --rm "$IMG" bash -c 'echo hi'
  start --user 12345 -e PGDATA=/tmp/pg "$IMG"; for i in $(seq 60); do $E logs "$C" 2>&1 | grep -q 'init done' && break; running || break; sleep 0.5; done; sleep 1
  sql arbitrary-user Vasa -c 'select name from ship'
  $E rm -fv "$C" >/dev/null 2>&1
  d=$(mktemp -d); printf 'create table gz(a int);' | gzip >"$d/1.sql.gz"; printf 'create table x(a int);' | xz >"$d/2.sql.xz"; printf 'create table zs(a int);' | zstd -q >"$d/3.sql.zst"; printf '#!/bin/bash\npsql -c "create table s(a int)"\n' >"$d/4.sh"; chmod -R a+rX "$d"; chmod 755 "$d/4.sh"
  start -v "$d:/docker-entrypoint-initdb.d:ro" -e POSTGRES_PASSWORD=pw "$IMG"; for i in $(seq 60); do $E logs "$C" 2>&1 | grep -q 'init done' && break; running || break; sleep 0.5; done; sleep 1
  sql init-scripts '^4$' -c "select count(*) from pg_tables where tablename in ('gz','x','zs','s')"
  rm -rf "$d"
  same_config
fi
finish
