--- Reads files that are being written, line by line.
local tail = {}

--- Where the last lines of a file begin.
local function start_of_last(file, count)
    local starts, at = {}, 0
    for line in file:lines "L" do
        starts[#starts + 1] = at
        at = at + #line
    end
    return count > 0 and starts[math.max(1, #starts - count + 1)] or at
end

--- The text of the last lines of a file; nil when there is no file.
---@param path string
---@param count integer
---@return string?
function tail.text(path, count)
    local file <close> = io.open(path, "rb")
    if not file then return nil end
    file:seek("set", start_of_last(file, count))
    return file:read "a"
end

--- The lines that have come since the last call, without their ends. A line that is still being written comes when it
--- is whole, or when the file is.
---@param path string
---@param at integer? where the last call ended; nil at first
---@param is_whole boolean whether nothing more is written to the file
---@param last? integer at first, only so many lines before the end
---@return string[] lines
---@return integer? at where this call ended
function tail.lines(path, at, is_whole, last)
    local file <close> = io.open(path, "rb")
    local lines = {}
    if not file then return lines, at end
    at = at or last and start_of_last(file, last) or 0
    file:seek("set", at)
    while true do
        local line = file:read "L"
        if not line or (line:sub(-1) ~= "\n" and not is_whole) then break end
        at = at + #line
        lines[#lines + 1] = line:gsub("\r?\n$", "")
    end
    return lines, at
end

return tail
