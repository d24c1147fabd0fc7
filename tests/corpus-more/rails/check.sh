#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::3000 -e SECRET_KEY_BASE=0123456789abcdef0123456789abcdef "$IMG"
U=http://127.0.0.1:$(port 3000)
wait_http $U/up 60
http up 200 up $U/up
http index 200 Ships $U/
inside seed '' bin/rails db:seed
if full; then
  http index-armed 200 'Vasa.*armed' $U/
  http page-2 200 'Ships' "$U/?page=2"
  http css 200 teal "$U$(curl -s $U/ | grep -oE '/assets/application[^"]*css')"
  http json 200 '"name":"Vasa"' $U/ships.json
  http xml 200 '<name>Vasa' $U/ships.xml
  http show 200 'Mary Rose' $U/ships/2
  http new 200 'ship\[name\]' $U/ships/new
  http create 302 'ships/3' -d 'ship[name]=Fram' $U/ships
  http invalid 422 'blank' -d 'ship[name]=' $U/ships
  http invalid-de 422 'muss ausgef' -d 'ship[name]=' "$U/ships?locale=de"
  http invalid-ja 422 'を' -d 'ship[name]=' "$U/ships?locale=ja"
  http delete 204 '' -X DELETE $U/ships/3
  http lost-record 404 'Lost at sea' $U/ships/99
  http hello 200 'Ahoy March' $U/hello
  http hello-de 200 'Moin.*März' "$U/hello?locale=de"
  http hello-ja 200 'やあ.*年' "$U/hello?locale=ja"
  http zone 200 '21:00:00' $U/zone
  http zone-name 200 '08:00:00' "$U/zone?name=Eastern+Time+(US+%26+Canada)"
  http zone-samoa 200 '2024' "$U/zone?name=Pacific/Apia"
  http mail 200 'Subject: Vasa arrives' $U/mail
  http mail-html 200 '<h1>Vasa' $U/mail
  http job 200 queued $U/job
  http cache 200 fresh $U/cache
  http markdown 200 '<li>one' $U/markdown
  http picture 200 JFIF $U/picture
  http pdf 200 '%PDF' $U/pdf
  http password 200 'right \$2a' $U/password
  http token 200 signed $U/token
  http encrypted 200 sealed $U/signed
  http yaml 200 'name: Vasa' $U/yaml
  http currency 200 '\$1,234.50' $U/currency
  http currency-de 200 '1.234,50' "$U/currency?locale=de"
  http words 200 '3 hours,moles,ShipYard,uberfahrt' $U/words
  http distance-de 200 '3 Tage' $U/distance
  http csv 200 'Vasa,64' $U/csv
  http stream 200 'part 2' $U/stream
  http from-xml 200 'Fram' $U/xml
  curl -s $U/picture -o "$T/p.jpg"
  http upload 200 'image/jpeg [0-9]+' -F "file=@$T/p.jpg;type=image/jpeg" $U/upload
  http variant 200 'JFIF' -L $U/variant
  http error 500 Shipwreck $U/boom
  http not-found 404 'Lost at sea' $U/nope
  http not-acceptable 406 '' -H 'Accept: application/pdf' $U/ships.pdf
  http robots 200 'User-agent' $U/robots.txt
  http cable 404 '' $U/cable
  http etag 304 '' -H "If-None-Match: $(curl -sI $U/hello | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')" $U/hello
  inside task '2 ships' bin/rails harbour:count
  inside tasks 'db:migrate' bin/rails -T
  inside rake '2 ships' bin/rake harbour:count
  inside migrate '' bin/rails db:migrate
  inside status 'up.*2024' bin/rails db:migrate:status
  inside rollback-schema '' bin/rails db:version
  inside routes 'ships#index' bin/rails routes
  inside runner '"Mary Rose"|Mary' bin/rails runner 'p Ship.last.name'
  inside console 'Vasa' sh -c 'echo "puts Ship.first.name" | bin/rails console'
  inside about 'Rails version' bin/rails about
  inside dbconsole 'ships' sh -c 'echo .tables | bin/rails dbconsole'
  inside notes '' bin/rails stats
  inside secret '[0-9a-f]{64}' bin/rails secret
  inside zones 'Berlin' bin/rails time:zones:all
  inside middleware 'ActionDispatch' bin/rails middleware
  inside cache-clear '' bin/rails tmp:clear
  inside bundle 'puma' bundle list
  inside bundle-exec '2 ships' bundle exec rake harbour:count
  inside restart '' bin/rails restart
  sleep 3; wait_http $U/up; http after-restart 200 Vasa $U/
  $E restart -t 10 "$C" >/dev/null 2>&1; U=http://127.0.0.1:$(port 3000); wait_http $U/up 60
  http persisted 200 'Mary Rose' $U/
  stops_cleanly graceful-stop 10
  same_config
fi
finish
