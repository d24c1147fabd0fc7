import io
import pickle
from pathlib import Path
from typing import Optional

from fastapi import FastAPI, File, HTTPException, Request, Response, UploadFile, WebSocket
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel

HERE = Path(__file__).parent
app = FastAPI(title="Lab")
templates = Jinja2Templates(HERE / "templates")
_model = None


class Sample(BaseModel):
    values: list[float]
    label: Optional[str] = None


@app.get("/")
def index(request: Request):
    return templates.TemplateResponse(request, "index.html", {"name": "Lab"})


@app.get("/healthz")
def health():
    return {"ok": True}


@app.post("/predict")
def predict(sample: Sample):
    global _model
    if _model is None:
        _model = pickle.loads((HERE / "model.pkl").read_bytes())
    return {"class": int(_model.predict([sample.values])[0])}


@app.get("/plot.{kind}")
def plot(kind: str):
    import matplotlib
    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [2, 1, 3], label="a")
    axes.set_title(r"$\alpha^2 + \frac{1}{2}$")
    axes.legend()
    out = io.BytesIO()
    figure.savefig(out, format=kind)
    plt.close(figure)
    return Response(out.getvalue(), media_type="application/octet-stream")


@app.get("/style/{name}")
def style(name: str):
    import matplotlib.pyplot as plt
    with plt.style.context(name):
        return {"colour": plt.rcParams["axes.facecolor"]}


@app.get("/frame/{kind}")
def frame(kind: str):
    import pandas as pd
    data = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=3, tz="Asia/Tokyo"), "v": [1.0, 2.5, None]})
    if kind == "csv":
        return Response(data.to_csv(index=False))
    if kind == "json":
        return Response(data.to_json(orient="records"))
    if kind == "html":
        return Response(data.to_html())
    if kind == "styled":
        return Response(data.drop(columns="t").style.highlight_max().to_html())
    if kind == "xlsx":
        out = io.BytesIO()
        data.drop(columns="t").to_excel(out)
        return {"rows": len(pd.read_excel(out))}
    if kind == "sql":
        import sqlite3
        db = sqlite3.connect(":memory:")
        data.drop(columns="t").to_sql("x", db)
        return {"n": int(pd.read_sql("select count(*) n from x", db)["n"][0])}
    if kind == "resample":
        return {"n": len(data.set_index("t").resample("6h").ffill())}
    if kind == "describe":
        return {"mean": float(data["v"].describe()["mean"])}
    if kind == "plot":
        return {"ok": data.plot(x="t", y="v") is not None}
    raise HTTPException(404, "no such frame")


@app.get("/fit/{name}")
def fit(name: str):
    import importlib
    module, _, kind = name.rpartition(".")
    estimator = getattr(importlib.import_module(f"sklearn.{module}"), kind)()
    from sklearn.datasets import load_iris
    x, y = load_iris(return_X_y=True)
    return {"score": float(estimator.fit(x, y).score(x, y))}


@app.get("/scipy")
def scipy_():
    from scipy import fft, integrate, interpolate, optimize, signal, sparse, spatial, stats
    return {"root": optimize.brentq(lambda x: x * x - 2, 0, 2), "p": float(stats.norm.cdf(0)), "area": integrate.quad(lambda x: x, 0, 1)[0],
            "fft": len(fft.fft([1, 2, 3])), "s": sparse.eye(3).nnz, "d": spatial.distance.euclidean([0, 0], [3, 4]), "m": float(signal.medfilt([1, 5, 1])[1]),
            "i": float(interpolate.interp1d([0, 1], [0, 2])(0.5))}


@app.get("/numpy")
def numpy_():
    import numpy as np
    return {"det": float(np.linalg.det(np.eye(3))), "r": len(np.random.default_rng().normal(size=3)), "fft": len(np.fft.fft([1, 2])), "poly": float(np.polynomial.Polynomial([1, 2])(2)), "test": np.testing.assert_allclose(1, 1)}


@app.post("/upload")
async def upload(file: UploadFile = File()):
    import pandas as pd
    return {"columns": list(pd.read_csv(io.BytesIO(await file.read())).columns)}


@app.get("/db")
def db():
    from sqlalchemy import create_engine, text
    with create_engine("sqlite://").connect() as c:
        return {"one": c.execute(text("select 1")).scalar()}


@app.get("/boom")
def boom():
    raise RuntimeError("boom")


@app.websocket("/ws")
async def ws(socket: WebSocket):
    await socket.accept()
    await socket.send_text("hi")
    await socket.close()
