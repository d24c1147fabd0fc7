#!/usr/bin/env lua5.4
-- console.lua COMMAND: what people run beside the server.
local lapp = require("pl.lapp")
local args = lapp [[
Manages the harbour
  -n,--number (default 2) how many
  <command> (string) ships or sum
]]
if args.command == "ships" then
  print(require("cjson").encode({ count = args.number }))
elseif args.command == "sum" then
  print(require("pl.seq").sum({ 1, args.number }))
else
  os.exit(1)
end
