--- Colours for people, where the terminal wants them (`--color`, NO_COLOR, TERM): elsewhere text stays as it is.
local native = require "docksing.native"

local color = {
    --- Whether anything is coloured.
    ---@type boolean
    enabled = native.color,
}

local codes = {
    bold = "1", dim = "2", red = "31", green = "32", yellow = "33", blue = "34", magenta = "35", cyan = "36",
}

--- The text in a colour, or bold or dim.
---@param name string
---@param text string
---@return string
function color.paint(name, text)
    if not color.enabled then return text end
    return ("\27[%sm%s\27[0m"):format(codes[name], text)
end

return color
