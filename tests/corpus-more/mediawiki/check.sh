#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 "$IMG"
U=http://127.0.0.1:$(port 80); wait_http $U/ 60
for _ in $(seq 60); do curl -sf -o /dev/null "$U/index.php?title=Main_Page" && break; sleep 0.5; done
http home 200 'MediaWiki has been installed|Harbour' "$U/index.php?title=Main_Page"
if full; then
  J=(-b "$T/jar" -c "$T/jar")
  token() { curl -s "${J[@]}" "$U/api.php?action=query&meta=tokens&type=$1&format=json" | grep -oE '"'$1'token":"[^"]+"' | cut -d'"' -f4 | sed 's/\\\\/\\/g'; }
  L=$(token login)
  http login 200 '"Success"' "${J[@]}" --data-urlencode "lgtoken=$L" --data-urlencode 'lgpassword=Ahoi-Matrose-77' -d 'action=login&lgname=Admin&format=json' $U/api.php
  K=$(token csrf)
  http edit 200 '"Success"' "${J[@]}" --data-urlencode "token=$K" --data-urlencode "text='''Vasa'''<ref>Log</ref> {{#expr: 6*7}} {{#if:x|sailed}} {{CURRENTYEAR}} [[File:Deck.png|80px]]
{| class=\"wikitable\"
! Mast
|-
| Oak
|}" -d 'action=edit&title=Vasa&format=json' $U/api.php
  http page 200 '<b>Vasa</b>.*42 sailed|42 sailed' "$U/index.php?title=Vasa"
  http pretty 200 'Vasa' $U/Vasa
  http history 200 'Revision history' "$U/index.php?title=Vasa&action=history"
  http search 200 'Vasa' "$U/index.php?title=Special:Search&search=Oak&fulltext=1"
  http version 200 'ParserFunctions' "$U/index.php?title=Special:Version"
  http recent 200 'Vasa' "$U/index.php?title=Special:RecentChanges"
  http german 200 'Versionsgeschichte' "$U/index.php?title=Vasa&action=history&uselang=de"
  http chinese 200 '版本历史' "$U/index.php?title=Vasa&action=history&uselang=zh-cn"
  http skin 200 'skin-monobook' "$U/index.php?title=Vasa&useskin=monobook"
  http not-found 404 'no text in this page|create' "$U/index.php?title=Nowhere"
  http diff 200 'diff' "$U/index.php?title=Vasa&diff=cur"
  http modules 200 'mw.loader|css' "$U/load.php?lang=en&modules=startup&only=scripts&raw=1"
  http style 200 '' "$U/load.php?lang=en&modules=skins.vector.styles.legacy&only=styles&skin=vector"
  http feed 200 '<feed' "$U/api.php?action=feedrecentchanges&feedformat=atom"
  http export 200 '<mediawiki' "$U/index.php?title=Special:Export/Vasa"
  http render 200 'wikitable' "$U/api.php?action=parse&page=Vasa&format=json"
  python3 - "$T" <<'PY'
import struct, sys, zlib
w = h = 300
raw = b"".join(b"\0" + bytes([x % 256, y % 256, 90]) for y in range(h) for x in [0]) if False else b"".join(b"\0" + b"".join(bytes([x % 256, y % 256, 90]) for x in range(w)) for y in range(h))
c = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
open(sys.argv[1] + "/deck.png", "wb").write(b"\x89PNG\r\n\x1a\n" + c(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)) + c(b"IDAT", zlib.compress(raw)) + c(b"IEND", b""))
open(sys.argv[1] + "/mast.svg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="100" fill="navy"/></svg>')
PY
  http upload 200 '"Success"' "${J[@]}" -F "token=$K" -F action=upload -F filename=Deck.png -F format=json -F ignorewarnings=1 -F "file=@$T/deck.png;type=image/png" $U/api.php
  http upload-svg 200 '"Success"' "${J[@]}" -F "token=$K" -F action=upload -F filename=Mast.svg -F format=json -F ignorewarnings=1 -F "file=@$T/mast.svg;type=image/svg+xml" $U/api.php
  http upload-refused 200 'verification-error|filetype' "${J[@]}" -F "token=$K" -F action=upload -F filename=Bad.png -F format=json -F ignorewarnings=1 -F "file=@$T/mast.svg;type=image/png" $U/api.php
  W=$(curl -s "$U/api.php?action=query&titles=File:Deck.png&prop=imageinfo&iiprop=url&iiurlwidth=90&format=json" | grep -oE '"thumburl":"[^"]+"' | cut -d'"' -f4 | sed 's#http://localhost##; s#\\/#/#g')
  http thumbnail 200 'image/png' "$U$W"
  V=$(curl -s "$U/api.php?action=query&titles=File:Mast.svg&prop=imageinfo&iiprop=url&iiurlwidth=90&format=json" | grep -oE '"thumburl":"[^"]+"' | cut -d'"' -f4 | sed 's#http://localhost##; s#\\/#/#g')
  http thumbnail-svg 200 'image/png' "$U$V"
  inside supervisor 'fpm.*RUNNING' supervisorctl -c /etc/supervisor/supervisord.conf status
  inside restart-fpm 'started' supervisorctl -c /etc/supervisor/supervisord.conf restart fpm
  inside stats 'pages' php /var/lib/mediawiki/maintenance/showSiteStats.php
  inside jobs '' php /var/lib/mediawiki/maintenance/runJobs.php
  inside dump '<mediawiki' php /var/lib/mediawiki/maintenance/dumpBackup.php --current
  inside password 'Password set' php /var/lib/mediawiki/maintenance/changePassword.php --user Admin --password 'Other-Matrose-78'
  inside rebuild '' php /var/lib/mediawiki/maintenance/rebuildrecentchanges.php
  inside update '' php /var/lib/mediawiki/maintenance/update.php --quick
  inside nginx-test 'successful' nginx -t
  cmd other-command 'pages=' $E run --rm "$IMG" count
  cmd name 'Kiel' sh -c "$E rm -f $C >/dev/null; $E run --rm -e WIKI_NAME=Kiel $IMG php -r 'readfile(\"/etc/mediawiki/LocalSettings.php\");'"
  C=$($E run -d -p 127.0.0.1::80 "$IMG"); U=http://127.0.0.1:$(port 80); wait_http $U/ 60
  stops_cleanly graceful-stop 20
  same_config
fi
finish
