-- A small HTTP server on LuaSocket. Each handler requires what it needs when the first request for it comes.
local socket = require("socket")

local function page(name, values)
  local template = require("pl.template")
  local file = assert(io.open("/app/pages/" .. name .. ".html"))
  local text = file:read("a")
  file:close()
  return assert(template.substitute(text, values))
end

local handlers = {}

handlers["/"] = function() return page("index", { title = "Harbour", _escape = "#" }) end

handlers["/json"] = function()
  local cjson = require "cjson"
  return cjson.encode({ ship = "Vasa", masts = 3, guns = cjson.decode("[64,8]") })
end

handlers["/files"] = function()
  local lfs = require("lfs")
  local names = {}
  for name in lfs.dir("/app/pages") do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " ")
end

handlers["/words"] = function()
  local lpeg, re = require("lpeg"), require("re")
  return re.match("the sea", "{| {%a+} ' ' {%a+} |}")[2] .. tostring(lpeg.match(lpeg.P("a") ^ 1, "aaab"))
end

handlers["/ships"] = function()
  local driver = require("luasql.sqlite3")
  local env = driver.sqlite3()
  local db = env:connect("/tmp/ships.db")
  db:execute("create table if not exists ship (name text)")
  db:execute("insert into ship values ('Fram')")
  local cursor = db:execute("select name, upper(name) up from ship")
  local row = cursor:fetch({}, "a")
  cursor:close()
  db:close()
  env:close()
  return row.name .. " " .. row.up
end

handlers["/dates"] = function()
  local Date = require("pl.Date")
  return Date.Format("yyyy-mm-dd"):tostring(Date({ year = 2001, month = 8, day = 10 }))
end

handlers["/list"] = function()
  local List = require "pl.List"
  return tostring(List({ 3, 1, 2 }):sort():map("+", 1))
end

handlers["/pretty"] = function() return require("pl.pretty").write({ anchor = true }) end

handlers["/url"] = function()
  local url, mime, ltn12 = require("socket.url"), require("mime"), require("ltn12")
  local out = {}
  ltn12.pump.all(ltn12.source.string("harbour"), ltn12.sink.chain(mime.encode("base64"), (ltn12.sink.table(out))))
  return url.parse("http://harbour.example:81/x").port .. " " .. table.concat(out)
end

handlers["/tls"] = function()
  local ssl = require("ssl")
  local context = assert(ssl.newcontext({ mode = "client", protocol = "any", cafile = "/etc/ssl/certs/ca-certificates.crt", verify = "peer" }))
  return type(context) .. " " .. (ssl._VERSION or "")
end

for _, kind in ipairs({ "tide", "wind" }) do
  handlers["/driver/" .. kind] = function() return require("drivers." .. kind).report() end
end

local function serve(stream)
  stream:settimeout(5)
  local line = stream:receive("*l") or ""
  repeat local header = stream:receive("*l") until not header or header == ""
  local path = line:match("^%u+ ([^ ?]+)") or "/"
  local handler = handlers[path]
  local ok, body = true, nil
  if handler then ok, body = pcall(handler) end
  local status = not handler and "404 Not Found" or ok and "200 OK" or "500 Internal Server Error"
  body = body and tostring(body) or page("missing", { path = path, _escape = "#" })
  stream:send("HTTP/1.1 " .. status .. "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " .. #body
    .. "\r\nConnection: close\r\n\r\n" .. body)
  stream:close()
end

local server = assert(socket.bind("*", 8080))
-- Lua looks at signals between two of its instructions.
server:settimeout(1)
while true do
  local stream = server:accept()
  if stream then pcall(serve, stream) end
end
