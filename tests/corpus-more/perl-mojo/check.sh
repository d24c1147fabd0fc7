#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::3000 "$IMG"
U=http://127.0.0.1:$(port 3000)
wait_http $U/
http index 200 Vasa $U/
http css 200 olive $U/site.css
if full; then
  http api 200 Vasa $U/api
  http post 302 '' -d name=Fram $U/ships
  http csv 200 '"a b","c,d"' $U/csv
  http zone 200 '^21' $U/zone/Asia/Tokyo
  http zone-oslo 200 '^14' $U/zone/Europe/Oslo
  http month-de 200 'März' $U/month/de
  http month-ru 200 'март' $U/month/ru
  http strptime 200 '2024-07-01' $U/parse
  http png 200 PNG $U/png
  http yaml 200 'a: 1' $U/yaml
  http template-toolkit 200 'TT 12' $U/tt
  http libxml 200 x $U/xml
  http lang 200 Moin $U/lang/de
  http shiftjis 200 4 $U/encode
  http digest 200 '[0-9a-f]{64}' $U/digest
  http unicode 200 'LATIN SMALL LETTER E WITH ACUTE 2 greek' $U/unicode
  http collate 200 'abC' $U/collate
  http bignum 200 1267650600228229401496703205376 $U/bignum
  http tls 200 'ca OpenSSL' $U/tls
  http shell 200 '20[0-9][0-9]' $U/sh
  http session 200 1 -c "$T/j" $U/session
  http session-2 200 2 -b "$T/j" $U/session
  http not-found 404 'Lost at sea' $U/nope
  http error 500 Shipwreck $U/boom
  http websocket 101 '' --max-time 5 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' $U/ws
  inside routes '/api' perl script.pl routes
  inside eval 3 perl script.pl eval -v 'app->log; 3'
  inside get Vasa perl script.pl get /api
  inside own-command 'sum 3' perl script.pl audit
  inside version 'Mojolicious' perl script.pl version
  inside help 'daemon' perl script.pl help
  inside oneliner 5 perl -MPOSIX -MData::Dumper -MGetopt::Long -MFile::Temp -MTime::HiRes -MList::Util=max -e 'print max(3,5)'
  inside dev-mode '' perl -c script.pl
  stops_cleanly graceful-stop 10
  same_config
fi
finish
