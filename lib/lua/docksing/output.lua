--- What the command line prints of runs: sentences and lines of logs for people, events for programs.
local docksing = require "docksing"
local fetched = require "docksing.fetched"
local json = require "docksing.json"

local output = {}

-- Whether the last thing on the terminal is a line without an end, such as a progress bar.
local is_within_line = false

--- Says something that is not output of the job.
---@param ... any
function output.say(...)
    io.stderr:write(is_within_line and "\n" or "", ...)
    io.stderr:write("\n")
    is_within_line = false
end

--- Prints an event for programs: with --json, all of stdout is made of these.
---@param event string
---@param run docksing.Run|docksing.SweepRun
---@param fields? table
function output.event(event, run, fields)
    local object = { event = event, host = run.host, dir = run.dir, id = run.id }
    for name, value in pairs(fields or {}) do object[name] = value end
    print(json.encode(object))
    io.stdout:flush()
end

--- Prints what comes of a log, as it is: lines, or parts of them.
---@param text string
---@param stream "stdout"|"stderr"
function output.log(text, stream)
    local file = stream == "stderr" and io.stderr or io.stdout
    file:write(text)
    file:flush()
    is_within_line = text:sub(-1) ~= "\n" and docksing.is_terminal(stream)
end

--- Prints a line of one log of several.
---@param name string whose it is
---@param line string without its end
---@param stream "stdout"|"stderr"
function output.line(name, line, stream)
    output.log(("[%s] %s\n"):format(name, line), stream)
end

--- Says what a fetch brought.
---@param run docksing.Run|docksing.SweepRun
---@param report docksing.FetchReport
function output.fetched(run, report)
    -- Under Docker everything is written where it belongs.
    if run.host == "local" and #report.fetched == 0 then return end
    for _, line in ipairs(fetched.lines(report, run.dir .. " on " .. run.host)) do output.say(line) end
end

return output
