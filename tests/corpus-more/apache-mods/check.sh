#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::80 -p 127.0.0.1::443 "$IMG"
U=http://127.0.0.1:$(port 80); S=https://127.0.0.1:$(port 443)
wait_http $U/
http index 200 Vasa $U/
http css 200 teal $U/site.css
if full; then
  http listing 200 'rare.txt' $U/files/
  http icon 200 '' $U/icons/text.gif
  http negotiated 200 Moin -H 'Accept-Language: de' $U/docs/hello.html
  http negotiated-en 200 Hello -H 'Accept-Language: en' $U/docs/hello.html
  http spelling 301 '' $U/files/rares.txt
  http ssi 200 '20[0-9][0-9] now20' $U/page.shtml
  http cgi-shell 200 '^42$' $U/cgi/shell.cgi
  http cgi-perl 200 '"year":1970' "$U/cgi/perl.cgi?x"
  http cgi-python 200 '"sum": "0.3"' $U/cgi/python.cgi
  http wsgi 200 '&lt;Vasa&gt;' $U/wsgi/
  http wsgi-template 200 '&lt;Vasa&gt;' $U/wsgi/other
  http wsgi-zone 200 '^21' $U/wsgi/zone
  http wsgi-sqlite 200 VASA $U/wsgi/sqlite
  http wsgi-ssl 200 True $U/wsgi/ssl
  http wsgi-error 500 'Internal|error' $U/wsgi/boom
  http mod-perl 200 'perl mod_perl/2' $U/perl
  http mod-perl-late 200 'late' "$U/perl?late"
  http lua 200 'LUA 9dd4e461268c8034f5c8564e155c67a6' $U/page.lua
  http dav-put 201 '' -T - $U/dav/a.txt <<<ahoi
  http dav-propfind 207 'a.txt' -X PROPFIND -H 'Depth: 1' $U/dav/
  http dav-lock 200 'opaquelocktoken' -X LOCK -d '<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>' $U/dav/b.txt
  http dav-mkcol 201 '' -X MKCOL $U/dav/new
  http basic-none 401 '' $U/private/
  http basic 404 '' -u anna:ahoi $U/private/
  http digest-none 401 '' $U/digest/
  http digest 404 'Lost' --digest -u anna:ahoi $U/digest/
  http balanced 200 member $U/balanced/
  http dead 503 'maintenance|unavailable|Unavailable' $U/dead/
  http dead-de 503 'nicht|Server' -H 'Accept-Language: de' $U/dead/
  http substituted 200 Wasa $U/substituted
  http filter 200 RARE $U/upper
  http rewrite-map 200 Fram $U/ship/fram
  http userdir 200 'Anna was here' $U/~anna/
  http status 200 'Server uptime' $U/server-status
  http info 200 'mod_rewrite' $U/server-info
  http tls 200 Vasa $S/
  http http2 200 'HTTP/2' --http2 $S/
  http not-found 404 'Lost at sea 404' $U/nope
  http bad-method 501 '' -X TRACK $U/wsgi-none.html
  inside config-test 'Syntax OK' apache2ctl configtest
  inside modules 'wsgi_module' apache2ctl -M
  inside hosts 'harbour.conf' apache2ctl -S
  inside htpasswd 'anna' htpasswd -nbB anna x
  inside htdigest '' htdbm -cb /tmp/db anna x
  inside bench 'Requests per second' ab -n 20 -c 2 http://127.0.0.1/
  inside rotate '' sh -c 'echo x | rotatelogs -n 2 /tmp/log 1M'
  inside graceful '' apache2ctl graceful; sleep 2
  http after-reload 200 Vasa $U/
  cmd access-log '"GET / HTTP' $E logs "$C"
  $E rm -f "$C" >/dev/null
  start -p 127.0.0.1::80 "$IMG"; wait_http http://127.0.0.1:$(port 80)/
  stops_cleanly graceful-stop 10
  same_config
fi
finish
