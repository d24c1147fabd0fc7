#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
W=$T/w; mkdir -p "$W"; chmod 777 "$W" "$T"
python3 - "$W" <<'PY'
import sys, zlib, struct
d = sys.argv[1]
def c(t, b): return struct.pack(">I", len(b)) + t + b + struct.pack(">I", zlib.crc32(t + b))
rows = b"".join(b"\0" + bytes([x * 3 % 256, 80, 200]) * 1 + bytes([x, x, x]) * 99 for x in range(100))
open(d + "/a.png", "wb").write(b"\x89PNG\r\n\x1a\n" + c(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0)) + c(b"IDAT", zlib.compress(rows)) + c(b"IEND", b""))
open(d + "/a.svg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><text x="5" y="40">Ahoy</text><circle r="9" cx="9" cy="9"/></svg>')
PY
run() { local l=$1 re=$2; shift 2; cmd "$l" "$re" $E run --rm -v "$W:/work" "$@"; }
sh_() { local l=$1 re=$2; shift 2; run "$l" "$re" --entrypoint sh "$IMG" -c "$*"; }
made() { [ -s "$W/$1" ] && file -b "$W/$1" | grep -qE "$2" && ok "made $1" || bad "made $1: $(file -b "$W/$1" 2>&1 | head -c 100)"; }
run usage usage "$IMG"
if full; then
  run png-png '' "$IMG" a.png t.png 32; made t.png PNG
  run png-jpg '' "$IMG" a.png t.jpg 32; made t.jpg JPEG
  run png-webp '' "$IMG" a.png t.webp 32; made t.webp 'Web/P'
  run png-gif '' "$IMG" a.png t.gif 32; made t.gif GIF
  run png-tiff '' "$IMG" a.png t.tiff 32; made t.tiff TIFF
  run png-avif '' "$IMG" a.png t.avif 32; made t.avif AVIF
  run svg '' "$IMG" a.svg s.png 40; made s.png PNG
  sh_ video '' "ffmpeg -loglevel error -y -f lavfi -i testsrc=d=1:s=64x64 -c:v libx264 v.mp4"; made v.mp4 'MP4|ISO Media'
  run video-thumb '' "$IMG" v.mp4 v.png 32; made v.png PNG
  sh_ video-webm '' "ffmpeg -loglevel error -y -i v.mp4 -c:v libvpx v.webm"; made v.webm WebM
  sh_ audio-mp3 '' "ffmpeg -loglevel error -y -f lavfi -i sine=d=1 a.mp3"; made a.mp3 'Audio|MPEG'
  sh_ audio-opus '' "ffmpeg -loglevel error -y -f lavfi -i sine=d=1 a.opus"; made a.opus Ogg
  sh_ drawtext '' "ffmpeg -loglevel error -y -f lavfi -i color=d=1 -vf drawtext=text=Ahoy -frames:v 1 dt.png"; made dt.png PNG
  sh_ ffprobe '64' "ffprobe -v error -show_streams v.mp4"
  sh_ ffmpeg-gif '' "ffmpeg -loglevel error -y -i v.mp4 -vf palettegen p.png && ffmpeg -loglevel error -y -i v.mp4 v.gif"; made v.gif GIF
  sh_ gs-pdf '' "gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=g.pdf -c '/Helvetica findfont 20 scalefont setfont 50 50 moveto (Ahoy) show showpage'"; made g.pdf PDF
  run pdf-thumb '' "$IMG" g.pdf g.png 64; made g.png PNG
  sh_ gs-png '' "gs -q -dBATCH -dNOPAUSE -sDEVICE=png16m -r36 -sOutputFile=gg.png g.pdf"; made gg.png PNG
  sh_ pdftotext Ahoy "pdftotext g.pdf -"
  sh_ pdfinfo 'Pages' "pdfinfo g.pdf"
  sh_ pdffonts 'Helvetica|Nimbus' "pdffonts g.pdf"
  run info 'Image Width' "$IMG" info a.png
  sh_ exif-write 'updated' "exiftool -Comment=x t.jpg"
  sh_ identify '100x100' "identify a.png"
  sh_ identify-verbose 'Histogram|Colorspace' "identify -verbose a.png"
  sh_ annotate '' "convert a.png -annotate +10+20 Ahoy an.png"; made an.png PNG
  sh_ label '' "convert -font DejaVu-Sans label:Ahoy l.png"; made l.png PNG
  sh_ montage '' "montage a.png a.png m.png"; made m.png PNG
  sh_ composite '' "composite a.png a.png c.png"
  sh_ mogrify '' "convert a.png mo.png && mogrify -resize 10 mo.png"
  sh_ compare '' "compare -metric AE a.png a.png null: 2>&1"
  sh_ svg-by-convert '' "convert a.svg cs.png"; made cs.png PNG
  sh_ list-format 'WEBP' "convert -list format"
  sh_ list-font 'DejaVu' "convert -list font"
  sh_ list-color 'fuchsia' "convert -list color"
  sh_ list-type 'Grayscale' "convert -list type"
  sh_ colorspace-cmyk '' "convert a.png -colorspace CMYK k.jpg"; made k.jpg JPEG
  sh_ bad-input 'no decode|error|unable' "echo x >bad.png; convert bad.png o.png 2>&1 || true"
  same_config
fi
finish
