--- `docksing-shell --cli SCRIPT`: runs a script up to its first submission, and prints what that would do in its place.
--- Nothing is sent and nothing is started; a connection is made where the script makes one.
local docksing = require "docksing"

local dry_run = {}

--- What only reads, of a cluster and an engine.
local harmless = { check = true, close = true, exact = true, host = true, store = true }

--- Ends the program with a text for people.
local function finish(text)
    print(text)
    os.exit(0, true)
end

--- Ends with a sentence on what the script would do now.
local function stop(what)
    io.stderr:write("docksing-shell: --cli ends here, where the script ", what, "; nothing was submitted\n")
    os.exit(0, true)
end

--- Prints what a submission would do.
local function show(place, job, options)
    if type(job) ~= "table" then
        for _, warning in ipairs(job:warnings(place.host == "local" and "local" or "cluster")) do
            io.stderr:write("docksing-shell: warning: ", warning, "\n")
        end
    end
    if place.host ~= "local" then finish(tostring(place:exact(job, options))) end
    -- A job is an object of the program's, a sweep one of Lua's.
    finish(type(job) == "table" and job:exact(nil, options) or tostring(job:docker { notation = "exact" }))
end

--- A place whose submissions are shown.
local function shown(place)
    return setmetatable({}, {
        __index = function(_, key)
            if key == "submit" then return function(_, job, options) show(place, job, options) end end
            if not harmless[key] then
                return function() stop(("calls %s of %s"):format(tostring(key), place.host)) end
            end
            local value = place[key]
            if type(value) ~= "function" then return value end
            return function(_, ...) return value(place, ...) end
        end,
        __close = function() end,
        __tostring = function() return tostring(place) end,
    })
end

--- Runs the script with these words.
---@param script string its file
---@param words string[]
function dry_run.run(script, words)
    local file = io.open(script) or require "docksing.commandline".misused(("there is no script '%s'"):format(script))
    file:close()
    local connect, engine = docksing.connect, docksing.engine
    function docksing.connect(...) return shown(connect(...)) end
    function docksing.engine(...) return shown(engine(...)) end
    function docksing.run(job, options) show(engine(), job, options) end
    function docksing.attach() stop "takes up a run" end
    arg = { [0] = script, table.unpack(words) } -- luacheck: ignore 121
    dofile(script)
    stop "ends"
end

return dry_run
