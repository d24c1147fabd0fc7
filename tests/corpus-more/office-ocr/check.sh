#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8000 "$IMG"
U=http://127.0.0.1:$(port 8000)
wait_http $U/healthz
http index 200 Convert $U/
post() { local l=$1 re=$2 file=$3; shift 3; http "$l" 200 "$re" --max-time 110 --data-binary "@$file" -H 'Content-Type: application/octet-stream' "$@"; }
# The result of the last request, kept as a further input.
keep() { cp "$T/body" "$T/$1"; }
# zipped FILE REGEX: what a zipped document says.
zipped() { cmd "$1" "$3" python3 -c "import sys,zipfile; z=zipfile.ZipFile('$T/$2'); print(''.join(z.read(n).decode(errors='replace') for n in z.namelist() if n.endswith(('.xml','.rels'))))"; }
printf 'Fair winds to all ships.\nGute Fahrt, schöne Grüße.\n' > "$T/in.txt"
printf 'ship,guns\nVasa,64\nMary Rose,91\n' > "$T/in.csv"
printf '<html><body><h1>Harbour</h1><table><tr><td>Vasa</td><td>64</td></tr></table><p><b>bold</b></p></body></html>' > "$T/in.html"
printf '# Harbour\n\n* one\n* two\n\nMath $x^2$ and `code`.\n\n```python\nprint(1)\n```\n' > "$T/in.md"
printf '{\\rtf1\\ansi Fair {\\b winds}\\par}' > "$T/in.rtf"
post txt-pdf '%PDF' "$T/in.txt" "$U/office/pdf?name=in.txt"; keep txt.pdf
if full; then
  post pdf-text 'Fair winds' "$T/txt.pdf" $U/pdf/text
  post pdf-umlauts 'Grüße' "$T/txt.pdf" $U/pdf/text
  post pdf-info 'Pages: +1' "$T/txt.pdf" $U/pdf/info
  post pdf-fonts 'Liberation|DejaVu' "$T/txt.pdf" $U/pdf/fonts
  post pdf-page 'PNG' "$T/txt.pdf" $U/pdf/page; keep page.png
  post pdf-small '%PDF' "$T/txt.pdf" $U/pdf/small
  post pdf-gspage 'PNG' "$T/txt.pdf" $U/pdf/gspage
  post pdf-locked '%PDF' "$T/txt.pdf" $U/pdf/locked
  post txt-docx 'PK' "$T/in.txt" "$U/office/docx?name=in.txt"; keep a.docx
  zipped docx-content a.docx 'Fair winds'
  post txt-odt 'PK' "$T/in.txt" "$U/office/odt?name=in.txt"; keep a.odt
  post docx-pdf '%PDF' "$T/a.docx" "$U/office/pdf?name=a.docx"
  post odt-html '[Ff]air winds' "$T/a.odt" "$U/office/html?name=a.odt"
  post odt-rtf 'rtf1' "$T/a.odt" "$U/office/rtf?name=a.odt"
  post odt-doc '' "$T/a.odt" "$U/office/doc?name=a.odt"; keep a.doc
  post doc-txt 'Fair winds' "$T/a.doc" "$U/office/txt?name=a.doc"
  post rtf-pdf '%PDF' "$T/in.rtf" "$U/office/pdf?name=in.rtf"
  post html-odt 'PK' "$T/in.html" "$U/office/odt?name=in.html"
  post html-pdf '%PDF' "$T/in.html" "$U/office/pdf?name=in.html"
  post odt-epub 'PK' "$T/a.odt" "$U/office/epub?name=a.odt"
  post odt-png 'PNG' "$T/a.odt" "$U/office/png?name=a.odt"
  post csv-xlsx 'PK' "$T/in.csv" "$U/office/xlsx?name=in.csv"; keep a.xlsx
  zipped xlsx-content a.xlsx 'Mary Rose'
  post xlsx-pdf '%PDF' "$T/a.xlsx" "$U/office/pdf?name=a.xlsx"; keep x.pdf
  post xlsx-pdf-text 'Mary Rose' "$T/x.pdf" $U/pdf/text
  post xlsx-csv 'Vasa,64' "$T/a.xlsx" "$U/office/csv?name=a.xlsx"
  post csv-ods 'PK' "$T/in.csv" "$U/office/ods?name=in.csv"; keep a.ods
  post ods-xls '' "$T/a.ods" "$U/office/xls?name=a.ods"
  post ods-html 'Vasa' "$T/a.ods" "$U/office/html?name=a.ods"
  post html-odp '' "$T/in.md" "$U/pandoc/pptx"; keep a.pptx
  post pptx-pdf '%PDF' "$T/a.pptx" "$U/office/pdf?name=a.pptx"; keep p.pdf
  post pptx-pdf-text 'Harbour' "$T/p.pdf" $U/pdf/text
  post pptx-odp 'PK' "$T/a.pptx" "$U/office/odp?name=a.pptx"
  http sample 200 PNG "$U/sample.png"; keep s.png
  post ocr 'Fair winds 1628' "$T/s.png" $U/ocr/eng
  http sample-de 200 PNG "$U/sample.png?text=Gr%C3%BC%C3%9Fe%20aus%20K%C3%B6ln"; keep d.png
  post ocr-deu 'Köln' "$T/d.png" $U/ocr/deu
  post ocr-both 'Köln' "$T/d.png" $U/ocr/deu+eng
  post ocr-hocr 'ocr_page' "$T/s.png" "$U/ocr/eng?form=hocr"
  post ocr-tsv 'Fair' "$T/s.png" "$U/ocr/eng?form=tsv"
  post ocr-pdf '%PDF' "$T/s.png" "$U/ocr/eng?form=pdf"; keep ocr.pdf
  post ocr-pdf-text 'winds' "$T/ocr.pdf" $U/pdf/text
  post ocr-alto 'alto' "$T/s.png" "$U/ocr/eng?form=alto"
  post ocr-orientation 'Fair' "$T/s.png" "$U/ocr/eng?psm=3"
  http sample-tiff 200 '' "$U/sample.png?form=tiff"; keep s.tiff
  post ocr-tiff 'Fair winds' "$T/s.tiff" $U/ocr/eng
  http sample-jpeg 200 'JFIF' "$U/sample.png?form=jpeg"; keep s.jpg
  post ocr-jpeg 'Fair winds' "$T/s.jpg" $U/ocr/eng
  http sample-webp 200 'WEBP' "$U/sample.png?form=webp"; keep s.webp
  post ocr-webp 'Fair winds' "$T/s.webp" $U/ocr/eng
  http languages 200 'deu' $U/languages
  post ocr-page 'Fair winds' "$T/page.png" $U/ocr/eng
  post pandoc-html '<h1' "$T/in.md" $U/pandoc/html
  post pandoc-docx 'PK' "$T/in.md" $U/pandoc/docx; keep m.docx
  post pandoc-docx-pdf '%PDF' "$T/m.docx" "$U/office/pdf?name=m.docx"
  post pandoc-odt 'PK' "$T/in.md" $U/pandoc/odt
  post pandoc-latex 'documentclass' "$T/in.md" $U/pandoc/latex
  post pandoc-epub 'PK' "$T/in.md" $U/pandoc/epub
  post pandoc-slides 'reveal' "$T/in.md" $U/pandoc/revealjs
  http pandoc-unknown 502 '' --data-binary "@$T/in.md" $U/pandoc/nothing
  http bad-document 502 '' --data-binary "@$T/in.csv" "$U/office/nothing?name=in.csv"
  http not-found 404 'Lost at sea' $U/nope
  inside german 'Fehler|Error|konvert|convert|usage|Usage|LibreOffice' soffice --version
  inside healthcheck '' python3 -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz')"
  stops_cleanly graceful-stop 10
  same_config
fi
finish
