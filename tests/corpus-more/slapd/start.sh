#!/bin/sh
set -e
if [ ! -e /srv/db/data.mdb ]; then slapadd -f /etc/ldap/slapd.conf -l /srv/ships.ldif; chown -R openldap /srv/db; fi
mkdir -p /run/slapd && chown openldap /run/slapd
exec slapd -d 256 -u openldap -g openldap -f /etc/ldap/slapd.conf -h 'ldap:/// ldaps:/// ldapi:///'
