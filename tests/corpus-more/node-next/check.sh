#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::3000 "$IMG"
U=http://127.0.0.1:$(port 3000); wait_http $U/ 40
http home 200 'Shipyard' $U/
http ship 200 'Sank <em>at once' $U/ships/vasa
if full; then
  http table 200 '<td>104</td>' $U/ships/victory
  http middleware 200 'x-middleware: seen' $U/ships/victory
  http header 200 'X-Harbour: Kiel' $U/
  http german 200 'Samstag, 20. März 1627' "$U/ships/vasa?locale=de"
  http japanese 200 '1627年3月20日' "$U/ships/vasa?locale=ja"
  http swahili 200 'Machi' "$U/ships/vasa?locale=sw"
  http not-found 404 'lost at sea' $U/ships/titanic
  http not-found-route 404 'lost at sea' $U/nowhere
  http error 500 'ran aground|digest' $U/broken
  http middleware-denies 401 'no entry' $U/private/cabin
  http redirect 308 'ships/vasa' $U/old
  http rewrite 200 'victory' $U/fleet
  http api 200 'victory' $U/api/ships
  http api-post 201 'mary' -X POST -H 'content-type: application/json' -d '{"name":"mary","launched":"1511"}' $U/api/ships
  http api-invalid 422 'fieldErrors' -X POST -H 'content-type: application/json' -d '{"name":"m","launched":"x"}' $U/api/ships
  http method 405 '' -X DELETE $U/api/ships
  http csv 200 'vasa,1627-03-20' $U/api/export
  for f in png webp avif jpeg gif tiff; do http thumb-$f 200 "image/$f" "$U/api/thumb?format=$f"; done
  http image-webp 200 'image/webp' -H 'Accept: image/webp' "$U/_next/image?url=%2Fdeck.png&w=640&q=75"
  http image-png 200 'image/png' -H 'Accept: image/png' "$U/_next/image?url=%2Fdeck.png&w=384&q=60"
  http image-refused 400 '' "$U/_next/image?url=http%3A%2F%2Fexample.com%2Fx.png&w=640&q=75"
  http public 200 'User-agent' $U/robots.txt
  J=$(curl -s $U/ | grep -oE '/_next/static/chunks/[^"]+\.js' | head -1); http chunk 200 'javascript' $U$J
  S=$(curl -s $U/ | grep -oE '/_next/static/css/[^"]+\.css' | head -1); http css 200 'sans-serif' $U$S
  http compressed 200 'Content-Encoding: gzip' -H 'Accept-Encoding: gzip' $U/
  http rsc 200 'text/x-component' -H 'RSC: 1' $U/ships/vasa
  inside script '<strong>2</strong>' npm run report
  inside user node id -un
  inside health '' node -e "fetch('http://127.0.0.1:3000/api/ships').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
  cmd instrumented 'instrumented nodejs' $E logs "$C"
  stops_cleanly graceful-stop 15
  same_config
fi
finish
