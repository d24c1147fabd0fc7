#!/bin/sh
set -e
python3 /usr/local/bin/origin.py &
exec varnishd -F -a :8080 -f "/etc/varnish/$1" -s malloc,64m -T 127.0.0.1:6082
