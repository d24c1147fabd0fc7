#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::1883 -p 127.0.0.1::8883 -p 127.0.0.1::9001 "$IMG"
up() { for i in $(seq 120); do $E exec "$C" mosquitto_pub -u boss -P ahoi -t x -m y >/dev/null 2>&1 && break; sleep 0.25; done; }
up
mqtt() { python3 - "$(port 1883)" <<'PY'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
def w(x): return len(x).to_bytes(2, "big") + x
b = w(b"MQTT") + b"\x04\xc2\x00\x3c" + w(b"chk") + w(b"boss") + w(b"ahoi")
s.sendall(b"\x10" + bytes([len(b)]) + b)
r = s.recv(4); print("connack", r[3]); sys.exit(r[3])
PY
}
mqtt >"$T/out" 2>&1 && ok connect || bad "connect: $(cat $T/out)"
if full; then
  inside publish '' mosquitto_pub -u boss -P ahoi -t ship -m Vasa -r
  inside subscribe Vasa mosquitto_sub -u boss -P ahoi -t ship -C 1 -W 5
  inside qos2 '' mosquitto_pub -u boss -P ahoi -t q -m x -q 2
  inside v5 '' mosquitto_pub -V mqttv5 -u boss -P ahoi -t q -m x
  inside tls Vasa mosquitto_sub -p 8883 --cafile /mosquitto/certs/cert.pem -h localhost -u boss -P ahoi -t ship -C 1 -W 5
  inside sys 'mosquitto' mosquitto_sub -u boss -P ahoi -t '$SYS/broker/version' -C 1 -W 5
  cmd refused 'refused|denied|not auth' sh -c "! $E exec $C mosquitto_pub -u boss -P nein -t x -m y"
  inside passwd '' sh -c 'mosquitto_passwd -b /mosquitto/passwd mate hoi'
  inside reload '' sh -c 'kill -HUP 1'
  sleep 1; inside new-user '' mosquitto_pub -u mate -P hoi -t x -m y
  inside rpc-client 'mosquitto_rr' sh -c 'mosquitto_rr --help || true'
  inside ctrl 'mosquitto_ctrl' sh -c 'mosquitto_ctrl help; true'
  http websocket 101 '' --max-time 5 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Protocol: mqtt' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://127.0.0.1:$(port 9001)/
  inside healthcheck '' sh -c "mosquitto_sub -u boss -P ahoi -t '\$SYS/broker/uptime' -C 1 -W 3"
  inside user mosquitto id -un
  sleep 2; $E restart -t 5 "$C" >/dev/null 2>&1; up
  inside persisted Vasa mosquitto_sub -u boss -P ahoi -t ship -C 1 -W 5
  stops_cleanly graceful-stop 10
  same_config
fi
finish
