#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 -p 127.0.0.1::443 "$IMG"
U=http://127.0.0.1:$(port 80); S=$(port 443)
wait_http $U/
http index 200 Vasa $U/
if full; then
  http template 200 '20[0-9][0-9] .*' $U/page.html
  http template-include 200 'part' $U/page.html
  http template-markdown 200 '<h1 id="head">Head' $U/page.html
  http browse 200 'rare.txt' $U/browse/
  http browse-json 200 '"name":"rare.txt"' -H 'Accept: application/json' $U/browse/
  http unlinked 200 rare $U/browse/rare.txt
  http mime 200 'image/svg' $U/browse/a.svg
  http proxied 200 'hello POST' -X POST $U/api/hello
  http dead 502 '502 Lost at sea' $U/dead/x
  http not-found 404 '404 Lost at sea' $U/nope
  http private-none 401 '' $U/private/x.txt
  http gzip 200 'Content-Encoding: gzip' -H 'Accept-Encoding: gzip' $U/browse/
  http range 206 '' -r 0-1 $U/browse/rare.txt
  http tls 200 secure --resolve localhost:$S:127.0.0.1 https://localhost:$S/
  http http2 200 'HTTP/2' --http2 --resolve localhost:$S:127.0.0.1 https://localhost:$S/
  inside version '^2' caddy version
  inside validate 'Valid configuration' caddy validate --config /etc/caddy/Caddyfile --adapter caddyfile
  inside adapt '"handler"' caddy adapt --config /etc/caddy/Caddyfile --adapter caddyfile
  inside modules 'http.handlers.templates' caddy list-modules
  inside hash 'JDJh|\$2a' caddy hash-password --plaintext x
  inside environ 'caddy.Version|XDG_DATA_HOME' caddy environ
  inside reload '' caddy reload --config /etc/caddy/Caddyfile --adapter caddyfile
  http after-reload 200 Vasa $U/
  cmd log 'handled request' $E logs "$C"
  $E restart -t 5 "$C" >/dev/null; wait_http http://127.0.0.1:$(port 80)/
  http after-restart 200 Vasa http://127.0.0.1:$(port 80)/
  stops_cleanly graceful-stop 8
  cmd one-off 'rare.txt' sh -c "c=\$($E run -d --rm -P --entrypoint caddy $IMG file-server --root /srv/site/browse --browse --listen :80); sleep 2; curl -s http://127.0.0.1:\$($E port \$c 80 | head -1 | cut -d: -f2)/; $E rm -f \$c >/dev/null"
  same_config
fi
finish
