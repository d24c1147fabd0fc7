local M = {}
function M.name(number) return ({"Vasa", "Fram"})[tonumber(number) or 1] end
return M
