#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::53/tcp -p 127.0.0.1::8053 "$IMG"
for _ in $(seq 60); do curl -s --max-time 2 "http://127.0.0.1:$(port 8053)/" >/dev/null && break; sleep 0.5; done
H=http://127.0.0.1:$(port 8053)
q() { local l=$1 re=$2; shift 2; inside "$l" "$re" dig +time=3 +tries=1 @127.0.0.1 "$@"; }
# A query over TCP from outside, with no tool of the image.
ask='import socket, struct, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
m = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + b"\3www\7harbour\4test\0" + struct.pack(">2H", 1, 1)
s.sendall(struct.pack(">H", len(m)) + m)
print("found" if socket.inet_aton("192.0.2.10") in s.recv(4096) else "other")'
cmd outside found python3 -c "$ask" "$(port 53/tcp)"
if full; then
  q a 192.0.2.10 www.harbour.test +short
  q aaaa 2001:db8::10 www.harbour.test AAAA +short
  q mx 'mail.harbour.test' harbour.test MX +short
  q cname 192.0.2.10 alias.harbour.test +short
  q txt 'fair winds' txt.harbour.test TXT +short
  q srv '5060' _sip._tcp.harbour.test SRV +short
  q wildcard 192.0.2.30 x.wild.harbour.test +short
  q caa 'ca.test' caa.harbour.test CAA +short
  q reverse 'www.harbour.test' -x 192.0.2.10 +short
  q tcp 192.0.2.10 +tcp www.harbour.test
  q nxdomain NXDOMAIN nope.harbour.test
  q version harbour version.bind CH TXT +short
  q localhost-zone 127.0.0.1 localhost +short
  q localhost-reverse localhost -x 127.0.0.1 +short
  q empty-zone 'NXDOMAIN' 9.9.255.in-addr.arpa PTR
  q policy NXDOMAIN blocked.harbour.test
  q signature RRSIG +dnssec www.signed.test
  q dnskey 'DNSKEY.*257' signed.test DNSKEY
  q axfr 'alias.harbour.test' harbour.test AXFR
  q axfr-tsig 'TSIG|NOERROR' -k /etc/bind/update.key harbour.test AXFR
  inside update '' sh -c 'printf "server 127.0.0.1\nzone harbour.test\nupdate add new.harbour.test 60 A 192.0.2.99\nsend\n" | nsupdate -k /etc/bind/update.key'
  q updated 192.0.2.99 new.harbour.test +short
  inside host 192.0.2.10 host www.harbour.test 127.0.0.1
  inside nslookup 192.0.2.10 nslookup www.harbour.test 127.0.0.1
  inside delv 192.0.2.10 delv -i @127.0.0.1 www.harbour.test
  inside rndc-status 'server is up and running' rndc status
  inside rndc-reload 'reload' rndc reload
  inside rndc-reconfig '' rndc reconfig
  inside rndc-flush '' rndc flush
  inside rndc-stats '' rndc stats
  inside stats-file 'Name Server Statistics' cat /var/cache/bind/named.stats
  inside rndc-dump '' rndc dumpdb -all
  inside rndc-zone 'loaded|serial' rndc zonestatus harbour.test
  inside rndc-sync '' rndc sync -clean harbour.test
  inside rndc-trace '' rndc trace 1
  inside rndc-notrace '' rndc notrace
  inside rndc-managed-keys 'name: .' rndc managed-keys status
  inside rndc-dnssec 'key' rndc dnssec -status signed.test
  inside freeze '' rndc freeze harbour.test
  inside thaw '' rndc thaw harbour.test
  inside checkconf '' named-checkconf /etc/bind/named.conf
  inside checkconf-print 'filter-aaaa' named-checkconf -p
  inside checkzone 'OK' named-checkzone harbour.test /srv/zones/db.harbour
  inside compilezone 'OK' named-compilezone -f text -F raw -o /tmp/raw raw.test /srv/zones/db.raw
  inside confgen 'hmac-sha256' rndc-confgen
  inside tsig 'secret' tsig-keygen other
  inside keygen 'Kx.test' dnssec-keygen -K /tmp -a ECDSAP256SHA256 x.test
  inside dsfromkey 'DS' sh -c 'dnssec-dsfromkey /var/lib/bind/keys/Ksigned.test*.key'
  inside signzone 'signed' sh -c 'cd /tmp && dnssec-keygen -q -a ECDSAP256SHA256 -f KSK raw.test && dnssec-keygen -q -a ECDSAP256SHA256 raw.test && dnssec-signzone -S -K /tmp -o raw.test -f /tmp/db.signed /srv/zones/db.raw'
  inside verify 'fully signed' sh -c 'dnssec-verify -o raw.test /tmp/db.signed'
  inside journal 'add.*signed.test' named-journalprint /var/lib/bind/db.signed.signed.jnl
  inside version-build 'BIND 9' named -V
  http statistics-xml 200 '<statistics' $H/xml/v3
  http statistics-json 200 '"boot-time"' $H/json/v1
  http statistics-xsl 200 'stylesheet' $H/bind9.xsl
  cmd log 'query: www.harbour.test' $E logs "$C"
  $E restart -t 10 "$C" >/dev/null 2>&1
  for _ in $(seq 40); do $E exec "$C" rndc status >/dev/null 2>&1 && break; sleep 0.5; done
  q persisted 192.0.2.99 new.harbour.test +short
  stops_cleanly graceful-stop 10
  same_config
fi
finish
