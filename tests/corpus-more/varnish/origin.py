import http.server, json, time
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        code = 503 if self.path.startswith('/broken') else 200
        body = json.dumps({'path': self.path, 'agent': self.headers.get('X-Seen')}).encode()
        self.send_response(code); self.send_header('Content-Type', 'application/json'); self.send_header('Cache-Control', 'max-age=60'); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
http.server.ThreadingHTTPServer(('127.0.0.1', 9000), H).serve_forever()
