#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8080 "$IMG"
U=http://127.0.0.1:$(port 8080); wait_http $U/ 40
http home 200 '"path": "/"' $U/
if full; then
  http miss 200 'X-Cache: MISS' $U/a
  http hit 200 'X-Cache: HIT' $U/a
  http vmod-std 200 '"varnish"' $U/b
  http vmod-header 200 'X-From: origin' $U/c
  http synth 418 'teapot' $U/synth
  http guru 503 '' $U/broken
  http purge 200 'Purged' -X PURGE $U/a
  http miss-again 200 'X-Cache: MISS' $U/a
  inside stat 'MAIN.cache_hit' varnishstat -1
  inside log 'ReqURL' varnishlog -d -g request
  inside ncsa 'GET http' varnishncsa -d
  inside adm 'active' varnishadm vcl.list
  inside load '' varnishadm vcl.load second /etc/varnish/other.vcl
  inside use '' varnishadm vcl.use second
  http other 200 'X-Other: b' $U/e
  http cookie 200 '"me"' -H 'Cookie: who=me' $U/f
  inside top 'ReqURL' varnishtop -1 -d
  inside hist 'varnish' sh -c 'varnishhist -V 2>&1'
  inside version 'varnish' sh -c 'varnishd -V 2>&1'
  stops_cleanly graceful-stop 10
  C2=$($E run -d -p 127.0.0.1::8080 "$IMG" other.vcl); $E rm -f "$C" >/dev/null; C=$C2
  U=http://127.0.0.1:$(port 8080); wait_http $U/ 40
  http other-command 200 'X-Other: b' $U/
  same_config
fi
finish
