#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8080 "$IMG"
U=http://127.0.0.1:$(port 8080)
wait_http $U/
http index 200 Vasa $U/
http svg 200 'image/svg' $U/assets/anchor.svg
if full; then
  http rare 200 rare $U/assets/rare.txt
  http listing 200 rare.txt $U/assets/
  http not-found 404 'Lost at sea' $U/nope
  http zone 200 '^21' "$U/zone?n=Asia/Tokyo"
  http zone-bad 500 'unknown time zone' "$U/zone?n=Mars/Base"
  http cas 200 'true' $U/cas
  http user 200 33 $U/user
  http mime 200 'image/svg' $U/mime
  http port 200 993 $U/port
  http host 200 '127.0.0.1|::1' $U/host
  http exec-date 200 '20[0-9][0-9]' $U/date
  http tls-untrusted 200 'certificate' $U/tls
  http tmp 200 /tmp/ $U/tmp
  inside health '' server health
  cmd version 'harbour' $E run --rm "$IMG" version
  stops_cleanly graceful-stop 10
  same_config
fi
finish
