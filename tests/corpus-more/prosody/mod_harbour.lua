-- A page of our own, with what is required only when it is asked for.
module:depends("http")
module:provides("http", { route = {
	GET = function() return "ship " .. module.host end;
	["GET /time"] = function() return require "util.datetime".datetime() end;
	["GET /json"] = function(event) event.response.headers.content_type = "application/json"; return require "util.json".encode({ ship = "Vasa" }) end;
	["GET /hash"] = function() return require "util.hashes".sha256("x", true) end;
	["GET /zip"] = function() return tostring(#require "zlib".deflate()("xxxxxxxxxxxx", "finish")) end;
	["GET /xml"] = function() return tostring(require "util.xml".parse("<a><b/></a>")) end;
	["GET /jwt"] = function() return require "util.jwt".sign("k", { a = 1 }) end;
	["GET /lfs"] = function() return require "lfs".attributes("/etc", "mode") end;
	["GET /uuid"] = function() return require "util.uuid".generate() end;
	["GET /dns"] = function() return type(require "net.unbound") end;
	["GET /boom"] = function() error("shipwreck") end;
}})
