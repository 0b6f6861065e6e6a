--- Folders of this machine, by its own tools.
local folders = {}

--- A text as one word of a shell.
---@param text string
---@return string
function folders.quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- What a command prints, its last line ends left out; nil when it fails.
---@param command string
---@return string?
function folders.output(command)
    local pipe <close> = assert(io.popen(command, "r"))
    local text = pipe:read "a"
    return pipe:close() and text:gsub("\n+$", "") or nil
end

--- Makes a folder, and those above it.
---@param path string
---@return boolean made
function folders.make(path)
    return os.execute("mkdir -p -- " .. folders.quote(path) .. " 2>/dev/null") == true
end

--- What is in a folder: nil when it is none, and its path alone when it is a file.
---@param path string
---@return string[]? names
function folders.names(path)
    local text = folders.output("ls -A -- " .. folders.quote(path) .. " 2>/dev/null")
    if not text then return nil end
    local names = {}
    for name in text:gmatch "[^\n]+" do names[#names + 1] = name end
    return names
end

--- The current folder.
---@return string
function folders.current() return folders.output "pwd" or "." end

--- The text of a file; nil when it can't be read. With `last`, at most so many bytes from its end.
---@param path string
---@param last? integer
---@return string?
function folders.read(path, last)
    local file <close> = io.open(path, "rb")
    if not file then return nil end
    if last then file:seek("set", math.max(0, file:seek "end" - last)) end
    return file:read "a"
end

return folders
