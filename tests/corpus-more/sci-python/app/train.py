import pickle
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(0)
x = rng.normal(size=(200, 4))
model = make_pipeline(StandardScaler(), RandomForestClassifier(10, random_state=0)).fit(x, (x[:, 0] > 0).astype(int))
with open("app/model.pkl", "wb") as out:
    pickle.dump(model, out)
