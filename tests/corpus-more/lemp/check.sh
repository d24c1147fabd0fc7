#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 "$IMG"
U=http://127.0.0.1:$(port 80)
wait_http $U/up 40
for _ in $(seq 40); do [ "$(curl -s $U/up)" = up ] && break; sleep 0.25; done
BEGUN=$(date +%s)
http up 200 up $U/up
http home 200 Ahoy $U/
if full; then
  http home-de 200 Moin -H 'Accept-Language: de' $U/
  http css 200 teal $U/site.css
  http gzip 200 'ncoding: gzip' -H 'Accept-Encoding: gzip' $U/do/json
  http form 200 'Schweden|Sweden' $U/form
  http form-ok 200 'saved Vasa' -d 'form[name]=Vasa&form[mail]=a@b.de&form[country]=SE' $U/form
  http form-blank 422 'should not be blank' -d 'form[name]=&form[mail]=a@b.de' $U/form
  http form-mail 422 'not a valid email' -d 'form[name]=V&form[mail]=nope' $U/form
  http form-long 422 'too long' -d 'form[name]=Mary+Rose&form[mail]=a@b.de' $U/form
  for p in json:Vasa 'yaml:name: Vasa' 'xml:<ship>Vasa' 'translate:Moin 3 ships' 'intl:1.234,50.€ Freitag, 1. März 2024 ドイツ French' 'countries:Schweden' collate:azö expression:42 process:20 shell:bin slug:Grosse-Ueberfahrt zone:21:00 'locale:","' \
    sqlite:row memcached:cached apcu:stored image:PNG 'mail:Subject: =\?utf-8' client:Vasa 'stream:part 3' cache:fresh password:right 'mb:日本u' resolver:127.0.0.1; do
    http do-${p%%:*} 200 "${p#*:}" $U/do/${p%%:*}
  done
  for f in jpeg webp gif; do http image-$f 200 '' "$U/do/image?form=$f"; done
  http session 200 1 -c "$T/j" $U/do/session
  http session-2 200 2 -b "$T/j" $U/do/session
  http error 500 Shipwreck $U/do/boom
  http not-found 404 'Lost at sea' $U/nope
  http no-php 404 '' $U/x.php
  head -c 3000000 /dev/zero > "$T/big"
  http too-large 413 'Too heavy' -F "file=@$T/big" $U/upload
  curl -s $U/do/image -o "$T/i.png"
  http upload 200 'image/png png' -F "file=@$T/i.png" $U/upload
  http fpm-status 200 'active processes' $U/fpm-status
  inside console-list 'harbour:tick' bin/console list
  inside console-tick 'Vasa' bin/console harbour:tick
  inside console-about 'Symfony' bin/console about
  inside console-router '/form' bin/console debug:router
  inside console-container 'translator' bin/console debug:container --types
  inside console-config 'secret' bin/console debug:config framework
  inside console-lint-yaml 'valid' bin/console lint:yaml config
  inside console-lint-twig 'valid' bin/console lint:twig templates
  inside console-lint-container '' bin/console lint:container
  inside console-translation 'Dieser Wert' sh -c 'bin/console debug:translation de; true'
  inside console-help 'Usage' bin/console help harbour:tick
  inside cache-clear 'cleared' sh -c 'bin/console cache:clear && chown -R www-data var'
  http after-clear 200 Ahoy $U/
  inside php-modules 'memcached' php -m
  inside php-info 'de_DE|LANG' php -i
  inside php-ini 'php.ini' php --ini
  inside nginx-test 'successful' sh -c 'nginx -t 2>&1'
  inside nginx-reload '' nginx -s reload
  inside fpm-test 'successful' sh -c 'php-fpm8.2 -t 2>&1'
  inside sv-status '^run: .*nginx' sv status /etc/service/nginx
  inside sv-restart 'ok: run' sv restart /etc/service/memcached
  sleep 1
  http memcached-again 200 cached $U/do/memcached
  inside finish-script 'memcached ended' cat /tmp/memcached.ended
  inside sv-check '' sv check /etc/service/php
  inside fpm-reload '' sh -c 'kill -USR2 $(cat /run/php/php8.2-fpm.pid)'
  sleep 1; http after-reload 200 up $U/up
  while [ $(($(date +%s) - BEGUN)) -lt 65 ]; do sleep 1; done
  inside cron-ran 'Vasa' cat /srv/app/data/tick.log
  inside healthcheck up curl -fsS http://127.0.0.1/up
  stops_cleanly graceful-stop 15
  same_config
fi
finish
