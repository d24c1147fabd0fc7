#!/usr/bin/python3
import json, os, decimal
print("Content-Type: application/json\n")
print(json.dumps({"method": os.environ["REQUEST_METHOD"], "sum": str(decimal.Decimal("0.1") + decimal.Decimal("0.2"))}))
