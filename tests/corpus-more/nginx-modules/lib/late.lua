return { word = function() return "late " .. tostring(ngx.re and ngx.re.match("abc", "b")[0]) end }
