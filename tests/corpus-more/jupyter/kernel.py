# Runs code in a kernel through the server, over a WebSocket by hand: kernel.py URL CODE, prints what comes back.
import base64, json, os, socket, struct, sys, urllib.parse, urllib.request, uuid

base, code = sys.argv[1], sys.argv[2]
TOKEN = {"Authorization": "token ahoi", "Content-Type": "application/json"}

def api(method, path, body=None):
    request = urllib.request.Request(base + path, method=method, headers=TOKEN, data=json.dumps(body).encode() if body is not None else None)
    text = urllib.request.urlopen(request, timeout=30).read()
    return json.loads(text) if text else None

kernel = api("POST", "/api/kernels", {"name": "python3"})["id"]
try:
    url = urllib.parse.urlparse(base)
    s = socket.create_connection((url.hostname, url.port), 30)
    s.settimeout(60)
    s.sendall(f"GET /api/kernels/{kernel}/channels?token=ahoi HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    stream = s.makefile("rb")
    status = stream.readline()
    assert b"101" in status, status
    while stream.readline().strip():
        pass

    def send(text):
        data, mask = text.encode(), os.urandom(4)
        head = bytes([0x81]) + (bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(data)))
        s.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def receive():
        whole = b""
        while True:
            first, second = stream.read(2)
            size = second & 127
            size = struct.unpack(">H", stream.read(2))[0] if size == 126 else struct.unpack(">Q", stream.read(8))[0] if size == 127 else size
            part = stream.read(size)
            if first & 15 in (8, 9, 10):
                continue
            whole += part
            if first & 128:
                return json.loads(whole) if first & 15 != 2 else {}

    kind, _, content = code.partition(":") if code.split(":")[0] in ("complete", "inspect") else ("execute", "", code)
    bodies = {
        "execute": {"code": content, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False},
        "complete": {"code": content, "cursor_pos": len(content)},
        "inspect": {"code": content, "cursor_pos": len(content), "detail_level": 0},
    }
    message = str(uuid.uuid4())
    send(json.dumps({"header": {"msg_id": message, "msg_type": kind + "_request", "username": "t", "session": "t", "version": "5.3", "date": ""},
                     "parent_header": {}, "metadata": {}, "channel": "shell", "content": bodies[kind], "buffers": []}))
    done = set()
    while not {"reply", "idle"} <= done:
        got = receive()
        if got.get("parent_header", {}).get("msg_id") != message:
            continue
        if got["msg_type"] == kind + "_reply":
            done.add("reply")
        if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
            done.add("idle")
        print(json.dumps(got["content"], ensure_ascii=False)[:4000])
finally:
    api("DELETE", f"/api/kernels/{kernel}")
