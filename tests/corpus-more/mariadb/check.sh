#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::3306 "$IMG"
up() { for i in $(seq 120); do $E exec "$C" mariadb-admin ping >/dev/null 2>&1 && $E exec "$C" mariadb -e 'select 1 from harbour.ship' >/dev/null 2>&1 && break; running || { bad "start: $(logtail)"; finish; }; sleep 0.5; done; }
up
sql() { local l=$1 re=$2; shift 2; inside "$l" "$re" mariadb --default-character-set=utf8mb4 -N harbour -e "$@"; }
sql select Vasa 'select name from ship'
sql insert 2 "insert into ship (name) values ('Fram'); select last_insert_id()"
if full; then
  sql fulltext Vasa "select name from ship where match(name) against('vasa')"
  sql timezone '2024-07-01 21:00' "select convert_tz('2024-07-01 12:00:00','UTC','Asia/Tokyo')"
  sql json '^2$' "select json_value('{\"a\":2}', '$.a')"
  sql collation '^1$' "select 'ä' = 'a' collate utf8mb4_general_ci"
  sql uca '^1$' "select 'Å' = 'å' collate utf8mb4_swedish_ci"
  sql uca1400 '' "select 'a' collate utf8mb4_unicode_520_ci"
  sql charset '' "select convert('日本' using sjis)"
  sql engine-aria '' 'create table a (i int) engine=aria; drop table a'
  sql engine-myisam '' 'create table m (i int) engine=myisam; drop table m'
  sql engine-archive '' "install soname 'ha_archive'"
  sql plugin-blackhole '' "install soname 'ha_blackhole'"
  sql plugin-query-cache '' "install soname 'query_response_time'"
  sql plugin-auth-ed25519 '' "install soname 'auth_ed25519'"
  sql plugin-server-audit '' "install soname 'server_audit'"
  sql plugin-simple-password '' "install soname 'simple_password_check'"
  sql plugin-locale-info 'en_US' "install soname 'locales'; select name from information_schema.locales where name='en_US'"
  inside client-auth-ed25519 1 sh -c "mariadb -e \"uninstall plugin simple_password_check; create user e identified via ed25519 using password('Geheim-123'); \" && mariadb -h127.0.0.1 -ue -pGeheim-123 -Ne 'select 1'"
  inside error-text-german 'existiert nicht' sh -c "mariadb -e \"set lc_messages='de_DE'; select * from nope.x\" 2>&1 || true"
  sql load-file '' "select sha2('x',256)"
  sql xml 'x' "select extractvalue('<a>x</a>','/a')"
  sql procedure 3 "create procedure p() select 1+2; call p()"
  sql sys-schema '' 'select * from sys.version'
  sql show-status '' 'show engine innodb status'
  sql help '' "help 'select'"
  inside tcp-login Vasa mariadb -h127.0.0.1 -uapp -pahoi -N harbour -e 'select name from ship where id=1'
  inside dump 'CREATE TABLE `ship`' mariadb-dump harbour
  inside dump-restore '' sh -c 'mariadb -e "create database copy" && mariadb-dump harbour | mariadb copy'
  inside mysqldump-old-name 'CREATE TABLE' mysqldump harbour
  inside mysql-old-name 1 mysql -Ne 'select 1'
  inside admin-status Uptime mariadb-admin status
  inside admin-variables datadir mariadb-admin variables
  inside check 'OK' mariadb-check harbour
  inside import '' sh -c 'echo Gjoa > /tmp/ship2.txt && mariadb harbour -e "create table ship2 (n text)" && mariadb-import --local harbour /tmp/ship2.txt'
  inside show ship mariadb-show harbour
  inside slap '' mariadb-slap --auto-generate-sql --number-of-queries=20
  inside upgrade '' mariadb-upgrade --force
  inside backup '' sh -c 'mariadb-binlog --version'
  inside defaults 'bind-address' my_print_defaults mysqld
  inside tzinfo 'INSERT' sh -c 'mariadb-tzinfo-to-sql /usr/share/zoneinfo/Europe/Oslo Europe/Oslo'
  inside healthcheck '' healthcheck.sh
  inside perror 'No such file' perror 2
  inside aria_chk '' aria_chk --version
  $E restart -t 20 "$C" >/dev/null 2>&1; up
  sql persisted Fram 'select name from ship'
  stops_cleanly graceful-stop 20
  $E rm -fv "$C" >/dev/null 2>&1
  d=$(mktemp -d); printf 'create table gz(a int);' | gzip >"$d/1.sql.gz"; printf 'create table zs(a int);' | zstd -q >"$d/2.sql.zst"; chmod -R a+rX "$d"
  start -v "$d:/docker-entrypoint-initdb.d:ro" "$IMG"; for i in $(seq 80); do $E logs "$C" 2>&1 | grep -q 'init done' && break; running || break; sleep 0.5; done; up
  sql init-scripts 'zs' 'show tables'
  rm -rf "$d"
  same_config
fi
finish
