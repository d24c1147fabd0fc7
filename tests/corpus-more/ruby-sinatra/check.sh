#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::9292 "$IMG"
U=http://127.0.0.1:$(port 9292)
wait_http $U/up
http index 200 Vasa $U/
http css 200 teal $U/site.css
http api 200 '"name":"Vasa"' $U/api/ships
if full; then
  http haml 200 '<h1>About' $U/about
  http markdown 200 '<li>one' $U/notes
  http builder 200 '<ship>Vasa' $U/feed.xml
  http post 303 "" -d name=Fram $U/ships
  http csv-autoload 200 'Vasa,1210' $U/report.csv
  http locale-de 200 Moin $U/hello/de
  http zone 200 '^21' $U/zone/Asia/Tokyo
  http nokogiri 200 '^c' $U/html
  http mail 200 'Subject: ' $U/mail
  http image 200 PNG $U/image
  http bcrypt 200 '\$2a' $U/password
  http yaml 200 'a:' $U/yaml
  http openssl 200 '5' $U/tls
  http zlib 200 '[0-9a-f]{64}' $U/zip
  http encodings 200 '42' $U/sjis
  http session 200 1 -c "$T/j" $U/session
  http session-2 200 2 -b "$T/j" $U/session
  http shell 200 '20[0-9][0-9]' $U/sh
  http resolver 200 '[1-9]' $U/socket
  http not-found 404 'Lost at sea' $U/nope
  http error 500 Shipwreck $U/boom
  inside rake-tasks 'db:migrate' rake -T
  inside rake-migrate migrated rake db:migrate
  inside rake-stats 'ships,2' rake stats
  inside irb 3 sh -c 'echo 1+2 | irb --noreadline -f'
  inside healthcheck '' ruby -rnet/http -e 'exit Net::HTTP.get_response(URI("http://127.0.0.1:9292/up")).is_a?(Net::HTTPOK)'
  inside ruby-stdlib ok ruby -e 'require "optparse"; require "logger"; require "tempfile"; require "open3"; require "fileutils"; require "pstore"; require "securerandom"; require "time"; puts "ok"'
  inside phased-restart '' sh -c 'kill -USR2 1'
  sleep 3; wait_http $U/up; http after-restart 200 Vasa $U/
  stops_cleanly graceful-stop 10
  same_config
fi
finish
