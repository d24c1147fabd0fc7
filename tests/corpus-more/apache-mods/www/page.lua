function handle(r)
  r.content_type = "text/plain"
  local t = require "string"
  r:puts(t.upper("lua ") .. r:md5("x"))
  return apache2.OK
end
