#!/bin/sh
set -e
named-checkconf -z /etc/bind/named.conf >/dev/null
exec named "$@"
