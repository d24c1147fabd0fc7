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
  # Parts of the libraries that no code of the application touches.
  py() { inside "$1" "$2" python3 -c "$3"; }
  py numpy-fft '^8' 'import numpy as np; print(int(abs(np.fft.fft(np.ones(8)))[0]))'
  py numpy-linalg '2 1' 'import numpy as np; print(np.linalg.matrix_rank(np.eye(2)), round(np.linalg.norm([0.6, 0.8])))'
  py numpy-random '0.5118' 'import numpy as np; print(round(np.random.default_rng(1).random(), 4))'
  py numpy-parts 'ok' 'import numpy as np, numpy.ma, numpy.polynomial, numpy.testing; np.testing.assert_allclose(np.polynomial.Polynomial([1, 2])(3), 7); print("ok", np.ma.masked_less([1, 2], 2).sum())'
  py scipy-optimize '1.0' 'from scipy import optimize; print(round(optimize.minimize(lambda x: (x[0] - 1) ** 2, [0]).x[0], 3))'
  py scipy-integrate '0.333' 'from scipy import integrate; print(round(integrate.quad(lambda x: x * x, 0, 1)[0], 3))'
  py scipy-interpolate '2.5' 'from scipy import interpolate; print(interpolate.CubicSpline([0, 1, 2, 3], [0, 1, 2, 3])(2.5))'
  py scipy-sparse '2.0' 'from scipy import sparse; from scipy.sparse import linalg; print(linalg.spsolve(sparse.csc_matrix([[2.0]]), [4.0])[0])'
  py scipy-stats '0.05' 'from scipy import stats; print(round(stats.norm.sf(1.6449), 3), stats.ttest_1samp([1, 2, 3], 2).pvalue)'
  py scipy-signal '(5,)' 'from scipy import signal; print(signal.butter(4, 0.2)[0].shape)'
  py scipy-image '3' 'import numpy as np; from scipy import ndimage; print(ndimage.label(np.array([1, 0, 1, 0, 1]))[1])'
  py scipy-special '24' 'from scipy import special; print(round(special.gamma(5)))'
  py scipy-cluster '2' 'from scipy import cluster, spatial; import scipy.cluster.vq as vq; print(len(vq.kmeans([[0.0], [9.0]], 2, seed=1)[0]), spatial.distance.cdist([[0]], [[3]])[0, 0])'
  py scipy-io 'a' 'from scipy import io; io.savemat("/tmp/x.mat", {"a": [1]}); print(sorted(io.loadmat("/tmp/x.mat"))[-1])'
  py pandas-merge '3' 'import pandas as pd; a = pd.DataFrame({"k": [1, 2], "v": [1, 2]}); print(a.merge(a, on="k").v_x.sum())'
  py pandas-pivot '4' 'import pandas as pd; a = pd.DataFrame({"k": list("xxy"), "c": list("aab"), "v": [1, 3, 5]}); print(int(a.pivot_table(index="k", columns="c", values="v", aggfunc="sum").loc["x", "a"]))'
  py pandas-rolling '1.5' 'import pandas as pd; print(pd.Series([1, 2]).rolling(2).mean().iloc[1], pd.Series([1, 2]).ewm(alpha=0.5).mean().iloc[0])'
  py pandas-zones '02:00:00.02:00' 'import pandas as pd; print(pd.Timestamp("2024-07-01", tz="UTC").tz_convert("Europe/Oslo"))'
  py pandas-formats 'ok' 'import io, pandas as pd; a = pd.DataFrame({"v": [1]}); a.to_pickle("/tmp/p"); pd.read_csv(io.StringIO("v\n1")); pd.read_fwf(io.StringIO("v\n1")); a.to_latex if False else a.to_string(); a.to_stata("/tmp/s.dta"); print("ok", pd.read_stata("/tmp/s.dta").shape)'
  py pandas-categories 'CategoricalDtype' 'import pandas as pd; print(repr(pd.cut(pd.Series([1, 5]), 2).dtype)); pd.MultiIndex.from_product([[1], [2]])'
  py sklearn-data '150' 'from sklearn import datasets; print(len(datasets.load_iris().data), len(datasets.load_digits().data))'
  py sklearn-pipeline 'True' 'from sklearn import datasets, model_selection, pipeline, preprocessing, svm; x, y = datasets.load_iris(return_X_y=True); print(model_selection.cross_val_score(pipeline.make_pipeline(preprocessing.StandardScaler(), svm.SVC()), x, y, n_jobs=2).mean() > 0.9)'
  py sklearn-unsupervised '2' 'import numpy as np; from sklearn import cluster, decomposition, manifold, mixture; x = np.random.default_rng(1).random((30, 4)); print(decomposition.PCA(2).fit_transform(x).shape[1], cluster.DBSCAN().fit(x).labels_[0], mixture.GaussianMixture(2).fit(x).n_iter_ > 0, manifold.TSNE(perplexity=5).fit_transform(x).shape)'
  py sklearn-text 'sea' 'from sklearn.feature_extraction.text import TfidfVectorizer as T; print(list(T(stop_words="english").fit(["the sea", "the wind"]).get_feature_names_out()))'
  py matplotlib-kinds 'ok' 'import matplotlib; matplotlib.use("Agg"); import matplotlib.pyplot as plt; from mpl_toolkits.mplot3d import Axes3D; f = plt.figure(); f.add_subplot(projection="3d"); f.add_subplot(projection="polar"); plt.title(r"$\alpha^2$"); f.savefig("/tmp/x.webp"); print("ok")'
  stops_cleanly graceful-stop 10
  same_config
fi
finish
