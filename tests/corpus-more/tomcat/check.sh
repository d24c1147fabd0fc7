#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8080 "$IMG"
U=http://127.0.0.1:$(port 8080)
wait_http $U/ 90
http index 200 '<p>Vasa</p>' $U/
http api 200 ships $U/api
if full; then
  http jsp-compiled-later 200 '1.234,5 xxx' $U/rare.jsp
  for p in zone:21 session:1 xslt:true 'tls:[0-9] PKCS12' 'cas:cas 1[0-9][0-9]' 'png:png [0-9]+' script:Japanisch charset:4 log:logged http:200; do http "${p%%:*}" 200 "${p#*:}" $U/api/${p%%:*}; done
  http error-404 404 'Lost at sea' $U/nope
  http error-500 500 'Shipwreck' $U/api/boom
  http upload 200 'got check.sh' -F "f=@$0" $U/api
  http bad-request 400 'HTTP Status 400' "$U/%%"
  http head 200 '' -I $U/
  http manager-denied 401 '401 Unauthorized' $U/manager/html
  http manager-html 200 'Tomcat Web Application Manager' -u boss:ahoi $U/manager/html
  http manager-list 200 'OK - Listed' -u boss:ahoi $U/manager/text/list
  http manager-info 200 'JVM Version' -u boss:ahoi $U/manager/text/serverinfo
  http manager-reload 200 'OK - Reloaded' -u boss:ahoi "$U/manager/text/reload?path=/"
  http after-reload 200 Vasa $U/
  http manager-status 200 'Server Status' -u boss:ahoi $U/manager/status
  http manager-threads 200 'thread|Thread' -u boss:ahoi $U/manager/text/threaddump
  inside configtest '' /usr/share/tomcat10/bin/catalina.sh configtest
  inside version 'Server version' /usr/share/tomcat10/bin/catalina.sh version
  inside digest 'secret' /usr/share/tomcat10/bin/digest.sh -a sha-256 secret
  inside java '17' java -version
  inside user-tomcat tomcat id -un
  stops_cleanly graceful-stop 20
  same_config
fi
finish
