#!/bin/bash
set -eo pipefail
if [ "${1:0:1}" = - ]; then set -- mariadbd "$@"; fi
if [ "$1" = mariadbd ]; then
  if [ "$(id -u)" = 0 ]; then
    find /var/lib/mysql /run/mysqld \! -user mysql -exec chown mysql: '{}' +
    exec gosu mysql "$BASH_SOURCE" "$@"
  fi
  if [ ! -d /var/lib/mysql/mysql ]; then
    mariadb-install-db --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
    mariadbd --skip-networking --socket=/run/mysqld/init.sock &
    for _ in $(seq 60); do mariadb-admin -uroot --socket=/run/mysqld/init.sock ping >/dev/null 2>&1 && break; sleep 0.5; done
    mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null | mariadb -uroot --socket=/run/mysqld/init.sock mysql
    mariadb -uroot --socket=/run/mysqld/init.sock -e "CREATE DATABASE harbour; CREATE USER app@'%' IDENTIFIED BY 'ahoi'; GRANT ALL ON harbour.* TO app@'%'; CREATE TABLE harbour.ship (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT, FULLTEXT(name)); INSERT INTO harbour.ship (name) VALUES ('Vasa');"
    for f in /docker-entrypoint-initdb.d/*; do
      case "$f" in *.sql) mariadb -uroot --socket=/run/mysqld/init.sock harbour <"$f" ;; *.sql.gz) gunzip -c "$f" | mariadb -uroot --socket=/run/mysqld/init.sock harbour ;; *.sql.zst) zstd -dc "$f" | mariadb -uroot --socket=/run/mysqld/init.sock harbour ;; *.sh) . "$f" ;; esac
    done
    mariadb-admin -uroot --socket=/run/mysqld/init.sock shutdown
    wait
    echo 'init done'
  fi
fi
exec "$@"
