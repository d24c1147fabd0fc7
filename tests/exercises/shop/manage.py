"""`manage.py migrate`: what runs before the shop is opened."""
import sys

from shop import notice, store

if sys.argv[1:] != ["migrate"]:
    sys.exit("usage: manage.py migrate")
store.set("schema", 1)
print("migrated under", notice("Apache-2.0").split()[0])
