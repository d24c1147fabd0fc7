"""A shop that shows what it needs only to those who use it: each way of use reads a file that no other reads.

The files are a package's, and their names are put together, so that neither a rule nor another use keeps them.
"""
import re

import redis
from flask import Flask, jsonify, request
from flask_sock import Sock

app = Flask(__name__)
sock = Sock(app)
store = redis.Redis(host="store")
store.incr("starts")


def notice(name):
    with open("/usr/share/" + "common-" + "licenses/" + name) as file:
        return file.read(200)


@app.get("/")
def index():
    return "Harbour shop"


@app.get("/openapi.json")
def openapi():
    code = {"type": "string", "pattern": r"^[A-Z]{2}-\d{4}$", "minLength": 7}
    order = {"type": "object", "required": ["code"], "properties": {"code": code}}
    return jsonify(
        openapi="3.0.3",
        info={"title": "Shop", "version": "1"},
        paths={
            "/orders": {
                "post": {
                    "requestBody": {"required": True, "content": {"application/json": {"schema": order}}},
                    "responses": {"201": {"description": "taken"}, "422": {"description": "no such code"}},
                }
            }
        },
    )


@app.post("/orders")
def take_order():
    code = request.get_json().get("code", "")
    if not re.fullmatch(r"[A-Z]{2}-\d{4}", code):
        return jsonify(error="no such code"), 422
    store.rpush("orders", code)
    return jsonify(taken=code, terms=notice("GPL-3")), 201


@app.get("/report")
def report():
    return notice("GPL-2")


@app.get("/by-hand")
def by_hand():
    return notice("Artistic")


@sock.route("/chat")
def chat(ws):
    word = ws.receive()
    ws.send(word + " " + notice("MPL-2.0"))
