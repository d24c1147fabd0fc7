#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8080 -p 127.0.0.1::8443 "$IMG"
U=http://127.0.0.1:$(port 8080); S=https://127.0.0.1:$(port 8443)
wait_http $U/healthz
http index 200 Vasa $U/
http greeting 200 Moin $U/greeting
if full; then
  http lua 200 '"ship":"Fram"' "$U/lua?n=2"
  http lua-late 200 'late b' $U/lua-late
  http perl 200 'perl /perl' $U/perl
  http perl-posix 200 2024 "$U/perl?time"
  http perl-xs 200 '10 9dd4e461268c8034f5c8564e155c67a6' "$U/perl?list"
  http thumbnail 200 PNG $U/thumb/ship.png
  http image-size 200 '"width": 32' $U/size/ship.png
  http xslt 200 '<li>Vasa</li>' $U/feed
  http fancyindex 200 'rare.txt' $U/files/
  http unlinked 200 rare $U/files/rare.txt
  http auth-none 401 '' $U/private/
  http auth 200 'rare.txt' -u anna:ahoi $U/private/
  http auth-wrong 401 '' -u anna:nein $U/private/
  http headers-more 204 'X-Ship: Vasa' $U/headers
  http proxied 200 'upstream' $U/proxied/x
  http cached 200 'X-Cache: HIT' $U/proxied/x
  http dead-upstream 502 Shipwreck $U/dead/
  http ssi 200 'ssi h1' $U/ssi.shtml
  http sub 200 Wasa $U/sub
  http bot 403 '' -A somebot $U/bots
  http human 200 human $U/bots
  curl -s -o /dev/null $U/few; http limited 429 '' $U/few
  http dav-put 201 '' -X PUT -d ahoi $U/dav/a/b.txt
  http dav-get 200 ahoi $U/dav/a/b.txt
  http dav-delete 204 '' -X DELETE $U/dav/a/b.txt
  http gzip 200 'content-encoding: gzip|Content-Encoding: gzip' -H 'Accept-Encoding: gzip' $U/site.css
  http tls 200 Vasa $S/
  http http2 200 'HTTP/2' --http2 $S/
  http range 206 '' -r 0-3 $U/site.css
  http not-modified 304 '' -H "If-Modified-Since: $(curl -sI $U/site.css | sed -n 's/^Last-Modified: //p' | tr -d '\r')" $U/site.css
  http not-found 404 'Lost at sea' $U/nope
  http too-large 413 '' -X PUT -H 'Content-Length: 99999999' $U/dav/c
  http status 200 'Active connections' $U/status
  inside config-test 'successful' nginx -t
  inside config-dump 'lua_package_path' nginx -T
  inside health ok curl -fs http://127.0.0.1:8080/healthz
  inside reload '' nginx -s reload; sleep 1
  http after-reload 200 Vasa $U/
  inside reopen '' nginx -s reopen
  cmd access-log '"GET / ' $E logs "$C"
  stops_cleanly graceful-stop 10
  $E rm -f "$C" >/dev/null
  start -p 127.0.0.1::9999 -e NGINX_PORT=9999 -e GREETING=Ahoi -e TUNE_WORKERS=1 "$IMG"
  V=http://127.0.0.1:$(port 9999); wait_http $V/healthz
  http other-environment 200 Ahoi $V/greeting
  inside workers 'worker_processes +[0-9]+;' nginx -T
  cmd other-command 'nginx version' $E run --rm "$IMG" nginx -v
  same_config
fi
finish
