--- What an error says of a name that is none: the one that was meant, or those that there are.
local options = require "docksing.options"

---@param name any
---@param names string[] those that there are
---@return string clause for the end of a sentence
return function(name, names)
    local near = options.nearest(tostring(name), names)
    if near then return "; did you mean '" .. near .. "'?" end
    return "; there are " .. table.concat(names, ", ")
end
