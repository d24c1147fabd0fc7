#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::3000 "$IMG"
U=http://127.0.0.1:$(port 3000)
wait_http $U/up
http index 200 Pages $U/
h() { local l=$1 re=$2 html=$3 path=$4; printf '%s' "$html" > "$T/in.html"; http "$l" 200 "$re" --max-time 40 -H 'Content-Type: text/html' --data-binary "@$T/in.html" "$U$path"; }
h pdf '%PDF' '<h1>Fair winds</h1>' /pdf
if full; then
  run() { local l=$1 re=$2 code; code=$(python3 -c 'import sys,urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$3"); h "$l" "$re" '<canvas id=c></canvas><video id=v></video>' "/run?code=$code$4"; }
  h pdf-letter '%PDF' '<h1>x</h1>' '/pdf?format=Letter'
  h pdf-header '%PDF' '<h1>x</h1>' '/pdf?header=1'
  h pdf-cjk 'Noto' '<h1>日本の港</h1>' /pdf
  h pdf-font 'DejaVu' '<p style="font-family: DejaVu Sans">Überfahrt</p>' /pdf
  h pdf-svg '%PDF' '<svg width=9 height=9><circle r=4 /></svg>' /pdf
  h shot PNG '<h1>x</h1>' /shot
  h shot-jpeg JFIF '<h1>x</h1>' '/shot?type=jpeg'
  h shot-webp WEBP '<h1>x</h1>' '/shot?type=webp'
  h text 'Fair winds' '<h1>Fair winds</h1><script>document.title="x"</script>' /text
  h script '^42' '<body></body><script>document.body.innerText = 6*7</script>' /text
  run fonts '^true' 'document.fonts.check("12px DejaVu Sans")'
  run date-de '1. März 2024' 'new Intl.DateTimeFormat("de",{dateStyle:"long"}).format(new Date("2024-03-01"))'
  run date-ja '2024年3月1日' 'new Intl.DateTimeFormat("ja",{dateStyle:"long"}).format(new Date("2024-03-01"))'
  run number-hi '1,23,456' 'new Intl.NumberFormat("en-IN").format(123456)'
  run collator 'a,z,ö' '["z","ö","a"].sort(new Intl.Collator("sv").compare).join()'
  run zone '21:00' 'new Date("2024-07-01T12:00Z").toTimeString()' '&zone=Asia/Tokyo'
  run canvas 'data:image/png' 'document.getElementById("c").toDataURL()'
  run canvas-webp 'data:image/webp' 'document.getElementById("c").toDataURL("image/webp")'
  run wasm '^object' 'typeof WebAssembly.Module.prototype'
  run crypto '[0-9a-f]' 'crypto.getRandomValues(new Uint8Array(2))[0].toString(16)'
  run worker 'pong' 'new Promise(r => { const w = new Worker(URL.createObjectURL(new Blob(["postMessage(\"pong\")"]))); w.onmessage = e => r(e.data) })'
  run webgl 'true|false' 'Boolean(document.createElement("canvas").getContext("webgl"))'
  run audio 'object' 'typeof new AudioContext()'
  run codec 'probably|maybe|^$' 'document.getElementById("v").canPlayType("video/webm")'
  run regexp '^true' '/\p{Script=Greek}/u.test("π")'
  run segment '^[0-9]' '[...new Intl.Segmenter("ja",{granularity:"word"}).segment("日本の港")].length'
  run storage 'SecurityError|undefined|error|denied|object' '(() => { try { return typeof localStorage } catch (e) { return e.name } })()'
  http go-self 200 '200 Pages' -X POST "$U/go?url=http://127.0.0.1:3000/"
  http go-404 200 '404' -X POST "$U/go?url=http://127.0.0.1:3000/nope"
  http go-refused 500 'ERR_UNSAFE_PORT' -X POST "$U/go?url=http://127.0.0.1:9/"
  http go-unresolved 500 'ERR_NAME_NOT_RESOLVED|ERR_' -X POST "$U/go?url=http://nowhere.test/"
  http go-data 200 'ahoi' -X POST "$U/go?url=data:text/html,ahoi"
  http go-version 200 'Chrom' -X POST "$U/go?url=chrome://version"
  http version 200 'Chrome/' $U/version
  http not-found 404 'Lost at sea' $U/nope
  inside direct-pdf '' sh -c 'chromium --headless --no-sandbox --disable-gpu --print-to-pdf=/tmp/x.pdf about:blank 2>&1 && test -s /tmp/x.pdf'
  inside direct-dump 'ahoi' chromium --headless --no-sandbox --disable-gpu --dump-dom 'data:text/html,ahoi'
  inside direct-de 'Fehler|nicht|error|ahoi' env LANGUAGE=de chromium --headless --no-sandbox --disable-gpu --lang=de --dump-dom 'data:text/html,ahoi'
  inside product 'Chromium' chromium --version
  stops_cleanly graceful-stop 15
  same_config
fi
finish
