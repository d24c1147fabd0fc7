#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::8888 "$IMG"
U=http://127.0.0.1:$(port 8888)
wait_http $U/api 60
A='Authorization: token ahoi'
http api 200 version $U/api
http login 200 '[Pp]assword|token' -L $U/
k() { cmd "$1" "$2" python3 "$(dirname "$0")/kernel.py" "$U" "$3"; }
if full; then
  http forbidden 403 '' $U/api/contents
  http contents 200 harbour.ipynb -H "$A" $U/api/contents
  http notebook-json 200 '"nbformat": ?4' -H "$A" "$U/api/contents/harbour.ipynb"
  http tree 200 '<html' -H "$A" $U/tree
  http notebook-page 200 'jupyter-config-data' -H "$A" $U/notebooks/harbour.ipynb
  http edit-page 200 'jupyter-config-data' -H "$A" $U/edit/harbour.ipynb
  J=$(curl -s -H "$A" $U/tree | grep -oE '/static/notebook/[^"]*main[^"]*js[^"]*' | head -n 1)
  http script 200 '' -H "$A" "$U$J"
  http favicon 200 '' $U/static/favicons/favicon.ico
  http kernelspecs 200 'python3' -H "$A" $U/api/kernelspecs
  http kernel-logo 200 '' -H "$A" $U/kernelspecs/python3/logo-svg.svg
  http status 200 'kernels' -H "$A" $U/api/status
  http terminals 200 '' -H "$A" $U/api/terminals
  http terminal-new 200 'name' -H "$A" -X POST $U/api/terminals
  http settings 200 'settings' -H "$A" $U/lab/api/settings
  http themes 200 '' -H "$A" "$U/lab/api/themes/@jupyterlab/theme-dark-extension/index.css"
  http translations 200 '' -H "$A" $U/lab/api/translations
  http new-file 201 'a.txt' -H "$A" -X PUT -d '{"type":"file","format":"text","content":"ahoi"}' $U/api/contents/a.txt
  http download 200 ahoi -H "$A" $U/files/a.txt
  http rename 200 'b.txt' -H "$A" -X PATCH -d '{"path":"b.txt"}' $U/api/contents/a.txt
  http checkpoint 201 '' -H "$A" -X POST $U/api/contents/harbour.ipynb/checkpoints
  http delete 204 '' -H "$A" -X DELETE $U/api/contents/b.txt
  http not-found 404 '' -H "$A" $U/api/contents/nope
  http not-found-page 404 '404' -H "$A" $U/nope
  k execute '42' 'print(6*7)'
  k frame '<table' 'import pandas as pd; pd.DataFrame({"a":[1]})'
  k plot 'image/png' '%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1,2]); plt.show()'
  k svg 'svg' '%config InlineBackend.figure_formats = ["svg"]
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1,2]); plt.show()'
  k error 'ZeroDivisionError' '1/0'
  k syntax 'SyntaxError' '1+'
  k shell 'harbour.ipynb' '!ls'
  k bash-magic 'moin' '%%bash
echo moin'
  k timeit 'loop' '%timeit -n 1 -r 1 pass'
  k magics 'timeit' '%lsmagic'
  k widgets 'IntSlider|widget' 'import ipywidgets; ipywidgets.IntSlider(3)'
  k latex 'x\^2' 'from IPython.display import Math; Math("x^2")'
  k complete 'json' 'complete:import jso'
  k inspect 'Print|print' 'inspect:print'
  k zone '21:00' 'import datetime, zoneinfo; print(datetime.datetime(2024,7,1,12,tzinfo=datetime.timezone.utc).astimezone(zoneinfo.ZoneInfo("Asia/Tokyo")))'
  k stdlib 'ok' 'import sqlite3, ssl, lzma, bz2, curses, multiprocessing, asyncio, xml.dom.minidom, email.message; print("ok")'
  k spreadsheet 'ModuleNotFoundError|openpyxl' 'import pandas as pd; pd.DataFrame({"a":[1]}).to_excel("/tmp/x.xlsx")'
  http convert-html 200 'Harbour' -H "$A" $U/nbconvert/html/harbour.ipynb
  http convert-markdown 200 '# Harbour' -H "$A" $U/nbconvert/markdown/harbour.ipynb
  http convert-python 200 'import pandas' -H "$A" $U/nbconvert/python/harbour.ipynb
  http convert-rst 200 'Harbour' -H "$A" $U/nbconvert/rst/harbour.ipynb
  http convert-latex 200 '' -H "$A" $U/nbconvert/latex/harbour.ipynb
  http convert-slides 200 'reveal' -H "$A" $U/nbconvert/slides/harbour.ipynb
  http convert-asciidoc 200 '' -H "$A" $U/nbconvert/asciidoc/harbour.ipynb
  http voila-tree 200 'harbour|Voil' -H "$A" $U/voila/tree
  http voila 200 'sum 155' --max-time 60 -H "$A" $U/voila/render/harbour.ipynb
  inside nbconvert-execute 'Writing' sh -c 'jupyter nbconvert --to notebook --execute harbour.ipynb --output /tmp/out.ipynb 2>&1'
  inside nbconvert-script '' jupyter nbconvert --to script --stdout harbour.ipynb
  inside nbconvert-lab '' jupyter nbconvert --to html --template classic --output /tmp/classic.html harbour.ipynb
  inside kernelspec 'python3' jupyter kernelspec list
  inside server-list '8888' jupyter server list
  inside extensions 'voila' sh -c 'jupyter server extension list 2>&1'
  inside paths '/opt/venv' jupyter --paths
  inside trust 'Signing|signed' sh -c 'jupyter trust harbour.ipynb 2>&1'
  inside ipython '42' ipython -c 'print(6*7)'
  inside execute '' jupyter execute harbour.ipynb
  inside version 'nbconvert' jupyter --version
  inside healthcheck 'version' curl -fsS http://127.0.0.1:8888/api
  stops_cleanly graceful-stop 15
  same_config
fi
finish
