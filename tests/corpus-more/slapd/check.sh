#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start "$IMG"
for _ in $(seq 80); do $E exec "$C" ldapsearch -x -s base >/dev/null 2>&1 && break; sleep 0.25; done
A='-x -D cn=admin,dc=kiel -w ahoi'
inside search 'o: Kiel' ldapsearch -x -s base
if full; then
  inside filter 'mail: joens' ldapsearch -x '(sn=Maat)'
  inside bind 'dn:cn=' ldapwhoami -x -D 'cn=Jöns,dc=kiel' -w kogge
  cmd refused 'Invalid credentials' sh -c "! $E exec $C ldapwhoami -x -D cn=admin,dc=kiel -w nein"
  inside add 'adding' sh -c "printf 'dn: cn=Anna,dc=kiel\nobjectClass: inetOrgPerson\ncn: Anna\nsn: Lotse\nuserPassword: mole\n' | ldapadd $A"
  inside hashed '{SSHA}|userPassword:: ' ldapsearch $A '(cn=Anna)' userPassword
  inside modify '' sh -c "printf 'dn: cn=Anna,dc=kiel\nchangetype: modify\nreplace: sn\nsn: Kapitaen\n' | ldapmodify $A"
  inside password '' ldappasswd $A -s bug 'cn=Anna,dc=kiel'
  inside group 'adding' sh -c "printf 'dn: cn=crew,dc=kiel\nobjectClass: groupOfNames\ncn: crew\nmember: cn=Anna,dc=kiel\n' | ldapadd $A"
  inside memberof 'memberOf: cn=crew' ldapsearch $A '(cn=Anna)' memberOf
  inside compare 'TRUE' sh -c "ldapcompare $A cn=Anna,dc=kiel sn:Kapitaen; true"
  inside rename '' ldapmodrdn $A 'cn=Anna,dc=kiel' 'cn=Anne'
  inside delete '' ldapdelete $A 'cn=crew,dc=kiel'
  inside tls 'o: Kiel' sh -c 'LDAPTLS_REQCERT=allow LDAPTLS_CACERT=/srv/tls/cert.pem ldapsearch -x -H ldaps://localhost -s base'
  inside starttls 'o: Kiel' sh -c 'LDAPTLS_REQCERT=allow LDAPTLS_CACERT=/srv/tls/cert.pem ldapsearch -x -ZZ -H ldap://localhost -s base'
  inside ldapi 'o: Kiel' ldapsearch -x -H ldapi:/// -s base
  inside external 'uidNumber=0' ldapwhoami -Y EXTERNAL -H ldapi:///
  inside monitor 'OpenLDAP' ldapsearch $A -b cn=monitor -s base '*' +
  inside module-on '' sh -c "printf 'dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\nolcModuleLoad: syncprov\n' | ldapmodify -x -D cn=config -w ahoi"
  inside url 'ldap' ldapurl -H ldap://localhost/dc=kiel
  inside slapcat 'dc: kiel' slapcat -f /etc/ldap/slapd.conf -b dc=kiel
  inside slappasswd '{SSHA}' slappasswd -s x
  inside slaptest 'succeeded' slaptest -f /etc/ldap/slapd.conf
  $E restart -t 5 "$C" >/dev/null 2>&1; sleep 2
  inside persisted 'cn: Anne' ldapsearch -x '(cn=Anne)'
  stops_cleanly graceful-stop 10
  same_config
fi
finish
