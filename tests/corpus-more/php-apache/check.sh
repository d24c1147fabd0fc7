#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 "$IMG"
U=http://127.0.0.1:$(port 80)
wait_http $U/healthz
http index 200 VASA $U/
http css 200 maroon $U/site.css
if full; then
  http api 200 '"name":"Vasa"' $U/api
  http post 303 'Location: /' -d name=Fram $U/add
  http png 200 PNG $U/png
  http webp 200 WEBP $U/webp
  http intl-money 200 '1.234,50' $U/money
  http intl-collate 200 'azö' $U/collate
  http zone 200 '^21' $U/zone
  http default-zone 200 'Europe/Oslo' $U/default-zone
  http zip 200 'ships.txt' $U/zip
  http xml 200 'xy' $U/xml
  http mbstring 200 '2 é' $U/mb
  http bcmath 200 '3.3' $U/bc
  http argon2 200 verified $U/hash
  http session 200 '1' -c "$T/j" $U/session
  http session-2 200 '2' -b "$T/j" $U/session
  http include-lang 200 Moin "$U/lang?l=de"
  http apcu 200 7 $U/apcu
  http curl 200 'curl ok' $U/curl
  http openssl 200 '256' $U/tls
  http shell-exec 200 '20[0-9][0-9]' $U/shell
  http upload 200 'uploaded text' -F "f=@$0;type=text/plain" $U/upload
  http phpinfo 200 'PHP Version 8.2' $U/info
  http not-found 404 'No such berth' $U/nope
  http error 500 Shipwreck $U/boom
  http forbidden 403 'Hands off' $U/a.bak
  http autoindex 200 'Index of' $U/icons-list/
  http svg 200 'image/svg' $U/img/a.svg
  http options 200 '' -X OPTIONS $U/site.css
  inside configtest 'Syntax OK' apache2ctl -t
  inside modules 'rewrite_module' apache2ctl -M
  inside graceful '' apache2ctl graceful
  sleep 1; http after-graceful 200 VASA $U/
  inside php-cli '8.2' php -r 'echo PHP_VERSION;'
  inside php-modules 'intl' php -m
  inside php-ini 'conf.d' php --ini
  inside php-lint 'No syntax errors' php -l public/index.php
  inside console 'fleet:count' php console.php list
  inside console-table 'ships' php console.php fleet:count
  inside healthcheck '' sh -c 'curl -fsS http://127.0.0.1/healthz || exit 1'
  inside enable-module 'Enabling module|already' a2enmod deflate
  inside reload-module '' apache2ctl graceful
  inside apache-tools '^a:' htpasswd -nb a b
  stops_cleanly graceful-stop 10
  same_config
fi
finish
