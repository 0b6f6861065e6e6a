--- What the command line prints of runs: sentences and lines of logs for people, events for programs.
local docksing = require "docksing"
local json = require "docksing.json"
local rows = require "docksing.rows"

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
    local unfinished = {}
    for _, path in ipairs(report.unfinished or {}) do unfinished[path] = true end
    for index, path in ipairs(report.fetched) do
        if index > 50 and #report.fetched > 60 then
            output.say("fetched ", #report.fetched - 50, " more")
            break
        end
        output.say("fetched ", rows.shown(path),
            unfinished[path] and " (it was being written; fetch again for the rest)" or "")
    end
    if run.host ~= "local" and #report.fetched + #report.kept + #report.skipped == 0 then
        local others = (report.passed_over or 0) > 0
            and (" but %d files that --only does not name ('**/*.csv' is in any folder)"):format(report.passed_over)
        output.say("nothing new to fetch", others or "")
    end
    for _, kept in ipairs(report.kept) do
        output.say(rows.shown(kept.path), " changed here meanwhile and stays; the run's is ",
            rows.shown(kept.fetched_as))
    end
    for _, skipped in ipairs(report.skipped) do
        output.say(rows.shown(skipped.path), " ", rows.shown(skipped.reason), "; see ", run.dir, " on ", run.host)
    end
end

return output
