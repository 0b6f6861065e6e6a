--- The command line's verbs for the run directory of a sweep: what `--status`, `--stream`, `--kill` and `--fetch` do
--- there.
local json = require "docksing.json"
local native = require "docksing.native"
local rows = require "docksing.rows"
local states = require "docksing.sweep.states"

local command = {}

--- Prints an event for programs.
local function tell(event, run, fields)
    local object = { event = event, host = run.host, dir = run.dir }
    for name, value in pairs(fields or {}) do object[name] = value end
    print(json.encode(object))
    io.stdout:flush()
end

--- How a point stands, as a program gets it.
local function fields_of(point)
    local fields = { point = point.name, number = point.number, parameters = point.parameters }
    for name, value in pairs(point.status) do
        if type(value) ~= "table" then fields[name] = value end
    end
    fields.index, fields.name = nil, nil
    if next(point.metrics) then fields.metrics, fields.metrics_kind = point.metrics, nil end
    return fields
end

--- How all points stand: a line, and a table; for programs an object for each point, and one for the whole.
function command.status(run, given)
    local code, state = run:poll()
    if given.json then
        for _, point in ipairs(run.points) do tell("status", run, fields_of(point)) end
        tell("sweep", run, { state = state, code = code, counts = run:counts() })
    else
        print(run)
        print(run:results())
    end
end

--- Cancels what has not ended.
function command.kill(run, given)
    local before = run:poll()
    if not before then run:cancel() end
    if given.json then
        tell("cancelled", run, { counts = run:counts() })
    else
        io.stderr:write(("%s: %s (%s)\n"):format(run.name, before and "all points have ended; nothing is left to cancel"
            or "cancelled", states.summary(run:counts())))
    end
end

--- Brings the outputs of all points and says what came.
function command.fetch(run, given)
    local report = run:fetch { into = given.into, only = given.only }
    if given.json then return tell("fetched", run, report) end
    local shown = math.min(#report.fetched, 50)
    for index = 1, shown do io.stderr:write("fetched ", rows.shown(report.fetched[index]), "\n") end
    if #report.fetched > shown then io.stderr:write(("fetched %d more\n"):format(#report.fetched - shown)) end
    if run.host ~= "local" and #report.fetched + #report.kept + #report.skipped == 0 then
        io.stderr:write("nothing new to fetch\n")
    end
    for _, kept in ipairs(report.kept) do
        io.stderr:write(kept.path, " changed here meanwhile and stays; the run's is ", kept.fetched_as, "\n")
    end
    for _, skipped in ipairs(report.skipped) do
        io.stderr:write(skipped.path, " ", skipped.reason, "; see ", run.dir, " on ", run.host, "\n")
    end
end

--- Shows how it goes to the end: the view on a terminal, and elsewhere all lines, each with its point. Then fetches,
--- and ends with the sweep's exit code.
function command.stream(run, given)
    if native.terminal "stdout" and not given.json then
        run:watch()
    else
        local function say(point, words)
            if given.json then
                tell("state", run, { point = point.name, words = words })
            elseif point.ended then
                io.stderr:write(point.name, ": ", words, "\n")
            end
        end
        for point, line, stream in run:lines { tail = given.tail and math.tointeger(given.tail), state = say } do
            if given.json then
                tell("output", run, { point = point.name, stream = stream, text = line })
            else
                local file = stream == "stderr" and io.stderr or io.stdout
                file:write("[", point.name, "] ", line, "\n")
                file:flush()
            end
        end
    end
    local code = run:wait()
    local ok, problem = pcall(command.fetch, run, given)
    -- Of a sweep that another machine submitted the folders are not here; that is no failure of the sweep.
    if not ok and (type(problem) ~= "userdata" or problem.kind ~= "local") then error(problem, 0) end
    if not ok and not given.json then io.stderr:write(tostring(problem), "\n") end
    if given.json then tell("end", run, { code = code, counts = run:counts() }) end
    os.exit(code or 125, true)
end

return command
