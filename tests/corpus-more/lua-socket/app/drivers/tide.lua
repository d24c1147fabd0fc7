local M = {}
function M.report() return "low tide at " .. require("pl.stringx").rjust("6", 2, "0") end
return M
