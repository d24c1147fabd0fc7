#!/bin/sh
set -e
case "$1" in
  web)
    python manage.py migrate --noinput
    exec gunicorn harbour.wsgi --bind 0.0.0.0:8000 --workers 2 --access-logfile -
    ;;
  worker) exec celery -A harbour worker -P solo -c 1 --loglevel INFO ;;
  beat) exec celery -A harbour beat --schedule /srv/data/beat ;;
  manage) shift; exec python manage.py "$@" ;;
  *) exec "$@" ;;
esac
