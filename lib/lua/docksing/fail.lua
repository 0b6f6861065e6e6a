--- Raises an error that names the line of the script, however deep in our own modules the mistake was found.
local here = debug.getinfo(1, "S").source:match "^(.*)fail%.lua$"

--- Whether a function is one of ours, or of Lua's libraries: no line of those helps a person.
local function is_ours(info)
    if info.what == "C" then return true end
    -- The module docksing itself is called docksing.lua.
    return here ~= nil and (info.source:sub(1, #here) == here or info.source == here:sub(1, -2) .. ".lua")
end

--- Raises `sentence`, with the place in the script that called us before it.
---@param sentence string
---@param ... any for string.format, when there are any
return function(sentence, ...)
    if select("#", ...) > 0 then sentence = sentence:format(...) end
    local level = 2
    while true do
        local info = debug.getinfo(level, "S")
        if not info then error(sentence, 0) end
        if not is_ours(info) then error(sentence, level) end
        level = level + 1
    end
end
