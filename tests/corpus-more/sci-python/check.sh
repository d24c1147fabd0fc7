#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8000 "$IMG"
U=http://127.0.0.1:$(port 8000)
wait_http $U/healthz 60
http index 200 Lab $U/
if full; then
  http predict 200 '"class":1' -H 'Content-Type: application/json' -d '{"values":[2,0,0,0]}' $U/predict
  http validation 422 'value|field' -H 'Content-Type: application/json' -d '{}' $U/predict
  http plot-png 200 PNG $U/plot.png
  http plot-svg 200 '<svg' $U/plot.svg
  http plot-pdf 200 '%PDF' $U/plot.pdf
  http plot-ps 200 '%!PS' $U/plot.ps
  http plot-jpg 200 JFIF $U/plot.jpg
  http style-ggplot 200 '#E5E5E5' $U/style/ggplot
  http style-seaborn 200 colour $U/style/seaborn-v0_8
  for k in csv:2.5 json:2.5 html:dataframe styled:style xlsx:3 sql:3 resample:9 describe:1.75 plot:true; do http frame-${k%%:*} 200 "${k#*:}" $U/frame/${k%%:*}; done
  http frame-none 404 'no such frame' $U/frame/x
  for k in linear_model.LogisticRegression svm.SVC neighbors.KNeighborsClassifier tree.DecisionTreeClassifier neural_network.MLPClassifier naive_bayes.GaussianNB ensemble.HistGradientBoostingClassifier gaussian_process.GaussianProcessClassifier; do http fit-$k 200 score $U/fit/$k; done
  http scipy 200 '1.414' $U/scipy
  http numpy 200 det $U/numpy
  printf 'a,b\n1,2\n' >"$T/f.csv"; http upload 200 '"a","b"' -F "file=@$T/f.csv" $U/upload
  http sqlalchemy 200 '"one":1' $U/db
  http openapi 200 '/predict' $U/openapi.json
  http docs 200 swagger $U/docs
  http not-found 404 'Not Found' $U/nope
  http error 500 'Internal Server Error' $U/boom
  http websocket 101 '' --max-time 3 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' $U/ws
  inside alembic-upgrade '' alembic upgrade head
  inside alembic-current 0001 alembic current
  inside alembic-history 0001 alembic history
  inside alembic-revision 'Generating' alembic revision -m more
  inside retrain '' python3 -m app.train
  inside workers 'Usage' uvicorn --help
  stops_cleanly graceful-stop 10
  same_config
fi
finish
