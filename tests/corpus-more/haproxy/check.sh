#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 -p 127.0.0.1::443 -p 127.0.0.1::8404 "$IMG"
U=http://127.0.0.1:$(port 80); S=https://127.0.0.1:$(port 443); M=http://127.0.0.1:$(port 8404)
wait_http $U/
http lua-service 200 'Harbour' $U/
if full; then
  http tls 200 Harbour $S/
  http http2 200 Harbour --http2 $S/
  http map 200 'mapped app1' -H 'Host: Example.com' $U/map
  http map-default 200 'mapped none' $U/map
  http forbidden 403 'Hands off' $U/secret
  http not-found 404 'Lost at sea' $U/nope
  http backend-down 503 Becalmed $U/dead
  http redirect 302 '' $U/old
  http stats 200 'Statistics Report' $M/
  http stats-csv 200 'svname' "$M/;csv"
  http metrics 200 'haproxy_process' $M/metrics
  inside check-config 'valid' haproxy -c -f /usr/local/etc/haproxy/haproxy.cfg
  inside version 'Build options' haproxy -vv
  inside admin-socket 'Version' sh -c 'echo "show info" | socat stdio /run/haproxy.sock'
  inside set-map '' sh -c 'echo "set map /usr/local/etc/haproxy/hosts.map example.com app2; show servers state" | socat stdio /run/haproxy.sock'
  inside reload '' sh -c 'kill -USR2 1'
  sleep 1; http after-reload 200 Harbour $U/
  stops_cleanly graceful-stop 10
  same_config
fi
finish
