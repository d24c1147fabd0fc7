#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::3000 "$IMG"
U=http://127.0.0.1:$(port 3000)
wait_http $U/up
http index 200 Vasa $U/
http css 200 teal $U/static/site.css
if full; then
  http unlinked 200 rare $U/static/rare.txt
  http add 201 'Added Fram' -d name=Fram $U/ships
  http add-invalid 422 too_small -d name=F $U/ships
  for f in png jpeg webp avif gif tiff; do http image-$f 200 '' "$U/image?as=$f"; done
  http password 200 'true true' $U/password
  http sql-wasm 200 VASA $U/sql
  http pdf 200 '%PDF' $U/pdf
  http worker 200 '^47' $U/worker
  http zone 200 '^21' $U/zone/Asia/Tokyo
  http locale-de 200 '1. März 2024 1.234,5' $U/locale/de
  http locale-ja 200 '2024年3月1日' $U/locale/ja
  http hello-de 200 Moin $U/hello/de
  http hello-none 500 Shipwreck $U/hello/xx
  http markdown 200 '<h1>Vasa</h1>' $U/markdown
  http date 200 '20[0-9][0-9]' $U/date
  http out 200 'ECONNREFUSED true' $U/out
  http fetch 200 up $U/fetch
  http brotli 200 ahoi $U/brotli
  http esm 200 'late 1' $U/esm
  http not-found 404 'Lost at sea' $U/nope
  http error 500 Shipwreck $U/boom
  inside npm-migrate migrated npm run migrate
  inside npm-report 'Fram 2' sh -c 'printf "a\nb\n" | npm run --silent report -- --name Fram'
  inside npm-scripts 'report' npm run
  inside eval 42 node -e 'console.log(6*7)'
  inside repl-help 'Usage' node --help
  inside health '' node -e "fetch('http://127.0.0.1:3000/up').then(r => process.exit(r.ok ? 0 : 1))"
  inside user '^node$' id -un
  cmd log '"url":"/"' $E logs "$C"
  stops_cleanly graceful-stop 8
  $E rm -f "$C" >/dev/null
  start -p 127.0.0.1::3000 -e PRETTY=1 "$IMG"; wait_http http://127.0.0.1:$(port 3000)/up
  sleep 2
  cmd pretty-log 'INFO' $E logs "$C"
  same_config
fi
finish
