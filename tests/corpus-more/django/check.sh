#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8000 "$IMG"
U=http://127.0.0.1:$(port 8000)
wait_http $U/healthz
http index 200 'Vasa 1,210 t' $U/
css=$(curl -s $U/ | grep -oE '/static/fleet/fleet[^"]*css' | head -1)
http css-hashed 200 navy "$U$css"
if full; then
  J=$T/jar
  tok() { curl -s -b $J -c $J "$1" | grep -oE 'name="csrfmiddlewaretoken" value="[^"]*' | head -1 | sed 's/.*"//'; }
  m() { local l=$1 re=$2; shift 2; inside "$l" "$re" ./entrypoint.sh manage "$@"; }
  http ship 200 'Vasa' $U/ship/1/
  http ship-de 200 'Löschen' -H 'Accept-Language: de' $U/ship/1/
  http ship-fr 200 'Supprimer' -H 'Accept-Language: fr' $U/ship/1/
  http ship-ja 200 '削除' -H 'Accept-Language: ja' $U/ship/1/
  http form 200 'csrfmiddlewaretoken' $U/add/
  t=$(tok $U/add/)
  http form-error 200 'errorlist' -b $J -d "csrfmiddlewaretoken=$t&tonnage=x" $U/add/
  python3 - "$T/p.png" <<'PY'
import sys, zlib, struct
def c(t, d): return struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
open(sys.argv[1], "wb").write(b"\x89PNG\r\n\x1a\n" + c(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + c(b"IDAT", zlib.compress(b"\0\xff\0\0")) + c(b"IEND", b""))
PY
  http form-upload 302 '/ship/' -b $J -F csrfmiddlewaretoken=$t -F name=Kon-Tiki -F tonnage=9 -F launched=1947-04-28 -F "picture=@$T/p.png" $U/add/
  http csrf-failure 403 'CSRF' -d name=x $U/add/
  http pdf 200 '%PDF' $U/report.pdf
  http xlsx 200 'xl/workbook.xml' $U/report.xlsx
  http webp 200 'WEBP' $U/thumb.webp
  http mail 200 '"sent": 1' $U/mail/
  http zone 200 '\+0900' $U/zone/Asia/Tokyo/
  http not-found 404 'Not in this port' $U/nope
  http server-error 500 Shipwreck $U/boom/
  http sitemap 200 '<urlset' $U/sitemap.xml
  http api-json 200 '"name":"Vasa"' -H 'Accept: application/json' $U/api/ships/
  http api-browsable 200 'Django REST framework' -H 'Accept: text/html' $U/api/ships/
  http api-static 200 '' "$U$(curl -s -H 'Accept: text/html' $U/api/ships/ | grep -oE '/static/rest_framework/[^"]*css' | head -1)"
  http api-post 201 'Fram II' -d name='Fram II' -d tonnage=3 $U/api/ships/
  http api-options 200 'tonnage' -X OPTIONS $U/api/ships/
  http login-page 200 'Django administration' $U/admin/login/
  http login-de 200 'Benutzername|Anmelden' -H 'Accept-Language: de' $U/admin/login/
  http password-reset 200 'Password reset' $U/auth/password_reset/
  http brotli-static 200 'Content-Encoding: br' -H 'Accept-Encoding: br' "$U$(curl -s $U/admin/login/ | grep -oE '/static/admin/css/base[^"]*css' | head -1)"
  inside createsuperuser 'created' sh -c 'DJANGO_SUPERUSER_PASSWORD=ahoi-ahoi-1 ./entrypoint.sh manage createsuperuser --noinput --username boss --email b@example.com'
  t=$(tok $U/admin/login/)
  http login 302 '/admin/' -b $J -c $J -d "csrfmiddlewaretoken=$t&username=boss&password=ahoi-ahoi-1&next=/admin/" $U/admin/login/
  http admin-index 200 'Site administration' -b $J $U/admin/
  http admin-list 200 'Kon-Tiki' -b $J $U/admin/fleet/ship/
  http admin-search 200 'Vasa' -b $J "$U/admin/fleet/ship/?q=vas"
  http admin-change 200 'name="tonnage"' -b $J $U/admin/fleet/ship/1/change/
  http admin-history 200 'Change history' -b $J $U/admin/fleet/ship/1/history/
  http admin-delete 200 'Are you sure' -b $J $U/admin/fleet/ship/1/delete/
  http admin-jsi18n 200 'gettext' -b $J $U/admin/jsi18n/
  http admin-jsi18n-de 200 'Januar' -b $J -H 'Accept-Language: de' $U/admin/jsi18n/
  http admin-password 200 'Password change' -b $J $U/admin/password_change/
  http admin-static-js 200 '' "$U$(curl -s -b $J $U/admin/fleet/ship/1/change/ | grep -oE '/static/admin/js/[^"]*js' | head -1)"
  m check 'no issues' check
  m custom-command 'ships' audit
  m showmigrations 'fleet' showmigrations
  m makemigrations 'No changes' makemigrations --check --dry-run
  m sqlmigrate 'CREATE TABLE' sqlmigrate fleet 0001
  m dumpdata 'fleet.ship' dumpdata fleet
  m loaddata 'Installed 1' loaddata more
  m shell '^4$' shell -c 'print(2+2)'
  m inspectdb 'class FleetShip' inspectdb
  m diffsettings 'BASE_DIR' diffsettings
  m collectstatic 'static' collectstatic --noinput --dry-run
  m findstatic 'fleet.css' findstatic fleet/fleet.css
  m clearsessions '' clearsessions
  m sendtestemail 'Subject' sendtestemail x@example.com
  m help 'Type .manage.py help' help
  m changepassword 'usage' changepassword --help
  inside scrypt-hasher 'True' python -c "import django; django.setup(); from django.contrib.auth.hashers import make_password, check_password; print(check_password('x', make_password('x', hasher='scrypt')))"
  inside healthcheck '' python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz')"
  http task-queued 200 '"id"' $U/task/
  inside worker 'succeeded in' sh -c './entrypoint.sh worker >/tmp/w 2>&1 & sleep 15; kill $!; wait; cat /tmp/w'
  inside celery-inspect 'celery|Usage' celery --help
  inside celery-report 'harbour|software' celery -A harbour report
  inside beat 'is starting' sh -c './entrypoint.sh beat >/tmp/b 2>&1 & sleep 6; kill $!; wait; cat /tmp/b'
  inside gunicorn-conf 'gunicorn' gunicorn --version
  inside asgi '' python -c 'import harbour.asgi'
  inside user-app app id -un
  $E restart -t 5 "$C" >/dev/null 2>&1; U=http://127.0.0.1:$(port 8000); wait_http $U/healthz
  http persisted 200 'Kon-Tiki' $U/
  stops_cleanly graceful-stop 10
  same_config
fi
finish
