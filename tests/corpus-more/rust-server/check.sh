#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8080 "$IMG"
U=http://127.0.0.1:$(port 8080)
wait_http $U/
http index 200 Vasa $U/
if full; then
  http rare 200 rare $U/rare.html
  http not-found 404 'Lost at sea' $U/nope
  http date 200 '20[0-9][0-9]' $U/date
  http zone 200 '^09' $U/zone
  http os 200 'Debian' $U/os
  http host 200 '127.0.0.1|::1' $U/host
  http panic 500 wreck $U/boom
  inside user rover id -un
  same_config
fi
finish
