#!/bin/sh
set -e
case "$1" in
  web) alembic upgrade head; exec gunicorn --config gunicorn.conf.py harbour.web:app ;;
  worker) exec celery --app harbour.tasks worker --loglevel info --concurrency 1 ;;
  beat) exec celery --app harbour.tasks beat --loglevel info --schedule /data/beat ;;
  migrate) exec alembic upgrade head ;;
  shell) shift; exec flask --app harbour.web shell "$@" ;;
  manage) shift; exec flask --app harbour.web "$@" ;;
  *) exec "$@" ;;
esac
