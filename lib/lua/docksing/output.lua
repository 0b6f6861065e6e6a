--- What the command line prints of runs: sentences and lines of logs for people, events for programs.
local docksing = require "docksing"
local fetched = require "docksing.fetched"
local json = require "docksing.json"
local rows = require "docksing.rows"

local output = {}

-- Whether the last thing on the terminal is a line without an end, such as a progress bar.
local is_within_line = false

--- Says something that is not output of the job.
---@param ... any
function output.say(...)
    io.stderr:write(is_within_line and "\n" or "", rows.shown(table.concat { ... }, true), "\n")
    is_within_line = false
end

--- Prints what was asked for, such as a state, on stdout.
---@param text string
function output.print(text) print(rows.shown(text, true)) end

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

-- What the log did to the terminal: whether it wrote escape sequences, and whether another screen is shown.
local has_escapes, is_other_screen = false, false
-- The end of what came last: a sequence may come in two pieces.
local last = ""

--- Prints what comes of a log, as it is: lines, or parts of them. It is the job's own, and may colour and draw as it
--- likes; `output.restore` ends that.
---@param text string
---@param stream "stdout"|"stderr"
function output.log(text, stream)
    local file = stream == "stderr" and io.stderr or io.stdout
    file:write(text)
    file:flush()
    if not docksing.is_terminal(stream) then return end
    is_within_line = text:sub(-1) ~= "\n"
    local recent = last .. text
    if recent:find "[\27\14]" or recent:find "\xC2[\x80-\x9F]" then
        has_escapes = true
        for number, letter in recent:gmatch "%?(%d+)([hl])" do
            if number == "1049" or number == "1047" or number == "47" then is_other_screen = letter == "h" end
        end
    end
    last = recent:sub(-16)
end

--- Sets the terminal right after a log that wrote escape sequences: the usual screen, cursor, colours, characters and
--- margins, and no reports of the mouse, of pasted text or of the focus.
function output.restore()
    if not has_escapes then return end
    local file = docksing.is_terminal "stdout" and io.stdout or io.stderr
    -- First what ends a text such as a title that was left open.
    file:write("\27\\", is_other_screen and "\27[?1049l" or "",
        "\27[!p\27[0m\27[?25h\27[?7h\27[?1l\27>\27(B\15\27[?2004l\27[?1004l",
        "\27[?9l\27[?1000l\27[?1002l\27[?1003l\27[?1005l\27[?1006l\27[?1015l")
    file:flush()
    has_escapes, is_other_screen, last = false, false, ""
end

-- Whose long line is being printed in parts.
local open_line

--- Prints a line of one log of several.
---@param name string whose it is
---@param line string without its end
---@param stream "stdout"|"stderr"
---@param is_part? boolean whether the line is long and goes on with the next one
function output.line(name, line, stream, is_part)
    local whose = stream .. name
    if open_line ~= whose then
        output.log(("%s[%s] "):format(open_line and "\n" or "", rows.shown(name)), stream)
    end
    output.log(line, stream)
    if not is_part then output.log("\n", stream) end
    open_line = is_part and whose or nil
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
