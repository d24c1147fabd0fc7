#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8000 "$IMG"
U=http://127.0.0.1:$(port 8000)
wait_http $U/ 60
http index 200 Laboratory $U/
if full; then
  http lm 200 '17.58 3.93' $U/lm
  http glm 200 '12.* -4' $U/glm
  http json 200 '"name":"Vasa"' $U/json
  http mass 200 'Air.Flow' $U/mass
  http survival 200 survfit $U/survival
  http gam 200 'gam fitted' $U/gam
  http boot 200 boot $U/boot
  http splines 200 10x4 $U/splines
  http parallel 200 '1 4 9' $U/parallel
  http stats4 200 mle $U/stats4
  http grid 200 simpleUnit $U/grid
  http tools 200 gz $U/tools
  http compiler 200 function $U/compiler
  http datasets 200 150x5 $U/datasets
  http tz 200 '01:00 CET' $U/tz
  http iconv 200 230 $U/iconv
  http regex 200 'world hello' $U/regex
  http svd 200 '5.46 0.37' $U/svd
  http csv 200 'Vasa' $U/csv
  http rds 200 Fram $U/rds
  http plot-png 200 PNG $U/plot.png
  http plot-pdf 200 '%PDF' $U/plot.pdf
  http plot-svg 200 '<svg' $U/plot.svg
  http not-found 404 'no such experiment' $U/nope
  inside report written ./report.R /tmp/ships.png
  inside version 'R version 4' R --version
  inside one-liner '\[1\] 5.5' R --no-save --quiet -e 'mean(1:10)'
  inside session 'utils' Rscript -e 'print(sessionInfo())'
  inside check-package 'jsonlite' Rscript -e 'cat(rownames(installed.packages()))'
  stops_cleanly graceful-stop 10
  same_config
fi
finish
