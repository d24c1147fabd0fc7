local M = {}
function M.report() return "wind from " .. require("pl.tablex").find({"north","west"}, "west") end
return M
