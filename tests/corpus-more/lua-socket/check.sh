#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8080 "$IMG"
U=http://127.0.0.1:$(port 8080)
wait_http $U/
http index 200 '<h1>Harbour' $U/
if full; then
  http json 200 '"ship":"Vasa"' $U/json
  http files 200 'index.html missing.html' $U/files
  http words 200 'sea4' $U/words
  http ships 200 'Fram FRAM' $U/ships
  http dates 200 '2001-08-10' $U/dates
  http list 200 '2,3,4' $U/list
  http pretty 200 'anchor = true' $U/pretty
  http url 200 '81 aGFyYm91cg==' $U/url
  http tls 200 'userdata' $U/tls
  http driver-tide 200 'low tide at 06' $U/driver/tide
  http driver-wind 200 'wind from 2' $U/driver/wind
  http not-found 404 'no /nope in this harbour' $U/nope
  inside console '"count":3' ./console.lua -n 3 ships
  inside console-sum '9' ./console.lua --number 8 sum
  inside console-usage 'Manages the harbour' sh -c './console.lua 2>&1 || true'
  inside version 'Lua 5.4' lua5.4 -v
  inside one-liner 'utf8.*1' lua5.4 -e 'print("utf8", require("cjson").decode("[1]")[1])'
  stops_cleanly graceful-stop 10
  same_config
fi
finish
