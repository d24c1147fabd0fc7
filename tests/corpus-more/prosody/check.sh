#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::5222 -p 127.0.0.1::5280 -p 127.0.0.1::5281 -p 127.0.0.1::5347 -e LOCAL=anna -e DOMAIN=harbour.test -e PASSWORD=ahoi "$IMG"
P=$(port 5222); U=http://127.0.0.1:$(port 5280); S=https://127.0.0.1:$(port 5281)
wait_http $U/harbour/
http own-page 200 'ship' $U/harbour
t() { local l=$1 re=$2; shift 2; cmd "$l" "$re" python3 "$(dirname "$0")/talk.py" "$P" "$@"; }
t login 'success' anna ahoi
if full; then
  for p in time:20 'json:"Vasa"' hash:2d711642 'zip:[0-9]' 'xml:<b' 'jwt:eyJ' lfs:directory 'uuid:[-]4' dns:table; do http own-${p%%:*} 200 "${p#*:}" $U/harbour/${p%%:*}; done
  http own-error 500 '' $U/harbour/boom
  http not-found 404 '' $U/nope
  http https 200 ship $S/harbour
  http files 200 'teal' $U/files/site.css
  http files-type 200 'text/css' $U/files/site.css
  http bosh 200 'terminate|sid=' -d "<body rid='1' to='harbour.test' xmlns='http://jabber.org/protocol/httpbind' wait='1' hold='1' ver='1.6' xml:lang='en'/>" -H 'Content-Type: text/xml' $U/http-bind
  http bosh-page 200 'BOSH|works' $U/http-bind
  http websocket 101 'xmpp' --max-time 2 --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' -H 'Sec-WebSocket-Protocol: xmpp' $U/xmpp-websocket
  t tls 'cipher.*TLSv1' anna ahoi tls
  cmd wrong-password 'not-authorized' sh -c "! python3 $(dirname "$0")/talk.py $P anna nein"
  t mechanisms 'SCRAM-SHA-1' anna ahoi
  t roster "jabber:iq:roster" anna ahoi "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
  t disco 'urn:xmpp:ping' anna ahoi "<iq type='get' id='d' to='harbour.test'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
  t items 'rooms.harbour.test' anna ahoi "<iq type='get' id='d' to='harbour.test'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>"
  t ping "id='p'" anna ahoi "<iq type='get' id='p' to='harbour.test'><ping xmlns='urn:xmpp:ping'/></iq>"
  t version 'Prosody' anna ahoi "<iq type='get' id='v' to='harbour.test'><query xmlns='jabber:iq:version'/></iq>"
  t time '<utc' anna ahoi "<iq type='get' id='v' to='harbour.test'><time xmlns='urn:xmpp:time'/></iq>"
  t motd 'Ahoi' anna ahoi "<presence/>" "<iq type='get' id='p' to='harbour.test'><ping xmlns='urn:xmpp:ping'/></iq>"
  t vcard 'result' anna ahoi "<iq type='set' id='v'><vCard xmlns='vcard-temp'><FN>Anna</FN></vCard></iq>"
  t vcard-read 'Anna' anna ahoi "<iq type='get' id='v'><vCard xmlns='vcard-temp'/></iq>"
  t private 'result' anna ahoi "<iq type='set' id='v'><query xmlns='jabber:iq:private'><a xmlns='x:y'>1</a></query></iq>"
  t room "110" anna ahoi "<presence to='bay@rooms.harbour.test/anna'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
  t room-config 'muc#roomconfig' anna ahoi "<presence to='bay@rooms.harbour.test/anna'><x xmlns='http://jabber.org/protocol/muc'/></presence>" "<iq type='get' id='c' to='bay@rooms.harbour.test'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>"
  t upload 'https?://' anna ahoi "<iq type='get' id='u' to='files.harbour.test'><request xmlns='urn:xmpp:http:upload:0' filename='a.txt' size='5'/></iq>"
  t pubsub "type='result'" anna ahoi "<iq type='set' id='u' to='pubsub.harbour.test'><pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='n'/></pubsub></iq>"
  t commands 'http://prosody.im/protocol|jabber.org/protocol/admin' anna ahoi "<iq type='get' id='d' to='harbour.test'><query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/></iq>"
  t archive 'fin' anna ahoi "<message to='anna@harbour.test' type='chat'><body>moin</body></message>" "<iq type='set' id='m'><query xmlns='urn:xmpp:mam:2'/></iq>"
  t blocklist 'result' anna ahoi "<iq type='set' id='m'><block xmlns='urn:xmpp:blocking'><item jid='x@example.org'/></block></iq>"
  t bad-xml 'not-well-formed|stream:error' anna ahoi "<iq <"
  inside ctl-about 'Prosody 0' prosodyctl about
  inside ctl-status 'running' prosodyctl status
  inside ctl-register '' prosodyctl register bob harbour.test mole
  t second-user success bob mole
  inside ctl-passwd '' sh -c 'printf "neu\nneu\n" | prosodyctl passwd bob@harbour.test'
  inside ctl-deluser '' prosodyctl deluser bob@harbour.test
  inside ctl-check 'Checking config' sh -c 'prosodyctl check config; true'
  inside ctl-check-certs 'harbour.test' sh -c 'prosodyctl check certs; true'
  inside ctl-cert 'cnf|conf' sh -c 'prosodyctl cert config x.test </dev/null; true'
  inside ctl-shell 'harbour.test' prosodyctl shell host list
  inside ctl-shell-modules 'mam' prosodyctl shell module list
  inside ctl-shell-load '' prosodyctl shell module load lastactivity harbour.test
  inside ctl-shell-reload '' prosodyctl shell config reload
  inside ctl-invite 'xmpp:|http' prosodyctl mod_invites generate harbour.test
  inside ctl-reload '' prosodyctl reload
  inside ctl-checkdns 'harbour' sh -c 'prosodyctl check dns 2>&1; true'
  inside migrator 'prosody-migrator|config|Error|Usage' sh -c 'prosody-migrator 2>&1; true'
  inside sqlite 'prosody' sqlite3 /var/lib/prosody/prosody.sqlite .schema
  cmd component 'handshake|stream' python3 -c "
import socket,sys,hashlib,re
s=socket.create_connection(('127.0.0.1',$(port 5347)),5); s.settimeout(5)
s.sendall(b\"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='gate.harbour.test'>\")
print(s.recv(4096))"
  $E restart -t 10 "$C" >/dev/null 2>&1; P=$(port 5222); U=http://127.0.0.1:$(port 5280); wait_http $U/harbour
  t persisted 'Anna' anna ahoi "<iq type='get' id='v'><vCard xmlns='vcard-temp'/></iq>"
  stops_cleanly graceful-stop 10
  same_config
fi
finish
