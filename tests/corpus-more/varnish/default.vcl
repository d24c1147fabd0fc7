vcl 4.1;
import std;
import directors;
import header;
backend origin { .host = "127.0.0.1"; .port = "9000"; }
sub vcl_init { new pool = directors.round_robin(); pool.add_backend(origin); }
sub vcl_recv {
  set req.backend_hint = pool.backend();
  if (req.url == "/synth") { return (synth(418, "teapot")); }
  if (req.method == "PURGE") { return (purge); }
  set req.http.X-Seen = std.tolower("VARNISH");
}
sub vcl_backend_response { header.append(beresp.http.X-From, "origin"); set beresp.grace = 1h; }
sub vcl_deliver { if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } else { set resp.http.X-Cache = "MISS"; } }
