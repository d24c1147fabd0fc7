#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::15672 -p 127.0.0.1::5672 "$IMG"
U=http://127.0.0.1:$(port 15672); wait_http $U/ 90
A=(-u guest:guest -H 'content-type: application/json')
for _ in $(seq 60); do curl -s "${A[@]}" $U/api/queues | grep -q ships && break; sleep 0.5; done
http management 200 'RabbitMQ Management' $U/
http overview 200 'rabbitmq_version' "${A[@]}" $U/api/overview
amqp() { python3 - "$(port 5672)" <<'PY'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5); s.sendall(b"AMQP\0\0\x09\x01"); b = s.recv(300); print(b); assert b"capabilities" in b
PY
}
amqp >"$T/out" 2>&1 && ok amqp || bad "amqp: $(cat "$T/out")"
if full; then
  http script 200 'javascript' $U/js/main.js
  http denied 401 '' -u guest:wrong $U/api/overview
  http publish 200 'routed":true' "${A[@]}" -d '{"properties":{},"routing_key":"ships","payload":"Vasa","payload_encoding":"string"}' $U/api/exchanges/%2F/amq.default/publish
  http get 200 'Vasa' "${A[@]}" -d '{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}' $U/api/queues/%2F/ships/get
  http queue 201 '' "${A[@]}" -X PUT -d '{"durable":true}' $U/api/queues/%2F/boats
  http quorum 201 '' "${A[@]}" -X PUT -d '{"durable":true,"arguments":{"x-queue-type":"quorum"}}' $U/api/queues/%2F/quorum
  http stream 201 '' "${A[@]}" -X PUT -d '{"durable":true,"arguments":{"x-queue-type":"stream"}}' $U/api/queues/%2F/stream
  http policy 201 '' "${A[@]}" -X PUT -d '{"pattern":"^b","definition":{"max-length":5}}' $U/api/policies/%2F/short
  http user 201 '' "${A[@]}" -X PUT -d '{"password":"ahoi","tags":"monitoring"}' $U/api/users/boss
  http definitions 200 'ships' "${A[@]}" $U/api/definitions
  inside status 'RabbitMQ version' rabbitmqctl status
  inside list 'ships' rabbitmqctl list_queues
  inside environment 'rabbit' rabbitmqctl environment
  inside diagnostics 'listener' rabbitmq-diagnostics listeners
  inside check '' rabbitmq-diagnostics -q check_running
  inside ping '' rabbitmq-diagnostics -q ping
  inside plugins 'rabbitmq_shovel' rabbitmq-plugins list -E
  inside plugin-on 'rabbitmq_top|started' rabbitmq-plugins enable rabbitmq_top
  inside eval '^6' rabbitmqctl eval '1+5.'
  inside crypto 'sha256' rabbitmqctl eval 'crypto:supports(hashs).'
  inside ssl 'tlsv1.3' rabbitmqctl eval 'application:ensure_all_started(ssl), proplists:get_value(supported, ssl:versions()).'
  inside report 'Erlang' rabbitmqctl report
  inside queues-rebalanced '' rabbitmq-queues rebalance all
  inside user rabbitmq id -un
  $E restart -t 30 "$C" >/dev/null 2>&1; U=http://127.0.0.1:$(port 15672); wait_http $U/ 90; sleep 3
  http persisted 200 'boats' "${A[@]}" $U/api/queues
  stops_cleanly graceful-stop 30
  same_config
fi
finish
