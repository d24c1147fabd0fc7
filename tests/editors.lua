-- Run by tests/editors.sh within Neovim, in a folder with a Dockerfile and a start script.

local function fail(text)
  io.stdout:write("FAILED: " .. text .. "\n")
  vim.cmd("cquit 1")
end

local function check(is_so, text)
  if is_so then
    io.stdout:write("ok   " .. text .. "\n")
  else
    fail(text)
  end
end

local function wait_for(text, is_so)
  check(vim.wait(20000, is_so, 50), text)
end

--- The diagnostic of `rule` in `buffer`.
local function found(rule, buffer)
  for _, one in ipairs(vim.diagnostic.get(buffer or 0)) do
    if one.code == rule or (one.user_data and one.user_data.lsp and one.user_data.lsp.code == rule) then
      return one
    end
  end
end

--- The answer to a request.
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  for _, answer in pairs(answers) do
    return answer.result
  end
end

local function whole(buffer)
  return { start = { line = 0, character = 0 }, ["end"] = { line = vim.api.nvim_buf_line_count(buffer), character = 0 } }
end

--- The action whose title holds `text`.
local function action(text, only)
  local params = vim.lsp.util.make_range_params()
  params.range = whole(0)
  params.context = { diagnostics = {}, only = only }
  for _, one in ipairs(ask("textDocument/codeAction", params) or {}) do
    if one.title:find(text, 1, true) then
      return one
    end
  end
  fail("no action " .. text)
end

local function apply(one)
  local client = vim.tbl_values(vim.lsp.buf_get_clients(0))[1]
  vim.lsp.util.apply_workspace_edit(one.edit, client.offset_encoding)
end

local function line(number)
  return vim.api.nvim_buf_get_lines(0, number - 1, number, false)[1]
end

vim.cmd("filetype on")
dofile(os.getenv("SETTINGS"))
vim.cmd("edit Dockerfile")
check(vim.bo.filetype == "dockerfile", "Neovim knows a Dockerfile")
wait_for("diagnostics come without being asked for", function()
  return found("JT-sudo")
end)
local sudo = found("JT-sudo")
local text = line(2)
check(sudo.lnum == 1 and text:sub(sudo.col + 1, sudo.end_col):sub(1, 4) == "sudo", "the place is right behind wide characters")
check(sudo.source == "jettison" and sudo.severity == vim.diagnostic.severity.ERROR, "with source and severity")

local position = vim.lsp.util.make_position_params()
position.position = { line = 2, character = 5 }
local page = ask("textDocument/hover", position)
check(page.contents.value:find("# JT-legacy-pair: ", 1, true) ~= nil, "hover shows the page of the rule")

apply(action("[JT-legacy-pair]"))
check(line(3) == "ENV A=1" and line(4) == "ENV B 2", "a quick fix changes its line and no other")
wait_for("and its finding goes", function()
  local one = found("JT-legacy-pair")
  return one and one.lnum == 3
end)
apply(action("Apply every safe fix", { "source.fixAll.jettison" }))
check(line(4) == "ENV B=2" and line(2) == text, "fix-all applies what is safe, and only that")
wait_for("and nothing is left for it", function()
  return not found("JT-legacy-pair")
end)
apply(action("Ignore JT-sudo"))
check(line(2) == "# jettison ignore=JT-sudo", "a comment silences")
wait_for("and what it silences goes", function()
  return not found("JT-sudo")
end)

vim.api.nvim_buf_set_lines(0, -1, -1, false, { "RUN cd /x && make" })
wait_for("typing changes what is found", function()
  return found("JT-cd")
end)

local script = vim.fn.bufadd("start.sh")
wait_for("a finding in the start script is told there", function()
  return found("JT-script-exec", script)
end)
check(found("JT-script-exec", script).lnum == 2, "at its line")

local id = vim.tbl_values(vim.lsp.buf_get_clients(0))[1].id
vim.cmd("edit! start.sh")
vim.lsp.buf_attach_client(0, id)
vim.wait(300)
apply(action("[JT-script-exec]"))
check(line(3) == 'exec nginx -g "daemon off;"', "and fixed there")
wait_for("whereupon it goes", function()
  return not found("JT-script-exec", script)
end)

vim.lsp.stop_client(id)
wait_for("the server stops when asked to", function()
  return vim.lsp.client_is_stopped(id)
end)
io.stdout:write("all as it should be\n")
