import sys
sys.path.insert(0, "/srv/app")
from harbour import application
