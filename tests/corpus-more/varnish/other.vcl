vcl 4.1;
import cookie;
import bodyaccess;
import var;
import xkey;
backend origin { .host = "127.0.0.1"; .port = "9000"; }
sub vcl_recv { cookie.parse(req.http.cookie); set req.http.X-Seen = cookie.get("who"); var.set("a", "b"); }
sub vcl_deliver { set resp.http.X-Other = var.get("a"); }
