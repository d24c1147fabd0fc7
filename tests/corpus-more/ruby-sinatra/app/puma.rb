workers 2
threads 1, 4
bind "tcp://0.0.0.0:9292"
preload_app!
rackup "config.ru"
