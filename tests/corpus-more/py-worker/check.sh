#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8000 "$IMG"
U=http://127.0.0.1:$(port 8000)
wait_http $U/up 60
http index 200 '<li>Vasa' $U/
http css 200 teal $U/static/site.css
if full; then
  http add 201 'Added Fram' -d name=Fram -d mail=a@example.com $U/ships
  http add-invalid 422 'valid email' -d name=Fram -d mail=nein $U/ships
  http pdf 200 '%PDF' $U/pdf
  http xlsx 200 'PK' $U/xlsx
  http lxml 200 '<li>Vasa</li> True p 1|&lt;li|<li>' $U/xml
  http crypt 200 '^7 ahoi' $U/crypt
  for f in PNG JPEG WEBP GIF TIFF PDF; do http image-$f 200 '' "$U/image?as=$f"; done
  http qr 200 '<svg|svg:svg|xmlns' $U/qr
  http markdown 200 '<table>' $U/markdown
  http locale-de 200 'Freitag, 1. März 2024 1.234,50' $U/locale/de
  http locale-ja 200 '2024年3月1日' $U/locale/ja
  http zone 200 '^21 21' $U/zone/Asia/Tokyo
  http phone 200 'True Berlin' $U/phone
  http password 200 'True anna' $U/password
  http out 200 'refused True ConnectError' $U/out
  http plugin 200 '^3' $U/plugin/tides
  http plugin-none 404 'Lost' $U/plugin/nope
  http disk 200 '/data' $U/disk
  http yaml 200 '^- 1' $U/yaml
  http not-found 404 'Lost at sea' $U/nope
  http error 500 Shipwreck $U/boom
  K=$(curl -s -d size=40 $U/task)
  http task-waiting 202 waiting $U/task/$K
  $E exec -d "$C" ./entrypoint.sh worker
  for _ in $(seq 60); do curl -s $U/task/$K | grep -qv waiting && break; sleep 0.5; done
  http task-done 200 '^[0-9]+$' $U/task/$K
  inside celery-report 'billiard' celery --app harbour.tasks report
  inside beat 'tick' sh -c './entrypoint.sh beat >/tmp/beat 2>&1 & sleep 8; cat /tmp/beat'
  inside alembic-history 'ships' alembic history
  inside alembic-current '1 \(head\)' alembic current
  inside alembic-down '' alembic downgrade base
  inside migrate '' ./entrypoint.sh migrate
  inside ships-csv '^Vasa' ./entrypoint.sh manage ships --as-csv
  inside routes '/ships' ./entrypoint.sh manage routes
  inside shell '42' sh -c 'echo "print(6*7)" | ./entrypoint.sh shell'
  inside health '' python -m harbour.health
  inside check-config '' gunicorn --config gunicorn.conf.py --check-config harbour.web:app
  inside user '^10001$' id -u
  $E restart -t 10 "$C" >/dev/null; U=http://127.0.0.1:$(port 8000); wait_http $U/up 60
  http after-restart 200 Vasa $U/
  cmd access-log '"GET / HTTP' $E logs "$C"
  stops_cleanly graceful-stop 10
  same_config
fi
finish
